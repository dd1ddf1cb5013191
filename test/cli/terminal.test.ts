import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { engine, Workspace } from './built.ts';

const LIVE = `
name: live
parallel_deployment:
  prepare:
    - { task: fetch, type: shell, with: { run: "printf '\\\\033[32mfetching\\\\033[0m part 1\\\\n'; until test -f gate; do sleep 0.05; done" } }
    - { task: check, type: shell, with: { run: "echo ok" } }
  decide:
    - { task: go, type: approval, with: { message: "Deploy to production?" } }
  ship:
    - { task: ship, type: shell, with: { run: "echo shipped" } }
`;

/** A real terminal of a given size, read as text. */
class Terminal {
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

/** Durations, clock times and run ids change from run to run. */
const steady = (screen: string): string =>
  screen
    .replace(/\b\d+(\.\d+)? (ms|s)\b/g, 'T')
    .replace(/\b\d{8}-\d{6}-[0-9a-f]{6}\b/g, 'RUN')
    .replace(/ +$/gm, '')
    .replace(/T {2,}/g, 'T  ');

describe('the live view on a real terminal', function () {
  this.timeout(60_000);
  let place: Workspace;
  let terminal: Terminal | undefined;

  before(function () {
    if (spawnSync('tmux', ['-V']).error === undefined) return;
    console.log('      skipped: tmux is not installed (apt-get install tmux)');
    this.skip();
  });
  beforeEach(() => (place = new Workspace()));
  afterEach(() => {
    terminal?.close();
    place.close();
  });

  const open = (columns: number, rows: number, args: string, shell?: string): Terminal => {
    const command = `${process.execPath} ${engine} ${args}`;
    terminal = new Terminal(
      columns,
      rows,
      place.folder,
      shell ?? command,
      place.environment({ TERM: 'xterm-256color' }),
    );
    if (shell !== undefined) terminal.type(command, 'Enter');
    return terminal;
  };

  it('shows what runs, asks in place, follows the window, and leaves a summary and the cursor', async () => {
    place.file('live.code.yaml', LIVE);
    const view = open(80, 24, 'run live.code.yaml');
    const first = await view.until((screen) => screen.includes('fetching part 1') && screen.includes('✓ check'));
    assert.deepEqual(steady(first).split('\n'), [
      '● live · running · stage 1 of 3 · 1 of 4 · T',
      '  ● prepare',
      '    ● fetch  T  fetching part 1',
      '    ✓ check  T',
      '  ○ decide',
      '    ○ go  waits for prepare',
      '  ○ ship',
      '    ○ ship  waits for decide',
    ]);
    assert.equal(view.cursor(), false);
    view.resize(40, 7);
    const small = await view.until(
      (screen) => screen.split('\n').every((line) => line.length <= 39) && screen.startsWith('● live'),
    );
    assert.ok(small.split('\n').length <= 6 && small.includes('fetch'), small);
    view.resize(80, 24);
    place.file('gate', '');
    await view.until((screen) => screen.includes('? go: Deploy to production?'));
    view.type('c');
    view.type('fine by me');
    await view.until((screen) => screen.includes('comment: fine by me_'));
    view.type('Enter');
    await view.until((screen) => screen.includes('y approve · n refuse · c comment'));
    view.type('y');
    const last = await view.until((screen) => screen.includes('EXIT='));
    assert.match(
      steady(last),
      /✓ live succeeded · in T\n {2}critical path T: fetch → go → ship\n {2}one by one it would have taken T: parallelism saved/,
    );
    assert.match(last, /EXIT=0/);
    assert.equal(view.cursor(), true);
    const journal = place.run(['runs', 'watch', '--json']).out;
    assert.match(journal, /"type":"task.approved","task":"go","approved":true,.*"comment":"fine by me"/);
  });

  it('stops at Ctrl-Z with the cursor given back, and comes back where the run is by then', async () => {
    place.file('live.code.yaml', LIVE);
    // Only a shell with job control brings a stopped program back.
    const view = open(80, 24, 'run live.code.yaml', 'bash --norc -i');
    await view.until((screen) => screen.includes('fetching part 1'));
    view.type('C-z');
    await view.until((screen) => screen.includes('Stopped'));
    assert.equal(view.cursor(), true);
    place.file('gate', '');
    view.type('fg', 'Enter');
    await view.until((screen) => screen.includes('y approve'));
    assert.equal(view.cursor(), false);
  });

  it('cancels at Ctrl-C, also while it asks, and gives the cursor back', async () => {
    place.file('live.code.yaml', LIVE);
    place.file('gate', '');
    const view = open(80, 24, 'run live.code.yaml');
    await view.until((screen) => screen.includes('y approve'));
    view.type('C-c');
    const last = await view.until((screen) => screen.includes('EXIT='));
    assert.match(last, /⊘ live cancelled/);
    assert.match(last, /EXIT=130/);
    assert.equal(view.cursor(), true);
  });
});
