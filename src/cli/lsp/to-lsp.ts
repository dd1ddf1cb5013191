/** The language's own shapes to those of the Language Server Protocol. */
import {
  CodeActionKind,
  CompletionItemKind,
  DiagnosticSeverity,
  DiagnosticTag,
  InsertTextFormat,
  InsertTextMode,
  MarkupKind,
  type CodeAction,
  type CompletionItem,
  type Diagnostic as LspDiagnostic,
} from 'vscode-languageserver';
import type { Diagnostic, Severity } from '../../core/diagnostic.ts';
import type { Action, ActionKind } from '../../language/editor/actions.ts';
import type { Completion, CompletionKind } from '../../language/editor/complete.ts';
import type { OpenDocument } from './documents.ts';

const SEVERITY: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

/** Words that could be left away are shown faded. */
const NEEDLESS: ReadonlySet<string> = new Set(['CODE017']);

/** Nobody reads more of one file, and an editor's thread would stand still while it takes ten thousand. */
const MOST = 1000;
const BY_WEIGHT: readonly Severity[] = ['error', 'warning', 'information', 'hint'];

/** The diagnostics of a file as they are published: of very many the heaviest, and how many there are besides. */
export function toLspDiagnostics(diagnostics: readonly Diagnostic[], uri: string): LspDiagnostic[] {
  if (diagnostics.length <= MOST) return diagnostics.map((each) => toLspDiagnostic(each, uri));
  const heaviest = BY_WEIGHT.flatMap((weight) => diagnostics.filter(({ severity }) => severity === weight));
  const start = { line: 0, character: 0 };
  return [
    ...heaviest.slice(0, MOST).map((each) => toLspDiagnostic(each, uri)),
    {
      range: { start, end: start },
      severity: DiagnosticSeverity.Information,
      source: 'code',
      message: `${diagnostics.length - MOST} more problems of this file are not shown.`,
    },
  ];
}

function toLspDiagnostic(diagnostic: Diagnostic, uri: string): LspDiagnostic {
  const { code, severity, message, range, related } = diagnostic;
  return {
    range,
    severity: SEVERITY[severity],
    code,
    source: 'code',
    message,
    ...(NEEDLESS.has(code) ? { tags: [DiagnosticTag.Unnecessary] } : {}),
    ...(related === undefined
      ? {}
      : {
          relatedInformation: related.map((each) => ({ location: { uri, range: each.range }, message: each.message })),
        }),
  };
}

const KIND: Readonly<Record<ActionKind, CodeActionKind>> = {
  quickfix: CodeActionKind.QuickFix,
  'refactor.move': CodeActionKind.RefactorMove,
  'refactor.extract': CodeActionKind.RefactorExtract,
  'source.fixAll': CodeActionKind.SourceFixAll,
};

/** Edits are bound to the version they were made for, so that an editor refuses them once the text has moved on. */
export function toCodeAction(action: Action, { uri, version }: OpenDocument): CodeAction {
  const edits = action.edits.map(({ range, newText }) => ({ range, newText }));
  return {
    title: action.title,
    kind: KIND[action.kind],
    ...(edits.length === 0 ? {} : { edit: { documentChanges: [{ textDocument: { uri, version }, edits }] } }),
    ...(action.diagnostic === undefined ? {} : { diagnostics: [toLspDiagnostic(action.diagnostic, uri)] }),
    ...(action.preferred === undefined ? {} : { isPreferred: action.preferred }),
    ...(action.command === undefined
      ? {}
      : {
          command: {
            title: action.title,
            command: action.command.id,
            arguments: [...action.command.arguments],
          },
        }),
  };
}

const COMPLETION_KIND: Readonly<Record<CompletionKind, CompletionItemKind>> = {
  key: CompletionItemKind.Property,
  type: CompletionItemKind.Class,
  task: CompletionItemKind.Reference,
  value: CompletionItemKind.EnumMember,
  file: CompletionItemKind.File,
  folder: CompletionItemKind.Folder,
  snippet: CompletionItemKind.Snippet,
  function: CompletionItemKind.Function,
  variable: CompletionItemKind.Variable,
  output: CompletionItemKind.Field,
};

/** @param client whether the editor takes placeholders (else they are written out), and whether it can ask again by itself */
export function toCompletionItem(
  item: Completion,
  i: number,
  { snippets, suggests }: { readonly snippets: boolean; readonly suggests: boolean },
): CompletionItem {
  const snippet = item.snippet === true && snippets;
  return {
    label: item.label,
    kind: COMPLETION_KIND[item.kind],
    // Sorted already: editors sort by this text.
    sortText: String(i).padStart(5, '0'),
    textEdit: {
      range: item.range,
      newText: item.snippet === true && !snippets ? withoutSlots(item.insert) : item.insert,
    },
    insertTextFormat: snippet ? InsertTextFormat.Snippet : InsertTextFormat.PlainText,
    insertTextMode: InsertTextMode.adjustIndentation,
    ...(item.filter === undefined ? {} : { filterText: item.filter }),
    ...(item.detail === undefined ? {} : { detail: item.detail }),
    ...(item.docs === undefined ? {} : { documentation: { kind: MarkupKind.Markdown, value: item.docs } }),
    ...(item.again === true && suggests
      ? { command: { title: 'Suggest', command: 'editor.action.triggerSuggest' } }
      : {}),
  };
}

const withoutSlots = (text: string): string =>
  text.replace(/\$\{\d+:((?:[^}\\]|\\.)*)\}|\$\d/g, '$1').replace(/\\([$}\\])/g, '$1');
