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
import { condition, READY, readiness, told, waiting, type Readiness } from './shared/kubernetes/ready.ts';

const parameters = z.strictObject({
  action: z
    .enum(['apply', 'delete'])
    .meta({ description: 'Apply claims and composites, or delete them with what they stand for.' })
    .default('apply'),
  ...drivenParameters,
});
type Parameters = z.output<typeof parameters>;

const outputs = z.strictObject({
  ready: z.int().meta({ description: 'Objects that are Synced and Ready.' }),
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
  const awaited = on.applied.map(({ after, target }) => ({
    object: after,
    resource: target.resource,
    expected: { judge },
  }));
  if (!p.wait) return ok(outputsOf(on.applied.map(({ after }) => after)));
  const settled = await settle(on, awaited, context);
  return settled.ok ? ok(outputsOf(settled.value)) : settled;
}

/** Which conditions an object of these kinds has to have before it is done. */
const CROSSPLANE: Readonly<Record<string, readonly string[]>> = {
  CompositeResourceDefinition: ['Established'],
  Provider: ['Installed', 'Healthy'],
  Function: ['Installed', 'Healthy'],
  Configuration: ['Installed', 'Healthy'],
};

/** Crossplane's own kinds by their conditions; claims, composites and managed resources are both Synced and Ready. */
export function judge(object: KubeObject): Readiness {
  const group = groupOf(object.apiVersion);
  const isOwn = group.endsWith('crossplane.io') && CROSSPLANE[object.kind] !== undefined;
  const isNative =
    group === '' ||
    !group.includes('.') ||
    group.endsWith('.k8s.io') ||
    ['Composition', 'ProviderConfig'].includes(object.kind);
  if (isNative) return readiness(object);
  for (const type of isOwn ? (CROSSPLANE[object.kind] ?? []) : ['Synced', 'Ready']) {
    const found = condition(object, type);
    if (found?.status !== 'True')
      return waiting(found === undefined ? `${type} is not known yet` : `${type} is ${found.status}: ${told(found)}`);
  }
  return READY;
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

function outputsOf(objects: readonly KubeObject[]): Outputs {
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
    ready: objects.filter((object) => judge(object).state === 'ready').length,
    conditions: Object.fromEntries(conditions),
    connection_secrets: Object.fromEntries(secrets),
  };
}
