import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import * as esbuild from 'esbuild';
import { acquireLocks, type LockPlace, type LockWait } from '../../src/engine/locks.ts';
import { lockFolder } from '../../src/engine/lock-tickets.ts';
import { identityOf, isAlive } from '../../src/platform/processes.ts';

/** A process under test, and the lines that it has said so far. */
class Contender {
  readonly said: string[] = [];
  readonly process: ChildProcess;
  #news: (() => void)[] = [];

  constructor(script: string, directory: string, holder: string, names: readonly string[]) {
    this.process = spawn(process.execPath, [script, directory, holder, ...names], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    createInterface({ input: this.process.stdout! }).on('line', (line) => {
      this.said.push(line);
      for (const wake of this.#news.splice(0)) wake();
    });
  }

  tell(line: string): void {
    this.process.stdin?.write(`${line}\n`);
  }

  /** Resolves when a line that begins so has been said, now or later. */
  async hears(beginning: string): Promise<string> {
    for (;;) {
      const line = this.said.find((each) => each.startsWith(beginning) || each.startsWith('broken'));
      if (line !== undefined) {
        assert.ok(line.startsWith(beginning), line);
        return line;
      }
      await new Promise<void>((resolve) => this.#news.push(resolve));
    }
  }

  async kill(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await ended;
  }
}

describe('named locks', () => {
  let scripts: string;
  let script: string;
  let directory: string;
  let place: LockPlace;
  const started: Contender[] = [];

  before(() => {
    scripts = mkdtempSync(join(tmpdir(), 'code-locks-'));
    script = join(scripts, 'contender.mjs');
    esbuild.buildSync({
      entryPoints: [join(import.meta.dirname, 'fixtures/lock-contender.ts')],
      outfile: script,
      bundle: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'error',
    });
  });

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'code-locks-'));
    place = { directory, self: identityOf(process.pid)!, isAlive, pollMs: 200 };
  });

  afterEach(async () => {
    await Promise.all(started.splice(0).map((contender) => contender.kill()));
    rmSync(directory, { recursive: true, force: true });
  });

  after(() => {
    rmSync(scripts, { recursive: true, force: true });
  });

  const start = (holder: string, ...names: string[]): Contender => {
    const contender = new Contender(script, directory, holder, names);
    started.push(contender);
    return contender;
  };

  const tickets = (name: string): string[] => readdirSync(lockFolder(directory, name));

  it('are taken at once where nobody holds them, and leave nothing behind when freed', async () => {
    const taken = await acquireLocks(place, { names: ['a', 'b', 'a'], holder: 'me' });
    assert.ok(taken.ok);
    assert.equal(taken.value.names.length, 2);
    taken.value.release();
    taken.value.release();
    assert.deepEqual([...tickets('a'), ...tickets('b')], []);
  });

  it('go to the next in line when the holder is killed, and the queue moves up', async () => {
    const holder = start('run 1', 'db');
    holder.tell('take');
    await holder.hears('held');
    const second = start('run 2', 'db');
    second.tell('take');
    await second.hears('waiting db 1 run 1');
    const third = start('run 3', 'db');
    third.tell('take');
    await third.hears('waiting db 2 run 1');
    await holder.kill();
    await second.hears('held');
    await third.hears('waiting db 1 run 2');
    assert.ok(!third.said.includes('held'));
    await second.kill();
    await third.hears('held');
  });

  it('are served in the order of arrival', async () => {
    const holder = start('first', 'db');
    holder.tell('take');
    await holder.hears('held');
    const order: number[] = [];
    const waiters: Contender[] = [];
    for (let index = 1; index <= 6; index++) {
      const waiter = start(`waiter ${index}`, 'db');
      waiters.push(waiter);
      waiter.tell('take');
      await waiter.hears(`waiting db ${index} first`);
      void waiter.hears('held').then(() => {
        order.push(index);
        waiter.tell('free');
      });
    }
    holder.tell('free');
    await Promise.all(waiters.map((waiter) => waiter.hears('freed')));
    assert.deepEqual(order, [1, 2, 3, 4, 5, 6]);
    assert.deepEqual(tickets('db'), []);
  });

  it('never have two holders among twenty processes that storm them', async () => {
    const critical = join(directory, 'critical');
    const crowd = Array.from({ length: 20 }, (_, index) => start(`contender ${index}`, 'db'));
    for (const contender of crowd) contender.tell(`storm 8 ${critical}`);
    await Promise.all(crowd.map((contender) => contender.hears('weathered')));
    assert.equal(existsSync(critical), false);
    assert.deepEqual(tickets('db'), []);
  });

  it('do not deadlock processes that name the same locks in opposite orders', async () => {
    const critical = join(directory, 'critical');
    const [one, two] = [start('one', 'a', 'b', 'c'), start('two', 'c', 'b', 'a')];
    for (const contender of [one, two]) contender.tell(`storm 40 ${critical}`);
    await Promise.all([one.hears('weathered'), two.hears('weathered')]);
  });

  it('exclude two tasks of one process as well', async () => {
    const first = await acquireLocks(place, { names: ['db'], holder: 'task one' });
    assert.ok(first.ok);
    const waits: LockWait[] = [];
    const second = acquireLocks(place, { names: ['db'], holder: 'task two', onWaiting: (wait) => waits.push(wait) });
    assert.deepEqual(waits, [{ lock: 'db', position: 1, holder: 'task one' }]);
    first.value.release();
    assert.ok((await second).ok);
  });

  it('give up their place in the queue, and what was already held, when the wait is cancelled', async () => {
    const first = await acquireLocks(place, { names: ['b'], holder: 'task one' });
    assert.ok(first.ok);
    const cancel = new AbortController();
    const second = acquireLocks(place, { names: ['a', 'b'], holder: 'task two', signal: cancel.signal });
    cancel.abort();
    const result = await second;
    assert.equal(result.ok ? '' : result.failure.kind, 'cancelled');
    assert.equal(tickets('b').length, 1);
    if (existsSync(lockFolder(directory, 'a'))) assert.deepEqual(tickets('a'), []);
  });

  it('are not held by what an earlier boot or a torn write left', async () => {
    const folder = lockFolder(directory, 'db');
    mkdirSync(folder, { recursive: true });
    const dead = { ...place.self, bootId: 'an earlier boot' };
    writeFileSync(join(folder, '000000000001-0000000000000001'), JSON.stringify({ identity: dead, holder: 'old' }));
    writeFileSync(join(folder, '000000000002-0000000000000002'), '');
    const taken = await acquireLocks(place, { names: ['db'], holder: 'me' });
    assert.ok(taken.ok);
    assert.equal(tickets('db').length, 1);
  });

  it('fail with a reason where the folder cannot be made', async () => {
    const blocked = join(directory, 'file');
    writeFileSync(blocked, '');
    const taken = await acquireLocks({ ...place, directory: blocked }, { names: ['db'], holder: 'me' });
    assert.equal(taken.ok, false);
  });
});
