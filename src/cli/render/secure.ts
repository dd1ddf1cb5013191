/** What `secure` says to a person: findings by file, then what each scanner did, then the judgement. */
import { formatDuration } from '../../core/duration.ts';
import type { FindingSeverity, RunFinding } from '../../run/findings.ts';
import type { Tone } from '../../views/status.ts';
import type { Io } from '../io.ts';
import { shownPath } from '../read-file.ts';
import type { ScannerReport, SecureReport } from '../secure/report.ts';
import { icon, pad, paint, plain } from './style.ts';

const MOST_SHOWN = 200;

const TONES: Readonly<Record<FindingSeverity, Tone>> = {
  critical: 'bad',
  high: 'bad',
  medium: 'attention',
  low: 'quiet',
  note: 'quiet',
};

export function printSecure(report: SecureReport, io: Io): void {
  const say = (line: string): void => void io.out.write(`${line}\n`);
  const shown = report.findings.slice(0, MOST_SHOWN);
  for (const [file, findings] of byFile(shown)) {
    say(paint(io, 'bold', plain(io, shownPath(file, io.cwd))));
    const places = Math.max(...findings.map((one) => placeOf(one).length));
    const rules = Math.max(...findings.map(({ rule }) => rule.length));
    for (const one of findings) {
      const severity = paint(io, TONES[one.severity], pad(one.severity, 8));
      const about = one.about === undefined ? '' : ` (${one.about})`;
      const words = plain(io, `${one.message}${about}`);
      say(
        `  ${pad(placeOf(one), places)}  ${severity}  ${pad(one.rule, rules)}  ${words}  ${paint(io, 'dim', one.tool)}`,
      );
    }
    say('');
  }
  if (report.findings.length > MOST_SHOWN)
    say(plain(io, `… and ${report.findings.length - MOST_SHOWN} more: --json or --sarif FILE has them all\n`));
  const width = Math.max(...report.scanners.map(({ scanner }) => scanner.length));
  for (const one of report.scanners) say(scannerLine(one, width, io));
  say('');
  say(judgement(report, io));
}

function byFile(findings: readonly RunFinding[]): Map<string, RunFinding[]> {
  const files = new Map<string, RunFinding[]>();
  for (const one of findings) {
    const known = files.get(one.file);
    if (known === undefined) files.set(one.file, [one]);
    else known.push(one);
  }
  return files;
}

const placeOf = ({ range: { start } }: RunFinding): string => `${start.line + 1}:${start.character + 1}`;

function scannerLine(one: ScannerReport, width: number, io: Io): string {
  const name = pad(one.scanner, width);
  const next = one.next === undefined ? '' : ` ${one.next}`;
  switch (one.status) {
    case 'ok': {
      const count =
        one.findings === 0 ? 'nothing found' : `${one.findings} ${one.findings === 1 ? 'finding' : 'findings'}`;
      const time = one.durationMs === undefined ? '' : ` in ${formatDuration(one.durationMs)}`;
      return (
        plain(io, '') +
        `${icon(io, 'succeeded')} ${name}  ${count}${paint(io, 'dim', `${time}${one.version === undefined ? '' : `, version ${one.version}`}`)}`
      );
    }
    case 'failed':
      return `${icon(io, 'failed')} ${name}  ${plain(io, `${one.reason ?? ''}${next}`)}`;
    case 'missing':
      return `${icon(io, 'pending')} ${name}  ${plain(io, `not here, so not asked. ${one.reason ?? ''}`)}`;
    case 'unfit':
      return `${icon(io, 'skipped')} ${name}  ${paint(io, 'dim', plain(io, one.reason ?? ''))}`;
  }
}

function judgement(report: SecureReport, io: Io): string {
  const counts = Object.entries(report.counts).filter(([, count]) => count > 0);
  const found =
    counts.length === 0 ? 'Nothing found' : counts.map(([severity, count]) => `${count} ${severity}`).join(', ');
  const run = paint(io, 'dim', ` (run ${report.runId})`);
  switch (report.status) {
    case 'passed':
      return `${paint(io, 'good', 'passed')}: ${found}; the threshold is ${report.threshold}${run}`;
    case 'failed':
      return `${paint(io, 'bad', 'failed')}: ${found}; the threshold is ${report.threshold}${run}`;
    case 'incomplete':
      return `${paint(io, 'bad', 'incomplete')}: ${found}, but a scanner could not do its work. Leave it out with --without NAME${run}`;
    case 'cancelled':
      return `${paint(io, 'attention', 'cancelled')}: ${found} so far${run}`;
  }
}
