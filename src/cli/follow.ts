/** Watching a run: events to a view, keys and signals to the run, and in the end an exit code. */
import { userInfo } from 'node:os';
import { errorMessage } from '../core/failure.ts';
import type { RunHandle } from '../engine/client.ts';
import type { RunStatus } from '../run/events.ts';
import { layoutOf } from '../engine/place.ts';
import { interrupted, RunFold, type RunState } from '../run/reduce.ts';
import { EXIT, type Io } from './io.ts';
import { LogFiles } from './logs.ts';
import { jsonView, plainView, quietView } from './render/view-lines.ts';
import type { RunView } from './render/view.ts';

export type Showing = 'json' | 'quiet' | 'person';

/** What `--json` and `--quiet` ask for. */
export const showingOf = (options: { readonly json?: true; readonly quiet?: true }): Showing =>
  options.json === true ? 'json' : options.quiet === true ? 'quiet' : 'person';

export interface FollowOptions {
  readonly showing: Showing;
  readonly workspace: string;
  /** Whose Ctrl-C cancels the run: of the one who started it. A mere watcher's ends the watching. */
  readonly owner: boolean;
  /** What was pressed before the run could be followed. */
  readonly early?: EarlySignals;
  /** Events up to this number are known: shown in the state, not as news. */
  readonly known?: number;
}

/** Ctrl-C and SIGTERM between the moment from which on a run goes its way and that from which on it is followed: it would else go on unseen. */
export class EarlySignals {
  pressed = 0;
  readonly #io: Io;
  #stops: (() => void)[] | undefined;

  constructor(io: Io) {
    this.#io = io;
  }

  listen(): void {
    const press = (): void => {
      this.pressed++;
    };
    this.#stops ??= [this.#io.onSignal('SIGINT', press), this.#io.onSignal('SIGTERM', press)];
  }

  release(): void {
    for (const stop of this.#stops ?? []) stop();
  }
}

/** Follows a run to its end. @returns the exit code of the command line */
export async function follow(handle: RunHandle, io: Io, options: FollowOptions): Promise<number> {
  const logs = new LogFiles(layoutOf(options.workspace, handle.runId));
  const fold = new RunFold();
  const early = options.early ?? new EarlySignals(io);
  early.listen();
  const view = await viewOf(handle, io, logs, options, () => control.interrupt());
  const control = steer(handle, io, options, view);
  for (let n = 0; n < early.pressed; n++) control.interrupt();
  early.release();
  try {
    for await (const event of handle.events()) {
      fold.apply(event);
      const lag = view.event(event, fold.state, event.seq <= (options.known ?? 0));
      if (lag !== undefined) await lag;
      if (control.left) break;
    }
  } finally {
    control.release();
    handle.detach();
  }
  const state = control.left ? fold.state : interrupted(fold.state);
  view.end(state, !control.left);
  logs.close();
  return control.left ? leftCode(view, handle, options) : exitOfRun(state.status);
}

/** Looks at what is there already of a run that may be over: the same views over a list of events. */
export async function replay(
  events: readonly Parameters<RunFold['apply']>[0][],
  runId: string,
  io: Io,
  options: FollowOptions,
): Promise<RunState> {
  const logs = new LogFiles(layoutOf(options.workspace, runId));
  const fold = new RunFold();
  const view =
    options.showing === 'json'
      ? jsonView(io, logs)
      : options.showing === 'quiet'
        ? quietView(io, logs)
        : plainView(io, logs);
  for (const event of events) {
    fold.apply(event);
    const lag = view.event(event, fold.state, false);
    if (lag !== undefined) await lag;
  }
  const state = interrupted(fold.state);
  view.end(state, true);
  logs.close();
  return state;
}

export function exitOfRun(status: RunStatus): number {
  switch (status) {
    case 'succeeded':
    case 'running':
      return EXIT.held;
    case 'failed':
    case 'interrupted':
      return EXIT.failed;
    case 'cancelled':
      return EXIT.cancelled;
  }
}

function leftCode(view: RunView, handle: RunHandle, options: FollowOptions): number {
  if (options.showing !== 'json') view.note(`The run goes on. Watch it: code-engine runs watch ${handle.runId}`);
  return EXIT.held;
}

interface Control {
  /** As if Ctrl-C had been pressed. */
  readonly interrupt: () => void;
  /** Nobody watches any more; the run goes on. */
  readonly left: boolean;
  release(): void;
}

/** Ctrl-C: the first cancels politely, the second by force. SIGTERM cancels. A closed terminal leaves the run running. */
function steer(handle: RunHandle, io: Io, options: FollowOptions, view: RunView): Control {
  let pressed = 0;
  let left = false;
  const leave = (): void => {
    left = true;
    handle.detach();
  };
  const cancel = (force: boolean): void => {
    view.note(
      force
        ? 'Ending every task by force.'
        : 'Cancelling: tasks are asked to end. Press Ctrl-C again to end them by force.',
    );
    void handle.cancel(force).catch((error: unknown) => view.note(`Could not cancel: ${errorMessage(error)}`));
  };
  const interrupt = (): void => {
    pressed++;
    if (!options.owner || pressed > 2) leave();
    else cancel(pressed === 2);
  };
  const stops = [
    io.onSignal('SIGINT', interrupt),
    io.onSignal('SIGTERM', () => (options.owner ? cancel(false) : leave())),
    io.onSignal('SIGHUP', leave),
  ];
  return {
    interrupt,
    get left() {
      return left;
    },
    release: () => stops.forEach((stop) => stop()),
  };
}

async function viewOf(
  handle: RunHandle,
  io: Io,
  logs: LogFiles,
  options: FollowOptions,
  interrupt: () => void,
): Promise<RunView> {
  switch (options.showing) {
    case 'json':
      return jsonView(io, logs);
    case 'quiet':
      return quietView(io, logs);
    case 'person': {
      if (!io.isTTY) return plainView(io, logs);
      const { LiveView } = await import('./render/view-live.ts');
      return new LiveView(io, logs, {
        interrupt,
        answer: async (question, answer) => {
          const result = await handle.approve(
            question.task,
            answer.approved,
            personHere(),
            answer.comment,
            question.digest,
          );
          return result.ok ? undefined : result.failure.message;
        },
      });
    }
  }
}

/** Who sits here, for the record of an approval. */
export function personHere(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown'; // a container's user without an entry
  }
}
