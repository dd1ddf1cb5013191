/** Zero-based; `character` counts UTF-16 code units, as the Language Server Protocol does. */
export interface Position {
  readonly line: number;
  readonly character: number;
}

export interface Range {
  readonly start: Position;
  readonly end: Position;
}

export type Severity = 'error' | 'warning' | 'information' | 'hint';

export interface TextEdit {
  readonly range: Range;
  readonly newText: string;
}

/** A known fix: text edits in the same file, or an editor command with its arguments. */
export interface Fix {
  readonly title: string;
  readonly edits: readonly TextEdit[];
  readonly command?: { readonly id: string; readonly arguments: readonly string[] };
  /** The fix that a person most likely wants. */
  readonly preferred?: boolean;
}

/** An error, a risk or a piece of advice at an exact place in a file. */
export interface Diagnostic {
  /** Stable for ever, such as `CODE012`; documented in docs/diagnostics.md. */
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly range: Range;
  readonly fixes: readonly Fix[];
  /** Other places in the same file that belong to it: the rest of a cycle, the first of two equal names. */
  readonly related?: readonly { readonly range: Range; readonly message: string }[];
}
