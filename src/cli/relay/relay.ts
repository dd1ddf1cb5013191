/**
 * The relay: what one window talks to, on the machine where the tools are. It starts supervisors, follows journals, passes on cancel
 * and approve. It holds no state that matters: killing it loses nothing, and a new one goes on from any event's number.
 */
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { failure, FailureError, type Failure, must } from '../../core/failure.ts';
import { err, type Result } from '../../core/result.ts';
import {
  attachRun,
  lastSeqOf,
  launchRun,
  listRuns,
  resumeRun,
  rollbackRun,
  type RunHandle,
} from '../../engine/client.ts';
import { gentlePolicy } from '../../engine/living.ts';
import {
  EVENT_BATCH,
  PROTOCOL_VERSION,
  readParams,
  type Method,
  type Notifications,
  type Params,
  type Results,
} from '../../run/protocol.ts';
import type { PreviewedTask } from '../../run/answers.ts';
import type { TellProgress } from './deployment.ts';
import { PLAN_PART, planPieces, sentBatches, type SentEvent } from '../../run/plan-parts.ts';
import { isRunId, logFile } from '../../run/layout.ts';
import { layoutOf } from '../../engine/place.ts';
import { catalogue } from '../../tasks/catalogue.ts';
import { personHere } from '../follow.ts';
import type { Io } from '../io.ts';
import { findWorkspace } from '../workspace.ts';
import { readLogPage } from './log-page.ts';
import { inputsForWindow, planForWindow, validateForWindow } from './plan.ts';
import { RunWatch } from './run-watch.ts';

type Handlers = { readonly [M in Method]: (params: Params<M>, signal: AbortSignal) => Promise<Results[M]> };

export class Relay {
  readonly #connection: MessageConnection;
  readonly #io: Io;
  readonly #version: string;
  readonly #subscriptions = new Map<string, RunHandle>();
  readonly #watches = new Map<string, RunWatch>();
  #disposed = false;

  constructor(connection: MessageConnection, io: Io, version: string) {
    this.#connection = connection;
    this.#io = io;
    this.#version = version;
  }

  /**
   * Does a request.
   * @param signal the window does not want the answer any more
   * @returns its result, or why it was not done
   */
  async serve(method: string, params: unknown, signal: AbortSignal): Promise<Result<unknown>> {
    // A question may have come together with the end; what it would start, such as a watch, nobody would end.
    if (this.#disposed) return err(failure('cancelled', 'The window is gone.'));
    if (!Object.hasOwn(this.#handlers, method)) return err(failure('usage', `There is no method ${method}.`));
    const known = method as Method; // just looked up
    const checked = readParams(known, params);
    if (!checked.ok) return err(failure('usage', checked.failure));
    try {
      const handle = this.#handlers[known] as (params: unknown, signal: AbortSignal) => Promise<unknown>;
      return { ok: true, value: await handle(checked.value, signal) };
    } catch (error) {
      if (error instanceof FailureError) return err(error.failure);
      return err(failure('io', error instanceof Error ? error.message : String(error)));
    }
  }

  dispose(): void {
    this.#disposed = true;
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
      if (this.#disposed) {
        handle.detach();
        throw refused('cancelled', 'The window is gone.');
      }
      const seq = lastSeqOf(workspace, runId);
      this.#subscriptions.set(runId, handle);
      void this.#follow(handle, workspace, fromSeq);
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
      const policy = { onUnknown: 'ask', ...gentlePolicy(workspace, runId) } as const;
      const handle = must(await resumeRun(workspace, runId, { tasks, env: this.#io.env, ...policy }));
      handle.detach();
      return { runId };
    },
    'runs/rollback': async ({ runId, workspace }) => {
      const handle = must(await rollbackRun(workspace, runId, { env: this.#io.env }));
      handle.detach();
      return { runId };
    },
    'logs/read': ({ workspace, runId, task, attempt, stream, offset, length }) => {
      if (!isRunId(runId)) throw refused('missing', `There is no run ${runId}.`);
      return Promise.resolve(
        must(readLogPage(logFile(layoutOf(workspace, runId), task, attempt, stream), offset, length)),
      );
    },
    'findings/read': async ({ workspace, runId, tasks }) => {
      if (!isRunId(runId)) throw refused('missing', `There is no run ${runId}.`);
      return { findings: must((await import('./scans.ts')).findingsOfRun(workspace, runId, tasks)) };
    },
    'secure/start': async ({ folder, workspace, threshold = 'high' }) => {
      const asked = { folder, threshold, ...(workspace === undefined ? {} : { workspace }) };
      return (await import('./scans.ts')).startForWindow(asked, this.#io.env);
    },
    'workflow/validate': async (asked) => ({ diagnostics: await validateForWindow(asked) }),
    'workflow/inputs': async (asked) => ({ inputs: await inputsForWindow(asked) }),
    'workflow/plan': async (asked) => {
      const plan = await (await workflows()).planForGraph(asked, this.#io);
      const { id } = asked;
      const pieces = id === undefined ? [] : planPieces(plan);
      if (id === undefined || pieces.length < 2) return { plan };
      for (const [n, tasks] of pieces.entries()) this.#say('workflow/planned', { id, at: n * PLAN_PART, tasks });
      return { plan: { ...plan, tasks: [] }, parted: plan.tasks.length };
    },
    'workflow/analyze': async (asked) => (await workflows()).analyzeForWindow(asked, this.#io),
    'workflow/preview': async (asked, signal) => {
      const tell = (task: PreviewedTask): void => this.#say('workflow/previewed', { id: asked.id, task });
      const tasks = await (await workflows()).previewForWindow(asked, this.#io, signal, tell);
      return { tasks: asked.brief === true ? [] : tasks };
    },
    'deploy/plan': async (asked, signal) => {
      const tell: TellProgress = (phase, components) =>
        this.#say('deploy/progress', { id: asked.id, phase, ...(components === undefined ? {} : { components }) });
      return (await deployments()).planForReview(asked, this.#io, this.#connection, signal, tell);
    },
    'deploy/write': async (asked) => {
      (await deployments()).writeAccepted(asked);
      return {};
    },
    'workflow/import': async ({ file }) => (await import('./conversions.ts')).importForWindow(file, this.#io),
    'workflow/export': async ({ file }) => (await import('./conversions.ts')).exportForWindow(file, this.#io),
    'init/plan': async ({ workspace }) => (await import('./context-files.ts')).initForWindow(workspace),
    'init/write': async (asked) => {
      (await import('./context-files.ts')).writeInit(asked);
      return {};
    },
    'deploy/context': async (asked) => (await deployments()).contextForWindow(asked),
    explain: async (asked, signal) => ({
      explanations: await (
        await import('./explanation.ts')
      ).explainForWindow(asked, this.#io, this.#connection, signal),
    }),
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

  #say<N extends keyof Notifications>(name: N, params: Notifications[N]): void {
    void this.#connection.sendNotification(name, params).catch(() => undefined); // the window is gone: nobody to tell
  }

  /** Sends a run's events in batches; the window's pace is ours, since a batch waits until the one before is written. */
  async #follow(handle: RunHandle, workspace: string, from: number): Promise<void> {
    try {
      for await (const events of handle.batches(from)) {
        for (const batch of sentBatches(events, EVENT_BATCH)) {
          if (this.#subscriptions.get(handle.runId) !== handle) return;
          // First, so that whoever sees a run end has been told all that was found.
          for (const task of scannersEnded(batch)) {
            const found = (await import('./scans.ts')).findingsOfRun(workspace, handle.runId, [task]);
            if (found.ok) this.#say('findings/found', { workspace, runId: handle.runId, task, findings: found.value });
          }
          await this.#connection.sendNotification('runs/events', { runId: handle.runId, events: batch });
        }
      }
    } catch {
      // the window is gone, or the run's folder is: there is nobody to tell
    } finally {
      if (this.#subscriptions.get(handle.runId) === handle) this.#subscriptions.delete(handle.runId);
    }
  }
}

/** Loaded when first asked for: most windows only follow runs. */
const workflows = async () => import('./workflows.ts');
const deployments = async () => import('./deployment.ts');

/** Tasks of these events that ended with a scanner's outputs, whether they passed or failed by what they found. */
const scannersEnded = (events: readonly SentEvent[]): string[] =>
  events.flatMap((event) =>
    event.type === 'task.finished' && 'findings' in event.outputs && 'sarif' in event.outputs ? [event.task] : [],
  );

const refused = (kind: Failure['kind'], message: string): FailureError => new FailureError(failure(kind, message));
