// Flux: its source, kustomize and helm controllers. The `flux` command is not needed, and its module lacks what it embeds.
import { join } from 'node:path';
import { readdirSync } from 'node:fs';
import { apply, makeNamespace } from '../shared/cluster.mjs';
import { moduleFolder } from '../shared/go-build.mjs';
import { freePort } from '../shared/processes.mjs';
import { folder } from '../shared/store.mjs';

const controllers = ['source-controller', 'kustomize-controller', 'helm-controller'];
const moduleOf = (name) => `github.com/fluxcd/${name}`;

export const flux = {
  family: 'flux',
  packages: controllers.map(moduleOf),
  install() {
    for (const name of controllers) {
      const kinds = join(moduleFolder('flux', moduleOf(name)), 'config', 'crd', 'bases');
      apply(readdirSync(kinds).map((file) => join(kinds, file)));
    }
    makeNamespace('flux-system');
  },
  async processes(dir, home) {
    const storage = `127.0.0.1:${await freePort()}`;
    const own = {
      'source-controller': [
        `--storage-path=${folder('run', 'flux', 'artifacts')}`,
        `--storage-addr=${storage}`,
        `--storage-adv-addr=${storage}`,
      ],
      // What depends on something that is not ready is looked at again soon, and an artifact that is gone is not asked for ten times.
      'kustomize-controller': ['--requeue-dependency=2s', '--http-retry=2'],
      'helm-controller': ['--requeue-dependency=2s', '--http-retry=2'],
    };
    const processes = [];
    for (const name of controllers) {
      const health = `127.0.0.1:${await freePort()}`;
      const args = ['--metrics-addr=0', `--health-addr=${health}`, '--enable-leader-election=false', ...own[name]];
      const env = { RUNTIME_NAMESPACE: 'flux-system', TMPDIR: folder('run', 'flux', 'tmp'), HOME: home };
      processes.push({ name, program: join(dir, name), args, env, ready: `http://${health}/readyz` });
    }
    return processes;
  },
};
