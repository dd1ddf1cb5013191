/**
 * The disk under one journal. What was written can be read at once; what was synced survives a power cut; between the two anything may
 * be lost, from the end. It fails when it is told to, and every supervisor that dies has died before its next write.
 */
import { fstatSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import type { JournalFile } from '../../../src/engine/journal.ts';
import type { Random } from './random.ts';
import { as } from './virtual-time.ts';
import type { VirtualTime } from './virtual-time.ts';
import type { Life } from './life.ts';

export class Disk {
  readonly path: string;
  /** Bytes from the start that no power cut takes. */
  durable = 0;
  readonly #time: VirtualTime;
  readonly #random: Random;
  #lastWrite = { from: 0, to: 0 };

  constructor(path: string, time: VirtualTime, random: Random) {
    this.path = path;
    this.#time = time;
    this.#random = random;
  }

  /** The journal's system calls for one supervisor. @param onWritten told each whole write, with the length of the file after it */
  fileFor(life: Life, onWritten: (bytes: Buffer, length: number) => void): JournalFile {
    let writes = 0;
    let syncs = 0;
    let failing = false;
    const full = life.fault('disk full');
    const syncFails = life.fault('sync fails');
    return {
      write: (file, bytes) => {
        if (life.dead) return bytes.length;
        if (++writes === full?.nth || (full?.really === true && writes === full.nth + 1)) throw error('ENOSPC');
        const from = fstatSync(file).size;
        const part = this.#random.chance(0.05) && bytes.length > 1 ? bytes.subarray(0, bytes.length >> 1) : bytes;
        for (let done = 0; done < part.length;) done += writeSync(file, part, done);
        this.#lastWrite = { from, to: from + part.length };
        onWritten(part, from + part.length);
        life.happens('write');
        return part.length;
      },
      sync: (file, done) => {
        if (life.dead) return;
        const upTo = fstatSync(file).size;
        const fails = failing || ++syncs === syncFails?.nth;
        failing = fails;
        life.happens('sync begins');
        this.#time.after(this.#random.int(1, 6), () => {
          if (life.dead) return;
          if (!fails) this.durable = Math.max(this.durable, upTo);
          life.happens('sync ends');
          if (!isDead(life)) as(life, () => done(fails ? error('EIO') : null));
        });
      },
    };
  }

  /** @param tear how much of the write in which the supervisor died is lost, from 0 to 1 */
  killed(inWrite: boolean, tear: number): void {
    if (!inWrite) return;
    const { from, to } = this.#lastWrite;
    this.#cut(to - Math.round((to - from) * tear));
  }

  /** @param lost how much of what was not synced is lost, from 0 to 1 */
  powerCut(lost: number): void {
    const length = this.bytes().length;
    this.#cut(length - Math.round((length - this.durable) * lost));
    this.durable = this.bytes().length; // what is read after the boot was on the disk
  }

  bytes(): Buffer {
    try {
      return readFileSync(this.path);
    } catch {
      return Buffer.alloc(0);
    }
  }

  #cut(to: number): void {
    if (to >= this.bytes().length) return;
    truncateSync(this.path, to);
    this.durable = Math.min(this.durable, to);
  }
}

const error = (code: string): NodeJS.ErrnoException => Object.assign(new Error(code), { code });

/** Asked anew: it may have died meanwhile. */
const isDead = (life: Life): boolean => life.dead;
