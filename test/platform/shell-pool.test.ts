import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { membersOf } from '../../src/platform/processes.ts';
import { findBash, ShellPool } from '../../src/platform/shell-pool.ts';
import { until } from '../engine/plans.ts';

describe('a pool of warm shells', () => {
  let folder: string;
  let pool: ShellPool;
  let count = 0;

  before(function () {
    if (findBash() !== undefined) return;
    console.log('    skipped: there is no bash');
    this.skip();
  });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'code-shells-'));
    const env = Object.fromEntries(
      Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    );
    pool = new ShellPool(findBash()!, { ...env, FROM_POOL: 'yes' });
  });

  afterEach(() => {
    pool.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = (script: string, env: Record<string, string> = {}, cwd = folder) => {
    const name = join(folder, `attempt-${(count += 1)}`);
    const running = pool.run({
      script,
      env,
      cwd,
      stdout: `${name}.out`,
      stderr: `${name}.err`,
      marker: `marker-${count}`,
      record: `${name}.end`,
    });
    return { running, out: () => readFileSync(`${name}.out`, 'utf8'), err: () => readFileSync(`${name}.err`, 'utf8') };
  };
  const outcome = async (script: string, env: Record<string, string> = {}, cwd = folder) => {
    const { running, out, err } = start(script, env, cwd);
    const ended = await running.ended;
    assert.ok(ended.kind === 'exited');
    return { code: ended.exitCode, out: out(), err: err() };
  };

  it('runs a text with its own environment, folder and output', async () => {
    mkdirSync(join(folder, 'sub dir'));
    const ended = await outcome(
      'echo "$NAME $FROM_POOL"; pwd; echo no >&2',
      { NAME: `it's "quoted" $HOME` },
      join(folder, 'sub dir'),
    );
    assert.deepEqual(ended, { code: 0, out: `it's "quoted" $HOME yes\n${folder}/sub dir\n`, err: 'no\n' });
  });

  it('takes texts of any length and alphabet, over several lines, as they are', async () => {
    const long = 'ü€😀 \\ back'.repeat(5000);
    const ended = await outcome(`cat <<'END'\n${long}\nEND\nprintf '%s' 'käse\t\\n'`);
    assert.deepEqual(ended, { code: 0, out: `${long}\nkäse\t\\n`, err: '' });
  });

  it('reads characters as the user does, and bytes itself', async () => {
    const script = 'x=äöü; echo "${#x} ${LC_ALL-none}"';
    for (const [locale, out] of [
      [{ LC_ALL: 'C.UTF-8' }, '3 C.UTF-8\n'],
      [{ LC_ALL: 'C' }, '6 C\n'],
      [{ LANG: 'C.UTF-8' }, '3 none\n'],
    ] as const) {
      pool.close();
      pool = new ShellPool(findBash()!, { PATH: process.env.PATH ?? '', ...locale });
      assert.deepEqual(await outcome(script), { code: 0, out, err: '' });
    }
  });

  it('ends with 1 where a log cannot be opened, and goes on with the next', async () => {
    const running = pool.run({
      ...{ script: 'touch ran', env: {}, cwd: folder, marker: 'marker', record: join(folder, 'record') },
      ...{ stdout: join(folder, 'nowhere', 'out'), stderr: join(folder, 'err') },
    });
    assert.deepEqual(await running.ended, { kind: 'exited', exitCode: 1, signal: null });
    assert.equal(existsSync(join(folder, 'ran')), false);
    assert.equal((await outcome('echo next')).out, 'next\n');
  });

  it('lets nothing of one text reach the next', async () => {
    await outcome('X=1; export Y=2; f() { :; }; cd /; shopt -s nullglob; alias ls=false; readonly Z=3; umask 0');
    const ended = await outcome(
      'echo "${X-}${Y-}${Z-}"; type f; pwd; shopt nullglob; umask; echo "$# ${__t-}${__n-}"; true',
    );
    assert.equal(ended.code, 1); // `type` fails, and a text ends at its first failure
    const own = '${__t-}${__n-}${__e-}${__r-}${__w-}${__x-}';
    const rest = await outcome(`pwd; echo "$#\${X-}\${Y-}\${Z-}${own}"; shopt nullglob || true`);
    assert.match(rest.out, new RegExp(`^${folder}\n0\nnullglob\\s+off\n$`));
  });

  for (const [what, script, code] of [
    ['exit', 'exit 7; echo never', 7],
    ['a failing command', 'false; echo never', 1],
    ['a syntax error', 'if true; echo never', 2],
    ['a command that is not there', 'no-such-command-here', 127],
    ['a break out of no loop', 'break; exit 4', 4],
    ['reading standard input, which is empty', 'read -r line || exit 5', 5],
  ] as const) {
    it(`ends with ${code} at ${what}, and goes on with the next`, async () => {
      assert.equal((await outcome(script)).code, code);
      assert.deepEqual(await outcome('echo next'), { code: 0, out: 'next\n', err: '' });
    });
  }

  it('tells a text that a signal ended', async () => {
    const { running } = start('sleep 60');
    const pid = await running.pid;
    assert.ok(pid !== undefined);
    process.kill(-pid, 'SIGTERM');
    const ended = await running.ended;
    assert.equal(ended.kind === 'exited' ? ended.signal : '', 'SIGTERM');
  });

  it('tells a text that an interrupt ended, and goes on with the next', async () => {
    const ended = await start('kill -INT $BASHPID; sleep 30').running.ended;
    assert.equal(ended.kind === 'exited' ? ended.signal : '', 'SIGINT');
    assert.equal((await outcome('echo next')).out, 'next\n');
  });

  it('does not take a text that was stopped for one that ended', async () => {
    const { running, out } = start('sleep 0.05; echo done');
    const pid = await running.pid;
    assert.ok(pid !== undefined);
    process.kill(-pid, 'SIGSTOP');
    let over = false;
    void running.ended.then(() => (over = true));
    await outcome('sleep 0.2'); // on another shell, longer than the first would have taken
    assert.equal(over, false);
    process.kill(-pid, 'SIGCONT');
    const ended = await running.ended;
    assert.deepEqual(ended, { kind: 'exited', exitCode: 0, signal: null });
    assert.equal(out(), 'done\n');
  });

  for (const code of [0, 7, 147]) {
    it(`tells how a text ended that was stopped, twice, and goes on a while: ${code}`, async () => {
      const go = join(folder, 'go');
      const { running } = start(`until test -e ${go}; do sleep 0.02; done; exit ${code}`);
      const pid = await running.pid;
      assert.ok(pid !== undefined);
      for (let time = 0; time < 2; time++) {
        process.kill(-pid, 'SIGSTOP');
        await outcome('sleep 0.2'); // on another shell: the first one notices the stop
        process.kill(-pid, 'SIGCONT');
        await outcome('sleep 0.2');
      }
      writeFileSync(go, '');
      assert.deepEqual(await running.ended, { kind: 'exited', exitCode: code, signal: null });
      rmSync(go);
      assert.equal((await outcome('exit 147')).code, 147, 'what was not stopped keeps its code');
    });
  }

  it('leaves word of the end where nobody is left to tell, whatever the file is called', async () => {
    const odd = join(folder, "it's; a\nnewline");
    mkdirSync(odd);
    const request = {
      ...{ script: 'until test -e go; do sleep 0.02; done; exit 9', env: {}, cwd: odd, marker: 'marker' },
      ...{ stdout: join(odd, 'out'), stderr: join(odd, 'err'), record: join(odd, 'end') },
    };
    const code = `import { findBash, ShellPool } from ${JSON.stringify(join(import.meta.dirname, '../../src/platform/shell-pool.ts'))};
      await new ShellPool(findBash(), process.env).run(${JSON.stringify(request)}).pid;
      process.kill(process.pid, 'SIGKILL');`;
    const starter = join(folder, 'starter.mts');
    writeFileSync(starter, code);
    const { signal } = spawnSync(process.execPath, ['--import', 'tsx', starter]);
    assert.equal(signal, 'SIGKILL');
    writeFileSync(join(odd, 'go'), '');
    await until(() => existsSync(request.record) && readFileSync(request.record, 'utf8') === '9\n', 'the end is told');
  });

  it('runs texts side by side, each in a process group of its own', async () => {
    const some = Array.from({ length: 5 }, () => start('sleep 30'));
    const pids = await Promise.all(some.map(({ running }) => running.pid));
    assert.equal(new Set(pids).size, 5);
    for (const { running } of some) assert.ok(membersOf(running.tree).length > 0);
    for (const pid of pids) process.kill(-(pid ?? 0), 'SIGKILL');
    await Promise.all(some.map(({ running }) => running.ended));
    for (const { running } of some) assert.deepEqual(membersOf(running.tree), []);
  });
});
