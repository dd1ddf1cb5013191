/**
 * Runs of real processes, struck in every way that a user's machine knows: the supervisor, a task or whoever watches killed or stopped,
 * the disk full, the control socket gone, cancelled. Each is resumed until it has succeeded and then judged by what really happened
 * (`processes/judge.ts`). `CODE_FAULT_PROCESSES=500` plays more, `CODE_FAULT_PROCESS_SEED=17` one. See docs/durability.md.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { copyEngine } from '../../../scripts/soak/engine-copy.ts';
import { host } from '../../../src/platform/host.ts';
import { drama, type Outcome } from './processes/drama.ts';
import { mountSmall, unmount } from './processes/strike.ts';

const RUNS = Number(process.env['CODE_FAULT_PROCESSES'] ?? 50);
const ONE = process.env['CODE_FAULT_PROCESS_SEED'];
const LANES = 3;

describe('runs of real processes under faults', function () {
  this.timeout(3_600_000);
  let folder: string;
  before(function () {
    if (host().os !== 'linux') this.skip();
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'code-strikes-')));
  });
  after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

  it('lose nothing and do nothing twice, and leave nothing behind', async () => {
    const cli = copyEngine(resolve('dist/cli.js'), join(folder, 'engine'));
    const mayMount = tryMount(join(folder, 'try'));
    const seeds = ONE === undefined ? Array.from({ length: RUNS }, (_, i) => i + 1) : [Number(ONE)];
    const outcomes: Outcome[] = [];
    const lane = async (): Promise<void> => {
      for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
        const place = join(folder, `run-${seed}`);
        outcomes.push(await drama(seed, { folder: place, cli, mayMount }));
        rmSync(place, { recursive: true, force: true, maxRetries: 5 });
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    console.log(
      `      ${figures(outcomes)}${mayMount ? '' : '; the disk was never full: nothing may be mounted here'}`,
    );
    const violated = outcomes.filter(({ violations }) => violations.length > 0);
    const told = violated.map(
      ({ seed, violations, strikes }) =>
        `CODE_FAULT_PROCESS_SEED=${seed} (${strikes.join(', ')})\n  ${violations.join('\n  ')}`,
    );
    assert.equal(violated.length, 0, told.join('\n'));
  });
});

function tryMount(place: string): boolean {
  mkdirSync(place);
  const may = mountSmall(place, 64);
  if (may) unmount(place);
  return may;
}

function figures(outcomes: readonly Outcome[]): string {
  const sum = (of: (one: Outcome) => number): number => outcomes.reduce((total, one) => total + of(one), 0);
  const kinds = new Map<string, number>();
  for (const { strikes } of outcomes) for (const one of strikes) kinds.set(one, (kinds.get(one) ?? 0) + 1);
  const struck = [...kinds].map(([name, n]) => `${n} ${name}`).join(', ');
  return (
    `${outcomes.length} runs, ${sum(({ supervisors }) => supervisors)} supervisors, ${sum(({ processes }) => processes)} attempts, ` +
    `${sum(({ strikes }) => strikes.length)} strikes (${struck}), ${outcomes.filter(({ violations }) => violations.length > 0).length} violated`
  );
}
