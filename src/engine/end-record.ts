/**
 * How an attempt ended whose supervisor had died before: what started it (a warm shell, a task host) finds the pipe to the supervisor
 * broken and leaves the end in a file instead. Whoever makes the file first decides: a resume that ends an attempt makes it, too, so
 * that an end by its own hand is never taken for the task's.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { errnoOf } from '../core/failure.ts';
import { parseJson } from '../core/json.ts';
import { isReply, type HostReply } from './host-protocol.ts';

export type EndRecord =
  /** A shell's exit status: above 128 a signal's number is in it. */
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'reply'; readonly reply: HostReply }
  /** A resume ended it. */
  | { readonly kind: 'discarded' };

const DISCARDED = 'discarded';

export function readEndRecord(path: string): EndRecord | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
  if (text === DISCARDED) return { kind: 'discarded' };
  if (/^\d{1,3}$/.test(text)) return { kind: 'status', status: Number(text) };
  const reply = parseJson(text);
  return isReply(reply) ? { kind: 'reply', reply } : undefined;
}

const LOOKS = 40;
const LOOK_MS = 25;

/** The record of an attempt whose first process is gone: what waits for that one writes it only then. */
export async function endRecord(path: string): Promise<EndRecord | undefined> {
  for (let looks = 0; looks < LOOKS; looks++) {
    const record = readEndRecord(path);
    if (record !== undefined) return record;
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
  return undefined;
}

/** From now on nothing that the attempt does counts. @returns false where it had ended before */
export function discardEnd(path: string): boolean {
  try {
    writeFileSync(path, DISCARDED, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    return errnoOf(error) === 'EEXIST' ? readEndRecord(path)?.kind === 'discarded' : true;
  }
}
