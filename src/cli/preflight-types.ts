/**
 * Before a run starts anything: what the task types themselves can tell beforehand (is there a cluster, a login?). Only tasks that
 * nothing goes before are asked, since what comes earlier may be the very thing that makes the cluster; and only where everything
 * that they are given is written out.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Catalogue } from '../core/catalogue.ts';
import type { Failure } from '../core/failure.ts';
import { canonical, parseJson } from '../core/json.ts';
import { hasExpression } from '../core/template.ts';
import type { TaskFailure } from '../core/task-type.ts';
import type { EngineCommand } from '../engine/client.ts';
import { isReply, type HostReply, type HostRequest } from '../engine/host-protocol.ts';
import type { Plan, PlannedTask } from '../graph/plan.ts';
import { exitOf } from './command.ts';
import { EXIT, type Io } from './io.ts';

/** A check that takes longer says nothing: the task itself will. */
const LONGEST_MS = 15_000;

export interface Objection {
  readonly tasks: readonly string[];
  readonly failure: TaskFailure;
}

/** What the types object to; empty where the run may start. */
export async function objections(
  plan: Plan,
  catalogue: Catalogue,
  engine: EngineCommand,
  env: Io['env'],
): Promise<Objection[]> {
  const groups = new Map<string, PlannedTask[]>();
  for (const task of plan.tasks) {
    if (!isFirst(plan, task) || catalogue.find(task.type)?.execution !== 'steps') continue;
    if (hasExpression(canonical([task.with, task.env, task.cwd]))) continue;
    const key = canonical([task.type, task.with, task.env, task.cwd]);
    groups.set(key, [...(groups.get(key) ?? []), task]);
  }
  if (groups.size === 0) return [];
  const stateDir = await mkdtemp(path.join(tmpdir(), 'code-preflight-'));
  try {
    const asked = [...groups.values()].map(async (tasks): Promise<Objection[]> => {
      const [task] = tasks;
      const reply = task === undefined ? undefined : await ask(requestFor(plan, task, stateDir, env), engine);
      return reply?.kind === 'failed' ? [{ tasks: tasks.map(({ id }) => id), failure: reply.failure }] : [];
    });
    return (await Promise.all(asked)).flat();
  } finally {
    await rm(stateDir, { recursive: true, force: true });
  }
}

/** Nothing of the run happens before it. */
const isFirst = (plan: Plan, task: PlannedTask): boolean =>
  task.when === undefined && task.needs.length === 0 && task.stage === plan.tasks[0]?.stage && task.stage >= 0;

function requestFor(plan: Plan, task: PlannedTask, stateDir: string, env: Io['env']): HostRequest {
  const own = [...Object.entries(env), ...Object.entries(plan.env), ...Object.entries(task.env)];
  const variables = own.filter((pair): pair is [string, string] => pair[1] !== undefined && !hasExpression(pair[1]));
  const context = {
    workflow: plan.workflow,
    task: task.id,
    runId: 'preflight',
    attempt: 0,
    root: plan.root,
    cwd: path.resolve(plan.root, task.cwd ?? '.'),
    stateDir: path.join(stateDir, task.type),
    env: Object.fromEntries(variables),
  };
  return { action: 'preflight', type: task.type, parameters: task.with, outputs: {}, context };
}

/** Asks in a process of its own, so that no tool's library is loaded here. @returns nothing where it gave no answer in time */
function ask(request: HostRequest, engine: EngineCommand): Promise<HostReply | undefined> {
  return new Promise((resolve) => {
    const child = spawn(engine.program, [...engine.args, '__task-host'], {
      cwd: request.context.root,
      env: { ...request.context.env, ...engine.env },
      stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
      timeout: LONGEST_MS,
      killSignal: 'SIGKILL',
      windowsHide: true,
    });
    let text = '';
    const channel = child.stdio[3];
    if (channel !== null && channel !== undefined && 'setEncoding' in channel) {
      channel.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    }
    child.once('error', () => resolve(undefined));
    child.once('close', () => {
      const replies = text.split('\n').map(parseJson).filter(isReply);
      resolve(replies.at(-1));
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(JSON.stringify(request));
  });
}

/** Says what stands in the way. @returns the exit code */
export function reportObjections(found: readonly Objection[], io: Io): number {
  io.err.write('code-engine: something that the first tasks need is not there; nothing was run.\n');
  for (const { tasks, failure } of found) {
    io.err.write(`  ${tasks.join(', ')}: ${failure.message}\n`);
    if (failure.next !== undefined) io.err.write(`    ${failure.next}\n`);
  }
  return Math.max(...found.map(({ failure }) => codeOf(failure)));
}

/** What cannot be reached or is not permitted is missing, as far as a run is concerned. */
function codeOf(failed: Failure): number {
  const code = exitOf(failed);
  return code === EXIT.usage ? code : EXIT.missing;
}
