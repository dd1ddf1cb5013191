/** Findings while a block is read: diagnostics whose places are offsets into blocks, so that they stay right when lines move. */
import type { Severity } from '../core/diagnostic.ts';
import type { Block } from './block.ts';
import type { Code } from './codes.ts';

export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Spot extends Span {
  readonly block: Block;
}

export interface FindingFix {
  readonly title: string;
  readonly edits: readonly { readonly spot: Spot; readonly newText: string }[];
  readonly command?: { readonly id: string; readonly arguments: readonly string[] };
  readonly preferred?: boolean;
}

export interface Finding {
  readonly code: Code;
  /** Default: the code's own. */
  readonly severity?: Severity;
  readonly message: string;
  readonly spot: Spot;
  readonly fixes: readonly FindingFix[];
  readonly related: readonly { readonly spot: Spot; readonly message: string }[];
}

export interface More {
  readonly severity?: Severity;
  readonly fixes?: readonly FindingFix[];
  readonly related?: Finding['related'];
}

export const spot = (block: Block, span: Span): Spot => ({ block, start: span.start, end: span.end });

export function finding(code: Code, at: Spot, message: string, more: More = {}): Finding {
  return {
    code,
    message,
    spot: at,
    fixes: more.fixes ?? [],
    related: more.related ?? [],
    ...(more.severity === undefined ? {} : { severity: more.severity }),
  };
}

/** Collects the findings of one block. */
export class Report {
  readonly findings: Finding[] = [];

  constructor(readonly block: Block) {}

  add(code: Code, at: Span, message: string, more: More = {}): void {
    this.findings.push(finding(code, spot(this.block, at), message, more));
  }

  /** A fix that writes `newText` over a stretch of this block. */
  replace(title: string, at: Span, newText: string, preferred = true): FindingFix {
    return { title, edits: [{ spot: spot(this.block, at), newText }], preferred };
  }
}
