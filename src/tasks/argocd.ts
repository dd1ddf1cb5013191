import * as z from 'zod';
import { err, ok } from '../core/result.ts';
import { failure } from '../core/failure.ts';
import { defineTask, text, type Preview, type StepContext, type TaskResult } from '../core/task-type.ts';
import {
  driven,
  drivenParameters,
  drivenPreview,
  find,
  hasKinds,
  nudge,
  settle,
  type Driven,
  type Found,
} from './shared/kubernetes/driven.ts';
import { at, listAt, nameOf, numberAt, textAt, type KubeObject } from './shared/kubernetes/objects.ts';
import { failed, READY, waiting, type Readiness } from './shared/kubernetes/ready.ts';
import { recordRevision, recordedRevision } from './shared/revision-record.ts';

const API = 'argoproj.io/v1alpha1';

const parameters = z.strictObject({
  action: z
    .enum(['sync', 'rollback'])
    .meta({ description: '`sync` brings the cluster to the state in Git; `rollback` to an earlier deployment.' })
    .default('sync'),
  application: text('Name of the Application. Default: the only one among the manifests.').optional(),
  revision: text('Commit, branch or tag to sync to. Default: that of the Application.').optional(),
  history: z
    .int()
    .min(0)
    .meta({ description: 'For `rollback`: the id in the Application’s history. Default: the one before.' })
    .optional(),
  prune: z.boolean().meta({ description: 'Delete what is no longer in Git.' }).default(false),
  ...drivenParameters,
});
type Parameters = z.output<typeof parameters>;

const outputSchema = z.strictObject({
  application: z.string().meta({ description: 'Name of the Application.' }),
  revision: z.string().meta({ description: 'The commit that is deployed.' }),
  sync: z.string().meta({ description: '`Synced` or `OutOfSync`.' }),
  health: z.string().meta({ description: '`Healthy`, `Progressing`, `Degraded`, …' }),
});
type Outputs = z.output<typeof outputSchema>;

/** Argo CD, by its Application objects: the API server of the cluster is all it needs. https://argo-cd.readthedocs.io/en/stable/operator-manual/application.yaml */
export const argocd = defineTask({
  type: 'argocd',
  aliases: ['argo-cd'],
  category: 'delivery',
  systems: ['Argo CD'],
  summary: 'Create or update an Application, sync it, and wait until it is Synced and Healthy.',
  docs: 'https://argo-cd.readthedocs.io/en/stable/user-guide/sync-kubectl/',
  licence: 'Apache-2.0',
  class: 'io',
  parameters,
  outputs: outputSchema,
  conventions: [{ parameter: 'manifests', from: 'files', globs: ['argocd/**/*.{yaml,yml}'], take: 'base' }],
  examples: [
    { title: 'Sync the Application of this repository', with: {} },
    {
      title: 'Sync one to a commit',
      with: { application: 'shop', namespace: 'argocd', revision: 'v1.4.2', prune: true },
    },
    {
      title: 'Go back to the deployment before',
      with: { action: 'rollback', application: 'shop', namespace: 'argocd' },
    },
  ],
  preflight: (p, context) =>
    p.manifests === undefined || p.action === 'rollback'
      ? hasKinds(withDefaults(p), context, {
          name: 'Argo CD',
          apiVersion: API,
          kind: 'Application',
          install: 'Install it: https://argo-cd.readthedocs.io/en/stable/getting_started/',
        })
      : Promise.resolve(ok(undefined)),
  execution: {
    kind: 'steps',
    run: (p, context) =>
      driven(p.action === 'rollback' ? { ...withDefaults(p), manifests: undefined } : withDefaults(p), context, (on) =>
        perform(p, on, context),
      ),
  },
  preview,
  rollback: undo,
});

/** What the manifests would change in the Application, else what Argo CD itself finds OutOfSync. */
async function preview(given: Parameters, context: StepContext): Promise<TaskResult<Preview>> {
  const p = withDefaults(given);
  if (p.manifests !== undefined && p.action === 'sync') return drivenPreview(p, context);
  return driven({ ...p, manifests: undefined }, context, async (on) => {
    const found = await application(p, on);
    if (!found.ok) return found;
    const fresh = await refreshed(on, found.value, context);
    if (!fresh.ok) return fresh;
    const app = fresh.value;
    const target = p.action === 'rollback' ? earlier(app, p.history) : ok({ revision: p.revision });
    if (!target.ok) return target;
    const to = target.value.revision;
    const apart = to === undefined ? listAt(app, 'status', 'resources').filter(isApart) : [];
    const gone = apart.filter((one) => at(one, 'requiresPruning') === true);
    const destroy = p.prune ? gone.length : 0;
    const changes = { create: 0, update: apart.length - gone.length, replace: 0, destroy };
    const lines = apart.map((one) => {
      const isGone = gone.includes(one);
      return `${isGone ? (p.prune ? '-' : ' ') : '~'} ${shown(one)}${isGone && !p.prune ? ' (no longer in Git; kept, since `prune` is not set)' : ''}`;
    });
    const deployed = latest(app)?.revision ?? 'nothing';
    const head = `${p.action} ${nameOf(app)}: ${deployed} -> ${to ?? textAt(app, 'status', 'sync', 'revision') ?? 'what is in Git'}`;
    const unknown = to === undefined ? '' : '; what another revision changes is only known to Argo CD';
    return ok({
      summary: `${apart.length} OutOfSync${unknown}`,
      changes,
      text: [head, ...lines].join('\n'),
      digest: JSON.stringify([head, lines]),
    });
  });
}

const isApart = (resource: unknown): boolean => textAt(resource, 'status') === 'OutOfSync';

const shown = (resource: unknown): string => `${textAt(resource, 'kind') ?? ''} ${textAt(resource, 'name') ?? ''}`;

const REFRESH = 'argocd.argoproj.io/refresh';

/** Has Argo CD compare once more: it looks into Git every few minutes only. The mark goes away when it has. */
async function refreshed(on: Driven, app: Found, context: StepContext): Promise<TaskResult<KubeObject>> {
  const asked = await nudge(on, app, { metadata: { annotations: { [REFRESH]: 'normal' } } });
  if (!asked.ok) return asked;
  const judge = (object: KubeObject): Readiness =>
    object.metadata.annotations?.[REFRESH] === undefined ? READY : waiting('Argo CD has not compared it yet');
  const settled = await settle(
    { ...on, timeoutMs: Math.min(on.timeoutMs, 60_000) },
    [{ ...app, expected: { judge } }],
    context,
  );
  return settled.ok ? ok(settled.value[0] ?? app.object) : settled;
}

/** Applications live in Argo CD's own namespace, most times. */
const withDefaults = (p: Parameters): Parameters => ({ ...p, namespace: p.namespace ?? 'argocd' });

async function perform(p: Parameters, on: Driven, context: StepContext): Promise<TaskResult<Outputs>> {
  const found = await application(p, on);
  if (!found.ok) return found;
  const app = found.value;
  const name = app.object.metadata.name;
  const deployed = latest(app.object);
  const recorded = await recordRevision(context.stateDir, name, deployed === undefined ? -1 : deployed.id);
  if (!recorded.ok) return recorded;
  const target = p.action === 'rollback' ? earlier(app.object, p.history) : ok({ revision: p.revision });
  if (!target.ok) return target;
  return syncTo(p, on, app, target.value, context);
}

interface SyncTarget {
  readonly revision: string | undefined;
  readonly source?: unknown;
}

async function syncTo(
  p: Parameters,
  on: Driven,
  app: Found,
  target: SyncTarget,
  context: StepContext,
): Promise<TaskResult<Outputs>> {
  const name = app.object.metadata.name;
  if (textAt(app.object, 'status', 'operationState', 'phase') === 'Running' || app.object.operation !== undefined) {
    context.warn(`${nameOf(app.object)}: another operation is running; ours begins when it has ended`);
    const free = await settle(on, [{ ...app, expected: { judge: idle } }], context);
    if (!free.ok) return free;
  }
  // No earlier operation bears it, not even one of this attempt.
  const mark = `${context.runId}/${context.task}/${context.attempt}/${Date.now()}`;
  const operation = {
    initiatedBy: { username: 'code-engine' },
    info: [
      { name: 'Reason', value: `workflow ${context.workflow}, run ${context.runId}` },
      { name: 'Attempt', value: mark },
    ],
    sync: {
      prune: p.prune,
      ...(target.revision === undefined ? {} : { revision: target.revision }),
      ...(target.source === undefined ? {} : { source: target.source }),
      syncStrategy: { hook: {} },
    },
  };
  const started = await nudge(on, app, { operation });
  if (!started.ok) return started;
  context.log(`${nameOf(app.object)}: sync begun${target.revision === undefined ? '' : ` to ${target.revision}`}`);
  if (!p.wait) return ok(outputsOf(name, app.object));
  const judge = (object: KubeObject): Readiness => judgeSync(object, mark, target.revision === undefined);
  const settled = await settle(on, [{ ...app, expected: { judge } }], context);
  if (!settled.ok) return settled;
  return ok(outputsOf(name, settled.value[0] ?? app.object));
}

const idle = (object: KubeObject): Readiness =>
  object.operation !== undefined || textAt(object, 'status', 'operationState', 'phase') === 'Running'
    ? waiting('another operation is running')
    : READY;

/** @param mark what our operation carries, so that an earlier one's end is not taken for ours */
export function judgeSync(object: KubeObject, mark: string, toHead: boolean): Readiness {
  const state = at(object, 'status', 'operationState');
  const info = listAt(state, 'operation', 'info').map((entry) => textAt(entry, 'value'));
  if (object.operation !== undefined || !info.includes(mark)) return waiting('the sync has not begun yet');
  const phase = textAt(state, 'phase') ?? '';
  const message = textAt(state, 'message') ?? '';
  if (phase === 'Failed' || phase === 'Error')
    return failed(`the sync ended ${phase}: ${message}${resourceErrors(state)}`);
  if (phase !== 'Succeeded') return waiting(`the sync is ${phase}: ${message}`);
  const health = textAt(object, 'status', 'health', 'status') ?? 'Unknown';
  if (health !== 'Healthy')
    return waiting(
      `it is ${health}${textAt(object, 'status', 'health', 'message') === undefined ? '' : `: ${textAt(object, 'status', 'health', 'message') ?? ''}`}`,
    );
  const sync = textAt(object, 'status', 'sync', 'status') ?? 'Unknown';
  // After a sync to another commit than that of the Application, OutOfSync is what it is meant to be.
  if (sync === 'Synced' || !toHead) return READY;
  const apart = listAt(object, 'status', 'resources').filter(isApart);
  return waiting(`it is ${sync}${apart.length === 0 ? '' : `: ${apart.slice(0, 3).map(shown).join(', ')}`}`);
}

function resourceErrors(state: unknown): string {
  const broken = listAt(state, 'syncResult', 'resources').filter((entry) => textAt(entry, 'status') === 'SyncFailed');
  const told = broken
    .slice(0, 3)
    .map((entry) => `${textAt(entry, 'kind') ?? ''} ${textAt(entry, 'name') ?? ''}: ${textAt(entry, 'message') ?? ''}`);
  return told.length === 0 ? '' : ` (${told.join('; ')})`;
}

async function application(p: Parameters, on: Driven): Promise<TaskResult<Found>> {
  const own = on.applied
    .filter(({ after }) => after.kind === 'Application' && after.apiVersion === API)
    .map(({ after }) => after.metadata);
  const named = p.application ?? (own.length === 1 ? own[0]?.name : undefined);
  if (named === undefined) {
    const among =
      own.length === 0
        ? 'There is none among the manifests.'
        : `Among the manifests are ${own.map(({ name }) => name).join(', ')}.`;
    return err({
      ...failure('invalid', `Which Application is meant? ${among}`, { next: 'Name it with `application`.' }),
      retriable: false,
    });
  }
  const namespace = own.find(({ name }) => name === named)?.namespace ?? on.namespace;
  return find(on, { apiVersion: API, kind: 'Application', name: named, namespace });
}

interface Deployed {
  readonly id: number;
  readonly revision: string;
  readonly source: unknown;
}

const historyOf = (app: KubeObject): Deployed[] =>
  listAt(app, 'status', 'history').flatMap((entry) => {
    const id = numberAt(entry, 'id');
    return id === undefined ? [] : [{ id, revision: textAt(entry, 'revision') ?? '', source: at(entry, 'source') }];
  });

const latest = (app: KubeObject): Deployed | undefined => historyOf(app).at(-1);

/** A rollback is a sync to an entry of the history; Argo CD refuses it while it syncs by itself. */
function earlier(app: KubeObject, id: number | undefined): TaskResult<SyncTarget> {
  const name = nameOf(app);
  if (at(app, 'spec', 'syncPolicy', 'automated') !== undefined) {
    const next = 'Turn automated sync off in the Application first, or go back in Git.';
    return err({
      ...failure('conflict', `${name} syncs automatically: what is rolled back would be synced again at once.`, {
        next,
      }),
      retriable: false,
    });
  }
  const history = historyOf(app);
  const entry = id === undefined ? history.at(-2) : history.find((one) => one.id === id);
  if (entry !== undefined) return ok({ revision: entry.revision, source: entry.source });
  const known = history.map((one) => one.id).join(', ') || 'none';
  return err({
    ...failure(
      'missing',
      `${name} has no deployment ${id === undefined ? 'before this one' : String(id)} in its history (known: ${known}).`,
    ),
    retriable: false,
  });
}

async function undo(p: Parameters, outputs: Partial<Outputs>, context: StepContext): Promise<TaskResult<void>> {
  const result = await driven({ ...withDefaults(p), manifests: undefined }, context, async (on) => {
    const name = p.application ?? outputs.application;
    if (name === undefined) return ok(undefined);
    const app = await find(on, { apiVersion: API, kind: 'Application', name });
    if (!app.ok) return app;
    const id = await recordedRevision(context.stateDir, name);
    if (id === undefined || id < 0 || latest(app.value.object)?.id === id) {
      context.log('Nothing to undo: there was no deployment before, or it is still the latest.');
      return ok(undefined);
    }
    const target = earlier(app.value.object, id);
    return target.ok ? syncTo(p, on, app.value, target.value, context) : target;
  });
  return result.ok ? ok(undefined) : result;
}

const outputsOf = (name: string, app: KubeObject): Outputs => ({
  application: name,
  revision:
    textAt(app, 'status', 'operationState', 'syncResult', 'revision') ??
    textAt(app, 'status', 'sync', 'revision') ??
    '',
  sync: textAt(app, 'status', 'sync', 'status') ?? 'Unknown',
  health: textAt(app, 'status', 'health', 'status') ?? 'Unknown',
});
