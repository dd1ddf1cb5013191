import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatDuration } from '../../src/core/duration.ts';
import type { WorkflowAnalysis } from '../../src/run/answers.ts';
import { at, textAt, type KubeObject } from '../../src/tasks/shared/kubernetes/objects.ts';
import { finished, parseLines, Workspace, type Line } from '../cli/built.ts';
import { startGit, type GitServer } from './git-server.ts';
import { operatorRuns } from './operators.ts';
import { startGrafana, type GrafanaPeer } from '../tasks/grafana-peer.ts';
import { freshName, kubeconfig, kubectl, needsCluster } from './cluster.ts';
import { controller, installKinds, type Kind } from './controllers.ts';
import { startRegistry, type RegistryServer } from './registry-server.ts';
import { freePort } from './server.ts';
import { need, toolAt, toolPath } from './tools.ts';

const APPLICATION: Kind = {
  group: 'argoproj.io',
  version: 'v1alpha1',
  kind: 'Application',
  plural: 'applications',
  subresource: false,
};
const BASE = 'localhost/platform-base:1';
const TOKEN = 'a-token-of-the-test';
const STAND_IN_REVISION = 'f00ba4';

/** Parts whose tool a machine may lack; the workflow leaves them out by an input, and the test says so. */
const OPTIONAL = { mesh: 'istioctl', falco: 'falco', zap: 'zap.sh' } as const;

describe('the reference deployment, whole, on the test bed', function () {
  this.timeout(1_200_000);
  let place: Workspace;
  let registry: RegistryServer;
  let grafana: GrafanaPeer;
  let git: GitServer | undefined;
  let uninstall = (): void => undefined;
  const namespaces: string[] = [];
  const left: string[] = [];

  before(async function () {
    needsCluster.call(this);
    need(
      this,
      'buildah',
      'docker-registry',
      'tofu',
      'checkov',
      'conftest',
      'trivy',
      'promtool',
      'prometheus',
      'busybox',
      'kubectl',
    );
    if (helmFolder() === undefined) {
      console.log('    skipped: helm not found (node scripts/testbed/helm.mjs up)');
      this.skip();
    }
    place = new Workspace();
    cpSync('examples/platform', place.folder, { recursive: true });
    buildBase(mkdtempSync(join(tmpdir(), 'code-base-')));
    registry = await startRegistry(toolAt('docker-registry') ?? '');
    grafana = await startGrafana(TOKEN);
    if (operatorRuns('argocd')) git = await workerInGit(place);
    else uninstall = installKinds([APPLICATION]);
    for (const [part, tool] of Object.entries(OPTIONAL)) {
      if (toolAt(tool) !== undefined) continue;
      left.push(part);
      console.log(`    without ${part}: ${tool} is not here`);
    }
    console.log('    without known vulnerabilities: Trivy’s database comes from a registry of its own');
    console.log(
      `    ${git === undefined ? 'Grafana and Argo CD’s controller are stand-ins that speak' : 'Grafana is a stand-in that speaks'} its published API`,
    );
  });
  after(async () => {
    for (const one of namespaces) kubectl('delete', 'namespace', one, '--ignore-not-found', '--wait=false');
    uninstall();
    git?.stop();
    await (grafana as GrafanaPeer | undefined)?.stop();
    await (registry as RegistryServer | undefined)?.stop();
    (place as Workspace | undefined)?.close();
  });

  it('runs from the network to the smoke test, and says what running side by side saved', async () => {
    const sequential = await deploy('--jobs', '1');
    const alone = analysis();
    const parallel = await deploy();
    for (const { statuses } of [sequential, parallel]) {
      const bad = Object.entries(statuses).filter(([, status]) => status !== 'succeeded' && status !== 'skipped');
      assert.deepEqual(bad, []);
      const skipped = Object.entries(statuses).filter(([, status]) => status === 'skipped');
      assert.deepEqual(skipped.map(([task]) => task).sort(), expectedSkips());
    }
    tellFigures(sequential, parallel, alone);
    // What the run was to prove, asked of the systems themselves.
    for (const service of ['api', 'page', 'worker'])
      assert.ok(await registry.digest(`platform/${service}`, 'latest'), service);
    assert.deepEqual([...grafana.dashboards.keys()], ['platform']);
    assert.equal(grafana.annotations.size, 2);
    assert.equal(parallel.outputs('all_up').samples?.[0]?.value, 3);
    assert.match(String(parallel.outputs('deploy_api').manifest), /127\.0\.0\.1:\d+\/platform\/api@sha256:/);
    assert.equal(parallel.outputs('deliver_worker').health, 'Healthy');
    assert.equal(parallel.outputs('deliver_worker').revision, parallel.commit ?? STAND_IN_REVISION);
    assert.equal(parallel.outputs('remove_network').destroy, 4);
  });

  it('is stopped by its own policy before anything is deployed', async () => {
    const file = place.path('k8s/page.yaml');
    const good = readFileSync(file, 'utf8');
    writeFileSync(file, good.replace('runAsNonRoot: true, ', ''));
    try {
      const ended = await deploy('--only', 'check_policies');
      assert.equal(ended.statuses.check_policies, 'failed');
      assert.match(ended.reason('check_policies'), /Deployment page may run as root/);
    } finally {
      writeFileSync(file, good);
    }
  });

  const expectedSkips = (): string[] =>
    [
      ...(left.includes('mesh') ? ['check_mesh'] : []),
      ...(left.includes('falco') ? ['check_falco_rules'] : []),
      ...(left.includes('zap') ? ['attack_page'] : []),
      'scan_vulnerabilities',
    ].sort();

  interface Deployed {
    readonly ms: number;
    /** What Argo CD was to deliver, where it is the real one. */
    readonly commit: string | undefined;
    readonly criticalPathMs: number;
    readonly serialMs: number;
    readonly events: readonly Line[];
    readonly statuses: Record<string, string>;
    outputs(task: string): Record<string, unknown> & { samples?: { value: number }[] };
    reason(task: string): string;
    /** A task’s name and how long it took. */
    readonly told: (task: string) => string;
  }

  /** One run in a namespace of its own; whoever is asked says yes. */
  async function deploy(...more: string[]): Promise<Deployed> {
    const namespace = freshName('platform');
    namespaces.push(namespace);
    kubectl('create', 'namespace', namespace);
    const commit = await git?.commit({ 'deploy/config.yaml': inGit(namespace) });
    const argo = git === undefined ? await controller(APPLICATION, namespace, asArgo) : undefined;
    const inputs = {
      registry: registry.address,
      registry_tls: 'false',
      base_image: BASE,
      build_isolation: 'chroot',
      namespace,
      gateway_port: String(await freePort()),
      prometheus_port: String(await freePort()),
      grafana_url: grafana.url,
      vulnerabilities: 'false',
      ...Object.fromEntries(left.map((part) => [part, 'false'])),
    };
    const flags = Object.entries(inputs).flatMap(([name, value]) => ['--input', `${name}=${value}`]);
    const env = { PATH: `${helmFolder() ?? ''}:${toolPath}`, KUBECONFIG: kubeconfig, GRAFANA_TOKEN: TOKEN };
    const started = place.start(['run', 'platform.code.yaml', '--json', '--no-cache', ...flags, ...more], env);
    try {
      await started.until((out) => out.includes('"kind":"approval"') || out.includes('"run.finished"'));
      if (started.out.includes('"kind":"approval"')) place.run(['runs', 'approve', 'last', 'go_live'], env);
      const { out, err } = await started.ended;
      const events = parseLines(out);
      const end = events.find((event) => event.type === 'run.finished');
      assert.ok(end?.type === 'run.finished', `${err}\n${out.slice(-2000)}`);
      const ends = new Map(
        events.flatMap((event) => (event.type === 'task.finished' ? [[event.task, event] as const] : [])),
      );
      if (end.status !== 'succeeded' && more[0] !== '--only') console.log(place.run(['runs', 'show', 'last']).out);
      return {
        ms: end.durationMs,
        commit,
        criticalPathMs: end.criticalPathMs,
        serialMs: end.serialMs,
        events,
        statuses: finished(events),
        outputs: (task) => ends.get(task)?.outputs ?? {},
        reason: (task) => ends.get(task)?.reason ?? '',
        told: (task) => `${task} ${formatDuration(ends.get(task)?.durationMs ?? 0)}`,
      };
    } finally {
      await argo?.stop();
    }
  }

  /** By what the runs until now took. */
  const analysis = (): WorkflowAnalysis =>
    JSON.parse(place.run(['analyze', 'platform.code.yaml', '--json']).out) as WorkflowAnalysis;

  /**
   * Printed, not asserted: what a machine can do at once is not for a test to demand.
   * @param alone the analysis by what each task took while no other ran
   */
  function tellFigures(sequential: Deployed, parallel: Deployed, alone: WorkflowAnalysis): void {
    const saved = (ms: number): string => `${Math.round((1 - ms / sequential.ms) * 100)} % saved`;
    const figures = [
      `one task at a time ${formatDuration(sequential.ms)}, side by side ${formatDuration(parallel.ms)}: ${saved(parallel.ms)}`,
      `with cores for all at once no less than ${formatDuration(alone.criticalPathMs)}: ${saved(alone.criticalPathMs)}`,
      `the longest path took ${formatDuration(parallel.criticalPathMs)}: ${analysis().criticalPath.map(parallel.told).join(' → ')}`,
      `all tasks of the second run together ${formatDuration(parallel.serialMs)}, while they shared ${availableParallelism()} cores`,
    ];
    for (const line of figures) console.log(`    ${line}`);
    const { CODE_PLATFORM_FIGURES: file } = process.env;
    if (file !== undefined) writeFileSync(file, `${figures.join('\n')}\n`);
  }
});

/** The worker's repository, from which the real Argo CD brings its configuration. */
async function workerInGit(place: Workspace): Promise<GitServer> {
  const git = await startGit();
  const file = place.path('argocd/worker.yaml');
  const text = readFileSync(file, 'utf8').replace(/https:\/\/git\.example\.com\S+\.git/, git.url);
  assert.ok(text.includes(git.url), text);
  writeFileSync(file, text);
  return git;
}

const inGit = (namespace: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: worker-in-git, namespace: ${namespace} }\ndata: { from: git }\n`;

/** As the application controller does: takes the operation, and reports what it has synced. */
function asArgo(object: KubeObject): { patch: unknown } | undefined {
  if (object.operation !== undefined)
    return {
      patch: {
        operation: null,
        status: { operationState: { phase: 'Running', message: 'applying', operation: object.operation } },
      },
    };
  if (textAt(object, 'status', 'operationState', 'phase') !== 'Running') return undefined;
  const revision = STAND_IN_REVISION;
  return {
    patch: {
      status: {
        sync: { status: 'Synced', revision },
        health: { status: 'Healthy' },
        operationState: { phase: 'Succeeded', message: 'synced', syncResult: { revision } },
        history: [{ id: 0, revision, source: at(object, 'spec', 'source') }],
      },
    },
  };
}

/** BusyBox as an image of its own, since no registry of base images can be reached. */
function buildBase(folder: string): void {
  mkdirSync(join(folder, 'bin'), { recursive: true });
  cpSync(toolAt('busybox') ?? '', join(folder, 'bin', 'busybox'));
  for (const applet of ['sh', 'httpd', 'wget']) symlinkSync('busybox', join(folder, 'bin', applet));
  writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY bin/ /bin/\nENV PATH=/bin\n');
  execFileSync(toolAt('buildah') ?? '', ['bud', '--isolation', 'chroot', '-t', BASE, folder], { stdio: 'pipe' });
}

/** Where the test bed keeps a Helm, or the one on the PATH. */
function helmFolder(): string | undefined {
  const asked = spawnSync(process.execPath, ['scripts/testbed/helm.mjs', 'status'], { encoding: 'utf8' });
  const found = asked.status === 0 ? (JSON.parse(asked.stdout) as { helm4?: string }).helm4 : toolAt('helm');
  return found === undefined || !existsSync(found) ? undefined : join(found, '..');
}
