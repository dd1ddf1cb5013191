/**
 * Controllers for tests: the kinds are real, on a real API server, and what acts on them is a few lines that write what the published
 * API of the system says its controller writes. Stand-ins for Argo CD, Flux and Crossplane, which a test bed without their images lacks.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type Cluster } from '../../src/tasks/shared/kubernetes/client.ts';
import { follow } from '../../src/tasks/shared/kubernetes/follow.ts';
import type { KubeObject } from '../../src/tasks/shared/kubernetes/objects.ts';
import { kubeconfig, kubectl } from './cluster.ts';

export interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly scope?: 'Namespaced' | 'Cluster';
  /** Whether `status` is written apart from the rest. */
  readonly subresource: boolean;
  readonly categories?: readonly string[];
}

/** Installs CRDs that take any content; a kind that is there already (the real one) is left as it is. The answer removes them again. */
export function installKinds(kinds: readonly Kind[]): () => void {
  const installed: string[] = [];
  for (const { group, version, kind, plural, scope = 'Namespaced', subresource, categories = [] } of kinds) {
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
    const one = {
      name: version,
      served: true,
      storage: true,
      schema,
      ...(subresource ? { subresources: { status: {} } } : {}),
    };
    const crd = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.${group}` },
      spec: { group, scope, names: { kind, plural, singular: kind.toLowerCase(), categories }, versions: [one] },
    };
    try {
      kubectl('get', 'crd', `${plural}.${group}`);
    } catch {
      kubectl('create', '--validate=false', '-f', write(crd));
      installed.push(`${plural}.${group}`);
    }
    kubectl('wait', '--for=condition=Established', `crd/${plural}.${group}`, '--timeout=120s');
  }
  return () => {
    for (const name of installed) kubectl('delete', 'crd', name, '--ignore-not-found', '--wait=false');
  };
}

function write(object: unknown): string {
  const file = join(mkdtempSync(join(tmpdir(), 'code-crd-')), 'object.json');
  writeFileSync(file, JSON.stringify(object));
  return file;
}

/** What a controller does with an object as it is: a merge patch of the object, of its status, or nothing. */
export type Reaction = (object: KubeObject) => { readonly patch?: unknown; readonly status?: unknown } | undefined;

/** Runs until `stop`. */
export async function controller(kind: Kind, namespace: string, react: Reaction): Promise<{ stop(): Promise<void> }> {
  const end = new AbortController();
  const connected = await connect({ kubeconfig }, { cwd: '/', env: {}, signal: end.signal, warn: () => undefined });
  if (!connected.ok) throw new Error(connected.failure.message);
  const cluster: Cluster = connected.value;
  const apiVersion = `${kind.group}/${kind.version}`;
  const path = `/apis/${apiVersion}/namespaces/${namespace}/${kind.plural}`;
  let queue = Promise.resolve();
  const patch = (name: string, part: string, body: unknown): Promise<unknown> =>
    cluster.request('PATCH', `${path}/${name}${part}`, { body, contentType: 'application/merge-patch+json' });
  const act = async (object: KubeObject): Promise<void> => {
    const reaction = react(object);
    if (reaction?.patch !== undefined) await patch(object.metadata.name, '', reaction.patch);
    if (reaction?.status !== undefined)
      await patch(object.metadata.name, kind.subresource ? '/status' : '', { status: reaction.status });
  };
  const nothing = (): void => undefined;
  const following = follow(
    cluster,
    { path, apiVersion, kind: kind.kind },
    {
      seen: (object) => {
        queue = queue.then(() => act(object));
      },
      gone: nothing,
      listed: nothing,
      lost: nothing,
      back: nothing,
    },
    end.signal,
  );
  return {
    async stop() {
      end.abort();
      await Promise.allSettled([following, queue]);
      cluster.close();
    },
  };
}
