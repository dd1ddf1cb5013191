import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { membersOf } from '../../src/platform/processes.ts';
import { layoutOf } from '../../src/engine/place.ts';
import { cleanUp, eventOf, eventsOf, launch, seen, until } from './plans.ts';

const FREEZER = '/sys/fs/cgroup/freezer';

/**
 * Processes that not even SIGKILL ends until they are let go: members of a frozen group of the old freezer are in state D, like one
 * that waits for a disk that hangs.
 */
class Frozen implements Disposable {
  readonly #folder = join(FREEZER, `code-test-${process.pid}-${Date.now()}`);

  static get possible(): boolean {
    return process.getuid?.() === 0 && existsSync(join(FREEZER, 'cgroup.procs'));
  }

  constructor(pids: readonly number[]) {
    mkdirSync(this.#folder);
    for (const pid of pids) writeFileSync(join(this.#folder, 'cgroup.procs'), String(pid));
    writeFileSync(join(this.#folder, 'freezer.state'), 'FROZEN');
  }

  get done(): boolean {
    return readFileSync(join(this.#folder, 'freezer.state'), 'utf8').trim() === 'FROZEN';
  }

  letGo(): void {
    writeFileSync(join(this.#folder, 'freezer.state'), 'THAWED');
  }

  [Symbol.dispose](): void {
    this.letGo();
    for (let tries = 0; tries < 1000 && existsSync(this.#folder); tries++) {
      try {
        rmdirSync(this.#folder);
      } catch {
        // its members have not gone yet
      }
    }
  }
}

const yaml = (more: string): string => `parallel_deployment:
  a:
    - { task: stuck, type: shell, retry: { attempts: 3, delay: 0s }, ${more} with: { run: "echo begun; sleep 600" } }
finally:
  - { task: tidy, type: shell, with: { run: "echo tidy >> trace" } }
`;

describe('a process that waits inside the kernel', function () {
  this.timeout(60_000);
  before(function () {
    if (Frozen.possible) return;
    console.log('      skipped: needs root and the freezer of cgroup v1');
    this.skip();
  });
  after(cleanUp);

  for (const { how, more } of [
    { how: 'by its timeout', more: 'timeout: 1s,' },
    { how: 'by a cancel', more: '' },
  ]) {
    it(`is named when it cannot be ended ${how}, and the run goes on and ends without it`, async () => {
      const { root, handle } = await launch(yaml(more), { graceMs: 200 });
      await seen(handle, (event) => event.type === 'task.process' && event.task === 'stuck');
      const tree = { marker: `${handle.runId}/stuck/1` };
      await until(() => membersOf(tree).length >= 1, 'its processes are there');
      const pids = membersOf(tree).map(({ pid }) => pid);
      using frozen = new Frozen(pids);
      await until(() => frozen.done, 'they are frozen');
      if (more === '') await handle.cancel(false);
      const events = await eventsOf(handle);
      const finished = eventOf(events, 'task.finished', 'stuck');
      assert.equal(finished.status, more === '' ? 'cancelled' : 'timed_out');
      assert.equal(finished.attempt, 1, 'no second one beside it');
      assert.match(finished.reason ?? '', /even by force it could not be ended: process(es)? \d+/);
      for (const pid of pids) assert(finished.reason?.includes(String(pid)) === true, finished.reason);
      assert.match(finished.next ?? '', /ps -o pid,stat/);
      assert.equal(eventOf(events, 'task.finished', 'tidy').status, 'succeeded', 'what is to run in the end has run');
      assert.equal(readFileSync(join(root, 'trace'), 'utf8'), 'tidy\n');
      assert.equal(eventOf(events, 'run.finished').status, more === '' ? 'cancelled' : 'failed');
      assert(!existsSync(layoutOf(root, handle.runId).control), 'the supervisor is gone');

      frozen.letGo();
      await until(() => membersOf(tree).length === 0, 'they ended by themselves once they were let go');
    });
  }
});
