/** What goes wrong with WSL, as a window hears of it: each with what to do next, and runs that are found again. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import type { Failure } from '../../src/core/failure.ts';
import { host } from '../../src/platform/host.ts';
import { inside, LIMIT_MS, needsStandIn, onLinux, outside } from '../platform/stand-in.ts';
import { needsBuilt, Window } from './wsl-window.ts';

let folder = '';
/** A disk that a test made full, inside. */
let smallDisk: string | undefined;
const windows: Window[] = [];

function open(config: object = {}, variables: Readonly<Record<string, string>> = {}): Window {
  const window = new Window(folder, config, variables);
  windows.push(window);
  return window;
}

const distro = (name: string, state = 'Running'): object => ({ name, state, version: 2, default: name === 'Ubuntu' });

/** What a window is told when it first asks for something. */
async function told(config: object, workspace = 'C:\\shop'): Promise<Failure> {
  try {
    await open(config).ask('runs/list', { workspace });
  } catch (error) {
    return (error as { data: Failure }).data;
  }
  return assert.fail('nothing was wrong');
}

/** Starts the workflow, which waits for the file `go`; resolves when its task runs. */
async function started(window: Window): Promise<string> {
  const { runId } = await window.ask<{ runId: string }>('runs/start', { file: 'C:\\shop\\w.code.yaml' });
  await window.ask('runs/subscribe', { runId, workspace: 'C:\\shop', fromSeq: 1 });
  await window.saw('task.process');
  return runId;
}

/** Sends a signal to processes inside, as somebody there would. */
const signal = (name: string, pids: readonly number[]): void =>
  void onLinux('/bin/kill', `-${name}`, '--', ...pids.map(String));

/** Loaded before a program: its wall clock is ahead by what stands in the file. */
const CLOCK = (file: string): string => `
const { readFileSync } = require('node:fs');
const now = Date.now;
const shifted = () => now() + Number(readFileSync(${JSON.stringify(file)}, 'utf8'));
globalThis.Date = class extends Date {
  constructor(...given) { if (given.length === 0) super(shifted()); else super(...given); }
  static now() { return shifted(); }
};
`;

describe('a window whose WSL is in trouble', function () {
  this.timeout(LIMIT_MS);
  before(function () {
    needsBuilt(this);
    needsStandIn(this);
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'trouble-'));
    for (const name of ['home', 'shop']) mkdirSync(join(folder, name));
    writeFileSync(
      join(folder, 'mountinfo'),
      `1 0 0:1 / / rw - ext4 /dev/sdc rw\n2 1 0:2 / ${inside(folder)} rw - drvfs C: rw\n`,
    );
    const run = 'until [ -e go ]; do sleep 0.05; done';
    writeFileSync(
      join(folder, 'shop', 'w.code.yaml'),
      `parallel_deployment:\n  s:\n    - { task: one, type: shell, with: { run: ${JSON.stringify(run)} } }\n`,
    );
  });
  afterEach(async () => {
    writeFileSync(join(folder, 'shop', 'go'), '');
    for (const window of windows.splice(0)) {
      window.connection.dispose();
      window.child.kill('SIGKILL');
      await window.ended;
    }
    if (smallDisk !== undefined) onLinux('umount', '-l', smallDisk);
    smallDisk = undefined;
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  for (const [name, config, message, next] of [
    ['only the installer is there', { mode: 'stub' }, /not installed yet/, /wsl --install/],
    ['there is no distribution', { distros: [] }, /no distribution yet/, /wsl --install -d Ubuntu/],
    [
      'only a container product’s is there',
      { distros: [distro('docker-desktop')] },
      /only distributions of container products \(docker-desktop\)/,
      /wsl --install -d Ubuntu/,
    ],
    [
      'it is being converted',
      { distros: [distro('Ubuntu', 'Converting')] },
      /Ubuntu is busy \(converting\)/,
      /Wait until/,
    ],
    ['the service of Windows died', { mode: 'gone' }, /wsl\.exe failed/, /wsl --status/],
    [
      'the default one has a name that wsl.exe cannot be given',
      { distros: [{ ...distro('Mein "Größtes"'), default: true }, distro('Debian')] },
      /"Mein \\"Größtes\\"" cannot be given to wsl\.exe/,
      /wsl --export/,
    ],
  ] as const) {
    it(`is told what to do where ${name}`, async () => {
      const failure = await told(config);
      assert.match(failure.message, message);
      assert.match(failure.next ?? '', next);
    });
  }

  for (const name of ['--', 'Ubuntu.', '_x-1'])
    it(`works in a distribution that is called ${name}`, async () => {
      const window = open({ on: `wsl:${name}`, distros: [distro(name)] });
      assert.deepEqual(await window.ask('runs/list', { workspace: 'C:\\shop' }), { runs: [] });
      const [start = ''] = readFileSync(join(folder, 'log'), 'utf8').split('\n');
      assert.ok(start.startsWith(`["-d",${JSON.stringify(name)},`), start);
    });

  for (const name of ['My Ubuntu', 'Größe', '"q"', 'a;b', '漢字'])
    it(`never gives wsl.exe a name such as ${name}`, async () => {
      await assert.rejects(
        open({ on: `wsl:${name}`, distros: [distro(name)] }).ask('runs/list', { workspace: 'C:\\shop' }),
        (error: { data: Failure }) => {
          assert.deepEqual([error.data.kind, /wsl --import/.test(error.data.next ?? '')], ['usage', true]);
          return true;
        },
      );
      assert.ok(!existsSync(join(folder, 'log')), 'it was not started at all');
    });

  it('is told that the disk inside is full, and its run goes on when there is room again', async function () {
    mkdirSync(join(folder, 'home', '.local', 'state'), { recursive: true });
    const state = inside(join(folder, 'home', '.local', 'state'));
    if (onLinux('mount', '-t', 'tmpfs', '-o', 'size=1m', 'none', state).code !== 0) {
      console.log('      skipped: this user may not mount a small disk');
      return this.skip();
    }
    smallDisk = state;
    const flood = '{ task: one, type: shell, with: { run: "head -c 3000000 /dev/zero" } }';
    writeFileSync(join(folder, 'shop', 'w.code.yaml'), `parallel_deployment:\n  s:\n    - ${flood}\n`);
    const window = open();
    const { runId } = await window.ask<{ runId: string }>('runs/start', { file: 'C:\\shop\\w.code.yaml' });
    const run = { runId, workspace: 'C:\\shop' };
    await window.ask('runs/subscribe', { ...run, fromSeq: 1 });
    const ended = await window.saw('task.finished');
    assert.ok(ended.type === 'task.finished' && ended.status === 'failed');
    assert.match(ended.reason ?? '', /disk .* is full/);
    const { seq } = await window.saw('run.finished');
    onLinux('mount', '-o', 'remount,size=50m', state);
    await window.ask('runs/resume', run);
    const again = open();
    await again.ask('runs/subscribe', { ...run, fromSeq: seq + 1 });
    const finished = await again.saw('run.finished');
    assert.equal(finished.type === 'run.finished' && finished.status, 'succeeded');
  });

  it('is told that a drive is not mounted where automount is off', async () => {
    writeFileSync(join(folder, 'mountinfo'), '1 0 0:1 / / rw - ext4 /dev/sdc rw\n');
    const failure = await told({});
    assert.match(failure.message, /Drive C: is not mounted/);
    assert.match(failure.next ?? '', /folder that the distribution can reach/);
  });

  it('finds its folder where drives are mounted elsewhere', async () => {
    mkdirSync(join(folder, 'win'));
    writeFileSync(
      join(folder, 'mountinfo'),
      `1 0 0:1 / / rw - ext4 /dev/sdc rw\n2 1 0:2 / ${inside(folder)}/win rw - drvfs C: rw\n`,
    );
    assert.deepEqual(await open().ask('runs/list', { workspace: 'C:\\shop' }), { runs: [] });
  });

  it('waits for a slow first start of a distribution that was stopped', async () => {
    const window = open({ slowMs: 1500, distros: [distro('Ubuntu', 'Stopped')] });
    assert.equal((await window.ask<{ protocol: number }>('hello', { protocol: 1, client: 'test' })).protocol, 1);
  });

  it('connects again after Windows slept, and its run has gone on', async () => {
    const first = open();
    const runId = await started(first);
    // What a sleep or `wsl --shutdown` of the connection looks like from here: wsl.exe is gone.
    first.child.kill('SIGKILL');
    await first.ended;
    const second = open();
    const { runs } = await second.ask<{ runs: { runId: string; status: string }[] }>('runs/list', {
      workspace: 'C:\\shop',
    });
    assert.deepEqual(
      runs.map((run) => [run.runId, run.status]),
      [[runId, 'running']],
    );
    await second.ask('runs/subscribe', { runId, workspace: 'C:\\shop', fromSeq: 1 });
    writeFileSync(join(folder, 'shop', 'go'), '');
    const finished = await second.saw('run.finished');
    assert.equal(finished.type === 'run.finished' && finished.status, 'succeeded');
  });

  it('stays with its run through a sleep of eight hours: nothing runs meanwhile, and then all clocks have jumped', async () => {
    const text = readFileSync(join(folder, 'shop', 'w.code.yaml'), 'utf8');
    writeFileSync(join(folder, 'shop', 'w.code.yaml'), text.replace('type: shell,', 'type: shell, timeout: 30m,'));
    const jump = join(folder, 'jump');
    writeFileSync(jump, '0');
    writeFileSync(join(folder, 'clock.cjs'), CLOCK(inside(jump)));
    const window = open({}, { NODE_OPTIONS: `--require=${inside(join(folder, 'clock.cjs'))}` });
    const runId = await started(window);
    const task = window.events.find((event) => event.type === 'task.process');
    assert.ok(task?.type === 'task.process');
    const here = host().os === 'windows' ? [] : [window.child.pid ?? 0]; // a process of Windows cannot be stopped
    const asleep = [...here, window.relayInside(), supervisorOf(runId), -task.group];
    signal('STOP', asleep);
    const HOURS_8 = 8 * 3600 * 1000;
    writeFileSync(jump, String(HOURS_8));
    signal('CONT', asleep);
    const { runs } = await window.ask<{ runs: { status: string }[] }>('runs/list', { workspace: 'C:\\shop' });
    assert.deepEqual(
      runs.map(({ status }) => status),
      ['running'],
    );
    writeFileSync(join(folder, 'shop', 'go'), '');
    const finished = await window.saw('run.finished');
    assert.ok(finished.type === 'run.finished' && finished.status === 'succeeded', JSON.stringify(window.events));
    const slept = Date.parse(finished.time) - Date.parse(window.events[0]?.time ?? '');
    assert.ok(slept >= HOURS_8, 'its clock did jump');
    assert.ok(finished.durationMs < HOURS_8, 'and the run did not take the time that all slept');
  });

  it('ends with its distribution when that is removed in mid-run, says so, and finds the run when it is back', async () => {
    const settings = join(folder, 'settings');
    const first = open({ file: inside(settings) });
    const runId = await started(first);
    // Unregistering ends everything inside: the supervisor, the shell that would note the task's end, the task and the relay.
    writeFileSync(settings, JSON.stringify({ distros: [distro('Debian')] }));
    const process_ = first.events.find((event) => event.type === 'task.process');
    const supervisor = supervisorOf(runId);
    assert.ok(process_?.type === 'task.process' && process_.spare !== undefined);
    signal('KILL', [supervisor, process_.spare, -process_.group, first.relayInside()]);
    await first.ended;
    const gone = open({ file: inside(settings), on: 'wsl:Ubuntu' });
    await assert.rejects(gone.ask('runs/list', { workspace: 'C:\\shop' }), (error: { data: Failure }) => {
      assert.match(`${error.data.message} ${error.data.next ?? ''}`, /no distribution Ubuntu.*There is Debian/);
      return true;
    });
    rmSync(settings);
    const back = open({ file: inside(settings) });
    const { runs } = await back.ask<{ runs: { status: string }[] }>('runs/list', { workspace: 'C:\\shop' });
    assert.deepEqual(
      runs.map((run) => run.status),
      ['interrupted'],
      'never assumed done or failed',
    );
    writeFileSync(join(folder, 'shop', 'go'), '');
    await back.ask('runs/resume', { runId, workspace: 'C:\\shop' });
    await back.ask('runs/subscribe', { runId, workspace: 'C:\\shop', fromSeq: 1 });
    // Nobody saw how the attempt ended, so a person is asked before it runs again.
    const waiting = await back.saw('task.waiting');
    assert.ok(waiting.type === 'task.waiting' && waiting.on.kind === 'approval');
    const { digest } = waiting.on;
    const yes = { approved: true, digest };
    await back.ask('runs/approve', { runId, workspace: 'C:\\shop', task: 'one', ...yes });
    const finished = await back.saw('run.finished');
    assert.equal(finished.type === 'run.finished' && finished.status, 'succeeded');
  });
});

/** The run lies on the Linux side, since its workspace is on a drive. */
function supervisorOf(runId: string): number {
  const word = readFileSync(join(folder, 'shop', '.code', 'runs', 'elsewhere.txt'), 'utf8');
  const data = /\n(\/.*)\n$/.exec(word)?.[1] ?? '';
  const control = JSON.parse(readFileSync(outside(`${data}/runs/${runId}/control.json`), 'utf8')) as {
    supervisor: { pid: number };
  };
  return control.supervisor.pid;
}
