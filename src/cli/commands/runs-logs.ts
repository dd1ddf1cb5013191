/** `runs logs`: what the tasks printed, from the log files, in the space of one page whatever their size. */
import { FailureError, failure, must } from '../../core/failure.ts';
import { attachRun } from '../../engine/client.ts';
import type { EventOf, RunEvent } from '../../run/events.ts';
import { layoutOf } from '../../engine/place.ts';
import { command, runAction } from '../command.ts';
import { EXIT, type CommandFunction, type Io } from '../io.ts';
import { LogFiles, type Place } from '../logs.ts';
import { wholeNumber } from '../numbers.ts';
import { Harmless } from '../render/harmless.ts';
import { paint } from '../render/style.ts';
import { meantAmong } from '../meant.ts';
import { runMeant } from '../run-id.ts';
import { seenRun } from '../seen-run.ts';

interface Options {
  readonly task?: string;
  readonly attempt?: number;
  readonly follow?: true;
  readonly json?: true;
}

export const logs: CommandFunction = (args, io) => {
  const made = command('runs logs', 'What the tasks of a run printed.', io)
    .argument('[run]', 'the beginning of a run id, or last', 'last')
    .option('--task <task>', 'of this task only (of one with a matrix: all its instances)')
    .option('--attempt <n>', 'of this attempt only', wholeNumber('--attempt', 1))
    .option('-f, --follow', 'go on until the run ends')
    .option('--json', 'one JSON object a line: task, attempt, stream, text');
  return runAction(made, args, io, async ([text], options: Options) => {
    const { workspace, runId } = runMeant(io, text);
    const { events, alive } = seenRun(workspace, runId);
    checkTask(events, options.task, runId);
    checkAttempt(events, options, runId);
    const files = new LogFiles(layoutOf(workspace, runId));
    const printer = new Printer(io, files, options);
    if (options.follow === true && alive) await followed(workspace, runId, printer, io);
    else await grouped(events, printer, io, options);
    files.close();
    return EXIT.held;
  });
};

function checkTask(events: readonly RunEvent[], task: string | undefined, runId: string): void {
  if (task === undefined) return;
  const names = events.flatMap((event) =>
    event.type === 'run.started' || event.type === 'run.resumed' ? event.plan.tasks.map((t) => t.task) : [],
  );
  if (names.some((name) => isMeant(name, task))) return;
  throw new FailureError(
    failure('usage', `Run ${runId} has no task ${task}.`, { next: meantAmong(task, [...new Set(names)]) }),
  );
}

/** A task, or all the instances of one with a matrix. */
const isMeant = (task: string, wanted: string | undefined): boolean =>
  wanted === undefined || task === wanted || task.startsWith(`${wanted}[`);

/** An attempt that there never was is said, not answered with silence; one that may still come is waited for. */
function checkAttempt(events: readonly RunEvent[], { task, attempt, follow }: Options, runId: string): void {
  if (attempt === undefined || follow === true) return;
  const made = events.flatMap((event) =>
    event.type === 'task.started' && isMeant(event.task, task) ? [event.attempt] : [],
  );
  if (made.includes(attempt)) return;
  const most = Math.max(0, ...made);
  throw new FailureError(
    failure('usage', `${task === undefined ? `Run ${runId}` : `${task} in run ${runId}`} has no attempt ${attempt}.`, {
      next: most === 0 ? 'None has been made.' : `The last one is ${most}.`,
    }),
  );
}

/** Task by task, in the order in which they began; within a task the two streams as they came. */
async function grouped(events: readonly RunEvent[], printer: Printer, io: Io, options: Options): Promise<void> {
  const attempts = new Map<string, { place: Omit<Place, 'stream'>; output: EventOf<'task.output'>[] }>();
  for (const event of events) {
    if (event.type !== 'task.started' && event.type !== 'task.output') continue;
    if (!isMeant(event.task, options.task)) continue;
    if (options.attempt !== undefined && event.attempt !== options.attempt) continue;
    const key = `${event.task}\n${event.attempt}`;
    let attempt = attempts.get(key);
    if (attempt === undefined) {
      attempt = { place: { task: event.task, attempt: event.attempt }, output: [] };
      attempts.set(key, attempt);
    }
    if (event.type === 'task.output') attempt.output.push(event);
  }
  const tasks = new Set([...attempts.values()].map(({ place }) => place.task));
  const titled = options.task === undefined ? attempts.size > 1 : tasks.size > 1;
  for (const { place, output } of attempts.values()) {
    if (io.out.closed) return;
    if (titled) printer.title(place);
    const done = { stdout: 0, stderr: 0 };
    for (const event of output) {
      await printer.print(event, event.offset, event.length);
      done[event.stream] = Math.max(done[event.stream], event.offset + event.length);
    }
    // After a crash a log may hold more than the journal knows of.
    for (const stream of ['stdout', 'stderr'] as const) {
      const rest = { ...place, stream };
      const size = printer.size(rest);
      if (size > done[stream]) await printer.print(rest, done[stream], size - done[stream]);
    }
  }
}

/** As it comes; lines of several tasks carry their task's name. */
async function followed(workspace: string, runId: string, printer: Printer, io: Io): Promise<void> {
  const handle = must(await attachRun(workspace, runId));
  const stop = io.onSignal('SIGINT', () => handle.detach());
  try {
    for await (const event of handle.events()) {
      if (io.out.closed) break;
      if (event.type === 'task.output' && printer.wants(event)) await printer.named(event);
    }
    printer.finish();
  } finally {
    stop();
    handle.detach();
  }
}

class Printer {
  readonly #io: Io;
  readonly #files: LogFiles;
  readonly #options: Options;
  /** What a stream has said of a line that has not ended. */
  readonly #begun = new Map<string, string>();
  readonly #cleaners = new Map<string, Harmless>();
  /** What was printed last did not end its line. */
  #inLine = false;

  constructor(io: Io, files: LogFiles, options: Options) {
    this.#io = io;
    this.#files = files;
    this.#options = options;
  }

  size(place: Place): number {
    return this.#files.size(place);
  }

  wants({ task, attempt }: Place): boolean {
    return isMeant(task, this.#options.task) && (this.#options.attempt ?? attempt) === attempt;
  }

  title({ task, attempt }: Omit<Place, 'stream'>): void {
    if (this.#options.json === true) return;
    const io = this.#io;
    if (this.#inLine) io.out.write('\n');
    this.#inLine = false;
    const again = attempt > 1 ? `, attempt ${attempt}` : '';
    io.out.write(`${paint(io, 'bold', `${io.unicode ? '──' : '--'} ${task}${again}`)}\n`);
  }

  async print(place: Place, offset: number, length: number): Promise<void> {
    for (const { bytes } of this.#files.pieces(place, offset, length)) {
      if (this.#io.out.closed) return;
      if (!this.#io.out.write(this.#piece(place, bytes))) await this.#io.out.drained();
    }
  }

  #piece(place: Place, bytes: Buffer): string | Buffer {
    if (this.#options.json === true) return this.#json(place, bytes);
    this.#inLine = bytes.at(-1) !== 0x0a;
    return this.#io.isTTY ? this.#shown(place, this.#files.decode(place, bytes)) : bytes;
  }

  /** A file or a pipe gets every byte, a terminal what does nothing to it. */
  #shown({ task, attempt, stream }: Place, text: string): string {
    if (!this.#io.isTTY) return text;
    const key = `${task}\n${attempt}\n${stream}`;
    const known = this.#cleaners.get(key) ?? new Harmless();
    this.#cleaners.set(key, known);
    return known.clean(text) + (text.endsWith('\n') ? known.end() : '');
  }

  async named(event: EventOf<'task.output'>): Promise<void> {
    if (this.#options.task !== undefined || this.#options.json === true)
      return this.print(event, event.offset, event.length);
    for (const { bytes } of this.#files.pieces(event, event.offset, event.length)) {
      const key = `${event.task}\n${event.attempt}\n${event.stream}`;
      const lines = `${this.#begun.get(key) ?? ''}${this.#shown(event, this.#files.decode(event, bytes))}`.split('\n');
      this.#begun.set(key, lines.pop() ?? '');
      const name = paint(this.#io, 'dim', `${event.task} |`);
      const text = lines.map((line) => `${name} ${line}\n`).join('');
      if (text !== '' && !this.#io.out.write(text)) await this.#io.out.drained();
    }
  }

  /** Lines that never got their newline. */
  finish(): void {
    for (const [key, line] of this.#begun) {
      if (line !== '') this.#io.out.write(`${paint(this.#io, 'dim', `${key.split('\n', 1)[0] ?? ''} |`)} ${line}\n`);
    }
    this.#begun.clear();
  }

  #json({ task, attempt, stream }: Place, bytes: Buffer): string {
    const text = this.#files.decode({ task, attempt, stream }, bytes);
    return `${JSON.stringify({ task, attempt, stream, text })}\n`;
  }
}
