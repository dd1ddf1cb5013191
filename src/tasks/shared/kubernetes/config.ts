/** Which cluster a task talks to: the kubeconfig files, as kubectl finds them, and the context in them. */
import { readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { failure } from '../../../core/failure.ts';
import { err, ok } from '../../../core/result.ts';
import type { TaskContext, TaskResult } from '../../../core/task-type.ts';

export interface ClusterChoice {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

export interface ClusterConfig {
  readonly config: KubeConfig;
  /** The same without what its credentials plugin has said: the library keeps that until its own end, refused or not. */
  readonly anew: () => KubeConfig;
  readonly server: string;
  readonly context: string;
  /** The user's name in the kubeconfig; the API server may know them by another. */
  readonly user: string;
  /** The context's own namespace, else `default`. */
  readonly namespace: string;
  /** The files that were read, for messages. */
  readonly source: string;
}

type Place = Pick<TaskContext, 'cwd' | 'env'>;

const GET_ONE =
  'Start a cluster (kind create cluster, k3s) or name a kubeconfig: `with.kubeconfig` or the variable KUBECONFIG.';

/** Reads the kubeconfig: the parameter, else KUBECONFIG, else ~/.kube/config, else the account of the pod that we run in. */
export async function loadConfig(choice: ClusterChoice, place: Place): Promise<TaskResult<ClusterConfig>> {
  const { KubeConfig } = await import('./kubeconfig.ts');
  const files = filesFor(choice, place);
  const found = files.filter((file) => existsSync(file));
  const empty = (): KubeConfig => new KubeConfig();
  const config = empty();
  const named = choice.kubeconfig !== undefined;
  if (found.length === 0) {
    if (!named && place.env.KUBERNETES_SERVICE_HOST !== undefined && choice.context === undefined) {
      config.loadFromCluster();
      return chosen(config, 'inClusterContext', "the pod's service account", empty);
    }
    return err(failure('missing', `There is no kubeconfig: looked for ${files.join(', ')}.`, { next: GET_ONE }));
  }
  const read = await readAll(config, found, empty);
  if (!read.ok) return read;
  inheritEnvironment(config, place);
  const context = choice.context ?? config.currentContext;
  return chosen(config, context, found.join(', '), empty);
}

function filesFor(choice: ClusterChoice, { cwd, env }: Place): string[] {
  if (choice.kubeconfig !== undefined) return [resolve(cwd, choice.kubeconfig)];
  if (env.KUBECONFIG !== undefined && env.KUBECONFIG !== '') {
    return env.KUBECONFIG.split(delimiter)
      .filter((file) => file !== '')
      .map((file) => resolve(cwd, file));
  }
  return [join(env.HOME ?? homedir(), '.kube', 'config')];
}

/** Several files are merged as kubectl does: the first that names something wins. */
async function readAll(
  config: KubeConfig,
  files: readonly string[],
  empty: () => KubeConfig,
): Promise<TaskResult<void>> {
  const seen = { clusters: new Set<string>(), users: new Set<string>(), contexts: new Set<string>() };
  for (const file of files) {
    const one = empty();
    try {
      one.loadFromString(await readFile(file, 'utf8'), { onInvalidEntry: 'filter' });
      one.makePathsAbsolute(dirname(file));
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      const next = 'Mend the file, or name another with `with.kubeconfig`.';
      return err(failure('invalid', `The kubeconfig ${file} cannot be read: ${firstLine(detail)}`, { next, detail }));
    }
    for (const user of one.users) resolvePlugin(user, dirname(file));
    for (const kind of ['clusters', 'users', 'contexts'] as const) {
      const fresh = one[kind].filter(({ name }) => !seen[kind].has(name) && seen[kind].add(name));
      (config[kind] as unknown[]).push(...fresh);
    }
    // The declaration says that it is always there; a file without `current-context` shows that it is not.
    const current = one.currentContext as string | undefined;
    if ((config.currentContext as string | undefined) === undefined && current) config.setCurrentContext(current);
  }
  return ok(undefined);
}

interface ExecPlugin {
  command?: string;
  env?: { name: string; value: string }[] | null;
}

/** A credentials plugin that is named by a path is meant relative to its kubeconfig, not to where the task runs. */
function resolvePlugin(user: { exec?: unknown }, root: string): void {
  const plugin = user.exec as ExecPlugin | undefined;
  if (plugin?.command === undefined || !/[\\/]/.test(plugin.command) || isAbsolute(plugin.command)) return;
  plugin.command = join(root, plugin.command);
}

/** Credentials plugins (aws, gcloud, kubelogin) run with the task's environment, not with the engine's. */
function inheritEnvironment(config: KubeConfig, { env }: Place): void {
  const inherited = Object.entries(env).map(([name, value]) => ({ name, value }));
  for (const user of config.users) {
    const plugin = user.exec as ExecPlugin | undefined;
    if (plugin !== undefined) plugin.env = [...inherited, ...(plugin.env ?? [])];
  }
}

function chosen(
  config: KubeConfig,
  context: string | undefined,
  source: string,
  empty: () => KubeConfig,
): TaskResult<ClusterConfig> {
  const names = config.contexts.map(({ name }) => name);
  const known =
    names.length === 0 ? 'It has none.' : `It has ${names.slice(0, 8).join(', ')}${names.length > 8 ? ', …' : ''}.`;
  if (context === undefined || context === '') {
    const next = `Choose one with \`with.context\`, or \`kubectl config use-context\`. ${known}`;
    return err(failure('missing', `No context is chosen in ${source}.`, { next }));
  }
  const entry = config.getContextObject(context);
  if (entry === null) {
    return err(
      failure('missing', `There is no context "${context}" in ${source}.`, {
        next: `${known} Choose one with \`with.context\`.`,
      }),
    );
  }
  config.setCurrentContext(context);
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) {
    const message = `The context "${context}" names the cluster "${entry.cluster}", which is not in ${source}.`;
    return err(failure('missing', message, { next: 'Mend the kubeconfig, or choose another context.' }));
  }
  const anew = (): KubeConfig => {
    const other = empty();
    other.loadFromOptions(config);
    return other;
  };
  const { user, namespace = 'default' } = entry;
  return ok({ config, anew, server, context, user, namespace, source });
}

const firstLine = (text: string): string => text.split('\n')[0] ?? '';
