/** What the scanners have in common: a threshold that fails the task, a SARIF file, counts by severity, and the worst findings in the log. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import * as z from 'zod';
import { failure, failureFrom } from '../../core/failure.ts';
import { err, ok } from '../../core/result.ts';
import { path, type StepContext, type TaskResult } from '../../core/task-type.ts';
import { countBySeverity, findingsOf, SEVERITIES, type Finding, type Severity } from './sarif.ts';

/** Folders in a workspace's `.code` that runs write; no scan looks into them. */
export const OWN_FOLDERS = ['runs', 'cache', 'state'];

export const scanParameters = {
  fail_on: z
    .enum(['critical', 'high', 'medium', 'low', 'any', 'never'])
    .meta({ description: 'Findings of this severity and above fail the task.' })
    .default('high'),
  allowed: z.int().min(0).meta({ description: 'So many findings at or above `fail_on` are let pass.' }).default(0),
  sarif: path('any', 'Also write the findings to this SARIF file.').optional(),
};

export const scanOutputs = {
  findings: z
    .strictObject({ critical: z.int(), high: z.int(), medium: z.int(), low: z.int(), note: z.int() })
    .meta({ description: 'Number of findings by severity.' }),
  total: z.int().meta({ description: 'Number of findings.' }),
  sarif: z.string().meta({ description: 'The SARIF file with all of them.' }),
};

export interface ScanOutputs {
  readonly findings: Readonly<Record<Severity, number>>;
  readonly total: number;
  readonly sarif: string;
}

interface Threshold {
  readonly fail_on: Severity | 'any' | 'never';
  readonly allowed: number;
  readonly sarif?: string | undefined;
}

/** In every scanner's state folder, also when the task fails by what was found: the editor shows it from there. */
export const SARIF_FILE = 'findings.sarif';
const SHOWN = 25;

/** Keeps the report and judges it. The outputs go with the failure too: what was found is most wanted when it was too much. */
export async function concluded(
  report: unknown,
  p: Threshold,
  tool: string,
  context: StepContext,
): Promise<TaskResult<ScanOutputs>> {
  const found = findingsOf(report);
  if (!found.ok) return found;
  const file = join(context.stateDir, SARIF_FILE);
  try {
    for (const target of [file, ...(p.sarif === undefined ? [] : [resolve(context.cwd, p.sarif)])]) {
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, JSON.stringify(report));
    }
  } catch (error) {
    return err(failureFrom(error, `write the findings of ${tool}`));
  }
  const outputs: ScanOutputs = { findings: countBySeverity(found.value), total: found.value.length, sarif: file };
  tell(found.value, tool, context);
  const bad = found.value.filter((one) => fails(one.severity, p.fail_on));
  if (bad.length <= p.allowed) return ok(outputs);
  const worst = worstFirst(bad)[0];
  const allowed = p.allowed === 0 ? '' : ` (${p.allowed} are allowed)`;
  return err({
    ...failure(
      'tool',
      `${tool} found ${bad.length} of severity ${p.fail_on === 'any' ? 'any' : `${p.fail_on} or above`}${allowed}; first: ${worst === undefined ? '' : lineOf(worst)}`,
      {
        next: `Mend them, suppress what is accepted in the source, or raise \`fail_on\`. All findings: ${file}`,
      },
    ),
    retriable: false,
    outputs: { ...outputs },
  });
}

export const fails = (severity: Severity, failOn: Threshold['fail_on']): boolean =>
  failOn !== 'never' && (failOn === 'any' || SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(failOn));

const worstFirst = (findings: readonly Finding[]): Finding[] =>
  [...findings].sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));

const lineOf = (one: Finding): string =>
  `${one.severity} ${one.rule}${one.file === undefined ? '' : ` ${one.file}${one.line === undefined ? '' : `:${one.line}`}`} ${one.message}`;

function tell(findings: readonly Finding[], tool: string, context: StepContext): void {
  for (const one of worstFirst(findings).slice(0, SHOWN)) context.log(lineOf(one));
  if (findings.length > SHOWN) context.log(`… and ${findings.length - SHOWN} more`);
  const counts = Object.entries(countBySeverity(findings)).filter(([, count]) => count > 0);
  context.log(
    `${tool}: ${findings.length === 0 ? 'nothing found' : counts.map(([severity, count]) => `${count} ${severity}`).join(', ')}`,
  );
}
