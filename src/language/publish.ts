/** Findings to diagnostics: places in the file, silenced ones left out, in order, and never more advice than anyone would read. */
import type { Diagnostic, Fix, Range, Severity } from '../core/diagnostic.ts';
import type { Block } from './block.ts';
import { CODES } from './codes.ts';
import type { Finding, FindingFix, Spot } from './report.ts';

/** Hints and pieces of information of one code that are shown for one file. */
export const MOST_ADVICE = 100;

const rangeOf = (spot: Spot): Range => spot.block.range(spot.start, spot.end);

export function publish(findings: readonly Finding[], blocks: readonly Block[]): Diagnostic[] {
  const anyIgnores = blocks.some((block) => block.ignores);
  const shown = new Map<string, Finding>();
  const counts = new Map<string, number>();
  for (const finding of findings) {
    const severity = severityOf(finding);
    if (severity === 'hint' || severity === 'information') {
      const count = (counts.get(finding.code) ?? 0) + 1;
      counts.set(finding.code, count);
      if (count > MOST_ADVICE) continue;
    }
    if (anyIgnores && isSilenced(finding, blocks)) continue;
    const { line, character } = finding.spot.block.position(finding.spot.start);
    shown.set(`${line}:${character}:${finding.code}:${finding.message}`, finding);
  }
  return [...shown.values()].map(toDiagnostic).sort(byPlace);
}

const severityOf = (finding: Finding): Severity => finding.severity ?? CODES[finding.code].severity;

function toDiagnostic(finding: Finding): Diagnostic {
  return {
    code: finding.code,
    severity: severityOf(finding),
    message: finding.message,
    range: rangeOf(finding.spot),
    fixes: finding.fixes.map(toFix),
    ...(finding.related.length === 0
      ? {}
      : { related: finding.related.map(({ spot, message }) => ({ range: rangeOf(spot), message })) }),
  };
}

function toFix(fix: FindingFix): Fix {
  return {
    title: fix.title,
    edits: fix.edits.map(({ spot, newText }) => ({ range: rangeOf(spot), newText })),
    ...(fix.command === undefined ? {} : { command: fix.command }),
    ...(fix.preferred === undefined ? {} : { preferred: fix.preferred }),
  };
}

const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, information: 2, hint: 3 };

function byPlace(a: Diagnostic, b: Diagnostic): number {
  return (
    a.range.start.line - b.range.start.line ||
    a.range.start.character - b.range.start.character ||
    RANK[a.severity] - RANK[b.severity] ||
    (a.code < b.code ? -1 : a.code > b.code ? 1 : 0) ||
    (a.message < b.message ? -1 : a.message > b.message ? 1 : 0)
  );
}

/** `# code-ignore CODE012, CODE013` at the end of the line, or alone on the line before; without a code it silences all. */
function isSilenced(finding: Finding, blocks: readonly Block[]): boolean {
  const { line } = finding.spot.block.position(finding.spot.start);
  if (silences(lineText(line, blocks), finding.code, false)) return true;
  return line > 0 && silences(lineText(line - 1, blocks), finding.code, true);
}

function silences(text: string, code: string, alone: boolean): boolean {
  const match = /(^|\s)#\s*code-ignore\b[:\s]*([^#]*)/.exec(text);
  if (match === null || (alone && !/^\s*#/.test(text))) return false;
  const codes: readonly string[] = (match[2] ?? '').match(/CODE\d{3}/g) ?? [];
  return codes.length === 0 || codes.includes(code);
}

/** The block that a line of the file belongs to. */
export function blockAt(line: number, blocks: readonly Block[]): number {
  let low = 0;
  let high = blocks.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((blocks[middle]?.line ?? 0) <= line) low = middle;
    else high = middle - 1;
  }
  return low;
}

const lineText = (line: number, blocks: readonly Block[]): string =>
  blocks[blockAt(line, blocks)]?.lineText(line) ?? '';
