/** Real terminals for tests, by tmux. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

/** @returns why there can be none here */
export const terminalsMissing = (): string | undefined =>
  spawnSync('tmux', ['-V']).error === undefined ? undefined : 'tmux is not installed (apt-get install tmux)';

/** A real terminal of a given size, read as text. */
export class Terminal {
  readonly #socket = `code-test-${randomBytes(4).toString('hex')}`;

  constructor(columns: number, rows: number, folder: string, command: string, env: NodeJS.ProcessEnv) {
    this.#tmux(
      [
        '-f',
        '/dev/null',
        'new-session',
        '-d',
        '-x',
        String(columns),
        '-y',
        String(rows),
        '-c',
        folder,
        `${command}; echo EXIT=$?; cat`,
      ],
      env,
    );
  }

  type(...keys: readonly string[]): void {
    this.#tmux(['send-keys', ...keys]);
  }

  resize(columns: number, rows: number): void {
    this.#tmux(['resize-window', '-x', String(columns), '-y', String(rows)]);
  }

  /** What is to be seen, without empty lines at the end. */
  screen(): string {
    return this.#tmux(['capture-pane', '-p']).trimEnd();
  }

  /** Whether the terminal shows its cursor. */
  cursor(): boolean {
    return this.#tmux(['display-message', '-p', '#{cursor_flag}']).trim() === '1';
  }

  /** Looks again and again until the screen fulfils the condition; the test's own time limit ends the wait. */
  async until(holds: (screen: string) => boolean): Promise<string> {
    for (let looks = 0; looks < 600; looks++) {
      const screen = this.screen();
      if (holds(screen)) return screen;
      await pause(50);
    }
    assert.fail(`the screen never got there:\n${this.screen()}`);
  }

  close(): void {
    this.#tmux(['kill-server']);
  }

  #tmux(args: readonly string[], env: NodeJS.ProcessEnv = process.env): string {
    return spawnSync('tmux', ['-L', this.#socket, ...args], { encoding: 'utf8', env }).stdout;
  }
}
