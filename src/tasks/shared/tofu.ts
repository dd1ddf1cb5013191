/** The command line of OpenTofu and Terraform, as the task type `opentofu` calls it. */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { failure, failureFrom } from '../../core/failure.ts';
import { isObject } from '../../core/json.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { run, type ExecResult, type StepContext, type TaskFailure, type TaskResult } from '../../core/task-type.ts';
import type { TofuParameters } from '../opentofu.ts';
import type { InfrastructureOutputs } from './infrastructure.ts';
import { countsOf, lockHolder, planJson, summaryOf, type PlanJson } from './tofu-plan.ts';
import { findTool, jsonFrom, plain, refuse, toolFailure } from './tool.ts';
import { milliseconds } from './until.ts';

/** A program that was found, and how it is called here. */
interface Tofu {
  readonly name: string;
  readonly exec: (args: readonly string[], options?: { capture?: boolean }) => Promise<ExecResult>;
  readonly context: StepContext;
}

/** Kept between the preview and the attempt: the plan itself, and the digest of what was shown to a person. */
export const paths = (context: StepContext): { plan: string; shown: string; backend: string } => ({
  plan: join(context.stateDir, 'saved.tfplan'),
  shown: join(context.stateDir, 'shown.digest'),
  backend: join(context.stateDir, 'backend.tfbackend'),
});

export async function rootModule(p: TofuParameters, context: StepContext): Promise<Result<void, TaskFailure>> {
  const dir = resolve(context.cwd, p.dir);
  try {
    if ((await readdir(dir)).some((name) => /\.(tf|tofu)(\.json)?$/.test(name))) return ok(undefined);
  } catch (error) {
    return err({ ...failureFrom(error, `read the folder ${p.dir}`), retriable: false });
  }
  return refuse('missing', `${p.dir} has no *.tf file.`, { next: 'Name the folder of the root module in `with.dir`.' });
}

/** Finds the program, initialises the folder, selects the workspace, checks the configuration. */
export async function prepared(p: TofuParameters, context: StepContext): Promise<Result<Tofu, TaskFailure>> {
  const module = await rootModule(p, context);
  if (!module.ok) return module;
  const program = await findTool(
    context,
    p.engine === undefined ? ['tofu', 'terraform'] : [p.engine],
    'Install OpenTofu: https://opentofu.org/docs/intro/install/',
  );
  if (!program.ok) return program;
  const tofu = caller(p, context, program.value);
  const init = await tofu.exec(await initArgs(p, context));
  await rm(paths(context).backend, { force: true });
  if (init.exitCode !== 0)
    return refused(tofu, init, 'init', 'Check the backend’s settings, and that the providers can be reached.');
  if (p.workspace !== undefined) {
    const selected = await tofu.exec(['workspace', 'select', '-or-create', p.workspace]);
    if (selected.exitCode !== 0) return refused(tofu, selected, 'workspace select');
  }
  const valid = await tofu.exec(['validate', '-json'], { capture: true });
  return valid.exitCode === 0 ? ok(tofu) : invalid(tofu, valid);
}

function caller(p: TofuParameters, context: StepContext, program: string): Tofu {
  const variables = Object.entries(p.variables).map(([name, value]) => [
    `TF_VAR_${name}`,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  const env = {
    TF_IN_AUTOMATION: '1',
    TF_INPUT: '0',
    TF_CLI_ARGS: '-no-color',
    CHECKPOINT_DISABLE: '1',
    ...(Object.fromEntries(variables) as Record<string, string>),
  };
  return {
    name: program.split(/[\\/]/).at(-1) ?? program,
    context,
    exec: (args, options) => context.exec(run(program, args, { cwd: p.dir, env }), options),
  };
}

async function initArgs(p: TofuParameters, context: StepContext): Promise<string[]> {
  const args = ['init', '-input=false', ...(p.upgrade ? ['-upgrade'] : [])];
  const settings = Object.entries(p.backend_config);
  if (settings.length === 0) return args;
  const { backend } = paths(context);
  await mkdir(context.stateDir, { recursive: true });
  await writeFile(
    backend,
    settings.map(([key, value]) => `${key} = ${JSON.stringify(value).replace(/([$%])\{/g, '$1$1{')}\n`).join(''),
    { mode: 0o600 },
  );
  return [...args, '-reconfigure', `-backend-config=${backend}`];
}

export function planFlags(p: TofuParameters, context: StepContext): string[] {
  const lock = milliseconds(p.lock_timeout, 'lock_timeout');
  return [
    '-input=false',
    `-lock-timeout=${lock.ok ? Math.ceil(lock.value / 1000) : 0}s`,
    `-parallelism=${p.parallelism}`,
    ...(p.action === 'destroy' ? ['-destroy'] : []),
    ...(p.refresh ? [] : ['-refresh=false']),
    ...p.var_files.map((file) => `-var-file=${resolve(context.cwd, p.dir, file)}`),
    ...p.targets.map((target) => `-target=${target}`),
    ...p.replace.map((address) => `-replace=${address}`),
  ];
}

export async function plan(p: TofuParameters, tofu: Tofu): Promise<TaskResult<void>> {
  const lock = milliseconds(p.lock_timeout, 'lock_timeout');
  if (!lock.ok) return lock;
  const file = paths(tofu.context).plan;
  await mkdir(tofu.context.stateDir, { recursive: true, mode: 0o700 });
  await rm(file, { force: true });
  const made = await tofu.exec(['plan', '-detailed-exitcode', `-out=${file}`, ...planFlags(p, tofu.context)]);
  return made.exitCode === 0 || made.exitCode === 2 ? ok(undefined) : refused(tofu, made, 'plan');
}

export async function savedPlan(tofu: Tofu): Promise<TaskResult<PlanJson>> {
  const shown = await tofu.exec(['show', '-json', paths(tofu.context).plan], { capture: true });
  if (shown.exitCode !== 0) return refused(tofu, shown, 'show', 'The saved plan cannot be read: preview again.');
  const json = jsonFrom(shown, `${tofu.name} show`);
  if (!json.ok) return json;
  const parsed = planJson.safeParse(json.value);
  return parsed.success
    ? ok(parsed.data)
    : refuse('tool', `${tofu.name} printed a plan of an unknown form.`, { detail: z.prettifyError(parsed.error) });
}

/** Applies the saved plan; the file is used up by it. */
export async function apply(p: TofuParameters, tofu: Tofu, wasShown: boolean): Promise<TaskResult<void>> {
  const { plan: file, shown } = paths(tofu.context);
  const lock = milliseconds(p.lock_timeout, 'lock_timeout');
  const waitFor = `-lock-timeout=${lock.ok ? Math.ceil(lock.value / 1000) : 0}s`;
  const result = await tofu.exec(['apply', '-input=false', waitFor, `-parallelism=${p.parallelism}`, file]);
  if (result.exitCode === 0) {
    await Promise.all([rm(file, { force: true }), rm(shown, { force: true })]);
    return ok(undefined);
  }
  if (!/Saved plan is stale|saved plan.*stale/i.test(result.stderr)) return refused(tofu, result, 'apply');
  const message = 'The state has changed since the plan was made, so that plan cannot be applied; nothing was changed.';
  const next = wasShown ? 'Preview again, and approve the new plan.' : 'Run again: a new plan will be made.';
  return err({ ...failure('conflict', message, { next }), retriable: !wasShown, exitCode: result.exitCode ?? 1 });
}

/** Root outputs by name; the sensitive ones by name only. */
export async function outputsOf(tofu: Tofu, plan: PlanJson): Promise<TaskResult<InfrastructureOutputs>> {
  const counts = countsOf(plan);
  const totals = {
    add: counts.create + counts.replace,
    change: counts.update,
    destroy: counts.destroy + counts.replace,
  };
  tofu.context.log(`${tofu.name}: ${summaryOf(counts)}`);
  const printed = await tofu.exec(['output', '-json'], { capture: true });
  if (printed.exitCode !== 0) return refused(tofu, printed, 'output');
  const json = jsonFrom(printed, `${tofu.name} output`);
  if (!json.ok) return json;
  const all = isObject(json.value) ? json.value : {};
  const entries = Object.entries(all).filter((entry): entry is [string, { value: unknown; sensitive: unknown }] =>
    isObject(entry[1]),
  );
  const open = entries.filter(([, output]) => output.sensitive !== true);
  for (const [name] of open.filter(([name]) => name in totals || name === 'sensitive')) {
    tofu.context.warn(`The root output ${name} has the name of a built-in one and is left out; give it another name.`);
  }
  const sensitive = entries.filter(([, output]) => output.sensitive === true).map(([name]) => name);
  return ok({ ...Object.fromEntries(open.map(([name, output]) => [name, output.value])), ...totals, sensitive });
}

function refused(tofu: Tofu, result: ExecResult, command: string, next?: string): Result<never, TaskFailure> {
  const holder = lockHolder(plain(result.stderr));
  if (holder === undefined)
    return toolFailure(result, `${tofu.name} ${command} failed`, next === undefined ? {} : { next });
  const message = `The state is locked by ${holder.who || 'somebody'} (${holder.operation || 'an operation'}, since ${holder.created || 'a time unknown'}).`;
  return toolFailure({ ...result, stderr: holder.id === '' ? '' : `lock ${holder.id}` }, message.slice(0, -1), {
    kind: 'conflict',
    next: `Wait for them, raise \`lock_timeout\`, or, when nobody works there any more: ${tofu.name} force-unlock ${holder.id}`,
  });
}

const validation = z.looseObject({
  diagnostics: z.array(
    z.looseObject({
      summary: z.string(),
      detail: z.string().default(''),
      range: z.looseObject({ filename: z.string(), start: z.looseObject({ line: z.int() }) }).optional(),
    }),
  ),
});

/** What `validate -json` found, each with its file and line. */
function invalid(tofu: Tofu, result: ExecResult): Result<never, TaskFailure> {
  const json = jsonFrom(result, `${tofu.name} validate`);
  const parsed = validation.safeParse(json.ok ? json.value : undefined);
  if (!parsed.success) return refused(tofu, result, 'validate');
  const found = parsed.data.diagnostics.map(
    (d) =>
      `${d.range === undefined ? '' : `${d.range.filename}:${d.range.start.line}: `}${d.summary}${d.detail === '' ? '' : ` (${d.detail.split('\n')[0] ?? ''})`}`,
  );
  for (const line of found) tofu.context.warn(line);
  return err({
    ...failure('invalid', `The configuration is not valid: ${found[0] ?? 'see the log'}`, {
      next: 'Mend the file and run again.',
      detail: found.join('\n'),
    }),
    retriable: false,
  });
}
