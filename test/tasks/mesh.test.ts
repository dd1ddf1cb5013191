import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import type { AnyTaskType } from '../../src/core/task-type.ts';
import { cilium } from '../../src/tasks/cilium.ts';
import { istio } from '../../src/tasks/istio.ts';
import { judge } from '../../src/tasks/jenkins-x.ts';
import { k3s } from '../../src/tasks/k3s.ts';
import { kind } from '../../src/tasks/kind.ts';
import { linkerd } from '../../src/tasks/linkerd.ts';
import { perform, workbench } from './context.ts';
import { recorded, type Recorded, type Recording } from './recorded.ts';

type Outcome = Awaited<ReturnType<typeof perform>>;

const drive = async (
  type: unknown,
  program: string,
  recordings: readonly Recording[],
  given: unknown,
): Promise<{ result: Outcome; tool: Recorded; lines: string[]; root: string }> => {
  const tool = await recorded(program, recordings);
  const bench = await workbench({ env: { PATH: tool.path } });
  return { result: await perform(type, given, bench), tool, lines: bench.lines, root: bench.root };
};
const valueOf = ({ result, lines }: { result: Outcome; lines: string[] }): Record<string, unknown> => {
  assert.ok(result.ok, result.ok ? '' : `${result.failure.message}\n${lines.join('\n')}`);
  return result.value;
};
const messageOf = ({ result }: { result: Outcome }): string => {
  assert.ok(!result.ok, 'it was expected to fail');
  return result.failure.message;
};

describe('istio (recorded after istioctl 1.27)', () => {
  const version = { when: ['version'], stdout: 'client version: 1.27.3\n' };
  const message = (level: string): string =>
    JSON.stringify([
      {
        code: 'IST0101',
        level,
        message: 'Referenced host not found: "reviews"',
        reference: 'istio/vs.yaml:12',
        documentationUrl: 'https://istio.io',
      },
    ]);

  it('reports what the analysis says, and fails from the level on that is asked for', async () => {
    const warned = await drive(istio, 'istioctl', [version, { when: ['analyze'], stdout: message('Warning') }], {
      manifests: 'istio',
    });
    const value = valueOf(warned);
    assert.equal(value.version, '1.27.3');
    assert.deepEqual(value.messages, [
      {
        code: 'IST0101',
        level: 'Warning',
        message: 'Referenced host not found: "reviews"',
        origin: 'istio/vs.yaml:12',
      },
    ]);
    const calls = await warned.tool.calls();
    assert.ok(calls.some((args) => args.includes('--use-kube=false') && args.includes(join(warned.root, 'istio'))));
    const strict = await drive(istio, 'istioctl', [version, { when: ['analyze'], stdout: message('Warning') }], {
      manifests: 'istio',
      fail_on: 'Warning',
    });
    assert.match(messageOf(strict), /^IST0101 istio\/vs\.yaml:12: Referenced host not found/);
  });

  it('takes an analysis that found errors for a result, and one that could not run for a failure', async () => {
    const found = await drive(
      istio,
      'istioctl',
      [version, { when: ['analyze'], stdout: message('Error'), exitCode: 79 }],
      { manifests: 'istio' },
    );
    assert.match(messageOf(found), /IST0101/);
    const broken = await drive(
      istio,
      'istioctl',
      [version, { when: ['analyze'], stderr: 'Error: 1 error occurred: yaml: line 3\n', exitCode: 1 }],
      { manifests: 'istio' },
    );
    assert.match(messageOf(broken), /istioctl analyze failed.*yaml: line 3/);
  });
});

describe('linkerd (recorded after linkerd 2.14)', () => {
  const check = (result: string): string =>
    JSON.stringify({
      success: result !== 'error',
      categories: [
        {
          categoryName: 'linkerd-existence',
          checks: [
            {
              description: 'control plane pods are ready',
              result,
              error: result === 'success' ? undefined : 'pod "x" is not ready',
              hint: 'https://linkerd.io/checks/#l5d-api',
            },
          ],
        },
      ],
    });

  it('reports each check, and fails with the first that is an error', async () => {
    const good = await drive(linkerd, 'linkerd', [{ when: ['check'], stdout: check('success') }], {});
    assert.deepEqual(valueOf(good).checks, [
      { category: 'linkerd-existence', check: 'control plane pods are ready', result: 'success', error: '' },
    ]);
    const bad = await drive(linkerd, 'linkerd', [{ when: ['check'], stdout: check('error'), exitCode: 1 }], {});
    assert.match(messageOf(bad), /^linkerd-existence: control plane pods are ready: pod "x" is not ready$/);
  });

  it('holds success rates against a limit, and says where there were no requests to judge by', async () => {
    const rows = [
      { namespace: 'shop', kind: 'deployment', name: 'web', success: 0.982, rps: 12 },
      { namespace: 'shop', kind: 'deployment', name: 'idle', success: null },
    ];
    const stat = { when: ['viz', 'stat'], stdout: JSON.stringify(rows) };
    const given = { action: 'gate', namespace: 'shop' };
    assert.deepEqual(valueOf(await drive(linkerd, 'linkerd', [stat], { ...given, success_rate: 0.95 })).success_rates, {
      'shop/web': 0.982,
    });
    assert.match(
      messageOf(await drive(linkerd, 'linkerd', [stat], given)),
      /^shop\/web: 98\.20 % of requests succeed, 99\.00 % are asked for/,
    );
    assert.match(messageOf(await drive(linkerd, 'linkerd', [{ ...stat, stdout: '[]' }], given)), /No requests/);
  });
});

describe('cilium (recorded after cilium-cli 0.18)', () => {
  const pods = { cilium: { Type: 'DaemonSet', Desired: 3, Ready: 3, Available: 3, Unavailable: 0 } };

  it('waits with the tool, and counts what is ready', async () => {
    const good = await drive(
      cilium,
      'cilium',
      [{ when: ['status'], stdout: JSON.stringify({ pod_state: pods, errors: {} }) }],
      { timeout: '90s' },
    );
    assert.deepEqual(valueOf(good), { status: 'ok', ready: { cilium: '3/3' } });
    assert.deepEqual((await good.tool.calls())[0], [
      'status',
      '--output',
      'json',
      '--wait',
      '--wait-duration',
      '90000ms',
    ]);
  });

  it('fails with the words of the agent', async () => {
    const errors = { cilium: { 'cilium-x': { Errors: ['controller sync-lb failed'], Warnings: [] } } };
    const bad = await drive(
      cilium,
      'cilium',
      [{ when: ['status'], stdout: JSON.stringify({ pod_state: pods, errors }), exitCode: 1 }],
      {},
    );
    assert.equal(messageOf(bad), 'Cilium is not well: cilium (cilium-x): controller sync-lb failed');
  });
});

describe('kind (recorded after kind 0.30)', () => {
  it('creates a cluster where it is not there, loads images, and deletes on rollback what it made', async () => {
    const tool = await recorded('kind', [
      { when: ['get', 'clusters'], stdout: '', stderr: 'No kind clusters found.\n' },
      { when: ['create', 'cluster'] },
      { when: ['load', 'docker-image'] },
      { when: ['delete', 'cluster'] },
    ]);
    const bench = await workbench({ env: { PATH: tool.path, KIND_EXPERIMENTAL_PROVIDER: 'docker' } });
    const given = { name: 'My Shop', images: ['shop:dev'], wait: '2m' };
    const result = await perform(kind, given, bench);
    const kubeconfig = join(bench.root, '.code', 'kind', 'my-shop.kubeconfig');
    assert.deepEqual(result, { ok: true, value: { cluster: 'my-shop', context: 'kind-my-shop', kubeconfig } });
    assert.ok((await kind.rollback?.(kind.parameters.parse(given), {}, bench))?.ok);
    assert.deepEqual(await tool.calls(), [
      ['get', 'clusters', '--quiet'],
      ['create', 'cluster', '--name', 'my-shop', '--kubeconfig', kubeconfig, '--wait', '120000ms'],
      ['load', 'docker-image', 'shop:dev', '--name', 'my-shop'],
      ['delete', 'cluster', '--name', 'my-shop', '--kubeconfig', kubeconfig],
    ]);
  });

  it('loads images of Podman by an archive, for Kind would ask Docker for them', async () => {
    const tool = await recorded('kind', [
      { when: ['get', 'clusters'], stdout: 'shop\n' },
      { when: ['load', 'image-archive'] },
    ]);
    const podman = await recorded('podman', [{ when: ['save'] }]);
    const env = { PATH: `${dirname(podman.program)}${delimiter}${tool.path}`, KIND_EXPERIMENTAL_PROVIDER: 'podman' };
    const bench = await workbench({ env });
    const result = await perform(kind, { action: 'load', name: 'shop', images: ['shop:dev'] }, bench);
    assert.ok(result.ok, result.ok ? '' : result.failure.message);
    const archive = join(bench.stateDir, 'image.tar');
    assert.deepEqual(await podman.calls(), [['save', '--output', archive, 'shop:dev']]);
    assert.deepEqual((await tool.calls()).at(-1), ['load', 'image-archive', archive, '--name', 'shop']);
  });

  it('keeps a cluster that is there, and does not delete it on rollback', async () => {
    const tool = await recorded('kind', [
      { when: ['get', 'clusters'], stdout: 'shop\nother\n' },
      { when: ['export', 'kubeconfig'] },
    ]);
    const bench = await workbench({ env: { PATH: tool.path } });
    const parameters = kind.parameters.parse({ name: 'shop' });
    assert.ok((await perform(kind, { name: 'shop' }, bench)).ok);
    assert.ok((await kind.rollback?.(parameters, {}, bench))?.ok);
    assert.ok(!(await tool.calls()).some((args) => args.includes('delete') || args.includes('create')));
    const preview = await kind.preview?.({ ...parameters, action: 'delete' }, bench);
    assert.ok(preview?.ok);
    assert.equal(preview.value.changes.destroy, 1);
  });

  it('says that its nodes need a container engine', async () => {
    const stopped = await drive(
      kind,
      'kind',
      [{ when: ['get'], stderr: 'ERROR: failed to list clusters: Cannot connect to the Docker daemon\n', exitCode: 1 }],
      { name: 'x' },
    );
    assert.ok(!stopped.result.ok);
    assert.equal(stopped.result.failure.kind, 'missing');
    assert.match(stopped.result.failure.next ?? '', /Start Docker, or install Podman/);
  });
});

describe('k3s', () => {
  it('says where it looked for a node that is not there', async () => {
    const bench = await workbench({ env: { PATH: '/usr/bin:/bin' } });
    const result = await perform(k3s, { source: '/nowhere/k3s.yaml' }, bench);
    assert.ok(!result.ok);
    assert.match(
      result.failure.message,
      /no K3s node on this machine: neither the program k3s nor \/nowhere\/k3s\.yaml/,
    );
  });

  it('installs by its script with the version and the arguments, and writes a kubeconfig for its owner alone', async function () {
    if (process.getuid?.() !== 0) return this.skip();
    const bench = await workbench();
    const source = join(bench.root, 'own.yaml');
    // The script is a stand-in: it writes down what it was given and leaves the kubeconfig of a node that does not answer.
    await writeFile(
      join(bench.root, 'install.sh'),
      `echo "$INSTALL_K3S_VERSION|$INSTALL_K3S_EXEC" > given\necho 'apiVersion: v1\nkind: Config\ncurrent-context: default\nclusters: [{name: default, cluster: {server: "https://127.0.0.1:1"}}]\nusers: [{name: default, user: {}}]\ncontexts: [{name: default, context: {cluster: default, user: default}}]' > ${source}\n`,
    );
    const result = await perform(
      k3s,
      {
        action: 'install',
        version: 'v1.34.1+k3s1',
        args: ['--disable=traefik', '--node-label=a b'],
        script: 'install.sh',
        source,
        wait: '10ms',
      },
      bench,
    );
    assert.equal(
      await readFile(join(bench.root, 'given'), 'utf8'),
      "v1.34.1+k3s1|server --disable=traefik '--node-label=a b'\n",
    );
    assert.equal((await stat(join(bench.root, '.code/k3s.kubeconfig'))).mode & 0o777, 0o600);
    assert.ok(!result.ok, 'the node does not answer');
    assert.match(result.failure.message, /No cluster answers/);
  });
});

describe('jenkins-x', () => {
  it('reads the end of a pipeline from its activity, with the stage that failed', () => {
    const activity = (status: string) => ({
      apiVersion: 'jenkins.io/v1',
      kind: 'PipelineActivity',
      metadata: { name: 'a' },
      spec: {
        status,
        steps: [{ stage: { name: 'build', status: 'Succeeded' } }, { stage: { name: 'test', status: 'Failed' } }],
      },
    });
    assert.deepEqual(judge(activity('Succeeded')), { state: 'ready' });
    assert.deepEqual(judge(activity('Failed')), { state: 'failed', why: 'it ended Failed in test' });
    assert.equal(judge(activity('Running')).state, 'waiting');
  });
});

describe('command lines that are not installed', () => {
  for (const type of [istio, linkerd, cilium, kind] as unknown as AnyTaskType[]) {
    it(`${type.type}: says so, and how to get it`, async () => {
      const bench = await workbench({ env: { PATH: '/nowhere' } });
      const result = await perform(type, type.type === 'istio' ? { manifests: 'istio' } : {}, bench);
      assert.ok(!result.ok);
      assert.equal(result.failure.kind, 'missing');
      assert.match(result.failure.next ?? '', /https:\/\//);
    });
  }
});
