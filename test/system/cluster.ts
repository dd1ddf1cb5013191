/**
 * The cluster for tests that need a real one: the test bed's (`node scripts/testbed/kubernetes.mjs up`), or any that
 * CODE_TEST_KUBECONFIG names. Each suite works in namespaces of its own and deletes them.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { AnyTaskType, Preview, TaskResult } from '../../src/core/task-type.ts';
import type { Workbench } from '../tasks/context.ts';

const store = process.env.CODE_TESTBED ?? join(homedir(), '.cache', 'code-testbed');
const testbed = join(store, 'run', 'kubernetes');

export const kubeconfig = process.env.CODE_TEST_KUBECONFIG ?? join(testbed, 'admin.kubeconfig');
/** Users of the test bed that may do little or nothing. */
export const limited = (user: 'reader' | 'nobody'): string => join(testbed, `${user}.kubeconfig`);
export const isTestbed = process.env.CODE_TEST_KUBECONFIG === undefined;

/** Why there is no cluster to test with; `undefined` where there is one. */
export function noCluster(): string | undefined {
  if (!existsSync(kubeconfig))
    return 'no cluster: run `node scripts/testbed/kubernetes.mjs up`, or set CODE_TEST_KUBECONFIG';
  try {
    kubectl('get', '--raw', '/readyz', '--request-timeout=5s');
    return undefined;
  } catch {
    return `the cluster of ${kubeconfig} does not answer`;
  }
}

/** For `before`: skips the suite, and says why. */
export function needsCluster(this: Mocha.Context): void {
  const why = noCluster();
  if (why === undefined) return;
  console.log(`      skipped: ${why}`);
  this.skip();
}

/** The same for what also needs Tekton. */
export function needsTekton(this: Mocha.Context): void {
  needsCluster.call(this);
  try {
    kubectl('get', 'crd', 'pipelineruns.tekton.dev');
  } catch {
    console.log('      skipped: Tekton is not installed: run `node scripts/testbed/tekton.mjs up`');
    this.skip();
  }
}

export const kubectl = (...args: string[]): string =>
  execFileSync('kubectl', ['--kubeconfig', kubeconfig, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });

/** Makes a namespace, and waits for the account that its pods run under, which comes a moment later. */
export function makeNamespace(name: string): void {
  kubectl('create', 'namespace', name);
  while (kubectl('-n', name, 'get', 'serviceaccount', 'default', '--ignore-not-found', '-o', 'name') === '');
}

/** Applies manifests past the types under test. */
export const applyText = (text: string): string =>
  execFileSync('kubectl', ['--kubeconfig', kubeconfig, 'apply', '--server-side', '-f', '-'], {
    encoding: 'utf8',
    input: text,
    stdio: ['pipe', 'pipe', 'pipe'],
  });

let counter = 0;
/** A namespace name that no other test uses. */
export const freshName = (what: string): string => `test-${what}-${process.pid}-${(counter += 1)}`;

export async function writeFiles(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
}

export async function previewOf(type: unknown, given: unknown, context: Workbench): Promise<TaskResult<Preview>> {
  const task = type as AnyTaskType;
  const result = await task.preview?.(task.parameters.parse(given), context);
  if (result === undefined) throw new Error('the type has no preview');
  return result;
}

export async function rollbackOf(type: unknown, given: unknown, context: Workbench): Promise<TaskResult<void>> {
  const task = type as AnyTaskType;
  const result = await task.rollback?.(task.parameters.parse(given), {}, context);
  if (result === undefined) throw new Error('the type has no rollback');
  return result;
}

/** A deployment of the test bed's own image, which serves HTTP on 8080. */
export const deployment = (
  name: string,
  { image = 'testbed.local/web:1', replicas = 1, command = '' } = {},
): string => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: main
          image: ${image}
          imagePullPolicy: IfNotPresent
${command === '' ? '' : `          command: ${command}\n`}`;
