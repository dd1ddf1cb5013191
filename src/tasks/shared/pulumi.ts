/** The command line of Pulumi, as the task type `pulumi` calls it. */
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { failure } from '../../core/failure.ts';
import { isObject } from '../../core/json.ts';
import { err, ok, type Result } from '../../core/result.ts';
import {
  run,
  type ExecResult,
  type Preview,
  type StepContext,
  type TaskFailure,
  type TaskResult,
} from '../../core/task-type.ts';
import type { PulumiParameters } from '../pulumi.ts';
import type { InfrastructureOutputs } from './infrastructure.ts';
import { findTool, jsonFrom, refuse, toolFailure } from './tool.ts';

/** A project with its stack selected. */
export interface Project {
  readonly exec: (args: readonly string[], options?: { capture?: boolean; stdin?: string }) => Promise<ExecResult>;
  readonly context: StepContext;
}

const summary = z.record(z.string(), z.int());
export type ChangeSummary = z.output<typeof summary>;

const previewJson = z.looseObject({
  steps: z.array(z.looseObject({ op: z.string(), urn: z.string() })).default([]),
  changeSummary: summary.default({}),
});
const history = z.array(z.looseObject({ resourceChanges: summary.default({}) }));

/** Finds the program, makes or selects the stack, and writes configuration into a copy of the stack's file. */
export async function prepared(p: PulumiParameters, context: StepContext): Promise<Result<Project, TaskFailure>> {
  const program = await findTool(context, ['pulumi'], 'https://www.pulumi.com/docs/iac/download-install/');
  if (!program.ok) return program;
  const env = {
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PULUMI_EXPERIMENTAL: 'true',
    ...(p.backend === undefined ? {} : { PULUMI_BACKEND_URL: p.backend }),
  };
  const exec: Project['exec'] = (args, options = {}) => {
    const { stdin, capture } = options;
    const command = run(program.value, ['--color', 'never', ...args], {
      cwd: p.dir,
      env,
      ...(stdin === undefined ? {} : { stdin }),
    });
    return context.exec(command, { capture: capture === true });
  };
  const project: Project = { exec, context };
  const selected = await exec(['stack', 'select', '--create', '--stack', p.stack, '--non-interactive']);
  if (selected.exitCode !== 0) return pulumiFailure(selected, 'stack select', false);
  const configured = await configure(p, project);
  return configured.ok ? ok(project) : configured;
}

const values = (p: PulumiParameters): readonly (readonly [name: string, value: string, flags: readonly string[]])[] => [
  ...Object.entries(p.config).map(([name, value]) => [name, String(value), ['--plaintext']] as const),
  ...Object.entries(p.secrets).map(([name, value]) => [name, value, ['--secret']] as const),
];

const ownConfig = (p: PulumiParameters, context: StepContext): string[] =>
  values(p).length === 0
    ? []
    : [`--config-file=${join(context.stateDir, `Pulumi.${p.stack.split('/').at(-1) ?? p.stack}.yaml`)}`];

async function configure(p: PulumiParameters, project: Project): Promise<Result<void, TaskFailure>> {
  const { context } = project;
  const [flag] = ownConfig(p, context);
  if (flag === undefined) return ok(undefined);
  const file = flag.slice(flag.indexOf('=') + 1);
  await mkdir(context.stateDir, { recursive: true, mode: 0o700 });
  await rm(file, { force: true });
  await copyFile(resolve(context.cwd, p.dir, `Pulumi.${p.stack.split('/').at(-1) ?? p.stack}.yaml`), file).catch(
    () => undefined,
  );
  for (const [name, value, flags] of values(p)) {
    const set = await project.exec(['config', 'set', '--stack', p.stack, flag, ...flags, name], { stdin: value });
    if (set.exitCode !== 0) return pulumiFailure(set, `config set ${name}`, false);
  }
  return ok(undefined);
}

/** Flags that `up`, `preview`, `refresh` and `destroy` share. */
export const selection = (p: PulumiParameters, context: StepContext): string[] => [
  ...['--stack', p.stack, '--parallel', String(p.parallelism)],
  ...ownConfig(p, context),
  ...(p.refresh && p.action !== 'refresh' ? ['--refresh'] : []),
  ...p.targets.flatMap((target) => ['--target', target]),
];

export async function previewed(
  project: Project,
  p: PulumiParameters,
  context: StepContext,
  more: readonly string[],
): Promise<TaskResult<z.output<typeof previewJson>>> {
  const command =
    p.action === 'destroy'
      ? ['destroy', '--preview-only']
      : p.action === 'refresh'
        ? ['refresh', '--preview-only']
        : ['preview'];
  const result = await project.exec([...command, '--json', '--non-interactive', ...more, ...selection(p, context)], {
    capture: true,
  });
  if (result.exitCode !== 0) return pulumiFailure(result, 'preview', false);
  const json = jsonFrom(result, 'pulumi preview');
  if (!json.ok) return json;
  const parsed = previewJson.safeParse(json.value);
  return parsed.success ? ok(parsed.data) : refuse('tool', 'pulumi printed a preview of an unknown form.');
}

/** What the last update did, from the stack's history. */
export async function summaryIn(project: Project): Promise<ChangeSummary> {
  const result = await project.exec(['stack', 'history', '--json', '--page-size', '1', '--page', '1'], {
    capture: true,
  });
  const json = jsonFrom(result, 'pulumi stack history');
  const parsed = history.safeParse(json.ok ? json.value : []);
  return parsed.success ? (parsed.data[0]?.resourceChanges ?? {}) : {};
}

export function changesIn(counts: ChangeSummary): Preview['changes'] {
  const of = (...names: string[]): number => names.reduce((sum, name) => sum + (counts[name] ?? 0), 0);
  return {
    create: of('create'),
    update: of('update'),
    replace: of('replace', 'create-replacement'),
    destroy: of('delete'),
  };
}

/** Stack outputs by name; the secret ones, which Pulumi masks, by name only. */
export async function outputsOf(project: Project, counts: ChangeSummary): Promise<TaskResult<InfrastructureOutputs>> {
  const { create, update, replace, destroy } = changesIn(counts);
  const totals = { add: create + replace, change: update, destroy: destroy + replace };
  const result = await project.exec(['stack', 'output', '--json'], { capture: true });
  if (result.exitCode !== 0) return pulumiFailure(result, 'stack output', false);
  const json = jsonFrom(result, 'pulumi stack output');
  if (!json.ok) return json;
  const all = Object.entries(isObject(json.value) ? json.value : {});
  const secret = (value: unknown): boolean => value === '[secret]';
  return ok({
    ...Object.fromEntries(all.filter(([, value]) => !secret(value))),
    ...totals,
    sensitive: all.filter(([, value]) => secret(value)).map(([name]) => name),
  });
}

/** Pulumi's refusal, told by its own words. */
export function pulumiFailure(result: ExecResult, command: string, planned: boolean): Result<never, TaskFailure> {
  const words = `${result.stderr}\n${result.stdout}`;
  const what = `pulumi ${command} failed`;
  if (/stack is currently locked|conflict: Another update is currently in progress/i.test(words)) {
    return toolFailure(result, 'The stack is locked by another update', {
      kind: 'conflict',
      next: 'Wait for it, or, when nobody works there any more: pulumi cancel',
    });
  }
  if (planned && /violates plan|constraint(s)? (violated|not met)|plan (said|expected)/i.test(words)) {
    return err({
      ...failure('conflict', 'The update would do something else than what was shown, so it was stopped.', {
        next: 'Preview again, and approve the new preview.',
      }),
      retriable: false,
    });
  }
  if (/PULUMI_CONFIG_PASSPHRASE|incorrect passphrase/i.test(words)) {
    return toolFailure(result, what, {
      kind: 'denied',
      retriable: false,
      next: 'Give the stack’s passphrase: env: { PULUMI_CONFIG_PASSPHRASE: ${{ secrets.PULUMI_PASSPHRASE }} }',
    });
  }
  if (/PULUMI_ACCESS_TOKEN|pulumi login/i.test(words)) {
    return toolFailure(result, what, {
      kind: 'denied',
      retriable: false,
      next: 'Log in (pulumi login), or name a backend: backend: file:///srv/pulumi',
    });
  }
  return toolFailure(result, what);
}
