/**
 * The findings of a run's scanners, as an editor can show them: read off the SARIF files in its state folders, each at a place in one of
 * the user's own files. Nothing is kept here; a run that ended long ago answers as well as one that runs.
 */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Range } from '../../core/diagnostic.ts';
import { parseJson } from '../../core/json.ts';
import { ok, type Result } from '../../core/result.ts';
import { planOf } from '../../engine/client.ts';
import type { Plan, PlannedTask } from '../../graph/plan.ts';
import type { RunFinding } from '../../run/findings.ts';
import { stateFolder } from '../../run/layout.ts';
import { layoutOf } from '../../engine/place.ts';
import { findingsOf, LEVELS, type Finding } from '../../tasks/shared/sarif.ts';
import { SARIF_FILE } from '../../tasks/shared/scan.ts';

/** @param tasks only of these; of all where it is not given. Tasks that wrote no report have no findings. */
export function findingsOfRun(workspace: string, runId: string, tasks?: readonly string[]): Result<RunFinding[]> {
  const plan = planOf(workspace, runId);
  if (!plan.ok) return plan;
  const lines = new LineCache();
  const wanted = plan.value.tasks.filter(({ id }) => tasks === undefined || tasks.includes(id));
  const found = wanted.flatMap((task) =>
    reportOf(reportFile(workspace, runId, task.id)).map((one) => located(one, task, plan.value, lines)),
  );
  return ok(withoutEchoes(found, plan.value));
}

/** A credential that a scanner with rules of its own found too is told in that one's words, once. */
function withoutEchoes(findings: readonly RunFinding[], plan: Plan): RunFinding[] {
  const own = new Set(plan.tasks.filter(({ type }) => type === 'secrets').map(({ id }) => id));
  const placeOf = ({ file, range }: RunFinding): string => `${range.start.line} ${file}`;
  const known = new Set(findings.filter(({ task, secret }) => secret === true && !own.has(task)).map(placeOf));
  return findings.filter((one) => !own.has(one.task) || !known.has(placeOf(one)));
}

export const reportFile = (workspace: string, runId: string, task: string): string =>
  `${stateFolder(layoutOf(workspace, runId), task)}/${SARIF_FILE}`;

function reportOf(file: string): Finding[] {
  try {
    const found = findingsOf(parseJson(readFileSync(file, 'utf8')));
    return found.ok ? found.value : [];
  } catch {
    return []; // no scanner, or one that has not ended
  }
}

/** The lines of the files that findings are about, each read once. */
class LineCache {
  readonly #files = new Map<string, readonly string[]>();

  line(file: string, index: number): string {
    let lines = this.#files.get(file);
    if (lines === undefined) {
      try {
        lines = readFileSync(file, 'utf8').split(/\r?\n/);
      } catch {
        lines = [];
      }
      this.#files.set(file, lines);
    }
    return lines[index] ?? '';
  }
}

function located(one: Finding, task: PlannedTask, plan: Plan, lines: LineCache): RunFinding {
  const own = one.file === undefined ? undefined : ownFile(one.file, task, plan.root);
  const file = own ?? plan.file;
  const line = own === undefined ? task.line : Math.max(0, (one.line ?? 1) - 1);
  return {
    task: task.id,
    tool: one.tool ?? task.type,
    rule: one.rule,
    severity: one.severity,
    level: LEVELS[one.severity],
    message: one.message,
    file,
    range: rangeIn(lines.line(file, line), line, own === undefined ? undefined : one.columns),
    ...(own === undefined && one.file !== undefined ? { about: one.file } : {}),
    ...(one.secret === true || one.rule.startsWith('CKV_SECRET') ? { secret: true as const } : {}),
    ...(one.help === undefined ? {} : { helpUri: one.help }),
    ...(one.explanation === undefined ? {} : { help: one.explanation }),
  };
}

/** The place that the scanner named, else the line without its indentation. */
function rangeIn(text: string, line: number, columns: readonly [number, number] | undefined): Range {
  const [first, end] = columns ?? [text.length - text.trimStart().length + 1, text.trimEnd().length + 1];
  const start = Math.min(first - 1, text.length);
  return {
    start: { line, character: start },
    end: { line, character: Math.max(start, Math.min(end - 1, text.length)) },
  };
}

/** Scanners name files relative to where they ran or to what they scanned, with or without a scheme. */
function ownFile(uri: string, task: PlannedTask, root: string): string | undefined {
  const name = nameOf(uri);
  if (name === undefined) return undefined;
  const cwd = path.resolve(root, task.cwd ?? '.');
  const scanned = typeof task.with.path === 'string' ? path.resolve(cwd, task.with.path) : cwd;
  const places = path.isAbsolute(name)
    ? [name]
    : [cwd, scanned, path.dirname(scanned), root].map((at) => path.resolve(at, name));
  return places.find((place) => statSync(place, { throwIfNoEntry: false })?.isFile() === true);
}

function nameOf(uri: string): string | undefined {
  try {
    if (uri.startsWith('file:')) return fileURLToPath(uri);
    return /^[a-z][a-z0-9+.-]+:/i.test(uri) ? undefined : decodeURIComponent(uri);
  } catch {
    return uri.startsWith('file:') ? undefined : uri; // a percent sign that stands for itself
  }
}
