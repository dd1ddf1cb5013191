/** What supervisors that were killed could not take away themselves. Each one that ends sweeps for them. */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { errnoOf } from '../core/failure.ts';

/**
 * A socket refuses, too, in the moment between its making and its maker's listening: one so young, in milliseconds, is asked once more.
 * Only such a one, for whoever sweeps is a supervisor that has ended, and its run cannot be taken up until it is gone.
 */
const YOUNG_MS = 250;

/** Removes sockets that nobody listens on: only a refused connection proves that, since a pid may belong to another container. */
export async function sweepSockets(folder: string): Promise<void> {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.sock'));
  } catch {
    return; // no socket was ever made here
  }
  await Promise.all(
    names.map(async (name) => {
      const path = `${folder}/${name}`;
      if (!(await isDeaf(path))) return;
      if (isYoung(path)) {
        await new Promise((done) => setTimeout(done, YOUNG_MS));
        if (!(await isDeaf(path))) return;
      }
      rmSync(path, { force: true });
    }),
  );
}

function isYoung(path: string): boolean {
  const made = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return Math.abs(Date.now() - made) < YOUNG_MS;
}

function isDeaf(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', (error) => resolve(errnoOf(error) === 'ECONNREFUSED'));
  });
}
