import { defineTask } from '../core/task-type.ts';
import { applySet, deleteSet } from './shared/kubernetes/actions.ts';
import { preflight, preview, probe, rollback } from './shared/kubernetes/checks.ts';
import { kubernetesOutputs, kubernetesParameters } from './shared/kubernetes/parameters.ts';

const CONVENTIONAL = ['k8s', 'manifests', 'deploy', 'kubernetes'];

/** Kubernetes, by its API: server-side apply, prune, and waiting with reasons. https://kubernetes.io/docs/reference/using-api/server-side-apply/ */
export const kubernetes = defineTask({
  type: 'kubernetes',
  aliases: ['k8s', 'kubectl'],
  category: 'orchestration',
  systems: ['Kubernetes'],
  summary: 'Apply manifests or a kustomization to a cluster and wait until everything is ready.',
  docs: 'https://kubernetes.io/docs/reference/using-api/server-side-apply/',
  licence: 'Apache-2.0',
  class: 'io',
  requires: [
    {
      anyOf: ['kubectl'],
      version: '>=1.21',
      probe: ['version', '--client', '--output', 'json'],
      versionPattern: '"gitVersion":\\s*"v([^"]+)"',
      licence: 'Apache-2.0',
      install: {
        debian: 'https://kubernetes.io/docs/tasks/tools/install-kubectl-linux/',
        macos: 'brew install kubectl',
        windows: 'winget install Kubernetes.kubectl',
        any: 'https://kubernetes.io/docs/tasks/tools/',
      },
      optional: true,
    },
  ],
  parameters: kubernetesParameters,
  outputs: kubernetesOutputs,
  conventions: [
    {
      parameter: 'manifests',
      from: 'files',
      globs: CONVENTIONAL.map((folder) => `${folder}/**/*.{yaml,yml,json}`),
      take: 'base',
      required: true,
    },
  ],
  examples: [
    { title: 'Apply the manifests of this repository', with: {} },
    {
      title: 'An overlay, with what is no longer in it deleted',
      with: { manifests: 'deploy/overlays/staging', namespace: 'shop', prune: true },
    },
    {
      title: 'Wait for an operator’s object',
      with: {
        manifests: ['k8s/certificate.yaml'],
        wait_for: [{ kind: 'Certificate', name: 'shop-tls', condition: 'Ready' }],
      },
    },
    { title: 'Delete it all', with: { manifests: 'k8s', action: 'delete' } },
  ],
  preflight,
  execution: {
    kind: 'steps',
    run: (p, context) => (p.action === 'apply' ? applySet(p, context) : deleteSet(p, context)),
  },
  preview,
  rollback,
  probe,
});
