/**
 * Thousands of random workflows on an invented machine that fails in every way, each resumed until it ends, each judged from outside
 * (`oracle.ts`). `CODE_FAULT_RUNS=20000` plays more; `CODE_FAULT_SEED=17` plays one, makes it smaller if it fails, and with
 * `CODE_FAULT_TRACE=1` shows every event. See docs/durability.md.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleHarness, playSeeds, type Sabotage, type Sum } from './bundle.ts';

const RUNS = Number(process.env['CODE_FAULT_RUNS'] ?? 3000);
const ONE = process.env['CODE_FAULT_SEED'];
const WORKERS = 2;

const DEFECTS: readonly (Sabotage & { readonly defect: string; readonly shows: RegExp })[] = [
  {
    defect: 'a task starts before its admission is on the disk',
    file: 'admission.ts',
    of: 'for (const task of tasks) await this.#state.get(task);',
    instead: 'for (const task of tasks) void Promise.resolve(this.#state.get(task)).catch(() => undefined);',
    shows: /before the disk knew/,
  },
  {
    defect: 'a resume forgets what had succeeded',
    file: 'resume.ts',
    of: "outcome === 'succeeded' || outcome === 'cached'",
    instead: "outcome === 'cached'",
    shows: /had succeeded and is reset|although its success was durable/,
  },
  {
    defect: 'a stage begins before the one before it has ended',
    file: 'board.ts',
    of: '&& this.#barrier < stage) return;',
    instead: '&& this.#barrier < stage - 1) return;',
    shows: /before \S+ had ended/,
  },
  {
    defect: 'a lock is taken while somebody holds it',
    file: 'locks.ts',
    of: 'look.mine && look.living.length === 0',
    instead: 'look.mine',
    shows: /which holds/,
  },
  {
    defect: 'processes of a dead supervisor are left alone',
    file: 'resume.ts',
    of: 'machine.endTree(tree, { graceMs })',
    instead: 'Promise.resolve<number[]>((tree, graceMs, []))',
    shows: /beside its attempt/,
  },
  {
    defect: 'watchers are shown what is not on the disk',
    file: 'journal.ts',
    of: 'this.#options.onDurable?.(upTo);',
    instead: 'this.#options.onDurable?.(this.#length + 1);',
    shows: /bytes were shown while/,
  },
];

describe('the engine under faults', function () {
  this.timeout(3_600_000);
  let folder: string;
  before(() => {
    // In memory where that can be: what is synced is the harness's to say.
    folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'code-faults-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  const place = (name: string): string => {
    const made = join(folder, name);
    mkdirSync(made, { recursive: true });
    return made;
  };

  it('loses nothing and does nothing twice, whatever fails and whenever', async () => {
    const program = await bundleHarness(join(folder, 'harness.mjs'));
    const share = Math.ceil(RUNS / WORKERS);
    const parts =
      ONE === undefined
        ? Array.from({ length: WORKERS }, (_, i) => playSeeds(program, place(`w${i}`), 1 + i * share, share))
        : [playSeeds(program, place('one'), Number(ONE), 1, true)];
    const results = await Promise.all(parts);
    const sum: Sum = { seeds: 0, lives: 0, faults: 0, processes: 0, events: 0, violated: 0 };
    for (const { sum: part } of results) for (const name of Object.keys(sum) as (keyof Sum)[]) sum[name] += part[name];
    console.log(
      `      ${sum.seeds} runs, ${sum.lives} supervisors, ${sum.faults} faults, ${sum.processes} processes, ` +
        `${sum.events} events in journals, ${sum.violated} violated`,
    );
    const found = results.flatMap((result) => result.found);
    const told = found.slice(0, 5).map(({ seed, violations, smaller }) => {
      const less = smaller === undefined ? '' : `\n${JSON.stringify(smaller, undefined, 1)}`;
      return `CODE_FAULT_SEED=${seed} node scripts/test.mjs faults.test\n  ${violations.join('\n  ')}${less}`;
    });
    assert.equal(found.length, 0, `${found.length} seeds are violated. Repeat one:\n${told.join('\n')}`);
  });

  for (const { defect, shows, ...sabotage } of DEFECTS) {
    it(`notices when ${defect}`, async () => {
      const program = await bundleHarness(join(folder, `sabotaged-${sabotage.file}.mjs`), sabotage);
      const { found } = await playSeeds(program, place('sabotaged'), 1, 60);
      const violations = found.flatMap((one) => one.violations);
      assert(
        violations.some((one) => shows.test(one)),
        `60 seeds did not show it; they showed ${violations.slice(0, 3).join('; ') || 'nothing'}`,
      );
    });
  }
});
