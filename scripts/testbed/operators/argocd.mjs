// Argo CD without its API server and its page: Redis, the repository server and the application controller.
import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { apply, makeNamespace } from '../shared/cluster.mjs';
import { moduleFolder } from '../shared/go-build.mjs';
import { freePort } from '../shared/processes.mjs';
import { folder } from '../shared/store.mjs';
import { installDebian } from '../shared/debian.mjs';

const MODULE = 'github.com/argoproj/argo-cd/v3';
const NAMESPACE = 'argocd';
/** Debian’s Redis is one program that acts by its name; this package starts no service, and the one with the server’s name would. */
const REDIS = '/usr/bin/redis-check-rdb';

export const argocd = {
  family: 'argocd',
  packages: [`${MODULE}/cmd`],
  install() {
    const why = existsSync(REDIS) ? undefined : installDebian(['redis-tools']);
    if (why !== undefined) throw new Error(why);
    makeNamespace(NAMESPACE);
    const manifests = join(moduleFolder('argocd', MODULE), 'manifests');
    apply(['application', 'applicationset', 'appproject'].map((kind) => join(manifests, 'crds', `${kind}-crd.yaml`)));
    const config = ['argocd-cm', 'argocd-secret', 'argocd-rbac-cm', 'argocd-cmd-params-cm', 'argocd-tls-certs-cm'];
    const more = ['argocd-gpg-keys-cm', 'argocd-ssh-known-hosts-cm'];
    apply(['-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [...config, ...more].map(settings) }));
  },
  /** Applications of any namespace may use it: each test has a namespace of its own. */
  afterwards() {
    const spec = {
      sourceRepos: ['*'],
      sourceNamespaces: ['*'],
      destinations: [{ server: '*', namespace: '*' }],
      clusterResourceWhitelist: [{ group: '*', kind: '*' }],
    };
    const metadata = { name: 'default', namespace: NAMESPACE };
    apply(['-'], JSON.stringify({ apiVersion: 'argoproj.io/v1alpha1', kind: 'AppProject', metadata, spec }));
  },
  async processes(dir, home) {
    const redis = await freePort();
    const repository = await freePort();
    const metrics = { repository: await freePort(), controller: await freePort() };
    const server = join(home, 'redis-server');
    if (!existsSync(server)) symlinkSync(REDIS, server);
    const program = join(dir, 'cmd');
    const env = (name) => ({
      ARGOCD_BINARY_NAME: name,
      // Our kubeconfig is what the controller takes for the cluster that it is in.
      ARGOCD_FAKE_IN_CLUSTER: 'true',
      ARGOCD_GPG_ENABLED: 'false',
      ARGOCD_CONTROLLER_SHARD: '0',
      ARGOCD_TLS_DATA_PATH: folder('run', 'argocd', 'tls'),
      ARGOCD_SSH_DATA_PATH: folder('run', 'argocd', 'ssh'),
      HOME: home,
      TMPDIR: folder('run', 'argocd', 'tmp'),
    });
    const common = ['--redis', `127.0.0.1:${redis}`, '--loglevel', 'warn'];
    return [
      { name: 'redis', program: server, args: ['--port', `${redis}`, '--bind', '127.0.0.1', '--save', ''], env: {} },
      {
        name: 'repo-server',
        program,
        args: [
          ...['--address', '127.0.0.1', '--port', `${repository}`, '--disable-tls'],
          ...['--metrics-address', '127.0.0.1', '--metrics-port', `${metrics.repository}`, ...common],
        ],
        env: env('argocd-repo-server'),
        ready: `http://127.0.0.1:${metrics.repository}/healthz`,
      },
      {
        name: 'application-controller',
        program,
        args: [
          ...['--repo-server', `127.0.0.1:${repository}`, '--repo-server-plaintext'],
          ...['--metrics-port', `${metrics.controller}`, '--namespace', NAMESPACE, '--application-namespaces', '*'],
          ...common,
        ],
        env: env('argocd-application-controller'),
        ready: `http://127.0.0.1:${metrics.controller}/healthz`,
      },
    ];
  },
};

const settings = (name) => ({
  apiVersion: 'v1',
  kind: name.endsWith('-secret') ? 'Secret' : 'ConfigMap',
  metadata: { name, namespace: NAMESPACE, labels: { 'app.kubernetes.io/part-of': 'argocd' } },
});
