/** A workflow made into a plan: types resolved, conventions filled in, matrices expanded, inputs checked; frozen and hashed. */
import type { Catalogue, WorkspaceFiles } from '../core/catalogue.ts';
import type { Diagnostic } from '../core/diagnostic.ts';
import { sha256 } from '../core/hash.ts';
import { canonical, type Json, type JsonObject } from '../core/json.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { RetryPolicy, TaskNode, Workflow } from '../language/workflow.ts';
import { fillConventions } from './conventions.ts';
import { resolveInputs } from './inputs.ts';
import { fault, type Lowered } from './lowered.ts';
import { combinations, instanceId } from './matrix.ts';
import type { Plan, PlannedTask } from './plan.ts';
import { secretsNeeded } from './secrets.ts';

export interface PlanOptions {
  readonly catalogue: Catalogue;
  /** The folder around the workflow; without it conventions that look for files are left to the task. */
  readonly files?: WorkspaceFiles;
  /** Absolute path of the workflow file. */
  readonly file: string;
  /** Absolute path of the folder that relative paths start from. */
  readonly root: string;
  /** Values for inputs, texts or already of their type. */
  readonly inputs?: Readonly<Record<string, Json>>;
  /** For tasks that neither have a timeout nor get one from `defaults`. Default: none. */
  readonly defaultTimeoutMs?: number;
}

const RETRY: RetryPolicy = { attempts: 1, delayMs: 1000, backoff: 2, maxDelayMs: 60_000 };

/** @returns the plan, or why there is none: unknown types, inputs that are missing or do not fit, nothing to work on */
export function makePlan(workflow: Workflow, options: PlanOptions): Result<Plan, Diagnostic[]> {
  const faults: Diagnostic[] = [];
  const inputs = resolveInputs(workflow.inputs, options.inputs ?? {}, faults);
  const lowered = lowerTasks(workflow, options.catalogue, faults);
  const conventions = fillConventions(lowered, workflow, options.files, faults);
  if (faults.some(({ severity }) => severity === 'error')) return err(faults);
  const ids = new Map(lowered.map(({ node }) => [node.name.value, instancesOf(node).map(({ id }) => id)]));
  const tasks = lowered.flatMap((task) =>
    plannedTasks(task, workflow, options, conventions.get(task) ?? task.node.with, ids),
  );
  const body: Omit<Plan, 'hash'> = {
    v: 1,
    workflow: workflow.name,
    ...(workflow.description === undefined ? {} : { description: workflow.description }),
    file: options.file,
    root: options.root,
    schedule: workflow.schedule,
    limits: workflow.limits,
    inputs,
    inputDefinitions: workflow.inputs,
    env: workflow.env,
    secrets: secretsNeeded(workflow.secrets, workflow.env, tasks, inputs),
    stages: workflow.stages.map(({ name }) => name.value),
    tasks,
  };
  return ok(withHash(body));
}

/** Freezes a plan and gives it the hash of all that it says. */
export function withHash(body: Omit<Plan, 'hash'>): Plan {
  return Object.freeze({ ...body, hash: sha256(canonical(body)) });
}

function lowerTasks(workflow: Workflow, catalogue: Catalogue, faults: Diagnostic[]): Lowered[] {
  const placed = [
    ...workflow.stages.flatMap(({ tasks }, stage) => tasks.map((node) => ({ node, stage }))),
    ...workflow.finally.map((node) => ({ node, stage: -1 })),
  ];
  return placed.flatMap(({ node, stage }) => {
    const info = catalogue.find(node.type.value);
    if (info !== undefined) return [{ node, stage, info }];
    faults.push(fault('CODE012', node.type.range, `there is no task type "${node.type.value}"`));
    return [];
  });
}

interface Instance {
  readonly id: string;
  readonly matrix?: Readonly<Record<string, Json>>;
}

function instancesOf(node: TaskNode): Instance[] {
  if (node.matrix === undefined) return [{ id: node.name.value }];
  return combinations(node.matrix).map((matrix) => ({ id: instanceId(node.name.value, matrix), matrix }));
}

function plannedTasks(
  task: Lowered,
  workflow: Workflow,
  options: PlanOptions,
  parameters: JsonObject,
  ids: ReadonlyMap<string, readonly string[]>,
): PlannedTask[] {
  const { node, stage, info } = task;
  const needs = [...new Set(node.dependsOn.flatMap(({ value }) => ids.get(value) ?? []))];
  const timeoutMs = node.timeoutMs ?? workflow.defaults.timeoutMs ?? options.defaultTimeoutMs;
  const logLimit = node.logLimit ?? workflow.defaults.logLimit;
  const onUnknown = node.onUnknown ?? workflow.defaults.onUnknown;
  const onAlive = node.onAlive ?? workflow.defaults.onAlive;
  const shared = {
    name: node.name.value,
    stage,
    type: info.type,
    ...(node.description === undefined ? {} : { description: node.description }),
    needs,
    ignoresBarrier: workflow.schedule === 'graph' && stage >= 0 && node.dependsOn.length > 0,
    with: parameters,
    env: node.env,
    ...(node.cwd === undefined ? {} : { cwd: node.cwd }),
    ...(node.when === undefined ? {} : { when: node.when }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    retry: node.retry ?? workflow.defaults.retry ?? RETRY,
    ...(logLimit === undefined ? {} : { logLimit }),
    ...(onUnknown === undefined ? {} : { onUnknown }),
    ...(onAlive === undefined ? {} : { onAlive }),
    allowFailure: node.allowFailure,
    class: node.resources.class ?? info.class,
    locks: node.resources.locks,
    ...(node.cache === undefined ? {} : { cache: node.cache }),
    outputs: node.outputs,
    ...(node.approval === undefined ? {} : { approval: node.approval }),
    ...(node.rollback === undefined ? {} : { rollback: node.rollback }),
    line: node.range.start.line,
  };
  return instancesOf(node).map(({ id, matrix }) => ({
    id,
    ...shared,
    ...(matrix === undefined ? {} : { matrix }),
    hash: sha256(
      canonical({
        type: info.type,
        with: parameters,
        env: node.env,
        cwd: node.cwd,
        when: node.when,
        matrix,
        outputs: node.outputs,
      }),
    ),
  }));
}
