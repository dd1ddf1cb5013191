/**
 * The relay: what one window talks to, on the machine where the tools are. It starts supervisors, follows journals, passes on cancel
 * and approve. It holds no state that matters: killing it loses nothing, and a new one goes on from any event's number.
 */
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { failure, FailureError, type Failure } from '../../core/failure.ts';
import { err, type Result } from '../../core/result.ts';
import { attachRun, lastSeqOf, launchRun, listRuns, resumeRun, type RunHandle } from '../../engine/client.ts';
import {
  EVENT_BATCH,
  PROTOCOL_VERSION,
  readParams,
  type Method,
  type Params,
  type Results,
} from '../../run/protocol.ts';
import { isRunId, layoutOf, logFile } from '../../run/layout.ts';
import { catalogue } from '../../tasks/catalogue.ts';
import { personHere } from '../follow.ts';
import type { Io } from '../io.ts';
import { findWorkspace } from '../workspace.ts';
import { readLogPage } from './log-page.ts';
import { planForWindow, validateForWindow } from './plan.ts';
import { RunWatch } from './run-watch.ts';

type Handlers = { readonly [M in Method]: (params: Params<M>) => Promise<Results[M]> };

export class Relay {
  readonly #connection: MessageConnection;
  readonly #io: Io;
  readonly #version: string;
  readonly #subscriptions = new Map<string, RunHandle>();
  readonly #watches = new Map<string, RunWatch>();

  constructor(connection: MessageConnection, io: Io, version: string) {
    this.#connection = connection;
    this.#io = io;
    this.#version = version;
  }

  /** Does a request. @returns its result, or why it was not done */
  async serve(method: string, params: unknown): Promise<Result<unknown>> {
    if (!Object.hasOwn(this.#handlers, method)) return err(failure('usage', `There is no method ${method}.`));
    const known = method as Method; // just looked up
    const checked = readParams(known, params);
    if (!checked.ok) return err(failure('usage', checked.failure));
    try {
      const handle = this.#handlers[known] as (params: unknown) => Promise<unknown>;
      return { ok: true, value: await handle(checked.value) };
    } catch (error) {
      if (error instanceof FailureError) return err(error.failure);
      return err(failure('io', error instanceof Error ? error.message : String(error)));
    }
  }

  dispose(): void {
    for (const handle of this.#subscriptions.values()) handle.detach();
    for (const watch of this.#watches.values()) watch.dispose();
  }

  readonly #handlers: Handlers = {
    hello: ({ protocol }) => {
      if (protocol !== PROTOCOL_VERSION) {
        throw refused(
          'conflict',
          `The window speaks version ${protocol} of the protocol, this engine ${PROTOCOL_VERSION}.`,
        );
      }
      return Promise.resolve({ protocol: PROTOCOL_VERSION, engine: this.#version });
    },
    'runs/list': ({ workspace, limit }) => {
      const runs = listRuns(workspace);
      if (!this.#watches.has(workspace)) {
        const tell = (run: (typeof runs)[number]): void =>
          void this.#connection.sendNotification('runs/changed', { workspace, run }).catch(() => undefined);
        this.#watches.set(workspace, new RunWatch(workspace, runs, tell));
      }
      return Promise.resolve({ runs: limit === undefined ? runs : runs.slice(0, limit) });
    },
    'runs/start': async ({ file, workspace, inputs = {}, only, from, failFast }) => {
      const plan = await planForWindow(file, this.#io, {
        inputs,
        only: only === undefined ? [] : [only],
        ...(from === undefined ? {} : { from }),
      });
      const launched = await launchRun({
        plan,
        workspace: workspace ?? findWorkspace(this.#io.cwd, file),
        options: failFast === true ? { failFast } : {},
        env: this.#io.env,
      });
      const handle = must(launched);
      handle.detach();
      return { runId: handle.runId };
    },
    'runs/subscribe': async ({ runId, workspace, fromSeq }) => {
      this.#subscriptions.get(runId)?.detach();
      const handle = must(await attachRun(workspace, runId));
      const seq = lastSeqOf(workspace, runId);
      this.#subscriptions.set(runId, handle);
      void this.#follow(handle, fromSeq);
      return { seq };
    },
    'runs/unsubscribe': ({ runId }) => {
      this.#subscriptions.get(runId)?.detach();
      this.#subscriptions.delete(runId);
      return Promise.resolve({});
    },
    'runs/cancel': ({ runId, workspace, force }) =>
      this.#with(workspace, runId, (handle) => handle.cancel(force === true, personHere())),
    'runs/approve': ({ runId, workspace, task, approved, digest, comment }) =>
      this.#with(workspace, runId, (handle) => handle.approve(task, approved, personHere(), comment, digest)),
    'runs/resume': async ({ runId, workspace, tasks = [] }) => {
      const handle = must(await resumeRun(workspace, runId, { tasks, env: this.#io.env, onUnknown: 'ask' }));
      handle.detach();
      return { runId };
    },
    'logs/read': ({ workspace, runId, task, attempt, stream, offset, length }) => {
      if (!isRunId(runId)) throw refused('missing', `There is no run ${runId}.`);
      return Promise.resolve(
        must(readLogPage(logFile(layoutOf(workspace, runId), task, attempt, stream), offset, length)),
      );
    },
    'workflow/validate': async ({ file, text }) => ({ diagnostics: await validateForWindow(file, text) }),
    doctor: async () => {
      const { doctorChecks } = await import('../doctor.ts');
      return { checks: await doctorChecks(catalogue, this.#io.env) };
    },
  };

  async #with(
    workspace: string,
    runId: string,
    act: (handle: RunHandle) => Promise<Result<void>>,
  ): Promise<Readonly<Record<string, never>>> {
    const handle = must(await attachRun(workspace, runId));
    try {
      must(await act(handle));
      return {};
    } finally {
      handle.detach();
    }
  }

  /** Sends a run's events in batches; the window's pace is ours, since a batch waits until the one before is written. */
  async #follow(handle: RunHandle, from: number): Promise<void> {
    try {
      for await (const events of handle.batches(from)) {
        for (let at = 0; at < events.length; at += EVENT_BATCH) {
          if (this.#subscriptions.get(handle.runId) !== handle) return;
          const batch = { runId: handle.runId, events: events.slice(at, at + EVENT_BATCH) };
          await this.#connection.sendNotification('runs/events', batch);
        }
      }
    } catch {
      // the window is gone, or the run's folder is: there is nobody to tell
    }
  }
}

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new FailureError(result.failure);
  return result.value;
}

const refused = (kind: Failure['kind'], message: string): FailureError => new FailureError(failure(kind, message));
