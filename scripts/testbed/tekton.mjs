// Tekton Pipelines on the test bed's node: its kinds without the webhook, and its controller outside the cluster.
//
//   node scripts/testbed/tekton.mjs up     builds what is missing (once), installs the kinds, starts the controller
//   node scripts/testbed/tekton.mjs down   stops the controller; the kinds go with the cluster
//
// Exit code 0 where the controller runs, 3 where it cannot be had here (why is said).
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { apply, cluster, kubeconfig, kubectl, makeNamespace } from './shared/cluster.mjs';
import { goBuild, moduleFolder } from './shared/go-build.mjs';
import { busyboxImage } from './shared/image.mjs';
import { alive, startDaemon, stopDaemon, tail, until } from './shared/processes.mjs';
import { folder, readJson, say, writeJson } from './shared/store.mjs';

const NAMESPACE = 'tekton-pipelines';
const home = folder('run', 'tekton');
const stateFile = join(home, 'state.json');
const programs = ['controller', 'entrypoint', 'nop', 'workingdirinit'];

/** Kinds are converted by the webhook in a real installation; here there is one version in use, and nothing to convert. */
function installKinds(config) {
  for (const name of readdirSync(join(config, '300-crds'))) {
    const crd = JSON.parse(
      kubectl(['create', '--dry-run=client', '--validate=false', '-o', 'json', '-f', join(config, '300-crds', name)]),
    );
    delete crd.spec.conversion;
    apply(['-'], JSON.stringify(crd));
  }
  makeNamespace(NAMESPACE);
  const settings = readdirSync(config).filter((one) => one.startsWith('config-'));
  apply(settings.map((name) => join(config, name)));
}

function loadImages(dir) {
  const archive = join(home, 'tekton.tar');
  const tools = Object.fromEntries(
    ['entrypoint', 'nop', 'workingdirinit'].map((name) => [`/ko-app/${name}`, join(dir, name)]),
  );
  busyboxImage(join(home, 'image'), archive, ['testbed.local/tekton:1'], { programs: tools });
  const socket = join(cluster, 'containerd', 'containerd.sock');
  const loaded = spawnSync('ctr', ['--address', socket, '--namespace', 'k8s.io', 'images', 'import', archive], {
    encoding: 'utf8',
  });
  if (loaded.status !== 0) throw new Error(loaded.stderr.trim());
}

async function up() {
  if (alive(readJson(stateFile)?.controller)) return 0;
  if (!existsSync(kubeconfig)) {
    say('skipped: tekton: there is no cluster (node scripts/testbed/kubernetes.mjs up)');
    return 3;
  }
  const { dir, skipped } = goBuild(
    'tekton',
    programs.map((name) => `github.com/tektoncd/pipeline/cmd/${name}`),
  );
  for (const { name, reason } of skipped) say(`skipped: tekton ${name}: ${reason}`);
  if (skipped.length > 0) return 3;
  installKinds(join(moduleFolder('tekton', 'github.com/tektoncd/pipeline'), 'config'));
  loadImages(dir);
  const logs = join(home, 'logs');
  mkdirSync(logs, { recursive: true });
  const image = 'testbed.local/tekton:1';
  const flags = ['entrypoint', 'nop', 'shell', 'shell-win', 'workingdirinit', 'sidecarlogresults'].flatMap((name) => [
    name === 'shell-win' ? '-shell-image-win' : `-${name}-image`,
    image,
  ]);
  const env = {
    KUBECONFIG: kubeconfig,
    SYSTEM_NAMESPACE: NAMESPACE,
    METRICS_DOMAIN: 'tekton.dev/pipeline',
    KUBERNETES_MIN_VERSION: 'v1.28.0',
  };
  const controller = startDaemon(
    'controller',
    join(dir, 'controller'),
    ['-disable-ha', '-kubeconfig', kubeconfig, ...flags],
    { logs, env },
  );
  writeJson(stateFile, { controller });
  // A wrong flag or missing right ends it within moments.
  if (!(await until(() => !alive(controller), 4000))) return 0;
  say(`skipped: tekton: its controller ended: ${tail(logs, 'controller', 2)}`);
  return 3;
}

async function down() {
  await stopDaemon(readJson(stateFile)?.controller);
  return 0;
}

const action = { up, down }[process.argv[2] ?? ''];
if (action === undefined) {
  console.error('usage: tekton.mjs up|down');
  process.exit(2);
}
try {
  process.exit(await action());
} catch (error) {
  say(`skipped: tekton: ${error.message}`);
  process.exit(3);
}
