import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import { convertPaths, outward } from '../../src/cli/relay/border.ts';
import { toWindows, toWsl, type PathContext } from '../../src/core/paths.ts';
import { inside, LIMIT_MS, living, needsStandIn } from '../platform/stand-in.ts';
import { cli, needsBuilt, Window } from './wsl-window.ts';

let folder = '';
const windows: Window[] = [];

function open(config: object = {}): Window {
  const window = new Window(folder, config);
  windows.push(window);
  return window;
}

const launches = (): number => readFileSync(join(folder, 'log'), 'utf8').trimEnd().split('\n').length;

describe('a window on Windows with its engine in a distribution', function () {
  this.timeout(LIMIT_MS);
  before(function () {
    needsBuilt(this);
    needsStandIn(this);
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'border-'));
    mkdirSync(join(folder, 'home'));
    mkdirSync(join(folder, 'shop', '.git'), { recursive: true });
    writeFileSync(
      join(folder, 'mountinfo'),
      `1 0 0:1 / / rw - ext4 /dev/sdc rw\n2 1 0:2 / ${inside(folder)} rw - drvfs C: rw\n`,
    );
    const task = (name: string, run: string): string =>
      `  ${name}:\n    - { task: ${name}, type: shell, with: { run: ${JSON.stringify(run)} } }\n`;
    const gate = 'echo $$ > pid; until [ -e go ]; do sleep 0.05; done; echo gone';
    writeFileSync(
      join(folder, 'shop', 'w.code.yaml'),
      `parallel_deployment:\n${task('one', gate)}${task('two', 'echo $WSL_DISTRO_NAME')}`,
    );
  });
  afterEach(async () => {
    writeFileSync(join(folder, 'shop', 'go'), '');
    for (const window of windows.splice(0)) {
      window.connection.dispose();
      window.child.kill('SIGKILL');
      await window.ended;
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  it('starts, follows and cancels runs there, each side with its own paths, and its runs outlive it', async () => {
    const first = open();
    const hello = await first.ask<{ protocol: number }>('hello', { protocol: 1, client: 'test' });
    assert.equal(hello.protocol, 1);
    const { runId } = await first.ask<{ runId: string }>('runs/start', { file: 'C:\\shop\\w.code.yaml' });
    const workspace = 'C:\\shop';
    await first.ask('runs/subscribe', { runId, workspace, fromSeq: 1 });
    const started = await first.saw('run.started');
    assert.ok(started.type === 'run.started');
    assert.deepEqual([started.plan.file, started.plan.root], ['C:\\shop\\w.code.yaml', 'C:\\shop']);
    await first.saw('task.started');
    first.child.kill('SIGKILL');
    await first.ended;

    const second = open();
    const { runs } = await second.ask<{ runs: { file: string; status: string }[] }>('runs/list', { workspace });
    assert.deepEqual(
      runs.map((run) => [run.file, run.status]),
      [['C:\\shop\\w.code.yaml', 'running']],
    );
    await second.ask('runs/subscribe', { runId, workspace, fromSeq: 1 });
    writeFileSync(join(folder, 'shop', 'go'), '');
    const finished = await second.saw('run.finished');
    assert.equal(finished.type === 'run.finished' && finished.status, 'succeeded');
    assert.equal(launches(), 4, 'two windows: each asked for the list once and started the engine once');
  });

  it('cancels a run, and nothing of it is left inside', async () => {
    const window = open();
    const workspace = 'C:\\shop';
    const { runId } = await window.ask<{ runId: string }>('runs/start', { file: 'C:\\shop\\w.code.yaml' });
    await window.ask('runs/subscribe', { runId, workspace, fromSeq: 1 });
    await window.saw('task.process');
    await window.ask('runs/cancel', { runId, workspace });
    const finished = await window.saw('run.finished');
    assert.equal(finished.type === 'run.finished' && finished.status, 'cancelled');
    const process_ = window.events.find((event) => event.type === 'task.process');
    assert.ok(process_?.type === 'task.process');
    assert.deepEqual(living(process_.group), []);
  });

  it('is told what is wrong and what to do, for the distribution and for a path', async () => {
    const stub = open({ mode: 'stub' });
    await assert.rejects(
      stub.ask('hello', { protocol: 1, client: 'test' }),
      (error: { data: { kind: string; next: string } }) => {
        assert.deepEqual([error.data.kind, /wsl --install/.test(error.data.next)], ['missing', true]);
        return true;
      },
    );
    const window = open();
    await assert.rejects(window.ask('runs/list', { workspace: 'Z:\\shop' }), /Drive Z: is not mounted/);
    await assert.rejects(window.ask('no/such', {}), /no method/);
  });

  it('leaves no relay behind when it closes', async () => {
    const window = open();
    await window.ask('hello', { protocol: 1, client: 'test' });
    window.connection.end();
    window.child.stdin?.end();
    assert.equal(await window.ended, 0);
  });
});

describe('a relay', function () {
  this.timeout(LIMIT_MS);
  it('ends with its window where a question came together with the end', async function () {
    needsBuilt(this);
    const relay = spawn(process.execPath, [cli, 'serve', '--stdio'], { stdio: ['pipe', 'ignore', 'inherit'] });
    const ended = new Promise((resolve) => relay.once('exit', resolve));
    const question = { jsonrpc: '2.0', id: 1, method: 'runs/list', params: { workspace: tmpdir() } };
    const text = JSON.stringify(question);
    relay.stdin.end(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
    assert.equal(await ended, 0);
  });
});

describe('paths at the border', () => {
  const context: PathContext = { distro: 'Ubuntu', mounts: [{ source: 'C:', mountPoint: '/mnt/c' }] };
  const out = (value: unknown): unknown => outward(value, (path) => toWindows(path, context));

  it('are converted in the fields that hold paths, and nowhere else', () => {
    assert.deepEqual(
      convertPaths({ file: 'C:\\x', workspace: '/home/u', text: 'C:\\y' }, (path) => toWsl(path, context)),
      {
        ok: true,
        value: { file: '/mnt/c/x', workspace: '/home/u', text: 'C:\\y' },
      },
    );
    assert.deepEqual(out({ workspace: '/mnt/c', run: { file: '/home/u/w' }, text: '/mnt/c' }), {
      workspace: 'C:\\',
      run: { file: '\\\\wsl.localhost\\Ubuntu\\home\\u\\w' },
      text: '/mnt/c',
    });
    assert.deepEqual(out({ events: [{ plan: { file: '/mnt/c/w', root: '/mnt/c', tasks: [] } }, { type: 'x' }] }), {
      events: [{ plan: { file: 'C:\\w', root: 'C:\\', tasks: [] } }, { type: 'x' }],
    });
  });
});
