/**
 * What tests of the types share that are driven by objects in a cluster (Argo CD, Flux, Crossplane) and go against the real controllers: each test
 * has a namespace and a workspace of its own.
 */
import assert from 'node:assert/strict';
import { perform, workbench, type Workbench } from '../tasks/context.ts';
import { freshName, kubeconfig, kubectl, makeNamespace, needsCluster } from './cluster.ts';
import { startGit, type GitServer } from './git-server.ts';
import { needOperator, type Operator } from './operators.ts';

type Given = Record<string, unknown>;

export interface Stage {
  readonly bench: Workbench;
  readonly namespace: string;
  /** The parameters of a task in the namespace. */
  given(more?: Given): Given;
  /** A later run in the same workspace. */
  another(): Promise<Workbench>;
  succeed(more?: Given, where?: Workbench): Promise<Given>;
  fail(more?: Given): Promise<{ kind: string; message: string; next?: string }>;
  /** What a ConfigMap of the namespace has under `value`; an empty text where it is not there. */
  valueOf(configMap: string): string;
}

/**
 * For the body of a `describe` block.
 * @param made the kinds whose objects a test leaves: their controllers would go on with them, and hold the namespace back
 */
export function driven(type: unknown, operator: Operator, made: string): Stage {
  let bench: Workbench;
  let namespace: string;
  const namespaces: string[] = [];

  before(function () {
    needsCluster.call(this);
    needOperator(this, operator);
  });
  beforeEach(async () => {
    bench = await workbench({ env: { KUBECONFIG: kubeconfig } });
    namespace = freshName(operator);
    namespaces.push(namespace);
    makeNamespace(namespace);
  });
  afterEach(() => {
    kubectl('-n', namespace, 'delete', made, '--all', '--wait=false');
  });
  after(() => {
    for (const one of namespaces) kubectl('delete', 'namespace', one, '--ignore-not-found', '--wait=false');
  });

  const given = (more: Given = {}): Given => ({ namespace, timeout: '120s', ...more });
  return {
    get bench() {
      return bench;
    },
    get namespace() {
      return namespace;
    },
    given,
    another: () => workbench({ root: bench.root, env: { KUBECONFIG: kubeconfig } }),
    async succeed(more, where = bench) {
      const result = await perform(type, given(more), where);
      assert.ok(result.ok, result.ok ? '' : `${result.failure.message}\n${where.lines.join('\n')}`);
      return result.value;
    },
    async fail(more) {
      const result = await perform(type, given(more), bench);
      assert.ok(!result.ok, JSON.stringify(result));
      return result.failure;
    },
    valueOf: (configMap) =>
      kubectl('-n', namespace, 'get', 'configmap', configMap, '--ignore-not-found', '-o', 'jsonpath={.data.value}'),
  };
}

/** A repository for each test of the `describe` block. */
export function repository(): { readonly url: string; commit: GitServer['commit'] } {
  let git: GitServer;
  beforeEach(async () => {
    git = await startGit();
  });
  afterEach(() => git.stop());
  return {
    get url() {
      return git.url;
    },
    commit: (files) => git.commit(files),
  };
}

export const configMap = (name: string, value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { value: ${value} }\n`;
