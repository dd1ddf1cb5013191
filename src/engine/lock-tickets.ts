/**
 * The tickets of one named lock: files in one folder, one per holder or waiter, in the order of their numbers. The lowest ticket of a
 * living process holds the lock.
 *
 * A name carries a nonce and is never used twice, so whoever finds a dead process's ticket may remove it without the risk of removing
 * a living one's. A number is the highest in sight plus one. Between looking and writing, others may have come and the holder
 * may have gone, so that our number would now be *below* that of a process that already holds the lock; therefore a ticket only
 * counts once a look after writing it shows nothing higher, else it is taken back and drawn again. With that, a process that holds
 * (its ticket is in the folder all the time) can never see a lower ticket become valid.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, failureFrom } from '../core/failure.ts';
import { isObject, parseJson } from '../core/json.ts';
import type { ProcessIdentity } from '../core/process.ts';
import { err, ok, type Result } from '../core/result.ts';
import { makePrivateFolder } from '../platform/files.ts';

const TICKET = /^\d{12}-[0-9a-f]{16}$/;
const UNFINISHED = /^\.new-[0-9a-f]{16}$/;
const UNFINISHED_FOR_MS = 3_600_000;

export interface Ticket {
  readonly identity: ProcessIdentity;
  /** Who waits or holds, for people: a run and a task. */
  readonly holder: string;
}

/** The folder of a lock: its name may hold anything, so it goes by its hash. */
export const lockFolder = (directory: string, name: string): string =>
  join(directory, createHash('sha256').update(name).digest('hex').slice(0, 32));

/** Draws a ticket. @returns the ticket's file name */
export function drawTicket(folder: string, name: string, ticket: Ticket): Result<string> {
  const made = makePrivateFolder(folder);
  if (!made.ok) return made;
  try {
    for (;;) {
      const nonce = randomBytes(8).toString('hex');
      const number = Number(ticketsIn(folder).at(-1)?.slice(0, 12) ?? 0) + 1;
      const drawn = `${String(number).padStart(12, '0')}-${nonce}`;
      const unfinished = join(folder, `.new-${nonce}`);
      writeFileSync(unfinished, JSON.stringify({ v: 1, lock: name, ...ticket }), { flag: 'wx', mode: 0o600 });
      renameSync(unfinished, join(folder, drawn));
      if (ticketsIn(folder).every((other) => other <= drawn)) return ok(drawn);
      removeTicket(folder, drawn);
    }
  } catch (error) {
    return err(failureFrom(error, `draw a ticket for the lock ${name}`));
  }
}

/** The names of all tickets in their order. Removes what a process left that died while drawing. */
export function ticketsIn(folder: string): string[] {
  const tickets: string[] = [];
  for (const name of readdirSync(folder)) {
    if (TICKET.test(name)) tickets.push(name);
    else if (UNFINISHED.test(name)) removeOldUnfinished(join(folder, name));
  }
  return tickets.sort();
}

function removeOldUnfinished(path: string): void {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat !== undefined && Date.now() - stat.mtimeMs > UNFINISHED_FOR_MS) rmSync(path, { force: true });
}

/** `undefined` where it is gone, or was never whole (a power cut: its process is gone with it). */
export function readTicket(folder: string, name: string): Ticket | undefined {
  let text: string;
  try {
    text = readFileSync(join(folder, name), 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  const value = parseJson(text);
  if (!isObject(value) || typeof value['holder'] !== 'string' || !isObject(value['identity'])) return undefined;
  const { pid, startTime, bootId } = value['identity'];
  if (typeof pid !== 'number' || typeof startTime !== 'string' || typeof bootId !== 'string') return undefined;
  return { identity: { pid, startTime, bootId }, holder: value['holder'] };
}

export function removeTicket(folder: string, name: string): void {
  rmSync(join(folder, name), { force: true });
}
