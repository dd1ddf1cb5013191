/** The views that print line by line: JSON for programs, facts for logs, and next to nothing. */
import type { EventOf, RunEvent } from '../../run/events.ts';
import type { RunState, TaskState } from '../../run/state.ts';
import type { Io } from '../io.ts';
import { PIECE_BYTES, type LogFiles, type Place } from '../logs.ts';
import { plainLine } from './plain.ts';
import { printable } from './style.ts';
import { closingLines, failureLines, type FailedLog } from './summary.ts';
import { Lines, type RunView } from './view.ts';

/** The journal's events, one a line as they come; output events carry their text, read from the log. */
export function jsonView(io: Io, logs: LogFiles): RunView {
  const lines = new Lines(io.out);
  return {
    event(event) {
      if (io.out.closed) return undefined;
      if (event.type === 'task.output') return printed(event, logs, lines);
      if (event.type === 'task.finished' || event.type === 'task.retrying') leftOver(event, logs, lines);
      return lines.add(JSON.stringify(event));
    },
    end: () => void lines.flush(),
    note: (text) => void io.err.write(`${text}\n`),
  };
}

/** A long piece becomes several lines, so that none is longer than a page of the log and no more than one is held in memory. */
function printed(event: EventOf<'task.output'>, logs: LogFiles, lines: Lines): Promise<void> | undefined {
  if (event.length > PIECE_BYTES) return printedInPieces(event, logs, lines);
  const [piece] = logs.pieces(event, event.offset, event.length);
  const text = piece === undefined ? '' : logs.decode(event, piece.bytes);
  return lines.add(JSON.stringify({ ...event, text }));
}

async function printedInPieces(event: EventOf<'task.output'>, logs: LogFiles, lines: Lines): Promise<void> {
  let end = event.offset;
  for (const { offset, bytes } of logs.pieces(event, event.offset, event.length)) {
    end = offset + bytes.length;
    await lines.add(JSON.stringify({ ...event, offset, length: bytes.length, text: logs.decode(event, bytes) }));
  }
  // What the file no longer holds (a capped log) is still an event.
  const length = event.offset + event.length - end;
  if (length > 0) await lines.add(JSON.stringify({ ...event, offset: end, length, text: '' }));
}

function leftOver(event: EventOf<'task.finished'> | EventOf<'task.retrying'>, logs: LogFiles, lines: Lines): void {
  const { v, seq, time, runId, task, attempt } = event;
  for (const stream of ['stdout', 'stderr'] as const) {
    const text = logs.finish({ task, attempt, stream });
    if (text !== '')
      void lines.add(
        JSON.stringify({ v, seq, time, runId, type: 'task.output', task, attempt, stream, offset: 0, length: 0, text }),
      );
  }
}

/** One line for each fact, with the time of day; at the end the failures and what the run took. */
export function plainView(io: Io, logs: LogFiles): RunView {
  const lines = new Lines(io.out);
  return {
    event(event, _state, past) {
      if (past) return undefined;
      const line = plainLine(event, io);
      return line === undefined ? undefined : lines.add(`${clockOf(event)} ${line}`);
    },
    end(state, watching) {
      if (watching) for (const line of lastWords(state, io, logs)) void lines.add(line);
      void lines.flush();
    },
    note(text) {
      void lines.flush();
      io.err.write(`${text}\n`);
    },
  };
}

/** Nothing, unless something failed. */
export function quietView(io: Io, logs: LogFiles): RunView {
  return {
    event: () => undefined,
    end(state, watching) {
      if (!watching || state.status === 'succeeded') return;
      for (const line of lastWords(state, io, logs)) io.err.write(`${line}\n`);
    },
    note: (text) => void io.err.write(`${text}\n`),
  };
}

/** @param whole where they stand below all of the run */
export function lastWords(state: RunState, io: Io, logs: LogFiles, whole = false): string[] {
  const options = {
    color: io.color,
    unicode: io.unicode,
    whole,
    ...(io.isTTY ? { columns: io.columns } : {}),
    logOf: (task: TaskState) => failedLog(task, io, logs),
  };
  return ['', ...failureLines(state, options), ...closingLines(state, options)];
}

const TAIL_LINES = 15;
const LONGEST_LINE = 2000;

/** The end of what a failed task said: of standard error where it used that, else of standard output. */
export function failedLog(task: TaskState, io: Io, logs: LogFiles): FailedLog {
  const attempt = task.attempts.at(-1)?.attempt ?? task.attempt;
  const placeOf = (stream: Place['stream']): Place => ({ task: task.summary.task, attempt, stream });
  const places = (['stderr', 'stdout'] as const).map(placeOf).filter((place) => logs.size(place) > 0);
  const [place] = places;
  if (place === undefined) return { lines: [] };
  return {
    lines: logs.tail(place, TAIL_LINES).map((line) => printable(line).slice(0, LONGEST_LINE)),
    file: relativeTo(io.cwd, logs.path(place)),
  };
}

function relativeTo(folder: string, file: string): string {
  return file.startsWith(`${folder}/`) ? file.slice(folder.length + 1) : file;
}

/** The time of day in the reader's own zone; formatted by hand because this runs for every line. */
function clockOf(event: RunEvent): string {
  const at = new Date(event.time);
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

const two = (n: number): string => (n < 10 ? `0${n}` : String(n));
