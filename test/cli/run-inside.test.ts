import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import { flagsFor, parseWslTarget } from '../../src/cli/run-inside.ts';
import { host } from '../../src/platform/host.ts';
import { inside, LIMIT_MS, needsStandIn, onLinux, standIn, WSL } from '../platform/stand-in.ts';
import { cli, needsBuilt } from './wsl-window.ts';

let folder = '';

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The built command line as on Windows: `wsl.exe` is the stand-in, the distribution is this machine. */
function start(
  args: readonly string[],
  config: object = {},
): { child: ChildProcess; ended: Promise<Ended>; saw: (text: string) => Promise<void> } {
  const settings = {
    log: inside(join(folder, 'log')),
    home: inside(join(folder, 'home')),
    mountinfo: inside(join(folder, 'mountinfo')),
    ...config,
  };
  const env = { PATH: process.env['PATH'], CODE_ENGINE_WSL_EXE: WSL, ...standIn(settings), TOKEN: 's3cret-value' };
  const child = spawn(process.execPath, [cli, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const printed = { out: '', err: '' };
  const watchers: (() => void)[] = [];
  for (const [name, stream] of [
    ['out', child.stdout],
    ['err', child.stderr],
  ] as const)
    stream.on('data', (chunk: Buffer) => {
      printed[name] += chunk.toString();
      for (const look of watchers) look();
    });
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, ...printed })));
  const saw = (text: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (printed.out.includes(text)) resolve();
      };
      watchers.push(look);
      look();
    });
  return { child, ended, saw };
}

const workflow = (run: string): void =>
  writeFileSync(
    join(folder, 'w.code.yaml'),
    `secrets: [TOKEN]\nparallel_deployment:\n  one:\n    - task: it\n      type: shell\n      env: { T: "\${{ secrets.TOKEN }}" }\n      with: { run: ${JSON.stringify(run)} }\n`,
  );

const launches = (): number => readFileSync(join(folder, 'log'), 'utf8').trimEnd().split('\n').length;

describe('code-engine run --on wsl', function () {
  this.timeout(LIMIT_MS);
  before(function () {
    needsBuilt(this);
    needsStandIn(this);
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'inside-'));
    mkdirSync(join(folder, 'home'));
    // On Windows the folder lies on a drive, which the distribution has mounted.
    const drive = host().os === 'windows' ? `2 1 0:2 ${inside(folder)} ${inside(folder)} rw - drvfs Z: rw\n` : '';
    writeFileSync(join(folder, 'mountinfo'), `1 0 0:1 / / rw - ext4 /dev/sdc rw\n${drive}`);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('runs inside, with the secrets of this side in no argument, in two starts of wsl.exe whatever the number of tasks', async () => {
    workflow('echo in $WSL_DISTRO_NAME with ${#T} characters');
    const { code, out, err } = await start(['run', '--on', 'wsl', 'w.code.yaml', '--json']).ended;
    assert.equal(code, 0, err);
    const events = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; text?: string; status?: string });
    assert.ok(
      events.some((event) => event.type === 'task.output' && event.text?.includes('in Ubuntu with 12 characters')),
      out,
    );
    assert.equal(events.at(-1)?.status, 'succeeded');
    assert.doesNotMatch(readFileSync(join(folder, 'log'), 'utf8'), /s3cret/);
    assert.equal(launches(), 2, 'the list of distributions and the engine');
  });

  it('gives the exit code of the run inside', async () => {
    workflow('exit 3');
    assert.equal((await start(['run', 'w.code.yaml', '--on=wsl:ubuntu', '--quiet']).ended).code, 1);
    assert.equal(launches(), 1);
  });

  it('passes Ctrl-C on, and nothing of the run is left', async function () {
    if (host().os === 'windows') {
      console.log('      skipped: Node on Windows can send no Ctrl-C to another program');
      return this.skip();
    }
    workflow('echo pid $$ >marker; echo here; sleep 300');
    const { child, ended, saw } = start(['run', '--on', 'wsl', 'w.code.yaml', '--json']);
    await saw('"text":"here');
    child.kill('SIGINT');
    const { code, out } = await ended;
    assert.equal(code, 130, out);
    const pid = Number(readFileSync(join(folder, 'marker'), 'utf8').split(' ')[1]);
    assert.notEqual(onLinux('/bin/kill', '-0', String(pid)).code, 0);
  });

  it('says what to do where there is no such distribution or no WSL', async () => {
    workflow('true');
    const gone = await start(['run', '--on', 'wsl:Arch', 'w.code.yaml']).ended;
    assert.deepEqual([gone.code, /no distribution Arch[^]*There is Ubuntu/.test(gone.err)], [3, true], gone.err);
    const stub = await start(['run', '--on', 'wsl', 'w.code.yaml'], { mode: 'stub' }).ended;
    assert.deepEqual([stub.code, /wsl --install/.test(stub.err)], [3, true], stub.err);
  });
});

describe('the target of --on', () => {
  it('is WSL with or without a name', () => {
    assert.deepEqual(['wsl', 'wsl:Ubuntu', 'wslx', 'tekton'].map(parseWslTarget), [
      { distro: undefined },
      { distro: 'Ubuntu' },
      undefined,
      undefined,
    ]);
    assert.throws(() => parseWslTarget('wsl:'), /names no distribution/);
  });

  it('leaves the other arguments as they are', () => {
    const args = [
      '--input',
      'w.yaml',
      '--on',
      'wsl',
      'w.yaml',
      '--jobs',
      '2',
      '--on=wsl',
      '--secrets-file',
      's',
      '--json',
    ];
    assert.deepEqual(flagsFor(args, 'w.yaml', 'C:\\s'), [
      '--input',
      'w.yaml',
      '--jobs',
      '2',
      '--secrets-file',
      'C:\\s',
      '--json',
    ]);
  });
});
