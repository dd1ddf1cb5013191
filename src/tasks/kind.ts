import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { ok } from '../core/result.ts';
import {
  defineTask,
  duration,
  path,
  run as command,
  text,
  type ExecResult,
  type StepContext,
  type TaskResult,
} from '../core/task-type.ts';
import { findEngines } from './shared/container-engine.ts';
import { folderFor } from './shared/files.ts';
import { reachable } from './shared/kubernetes/checks.ts';
import { recordRevision, recordedRevision } from './shared/revision-record.ts';
import { findTool, refuse, toolFailure } from './shared/tool.ts';
import { milliseconds } from './shared/until.ts';

const INSTALL = 'Install Kind: https://kind.sigs.k8s.io/docs/user/quick-start/#installation';

const parameters = z.strictObject({
  action: z
    .enum(['create', 'load', 'delete'])
    .meta({
      description: '`create` makes the cluster where it is not there; `load` only loads images; `delete` removes it.',
    })
    .default('create'),
  name: text('Name of the cluster. Default: the name of the workflow.').optional(),
  config: path('file', 'Kind’s configuration file (nodes, port mappings).').optional(),
  node_image: text('Image of the nodes: it says which Kubernetes version.').optional(),
  images: z.array(z.string()).meta({ description: 'Local images to load into the nodes.' }).default([]),
  kubeconfig: path(
    'any',
    'File that the kubeconfig is written to. Default: `.code/kind/<name>.kubeconfig`.',
  ).optional(),
  wait: duration('How long to wait until the control plane is ready.').default('5m'),
});
type Parameters = z.output<typeof parameters>;

const outputs = z.strictObject({
  cluster: z.string().meta({ description: 'Name of the cluster.' }),
  context: z.string().meta({ description: 'Context in the kubeconfig.' }),
  kubeconfig: z.string().meta({ description: 'Path of the kubeconfig.' }),
});
type Outputs = z.output<typeof outputs>;

/** Kind: clusters in containers on this machine. https://kind.sigs.k8s.io/ */
export const kind = defineTask({
  type: 'kind',
  category: 'orchestration',
  systems: ['Kind'],
  summary: 'Create a local cluster, load images into it, or delete it.',
  docs: 'https://kind.sigs.k8s.io/docs/user/quick-start/',
  licence: 'Apache-2.0',
  class: 'mixed',
  requires: [
    {
      anyOf: ['kind'],
      version: '>=0.20.0',
      probe: ['version'],
      licence: 'Apache-2.0',
      install: {
        macos: 'brew install kind',
        windows: 'winget install Kubernetes.kind',
        any: 'https://kind.sigs.k8s.io/docs/user/quick-start/#installation',
      },
    },
    {
      anyOf: ['docker', 'podman', 'nerdctl'],
      versions: { docker: '>=20.10.0', podman: '>=3.0.0', nerdctl: '>=1.7.0' },
      probe: ['--version'],
      licence: 'Apache-2.0',
      install: { debian: 'apt-get install podman', any: 'https://podman.io/docs/installation' },
    },
  ],
  parameters,
  outputs,
  conventions: [
    { parameter: 'name', from: 'workflow' },
    { parameter: 'config', from: 'files', globs: ['kind.yaml', 'kind.yml', 'kind/*.yaml'], take: 'file' },
  ],
  examples: [
    { title: 'A cluster with the images built upstream', with: { name: 'shop', images: ['shop-api:dev'] } },
    { title: 'Delete it', with: { name: 'shop', action: 'delete' } },
  ],
  execution: { kind: 'steps', run },
  async preview(p, context) {
    const tool = await openKind(context);
    if (!tool.ok) return tool;
    const clusters = await clustersNow(tool.value);
    if (!clusters.ok) return clusters;
    const name = nameOf(p, context);
    const isThere = clusters.value.includes(name);
    const create = p.action === 'create' && !isThere ? 1 : 0;
    const destroy = p.action === 'delete' && isThere ? 1 : 0;
    const words =
      create === 1 ? `+ cluster ${name}` : destroy === 1 ? `- cluster ${name}` : 'No cluster would be made or deleted.';
    const loads = p.action === 'delete' ? [] : p.images.map((image) => `~ load ${image}`);
    return ok({
      summary: `${create} to create, ${loads.length} images to load, ${destroy} to delete`,
      changes: { create, update: 0, replace: 0, destroy },
      text: [words, ...loads].join('\n'),
      digest: JSON.stringify([p.action, name, create, destroy, loads]),
    });
  },
  async rollback(p, _outputs, context) {
    // Only what this task made is taken away again; a cluster that was there before stays.
    if ((await recordedRevision(context.stateDir, nameOf(p, context))) !== 0) return ok(undefined);
    const tool = await openKind(context);
    if (!tool.ok) return tool;
    const gone = await remove(p, tool.value, context);
    return gone.ok ? ok(undefined) : gone;
  },
  async probe(p, context) {
    const tool = await openKind(context);
    const clusters = tool.ok ? await clustersNow(tool.value) : tool;
    if (!clusters.ok) return 'unknown';
    const isThere = clusters.value.includes(nameOf(p, context));
    if (p.action === 'delete') return isThere ? 'not-done' : 'done';
    if (!isThere || p.action === 'load' || p.images.length > 0) return 'not-done';
    const answers = await reachable({ kubeconfig: kubeconfigOf(p, context) }, context);
    return answers.ok ? 'done' : 'not-done';
  },
});

const nameOf = ({ name }: Parameters, { workflow }: StepContext): string =>
  (name ?? workflow)
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, '-')
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '') || 'kind';

const kubeconfigOf = (p: Parameters, context: StepContext): string =>
  p.kubeconfig === undefined
    ? join(context.root, '.code', 'kind', `${nameOf(p, context)}.kubeconfig`)
    : resolve(context.cwd, p.kubeconfig);

const PROVIDER = 'KIND_EXPERIMENTAL_PROVIDER';
const START_ENGINE = 'Start Docker, or install Podman: Kind runs its nodes in one of them.';

interface Kind {
  /** What runs the nodes: `docker`, `podman`, `nerdctl`. */
  readonly engine: string;
  run(args: readonly string[], capture?: boolean): Promise<ExecResult>;
}

async function openKind(context: StepContext): Promise<TaskResult<Kind>> {
  const program = await findTool(context, ['kind'], INSTALL);
  if (!program.ok) return program;
  const engine = await engineOf(context);
  const env = engine === 'docker' ? {} : { [PROVIDER]: engine };
  return ok({
    engine,
    run: (args, capture = false) => context.exec(command(program.value, args, { env }), { capture }),
  });
}

/** Kind itself takes Docker where its client is there, whether the daemon answers or not. */
async function engineOf(context: StepContext): Promise<string> {
  const chosen = context.env[PROVIDER];
  if (chosen !== undefined && chosen !== '') return chosen;
  const { usable } = await findEngines(context, undefined);
  const engine = usable.find(({ name }) => name !== 'buildah');
  return engine?.name ?? ((await context.which('nerdctl')) === undefined ? 'docker' : 'nerdctl');
}

async function must(tool: Kind, args: readonly string[], what: string): Promise<TaskResult<void>> {
  const result = await tool.run(args);
  if (result.exitCode === 0) return ok(undefined);
  const noEngine =
    /Cannot connect to the Docker daemon|failed to list clusters|could not find.*(?:docker|podman)/i.test(
      result.stderr,
    );
  return toolFailure(result, what, noEngine ? { kind: 'missing', next: START_ENGINE } : {});
}

async function clustersNow(tool: Kind): Promise<TaskResult<readonly string[]>> {
  const result = await tool.run(['get', 'clusters', '--quiet'], true);
  if (result.exitCode !== 0)
    return toolFailure(result, 'kind get clusters failed', { kind: 'missing', next: START_ENGINE });
  return ok(
    result.stdout
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('No kind clusters')),
  );
}

async function run(p: Parameters, context: StepContext): Promise<TaskResult<Outputs>> {
  const opened = await openKind(context);
  if (!opened.ok) return opened;
  const tool = opened.value;
  const name = nameOf(p, context);
  const clusters = await clustersNow(tool);
  if (!clusters.ok) return clusters;
  const isThere = clusters.value.includes(name);
  if (p.action === 'delete') {
    if (!isThere) context.log(`There is no cluster ${name}: nothing to delete.`);
    const gone = isThere ? await remove(p, tool, context) : ok(undefined);
    return gone.ok ? ok(outputsOf(p, context)) : gone;
  }
  if (!isThere && p.action === 'load')
    return refuse('missing', `There is no cluster ${name} to load images into.`, {
      next: `Clusters: ${clusters.value.join(', ') || 'none'}.`,
    });
  const recorded = await recordRevision(context.stateDir, name, isThere ? 1 : 0);
  if (!recorded.ok) return recorded;
  if (p.action === 'create') {
    const made = isThere ? await keep(p, tool, context) : await create(p, tool, context);
    if (!made.ok) return made;
  }
  for (const image of p.images) {
    const loaded = await load(image, name, tool, context);
    if (!loaded.ok) return loaded;
  }
  return ok(outputsOf(p, context));
}

/** `load docker-image` asks Docker alone: images of others go by an archive. */
async function load(image: string, cluster: string, tool: Kind, context: StepContext): Promise<TaskResult<void>> {
  const what = `The image ${image} cannot be loaded into ${cluster}`;
  if (tool.engine === 'docker') return must(tool, ['load', 'docker-image', image, '--name', cluster], what);
  const archive = join(context.stateDir, 'image.tar');
  try {
    await rm(archive, { force: true }); // of an attempt that was killed: Podman writes over none
    const saved = await context.exec(command(tool.engine, ['save', '--output', archive, image]));
    if (saved.exitCode !== 0) return toolFailure(saved, `${what}: ${tool.engine} cannot save it`);
    return await must(tool, ['load', 'image-archive', archive, '--name', cluster], what);
  } finally {
    await rm(archive, { force: true });
  }
}

async function create(p: Parameters, tool: Kind, context: StepContext): Promise<TaskResult<void>> {
  const name = nameOf(p, context);
  const waitMs = milliseconds(p.wait, 'wait');
  if (!waitMs.ok) return waitMs;
  const file = kubeconfigOf(p, context);
  const folder = await folderFor(file);
  if (!folder.ok) return folder;
  const more = [
    ...(p.config === undefined ? [] : ['--config', resolve(context.cwd, p.config)]),
    ...(p.node_image === undefined ? [] : ['--image', p.node_image]),
  ];
  return must(
    tool,
    ['create', 'cluster', '--name', name, '--kubeconfig', file, '--wait', `${waitMs.value}ms`, ...more],
    `The cluster ${name} cannot be created`,
  );
}

async function keep(p: Parameters, tool: Kind, context: StepContext): Promise<TaskResult<void>> {
  const name = nameOf(p, context);
  context.log(`The cluster ${name} is there already; it is kept as it is.`);
  const file = kubeconfigOf(p, context);
  const folder = await folderFor(file);
  if (!folder.ok) return folder;
  return must(
    tool,
    ['export', 'kubeconfig', '--name', name, '--kubeconfig', file],
    `The kubeconfig of ${name} cannot be had`,
  );
}

const remove = (p: Parameters, tool: Kind, context: StepContext): Promise<TaskResult<void>> =>
  must(
    tool,
    ['delete', 'cluster', '--name', nameOf(p, context), '--kubeconfig', kubeconfigOf(p, context)],
    `The cluster ${nameOf(p, context)} cannot be deleted`,
  );

const outputsOf = (p: Parameters, context: StepContext): Outputs => ({
  cluster: nameOf(p, context),
  context: `kind-${nameOf(p, context)}`,
  kubeconfig: kubeconfigOf(p, context),
});
