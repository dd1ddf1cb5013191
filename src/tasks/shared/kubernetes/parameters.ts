/** What the `kubernetes` type takes and gives; the choice of a cluster is shared with the types that drive it through its API. */
import * as z from 'zod';
import { duration, path, text } from '../../../core/task-type.ts';

export const clusterParameters = {
  context: text('Context of the kubeconfig. Default: the current one.').optional(),
  kubeconfig: path(
    'file',
    'Kubeconfig file. Default: KUBECONFIG, else ~/.kube/config, else the account of the pod it runs in.',
  ).optional(),
  namespace: text('For objects that name none; made where it is not there. Default: the context’s.').optional(),
};

const waited = z.strictObject({
  kind: text('Kind of the object: `Deployment`, `Certificate`.'),
  api_version: text('Its apiVersion; needed where the object is not among the manifests.').optional(),
  name: text('Its name.'),
  namespace: text('Its namespace. Default: that of the task.').optional(),
  condition: text('A condition of its status, such as `Ready` or `Available`.').optional(),
  status: text('What the condition is to be. Default: `True`.').optional(),
  field: text('Instead of a condition: a field, such as `status.phase`.').optional(),
  equals: z
    .union([z.string(), z.number(), z.boolean()])
    .meta({ description: 'What the field is to be. Default: anything.' })
    .optional(),
});

const manifest = path('any', 'A file, a folder (one with a kustomization is built by Kustomize), or a glob.');

export const kubernetesParameters = z.strictObject({
  manifests: z.union([manifest, z.array(manifest)]).meta({
    description:
      'Files, folders and globs with YAML or JSON manifests. Default: `k8s/`, `manifests/`, `deploy/` or `kubernetes/`.',
  }),
  variables: z
    .record(z.string().regex(/^[A-Za-z_]\w*$/), z.string())
    .meta({
      description:
        'Values for `${NAME}` in the manifests, such as `${{ secrets.DB_PASSWORD }}`: secrets stay out of the files. Other names stay as written.',
    })
    .default({}),
  action: z.enum(['apply', 'delete']).meta({ description: 'Apply the objects, or delete them.' }).default('apply'),
  ...clusterParameters,
  prune: z
    .boolean()
    .meta({
      description:
        'Delete what this task applied earlier and what is no longer among the objects (namespaces, CRDs and volumes never).',
    })
    .default(false),
  set: text('Name of the set that `prune` knows objects by. Default: the workflow and the task.').optional(),
  field_manager: text('Name under which the objects’ fields are owned.').max(128).default('code-engine'),
  force: z
    .boolean()
    .meta({ description: 'Take over fields that other managers own, rather than to end with a conflict.' })
    .default(false),
  wait: z
    .boolean()
    .meta({ description: 'Wait until everything is ready (rolled out, completed, bound, established), or gone.' })
    .default(true),
  wait_for: z.array(waited).meta({ description: 'Further conditions to wait for.' }).default([]),
  wait_timeout: duration('How long to wait.').default('5m'),
  fail_early: z
    .boolean()
    .meta({
      description:
        'End as soon as something is stuck in a way that needs a person (image, crash loop, no node), not at the timeout.',
    })
    .default(false),
});

export type KubernetesParameters = z.output<typeof kubernetesParameters>;

export const kubernetesOutputs = z.strictObject({
  applied: z.int().meta({ description: 'Objects applied.' }),
  created: z.int().meta({ description: 'Objects that were not there before.' }),
  changed: z.int().meta({ description: 'Objects created, changed or deleted.' }),
  unchanged: z.int().meta({ description: 'Objects that were like this already.' }),
  deleted: z.int().meta({ description: 'Objects deleted: by `action: delete` or by `prune`.' }),
  ready: z.int().meta({ description: 'Objects that were waited for and became ready.' }),
  objects: z.array(z.string()).meta({ description: 'The objects, such as `Deployment shop/web`.' }),
  context: z.string().meta({ description: 'The context that was used.' }),
});

export type KubernetesOutputs = z.output<typeof kubernetesOutputs>;
