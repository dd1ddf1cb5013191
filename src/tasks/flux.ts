import * as z from 'zod';
import { ok } from '../core/result.ts';
import { defineTask, text, type StepContext, type TaskResult } from '../core/task-type.ts';
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

const parameters = z.strictObject({
  action: z
    .enum(['reconcile', 'suspend', 'resume'])
    .meta({ description: '`reconcile` fetches and applies now; `suspend` and `resume` halt and go on.' })
    .default('reconcile'),
  kind: z
    .enum(['GitRepository', 'OCIRepository', 'Bucket', 'HelmRepository', 'HelmChart', 'Kustomization', 'HelmRelease'])
    .meta({ description: 'Kind of the object that `name` names.' })
    .default('Kustomization'),
  name: text('An object that is in the cluster already. Default: those among the manifests.').optional(),
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
  preview: (p, context) => drivenPreview(withDefaults(p), context),
  rollback: (p, _outputs, context) => drivenRollback(withDefaults(p), context),
});

const withDefaults = (p: Parameters): Parameters => ({ ...p, namespace: p.namespace ?? 'flux-system' });

async function perform(p: Parameters, on: Driven, context: StepContext): Promise<TaskResult<Outputs>> {
  const found = await subjects(p, on);
  if (!found.ok) return found;
  if (p.action !== 'reconcile') return suspend(p.action === 'suspend', found.value, on, context);
  // A time that no earlier request bore: the controller answers by repeating it.
  const requestedAt = new Date().toISOString();
  for (const subject of found.value) {
    if (at(subject.object, 'spec', 'suspend') === true) {
      return refuse('conflict', `${nameOf(subject.object)} is suspended: it is not reconciled.`, {
        next: 'Resume it first (`action: resume`).',
      });
    }
    const asked = await nudge(on, subject, {
      metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': requestedAt } },
    });
    if (!asked.ok) return asked;
  }
  if (!p.wait) return ok(outputsOf(found.value.map(({ object }) => object)));
  const judge = (object: KubeObject): Readiness => judgeFlux(object, requestedAt);
  const settled = await settle(
    on,
    found.value.map((subject) => ({ ...subject, expected: { judge } })),
    context,
  );
  return settled.ok ? ok(outputsOf(settled.value)) : settled;
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
): Promise<TaskResult<Outputs>> {
  const objects: KubeObject[] = [];
  for (const subject of found) {
    const done = await nudge(on, subject, { spec: { suspend: halted } });
    if (!done.ok) return done;
    context.log(`${nameOf(subject.object)}: ${halted ? 'suspended' : 'resumed'}`);
    objects.push(done.value);
  }
  return ok(outputsOf(objects));
}

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
  return waiting(ready === undefined ? 'it is being reconciled' : told(ready));
}

const revisionOf = (object: KubeObject): string =>
  textAt(object, 'status', 'lastAppliedRevision') ??
  textAt(object, 'status', 'artifact', 'revision') ??
  textAt(object, 'status', 'history', 'chartVersion') ??
  '';

function outputsOf(objects: readonly KubeObject[]): Outputs {
  const revisions = Object.fromEntries(objects.map((object) => [nameOf(object), revisionOf(object)]));
  const ready = objects.filter((object) => condition(object, 'Ready')?.status === 'True').length;
  return { revision: objects.map(revisionOf).findLast((revision) => revision !== '') ?? '', ready, revisions };
}
