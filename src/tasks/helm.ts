import { defineTask } from '../core/task-type.ts';
import { runHelm } from './shared/helm/actions.ts';
import { preflight, preview, probe, rollback } from './shared/helm/checks.ts';
import { helmOutputs, helmParameters } from './shared/helm/parameters.ts';

/** Helm 3.8 and later, Helm 4: charts checked, installed or upgraded, waited for, tested, rolled back. https://helm.sh/docs/helm/helm_upgrade/ */
export const helm = defineTask({
  type: 'helm',
  aliases: ['chart'],
  category: 'orchestration',
  systems: ['Helm'],
  summary: 'Install or upgrade a chart and wait until it is ready; test, roll back or uninstall it.',
  docs: 'https://helm.sh/docs/helm/helm_upgrade/',
  licence: 'Apache-2.0',
  class: 'io',
  requires: [
    {
      anyOf: ['helm'],
      version: '>=3.8.0',
      probe: ['version', '--template', '{{.Version}}'],
      licence: 'Apache-2.0',
      install: {
        debian: 'https://helm.sh/docs/intro/install/#from-apt-debianubuntu',
        macos: 'brew install helm',
        windows: 'winget install Helm.Helm',
        any: 'https://helm.sh/docs/intro/install/',
      },
    },
  ],
  parameters: helmParameters,
  outputs: helmOutputs,
  conventions: [
    {
      parameter: 'chart',
      from: 'files',
      globs: ['chart/Chart.yaml', 'charts/*/Chart.yaml'],
      take: 'folder',
      required: true,
      unless: { parameter: 'action', oneOf: ['test', 'rollback', 'uninstall'] },
    },
    { parameter: 'release', from: 'workflow' },
  ],
  examples: [
    { title: 'Deploy the chart of this repository', with: {} },
    {
      title: 'One environment, with its values and the tag built upstream',
      with: {
        chart: 'charts/shop',
        release: 'shop',
        namespace: 'staging',
        values: ['charts/shop/values-staging.yaml'],
        set: { 'image.tag': '1.4.2' },
        atomic: true,
        test: true,
      },
    },
    {
      title: 'A chart from a registry',
      with: { chart: 'oci://registry.example.com/charts/shop', version: '1.x', release: 'shop' },
    },
    { title: 'Remove the release', with: { action: 'uninstall', release: 'shop', namespace: 'staging' } },
  ],
  preflight,
  execution: { kind: 'steps', run: runHelm },
  preview,
  rollback,
  probe,
});
