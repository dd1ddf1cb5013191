/** What a run has printed so far, read back from its journal and log files: for types that hand it on. */
import { open, readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { errnoOf } from '../core/failure.ts';
import type { LogPiece } from '../core/task-type.ts';
import { decodeJournal } from '../run/journal-format.ts';
import { layoutIn, logFile, type RunLayout } from '../run/layout.ts';
import { gapFile, partsBeside, readGap, type LogGap } from '../run/log-gap.ts';

const PIECE_BYTES = 262_144;

/**
 * @param stateDir a task's folder in the run (`.code/runs/ID/state/TASK`)
 * @param except the task that asks: what it prints itself is left out
 */
export async function* runLogs(stateDir: string, except: string): AsyncGenerator<LogPiece> {
  const folder = dirname(dirname(stateDir));
  const layout = layoutIn(dirname(dirname(folder)), basename(folder));
  const journal = await readFile(layout.journal).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined; // a check before the run
    throw error;
  });
  if (journal === undefined) return;
  const decoders = new Map<string, StringDecoder>();
  for (const event of decodeJournal(journal).events) {
    if (event.type !== 'task.output' || event.task === except) continue;
    const { task, attempt, stream } = event;
    const key = `${task} ${attempt} ${stream}`;
    const decoder = decoders.get(key) ?? new StringDecoder('utf8');
    decoders.set(key, decoder);
    const timeMs = Date.parse(event.time);
    for await (const bytes of bytesOf(layout, event)) {
      yield { task, attempt, stream, timeMs, text: decoder.write(bytes) };
    }
  }
}

interface Printed {
  readonly task: string;
  readonly attempt: number;
  readonly stream: LogPiece['stream'];
  readonly offset: number;
  readonly length: number;
}

/** What a limit left out is left out; it may grow while this reads, and then zeros stand where text was. */
async function* bytesOf(layout: RunLayout, printed: Printed): AsyncGenerator<Buffer> {
  const path = logFile(layout, printed.task, printed.attempt, printed.stream);
  const file = await open(path, 'r');
  const end = printed.offset + printed.length;
  try {
    for (let at = printed.offset; at < end;) {
      const gap = await gapOf(path);
      const [part] = partsBeside(gap, at, Math.min(PIECE_BYTES, end - at));
      if (part === undefined) {
        at = Math.min(end, gap?.to ?? end);
        continue;
      }
      const buffer = Buffer.allocUnsafe(part.length);
      const { bytesRead } = await file.read(buffer, 0, buffer.length, part.offset);
      if (bytesRead === 0) return;
      const bytes = buffer.subarray(0, bytesRead);
      if (bytes.includes(0) && (await gapOf(path))?.to !== gap?.to) continue;
      at = part.offset + bytesRead;
      yield bytes;
    }
  } finally {
    await file.close();
  }
}

const gapOf = async (log: string): Promise<LogGap | undefined> =>
  readGap(await readFile(gapFile(log), 'utf8').catch(() => ''));
