/** Plans for tests of the engine: made by hand for the scheduler, from YAML for whole runs. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Json } from '../../src/core/json.ts';
import { launchRun, type RunHandle, type RunOptions } from '../../src/engine/client.ts';
import { makePlan } from '../../src/graph/lower.ts';
import type { Plan, PlannedTask } from '../../src/graph/plan.ts';
import { readWorkflow } from '../../src/language/read.ts';
import { workspaceFiles } from '../../src/platform/workspace-files.ts';
import type { EventBody, RunEvent } from '../../src/run/events.ts';
import { catalogue } from '../../src/tasks/catalogue.ts';

export function taskOf(id: string, more: Partial<PlannedTask> = {}): PlannedTask {
  return {
    id,
    name: id,
    stage: 0,
    type: 'shell',
    needs: [],
    ignoresBarrier: false,
    with: { run: 'true' },
    env: {},
    retry: { attempts: 1, delayMs: 0, backoff: 1, maxDelayMs: 0 },
    allowFailure: false,
    class: 'io',
    locks: [],
    outputs: {},
    line: 0,
    hash: id,
    ...more,
  };
}

export function planOf(tasks: readonly PlannedTask[], more: Partial<Plan> = {}): Plan {
  return {
    v: 1,
    hash: 'plan',
    workflow: 'test',
    file: '/w/test.code.yaml',
    root: '/w',
    schedule: 'stages',
    limits: { io: 10, cpu: 4 },
    inputs: {},
    inputDefinitions: {},
    env: {},
    secrets: [],
    stages: ['one'],
    tasks,
    ...more,
  };
}

/** The built command line: what supervisors and task hosts are started from. */
export const CLI = resolve('dist/cli.js');
export const ENGINE = { program: process.execPath, args: [CLI], env: {} };

const made: string[] = [];

/** A fresh folder, gone after the tests of the file (`cleanUp` in an `after`). */
export function workspace(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'code-run-')));
  made.push(folder);
  return folder;
}

export function cleanUp(): void {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** @throws when the workflow is not valid: the test is wrong then */
export async function planFrom(root: string, yaml: string, inputs: Record<string, Json> = {}): Promise<Plan> {
  const file = join(root, 'test.code.yaml');
  mkdirSync(root, { recursive: true });
  writeFileSync(file, yaml);
  const files = workspaceFiles(root);
  const { workflow, diagnostics } = await readWorkflow(yaml, { path: file, catalogue, files, root });
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (workflow === undefined || errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
  const plan = makePlan(workflow, { catalogue, files, file, root, inputs });
  if (!plan.ok) throw new Error(plan.failure.map(({ message }) => message).join('\n'));
  return plan.value;
}

export interface Launched {
  readonly root: string;
  readonly handle: RunHandle;
}

/** Starts a real supervisor on a workflow. */
export async function launch(
  yaml: string,
  options: Partial<RunOptions> = {},
  env: Record<string, string> = {},
  root = workspace(),
): Promise<Launched> {
  const plan = await planFrom(root, yaml);
  const launched = await launchRun({
    plan,
    workspace: root,
    options: { graceMs: 1000, ...options },
    env: { ...process.env, ...env },
    engine: ENGINE,
  });
  if (!launched.ok) throw new Error(launched.failure.message);
  return { root, handle: launched.value };
}

/** All events to the end. */
export async function eventsOf(handle: RunHandle): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const batch of handle.batches()) events.push(...batch);
  handle.detach();
  return events;
}

export async function runToEnd(
  yaml: string,
  options: Partial<RunOptions> = {},
  env: Record<string, string> = {},
): Promise<{ root: string; events: RunEvent[] }> {
  const { root, handle } = await launch(yaml, options, env);
  return { root, events: await eventsOf(handle) };
}

export const eventOf = <T extends EventBody['type']>(
  events: readonly RunEvent[],
  type: T,
  task?: string,
): Extract<RunEvent, { type: T }> => {
  const found = events.filter(
    (event) => event.type === type && (task === undefined || ('task' in event && event.task === task)),
  );
  if (found.length !== 1)
    throw new Error(`${found.length} events ${type} ${task ?? ''}: ${JSON.stringify(events.slice(-5))}`);
  return found[0] as Extract<RunEvent, { type: T }>;
};

/** Waits until `condition` holds. @throws after `ms`, so that a test fails with its reason instead of hanging */
export async function until(condition: () => boolean, what: string, ms = 15_000): Promise<void> {
  const deadline = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await new Promise((done) => setTimeout(done, 10));
  }
}

/** The first event that fits. */
export async function seen(handle: RunHandle, fits: (event: RunEvent) => boolean): Promise<RunEvent> {
  for await (const event of handle.events()) if (fits(event)) return event;
  throw new Error('the run ended before');
}
