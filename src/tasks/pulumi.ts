import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { sha256 } from '../core/hash.ts';
import { canonical } from '../core/json.ts';
import { ok } from '../core/result.ts';
import { defineTask, path, secret, text, type StepContext } from '../core/task-type.ts';
import { infrastructureOutputs, parallelism, refresh } from './shared/infrastructure.ts';
import { changesIn, outputsOf, prepared, previewed, pulumiFailure, selection, summaryIn } from './shared/pulumi.ts';

const parameters = z.strictObject({
  dir: path('folder', 'Folder of the project. Default: where `Pulumi.yaml` is.'),
  stack: text('Stack; made when it is not there.').default('dev'),
  action: z
    .enum(['up', 'preview', 'refresh', 'destroy'])
    .meta({
      description:
        '`up` makes the changes; `preview` only shows them; `refresh` takes the real world into the state; `destroy` removes everything.',
    })
    .default('up'),
  config: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .meta({ description: 'Configuration besides the stack’s own file, which stays as it is.' })
    .default({}),
  secrets: z
    .record(z.string(), secret('A value.'))
    .meta({ description: 'Secret configuration; handed over on standard input and kept encrypted.' })
    .default({}),
  backend: text(
    'Where the state is: `file:///srv/pulumi`, `s3://bucket`. Default: where the machine is logged in.',
  ).optional(),
  targets: z.array(text('A URN.')).meta({ description: 'Only these resources.' }).default([]),
  refresh: refresh(false),
  parallelism: parallelism(16),
});

export type PulumiParameters = z.output<typeof parameters>;

/**
 * Pulumi: infrastructure from programs. A preview is kept as an update plan, and `up` is held to it.
 *
 * There is no rollback: a stack has no way back but an older program. Who wants one gives the task a `rollback` of their own.
 */
export const pulumi = defineTask({
  type: 'pulumi',
  category: 'infrastructure',
  systems: ['Pulumi'],
  summary: 'Preview and update a Pulumi stack, and hold the update to what was shown.',
  docs: 'https://www.pulumi.com/docs/iac/cli/commands/pulumi_up/',
  licence: 'Apache-2.0',
  class: 'io',
  requires: [
    {
      anyOf: ['pulumi'],
      version: '>=3.60.0',
      probe: ['version'],
      licence: 'Apache-2.0',
      install: {
        macos: 'brew install pulumi/tap/pulumi',
        windows: 'winget install pulumi',
        any: 'https://www.pulumi.com/docs/iac/download-install/',
      },
    },
  ],
  parameters,
  outputs: infrastructureOutputs,
  conventions: [
    {
      parameter: 'dir',
      from: 'files',
      globs: ['Pulumi.{yaml,yml}', 'infra/Pulumi.{yaml,yml}', 'pulumi/Pulumi.{yaml,yml}'],
      take: 'folder',
      required: true,
    },
  ],
  examples: [
    { title: 'Update the stack dev of this repository', with: {} },
    {
      title: 'Another stack with configuration and a secret',
      with: {
        dir: 'infra',
        stack: 'staging',
        config: { 'aws:region': 'eu-west-1' },
        secrets: { dbPassword: '${{ secrets.DB_PASSWORD }}' },
      },
    },
  ],
  execution: {
    kind: 'steps',
    async run(p, context) {
      const project = await prepared(p, context);
      if (!project.ok) return project;
      if (p.action === 'preview') {
        const shown = await previewed(project.value, p, context, []);
        return shown.ok ? outputsOf(project.value, shown.value.changeSummary) : shown;
      }
      const plan = await readFile(planFile(context), 'utf8').then(
        () => [`--plan=${planFile(context)}`],
        () => [],
      );
      const held = p.action === 'up' ? plan : [];
      const skip = p.action === 'refresh' || p.action === 'destroy' || held.length === 0 ? ['--skip-preview'] : [];
      const result = await project.value.exec([
        p.action,
        '--yes',
        '--non-interactive',
        ...skip,
        ...held,
        ...selection(p, context),
      ]);
      if (result.exitCode !== 0) return pulumiFailure(result, p.action, held.length > 0);
      await rm(planFile(context), { force: true });
      return outputsOf(project.value, await summaryIn(project.value));
    },
  },
  async preview(p, context) {
    const project = await prepared(p, context);
    if (!project.ok) return project;
    await mkdir(context.stateDir, { recursive: true, mode: 0o700 });
    const shown = await previewed(
      project.value,
      p,
      context,
      p.action === 'up' ? [`--save-plan=${planFile(context)}`] : [],
    );
    if (!shown.ok) return shown;
    const changes = changesIn(shown.value.changeSummary);
    const steps = shown.value.steps.filter((step) => step.op !== 'same' && step.op !== 'read');
    const digest = sha256(canonical(steps));
    await writeFile(join(context.stateDir, 'shown.digest'), digest);
    return ok({
      summary: `${changes.create} to create, ${changes.update} to update, ${changes.replace} to replace, ${changes.destroy} to delete`,
      changes,
      text: steps.map((step) => `${step.op.padEnd(10)} ${step.urn}`).join('\n'),
      digest: `sha256:${digest}`,
    });
  },
  async probe(p, context) {
    if (p.action !== 'up') return 'unknown';
    const project = await prepared(p, context);
    if (!project.ok) return 'unknown';
    const shown = await previewed(project.value, p, context, []);
    if (!shown.ok) return 'unknown';
    return Object.values(changesIn(shown.value.changeSummary)).every((count) => count === 0) ? 'done' : 'not-done';
  },
});

/** Kept from the preview to the update. */
const planFile = (context: StepContext): string => join(context.stateDir, 'update-plan.json');
