/** What the `helm` type takes and gives. */
import * as z from 'zod';
import { duration, path, text } from '../../../core/task-type.ts';

const valuesFile = path('file', 'A values file.');

export const helmParameters = z.strictObject({
  action: z
    .enum(['upgrade', 'lint', 'test', 'rollback', 'uninstall'])
    .meta({
      description:
        '`upgrade` lints, installs or upgrades, and waits; `lint` only checks the chart; `test` runs the chart’s tests; `rollback` goes back to a revision; `uninstall` removes the release.',
    })
    .default('upgrade'),
  chart: path(
    'any',
    'Chart folder, archive, `oci://` reference or `repo/name`. Default: `chart/` or the first under `charts/`.',
  ).optional(),
  release: text('Name of the release. Default: the name of the workflow.').optional(),
  namespace: text('Made where it is not there. Default: that of the context.').optional(),
  values: z
    .union([valuesFile, z.array(valuesFile)])
    .meta({ description: 'Values files; later ones win.' })
    .default([]),
  set: z
    .record(z.string(), z.json())
    .meta({
      description:
        'Values that win over the files; a key may be a path (`image.tag`). Handed over in a private file, so secrets may be among them.',
    })
    .default({}),
  version: text('Version of the chart, or a range of versions. Default: the newest.').optional(),
  repo: text('Address of the repository that the chart is in.').optional(),
  wait: z.boolean().meta({ description: 'Wait until everything is ready.' }).default(true),
  wait_for_jobs: z.boolean().meta({ description: 'Wait for Jobs to complete, too.' }).default(false),
  timeout: duration('How long Helm waits.').default('5m'),
  atomic: z.boolean().meta({ description: 'Go back to the revision before when the upgrade fails.' }).default(false),
  lint: z.boolean().meta({ description: 'Check a chart of the workspace before it is used.' }).default(true),
  strict: z.boolean().meta({ description: 'Warnings of the check are errors, too.' }).default(false),
  dependency_update: z
    .boolean()
    .meta({ description: 'Fetch charts that the chart depends on and that are missing.' })
    .default(false),
  skip_crds: z.boolean().meta({ description: 'Do not install the chart’s CRDs.' }).default(false),
  test: z.boolean().meta({ description: 'Run the chart’s tests after an upgrade.' }).default(false),
  revision: z
    .int()
    .min(1)
    .meta({ description: 'For `rollback`: the revision to go back to. Default: the one before.' })
    .optional(),
  keep_history: z
    .boolean()
    .meta({ description: 'For `uninstall`: keep the history, so that it can be undone.' })
    .default(false),
  fail_early: z
    .boolean()
    .meta({
      description: 'End Helm as soon as something is stuck in a way that needs a person (image, crash loop, no node).',
    })
    .default(false),
  context: text('Context of the kubeconfig. Default: the current one.').optional(),
  kubeconfig: path('file', 'Kubeconfig file. Default: KUBECONFIG, else ~/.kube/config.').optional(),
});

export type HelmParameters = z.output<typeof helmParameters>;

export const helmOutputs = z.strictObject({
  release: z.string().meta({ description: 'Name of the release.' }),
  namespace: z.string().meta({ description: 'Namespace of the release.' }),
  revision: z.int().meta({ description: 'Revision that is there now; 0 after an uninstall.' }),
  status: z.string().meta({ description: 'As Helm says: `deployed`, `uninstalled`, `linted`.' }),
  chart: z.string().meta({ description: 'Chart and version: `podinfo-6.14.1`.' }),
  app_version: z.string().meta({ description: 'Version of what the chart deploys.' }),
  notes: z.string().meta({ description: 'The chart’s notes.' }),
  manifest: z.string().meta({ description: 'The objects, as YAML; values of Secrets are left out.' }),
});

export type HelmOutputs = z.output<typeof helmOutputs>;
