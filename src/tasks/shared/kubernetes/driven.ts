/**
 * Systems that are driven through objects of their own kinds (Argo CD, Flux, Tekton, Crossplane): their manifests are applied, the
 * object that matters is nudged, and its status is waited for. One module for all of them, so that a denial or a lost server reads alike.
 */
import * as z from 'zod';
import { failure } from '../../../core/failure.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import { duration, path, type Preview, type StepContext, type TaskResult } from '../../../core/task-type.ts';
import { milliseconds } from '../until.ts';
import { apply } from './actions.ts';
import type { Applied } from './apply.ts';
import { preview, reachable, rollback } from './checks.ts';
import { connect, type Cluster } from './client.ts';
import { phases, readSet } from './manifests.ts';
import { isKubeObject, type KubeObject } from './objects.ts';
import { clusterParameters, kubernetesParameters, type KubernetesParameters } from './parameters.ts';
import type { Manifest, Template } from './parse.ts';
import { pathTo, resourcesOf, type Resource, type Resources } from './resources.ts';
import { setName, targetsOf } from './targets.ts';
import { waitFor, type Awaited } from './wait.ts';

const manifest = path('any', 'A file, a folder or a glob.');

export const drivenParameters = {
  manifests: z
    .union([manifest, z.array(manifest)])
    .meta({ description: 'Manifests that are applied first.' })
    .optional(),
  ...clusterParameters,
  force: z
    .boolean()
    .meta({ description: 'Take over fields that other managers own, rather than to end with a conflict.' })
    .default(false),
  wait: z.boolean().meta({ description: 'Wait until it has ended well.' }).default(true),
  timeout: duration('How long to wait.').default('10m'),
};

export interface DrivenParameters {
  readonly manifests?: string | readonly string[] | undefined;
  readonly context?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly namespace?: string | undefined;
  readonly force: boolean;
  readonly wait: boolean;
  readonly timeout: string;
}

export interface Driven {
  readonly cluster: Cluster;
  readonly resources: Resources;
  readonly namespace: string;
  readonly applied: readonly Applied[];
  readonly templates: readonly Template[];
  readonly timeoutMs: number;
}

const MANAGER = 'code-engine';

/** Connects, applies the manifests, and hands over to what the type does then. */
export async function driven<T>(
  p: DrivenParameters,
  context: StepContext,
  work: (on: Driven) => Promise<TaskResult<T>>,
  only: (manifest: Manifest) => boolean = () => true,
): Promise<TaskResult<T>> {
  const timeoutMs = milliseconds(p.timeout, 'timeout');
  if (!timeoutMs.ok) return timeoutMs;
  const read = await readSet({ manifests: listOf(p.manifests) }, context);
  if (!read.ok) return read;
  const connected = await connect(p, context);
  if (!connected.ok) return connected;
  const cluster = connected.value;
  try {
    const resources = resourcesOf(cluster);
    const namespace = p.namespace ?? cluster.namespace;
    const set = setName(`${context.workflow}.${context.task}`);
    const targets = await targetsOf(read.value.manifests.filter(only), resources, { namespace, set });
    if (!targets.ok) return targets;
    const ordered = phases(targets.value).flat();
    const applied = await apply({ field_manager: MANAGER, force: p.force }, { cluster, targets: ordered }, context);
    if (!applied.ok) return applied;
    const { templates } = read.value;
    return await work({ cluster, resources, namespace, applied: applied.value, templates, timeoutMs: timeoutMs.value });
  } finally {
    cluster.close();
  }
}

const listOf = (manifests: DrivenParameters['manifests']): readonly string[] =>
  typeof manifests === 'string' ? [manifests] : (manifests ?? []);

/** For preflight: a cluster that knows the system's kinds. */
export async function hasKinds(
  p: DrivenParameters,
  context: StepContext,
  system: { readonly name: string; readonly apiVersion: string; readonly kind: string; readonly install: string },
): Promise<Result<void>> {
  const there = await reachable(p, context);
  if (!there.ok) return there;
  const connected = await connect({ ...p, patienceMs: 0 }, context);
  if (!connected.ok) return connected;
  try {
    const found = await resourcesOf(connected.value).of(system);
    if (found.ok) return ok(undefined);
    if (found.failure.status !== 404) return found;
    const message = `${system.name} is not installed in the cluster of the context "${connected.value.context}": it knows no ${system.kind} (${system.apiVersion}).`;
    return err(failure('missing', message, { next: system.install }));
  } finally {
    connected.value.close();
  }
}

/** The parameters of the `kubernetes` type that mean the same. */
export const asKubernetes = (p: DrivenParameters): KubernetesParameters =>
  kubernetesParameters.parse({
    manifests: listOf(p.manifests),
    force: p.force,
    field_manager: MANAGER,
    ...Object.fromEntries(
      (['context', 'kubeconfig', 'namespace'] as const).flatMap((name) =>
        p[name] === undefined ? [] : [[name, p[name]]],
      ),
    ),
  });

/** What applying the manifests would change; what the controllers make of them is theirs to say. */
export async function drivenPreview(p: DrivenParameters, context: StepContext): Promise<TaskResult<Preview>> {
  if (listOf(p.manifests).length > 0) return preview(asKubernetes(p), context);
  const changes = { create: 0, update: 0, replace: 0, destroy: 0 };
  return ok({ summary: 'No manifests are applied.', changes, text: 'No manifests are applied.', digest: 'none' });
}

export const drivenRollback = (p: DrivenParameters, context: StepContext): Promise<TaskResult<void>> =>
  rollback({ ...asKubernetes(p), wait: false }, {}, context);

export interface Reference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/** One object as it is now, with the resource that it belongs to. */
export async function find(on: Driven, { apiVersion, kind, name, namespace }: Reference): Promise<TaskResult<Found>> {
  const resource = await on.resources.of({ apiVersion, kind });
  if (!resource.ok) return resource;
  const path = pathTo(resource.value, resource.value.namespaced ? (namespace ?? on.namespace) : undefined, name);
  const answer = await on.cluster.request('GET', path);
  if (!answer.ok) {
    if (answer.failure.status !== 404) return answer;
    const where = resource.value.namespaced ? ` in the namespace "${namespace ?? on.namespace}"` : '';
    const next = 'Check its name and namespace, or let `manifests` bring it.';
    return err({ ...failure('missing', `There is no ${kind} "${name}"${where}.`, { next }), retriable: false });
  }
  return isKubeObject(answer.value)
    ? ok({ object: answer.value, resource: resource.value, path })
    : err(failure('tool', `The API server answered for ${path} with something other than an object.`));
}

export interface Found {
  readonly object: KubeObject;
  readonly resource: Resource;
  readonly path: string;
}

/** A merge patch under our name. */
export async function nudge(on: Driven, { path }: Pick<Found, 'path'>, body: unknown): Promise<TaskResult<KubeObject>> {
  const query = { fieldManager: `${MANAGER}-nudge` };
  const answer = await on.cluster.request('PATCH', path, { query, body, contentType: 'application/merge-patch+json' });
  return answer.ok ? ok(answer.value as KubeObject) : answer;
}

/** Waits by a rule of the type's own, and gives back the objects as they are then. */
export async function settle(
  on: Driven,
  awaited: readonly Awaited[],
  context: StepContext,
): Promise<TaskResult<readonly KubeObject[]>> {
  const ready = await waitFor(
    on.cluster,
    awaited,
    { timeoutMs: on.timeoutMs, failEarly: false, until: 'ready', parameter: 'timeout' },
    context,
  );
  if (!ready.ok) return ready;
  const objects: KubeObject[] = [];
  for (const { object, resource } of awaited) {
    const answer = await on.cluster.request('GET', pathTo(resource, object.metadata.namespace, object.metadata.name));
    if (!answer.ok) return answer;
    if (isKubeObject(answer.value)) objects.push(answer.value);
  }
  return ok(objects);
}
