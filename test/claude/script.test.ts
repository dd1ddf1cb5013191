import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const script = path.resolve('scripts/claude-code-init.sh');

describe('scripts/claude-code-init.sh', () => {
  let root: string;

  beforeEach(() => {
    root = realpathSync(mkdtempSync(path.join(tmpdir(), 'init-script-')));
    writeFileSync(path.join(root, 'engine'), '#!/bin/sh\necho "$PWD|$*"\nexit 7\n');
    chmodSync(path.join(root, 'engine'), 0o755);
  });

  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const sh = (
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
  ): { code: number | null; out: string; err: string } => {
    const done = spawnSync('/bin/sh', [script, ...args], { encoding: 'utf8', env: { PATH: '/usr/bin:/bin', ...env } });
    return { code: done.status, out: done.stdout, err: done.stderr };
  };

  it('hands folder, options and exit code on to the command line that it is told of', () => {
    const done = sh([root, '--dry-run', '--json'], { CODE_ENGINE: path.join(root, 'engine') });
    assert.deepEqual([done.code, done.out.trim()], [7, `${root}|init --dry-run --json`]);
  });

  it('says what it takes, and what is wrong with a folder that is none', () => {
    assert.match(sh(['--help']).out, /claude-code-init\.sh \[FOLDER\]/);
    const wrong = sh([path.join(root, 'absent')]);
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /is not a folder/);
  });

  it('passes shellcheck', function () {
    const checked = spawnSync('shellcheck', [script], { encoding: 'utf8' });
    if (checked.error !== undefined) return this.skip();
    assert.equal(checked.stdout, '');
  });

  it('says how to get the command line where there is none', function () {
    const copy = path.join(root, 'scripts-claude-code-init.sh');
    writeFileSync(copy, spawnSync('cat', [script], { encoding: 'utf8' }).stdout);
    if (existsSync('/usr/bin/code-engine')) return this.skip();
    const done = spawnSync('/bin/sh', [copy], { encoding: 'utf8', env: { PATH: '/usr/bin:/bin' }, cwd: root });
    assert.equal(done.status, 3);
    assert.match(done.stderr, /code-engine is not on the PATH/);
  });
});
