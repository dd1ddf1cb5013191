import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
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

  it('has its runs in .code where it is on a Linux file system', () => {
    writeFileSync(path.join(home, 'mountinfo'), '1 0 8:32 / / rw - ext4 /dev/sdc rw\n');
    space.file('go', '');
    assert.equal(space.run(['run', 'w.code.yaml', '--quiet'], env()).code, 0);
    assert.match(readdirSync(space.path('.code/runs')).join(), /^\d{8}-\d{6}-[0-9a-f]{6}$/);
  });
});
