import { resolve } from 'node:path';
import * as z from 'zod';
import { pause } from '../core/pause.ts';
import { ok } from '../core/result.ts';
import { defineTask, text, type StepContext, type TaskResult } from '../core/task-type.ts';
import { driven, drivenParameters, hasKinds, settle, type Driven } from './shared/kubernetes/driven.ts';
import { isKubeObject, listAt, textAt, type KubeObject } from './shared/kubernetes/objects.ts';
import { failed, READY, waiting, type Readiness } from './shared/kubernetes/ready.ts';
import { pathTo } from './shared/kubernetes/resources.ts';
import { findTool, refuse, toolFailure } from './shared/tool.ts';

const API = 'jenkins.io/v1';
const INSTALL = 'Install jx: https://jenkins-x.io/v3/install/';

const parameters = z.strictObject({
  action: z
    .enum(['start', 'wait', 'promote'])
    .meta({
      description:
        '`start` starts a pipeline and waits; `wait` waits for the latest one; `promote` brings a version to an environment.',
    })
    .default('start'),
  pipeline: text('The pipeline: `owner/repository/branch`. Needed for `start` and `wait`.').optional(),
  app: text('For `promote`: the application.').optional(),
  version: text('For `promote`: its version.').optional(),
  environment: text('For `promote`: the environment, `staging`.').optional(),
  ...drivenParameters,
});
type Parameters = z.output<typeof parameters>;

const outputs = z.strictObject({
  build: z.string().meta({ description: 'Number of the build.' }),
  status: z.string().meta({ description: '`Succeeded`, `Failed`, `Aborted`, …' }),
  version: z.string().meta({ description: 'Version that the pipeline released.' }),
});
type Outputs = z.output<typeof outputs>;

/** Jenkins X: pipelines started by `jx`, their end read from PipelineActivity objects. https://jenkins-x.io/v3/ */
export const jenkinsX = defineTask({
  type: 'jenkins-x',
  aliases: ['jx'],
  category: 'delivery',
  systems: ['Jenkins X'],
  summary: 'Start a pipeline and wait for its end, or promote a version to an environment.',
  docs: 'https://jenkins-x.io/v3/develop/reference/jx/pipeline/',
  licence: 'Apache-2.0',
  class: 'io',
  requires: [
    {
      anyOf: ['jx'],
      version: '>=3.0.0',
      probe: ['version', '--short'],
      licence: 'Apache-2.0',
      install: { macos: 'brew install jenkins-x/jx/jx', any: 'https://jenkins-x.io/v3/install/' },
      optional: true,
    },
  ],
  parameters,
  outputs,
  examples: [
    { title: 'Start a pipeline and wait for it', with: { pipeline: 'acme/shop/main' } },
    {
      title: 'Bring a version to staging',
      with: { action: 'promote', app: 'shop', version: '1.4.2', environment: 'staging' },
    },
  ],
  needs: (p) => (p.action === 'wait' ? [] : ['jx']),
  preflight: (p, context) =>
    hasKinds(withDefaults(p), context, {
      name: 'Jenkins X',
      apiVersion: API,
      kind: 'PipelineActivity',
      install: 'Install it: https://jenkins-x.io/v3/admin/platforms/',
    }),
  execution: { kind: 'steps', run: (p, context) => driven(withDefaults(p), context, (on) => run(p, on, context)) },
});

const withDefaults = (p: Parameters): Parameters => ({ ...p, namespace: p.namespace ?? 'jx', manifests: undefined });

async function run(p: Parameters, on: Driven, context: StepContext): Promise<TaskResult<Outputs>> {
  if (p.action === 'promote') return promote(p, context);
  if (p.pipeline === undefined)
    return refuse('invalid', 'Which pipeline is meant?', { next: 'Name it with `pipeline`: owner/repository/branch.' });
  const before = await activities(p.pipeline, on);
  if (!before.ok) return before;
  const last = before.value.at(-1);
  if (p.action === 'wait' && last === undefined)
    return refuse('missing', `The pipeline ${p.pipeline} has no build yet.`);
  if (p.action === 'start') {
    const begun = await start(p.pipeline, p, context);
    if (!begun.ok) return begun;
  }
  const activity = p.action === 'wait' ? ok(last) : await begunSince(p.pipeline, buildOf(last), on, context);
  if (!activity.ok) return activity;
  return activity.value === undefined
    ? refuse('timeout', `The pipeline ${p.pipeline} has not begun a build in time.`)
    : untilEnd(p, activity.value, on, context);
}

/** `jx` takes its cluster from the kubeconfig's current context alone. */
async function jx(
  args: readonly string[],
  what: string,
  p: Parameters,
  context: StepContext,
): Promise<TaskResult<void>> {
  if (p.context !== undefined)
    return refuse('invalid', 'jx works on the current context of a kubeconfig; it takes no other.', {
      next: 'Give a kubeconfig with that context instead of `context`.',
    });
  const found = await findTool(context, ['jx'], INSTALL);
  if (!found.ok) return found;
  const env = p.kubeconfig === undefined ? {} : { env: { KUBECONFIG: resolve(context.cwd, p.kubeconfig) } };
  const result = await context.exec({ kind: 'argv', program: found.value, args: [...args, '--batch-mode'], ...env });
  return result.exitCode === 0 ? ok(undefined) : toolFailure(result, what);
}

const start = (pipeline: string, p: Parameters, context: StepContext): Promise<TaskResult<void>> =>
  jx(
    ['pipeline', 'start', pipeline, '--namespace', p.namespace ?? 'jx'],
    `The pipeline ${pipeline} cannot be started`,
    p,
    context,
  );

const buildOf = (activity: KubeObject | undefined): number => Number(textAt(activity, 'spec', 'build') ?? 0);

/** The builds of a pipeline, oldest first. */
async function activities(pipeline: string, on: Driven): Promise<TaskResult<KubeObject[]>> {
  const resource = await on.resources.of({ apiVersion: API, kind: 'PipelineActivity' });
  if (!resource.ok) return resource;
  const answer = await on.cluster.request('GET', pathTo(resource.value, on.namespace));
  if (!answer.ok) return answer;
  return ok(
    listAt(answer.value, 'items')
      .map((item) => ({ apiVersion: API, kind: 'PipelineActivity', ...(item as object) }))
      .filter(isKubeObject)
      .filter((activity) => textAt(activity, 'spec', 'pipeline') === pipeline)
      .sort((a, b) => buildOf(a) - buildOf(b)),
  );
}

async function begunSince(
  pipeline: string,
  build: number,
  on: Driven,
  context: StepContext,
): Promise<TaskResult<KubeObject | undefined>> {
  const until = Date.now() + on.timeoutMs;
  for (;;) {
    const now = await activities(pipeline, on);
    if (!now.ok) return now;
    const fresh = now.value.find((activity) => buildOf(activity) > build);
    if (fresh !== undefined || Date.now() > until || context.signal.aborted) return ok(fresh);
    await pause(500, context.signal);
  }
}

async function untilEnd(
  p: Parameters,
  activity: KubeObject,
  on: Driven,
  context: StepContext,
): Promise<TaskResult<Outputs>> {
  context.log(`${p.pipeline ?? ''}: build ${textAt(activity, 'spec', 'build') ?? ''}`);
  const resource = await on.resources.of(activity);
  if (!resource.ok) return resource;
  if (!p.wait) return ok(outputsOf(activity));
  const settled = await settle(on, [{ object: activity, resource: resource.value, expected: { judge } }], context);
  return settled.ok ? ok(outputsOf(settled.value[0] ?? activity)) : settled;
}

export function judge(activity: KubeObject): Readiness {
  const status = textAt(activity, 'spec', 'status') ?? 'Pending';
  if (status === 'Succeeded') return READY;
  if (['Failed', 'Error', 'Aborted', 'Cancelled', 'TimedOut'].includes(status)) {
    const broken = listAt(activity, 'spec', 'steps').flatMap((entry) => {
      const stage = textAt(entry, 'stage', 'status') === 'Failed' ? textAt(entry, 'stage', 'name') : undefined;
      return stage === undefined ? [] : [stage];
    });
    return failed(`it ended ${status}${broken.length === 0 ? '' : ` in ${broken.join(', ')}`}`);
  }
  return waiting(`it is ${status}`);
}

const outputsOf = (activity: KubeObject): Outputs => ({
  build: textAt(activity, 'spec', 'build') ?? '',
  status: textAt(activity, 'spec', 'status') ?? '',
  version: textAt(activity, 'spec', 'version') ?? '',
});

async function promote(p: Parameters, context: StepContext): Promise<TaskResult<Outputs>> {
  if (p.app === undefined || p.version === undefined || p.environment === undefined) {
    return refuse('invalid', 'To promote, `app`, `version` and `environment` are needed.');
  }
  const { app, version, environment } = p;
  const args = ['promote', '--app', app, '--version', version, '--env', environment];
  const done = await jx(args, `${app} ${version} cannot be promoted to ${environment}`, p, context);
  return done.ok ? ok({ build: '', status: 'Promoted', version }) : done;
}
