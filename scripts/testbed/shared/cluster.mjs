// The test bed's cluster, for what is installed into it: its files, and kubectl on it.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { store } from './store.mjs';

export const cluster = join(store, 'run', 'kubernetes');
export const kubeconfig = join(cluster, 'admin.kubeconfig');

/** @returns what it printed; throws with the last line of what it complained about */
export function kubectl(args, input) {
  const result = spawnSync('kubectl', ['--kubeconfig', kubeconfig, ...args], {
    encoding: 'utf8',
    input,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.status !== 0) throw new Error(`kubectl ${args.join(' ')}: ${result.stderr.trim().split('\n').at(-1)}`);
  return result.stdout;
}

/** By server-side apply, whoever wrote it before. @param objects files, or `-` with `input` */
export const apply = (objects, input) =>
  kubectl(['apply', '--server-side', '--force-conflicts', ...objects.flatMap((file) => ['-f', file])], input);

export function makeNamespace(name) {
  apply(['-'], JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
}
