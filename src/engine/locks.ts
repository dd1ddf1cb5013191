/**
 * Named locks over all runs of one user on this machine (`resources.lock`). First come, first served; a holder that dies, however it
 * dies, frees what it held. The protocol is in `lock-tickets.ts`.
 */
import { watch, type FSWatcher } from 'node:fs';
import { failure, failureFrom } from '../core/failure.ts';
import type { ProcessIdentity } from '../core/process.ts';
import { err, ok, type Result } from '../core/result.ts';
import { drawTicket, lockFolder, readTicket, removeTicket, ticketsIn, type Ticket } from './lock-tickets.ts';

export interface LockPlace {
  /** `locks` in the user's state folder; made when it is not there. */
  readonly directory: string;
  /** The process that holds: this one. */
  readonly self: ProcessIdentity;
  isAlive(identity: ProcessIdentity): boolean;
  /** How often to look for dead holders; a release is noticed at once where the file system can be watched. Default: 1000. */
  readonly pollMs?: number;
}

export interface LockWait {
  readonly lock: string;
  /** How many tickets are before ours: 1 is next. */
  readonly position: number;
  /** Who holds it, as that process calls itself. */
  readonly holder: string;
}

export interface LockRequest {
  readonly names: readonly string[];
  /** What others are told while they wait for us: `run 20261129-… task deploy`. */
  readonly holder: string;
  readonly signal?: AbortSignal;
  /** Called when the wait for a lock begins and whenever position or holder change. */
  onWaiting?(wait: LockWait): void;
}

export interface LockHold {
  readonly names: readonly string[];
  /** Frees all of them; a second call does nothing. */
  release(): void;
}

interface Held {
  readonly folder: string;
  readonly ticket: string;
}

/**
 * Takes several locks in one order that all processes share, so that no two can wait for each other.
 * @returns a `cancelled` failure when aborted while waiting; nothing is held then
 */
export async function acquireLocks(place: LockPlace, request: LockRequest): Promise<Result<LockHold>> {
  const wanted = [...new Set(request.names)]
    .map((name) => ({ name, folder: lockFolder(place.directory, name) }))
    .sort((a, b) => (a.folder < b.folder ? -1 : 1));
  const held: Held[] = [];
  const release = (): void => {
    for (const { folder, ticket } of held.splice(0).reverse()) removeTicket(folder, ticket);
  };
  for (const { name, folder } of wanted) {
    const taken = await acquireOne(place, request, name, folder);
    if (!taken.ok) {
      release();
      return taken;
    }
    held.push({ folder, ticket: taken.value });
  }
  return ok({ names: wanted.map(({ name }) => name), release });
}

/** @returns the name of the ticket that holds the lock */
async function acquireOne(
  place: LockPlace,
  request: LockRequest,
  name: string,
  folder: string,
): Promise<Result<string>> {
  const mine: Ticket = { identity: place.self, holder: request.holder };
  if (isAborted(request)) return err(cancelled(name));
  const drawn = drawTicket(folder, name, mine);
  if (!drawn.ok) return drawn;
  let ticket = drawn.value;
  let change: FolderChange | undefined;
  let told = '';
  try {
    for (;;) {
      // Watching begins before looking, so nothing that happens between the two is missed.
      const look = ahead(place, folder, ticket);
      if (look.mine && look.living.length === 0) return ok(ticket);
      if (!look.mine) {
        const again = drawTicket(folder, name, mine);
        if (!again.ok) return again;
        ticket = again.value;
        continue;
      }
      if (change === undefined) {
        change = new FolderChange(folder, (file) => file <= ticket);
        continue;
      }
      told = tell(request, { lock: name, position: look.living.length, holder: look.living[0]?.holder ?? '' }, told);
      await change.next(change.watching ? (place.pollMs ?? 1000) : 200, request.signal);
      if (isAborted(request)) {
        removeTicket(folder, ticket);
        return err(cancelled(name));
      }
    }
  } catch (error) {
    removeTicket(folder, ticket);
    return err(failureFrom(error, `wait for the lock ${name}`));
  } finally {
    change?.close();
  }
}

const isAborted = ({ signal }: LockRequest): boolean => signal?.aborted === true;

const cancelled = (name: string): ReturnType<typeof failure> =>
  failure('cancelled', `Waiting for the lock ${name} was cancelled.`);

function tell(request: LockRequest, wait: LockWait, before: string): string {
  const now = `${wait.position} ${wait.holder}`;
  if (now !== before) request.onWaiting?.(wait);
  return now;
}

/** The living tickets before ours, those of the dead removed; and whether ours is still there (somebody may have cleared the folder). */
function ahead(place: LockPlace, folder: string, ticket: string): { living: Ticket[]; mine: boolean } {
  const tickets = ticketsIn(folder);
  const living: Ticket[] = [];
  for (const name of tickets) {
    if (name >= ticket) break;
    const other = readTicket(folder, name);
    if (other !== undefined && place.isAlive(other.identity)) living.push(other);
    else removeTicket(folder, name);
  }
  return { living, mine: tickets.includes(ticket) };
}

/** Wakes up when something in a folder changes, after a while, or when aborted. */
class FolderChange {
  #changed = false;
  #wake: (() => void) | undefined;
  #watcher: FSWatcher | undefined;

  /** @param matters whether a change of that file is worth waking up for */
  constructor(folder: string, matters: (file: string) => boolean) {
    const onChange = (): void => {
      this.#changed = true;
      this.#wake?.();
    };
    try {
      this.#watcher = watch(folder, { persistent: false }, (_event, file) => {
        if (file === null || (!file.startsWith('.') && matters(file))) onChange();
      });
      this.#watcher.on('error', () => {
        this.#watcher?.close();
        this.#watcher = undefined;
        onChange();
      });
    } catch {
      // no watches left on this machine, or a file system without them: the poll is enough
    }
  }

  get watching(): boolean {
    return this.#watcher !== undefined;
  }

  async next(atMostMs: number, signal: AbortSignal | undefined): Promise<void> {
    if (!this.#changed && signal?.aborted !== true) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, atMostMs);
        function done(): void {
          clearTimeout(timer);
          signal?.removeEventListener('abort', done);
          resolve();
        }
        this.#wake = done;
        signal?.addEventListener('abort', done, { once: true });
      });
    }
    this.#wake = undefined;
    this.#changed = false;
  }

  close(): void {
    this.#watcher?.close();
  }
}
