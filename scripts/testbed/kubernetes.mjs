// A Kubernetes node of one machine for the tests: etcd (Debian's), kube-apiserver, controller-manager, scheduler and kubelet (built once
// from their Go modules), containerd and runc (Debian's). Everything listens on the loopback interface.
//
//   node scripts/testbed/kubernetes.mjs up      builds what is missing, starts what is not running, prints the KUBECONFIG path
//   node scripts/testbed/kubernetes.mjs down    stops what was started, and forgets the cluster's data
//   node scripts/testbed/kubernetes.mjs status  one JSON object
//
// Exit code 0 where the control plane answers, 3 where it cannot be had here. What could not be started is said, counted and named.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeConfiguration } from './kubernetes/configuration.mjs';
import { commands } from './kubernetes/commands.mjs';
import { prepareImages } from './kubernetes/images.mjs';
import { installDebian } from './shared/debian.mjs';
import { goBuild } from './shared/go-build.mjs';
import { alive, freePort, startDaemon, stopDaemon, tail, until } from './shared/processes.mjs';
import { folder, readJson, say, writeJson } from './shared/store.mjs';

const VERSION = 'v1.34.4';
const home = folder('run', 'kubernetes');
const stateFile = join(home, 'state.json');
const paths = {
  home,
  pki: join(home, 'pki'),
  logs: join(home, 'logs'),
  etcd: join(home, 'etcd'),
  kubelet: join(home, 'kubelet'),
  containerd: join(home, 'containerd'),
  kubeconfig: join(home, 'admin.kubeconfig'),
};
/** The control plane is needed; the node is a bonus that some machines (no root, no cgroups) cannot give. */
const controlPlane = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];
const node = ['containerd', 'kubelet'];

const stamped = (symbol, value) =>
  [`k8s.io/component-base/version.${symbol}`, `k8s.io/client-go/pkg/version.${symbol}`].map((s) => [s, value]);

function build() {
  const [major, minor] = VERSION.slice(1).split('.');
  const stamp = Object.fromEntries([
    ...stamped('gitVersion', VERSION),
    ...stamped('gitMajor', major),
    ...stamped('gitMinor', minor),
    ...stamped('gitTreeState', 'clean'),
  ]);
  const names = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet'];
  return goBuild(
    'kubernetes',
    names.map((name) => `k8s.io/kubernetes/cmd/${name}`),
    { stamp },
  );
}

/** Debian's part; nothing is installed where it is there already or where we are not root. */
function installPackages() {
  const wanted = { etcd: 'etcd-server', containerd: 'containerd', runc: 'runc', busybox: 'busybox-static' };
  const missing = Object.keys(wanted).filter((program) => which(program) === undefined);
  if (!existsSync('/usr/lib/cni/bridge')) missing.push('cni');
  const why = installDebian(missing.map((program) => wanted[program] ?? 'containernetworking-plugins'));
  if (why !== undefined) say(`not installed: ${missing.join(', ')}: ${why}`);
}

function which(program) {
  const result = spawnSync('sh', ['-c', `command -v ${program}`], {
    encoding: 'utf8',
    env: { ...process.env, PATH: searchPath },
  });
  return result.status === 0 ? result.stdout.trim() : undefined;
}
const searchPath = `${process.env.PATH}:/usr/sbin:/sbin`;

const ready = (path = '/readyz') =>
  spawnSync('kubectl', ['--kubeconfig', paths.kubeconfig, '--request-timeout=2s', 'get', '--raw', path], {
    encoding: 'utf8',
  }).status === 0;

async function up() {
  const state = readJson(stateFile) ?? { processes: {} };
  const skipped = [];
  if (controlPlane.every((name) => alive(state.processes[name])) && ready()) {
    console.log(paths.kubeconfig);
    return 0;
  }
  installPackages();
  const { dir, skipped: notBuilt } = build();
  skipped.push(...notBuilt);
  if (which('etcd') === undefined)
    skipped.push({ name: 'etcd', reason: 'not installed (Debian: apt-get install etcd-server)' });
  const impossible = skipped.filter(({ name }) => controlPlane.includes(name));
  if (impossible.length > 0) {
    report(skipped);
    return 3;
  }
  // Half a cluster is ended and begun anew: the data are the tests', nobody misses them.
  await down();
  for (const path of [paths.pki, paths.logs, paths.kubelet, paths.containerd]) mkdirSync(path, { recursive: true });
  const ports = {
    etcd: await freePort(),
    etcdPeer: await freePort(),
    api: await freePort(),
    kubelet: await freePort(),
    health: await freePort(),
  };
  writeConfiguration({ paths, ports });
  const programs = commands({ paths, ports, bin: dir, which });
  const fresh = { version: VERSION, kubeconfig: paths.kubeconfig, ports, processes: {}, skipped };
  const start = (name) => {
    const { program, args, env } = programs[name];
    fresh.processes[name] = startDaemon(name, program, args, { logs: paths.logs, env: { PATH: searchPath, ...env } });
    writeJson(stateFile, fresh);
  };
  for (const name of controlPlane.slice(0, 2)) start(name);
  const answered = await until(() => ready() || !alive(fresh.processes['kube-apiserver']), 90_000);
  if (!answered || !ready()) {
    say(`the API server did not come up; its last words:\n${tail(paths.logs, 'kube-apiserver')}`);
    await down();
    return 3;
  }
  for (const name of controlPlane.slice(2)) start(name);
  await until(() => ready('/api/v1/namespaces/default/serviceaccounts/default'), 30_000);
  await startNode({ start, fresh, notBuilt });
  report(fresh.skipped);
  console.log(paths.kubeconfig);
  return 0;
}

async function startNode({ start, fresh, notBuilt }) {
  const why = nodeImpossible(notBuilt);
  if (why === undefined) {
    start('containerd');
    const socket = join(paths.containerd, 'containerd.sock');
    await until(() => existsSync(socket), 15_000);
    prepareImages({ work: join(home, 'images'), socket });
    start('kubelet');
    const isReady = () => {
      const args = [
        '--kubeconfig',
        paths.kubeconfig,
        'get',
        'nodes',
        '-o',
        'jsonpath={.items[*].status.conditions[?(@.type=="Ready")].status}',
      ];
      return spawnSync('kubectl', args, { encoding: 'utf8' }).stdout.includes('True');
    };
    if ((await until(() => isReady() || !alive(fresh.processes.kubelet), 60_000)) && isReady()) return;
    fresh.skipped.push({ name: 'node', reason: `the kubelet did not become ready: ${tail(paths.logs, 'kubelet', 2)}` });
  } else fresh.skipped.push({ name: 'node', reason: why });
  writeJson(stateFile, fresh);
}

function nodeImpossible(notBuilt) {
  if (process.getuid?.() !== 0) return 'a kubelet needs root';
  const unbuilt = notBuilt.find(({ name }) => name === 'kubelet');
  if (unbuilt !== undefined) return unbuilt.reason;
  const missing = ['containerd', 'runc', 'busybox'].filter((program) => which(program) === undefined);
  return missing.length === 0 ? undefined : `not installed: ${missing.join(', ')}`;
}

function report(skipped) {
  if (skipped.length === 0) return;
  say(`${skipped.length} part${skipped.length === 1 ? '' : 's'} skipped:`);
  for (const { name, reason } of skipped) say(`  ${name}: ${reason}`);
}

async function down() {
  const state = readJson(stateFile);
  if (state === undefined) return 0;
  for (const name of [...controlPlane, ...node].reverse()) {
    if (name === 'containerd' && alive(state.processes.containerd)) endContainers();
    await stopDaemon(state.processes[name]);
  }
  unmount();
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  return 0;
}

/** Containers outlive both kubelet and containerd; they are ended by the runtime that started them. */
function endContainers() {
  const ctr = ['--address', join(paths.containerd, 'containerd.sock'), '--namespace', 'k8s.io'];
  const tasks =
    spawnSync('ctr', [...ctr, 'tasks', 'ls', '-q'], { encoding: 'utf8' })
      .stdout?.split('\n')
      .filter(Boolean) ?? [];
  for (const task of tasks) spawnSync('ctr', [...ctr, 'tasks', 'rm', '--force', task]);
  const containers =
    spawnSync('ctr', [...ctr, 'containers', 'ls', '-q'], { encoding: 'utf8' })
      .stdout?.split('\n')
      .filter(Boolean) ?? [];
  for (const container of containers) spawnSync('ctr', [...ctr, 'containers', 'rm', container]);
}

/** Mounts of pods (tokens, roots) that are left below our folder. */
function unmount() {
  const mounts = execFileSync('cat', ['/proc/mounts'], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(`${home}/`))
    .reverse();
  for (const path of mounts) spawnSync('umount', ['-l', path]);
}

function status() {
  const state = readJson(stateFile) ?? { processes: {} };
  const running = Object.fromEntries([...controlPlane, ...node].map((name) => [name, alive(state.processes[name])]));
  const answers = running['kube-apiserver'] && ready();
  console.log(
    JSON.stringify({
      ready: answers,
      version: state.version,
      kubeconfig: state.kubeconfig,
      running,
      skipped: state.skipped ?? [],
    }),
  );
  return answers ? 0 : 3;
}

const actions = { up, down, status };
const action = actions[process.argv[2] ?? ''];
if (action === undefined) {
  console.error('usage: kubernetes.mjs up|down|status');
  process.exit(2);
}
process.exit(await action());
