import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { LogFiles } from '../../src/cli/logs.ts';
import { readLogPage } from '../../src/cli/relay/log-page.ts';
import { openCache } from '../../src/engine/cache.ts';
import { launchRun } from '../../src/engine/client.ts';
import { addHistory, historyFile } from '../../src/engine/history.ts';
import { layoutOf, makeStateFolder } from '../../src/engine/place.ts';
import { host } from '../../src/platform/host.ts';
import { logFile } from '../../src/run/layout.ts';
import { cleanUp, ENGINE, eventsOf, launch, planFrom, seen, workspace } from './plans.ts';

const WAITING = 'parallel_deployment:\n  a:\n    - { task: t, type: shell, with: { run: "sleep 60" } }\n';
const NOBODY = 65_534;

/** Tries to reach a socket as another user. @returns the error's code, or `connected` */
function reachAsNobody(address: string): string {
  const script = `require('node:net').connect(${JSON.stringify(address)}).on('connect',()=>{console.log('connected');process.exit()}).on('error',(e)=>console.log(e.code))`;
  const { stdout } = spawnSync(process.execPath, ['-e', script], {
    uid: NOBODY,
    gid: NOBODY,
    encoding: 'utf8',
    cwd: '/',
  });
  return stdout.trim();
}

/** Sends bytes to a socket. @returns all that came back until it was closed */
function exchange(address: string, text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(address);
    let back = '';
    socket.on('data', (chunk) => (back += chunk.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(back));
    socket.write(text);
  });
}

describe('the control socket of a run', function () {
  this.timeout(60_000);
  before(function () {
    if (host().os === 'windows') this.skip();
  });
  after(cleanUp);

  async function running() {
    const home = workspace();
    const { root, handle } = await launch(WAITING, {}, { CODE_ENGINE_HOME: home });
    await seen(handle, (event) => event.type === 'task.process');
    const control = JSON.parse(readFileSync(layoutOf(root, handle.runId).control, 'utf8')) as {
      address: string;
      token: string;
    };
    const end = async (): Promise<void> => {
      await handle.cancel(true);
      await eventsOf(handle);
    };
    return { root, home, handle, ...control, end };
  }

  it('is reached by no other user: the system refuses, at the folder and at the socket itself', async function () {
    if (process.getuid?.() !== 0) {
      console.log('      skipped: only root can become another user');
      return this.skip();
    }
    const { address, home, end } = await running();
    assert.equal(reachAsNobody(address), 'EACCES');
    // Also where somebody opened every folder on the way: connecting takes the right to write to the socket.
    for (const folder of [home, dirname(dirname(address)), dirname(address)]) chmodSync(folder, 0o777);
    assert.equal(reachAsNobody(address), 'EACCES');
    chmodSync(address, 0o666);
    assert.equal(reachAsNobody(address), 'connected', 'the probe works');
    await end();
  });

  it('does nothing for whoever does not know the token, and hangs up on what is no request', async () => {
    const { address, token, end, root, handle } = await running();
    const ask = (more: object): string => `${JSON.stringify({ id: 1, method: 'cancel', params: {}, ...more })}\n`;
    for (const wrong of [
      '',
      'x',
      token.slice(1),
      `${token}0`,
      token.toUpperCase() === token ? 'y' : token.toUpperCase(),
    ])
      assert.match(await exchange(address, ask({ token: wrong })), /Wrong token/);
    assert.match(await exchange(address, ask({})), /Wrong token/);
    for (const nonsense of [
      '\n',
      'GET / HTTP/1.1\n\n',
      '[]\n',
      ask({ token, method: 'kill' }),
      'x'.repeat(2 * 1024 * 1024),
    ])
      assert.equal(await exchange(address, nonsense), '');
    const journal = readFileSync(layoutOf(root, handle.runId).journal, 'utf8');
    assert(!journal.includes('run.cancelling'), 'none of it was heeded');
    await end();
  });
});

describe('links in a workspace that came from somebody else', function () {
  this.timeout(60_000);
  before(function () {
    if (host().os === 'windows') this.skip();
  });
  after(cleanUp);

  let root: string;
  let outside: string;
  beforeEach(() => {
    root = workspace();
    outside = workspace();
  });

  it('are refused in the place of .code, with what to do', async () => {
    const plan = await planFrom(root, WAITING);
    symlinkSync(outside, join(root, '.code'));
    const launched = await launchRun({ plan, workspace: root, env: process.env, engine: ENGINE });
    assert(!launched.ok);
    assert.match(launched.failure.message, /\.code is not a real folder/);
    assert.match(launched.failure.next ?? '', /Remove the link/);
    assert.deepEqual(readdirSync(outside), []);
  });

  it('are not written through in the place of .code/state', () => {
    mkdirSync(join(root, '.code'));
    symlinkSync(outside, join(root, '.code/state'));
    addHistory(root, 'w', new Map([['t', 5]]));
    assert.deepEqual(readdirSync(outside), []);
    const made = makeStateFolder(root, 'below');
    assert(!made.ok);
    assert.match(made.failure.message, /\.code\/state is not a real folder/);
    assert.deepEqual(readdirSync(outside), []);
    rmSync(join(root, '.code/state'));
    addHistory(root, 'w', new Map([['t', 5]]));
    assert(existsSync(historyFile(root)));
    assert(makeStateFolder(root, 'below').ok);
  });

  it('are not read through in the place of a log', () => {
    const layout = layoutOf(root, '20261129-143128-381496');
    mkdirSync(layout.logs, { recursive: true });
    writeFileSync(join(outside, 'key'), 'private');
    const path = logFile(layout, 't', 1, 'stdout');
    symlinkSync(join(outside, 'key'), path);
    const files = new LogFiles(layout);
    assert.deepEqual([...files.pieces({ task: 't', attempt: 1, stream: 'stdout' }, 0, 100)], []);
    files.close();
    assert(!readLogPage(path, 0, 100).ok);
  });

  for (const glob of ['link/secret', 'link/*', 'link/**', 'dist/../link/secret', '*/secret']) {
    it(`are not followed by the cache's output ${glob}`, async () => {
      writeFileSync(join(outside, 'secret'), 'private');
      symlinkSync(outside, join(root, 'link'));
      mkdirSync(join(root, 'dist'));
      writeFileSync(join(root, 'dist/a'), 'x');
      const opened = await openCache(root);
      assert(opened.ok);
      const subject = {
        workflow: '/w',
        task: 't',
        policy: { inputs: [], outputs: ['dist', glob] },
        taskHash: '1',
        tool: '',
        upstream: {},
      };
      const found = await opened.value.lookup(subject);
      const saved = found.ok
        ? await opened.value.save(subject, found.value, { outputs: {}, durationMs: 1, holdsSecret: () => false })
        : found;
      const stored = realpathSync(join(root, '.code/cache/objects'));
      const contents = readdirSync(stored, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.includes('/'))
        .map((name) => readFileSync(join(stored, name), 'utf8'));
      assert(!contents.includes('private'), `${glob}: ${saved.ok ? 'kept' : saved.failure.message}`);
    });
  }

  it('put in the way between two looks do not lead a restored file out', async () => {
    mkdirSync(join(root, 'dist'));
    writeFileSync(join(root, 'dist/a'), 'mine');
    const opened = await openCache(root);
    assert(opened.ok);
    const cache = opened.value;
    const subject = {
      workflow: '/w',
      task: 't',
      policy: { inputs: [], outputs: ['dist'] },
      taskHash: '1',
      tool: '',
      upstream: {},
    };
    const first = await cache.lookup(subject);
    assert(first.ok);
    assert((await cache.save(subject, first.value, { outputs: {}, durationMs: 1, holdsSecret: () => false })).ok);
    const again = await cache.lookup(subject);
    assert(again.ok && again.value.hit !== undefined);
    rmSync(join(root, 'dist'), { recursive: true });
    // The folder turns into a link while the contents are still being copied out beside it.
    const restoring = cache.restore(again.value.hit);
    symlinkSync(outside, join(root, 'dist'));
    const restored = await restoring;
    assert(!restored.ok, 'it was noticed');
    assert.deepEqual(readdirSync(outside), []);
  });
});
