/** The view on a terminal: tasks as they stand, painted over each other, with questions asked in place. */
import type { RunEvent } from '../../run/events.ts';
import type { RunState, TaskState } from '../../run/state.ts';
import { SUSPEND } from '../ask.ts';
import type { Io } from '../io.ts';
import type { LogFiles } from '../logs.ts';
import { frame } from './frame.ts';
import { Painter } from './live.ts';
import { press, questionLines, type Answer, type Question } from './question.ts';
import { plain, printable } from './style.ts';
import { lastWords } from './view-lines.ts';
import type { RunView } from './view.ts';

/** At most twenty pictures a second, and ten when nothing but the clock moves. */
const MIN_GAP_MS = 50;
const TICK_MS = 100;
/** Of a run so large that a picture takes long, drawing takes at most this part of the time: the run needs the processor more. */
const DRAWING_SHARE = 0.1;

export interface LiveOptions {
  /** Sends a person's answer; resolves with the reason where it could not be taken. */
  readonly answer: (question: Question, answer: Answer) => Promise<string | undefined>;
  /** Ctrl-C while the keyboard is read key by key, when the terminal makes no signal of it. */
  readonly interrupt: () => void;
}

export class LiveView implements RunView {
  readonly #io: Io;
  readonly #logs: LogFiles;
  readonly #options: LiveOptions;
  readonly #painter: Painter;
  readonly #clean: (() => void)[];
  readonly #answered = new Set<string>();
  #state: RunState | undefined;
  #question: Question | undefined;
  #note = '';
  #paintedAt = 0;
  #gapMs = MIN_GAP_MS;
  #timer: NodeJS.Timeout | undefined;

  constructor(io: Io, logs: LogFiles, options: LiveOptions) {
    this.#io = io;
    this.#logs = logs;
    this.#options = options;
    this.#painter = new Painter((text) => void io.out.write(text));
    const tick = setInterval(() => this.#soon(), TICK_MS);
    this.#clean = [
      () => clearInterval(tick),
      () => clearTimeout(this.#timer),
      io.onResize(() => this.#soon()),
      io.onExit(() => this.#painter.release()),
      io.onSuspend(
        () => this.#painter.release(),
        () => this.#soon(),
      ),
    ];
  }

  event(_event: RunEvent, state: RunState): undefined {
    this.#state = state;
    this.#ask(state);
    this.#soon();
    return undefined;
  }

  note(text: string): void {
    this.#note = text;
    this.#paint();
  }

  end(state: RunState, watching: boolean): void {
    this.#listen(undefined);
    for (const clean of this.#clean) clean();
    this.#note = '';
    this.#state = state;
    this.#paint();
    this.#painter.release();
    if (watching) this.#io.out.write(`${lastWords(state, this.#io, this.#logs).join('\n')}\n`);
  }

  #soon(): void {
    if (this.#timer !== undefined) return;
    const wait = Math.max(0, this.#paintedAt + this.#gapMs - Date.now());
    this.#timer = setTimeout(() => this.#paint(), wait);
  }

  #paint(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#paintedAt = Date.now();
    const from = performance.now();
    if (this.#state === undefined) return;
    const { columns, rows, color, unicode } = this.#io;
    const style = { color, unicode };
    const question = this.#question === undefined ? [] : questionLines(this.#question);
    const footer = [...question, ...(this.#note === '' ? [] : ['', `  ${this.#note}`])].map((line) =>
      plain(style, line),
    );
    const lines = frame(this.#state, { columns, rows }, this.#paintedAt, {
      ...style,
      footer,
      lastLine: (task) => this.#lastLine(task),
    });
    this.#painter.paint(lines, columns);
    this.#gapMs = Math.max(MIN_GAP_MS, (performance.now() - from) / DRAWING_SHARE);
  }

  #lastLine(task: TaskState): string | undefined {
    const { task: name } = task.summary;
    const stream = this.#state?.logs.get(name)?.last;
    if (stream === undefined) return undefined;
    return this.#logs
      .tail({ task: name, attempt: task.attempt, stream }, 5, 4096)
      .map(printable)
      .findLast((line) => line.trim() !== '');
  }

  /** Puts up the first question that nobody has answered, and takes down one that somebody else answered. */
  #ask(state: RunState): void {
    if (this.#io.keyboard === undefined) return;
    if (this.#question !== undefined && isOpen(state.tasks.get(this.#question.task), this.#question.digest)) return;
    const had = this.#question;
    this.#question = undefined;
    if (state.counts.awaiting_approval > 0) {
      for (const task of state.tasks.values()) {
        const { waiting } = task;
        if (task.status !== 'awaiting_approval' || waiting?.kind !== 'approval') continue;
        if (this.#answered.has(keyOf(task.summary.task, waiting.digest))) continue;
        this.#question = { ...waiting, task: task.summary.task, typing: false };
        break;
      }
    }
    if (had !== undefined || this.#question !== undefined) this.#listen(this.#question);
  }

  #listening = false;

  #listen(question: Question | undefined): void {
    const { stdin, keyboard } = this.#io;
    if ((question !== undefined) === this.#listening || keyboard === undefined) return;
    this.#listening = question !== undefined;
    keyboard.setRawMode(this.#listening);
    if (this.#listening) stdin.on('data', this.#onData).resume();
    else stdin.off('data', this.#onData).pause();
  }

  readonly #onData = (data: Buffer): void => {
    const text = data.toString('utf8');
    for (const key of text.startsWith('\u001b') ? [text] : Array.from(text)) this.#press(key);
    this.#paint();
  };

  #press(key: string): void {
    const question = this.#question;
    if (question === undefined) return;
    if (key === SUSPEND) {
      this.#suspend();
      return;
    }
    const result = press(question, key);
    switch (result.kind) {
      case 'still':
        this.#question = result.question;
        return;
      case 'interrupt':
        this.#options.interrupt();
        return;
      case 'answered':
        this.#answered.add(keyOf(question.task, question.digest));
        this.#question = undefined;
        void this.#send(question, result.answer);
    }
  }

  /** While keys are read one by one the terminal itself does nothing at Ctrl-Z. */
  #suspend(): void {
    const { keyboard } = this.#io;
    if (this.#io.suspend === undefined) return;
    keyboard?.setRawMode(false);
    this.#io.suspend(() => keyboard?.setRawMode(this.#listening));
  }

  async #send(question: Question, answer: Answer): Promise<void> {
    const refused = await this.#options.answer(question, answer);
    if (refused !== undefined) {
      this.#answered.delete(keyOf(question.task, question.digest));
      this.note(refused);
    }
    if (this.#state !== undefined) this.#ask(this.#state);
    this.#listen(this.#question);
  }
}

const keyOf = (task: string, digest: string): string => `${task}\n${digest}`;

const isOpen = (task: TaskState | undefined, digest: string): boolean =>
  task?.status === 'awaiting_approval' && task.waiting?.kind === 'approval' && task.waiting.digest === digest;
