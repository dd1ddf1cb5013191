/** Following a run: its journal up to what is durable, and requests to its supervisor. */
import { readFileSync, statSync } from 'node:fs';
import { failure } from '../core/failure.ts';
import { isObject, parseJson } from '../core/json.ts';
import type { ProcessIdentity } from '../core/process.ts';
import { err, ok, type Result } from '../core/result.ts';
import { isAlive } from '../platform/processes.ts';
import type { RunEvent } from '../run/events.ts';
import { isRunId, type RunLayout } from '../run/layout.ts';
import { layoutOf } from './place.ts';
import { ControlClient } from './control-client.ts';
import { JournalReader } from './journal-reader.ts';
import { noSuchRun } from './run-folder.ts';

export interface RunHandle {
  readonly runId: string;
  /** Events in order, up to the run's end or to where its supervisor died. @param from the first sequence number that is wanted */
  events(from?: number): AsyncIterable<RunEvent>;
  /** The same in batches, for those who fold thousands. */
  batches(from?: number): AsyncIterable<readonly RunEvent[]>;
  cancel(force: boolean, by?: string): Promise<Result<void>>;
  approve(task: string, approved: boolean, by: string, comment?: string, digest?: string): Promise<Result<void>>;
  /** Ends the watching; the run goes on. */
  detach(): void;
}

/** Follows a run that was started elsewhere; one that has ended, or whose supervisor is dead, can be followed to where it came. */
export async function attachRun(workspace: string, runId: string): Promise<Result<RunHandle>> {
  const layout = layoutOf(workspace, runId);
  if (!isRunId(runId) || statSync(layout.folder, { throwIfNoEntry: false }) === undefined) return err(noSuchRun(runId));
  const control = await connectTo(layout);
  if (control !== undefined) await control.request('watch');
  return ok(new LiveRun(layout, runId, control));
}

async function connectTo(layout: RunLayout): Promise<ControlClient | undefined> {
  const known = controlOf(layout);
  if (known?.address === undefined || !isAlive(known.supervisor)) return undefined;
  const connected = await ControlClient.connect(known.address, known.token);
  return connected.ok ? connected.value : undefined;
}

interface ControlFile {
  readonly supervisor: ProcessIdentity;
  readonly token: string;
  readonly address?: string;
}

function controlOf(layout: RunLayout): ControlFile | undefined {
  try {
    const value = parseJson(readFileSync(layout.control, 'utf8'));
    return isObject(value) && isObject(value['supervisor']) ? (value as unknown as ControlFile) : undefined;
  } catch {
    return undefined;
  }
}

/** Is there a supervisor at work on the run? */
export function isRunning(workspace: string, runId: string): boolean {
  const known = controlOf(layoutOf(workspace, runId));
  return known !== undefined && isAlive(known.supervisor);
}

/** The same, certain: a supervisor that was just killed is still a process for a moment, but answers no more. */
export async function isAtWork(layout: RunLayout): Promise<boolean> {
  for (let tries = 0; tries < 40; tries++) {
    const known = controlOf(layout);
    if (known === undefined || !isAlive(known.supervisor)) return false;
    const control = await connectTo(layout);
    control?.close();
    if (control !== undefined) return true;
    await new Promise((done) => setTimeout(done, 50));
  }
  return true;
}

export class LiveRun implements RunHandle {
  readonly runId: string;
  readonly #layout: RunLayout;
  readonly #control: ControlClient | undefined;

  constructor(layout: RunLayout, runId: string, control: ControlClient | undefined) {
    this.runId = runId;
    this.#layout = layout;
    this.#control = control;
  }

  async *events(from = 1): AsyncGenerator<RunEvent> {
    for await (const batch of this.batches(from)) yield* batch;
  }

  async *batches(from = 1): AsyncGenerator<readonly RunEvent[]> {
    const reader = new JournalReader(this.#layout.journal);
    try {
      for (;;) {
        // Looked at before reading: what is durable when the supervisor hangs up is all there will be.
        const control = this.#control;
        const known = control === undefined || control.closed ? undefined : control.durable;
        const events = await reader.next(known ?? sizeOf(this.#layout.journal));
        if (events.length > 0) {
          const wanted = events.filter(({ seq }) => seq >= from);
          if (wanted.length > 0) yield wanted;
          continue;
        }
        if (known === undefined) return;
        await this.#change(known);
      }
    } finally {
      await reader.close();
    }
  }

  #change(known: number): Promise<void> {
    const control = this.#control;
    if (control === undefined || control.closed || control.durable !== known) return Promise.resolve();
    return new Promise((resolve) => {
      const end = control.onChange(() => {
        end();
        resolve();
      });
    });
  }

  async cancel(force: boolean, by = 'a person'): Promise<Result<void>> {
    return this.#ask('cancel', { force, by });
  }

  async approve(task: string, approved: boolean, by: string, comment?: string, digest?: string): Promise<Result<void>> {
    return this.#ask('approve', {
      task,
      approved,
      by,
      ...(comment === undefined ? {} : { comment }),
      ...(digest === undefined ? {} : { digest }),
    });
  }

  async #ask(method: 'cancel' | 'approve', params: Record<string, string | boolean>): Promise<Result<void>> {
    if (this.#control === undefined) {
      return err(
        failure('conflict', `The run ${this.runId} is not running.`, {
          next: `See how it stands: code-engine runs show ${this.runId}`,
        }),
      );
    }
    const answer = await this.#control.request(method, params);
    return answer.ok ? ok(undefined) : answer;
  }

  detach(): void {
    this.#control?.close();
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
