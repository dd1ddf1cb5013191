import assert from 'node:assert/strict';
import { engine, Workspace } from './built.ts';
import { Terminal, terminalsMissing } from './tmux.ts';

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
    const missing = terminalsMissing();
    if (missing === undefined) return;
    console.log(`      skipped: ${missing}`);
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
      /✓ live succeeded · in T\n {2}critical path T: fetch → go →\s+ship\n {2}one by one it would have taken T: parallelism saved/,
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
    // Now keys are read one by one: the terminal itself does nothing at Ctrl-Z.
    view.type('C-z');
    await view.until((screen) => screen.split('Stopped').length === 3);
    assert.equal(view.cursor(), true);
    view.type('fg', 'Enter');
    await view.until((screen) => /fg\n[^]*y approve/.test(screen.split('Stopped').at(-1) ?? ''));
    view.type('y');
    await view.until((screen) => screen.includes('live succeeded'));
  });

  it('stops at Ctrl-Z while it asks about a plan, and asks again', async () => {
    const view = open(80, 24, "deploy --provider catalog 'nginx on k8s'", 'bash --norc -i');
    await view.until((screen) => screen.includes('[q]uit'));
    view.type('C-z');
    await view.until((screen) => screen.includes('Stopped'));
    view.type('fg', 'Enter');
    await view.until((screen) => (screen.split('Stopped').at(-1) ?? '').includes('[q]uit'));
    view.type('q');
    await view.until((screen) => /[$#]$/.test(screen)); // the shell is back
  });

  it('takes what was typed before it asked, question by question', async () => {
    const view = open(80, 24, "deploy --provider catalog 'nginx on k8s'");
    view.type('c', '1', 'Enter', '3', 'Enter', 'c', 'Enter', 'q');
    const last = await view.until((screen) => screen.includes('EXIT='));
    assert.match(last, /replicas: \d+ -> 3/);
    assert.match(last, /EXIT=130/);
  });

  it('shows a log of a stranger without what it would do to the terminal', async () => {
    place.file(
      'w.code.yaml',
      `
parallel_deployment:
  one:
    - task: a
      type: shell
      with: { run: "printf 'before\\\\033[2J\\\\033[H\\\\033]0;title\\\\007 after'" }
    - { task: b, type: shell, with: { run: "echo b" } }
`,
    );
    place.run(['run', 'w.code.yaml', '--quiet']);
    const view = open(80, 24, 'runs logs');
    const screen = await view.until((text) => text.includes('EXIT='));
    assert.match(screen, /before after\n/);
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
