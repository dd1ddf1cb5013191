import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import { BOOTSTRAP_SCRIPT } from '../../src/platform/bootstrap.ts';
import { startInDistro, type EngineInside, type StartRequest } from '../../src/platform/bridge.ts';
import { packTar, readBundle, type Bundle } from '../../src/platform/bundle.ts';
import { wslClient, type WslClient } from '../../src/platform/wsl.ts';
import { inside, LIMIT_MS, needsStandIn, NODE_INSIDE, onLinux, standIn, WSL } from './stand-in.ts';

let folder = '';
let bundle: Bundle;

/** An engine for the tests: says how it was started, echoes lines, and ends at the end of its input unless told to be stubborn. */
const ENGINE = `import { part } from './chunks/part.js';
process.stdout.write(JSON.stringify({ part, args: process.argv.slice(2), cwd: process.cwd(), token: process.env.TOKEN, pid: process.pid }) + '\\n');
process.stdin.on('data', (chunk) => process.stdout.write(chunk));
if (process.argv.includes('--stubborn')) setInterval(() => undefined, 60_000);
else process.stdin.on('end', () => process.exit(5));
`;

const client = (config: object = {}): WslClient => {
  const settings = standIn({ log: inside(join(folder, 'log')), home: inside(join(folder, 'home')), ...config });
  return wslClient({ exe: WSL, env: { PATH: process.env['PATH'], ...settings } });
};

const launches = (): number => readFileSync(join(folder, 'log'), 'utf8').trimEnd().split('\n').length;

const start = (more: Partial<StartRequest> = {}): ReturnType<typeof startInDistro> =>
  startInDistro({
    client: client(),
    distro: 'Ubuntu',
    bundle,
    args: ['serve', '--stdio'],
    env: { CODE_ENGINE_NODE: NODE_INSIDE },
    ...more,
  });

async function started(more: Partial<StartRequest> = {}): Promise<EngineInside> {
  const result = await start(more);
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

/** The next line of the engine. */
const line = (engine: EngineInside): Promise<string> =>
  new Promise((resolve) => {
    let text = '';
    const read = (chunk: Buffer): void => {
      text += chunk.toString();
      if (!text.includes('\n')) return;
      engine.stdout.off('data', read);
      resolve(text.slice(0, text.indexOf('\n')));
    };
    engine.stdout.on('data', read);
  });

/** A program of the distribution. */
function program(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  onLinux('chmod', '755', inside(file));
}

describe('the engine’s archive', () => {
  it('is unpacked by tar as it was packed, and is the same for the same files', async function () {
    needsStandIn(this);
    const root = mkdtempSync(join(tmpdir(), 'tar-'));
    const files = [
      ['a.js', Buffer.from('one')],
      ['chunks/b.js', Buffer.alloc(1500, 'x')],
      ['empty.js', Buffer.alloc(0)],
    ] as const;
    writeFileSync(join(root, 'archive'), packTar(files));
    onLinux('tar', '-x', '-f', inside(join(root, 'archive')), '-C', inside(root));
    for (const [name, bytes] of files) assert.deepEqual(readFileSync(join(root, name)), bytes);
    writeFileSync(join(root, 'cli.js'), 'x');
    writeFileSync(join(root, 'cli.js.map'), 'x');
    const [one, two] = [await readBundle(root), await readBundle(root)];
    assert.ok(one.ok && two.ok);
    assert.equal(one.value.key, two.value.key);
    writeFileSync(join(root, 'cli.js'), 'y');
    const three = await readBundle(root);
    assert.notEqual(three.ok && three.value.key, one.value.key);
    rmSync(root, { recursive: true });
  });

  it('is packed once and taken from the cache until a file changes', async () => {
    const root = mkdtempSync(join(tmpdir(), 'kept-'));
    const cache = join(root, 'cache');
    const dist = join(root, 'dist');
    mkdirSync(join(dist, 'chunks'), { recursive: true });
    writeFileSync(join(dist, 'cli.js'), 'one');
    writeFileSync(join(dist, 'chunks', 'part-AAAAAAAA.js'), 'part');
    const read = async (): Promise<Bundle> => {
      const found = await readBundle(dist, cache);
      assert.ok(found.ok, JSON.stringify(found));
      return found.value;
    };
    const first = await read();
    const again = await read();
    assert.deepEqual([again.key, again.sha256, again.size], [first.key, first.sha256, first.size]);
    assert.deepEqual(await again.archive(), await first.archive());
    const archives = (): string[] => readdirSync(cache).filter((name) => name.endsWith('.tgz'));
    writeFileSync(join(cache, archives()[0] ?? ''), 'damaged');
    assert.deepEqual(await (await read()).archive(), await first.archive(), 'one of another size is packed anew');
    writeFileSync(join(dist, 'cli.js'), 'other');
    assert.notEqual((await read()).key, first.key);
    writeFileSync(join(dist, 'chunks', 'part-BBBBBBBB.js'), 'part');
    const third = await read();
    rmSync(join(dist, 'chunks', 'part-AAAAAAAA.js'));
    assert.notEqual((await read()).key, third.key);
    assert.equal(archives().length, 1, 'older archives go');
    rmSync(root, { recursive: true });
  });

  it('needs an engine', async () => {
    const none = await readBundle(import.meta.dirname);
    assert.match(none.ok ? '' : none.failure.message, /cli\.js/);
  });
});

describe('the engine in a distribution', function () {
  this.timeout(LIMIT_MS);
  before(function () {
    needsStandIn(this);
  });
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bridge-'));
    mkdirSync(join(folder, 'home'));
    mkdirSync(join(folder, 'dist', 'chunks'), { recursive: true });
    writeFileSync(join(folder, 'dist', 'cli.js'), ENGINE);
    writeFileSync(
      join(folder, 'dist', 'chunks', 'part.js'),
      `export const part = ${JSON.stringify('p'.repeat(200_000))}.length;`,
    );
    const read = await readBundle(join(folder, 'dist'));
    assert.ok(read.ok);
    bundle = read.value;
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is copied, started and spoken to in one call, and not copied again', async () => {
    const progress: string[] = [];
    const first = await started({
      cwd: inside(folder),
      env: { CODE_ENGINE_NODE: NODE_INSIDE, TOKEN: 's3cret' },
      onProgress: (what) => progress.push(what),
    });
    const hello = JSON.parse(await line(first)) as object;
    assert.deepEqual(hello, {
      part: 200_000,
      args: ['serve', '--stdio'],
      cwd: inside(folder),
      token: 's3cret',
      pid: first.pid,
    });
    first.stdin.write('ping\n');
    assert.equal(await line(first), 'ping');
    first.stdin.end();
    assert.equal(await first.ended, 5);
    assert.deepEqual([first.copied, progress, launches()], [true, ['starting', 'copying'], 1]);
    assert.match(onLinux('stat', '-c', '%a', first.folder).out, /^.?00\n$/, 'the copy is its user’s alone');

    const second = await started();
    assert.match(await line(second), /"part":200000/);
    await second.stop();
    assert.deepEqual([second.copied, second.folder, launches()], [false, first.folder, 2]);
  });

  it('tells its home and its mounts in the same call', async () => {
    const mountinfo = join(folder, 'mountinfo');
    writeFileSync(mountinfo, '6 5 0:8 / /win/c rw - 9p C:\\134 rw,aname=drvfs;path=C:\\;uid=0,mmap\n');
    const engine = await started({ client: client({ mountinfo: inside(mountinfo) }) });
    assert.deepEqual(
      [engine.home, engine.mounts],
      [inside(join(folder, 'home')), [{ source: 'C:\\', mountPoint: '/win/c' }]],
    );
    await engine.stop();
    assert.equal(launches(), 1);
  });

  it('gets its arguments as they are', async () => {
    const odd = ['a b', '"q"', "it's", '$HOME', 'a\\b', 'C:\\x\\', '-n', 'é漢🚀', 'line\nline', '*', ''];
    const engine = await started({ args: odd, wantMounts: false });
    const hello = JSON.parse(await line(engine)) as { args: string[] };
    assert.deepEqual([hello.args, engine.mounts], [odd, []]);
    await engine.stop();
  });

  it('remembers the Node that it found, until that file changes', async () => {
    const server = join(folder, 'home/.vscode-server/bin/0abc');
    const asked = join(folder, 'asked');
    program(join(server, 'node'), `[ "$1" = -e ] && echo asked >>'${inside(asked)}'\nexec '${NODE_INSIDE}' "$@"`);
    const times = async (): Promise<number> => {
      const engine = await started({ env: {} });
      assert.equal(engine.node, inside(join(server, 'node')));
      await engine.stop();
      return readFileSync(asked, 'utf8').trimEnd().split('\n').length;
    };
    assert.deepEqual([await times(), await times()], [1, 1], 'asked once, then remembered');
    const later = new Date(Date.now() + 60_000);
    utimesSync(join(server, 'node'), later, later);
    assert.equal(await times(), 2, 'an update is asked again');
    rmSync(join(server, 'node'));
    const other = await start({ env: {} });
    assert.ok(other.ok ? other.value.node !== inside(join(server, 'node')) : other.failure.kind === 'no-node');
    if (other.ok) await other.value.stop();
  });

  it('is copied once where two windows start at the same time', async () => {
    const both = await Promise.all([started(), started()]);
    for (const engine of both) assert.match(await line(engine), /"part":200000/);
    for (const engine of both) await engine.stop();
    assert.deepEqual(readdirSync(join(folder, 'home/.cache/code-engine/engine')), [bundle.key]);
  });

  it('is not started from an archive that arrived damaged', async () => {
    const result = await start({ bundle: { ...bundle, sha256: '0'.repeat(64) } });
    assert.match(JSON.stringify(result), /arrived damaged/);
    assert.deepEqual(readdirSync(join(folder, 'home/.cache/code-engine/engine')), []);
  });

  it('takes the node of the VS Code server where there is no other', async () => {
    const server = join(folder, 'home/.vscode-server/cli/servers/Stable-0abc/server');
    program(join(server, 'node'), `exec '${NODE_INSIDE}' "$@"`);
    const engine = await started({ env: {} });
    assert.equal(engine.node, inside(join(server, 'node')));
    await engine.stop();
  });

  it('leaves a node that is too old alone', async () => {
    const old = join(folder, 'home/.vscode-server/bin/0abc/node');
    program(old, 'exit 1');
    const found = await start({ env: {} });
    assert.ok(found.ok ? found.value.node !== inside(old) : found.failure.kind === 'no-node', JSON.stringify(found));
    if (found.ok) await found.value.stop();
  });

  for (const [name, more, kind] of [
    ['the distribution is gone', { distro: 'Arch' }, 'distro-not-found'],
    ['the name cannot be', { distro: 'a b' }, 'bad-name'],
    ['the folder is not there', { cwd: '/no/such/folder' }, 'no-folder'],
  ] as const) {
    it(`says so where ${name}`, async () => {
      const result = await start(more);
      assert.equal(result.ok ? '' : result.failure.kind, kind);
    });
  }

  it('says so where wsl.exe hangs, has died, or is the installer’s stub', async () => {
    const kinds: string[] = [];
    for (const mode of ['hang', 'gone', 'stub']) {
      const result = await start({ client: client({ mode }), timeoutMs: mode === 'hang' ? 500 : 60_000 });
      kinds.push(result.ok ? 'started' : result.failure.kind);
    }
    assert.deepEqual(kinds, ['hangs', 'other', 'not-installed']);
  });

  it('can be given up while it starts', async () => {
    const abort = new AbortController();
    const starting = start({ client: client({ mode: 'hang' }), signal: abort.signal });
    abort.abort();
    assert.match(JSON.stringify(await starting), /cancelled/);
  });

  it('is killed inside where it does not end by itself', async () => {
    const engine = await started({ args: ['--stubborn'] });
    await line(engine);
    await engine.stop(300);
    assert.notEqual(onLinux('/bin/kill', '-0', String(engine.pid)).code, 0);
    assert.equal(launches(), 2, 'one call to start, one to kill');
  });

  it('says so where the disk inside is full', async function () {
    mkdirSync(join(folder, 'small'));
    const cache = inside(join(folder, 'small'));
    if (onLinux('mount', '-t', 'tmpfs', '-o', 'size=16k', 'none', cache).code !== 0) {
      console.log('      skipped: this user may not mount a small disk');
      return this.skip();
    }
    try {
      const bytes = Buffer.concat([await bundle.archive(), Buffer.alloc(400_000, 1)]);
      const full = { ...bundle, size: bytes.length, archive: () => Promise.resolve(bytes) };
      const result = await start({ bundle: full, env: { CODE_ENGINE_NODE: NODE_INSIDE, XDG_CACHE_HOME: cache } });
      assert.equal(result.ok ? '' : result.failure.kind, 'disk-full');
    } finally {
      onLinux('umount', cache);
    }
  });

  it('begins with a script that ShellCheck has nothing to say about', function () {
    const script = join(folder, 'bootstrap.sh');
    writeFileSync(script, BOOTSTRAP_SCRIPT);
    const { code, out } = onLinux('shellcheck', '--shell=sh', inside(script));
    if (code === null || code === 127) {
      console.log('      skipped: there is no shellcheck');
      return this.skip();
    }
    assert.deepEqual([code, out], [0, '']);
  });
});
