/** `runs list` and `runs show`. */
import { formatDuration } from '../../core/duration.ts';
import { listRuns, type RunSummary } from '../../engine/client.ts';
import { layoutOf } from '../../engine/place.ts';
import { interrupted, reduceAll, type RunState, type TaskState } from '../../run/reduce.ts';
import { whyWaiting } from '../../run/waiting.ts';
import { lookOfRun } from '../../views/status.ts';
import { command, runAction } from '../command.ts';
import { EXIT, type CommandFunction, type Io } from '../io.ts';
import { LogFiles } from '../logs.ts';
import { frame } from '../render/frame.ts';
import { wholeNumber } from '../numbers.ts';
import { pad, paint, printable, runIcon, widthOf } from '../render/style.ts';
import { criticalPath } from '../render/summary.ts';
import { lastWords } from '../render/view-lines.ts';
import { seenRun } from '../seen-run.ts';
import { findWorkspace } from '../workspace.ts';
import { runMeant } from '../run-id.ts';

const DEFAULT_LIMIT = 20;

export const list: CommandFunction = (args, io) => {
  const made = command('runs list', 'The runs of this workspace, newest first.', io)
    .option('--json', 'one JSON object')
    .option('--limit <n>', 'at most so many; 0 for all', wholeNumber('--limit', 0));
  return runAction(made, args, io, (_positional, options: { json?: true; limit?: number }) => {
    const all = listRuns(findWorkspace(io.cwd));
    const limit = options.limit ?? (options.json === true ? 0 : DEFAULT_LIMIT);
    const runs = limit > 0 ? all.slice(0, limit) : all;
    if (options.json === true) io.out.write(`${JSON.stringify({ runs })}\n`);
    else printList(runs, all.length, io);
    return Promise.resolve(EXIT.held);
  });
};

function printList(runs: readonly RunSummary[], total: number, io: Io): void {
  if (total === 0) {
    io.out.write('There are no runs here yet. Start one: code-engine run FILE\n');
    return;
  }
  const width = Math.max(...runs.map((run) => widthOf(printable(run.workflow))));
  for (const run of runs) {
    const took = run.durationMs === undefined ? '' : formatDuration(run.durationMs);
    const when = run.startedAt.replace('T', ' ').slice(0, 19);
    io.out.write(
      `${runIcon(io, run.status)} ${run.runId}  ${pad(printable(run.workflow), width)}  ${pad(lookOfRun(run.status).label, 11)}  ${paint(io, 'dim', `${when}Z`)}  ${took}`.trimEnd() +
        '\n',
    );
  }
  if (total > runs.length)
    io.out.write(paint(io, 'dim', `${total - runs.length} older ones: --limit 0 shows all.`) + '\n');
}

export const show: CommandFunction = (args, io) => {
  const made = command('runs show', 'How a run stands or ended, task by task.', io)
    .argument('[run]', 'the beginning of a run id, or last', 'last')
    .option('--json', 'one JSON object');
  return runAction(made, args, io, ([text], options: { json?: true }) => {
    const { workspace, runId } = runMeant(io, text);
    const { events, alive, damaged } = seenRun(workspace, runId);
    if (damaged.length > 0)
      io.err.write(
        `code-engine: the journal of ${runId} is damaged in ${damaged.length} places (line ${damaged[0] ?? 0} first); what is shown lacks those events.\n`,
      );
    const folded = reduceAll(events);
    const state = alive ? folded : interrupted(folded);
    if (options.json === true) io.out.write(`${JSON.stringify(plainState(state, workspace))}\n`);
    else printState(state, workspace, io);
    return Promise.resolve(EXIT.held);
  });
};

function printState(state: RunState, workspace: string, io: Io): void {
  const logs = new LogFiles(layoutOf(workspace, state.runId));
  const size = { columns: io.isTTY ? io.columns : 160, rows: 1_000_000 };
  const lines = frame(state, size, Date.now(), { color: io.color, unicode: io.unicode, lastLine: () => undefined });
  if (state.status !== 'running') lines.push(...lastWords(state, io, logs, true));
  lines.push(paint(io, 'dim', `  journal and logs: ${layoutOf(workspace, state.runId).folder}`));
  io.out.write(`${lines.join('\n')}\n`);
  logs.close();
}

/** A run's state as plain data, for programs. */
export function plainState(state: RunState, workspace: string): object {
  const { runId, status, plan, attempt, seq, durationMs, criticalPathMs, serialMs, reason, warnings, counts } = state;
  return {
    runId,
    workflow: plan?.workflow,
    file: plan?.file,
    status,
    attempt,
    seq,
    startedAt: isoOf(state.startedAt),
    finishedAt: isoOf(state.finishedAt),
    durationMs,
    criticalPathMs,
    serialMs,
    criticalPath: state.status === 'running' ? undefined : criticalPath(state),
    reason,
    counts,
    warnings,
    folder: layoutOf(workspace, runId).folder,
    tasks: [...state.tasks.values()].map((task) => plainTask(state, task)),
  };
}

function plainTask(state: RunState, task: TaskState): object {
  const { summary, status, attempt, attempts, durationMs, exitCode, signal, reason, next, outputs, allowedToFail } =
    task;
  return {
    task: summary.task,
    stage: summary.stage,
    type: summary.type,
    dependsOn: summary.dependsOn,
    status,
    attempt,
    startedAt: isoOf(task.startedAt),
    finishedAt: isoOf(task.finishedAt),
    durationMs,
    exitCode,
    signal,
    reason,
    next,
    outputs,
    allowedToFail: allowedToFail || undefined,
    waiting: whyWaiting(state, summary.task),
    attempts: attempts.length > 1 ? attempts : undefined,
    approval: task.approval,
    rolledBack: task.rolledBack,
  };
}

const isoOf = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : new Date(ms).toISOString();
