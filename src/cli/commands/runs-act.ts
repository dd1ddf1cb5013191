/** `runs watch|resume|cancel|approve|prune`: what one does about a run. */
import { parseDuration } from '../../core/duration.ts';
import { failure, FailureError, must } from '../../core/failure.ts';
import { attachRun, readRun, resumeRun, rollbackRun } from '../../engine/client.ts';
import { pruneRuns } from '../../engine/prune.ts';
import { askAboutLiving } from '../alive.ts';
import { editedPlan } from '../edited-plan.ts';
import { collect, command, runAction } from '../command.ts';
import { EarlySignals, exitOfRun, follow, personHere, replay, showingOf } from '../follow.ts';
import { EXIT, type CommandFunction, type Io } from '../io.ts';
import { amount, wholeNumber } from '../numbers.ts';
import { findWorkspace } from '../workspace.ts';
import { runMeant } from '../run-id.ts';
import { seenRun } from '../seen-run.ts';

interface ShowOptions {
  readonly json?: true;
  readonly quiet?: true;
}

export const watch: CommandFunction = (args, io) => {
  const made = command('runs watch', 'Follow a run from any terminal. Ctrl-C ends the watching, not the run.', io)
    .argument('[run]', 'the beginning of a run id, or last', 'last')
    .option('--json', 'one event a line, from the first one on')
    .option('--quiet', 'say nothing unless it fails');
  return runAction(made, args, io, async ([text], options: ShowOptions) => {
    const { workspace, runId } = runMeant(io, text);
    const showing = { showing: showingOf(options), workspace, owner: false };
    const { events, alive } = seenRun(workspace, runId);
    if (alive) return follow(must(await attachRun(workspace, runId)), io, showing);
    return exitOfRun((await replay(events, runId, io, showing)).status);
  });
};

export const resume: CommandFunction = (args, io) => {
  const made = command('runs resume', 'Go on with what has not succeeded, in the same run.', io)
    .argument('[run]', 'the beginning of a run id, or last', 'last')
    .option('--task <task>', 'do this task, and what depends on it, anew (may be given several times)', collect, [])
    .option('--edited', 'with the workflow file as it is now; tasks that are the same keep their results')
    .option('--alone', 'with --task: without what depends on it')
    .option(
      '--on-unknown <policy>',
      'for attempts whose end nobody saw: rerun, probe or fail',
      oneOf('rerun', 'probe', 'fail'),
    )
    .option(
      '--on-alive <policy>',
      'for tasks that still live although the run was interrupted: adopt (wait for them) or end',
      oneOf('adopt', 'end'),
    )
    .option('--jobs <n>', 'at most so many tasks at once', wholeNumber('--jobs', 1))
    .option('--fail-fast', 'end running tasks as soon as one fails')
    .option('--rollback', 'undo what succeeded if it fails or is cancelled')
    .option('--no-cache', 'take no result from the cache')
    .option('--detach', 'do not wait for the end')
    .option('--json', 'one event a line')
    .option('--quiet', 'say nothing unless it fails');
  return runAction(made, args, io, async ([text], options: ResumeArguments) => {
    checkAlone(options);
    const { workspace, runId } = runMeant(io, text);
    const { events } = must(readRun(workspace, runId));
    const plan = options.edited === true ? await editedPlan(workspace, runId, io) : undefined;
    if (options.edited === true && plan === undefined) return EXIT.usage;
    const asked =
      options.onAlive === undefined && io.isTTY && options.json !== true
        ? await askAboutLiving(workspace, runId, io)
        : options.onAlive;
    if (asked === 'stop') return EXIT.held;
    const { task, alone, onUnknown, jobs, failFast, cache, rollback } = options;
    const early = new EarlySignals(io);
    const handle = must(
      await resumeRun(workspace, runId, {
        tasks: task,
        ...(plan === undefined ? {} : { plan }),
        ...(alone === true ? { alone } : {}),
        ...(onUnknown === undefined ? {} : { onUnknown }),
        ...(asked === undefined ? {} : { onAlive: asked }),
        ...(jobs === undefined ? {} : { jobs }),
        ...(failFast === true ? { failFast } : {}),
        ...(cache ? {} : { noCache: true }),
        ...(rollback === true ? { rollback } : {}),
        ...(options.detach === true ? {} : { begun: () => early.listen() }),
        env: io.env,
      }),
    );
    if (options.detach === true) {
      handle.detach();
      io.out.write(options.json === true ? `${JSON.stringify({ runId })}\n` : `${runId}\n`);
      return EXIT.held;
    }
    const known = events.at(-1)?.seq ?? 0;
    return follow(handle, io, { showing: showingOf(options), workspace, owner: true, early, known });
  });
};

function checkAlone({ alone, task }: ResumeArguments): void {
  if (alone === true && task.length === 0)
    throw new FailureError(failure('usage', '--alone says how --task is meant: name the task with --task.'));
}

interface ResumeArguments extends ShowOptions {
  readonly task: readonly string[];
  readonly alone?: true;
  readonly edited?: true;
  readonly rollback?: true;
  readonly onUnknown?: 'rerun' | 'probe' | 'fail';
  readonly onAlive?: 'adopt' | 'end';
  readonly jobs?: number;
  readonly failFast?: true;
  readonly cache: boolean;
  readonly detach?: true;
}

/** A commander parser that takes one of these words. */
export const oneOf =
  <T extends string>(...words: readonly T[]) =>
  (text: string): T => {
    const word = words.find((one) => one === text);
    if (word === undefined) throw new FailureError(failure('usage', `${text} is none of ${words.join(', ')}.`));
    return word;
  };

export const rollback: CommandFunction = (args, io) => {
  const made = command('runs rollback', 'Undo what a run did: its tasks that succeeded, the last one first.', io)
    .argument('[run]', 'the beginning of a run id, or last', 'last')
    .option('--json', 'one event a line')
    .option('--quiet', 'say nothing unless it fails');
  return runAction(made, args, io, async ([text], options: ShowOptions) => {
    const { workspace, runId } = runMeant(io, text);
    const { events } = must(readRun(workspace, runId));
    const known = events.at(-1)?.seq ?? 0;
    const early = new EarlySignals(io);
    const handle = must(await rollbackRun(workspace, runId, { env: io.env, begun: () => early.listen() }));
    await follow(handle, io, { showing: showingOf(options), workspace, owner: true, early, known });
    const undone = must(readRun(workspace, runId)).events.filter(
      (event) => event.seq > known && event.type === 'task.rolled_back',
    );
    return undone.every((event) => event.type === 'task.rolled_back' && event.ok) ? EXIT.held : EXIT.failed;
  });
};

export const cancel: CommandFunction = (args, io) => {
  const made = command('runs cancel', 'End a run: politely, or by force. Its `finally` tasks still run.', io)
    .argument('[run]', 'the beginning of a run id, or last', 'last')
    .option('--force', 'kill what runs at once')
    .option('--json', 'one JSON object');
  return runAction(made, args, io, async ([text], options: { force?: true; json?: true }) => {
    const { workspace, runId } = runMeant(io, text);
    const handle = must(await attachRun(workspace, runId));
    const asked = await handle.cancel(options.force === true, personHere());
    handle.detach();
    must(asked);
    io.out.write(
      options.json === true
        ? `${JSON.stringify({ runId, cancelling: true })}\n`
        : `${runId} is being cancelled. Watch it: code-engine runs watch ${runId}\n`,
    );
    return EXIT.held;
  });
};

export const approve: CommandFunction = (args, io) => {
  const made = command('runs approve', 'Answer a task that waits for a person.', io)
    .argument('<run>', 'the beginning of a run id, or last')
    .argument('<task>', 'the task that waits')
    .option('--refuse', 'say no')
    .option('--comment <text>', 'why; kept in the journal')
    .option('--json', 'one JSON object');
  return runAction(
    made,
    args,
    io,
    async ([text, task = ''], options: { refuse?: true; comment?: string; json?: true }) => {
      const approved = options.refuse !== true;
      if (approved) refuseAgents(io);
      const { workspace, runId } = runMeant(io, text);
      const handle = must(await attachRun(workspace, runId));
      const answered = await handle.approve(task, approved, personHere(), options.comment);
      handle.detach();
      must(answered);
      io.out.write(
        options.json === true
          ? `${JSON.stringify({ runId, task, approved })}\n`
          : `${task} is ${approved ? 'approved' : 'refused'}.\n`,
      );
      return EXIT.held;
    },
  );
};

/** Variables that coding agents set in the shells that they use. */
const AGENTS = ['CLAUDECODE', 'GEMINI_CLI', 'CODEX_SANDBOX', 'CURSOR_AGENT', 'AI_AGENT'];

/** A yes is a person's: the shell of a coding agent may say no, and that is all. */
function refuseAgents(io: Io): void {
  const agent = AGENTS.find((name) => io.env[name] !== undefined && io.env[name] !== '');
  if (agent === undefined || io.keyboard !== undefined) return;
  throw new FailureError(
    failure('denied', `Approving is for a person, and this is the shell of a coding agent (${agent} is set).`, {
      next: 'Let the person type it in a terminal of their own, or press Approve in the editor.',
    }),
  );
}

export const prune: CommandFunction = (args, io) => {
  const made = command('runs prune', 'Delete old runs: never one that runs.', io)
    .option('--keep <n>', 'keep so many of the newest', wholeNumber('--keep', 0))
    .option('--older-than <duration>', 'only those that began longer ago, such as 30d')
    .option('--max-size <MiB>', 'the oldest go until the rest is no larger', amount('--max-size'))
    .option('--dry-run', 'say what would go')
    .option('--json', 'one JSON object');
  return runAction(made, args, io, (_positional, options: PruneArguments) => {
    const { keep, olderThan, maxSize, dryRun } = options;
    if (keep === undefined && olderThan === undefined && maxSize === undefined) {
      throw new FailureError(failure('usage', 'Say what may go: --keep N, --older-than 30d or --max-size MiB.'));
    }
    const removed = must(
      pruneRuns(findWorkspace(io.cwd), {
        ...(keep === undefined ? {} : { keep }),
        ...(olderThan === undefined ? {} : { olderThanMs: durationOf(olderThan) }),
        ...(maxSize === undefined ? {} : { maxBytes: maxSize * 1_048_576 }),
        ...(dryRun === true ? { dryRun } : {}),
      }),
    );
    if (options.json === true) io.out.write(`${JSON.stringify({ removed })}\n`);
    else
      io.out.write(
        removed.map((id) => `${id} ${dryRun === true ? 'would go' : 'is gone'}\n`).join('') || 'Nothing to delete.\n',
      );
    return Promise.resolve(EXIT.held);
  });
};

interface PruneArguments {
  readonly keep?: number;
  readonly olderThan?: string;
  readonly maxSize?: number;
  readonly dryRun?: true;
  readonly json?: true;
}

function durationOf(text: string): number {
  const read = parseDuration(text);
  if (!read.ok) throw new FailureError(failure('usage', `--older-than ${text}: ${read.failure}.`));
  return read.value.ms;
}
