import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import { host } from '../../src/platform/host.ts';
import { Workspace } from './built.ts';

/** Keeps a result in the cache, and fails as long as there is no file `go`. */
const WORKFLOW = `parallel_deployment:
  one:
    - { task: made, type: shell, cache: { inputs: [in.txt], outputs: [out.txt, link] }, with: { run: "cat in.txt > out.txt; ln -sfn out.txt link; echo made" } }
  two:
    - { task: gate, type: shell, with: { run: "test -e go" } }
`;

describe('a workspace on a drive of Windows', function () {
  this.timeout(60_000);
  let space: Workspace;
  let home = '';
  const env = (): NodeJS.ProcessEnv => ({
    CODE_ENGINE_HOME: home,
    CODE_ENGINE_MOUNTINFO: path.join(home, 'mountinfo'),
  });
  before(function () {
    if (host().os !== 'linux') this.skip();
  });
  beforeEach(() => {
    home = realpathSync(mkdtempSync(path.join(tmpdir(), 'drive-home-')));
    space = new Workspace();
    // As /proc/self/mountinfo of a distribution would show the workspace: a drive, on 9p.
    const drive = `2 1 0:8 / ${space.folder} rw - 9p C:\\134 rw,aname=drvfs;path=C:\\;uid=0,mmap\n`;
    writeFileSync(path.join(home, 'mountinfo'), `1 0 8:32 / / rw - ext4 /dev/sdc rw\n${drive}`);
    space.file('in.txt', 'in');
    space.file('w.code.yaml', WORKFLOW);
  });
  afterEach(() => {
    space.close();
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  });

  it('has its runs, cache and history on the Linux side, where every command finds them', () => {
    const failed = space.run(['run', 'w.code.yaml', '--quiet'], env());
    assert.equal(failed.code, 1, failed.err);
    assert.deepEqual(readdirSync(space.path('.code')), ['runs']);
    assert.deepEqual(readdirSync(space.path('.code/runs')), ['elsewhere.txt']);
    const folder = /\n(\/.*)\n$/.exec(readFileSync(space.path('.code/runs/elsewhere.txt'), 'utf8'))?.[1] ?? '';
    assert.ok(folder.startsWith(path.join(home, 'state', 'workspaces')), folder);
    assert.equal(readFileSync(path.join(folder, 'workspace.txt'), 'utf8'), `${space.folder}\n`);
    const { out } = space.run(['runs', 'list', '--json'], env());
    const { runs } = JSON.parse(out) as { runs: { runId: string; status: string }[] };
    assert.deepEqual(
      runs.map(({ status }) => status),
      ['failed'],
    );
    const runId = runs[0]?.runId ?? '';
    assert.ok(existsSync(path.join(folder, 'runs', runId, 'journal.log')));
    assert.match(space.run(['runs', 'logs', runId, '--task', 'made'], env()).out, /made/);
    assert.match(space.run(['runs', 'show', runId], env()).out, new RegExp(path.join(folder, 'runs', runId)));

    space.file('go', '');
    assert.equal(space.run(['runs', 'resume', runId, '--quiet'], env()).code, 0);
    for (const made of ['out.txt', 'link']) rmSync(space.path(made));
    const again = space.run(['run', 'w.code.yaml', '--json'], env());
    assert.equal(again.code, 0, again.err);
    assert.match(again.out, /"task":"made"[^\n]*"status":"cached"|"status":"cached"[^\n]*"task":"made"/);
    assert.equal(readFileSync(space.path('link'), 'utf8'), 'in', 'the cached link crosses to the drive too');
  });

  it('is told about once', () => {
    space.file('go', '');
    const said = [1, 2].map(() => space.run(['run', 'w.code.yaml'], env()).err);
    assert.match(said[0] ?? '', /drive of Windows[^]*code-engine wsl move/);
    assert.doesNotMatch(said[1] ?? '', /drive of Windows/);
  });

  it('can be copied to the Linux home with its runs, checked file by file, and goes on there', () => {
    space.file('go', '');
    space.file('sub/tool.sh', '#!/bin/sh\necho tool\n');
    space.file('sub/text', 'text');
    for (const name of ['tool.sh', 'text']) chmodSync(space.path(`sub/${name}`), 0o777);
    space.run(['run', 'w.code.yaml', '--quiet'], env());
    const user = { ...env(), HOME: home, WSL_DISTRO_NAME: 'Ubuntu' };
    const { code, out, err } = space.run(['wsl', 'move', '--to', '~/shop', '--json'], user);
    assert.equal(code, 0, err);
    const to = path.join(home, 'shop');
    const told = JSON.parse(out) as { to: string; windows: string; remote: string };
    assert.deepEqual(
      [told.to, told.windows, told.remote],
      [to, `\\\\wsl.localhost\\Ubuntu${to.replaceAll('/', '\\')}`, 'wsl+Ubuntu'],
    );
    assert.equal(readFileSync(path.join(to, 'link'), 'utf8'), 'in');
    const mode = (name: string): number => statSync(path.join(to, name)).mode & 0o777;
    assert.deepEqual([mode('sub/tool.sh'), mode('sub/text')], [0o755, 0o644], 'a drive shows all as programs');
    assert.ok(existsSync(space.path('in.txt')), 'the original stays');
    assert.ok(!existsSync(path.join(to, '.code/runs/elsewhere.txt')));
    const list = JSON.parse(space.run(['runs', 'list', '--json'], { ...user, PWD: to }, to).out) as { runs: object[] };
    assert.equal(list.runs.length, 1);
    assert.ok(existsSync(path.join(to, '.code/state/durations.json')));
    assert.equal(space.run(['run', 'w.code.yaml', '--quiet'], user, to).code, 0);
    assert.equal(readdirSync(path.join(to, '.code/runs')).length, 2);
    const twice = space.run(['wsl', 'move', '--to', '~/shop'], user);
    assert.deepEqual([twice.code, /not empty[^]*--to/.test(twice.err)], [1, true], twice.err);
    const within = space.run(['wsl', 'move', '--to', space.path('sub/new')], user);
    assert.deepEqual([within.code, /on a drive of Windows too/.test(within.err)], [2, true], within.err);
    const none = space.run(['wsl', 'move'], user, to);
    assert.deepEqual([none.code, /Linux file system already/.test(none.err)], [2, true], none.err);
  });

  it('has its runs in .code where it is on a Linux file system', () => {
    writeFileSync(path.join(home, 'mountinfo'), '1 0 8:32 / / rw - ext4 /dev/sdc rw\n');
    space.file('go', '');
    assert.equal(space.run(['run', 'w.code.yaml', '--quiet'], env()).code, 0);
    assert.match(readdirSync(space.path('.code/runs')).join(), /^\d{8}-\d{6}-[0-9a-f]{6}$/);
  });
});
