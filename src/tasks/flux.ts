import * as z from 'zod';
import { ok } from '../core/result.ts';
import { defineTask, text, type Preview, type StepContext, type TaskResult } from '../core/task-type.ts';
import {
  driven,
  drivenParameters,
  drivenPreview,
  drivenRollback,
  find,
  hasKinds,
  nudge,
  settle,
  type Driven,
  type Found,
} from './shared/kubernetes/driven.ts';
import { at, groupOf, nameOf, textAt, type KubeObject } from './shared/kubernetes/objects.ts';
import { condition, failed, READY, told, waiting, type Readiness } from './shared/kubernetes/ready.ts';
import { refuse } from './shared/tool.ts';

/** Kinds by their API versions, in the order that they depend on each other. */
const KINDS: Readonly<Record<string, string>> = {
  GitRepository: 'source.toolkit.fluxcd.io/v1',
  OCIRepository: 'source.toolkit.fluxcd.io/v1',
  Bucket: 'source.toolkit.fluxcd.io/v1',
  HelmRepository: 'source.toolkit.fluxcd.io/v1',
  HelmChart: 'source.toolkit.fluxcd.io/v1',
  Kustomization: 'kustomize.toolkit.fluxcd.io/v1',
  HelmRelease: 'helm.toolkit.fluxcd.io/v2',
};
const ORDER = Object.keys(KINDS);
/** What is fetched, what is made of it, what is applied from it: each is asked for once the one before is there. */
const PHASES: readonly (readonly string[])[] = [
  ['GitRepository', 'OCIRepository', 'Bucket', 'HelmRepository'],
  ['HelmChart'],
  ['Kustomization', 'HelmRelease'],
];

const parameters = z.strictObject({
  action: z
    .enum(['reconcile', 'suspend', 'resume'])
    .meta({ description: '`reconcile` fetches and applies now; `suspend` halts; `resume` goes on, and reconciles.' })
    .default('reconcile'),
  kind: z
    .enum(['GitRepository', 'OCIRepository', 'Bucket', 'HelmRepository', 'HelmChart', 'Kustomization', 'HelmRelease'])
    .meta({ description: 'Kind of the object that `name` names.' })
    .default('Kustomization'),
  name: text('An object that is in the cluster already. Default: those among the manifests.').optional(),
  with_source: z
    .boolean()
    .meta({ description: 'Have the source fetched first, so that what is applied is what is there now.' })
    .default(true),
  ...drivenParameters,
});
type Parameters = z.output<typeof parameters>;

const outputs = z.strictObject({
  revision: z.string().meta({ description: 'The revision that was applied last: `main@sha1:…`.' }),
  ready: z.int().meta({ description: 'Objects that are ready.' }),
  revisions: z.record(z.string(), z.string()).meta({ description: 'The revision of each object.' }),
});
type Outputs = z.output<typeof outputs>;

/** Flux, by its own objects; the `flux` command line is not needed. https://fluxcd.io/flux/components/ */
export const flux = defineTask({
  type: 'flux',
  aliases: ['fluxcd'],
  category: 'delivery',
  systems: ['Flux'],
  summary: 'Apply sources and kustomizations, reconcile them now, and wait until they are ready.',
  docs: 'https://fluxcd.io/flux/components/kustomize/kustomizations/',
  licence: 'Apache-2.0',
  class: 'io',
  parameters,
  outputs,
  conventions: [{ parameter: 'manifests', from: 'files', globs: ['flux/**/*.{yaml,yml}'], take: 'base' }],
  examples: [
    { title: 'Apply and reconcile what is under flux/', with: {} },
    { title: 'Reconcile one kustomization now', with: { name: 'shop', namespace: 'flux-system' } },
    {
      title: 'Halt a release while the database is moved',
      with: { action: 'suspend', kind: 'HelmRelease', name: 'shop', namespace: 'shop' },
    },
  ],
  preflight: (p, context) =>
    p.manifests === undefined
      ? hasKinds(withDefaults(p), context, {
          name: 'Flux',
          apiVersion: KINDS[p.kind] ?? '',
          kind: p.kind,
          install: 'Install it: https://fluxcd.io/flux/installation/',
        })
      : Promise.resolve(ok(undefined)),
  execution: { kind: 'steps', run: (p, context) => driven(withDefaults(p), context, (on) => perform(p, on, context)) },
  preview,
  rollback: (p, _outputs, context) => drivenRollback(withDefaults(p), context),
});

const withDefaults = (p: Parameters): Parameters => ({ ...p, namespace: p.namespace ?? 'flux-system' });

async function perform(p: Parameters, on: Driven, context: StepContext): Promise<TaskResult<Outputs>> {
  const found = await subjects(p, on);
  if (!found.ok) return found;
  if (p.action === 'reconcile') return reconcile(p, found.value, on, context);
  const halted = await suspend(p.action === 'suspend', found.value, on, context);
  if (!halted.ok || p.action === 'suspend') return halted.ok ? ok(outputsOf(halted.value)) : halted;
  const resumed = found.value.map((subject, index) => ({ ...subject, object: halted.value[index] ?? subject.object }));
  return reconcile(p, resumed, on, context);
}

async function reconcile(
  p: Parameters,
  found: readonly Found[],
  on: Driven,
  context: StepContext,
): Promise<TaskResult<Outputs>> {
  for (const { object } of found) {
    if (isSuspended(object)) {
      return refuse('conflict', `${nameOf(object)} is suspended: it is not reconciled.`, {
        next: 'Resume it first (`action: resume`).',
      });
    }
  }
  const sources = p.with_source ? await sourcesOf(found, on, context) : ok([]);
  if (!sources.ok) return sources;
  const all = new Map([...sources.value, ...found].map((one) => [one.path, one]));
  const asked: Request = { at: new Date().toISOString(), ends: Date.now() + on.timeoutMs, fetched: new Map() };
  const done: KubeObject[] = [];
  for (const kinds of PHASES) {
    const phase = [...all.values()].filter(({ object }) => kinds.includes(object.kind));
    const settled = await ask(p, phase, asked, on, context);
    if (!settled.ok) return settled;
    done.push(...settled.value);
  }
  const own = new Set(found.map(({ object }) => nameOf(object)));
  return ok(outputsOf(done.filter((object) => own.has(nameOf(object)))));
}

interface Request {
  /** A time that no earlier request bore: a controller answers by repeating it. */
  readonly at: string;
  /** Milliseconds since 1970. */
  readonly ends: number;
  /** The revision of each source that was fetched for this request. */
  readonly fetched: Map<string, string>;
}

/** Has some objects reconciled, and waits for them. */
async function ask(
  p: Parameters,
  phase: readonly Found[],
  asked: Request,
  on: Driven,
  context: StepContext,
): Promise<TaskResult<readonly KubeObject[]>> {
  for (const subject of phase) {
    const done = await nudge(on, subject, {
      metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': asked.at } },
    });
    if (!done.ok) return done;
  }
  if (!p.wait) return ok(phase.map(({ object }) => object));
  const awaited = phase.map((subject) => {
    const before = attempted(subject.object);
    const wanted = originsOf(subject.object).flatMap((one) => asked.fetched.get(one.key) ?? []);
    const judge = (object: KubeObject): Readiness => {
      const state = judgeFlux(object, asked.at);
      // Its controller may have seen the request before it saw what was fetched for it.
      const isOld = wanted.length > 0 && attempted(object) === before && !wanted.includes(before);
      return state.state === 'ready' && isOld ? waiting(`it has not taken ${wanted.join(', ')} yet`) : state;
    };
    return { ...subject, expected: { judge } };
  });
  const settled = await settle({ ...on, timeoutMs: Math.max(1, asked.ends - Date.now()) }, awaited, context);
  if (!settled.ok) return settled;
  for (const object of settled.value) {
    const revision = textAt(object, 'status', 'artifact', 'revision');
    if (revision !== undefined) asked.fetched.set(keyOf(object.kind, object.metadata), revision);
  }
  return settled;
}

interface Origin {
  readonly key: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | undefined;
}

const keyOf = (kind: string, { name, namespace = '' }: { name: string; namespace?: string }): string =>
  `${kind} ${namespace}/${name}`;

/** What an object is made from, as its own text names it; for a release also the chart that its controller has made of it. */
function originsOf(object: KubeObject): Origin[] {
  const own = object.metadata.namespace;
  const references = [
    ['spec', 'sourceRef'],
    ['spec', 'chartRef'],
    ['spec', 'chart', 'spec', 'sourceRef'],
  ].map((path) => at(object, ...path));
  const [namespace, name] = (textAt(object, 'status', 'helmChart') ?? '').split('/');
  const all = [...references, ...(name === undefined ? [] : [{ kind: 'HelmChart', name, namespace }])];
  return all.flatMap((one) => {
    const [kind, called] = [textAt(one, 'kind'), textAt(one, 'name')];
    if (kind === undefined || called === undefined || KINDS[kind] === undefined) return [];
    const where = textAt(one, 'namespace') ?? own;
    const place = { name: called, ...(where === undefined ? {} : { namespace: where }) };
    return [{ key: keyOf(kind, place), kind, name: called, namespace: where }];
  });
}

/** The sources of what is to be reconciled, and theirs in turn. */
async function sourcesOf(found: readonly Found[], on: Driven, context: StepContext): Promise<TaskResult<Found[]>> {
  const sources = new Map<string, Found>();
  const open = found.flatMap(({ object }) => originsOf(object));
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if (sources.has(one.key)) continue;
    const { kind, name, namespace } = one;
    const apiVersion = KINDS[kind] ?? '';
    const source = await find(on, { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) });
    if (!source.ok) return source;
    if (isSuspended(source.value.object)) {
      context.warn(`${nameOf(source.value.object)} is suspended: what it fetched last is applied.`);
      continue;
    }
    sources.set(one.key, source.value);
    open.push(...originsOf(source.value.object));
  }
  return ok([...sources.values()]);
}

const isSuspended = (object: KubeObject): boolean => at(object, 'spec', 'suspend') === true;

/** What the manifests would change, or what would be asked for; what comes of it lies in the source. */
async function preview(given: Parameters, context: StepContext): Promise<TaskResult<Preview>> {
  const p = withDefaults(given);
  if (p.manifests !== undefined && p.action === 'reconcile') return drivenPreview(p, context);
  return driven({ ...p, manifests: undefined }, context, async (on) => {
    const found = await subjects(p, on);
    if (!found.ok) return found;
    const lines = found.value.map(({ object }) => {
      const state = isSuspended(object) ? 'suspended' : attempted(object) || 'nothing applied yet';
      return `~ ${p.action} ${nameOf(object)} (${state})`;
    });
    const changes = { create: 0, update: p.action === 'reconcile' ? 0 : found.value.length, replace: 0, destroy: 0 };
    return ok({
      summary: `${found.value.length} to ${p.action}; what comes of it lies in the source`,
      changes,
      text: lines.join('\n'),
      digest: JSON.stringify(lines),
    });
  });
}

async function subjects(p: Parameters, on: Driven): Promise<TaskResult<Found[]>> {
  if (p.name !== undefined) {
    const one = await find(on, { apiVersion: KINDS[p.kind] ?? '', kind: p.kind, name: p.name });
    return one.ok ? ok([one.value]) : one;
  }
  const own = on.applied
    .filter(({ after }) => groupOf(after.apiVersion).endsWith('.toolkit.fluxcd.io') && ORDER.includes(after.kind))
    .map(({ after, target }) => ({ object: after, resource: target.resource, path: target.path }))
    .sort((a, b) => ORDER.indexOf(a.object.kind) - ORDER.indexOf(b.object.kind));
  if (own.length > 0) return ok(own);
  return refuse('invalid', 'There is nothing to reconcile: no Flux object among the manifests, and none is named.', {
    next: 'Name one with `kind` and `name`, or put manifests under flux/.',
  });
}

async function suspend(
  halted: boolean,
  found: readonly Found[],
  on: Driven,
  context: StepContext,
): Promise<TaskResult<readonly KubeObject[]>> {
  const objects: KubeObject[] = [];
  for (const subject of found) {
    const done = await nudge(on, subject, { spec: { suspend: halted } });
    if (!done.ok) return done;
    context.log(`${nameOf(subject.object)}: ${halted ? 'suspended' : 'resumed'}`);
    objects.push(done.value);
  }
  return ok(objects);
}

/** It is looked at again by itself, soon: no failure of its own. */
const PASSING = ['DependencyNotReady', 'ArtifactFailed', 'SourceNotReady'];

/** Ready counts only once the controller has answered our request; an older Ready speaks of an older state. */
export function judgeFlux(object: KubeObject, requestedAt: string): Readiness {
  // An OCI or default Helm repository of type `oci` has no status: it is only an address.
  if (object.kind === 'HelmRepository' && textAt(object, 'spec', 'type') === 'oci') return READY;
  const handled = textAt(object, 'status', 'lastHandledReconcileAt');
  if (handled !== requestedAt) return waiting('its controller has not taken the request yet');
  const stalled = condition(object, 'Stalled');
  if (stalled?.status === 'True') return failed(told(stalled));
  const ready = condition(object, 'Ready');
  if (ready?.status === 'True') return READY;
  // The answer to our request; the controller tries again by itself, but as late as its interval says.
  if (ready?.status === 'False' && !PASSING.includes(ready.reason)) return failed(told(ready));
  return waiting(ready === undefined ? 'it is being reconciled' : told(ready));
}

const revisionOf = (object: KubeObject): string =>
  textAt(object, 'status', 'lastAppliedRevision') ??
  textAt(object, 'status', 'artifact', 'revision') ??
  textAt(object, 'status', 'history', 0, 'chartVersion') ??
  '';

const attempted = (object: KubeObject): string =>
  textAt(object, 'status', 'lastAttemptedRevision') ?? revisionOf(object);

const isReady = (object: KubeObject): boolean => condition(object, 'Ready')?.status === 'True';

/** A release is told ready a moment before its history is written: what it attempted last is what it then has. */
const appliedRevision = (object: KubeObject): string =>
  revisionOf(object) || (isReady(object) ? attempted(object) : '');

function outputsOf(objects: readonly KubeObject[]): Outputs {
  const revisions = Object.fromEntries(objects.map((object) => [nameOf(object), appliedRevision(object)]));
  const ready = objects.filter(isReady).length;
  return { revision: objects.map(appliedRevision).findLast((revision) => revision !== '') ?? '', ready, revisions };
}
