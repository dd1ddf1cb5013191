/** Finds what a plan's tasks ask for: the manifests that they apply, the charts that they install (rendered where Helm is here), Compose files. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { definedOnly } from '../core/env.ts';
import { failureFrom, FailureError, must } from '../core/failure.ts';
import { isObject } from '../core/json.ts';
import { hasExpression } from '../core/template.ts';
import type { ExecResult, StepContext } from '../core/task-type.ts';
import { asksOf } from '../costs/asks.ts';
import { asksOfCompose } from '../costs/compose.ts';
import { costsOf, type CostSource } from '../costs/costs.ts';
import { DEFAULT_PRICES, pricesFrom, type Prices } from '../costs/prices.ts';
import type { Plan, PlannedTask } from '../graph/plan.ts';
import { which } from '../platform/tools.ts';
import type { Costs } from '../run/costs.ts';
import { chartArgs, openHelm, removeSetFile } from '../tasks/shared/helm/client.ts';
import { helmParameters } from '../tasks/shared/helm/parameters.ts';
import { readSet } from '../tasks/shared/kubernetes/manifests.ts';
import { kubernetesParameters } from '../tasks/shared/kubernetes/parameters.ts';
import type { Io } from './io.ts';

const MOST_BYTES = 64 * 1_048_576;
/** Actions of the types `kubernetes` and `helm` after which nothing new stands. */
const DEPLOYS_NOTHING: ReadonlySet<unknown> = new Set(['delete', 'uninstall', 'lint', 'test', 'rollback']);
const COMPOSE = ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml'];

export interface CostRequest {
  readonly plan: Plan;
  readonly workspace: string;
  /** A price table instead of `.code/prices.yaml`; absolute. */
  readonly prices?: string;
  readonly env: Io['env'];
}

/** @returns `undefined` where nothing asks for anything that has a price */
export async function planCosts(request: CostRequest): Promise<Costs | undefined> {
  const { plan } = request;
  const prices = pricesOf(request);
  const notes: string[] = [];
  const sources: CostSource[] = [];
  for (const task of plan.tasks.filter(({ stage }) => stage >= 0)) {
    const found = await sourceOf(task, request, prices, notes);
    if (found !== undefined && found.asks.length > 0) sources.push(found);
  }
  // A Compose file is mostly for a developer's machine: it counts where it is what the workflow starts, or nothing else is.
  const composed = plan.tasks.some((task) => /\bcompose\b/.test(JSON.stringify(task.with)));
  if (composed || sources.length === 0) sources.push(...composeSources(plan.root));
  if (plan.tasks.some(({ type }) => type === 'opentofu' || type === 'pulumi'))
    notes.push('not counted: what OpenTofu or Pulumi provision, since only their providers know its prices');
  return sources.length === 0 ? undefined : costsOf(sources, prices, notes);
}

function pricesOf({ workspace, prices }: CostRequest): Prices {
  const file = prices ?? path.join(workspace, '.code', 'prices.yaml');
  if (prices === undefined && !existsSync(file)) return DEFAULT_PRICES;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new FailureError({ ...failureFrom(error, `read the prices in ${file}`), kind: 'usage' });
  }
  return must(pricesFrom(text, path.relative(workspace, file)));
}

async function sourceOf(
  task: PlannedTask,
  request: CostRequest,
  prices: Prices,
  notes: string[],
): Promise<CostSource | undefined> {
  if (task.type !== 'kubernetes' && task.type !== 'helm') return undefined;
  if (DEPLOYS_NOTHING.has(task.with.action)) return undefined;
  const context = contextOf(task, request);
  try {
    const read = task.type === 'kubernetes' ? await manifestsOf(task, context) : await chartOf(task, context);
    if ('why' in read) {
      notes.push(`not counted: ${task.id}, ${read.why}`);
      return undefined;
    }
    return {
      source: task.id,
      from: task.type === 'kubernetes' ? 'manifests' : 'chart',
      asks: asksOf(read.objects, prices.nodes),
    };
  } finally {
    rmSync(context.stateDir, { recursive: true, force: true });
  }
}

type Objects = { readonly objects: readonly Record<string, unknown>[] } | { readonly why: string };

async function manifestsOf(task: PlannedTask, context: StepContext): Promise<Objects> {
  const parameters = kubernetesParameters.safeParse(task.with);
  if (!parameters.success || hasExpression(JSON.stringify(task.with.manifests ?? '')))
    return { why: 'whose manifests are known only when it runs' };
  // Values come later, and a quantity that depends on one is none that can be priced.
  const read = await readSet({ manifests: parameters.data.manifests }, context);
  if (!read.ok) return { why: read.failure.message };
  return { objects: read.value.manifests.map(({ object }) => object) };
}

async function chartOf(task: PlannedTask, context: StepContext): Promise<Objects> {
  const parameters = helmParameters.safeParse(task.with);
  if (!parameters.success) return { why: 'whose values are known only when it runs' };
  const helm = await openHelm(parameters.data, context);
  if (!helm.ok) return { why: 'since Helm is not here to render its chart' };
  const chart = await chartArgs(parameters.data, context);
  if (!chart.ok) return { why: chart.failure.message };
  const rendered = await helm.value.run(['template', helm.value.release, ...chart.value], { capture: true });
  await removeSetFile(context);
  if (rendered.exitCode !== 0)
    return { why: `whose chart does not render: ${rendered.stderr.trim().split('\n').at(-1) ?? ''}` };
  const documents = parseAllDocuments(rendered.stdout);
  return {
    objects: ('empty' in documents ? [] : documents)
      .map((one) => one.toJS({ maxAliasCount: 100 }) as unknown)
      .filter(isObject),
  };
}

function composeSources(root: string): CostSource[] {
  const name = COMPOSE.find((one) => existsSync(path.join(root, one)));
  if (name === undefined) return [];
  try {
    const asks = asksOfCompose(parse(readFileSync(path.join(root, name), 'utf8'), { maxAliasCount: 100 }));
    return asks.length === 0 ? [] : [{ source: name, from: 'compose', asks }];
  } catch {
    return []; // no Compose file after all
  }
}

/** What reading manifests and rendering charts needs of a run: a folder, and programs that print. */
function contextOf(task: PlannedTask, { plan, env }: CostRequest): StepContext {
  const own = definedOnly(env);
  const cwd = path.resolve(plan.root, task.cwd ?? '.');
  return {
    workflow: plan.workflow,
    task: task.id,
    runId: '',
    attempt: 1,
    root: plan.root,
    cwd,
    env: own,
    stateDir: mkdtempSync(path.join(tmpdir(), 'code-costs-')),
    signal: AbortSignal.timeout(60_000),
    log: () => undefined,
    runLogs: async function* () {
      // there is no run
    },
    warn: () => undefined,
    which: async (...programs) => {
      for (const program of programs) {
        const found = await which(program, env);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    exec: (command) =>
      command.kind === 'argv'
        ? printed(command.program, command.args, cwd, { ...own, ...command.env })
        : Promise.resolve({ exitCode: 127, signal: null, stdout: '', stderr: 'no shell here' }),
  };
}

const printed = (
  program: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string>,
): Promise<ExecResult> =>
  new Promise((resolve) => {
    execFile(program, [...args], { cwd, env, maxBuffer: MOST_BYTES, timeout: 60_000 }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : 127;
      resolve({ exitCode, signal: null, stdout, stderr: stderr === '' && error !== null ? error.message : stderr });
    });
  });
