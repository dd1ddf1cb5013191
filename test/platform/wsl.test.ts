import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import { insideArguments, insideEnvironment } from '../../src/platform/wsl-call.ts';
import { wslClient, type WslClient } from '../../src/platform/wsl.ts';
import { inside, LIMIT_MS, needsStandIn, NODE_INSIDE, standIn, WSL } from './stand-in.ts';

let folder = '';

const client = (
  config: object = {},
  env: Record<string, string> = {},
  more: { listTimeoutMs?: number } = {},
): WslClient =>
  wslClient({
    exe: WSL,
    env: { ...process.env, ...standIn({ log: inside(join(folder, 'log')), home: inside(folder), ...config }), ...env },
    timeoutMs: 60_000,
    ...more,
  });

const launched = (): string[][] =>
  readFileSync(join(folder, 'log'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as string[]);

const docker = { name: 'docker-desktop', state: 'Running', version: 2, default: true };
const debian = { name: 'Debian', state: 'Stopped', version: 2, default: false };

describe('wsl.exe', function () {
  this.timeout(LIMIT_MS);
  before(function () {
    needsStandIn(this);
  });
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'wsl-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  for (const [name, config] of [
    ['of today', {}],
    ['that ignores WSL_UTF8', { ignoreUtf8: true }],
    ['without the long list', { mode: 'old', ignoreUtf8: true }],
  ] as const) {
    it(`${name} tells its distributions`, async () => {
      const state = await client({ ...config, distros: [docker, debian] }).state();
      assert.deepEqual(state.kind === 'ready' && [state.default.name, state.hidden.map((d) => d.name)], [
        'Debian',
        ['docker-desktop'],
      ]);
    });
  }

  for (const [name, config, kind] of [
    ['only the installer’s stub', { mode: 'stub' }, 'not-installed'],
    ['without a distribution', { distros: [] }, 'no-distro'],
    ['with a container product’s only', { distros: [docker] }, 'only-utility'],
    ['whose service died', { mode: 'gone' }, 'other'],
  ] as const) {
    it(`${name} is trouble of a known kind`, async () => {
      const state = await client(config).state();
      assert.equal(state.kind === 'trouble' && state.trouble.kind, kind);
    });
  }

  it('that never answers is given up', async () => {
    const state = await client({ mode: 'hang' }, {}, { listTimeoutMs: 300 }).state();
    assert.equal(state.kind === 'trouble' && state.trouble.kind, 'hangs');
  });

  it('that is not there is trouble of its own kind', async () => {
    const state = await wslClient({ exe: join(folder, 'none.exe') }).state();
    assert.equal(state.kind === 'trouble' && state.trouble.kind, 'no-wsl');
  });

  it('hands arguments to the program as they are, with no shell in between', async () => {
    const odd = ['a b', '"q"', "it's", '$HOME', '`x`', 'a\\b', '*', '', 'é漢🚀', 'line\nline'];
    const script = 'process.stdout.write(JSON.stringify(process.argv.slice(1)))';
    const done = await client().run('Ubuntu', [NODE_INSIDE, '-e', script, '--', ...odd]);
    assert.ok(done.ok);
    assert.deepEqual(JSON.parse(done.value.stdout), odd);
    assert.deepEqual(launched()[0]?.slice(0, 5), ['-d', 'Ubuntu', '--cd', '~', '-e']);
  });

  it('lets only the named variables cross, in no argument list, and keeps the user’s own list', async () => {
    const made = client({}, { WSLENV: 'KEEP/p', KEEP: 'kept', LOCAL: 'stays' });
    const done = await made.run('Ubuntu', ['/usr/bin/env'], { env: { TOKEN: 's3cret', WSLENV: 'evil' } });
    assert.ok(done.ok);
    assert.match(done.value.stdout, /^TOKEN=s3cret$/m);
    assert.match(done.value.stdout, /^KEEP=kept$/m);
    assert.doesNotMatch(done.value.stdout, /^LOCAL=|evil/m);
    assert.doesNotMatch(JSON.stringify(launched()), /s3cret/);
  });

  it('passes the exit code and standard input on', async () => {
    const done = await client().run('Ubuntu', ['/bin/sh', '-c', 'cat; exit 7'], { input: 'given' });
    assert.deepEqual(done.ok && [done.value.exitCode, done.value.stdout], [7, 'given']);
  });

  it('does not mistake a program’s 255 for its own', async () => {
    const done = await client().run('Ubuntu', ['/bin/sh', '-c', 'echo no such host; exit 255']);
    assert.equal(done.ok && done.value.exitCode, 255);
  });

  it('runs in the folder that was asked for, or says that it is not there', async () => {
    const there = await client().run('Ubuntu', ['pwd'], { cwd: inside(folder) });
    assert.equal(there.ok && there.value.stdout.trim(), inside(folder));
    const away = inside(join(folder, "it's gone"));
    assert.deepEqual(await client().run('Ubuntu', ['pwd'], { cwd: away }), {
      ok: false,
      failure: { kind: 'no-folder', distro: 'Ubuntu', folder: away },
    });
  });

  it('says when a distribution is gone, and refuses a name that cannot be', async () => {
    const gone = await client().run('Arch', ['true']);
    assert.equal(!gone.ok && gone.failure.kind, 'distro-not-found');
    const bad = await client().run('a; rm -rf', ['true']);
    assert.equal(!bad.ok && bad.failure.kind, 'bad-name');
  });

  it('finds a distribution by name in any case, or the default one, and none that is being converted', async () => {
    const made = client({
      distros: [docker, debian, { name: 'Old', state: 'Converting', version: 1, default: false }],
    });
    const names = async (name?: string): Promise<string> => {
      const found = await made.choose(name);
      return found.ok ? found.value.name : found.failure.kind;
    };
    assert.deepEqual(
      [
        await names(),
        await names('debian'),
        await names('DOCKER-desktop'),
        await names('Old'),
        await names('None'),
        await names('a b'),
      ],
      ['Debian', 'Debian', 'docker-desktop', 'distro-busy', 'distro-not-found', 'bad-name'],
    );
  });

  it('is asked for the mounts of a distribution once', async () => {
    const mountinfo = join(folder, 'mountinfo');
    writeFileSync(
      mountinfo,
      '5 2 0:7 / / rw - ext4 /dev/sdc rw\n6 5 0:8 / /win/c rw - 9p C:\\134 rw,aname=drvfs;path=C:\\;uid=0,mmap\n',
    );
    const made = client({ mountinfo: inside(mountinfo) });
    const first = await made.mounts('Ubuntu');
    assert.deepEqual(first.ok && first.value, [
      { source: '', mountPoint: '/' },
      { source: 'C:\\', mountPoint: '/win/c' },
    ]);
    assert.deepEqual(await made.mounts('ubuntu'), first);
    assert.equal(made.launches(), 1);
  });
});

describe('a call of wsl.exe', () => {
  it('checks the folder inside and keeps the program an argument list', () => {
    assert.deepEqual(insideArguments('Ubuntu', ['true'], { user: 'root' }), [
      '-d',
      'Ubuntu',
      '-u',
      'root',
      '--cd',
      '~',
      '-e',
      'true',
    ]);
    const args = insideArguments('Ubuntu', ['prog', 'a b'], { cwd: '/x y' });
    assert.deepEqual(args.slice(0, 7), ['-d', 'Ubuntu', '--cd', '/', '-e', '/bin/sh', '-c']);
    assert.deepEqual(args.slice(8), ['sh', '/x y', 'prog', 'a b']);
  });

  it('appends to WSLENV and asks for UTF-8', () => {
    assert.deepEqual(insideEnvironment({ WSLENV: 'A/p', B: undefined }, { X: '1', 'not a name': '2' }), {
      WSLENV: 'A/p:X/u',
      X: '1',
      WSL_UTF8: '1',
    });
    assert.deepEqual(insideEnvironment({}), { WSL_UTF8: '1' });
  });
});
