import * as z from 'zod';
import { isObject } from '../core/json.ts';
import { ok } from '../core/result.ts';
import { defineTask, text, type StepContext, type TaskResult } from '../core/task-type.ts';
import { must, openTool, toolAndCluster, type ClusterTool } from './shared/cluster-tool.ts';
import { applySet } from './shared/kubernetes/actions.ts';
import { rollback as undo } from './shared/kubernetes/checks.ts';
import { asKubernetes, drivenParameters, drivenPreview } from './shared/kubernetes/driven.ts';
import { at, numberAt } from './shared/kubernetes/objects.ts';
import { jsonFrom, refuse, toolFailure } from './shared/tool.ts';
import { milliseconds } from './shared/until.ts';

const INSTALL =
  'Install the cilium command line: https://docs.cilium.io/en/stable/gettingstarted/k8s-install-default/#install-the-cilium-cli';

const parameters = z.strictObject({
  action: z
    .enum(['status', 'install', 'connectivity', 'policies'])
    .meta({
      description:
        '`status` waits until the agents are well; `install` installs or upgrades; `connectivity` runs the connectivity test; `policies` applies network policies.',
    })
    .default('status'),
  version: text('For `install`: the version. Default: the command line’s own.').optional(),
  set: z
    .record(z.string(), z.string())
    .meta({ description: 'For `install`: Helm values. No secrets: they stand in arguments.' })
    .default({}),
  tests: z.array(z.string()).meta({ description: 'For `connectivity`: only these tests.' }).default([]),
  ...drivenParameters,
});
type Parameters = z.output<typeof parameters>;

const outputs = z.strictObject({
  status: z.string().meta({ description: '`ok`, or what is wrong.' }),
  ready: z.record(z.string(), z.string()).meta({ description: 'Ready pods of each part: `{"cilium": "3/3"}`.' }),
});
type Outputs = z.output<typeof outputs>;

/** Cilium: the cluster's network, its state, its policies. https://docs.cilium.io/en/stable/cmdref/ */
export const cilium = defineTask({
  type: 'cilium',
  category: 'mesh',
  systems: ['Cilium'],
  summary: 'Wait until the network is well, install it, test connectivity, or apply network policies.',
  docs: 'https://docs.cilium.io/en/stable/gettingstarted/k8s-install-default/',
  licence: 'Apache-2.0',
  class: 'io',
  requires: [
    {
      anyOf: ['cilium'],
      version: '>=0.15.0',
      probe: ['version', '--client'],
      versionPattern: 'cilium-cli:\\s*v?(\\d+\\.\\d+\\.\\d+)',
      licence: 'Apache-2.0',
      install: {
        macos: 'brew install cilium-cli',
        any: 'https://docs.cilium.io/en/stable/gettingstarted/k8s-install-default/',
      },
      optional: true,
    },
  ],
  parameters,
  outputs,
  conventions: [{ parameter: 'manifests', from: 'files', globs: ['cilium/**/*.{yaml,yml}'], take: 'base' }],
  examples: [
    { title: 'Wait until the network is well', with: {} },
    { title: 'Apply network policies', with: { action: 'policies', manifests: 'cilium', namespace: 'shop' } },
    {
      title: 'Two of the connectivity tests',
      with: { action: 'connectivity', tests: ['no-policies', 'client-egress'] },
    },
  ],
  needs: (p) => (p.action === 'policies' ? [] : ['cilium']),
  preflight: (p, context) =>
    p.action === 'policies' ? Promise.resolve(ok(undefined)) : toolAndCluster('cilium', INSTALL, p, context),
  execution: { kind: 'steps', run },
  preview: (p, context) => drivenPreview(p.action === 'policies' ? p : { ...p, manifests: undefined }, context),
  rollback: (p, _outputs, context) => undo({ ...asKubernetes(p), wait: false }, {}, context),
});

async function run(p: Parameters, context: StepContext): Promise<TaskResult<Outputs>> {
  if (p.action === 'policies') {
    if (p.manifests === undefined)
      return refuse('missing', 'There are no policies: looked for YAML files under cilium/.', {
        next: 'Name them with `manifests`.',
      });
    const applied = await applySet({ ...asKubernetes(p), wait: p.wait, wait_timeout: p.timeout }, context);
    return applied.ok ? ok({ status: 'ok', ready: {} }) : applied;
  }
  // It takes a context, but finds its kubeconfig in the environment alone.
  const opened = await openTool('cilium', INSTALL, p, context, 'context');
  if (!opened.ok) return opened;
  const tool = opened.value;
  if (p.action === 'status') return status(p, tool, context);
  const args =
    p.action === 'install'
      ? [
          'install',
          ...(p.version === undefined ? [] : ['--version', p.version]),
          ...Object.entries(p.set).flatMap(([name, value]) => ['--set', `${name}=${value}`]),
        ]
      : ['connectivity', 'test', ...p.tests.flatMap((name) => ['--test', name])];
  const done = await must(
    tool,
    args,
    p.action === 'install' ? 'cilium install failed' : 'The connectivity test failed',
  );
  if (!done.ok) return done;
  return p.action === 'install' && p.wait ? status(p, tool, context) : ok({ status: 'ok', ready: {} });
}

async function status(p: Parameters, tool: ClusterTool, context: StepContext): Promise<TaskResult<Outputs>> {
  const timeoutMs = milliseconds(p.timeout, 'timeout');
  if (!timeoutMs.ok) return timeoutMs;
  const wait = p.wait ? ['--wait', '--wait-duration', `${timeoutMs.value}ms`] : [];
  const result = await tool.run(['status', '--output', 'json', ...wait], { capture: true });
  const said = jsonFrom(result, 'cilium status');
  if (!said.ok) return toolFailure(result, 'cilium status failed');
  const ready = readyOf(said.value);
  for (const [part, count] of Object.entries(ready)) context.log(`${part}: ${count} ready`);
  const errors = errorsOf(said.value);
  const [first] = errors;
  if (first === undefined && result.exitCode === 0) return ok({ status: 'ok', ready });
  const more = errors.length <= 1 ? '' : ` (and ${errors.length - 1} more)`;
  if (first === undefined) return toolFailure(result, 'Cilium is not well');
  return refuse('tool', `Cilium is not well: ${first}${more}`, {
    next: '`cilium sysdump` collects what its developers ask for.',
  });
}

/** `pod_state` has a part each: `{ "cilium": { "Desired": 1, "Ready": 1, … } }`. */
function readyOf(json: unknown): Record<string, string> {
  const parts = at(json, 'pod_state');
  if (!isObject(parts)) return {};
  return Object.fromEntries(
    Object.entries(parts).map(([name, part]) => [
      name,
      `${numberAt(part, 'Ready') ?? 0}/${numberAt(part, 'Desired') ?? 0}`,
    ]),
  );
}

/** `errors` has lists of texts, two maps deep: by part, then by pod. */
function errorsOf(json: unknown): string[] {
  const parts = at(json, 'errors');
  if (!isObject(parts)) return [];
  return Object.entries(parts).flatMap(([part, pods]) =>
    Object.entries(isObject(pods) ? pods : {}).flatMap(([pod, entry]) => {
      const words = at(entry, 'Errors');
      return (Array.isArray(words) ? (words as unknown[]) : []).map(
        (word) => `${part} (${pod}): ${typeof word === 'string' ? word : JSON.stringify(word)}`,
      );
    }),
  );
}
