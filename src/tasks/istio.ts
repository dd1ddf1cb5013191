import { readdir } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import * as z from 'zod';
import { isObject } from '../core/json.ts';
import { ok } from '../core/result.ts';
import { defineTask, text, type StepContext, type TaskResult } from '../core/task-type.ts';
import { must, openTool, toolAndCluster, type ClusterTool } from './shared/cluster-tool.ts';
import {
  driven,
  drivenParameters,
  drivenPreview,
  find,
  nudge,
  settle,
  type Driven,
} from './shared/kubernetes/driven.ts';
import { listAt, nameOf, textAt, type KubeObject } from './shared/kubernetes/objects.ts';
import { record, recorded } from './shared/kubernetes/record.ts';
import { restoreAll } from './shared/kubernetes/restore.ts';
import { findTool, jsonFrom, refuse, toolFailure } from './shared/tool.ts';

const INSTALL = 'Install istioctl: https://istio.io/latest/docs/ops/diagnostic-tools/istioctl/';
const LEVELS = ['Info', 'Warning', 'Error'] as const;
const API = 'networking.istio.io/v1';

const parameters = z.strictObject({
  action: z
    .enum(['analyze', 'install', 'verify', 'shift'])
    .meta({
      description:
        '`analyze` checks configuration; `install` installs or upgrades; `verify` waits until the control plane is ready; `shift` moves traffic between versions.',
    })
    .default('analyze'),
  use_cluster: z
    .boolean()
    .meta({ description: 'For `analyze`: look at the cluster as well as at the files.' })
    .default(false),
  fail_on: z
    .enum(LEVELS)
    .meta({ description: 'For `analyze`: the lowest level of message that fails the task.' })
    .default('Error'),
  profile: text('For `install`: the profile, such as `minimal` or `ambient`.').optional(),
  revision: text('For `install`: the revision, for a canary of the control plane.').optional(),
  set: z
    .record(z.string(), z.string())
    .meta({
      description:
        'For `install`: settings, `meshConfig.accessLogFile: /dev/stdout`. No secrets: they stand in arguments.',
    })
    .default({}),
  virtual_service: text('For `shift`: the VirtualService.').optional(),
  weights: z
    .record(z.string(), z.int().min(0).max(100))
    .meta({ description: 'For `shift`: share of the traffic of each subset (or host); together 100.' })
    .default({}),
  ...drivenParameters,
});
type Parameters = z.output<typeof parameters>;

const message = z.strictObject({
  code: z.string(),
  level: z.string(),
  message: z.string(),
  origin: z.string(),
});

const outputs = z.strictObject({
  version: z.string().meta({ description: 'Version of istioctl; for `verify`, of the control plane.' }),
  messages: z.array(message).meta({ description: 'What the analysis says, by file or object.' }),
});
type Outputs = z.output<typeof outputs>;

/** Istio: configuration analysed, mesh installed and verified, traffic shifted. https://istio.io/latest/docs/reference/commands/istioctl/ */
export const istio = defineTask({
  type: 'istio',
  aliases: ['istioctl'],
  category: 'mesh',
  systems: ['Istio'],
  summary: 'Analyse mesh configuration, install or verify the mesh, or shift traffic between versions.',
  docs: 'https://istio.io/latest/docs/reference/commands/istioctl/',
  licence: 'Apache-2.0',
  class: 'io',
  requires: [
    {
      anyOf: ['istioctl'],
      version: '>=1.18.0',
      probe: ['version', '--remote=false', '--short'],
      licence: 'Apache-2.0',
      install: { macos: 'brew install istioctl', any: 'https://istio.io/latest/docs/ops/diagnostic-tools/istioctl/' },
      optional: true,
    },
  ],
  parameters,
  outputs,
  conventions: [
    {
      parameter: 'manifests',
      from: 'files',
      globs: ['istio/**/*.{yaml,yml}'],
      take: 'base',
      required: true,
      unless: { parameter: 'action', oneOf: ['install', 'verify', 'shift'] },
    },
  ],
  examples: [
    { title: 'Check the mesh configuration of this repository', with: {} },
    {
      title: 'A tenth of the traffic to the new version',
      with: { action: 'shift', virtual_service: 'shop', weights: { v1: 90, v2: 10 } },
    },
    { title: 'Install the mesh', with: { action: 'install', profile: 'minimal' } },
  ],
  needs: (p) => (p.action === 'shift' || p.action === 'verify' ? [] : ['istioctl']),
  preflight: async (p, context) => {
    if (p.action === 'shift' || p.action === 'verify') return ok(undefined);
    if (p.action !== 'analyze' || p.use_cluster) return toolAndCluster('istioctl', INSTALL, p, context);
    const found = await findTool(context, ['istioctl'], INSTALL);
    return found.ok ? ok(undefined) : found;
  },
  execution: { kind: 'steps', run },
  preview: (p, context) =>
    p.action === 'shift' ? previewShift(p, context) : drivenPreview({ ...p, manifests: undefined }, context),
  rollback: async (p, _outputs, context) => {
    const before = await recorded(context.stateDir);
    if (p.action !== 'shift' || before === undefined) return ok(undefined);
    return driven({ ...p, manifests: undefined }, context, async (on) => {
      const restored = await restoreAll(on.cluster, before.entries, 'code-engine', (line) => context.log(line));
      return restored.ok ? ok(undefined) : restored;
    });
  },
});

async function run(p: Parameters, context: StepContext): Promise<TaskResult<Outputs>> {
  if (p.action === 'verify') {
    const verified = await driven(controlPlane(p), context, (on) => verify(p, on, context));
    return verified.ok ? ok({ version: verified.value, messages: [] }) : verified;
  }
  if (p.action === 'shift') {
    const shifted = await driven({ ...p, manifests: undefined }, context, (on) => shift(p, on, context));
    return shifted.ok ? ok({ version: '', messages: [] }) : shifted;
  }
  const opened = await openTool('istioctl', INSTALL, p, context);
  if (!opened.ok) return opened;
  const tool = opened.value;
  const version = await versionOf(context);
  switch (p.action) {
    case 'analyze':
      return analyze(p, tool, version, context);
    case 'install': {
      const args = [
        ...['install', '--skip-confirmation'],
        ...(p.profile === undefined ? [] : ['--set', `profile=${p.profile}`]),
        ...(p.revision === undefined ? [] : ['--revision', p.revision]),
        ...Object.entries(p.set).flatMap(([name, value]) => ['--set', `${name}=${value}`]),
      ];
      const done = await must(tool, args, 'istioctl install failed');
      return done.ok ? ok({ version, messages: [] }) : done;
    }
  }
}

const controlPlane = (p: Parameters): Parameters => ({
  ...p,
  manifests: undefined,
  namespace: p.namespace ?? 'istio-system',
});

/**
 * By the control plane's own objects: `istioctl verify-install` was taken away in later versions.
 * @returns the version of the control plane, by its image
 */
async function verify(p: Parameters, on: Driven, context: StepContext): Promise<TaskResult<string>> {
  const name = p.revision === undefined || p.revision === 'default' ? 'istiod' : `istiod-${p.revision}`;
  const found = await find(on, { apiVersion: 'apps/v1', kind: 'Deployment', name });
  if (!found.ok) {
    const next = 'Install the mesh with `action: install`, or check `namespace` and `revision`.';
    return { ok: false, failure: found.failure.kind === 'missing' ? { ...found.failure, next } : found.failure };
  }
  const settled = await settle(on, [found.value], context);
  if (!settled.ok) return settled;
  const [container] = listAt(found.value.object, 'spec', 'template', 'spec', 'containers');
  return ok(/:([\w.-]+)(?:@|$)/.exec(textAt(container, 'image') ?? '')?.[1] ?? '');
}

async function versionOf(context: StepContext): Promise<string> {
  const result = await context.exec(
    { kind: 'argv', program: 'istioctl', args: ['version', '--remote=false', '--short'] },
    { capture: true },
  );
  return /\d+\.\d+\S*/.exec(result.stdout)?.[0] ?? '';
}

async function analyze(
  p: Parameters,
  tool: ClusterTool,
  version: string,
  context: StepContext,
): Promise<TaskResult<Outputs>> {
  const named = typeof p.manifests === 'string' ? [p.manifests] : (p.manifests ?? []);
  const files = (await Promise.all(named.map((file) => filesOf(resolve(context.cwd, file))))).flat();
  const args = [
    ...['analyze', '--output', 'json', `--use-kube=${p.use_cluster}`, '--failure-threshold', 'Error'],
    // Files are looked at in all their namespaces; without the flag only "default" would count.
    ...(p.namespace === undefined ? (p.use_cluster ? [] : ['--all-namespaces']) : ['--namespace', p.namespace]),
    ...files,
  ];
  const result = await tool.run(args, { capture: true });
  // It ends with another code than 0 where it found something: the list tells whether it worked.
  const said = result.stdout.trim() === '' && result.exitCode === 0 ? ok([]) : jsonFrom(result, 'istioctl analyze');
  if (!said.ok) return toolFailure(result, 'istioctl analyze failed');
  const [unread, ...others] = unreadOf(result.stderr, context.root);
  if (unread !== undefined) {
    const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
    return refuse('invalid', `istioctl cannot read ${unread}${more}`, {
      next: 'Mend the file: what cannot be read is left out of the analysis.',
    });
  }
  const messages = (Array.isArray(said.value) ? said.value : []).filter(isObject).map((one) => ({
    code: textAt(one, 'code') ?? '',
    level: textAt(one, 'level') ?? 'Info',
    message: textAt(one, 'message') ?? '',
    origin: textAt(one, 'reference') ?? textAt(one, 'origin') ?? '',
  }));
  for (const { code, level, message: words, origin } of messages) context.log(`${level} ${code} ${origin}: ${words}`);
  const threshold = LEVELS.indexOf(p.fail_on);
  const bad = messages.filter(({ level }) => LEVELS.indexOf(level as (typeof LEVELS)[number]) >= threshold);
  const [first] = bad;
  if (first === undefined) return ok({ version, messages });
  const more = bad.length === 1 ? '' : ` (and ${bad.length - 1} more)`;
  return refuse('invalid', `${first.code} ${first.origin}: ${first.message}${more}`, {
    next: 'Mend the configuration; each code is explained at https://istio.io/latest/docs/reference/config/analysis/',
  });
}

/**
 * What it leaves out because it cannot read it: told on standard error only, with exit code 0 and an empty list.
 * @returns each as `istio/route.yaml (document 2): why`
 */
const unreadOf = (stderr: string, root: string): string[] =>
  [...stderr.matchAll(/error processing (.+)\[(\d+)\]: (.+)/g)].map(
    ([, file = '', index = '0', why = '']) => `${relative(root, file)} (document ${Number(index) + 1}): ${why.trim()}`,
  );

/** Manifests below a folder. Later versions of istioctl look into folders by themselves, earlier ones by a flag that is gone from those. */
async function filesOf(place: string): Promise<string[]> {
  const entries = await readdir(place, { recursive: true, withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) return [place];
  return entries
    .filter((entry) => entry.isFile() && /\.(ya?ml|json)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

interface Planned {
  readonly object: KubeObject;
  readonly path: string;
  readonly http: readonly unknown[];
  readonly lines: readonly string[];
}

async function planShift(p: Parameters, on: Driven): Promise<TaskResult<Planned>> {
  if (p.virtual_service === undefined)
    return refuse('invalid', 'For a shift, `virtual_service` names the VirtualService.');
  const total = Object.values(p.weights).reduce((sum, weight) => sum + weight, 0);
  if (total !== 100)
    return refuse('invalid', `The weights come to ${total}, not to 100.`, {
      next: 'Give every subset its share, 0 for none.',
    });
  const found = await find(on, { apiVersion: API, kind: 'VirtualService', name: p.virtual_service });
  if (!found.ok) return found;
  const { object, path } = found.value;
  const lines: string[] = [];
  const http = listAt(object, 'spec', 'http').map((rule) => {
    const routes = listAt(rule, 'route');
    const keys = routes.map(
      (route) => textAt(route, 'destination', 'subset') ?? textAt(route, 'destination', 'host') ?? '',
    );
    if (!Object.keys(p.weights).every((key) => keys.includes(key))) return rule;
    return {
      ...(rule as object),
      route: routes.map((route, index) => {
        const key = keys[index] ?? '';
        const weight = p.weights[key] ?? 0;
        const before =
          isObject(route) && typeof route.weight === 'number' ? route.weight : routes.length === 1 ? 100 : 0;
        lines.push(`  ~ ${key}: ${before} % -> ${weight} %`);
        return { ...(route as object), weight };
      }),
    };
  });
  if (lines.length > 0) return ok({ object, path, http, lines });
  return refuse('invalid', `No route of ${nameOf(object)} has all of ${Object.keys(p.weights).join(', ')}.`, {
    next: 'Name the subsets (or hosts) as its routes do.',
  });
}

async function shift(p: Parameters, on: Driven, context: StepContext): Promise<TaskResult<void>> {
  const planned = await planShift(p, on);
  if (!planned.ok) return planned;
  const { object, path, http, lines } = planned.value;
  const kept = await record(context.stateDir, on.cluster.server, [{ path, name: nameOf(object), before: object }]);
  if (!kept.ok) return kept;
  // Bound to the version that was read: nobody else's change in between is lost.
  const { resourceVersion } = object.metadata;
  const done = await nudge(on, { path }, { metadata: { resourceVersion }, spec: { http } });
  if (!done.ok) return done;
  context.log(nameOf(object));
  for (const line of lines) context.log(line);
  return ok(undefined);
}

const previewShift = (p: Parameters, context: StepContext): ReturnType<typeof drivenPreview> =>
  driven({ ...p, manifests: undefined }, context, async (on) => {
    const planned = await planShift(p, on);
    if (!planned.ok) return planned;
    const { object, lines } = planned.value;
    const changes = { create: 0, update: 1, replace: 0, destroy: 0 };
    return ok({
      summary: '1 to change',
      changes,
      text: [`~ ${nameOf(object)}`, ...lines].join('\n'),
      digest: JSON.stringify([nameOf(object), lines]),
    });
  });
