/** The built command line as users have it, in a folder of its own. */
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RunEvent } from '../../src/run/events.ts';

export const engine = path.resolve(process.env.CODE_CLI ?? 'dist/cli.js');

/** A line of `--json`: an event, and for output its text. */
export type Line = RunEvent & { readonly text?: string; readonly status?: string; readonly task?: string };

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export class Workspace implements Disposable {
  readonly folder: string;
  readonly #children = new Set<ChildProcess>();

  constructor() {
    assert.ok(existsSync(engine), `${engine} is not built: node esbuild.mjs --only cli`);
    this.folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'code-cli-')));
    mkdirSync(path.join(this.folder, '.code'));
  }

  file(name: string, text: string): string {
    const file = path.join(this.folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  path(name: string): string {
    return path.join(this.folder, name);
  }

  environment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    const { CI: _ci, NO_COLOR: _no, FORCE_COLOR: _force, ...env } = process.env;
    return { ...env, LC_ALL: 'C.UTF-8', ...more };
  }

  /** Runs to the end. */
  run(args: readonly string[], more: NodeJS.ProcessEnv = {}, cwd = this.folder): Ended {
    const done = spawnSync(process.execPath, [engine, ...args], {
      cwd,
      encoding: 'utf8',
      env: this.environment(more),
      timeout: 60_000,
      maxBuffer: 256 * 1_048_576,
    });
    return { code: done.status, out: done.stdout, err: done.stderr };
  }

  events(args: readonly string[]): { code: number | null; events: Line[]; err: string } {
    const { code, out, err } = this.run([...args, '--json']);
    return { code, err, events: parseLines(out) };
  }

  /** Starts it and goes on. */
  start(args: readonly string[], more: NodeJS.ProcessEnv = {}): Started {
    const child = spawn(process.execPath, [engine, ...args], {
      cwd: this.folder,
      env: this.environment(more),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#children.add(child);
    return new Started(child);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Ends what still runs here and takes the folder away. */
  close(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    for (const run of this.runs()) if (run.status === 'running') this.run(['runs', 'cancel', run.runId, '--force']);
    for (const run of this.runs()) if (run.status === 'running') this.run(['runs', 'watch', run.runId, '--quiet']);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  runs(): { runId: string; status: string; workflow: string }[] {
    const { out } = this.run(['runs', 'list', '--json']);
    return out === '' ? [] : (JSON.parse(out) as { runs: { runId: string; status: string; workflow: string }[] }).runs;
  }
}

export class Started {
  readonly child: ChildProcess;
  out = '';
  err = '';
  readonly ended: Promise<Ended>;
  #wake: () => void = () => undefined;

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.out += text;
      this.#wake();
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.err += text;
      this.#wake();
    });
    this.ended = new Promise((resolve) => {
      child.once('close', (code) => {
        resolve({ code, out: this.out, err: this.err });
        this.#wake();
      });
    });
  }

  /** Resolves when what was printed fulfils the condition; fails when the program ends before. */
  async until(holds: (out: string, err: string) => boolean): Promise<void> {
    while (!holds(this.out, this.err)) {
      if (this.child.exitCode !== null) assert.fail(`it ended (${this.child.exitCode}) before: ${this.out}${this.err}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

export const parseLines = (out: string): Line[] =>
  out
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);

export const finished = (events: readonly Line[]): Record<string, string> =>
  Object.fromEntries(events.filter((e) => e.type === 'task.finished').map((e) => [e.task, e.status]));

/** The text that a task printed on a stream. */
export const textOf = (events: readonly Line[], task: string, stream = 'stdout'): string =>
  events
    .map((e) => (e.type === 'task.output' && e.task === task && e.stream === stream ? (e.text ?? '') : ''))
    .join('');
