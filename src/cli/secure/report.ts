/** What a run of scanners comes to: every finding once, what each scanner did, and the judgement by the threshold. */
import { readFileSync } from 'node:fs';
import { isObject, parseJson } from '../../core/json.ts';
import { FINDING_SEVERITIES, type FindingSeverity, type RunFinding } from '../../run/findings.ts';
import type { RunState, TaskState } from '../../run/state.ts';
import { countBySeverity } from '../../tasks/shared/sarif.ts';
import { fails } from '../../tasks/shared/scan.ts';
import { reportFile } from './findings.ts';
import type { ChosenScanner } from './scanners.ts';
import type { StartedScan, Threshold } from './start.ts';

export interface ScannerReport {
  readonly scanner: string;
  /** `failed`: it is here and fits, but could not do its work, so nobody knows what it would have found. */
  readonly status: 'ok' | 'failed' | 'missing' | 'unfit';
  readonly version?: string;
  readonly findings: number;
  readonly durationMs?: number;
  readonly reason?: string;
  readonly next?: string;
}

export interface SecureReport {
  readonly runId: string;
  readonly folder: string;
  readonly threshold: Threshold;
  /** `incomplete`: nothing of the threshold was found, but a scanner could not do its work. */
  readonly status: 'passed' | 'failed' | 'incomplete' | 'cancelled';
  readonly counts: Readonly<Record<FindingSeverity, number>>;
  readonly scanners: readonly ScannerReport[];
  /** Worst first, then by file and line. */
  readonly findings: readonly RunFinding[];
}

export function reportOn(
  scan: Omit<StartedScan, 'workspace' | 'handle'> & { readonly runId: string },
  request: { readonly folder: string; readonly threshold: Threshold },
  state: RunState,
  found: readonly RunFinding[],
): SecureReport {
  const findings = [...found].sort(worstFirst);
  const scanners = scan.scanners.map((one) => scannerReport(one, state.tasks.get(one.scanner), findings));
  const bad = findings.some(({ severity }) =>
    fails(severity, request.threshold === 'note' ? 'any' : request.threshold),
  );
  const incomplete = scanners.some(({ status }) => status === 'failed');
  const status = state.status === 'cancelled' ? 'cancelled' : bad ? 'failed' : incomplete ? 'incomplete' : 'passed';
  return { runId: scan.runId, ...request, status, counts: countBySeverity(findings), scanners, findings };
}

function scannerReport(
  one: ChosenScanner,
  task: TaskState | undefined,
  findings: readonly RunFinding[],
): ScannerReport {
  const { scanner, version, hint } = one;
  const common = { scanner, ...(version === undefined ? {} : { version }) };
  if (one.status !== 'ready')
    return { ...common, status: one.status, findings: 0, ...(hint === undefined ? {} : { reason: hint }) };
  const time = task?.durationMs === undefined ? {} : { durationMs: task.durationMs };
  // A scanner that failed by what it found has outputs; one that broke has none.
  if (task !== undefined && 'findings' in task.outputs)
    return { ...common, status: 'ok', findings: findings.filter(({ task: by }) => by === scanner).length, ...time };
  return {
    ...common,
    status: 'failed',
    findings: 0,
    ...time,
    reason: task?.reason ?? 'it did not run',
    ...(task?.next === undefined ? {} : { next: task.next }),
  };
}

function worstFirst(a: RunFinding, b: RunFinding): number {
  return (
    FINDING_SEVERITIES.indexOf(a.severity) - FINDING_SEVERITIES.indexOf(b.severity) ||
    a.file.localeCompare(b.file) ||
    a.range.start.line - b.range.start.line ||
    a.rule.localeCompare(b.rule)
  );
}

/** The scanners' own reports as one SARIF log, a run for each, for whoever reads that further. */
export function sarifLog(workspace: string, runId: string, scanners: readonly ScannerReport[]): object {
  const runs = scanners
    .filter(({ status }) => status === 'ok')
    .flatMap(({ scanner }): readonly unknown[] => {
      const log = parseJson(readFileSync(reportFile(workspace, runId, scanner), 'utf8'));
      return isObject(log) && Array.isArray(log.runs) ? log.runs : [];
    });
  return { $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs };
}
