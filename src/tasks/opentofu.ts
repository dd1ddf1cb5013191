import { readFile, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import { ok } from '../core/result.ts';
import { defineTask, duration, path, text, type Preview } from '../core/task-type.ts';
import { infrastructureOutputs, parallelism, refresh } from './shared/infrastructure.ts';
import { apply, outputsOf, paths, plan, planFlags, prepared, rootModule, savedPlan } from './shared/tofu.ts';
import { countsOf, digestOf, summaryOf } from './shared/tofu-plan.ts';

/** Best first. */
const PROGRAMS = ['tofu', 'terraform'] as const;

const parameters = z.strictObject({
  dir: path('folder', 'Folder of the root module (`*.tf`). Default: `infra/`, `terraform/`, `tofu/` or the root.'),
  action: z
    .enum(['apply', 'plan', 'destroy'])
    .meta({ description: '`apply` plans and applies that plan; `plan` only plans; `destroy` removes everything.' })
    .default('apply'),
  variables: z
    .record(z.string(), z.json())
    .meta({ description: 'Input variables; handed over in the environment, so secrets may be among them.' })
    .default({}),
  var_files: z
    .array(path('file', 'A variables file.'))
    .meta({ description: 'Variables files (`*.tfvars`), relative to `dir`; later ones win.' })
    .default([]),
  workspace: text('Workspace; made when it is not there. Default: the one that is selected.').optional(),
  backend_config: z
    .record(z.string(), z.string())
    .meta({ description: 'Settings of the backend; handed over in a file, so secrets may be among them.' })
    .default({}),
  targets: z.array(z.string()).meta({ description: 'Only these resources and what they need.' }).default([]),
  replace: z.array(z.string()).meta({ description: 'Resources to make anew even where nothing changed.' }).default([]),
  parallelism: parallelism(10),
  refresh: refresh(true),
  upgrade: z
    .boolean()
    .meta({ description: 'Take the newest modules and providers that the constraints allow.' })
    .default(false),
  lock_timeout: duration('How long to wait for the state’s lock while somebody else holds it.').default('2m'),
  engine: z
    .enum(PROGRAMS)
    .meta({ description: 'The program. Default: `tofu` where it is there, else `terraform`.' })
    .optional(),
});

export type TofuParameters = z.output<typeof parameters>;

/**
 * OpenTofu (or Terraform up to 1.5): plan into a file, show what it holds, apply exactly that file. https://opentofu.org/docs/cli/run/
 *
 * There is no rollback: a state has no way back, and applying an older configuration can destroy. Who wants one gives the task a
 * `rollback` of their own.
 */
export const opentofu = defineTask({
  type: 'opentofu',
  aliases: ['tofu', 'terraform'],
  category: 'infrastructure',
  systems: ['OpenTofu', 'Terraform'],
  summary: 'Plan infrastructure, and apply exactly the plan that was shown.',
  docs: 'https://opentofu.org/docs/cli/run/',
  licence: 'MPL-2.0',
  class: 'io',
  requires: [
    {
      anyOf: PROGRAMS,
      version: '>=1.4.0',
      probe: ['version', '-json'],
      versionPattern: '"terraform_version":\\s*"([^"]+)"',
      licence: 'MPL-2.0',
      licenceUntil: '1.5.7',
      licenceUntilOf: 'terraform',
      install: {
        debian: 'OpenTofu’s own Debian repository: https://opentofu.org/docs/intro/install/deb/',
        macos: 'brew install opentofu',
        windows: 'winget install OpenTofu.Tofu',
        any: 'https://opentofu.org/docs/intro/install/',
      },
    },
  ],
  parameters,
  outputs: infrastructureOutputs,
  conventions: [
    {
      parameter: 'dir',
      from: 'files',
      globs: ['infra/*.tf', 'terraform/*.tf', 'tofu/*.tf', '*.tf'],
      take: 'base',
      required: true,
    },
  ],
  examples: [
    { title: 'Apply the infrastructure of this repository', with: {} },
    {
      title: 'One environment, with its variables',
      with: { dir: 'infra/network', workspace: 'staging', var_files: ['staging.tfvars'], variables: { replicas: 2 } },
    },
  ],
  execution: {
    kind: 'steps',
    async run(p, context) {
      const tofu = await prepared(p, context);
      if (!tofu.ok) return tofu;
      const shownBefore = await readFile(paths(context).shown, 'utf8').catch(() => undefined);
      if (shownBefore === undefined) {
        const made = await plan(p, tofu.value);
        if (!made.ok) return made;
      }
      const planned = await savedPlan(tofu.value);
      if (!planned.ok) return planned;
      if (p.action === 'plan') return outputsOf(tofu.value, planned.value);
      const applied = await apply(p, tofu.value, shownBefore !== undefined);
      return applied.ok ? outputsOf(tofu.value, planned.value) : applied;
    },
  },
  preflight: (p, context) => rootModule(p, context),
  async preview(p, context) {
    const tofu = await prepared(p, context);
    if (!tofu.ok) return tofu;
    const made = await plan(p, tofu.value);
    if (!made.ok) return made;
    const planned = await savedPlan(tofu.value);
    if (!planned.ok) return planned;
    const shown = await tofu.value.exec(['show', '-no-color', paths(context).plan], { capture: true });
    const changes = countsOf(planned.value);
    const preview: Preview = {
      summary: summaryOf(changes),
      changes,
      // As it stands there, for its indentation says what belongs to what.
      text: shown.stdout.replace(/\r/g, '').replace(/^\s*\n/, ''),
      digest: digestOf(planned.value),
    };
    await writeFile(paths(context).shown, preview.digest);
    return ok(preview);
  },
  async probe(p, context) {
    const tofu = await prepared(p, context);
    if (!tofu.ok) return 'unknown';
    const result = await tofu.value.exec(['plan', '-detailed-exitcode', ...planFlags(p, context)], { capture: true });
    if (result.exitCode === 0) return 'done';
    return result.exitCode === 2 ? 'not-done' : 'unknown';
  },
});
