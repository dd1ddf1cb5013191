/**
 * What expressions see in a run, and the rendering of a task's texts with it. The expression library is loaded only when some text
 * of the plan holds an expression.
 */
import { relative } from 'node:path';
import { failure, type Failure } from '../core/failure.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { err, ok, type Result } from '../core/result.ts';
import { hasExpression } from '../core/template.ts';
import type { Plan, PlannedTask } from '../graph/plan.ts';
import type { TaskOutcome } from '../run/events.ts';

import type * as ExpressionsModule from '../core/expressions.ts';

type Expressions = typeof ExpressionsModule;

export interface Rendered {
  readonly parameters: JsonObject;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;
}

export class RunValues {
  readonly #plan: Plan;
  readonly #fixed: JsonObject;
  readonly #tasks: Record<string, { readonly status: string; readonly outputs: JsonObject }> = {};
  readonly #templated: readonly boolean[];
  #expressions: Expressions | undefined;
  #planEnv: Readonly<Record<string, string>> = {};

  /** @param fixed `secrets`, `run` and `target`, which stay the same for the whole run */
  constructor(
    plan: Plan,
    fixed: { readonly secrets: JsonObject; readonly run: JsonObject; readonly target: JsonObject },
  ) {
    this.#plan = plan;
    this.#fixed = { ...fixed, inputs: plan.inputs };
    for (const name of plan.leftOut ?? []) this.#tasks[name] = { status: 'skipped', outputs: {} };
    this.#templated = plan.tasks.map(
      (task) =>
        task.when !== undefined ||
        anyExpression([task.with, task.env, task.cwd ?? '', task.outputs, task.rollback ? task.rollback.run : '']),
    );
  }

  /** Loads the library where it is needed and renders the workflow's own `env`. */
  async prepare(): Promise<Result<void>> {
    if (this.#templated.some(Boolean) || anyExpression(this.#plan.env)) {
      this.#expressions = await import('../core/expressions.ts');
    }
    const env = this.#render(this.#plan.env, { ...this.#fixed, env: {} }, 'env');
    if (!env.ok) return env;
    this.#planEnv = texts(env.value);
    return ok(undefined);
  }

  /** The workflow's environment, rendered. */
  get env(): Readonly<Record<string, string>> {
    return this.#planEnv;
  }

  /** Remembers how a task ended. Instances of a matrix are found by their id, and all together under their name. */
  ended(task: PlannedTask, status: TaskOutcome, outputs: JsonObject): void {
    this.#tasks[task.id] = { status, outputs };
    if (task.id === task.name) return;
    const before = this.#tasks[task.name]?.status;
    this.#tasks[task.name] = { status: before === undefined || before === 'succeeded' ? status : before, outputs };
  }

  outputsOf(task: string): JsonObject {
    return this.#tasks[task]?.outputs ?? {};
  }

  when(task: PlannedTask, soFar: 'success' | 'failure' | 'cancelled'): Result<boolean> {
    if (task.when === undefined) return ok(true);
    if (this.#expressions === undefined) return ok(true);
    const value = this.#expressions.evaluateCondition(task.when, { ...this.#context(task), soFar });
    return value.ok ? value : err(this.#problem(task, 'when', value.failure.message));
  }

  render(task: PlannedTask, index: number, soFar: 'success' | 'failure' | 'cancelled'): Result<Rendered> {
    if (this.#templated[index] !== true) return ok({ parameters: task.with, env: task.env, cwd: task.cwd });
    const context = { ...this.#context(task), soFar };
    const env = this.#render(task.env, context, `${task.id}: env`);
    if (!env.ok) return env;
    const parameters = this.#render(
      task.with,
      { ...context, env: { ...this.#planEnv, ...texts(env.value) } },
      `${task.id}: with`,
    );
    if (!parameters.ok) return parameters;
    const cwd = this.#render(task.cwd ?? '', context, `${task.id}: cwd`);
    if (!cwd.ok) return cwd;
    const where = textOf(cwd.value);
    return ok({
      parameters: parameters.value as JsonObject, // rendering keeps the shape
      env: texts(env.value),
      cwd: where === '' ? undefined : where,
    });
  }

  /** The values of the outputs that the workflow names, which may read the type's own outputs as `tasks.<itself>.outputs`. */
  declared(task: PlannedTask, builtIn: JsonObject): Result<JsonObject> {
    if (Object.keys(task.outputs).length === 0) return ok({});
    const context = this.#context(task);
    const own = { ...context, tasks: { ...this.#tasks, [task.name]: { status: 'succeeded', outputs: builtIn } } };
    const value = this.#render(task.outputs, own, `${task.id}: outputs`);
    return value.ok ? ok(value.value as JsonObject) : value;
  }

  /** One text of a task's own, such as its rollback. */
  text(task: PlannedTask, text: string): Result<string> {
    const value = this.#render(text, this.#context(task), `${task.id}: rollback`);
    return value.ok ? ok(textOf(value.value)) : value;
  }

  #context(task: PlannedTask): JsonObject {
    return {
      ...this.#fixed,
      env: { ...process.env, ...this.#planEnv } as JsonObject,
      matrix: task.matrix ?? {},
      tasks: this.#tasks,
    };
  }

  #render(value: Json, context: JsonObject, where: string): Result<Json> {
    if (this.#expressions === undefined) return ok(value);
    const rendered = this.#expressions.renderDeep(value, context);
    if (rendered.ok) return rendered;
    const { leftOut = [] } = this.#plan;
    const next =
      leftOut.length === 0 ? {} : { next: `This run leaves out ${listed(leftOut)}: what they give is not there.` };
    return err(failure('invalid', `${where}: ${rendered.failure.message}`, next));
  }

  #problem(task: PlannedTask, where: string, message: string): Failure {
    const file = relative(this.#plan.root, this.#plan.file);
    return failure('invalid', `${task.id}: ${where}: ${message}`, { next: `See ${file}, line ${task.line + 1}.` });
  }
}

const listed = (names: readonly string[]): string =>
  names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');

function anyExpression(value: Json): boolean {
  if (typeof value === 'string') return hasExpression(value);
  if (value === null || typeof value !== 'object') return false;
  return Object.values(value).some((item: Json) => anyExpression(item));
}

const textOf = (value: Json): string =>
  typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value);

function texts(value: Json): Record<string, string> {
  return Object.fromEntries(Object.entries(value as JsonObject).map(([name, item]) => [name, textOf(item)]));
}
