import * as z from 'zod';
import { failure } from '../core/failure.ts';
import { err, ok } from '../core/result.ts';
import { defineTask, type StepContext, type TaskResult } from '../core/task-type.ts';
import { deleteSet } from './shared/kubernetes/actions.ts';
import {
  asKubernetes,
  driven,
  drivenParameters,
  drivenPreview,
  drivenRollback,
  hasKinds,
  settle,
  type Driven,
} from './shared/kubernetes/driven.ts';
import { conditionsOf, groupOf, nameOf, textAt, type KubeObject } from './shared/kubernetes/objects.ts';
import { condition, readiness, told, waiting, type Readiness } from './shared/kubernetes/ready.ts';
import type { Resource } from './shared/kubernetes/resources.ts';

const parameters = z.strictObject({
  action: z
    .enum(['apply', 'delete'])
    .meta({ description: 'Apply claims and composites, or delete them with what they stand for.' })
    .default('apply'),
  ...drivenParameters,
});
type Parameters = z.output<typeof parameters>;

const outputs = z.strictObject({
  ready: z.int().meta({ description: 'Objects that are ready: claims and composites once they are Synced and Ready.' }),
  conditions: z
    .record(z.string(), z.record(z.string(), z.string()))
    .meta({ description: 'The conditions of each object: `{"Bucket shop/data": {"Ready": "True"}}`.' }),
  connection_secrets: z
    .record(z.string(), z.string())
    .meta({ description: 'The name of each object’s connection secret, where it has one.' }),
});
type Outputs = z.output<typeof outputs>;

/** Crossplane, by its claims and composites. https://docs.crossplane.io/ */
export const crossplane = defineTask({
  type: 'crossplane',
  category: 'infrastructure',
  systems: ['Crossplane'],
  summary: 'Apply claims and composites, and wait until they are Synced and Ready.',
  docs: 'https://docs.crossplane.io/latest/composition/',
  licence: 'Apache-2.0',
  class: 'io',
  parameters,
  outputs,
  conventions: [
    { parameter: 'manifests', from: 'files', globs: ['crossplane/**/*.{yaml,yml}'], take: 'base', required: true },
  ],
  examples: [
    { title: 'Apply what is under crossplane/', with: {} },
    {
      title: 'A database with half an hour to come up',
      with: { manifests: 'crossplane/database.yaml', namespace: 'shop', timeout: '30m' },
    },
    { title: 'Delete it again', with: { action: 'delete' } },
  ],
  preflight: (p, context) =>
    hasKinds(p, context, {
      name: 'Crossplane',
      apiVersion: 'apiextensions.crossplane.io/v1',
      kind: 'CompositeResourceDefinition',
      install: 'Install it: https://docs.crossplane.io/latest/get-started/install/',
    }),
  execution: {
    kind: 'steps',
    run: (p, context) =>
      p.action === 'delete' ? remove(p, context) : driven(p, context, (on) => settleAll(p, on, context)),
  },
  preview: (p, context) => drivenPreview(p, context),
  rollback: (p, _outputs, context) => drivenRollback(p, context),
});

async function settleAll(p: Parameters, on: Driven, context: StepContext): Promise<TaskResult<Outputs>> {
  const awaited = on.applied.map(({ after, target: { resource } }) => ({
    object: after,
    resource,
    expected: { judge: (object: KubeObject) => judge(object, resource) },
  }));
  if (p.wait) {
    const settled = await settle(on, awaited, context);
    // Crossplane goes on to write into its resources: each was ready, whatever it is doing with them just now.
    return settled.ok ? ok({ ready: awaited.length, ...toldOf(settled.value) }) : settled;
  }
  const ready = awaited.filter(({ object, expected }) => expected.judge(object).state === 'ready');
  return ok({ ready: ready.length, ...toldOf(awaited.map(({ object }) => object)) });
}

/** What Crossplane's packages have to be before they are done. */
const PACKAGES: readonly string[] = ['Provider', 'Function', 'Configuration'];
/** What the definitions of these kinds count them among. */
const RECONCILED: readonly string[] = ['composite', 'claim', 'managed'];

/** Claims, composites and managed resources are Synced and Ready, packages Installed and Healthy; all others by their own rule. */
export function judge(object: KubeObject, { categories }: Pick<Resource, 'categories'>): Readiness {
  for (const type of wanted(object, categories)) {
    const found = condition(object, type);
    if (found === undefined) return waiting(`${type} is not known yet`);
    if (found.generation !== undefined && found.generation < (object.metadata.generation ?? 0))
      return waiting(`${type} is not known yet of what was applied`);
    if (found.status !== 'True') return waiting(`${type} is ${found.status}: ${told(found)}`);
  }
  return readiness(object);
}

function wanted({ apiVersion, kind }: KubeObject, categories: readonly string[]): readonly string[] {
  if (groupOf(apiVersion) === 'pkg.crossplane.io' && PACKAGES.includes(kind)) return ['Installed', 'Healthy'];
  return categories.some((one) => RECONCILED.includes(one)) ? ['Synced', 'Ready'] : [];
}

async function remove(p: Parameters, context: StepContext): Promise<TaskResult<Outputs>> {
  if (p.manifests === undefined)
    return err({ ...failure('missing', 'There is nothing to delete: no manifests are named.'), retriable: false });
  const done = await deleteSet(
    { ...asKubernetes(p), action: 'delete', wait: p.wait, wait_timeout: p.timeout },
    context,
  );
  return done.ok ? ok({ ready: 0, conditions: {}, connection_secrets: {} }) : done;
}

function toldOf(objects: readonly KubeObject[]): Omit<Outputs, 'ready'> {
  const conditions = objects.flatMap((object) => {
    const all = conditionsOf(object).map(({ type, status }) => [type, status] as const);
    return all.length === 0 ? [] : [[nameOf(object), Object.fromEntries(all)] as const];
  });
  const secrets = objects.flatMap((object) => {
    const name =
      textAt(object, 'spec', 'writeConnectionSecretToRef', 'name') ??
      textAt(object, 'status', 'connectionDetails', 'secretName');
    return name === undefined ? [] : [[nameOf(object), name] as const];
  });
  return {
    conditions: Object.fromEntries(conditions),
    connection_secrets: Object.fromEntries(secrets),
  };
}
