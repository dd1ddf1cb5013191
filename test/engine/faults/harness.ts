/**
 * The harness's own process: `harness SEED COUNT FOLDER` plays so many seeds and prints one JSON line for each that is violated and one
 * for the sum. It is bundled by `bundle.ts`, so that nothing in it waits for anything real.
 */
import { mkdirSync, rmSync } from 'node:fs';
import * as z from 'zod';
import { ok } from '../../../src/core/result.ts';
import { defineTask, type AnyTaskType } from '../../../src/core/task-type.ts';
import { approval } from '../../../src/tasks/approval.ts';
import { runtimeOf } from './life.ts';
import { play, scratch } from './play.ts';
import { scenarioOf } from './scenario.ts';
import { shrink } from './shrink.ts';
import { WORK } from './world.ts';

const common = {
  category: 'glue',
  systems: [],
  summary: 'A task of the harness.',
  licence: 'Apache-2.0',
  class: 'io',
  parameters: z.record(z.string(), z.string()),
  outputs: z.strictObject({ token: z.string() }),
  examples: [],
} as const;

const command = defineTask({
  ...common,
  type: 'command',
  execution: { kind: 'command', command: (p) => ({ kind: 'argv', program: WORK, args: [JSON.stringify(p)] }) },
});

/** What it does is the world's: its code never runs. */
const hosted = defineTask({
  ...common,
  type: 'hosted',
  execution: { kind: 'steps', run: () => Promise.resolve(ok({ token: '' })) },
  probe: () => Promise.resolve('unknown'),
  rollback: () => Promise.resolve(ok(undefined)),
});

const tasks = runtimeOf({ command, hosted, asking: approval } as unknown as Record<
  'command' | 'hosted' | 'asking',
  AnyTaskType
>);
const [from = '1', count = '1', folder = '/tmp', wantsShrink = ''] = process.argv.slice(2);
const sum = { seeds: 0, lives: 0, faults: 0, processes: 0, events: 0, violated: 0 };

for (let seed = Number(from); seed < Number(from) + Number(count); seed++) {
  const scenario = scenarioOf(seed);
  const verdict = await once(scenario);
  sum.seeds++;
  sum.lives += verdict.lives;
  sum.faults += verdict.faults;
  sum.processes += verdict.processes;
  sum.events += verdict.events;
  if (verdict.violations.length === 0) continue;
  sum.violated++;
  const smaller =
    wantsShrink === '' ? undefined : await shrink(scenario, async (less) => (await once(less)).violations);
  process.stdout.write(`${JSON.stringify({ seed, violations: verdict.violations.slice(0, 5), smaller })}\n`);
}
process.stdout.write(`${JSON.stringify({ sum })}\n`);

function once(scenario: ReturnType<typeof scenarioOf>): ReturnType<typeof play> {
  const place = scratch(folder, scenario.seed);
  rmSync(place, { recursive: true, force: true });
  rmSync(`${process.env['CODE_ENGINE_HOME'] ?? folder}/state/locks`, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  return play(scenario, place, tasks);
}
