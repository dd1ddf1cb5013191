import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { helm } from '../../src/tasks/helm.ts';
import { folder, perform, workbench, type Workbench } from '../tasks/context.ts';
import {
  freshName,
  isTestbed,
  kubeconfig,
  kubectl,
  limited,
  needsCluster,
  previewOf,
  rollbackOf,
  writeFiles,
} from './cluster.ts';
import { helms } from './helms.ts';

const chart = {
  'chart/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.2.3\nappVersion: "7"\nicon: https://example.com/i.png\n',
  'chart/values.yaml':
    'replicas: 1\nimage: testbed.local/web:1\ngreeting: hello\npassword: none\ntestCommand: "true"\n',
  'chart/templates/NOTES.txt': 'The shop says {{ .Values.greeting }}.\n',
  'chart/templates/all.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: { name: {{ .Release.Name }}, labels: { app.kubernetes.io/instance: {{ .Release.Name }} } }
spec:
  replicas: {{ .Values.replicas }}
  selector: { matchLabels: { app: {{ .Release.Name }} } }
  template:
    metadata: { labels: { app: {{ .Release.Name }} } }
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{ name: main, image: {{ .Values.image | quote }}, imagePullPolicy: IfNotPresent }]
---
apiVersion: v1
kind: ConfigMap
metadata: { name: {{ .Release.Name }} }
data: { greeting: {{ .Values.greeting | quote }} }
---
apiVersion: v1
kind: Secret
metadata: { name: {{ .Release.Name }} }
stringData: { password: {{ .Values.password | quote }} }
`,
  'chart/templates/tests/test.yaml': `apiVersion: v1
kind: Pod
metadata: { name: {{ .Release.Name }}-test, annotations: { helm.sh/hook: test, helm.sh/hook-delete-policy: before-hook-creation } }
spec:
  restartPolicy: Never
  containers: [{ name: test, image: 'testbed.local/busybox:1', command: [sh, -c, {{ .Values.testCommand | quote }}] }]
`,
};

const available = helms();

for (const { name, program } of available.length === 0 ? [{ name: 'helm', program: '' }] : available) {
  describe(`helm on a real API server (${name})`, function () {
    this.timeout(300_000);
    let bench: Workbench;
    let namespace: string;
    const namespaces: string[] = [];

    before(function () {
      if (program === '') {
        console.log('      skipped: no Helm: run `node scripts/testbed/helm.mjs up`, or put one on the PATH');
        this.skip();
      }
      needsCluster.call(this);
    });
    beforeEach(async () => {
      const bin = await mkdtemp(join(tmpdir(), 'code-helm-'));
      await symlink(program, join(bin, 'helm'));
      bench = await workbench({ env: { KUBECONFIG: kubeconfig, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` } });
      namespace = freshName('helm');
      namespaces.push(namespace);
      await writeFiles(bench.root, chart);
    });
    after(() => {
      for (const one of namespaces) kubectl('delete', 'namespace', one, '--ignore-not-found', '--wait=false');
    });

    const given = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
      namespace,
      release: 'web',
      timeout: '180s',
      ...more,
    });
    const succeed = async (more?: Record<string, unknown>): Promise<Record<string, unknown>> => {
      const result = await perform(helm, given(more), bench);
      assert.ok(result.ok, result.ok ? '' : `${result.failure.message}\n${bench.lines.join('\n')}`);
      return result.value;
    };
    const fail = async (
      more?: Record<string, unknown>,
    ): Promise<{ kind: string; message: string; next?: string; detail?: string }> => {
      const result = await perform(helm, given(more), bench);
      assert.ok(!result.ok, 'it was expected to fail');
      return result.failure;
    };
    const greeting = (): string =>
      kubectl('-n', namespace, 'get', 'configmap', 'web', '-o', 'jsonpath={.data.greeting}');
    const ask = (...args: string[]): string =>
      execFileSync(program, ['--kubeconfig', kubeconfig, '-n', namespace, ...args], {
        encoding: 'utf8',
        stdio: 'pipe',
      });

    it('installs, upgrades, goes back to the revision before, and uninstalls', async () => {
      const first = await succeed();
      assert.deepEqual(
        {
          revision: first.revision,
          status: first.status,
          chart: first.chart,
          app_version: first.app_version,
          namespace: first.namespace,
          notes: first.notes,
        },
        {
          revision: 1,
          status: 'deployed',
          chart: 'shop-1.2.3',
          app_version: '7',
          namespace,
          notes: 'The shop says hello.\n',
        },
      );
      assert.equal(
        kubectl('-n', namespace, 'get', 'deployment', 'web', '-o', 'jsonpath={.status.availableReplicas}'),
        '1',
      );
      const later = { ...bench, stateDir: await folder('code-state-') };
      const second = await perform(helm, given({ set: { greeting: 'good day' } }), later);
      assert.ok(second.ok);
      assert.equal(second.value.revision, 2);
      assert.equal(greeting(), 'good day');
      assert.equal(await helm.probe?.(helm.parameters.parse(given()), later), 'done');
      assert.ok((await rollbackOf(helm, given(), later)).ok);
      assert.equal(greeting(), 'hello');
      assert.equal(ask('history', 'web', '--max', '1', '-o', 'json').includes('"revision":3'), true);
      const gone = await succeed({ action: 'uninstall' });
      assert.equal(gone.status, 'uninstalled');
      assert.equal(ask('list', '-q'), '');
      assert.equal(
        (await succeed({ action: 'uninstall' })).status,
        'uninstalled',
        'what is gone already is no failure',
      );
    });

    it('undoes a first install by removing it', async () => {
      await succeed();
      assert.ok((await rollbackOf(helm, given(), bench)).ok);
      assert.equal(ask('list', '-q'), '');
    });

    it('shows in a preview what the upgrade then changes', async () => {
      const fresh = await previewOf(helm, given(), bench);
      assert.ok(fresh.ok, fresh.ok ? '' : fresh.failure.message);
      assert.deepEqual(fresh.value.changes, { create: 3, update: 0, replace: 0, destroy: 0 });
      assert.throws(() => ask('status', 'web'), 'a preview changes nothing');
      await succeed();
      const same = await previewOf(helm, given(), bench);
      assert.ok(same.ok);
      assert.equal(same.value.summary, '0 to create, 0 to change, 0 to delete, 3 unchanged');
      const changed = await previewOf(helm, given({ set: { greeting: 'good day' } }), bench);
      assert.ok(changed.ok);
      assert.equal(changed.value.text, `~ ConfigMap ${namespace}/web\n  ~ data.greeting: "hello" -> "good day"`);
      assert.notEqual(changed.value.digest, same.value.digest);
      const removal = await previewOf(helm, given({ action: 'uninstall' }), bench);
      assert.ok(removal.ok);
      assert.equal(removal.value.changes.destroy, 3);
    });

    it('keeps secrets out of the arguments, the log and the outputs', async () => {
      const wrapped: string[][] = [];
      const spying: Workbench = {
        ...bench,
        exec: (command, options) => {
          if (command.kind === 'argv') wrapped.push([command.program, ...command.args]);
          return bench.exec(command, options);
        },
      };
      const result = await perform(helm, given({ set: { password: 'hunter2-secret' } }), spying);
      assert.ok(result.ok);
      assert.equal(
        kubectl('-n', namespace, 'get', 'secret', 'web', '-o', 'jsonpath={.data.password}'),
        Buffer.from('hunter2-secret').toString('base64'),
      );
      assert.ok(wrapped.length > 2);
      assert.ok(!JSON.stringify([wrapped, bench.lines, result.value]).includes('hunter2'));
      assert.ok(!JSON.stringify(result.value).includes(Buffer.from('hunter2-secret').toString('base64')));
      assert.ok(!existsSync(join(bench.stateDir, 'helm-values.yaml')), 'the file with the values is gone');
    });

    it('takes values files in order, and the workflow’s own values last', async () => {
      await writeFiles(bench.root, { 'a.yaml': 'greeting: a\nreplicas: 2\n', 'b.yaml': 'greeting: b\n' });
      await succeed({ values: ['a.yaml', 'b.yaml'], set: { replicas: 0 } });
      assert.equal(greeting(), 'b');
      assert.equal(kubectl('-n', namespace, 'get', 'deployment', 'web', '-o', 'jsonpath={.spec.replicas}'), '0');
      assert.equal((await fail({ values: ['missing.yaml'] })).kind, 'missing');
    });

    it('runs the chart’s tests, and fails with them', async () => {
      await succeed({ test: true });
      const failure = await fail({ test: true, set: { testCommand: 'echo no connection; exit 1' } });
      assert.match(failure.message, /The tests of the release web failed/);
      assert.ok(
        bench.lines.some((line) => line.includes('no connection')),
        bench.lines.join('\n'),
      );
    });

    it('stops at a chart that does not render, with the place', async () => {
      await writeFiles(bench.root, { 'chart/templates/broken.yaml': 'a: {{ .Values.x.y.z }}\n' });
      const linted = await fail();
      assert.equal(linted.kind, 'invalid');
      assert.match(linted.message, /broken\.yaml/);
      const rendered = await fail({ lint: false });
      assert.equal(rendered.kind, 'invalid');
      assert.match(rendered.message, /broken\.yaml:1/);
      assert.equal((await fail({ action: 'lint' })).kind, 'invalid');
      assert.equal(ask('list', '-q'), '');
    });

    it('only lints, without a cluster', async () => {
      const offline = { ...bench, env: { ...bench.env, KUBECONFIG: '/nowhere' } };
      assert.ok((await helm.preflight?.(helm.parameters.parse(given({ action: 'lint' })), offline))?.ok);
      const result = await perform(helm, given({ action: 'lint' }), offline);
      assert.ok(result.ok);
      assert.equal(result.value.status, 'linted');
    });

    it('tells in seconds what the upgrade hangs on, and goes back where it is atomic', async () => {
      await succeed();
      const failure = await fail({ set: { image: 'testbed.local/missing:1' }, timeout: '25s', atomic: true });
      assert.equal(failure.kind, 'timeout');
      assert.ok(
        bench.lines.some((line) =>
          /Deployment .*web: container main of pod .*(ErrImagePull|ImagePullBackOff)/.test(line),
        ),
        bench.lines.join('\n'),
      );
      assert.equal(
        kubectl(
          '-n',
          namespace,
          'get',
          'deployment',
          'web',
          '-o',
          'jsonpath={.spec.template.spec.containers[0].image}',
        ),
        'testbed.local/web:1',
      );
    });

    it('ends Helm early where only a person can mend what is stuck, and is asked to', async () => {
      await succeed();
      const broken = { set: { image: 'testbed.local/missing:1' }, timeout: '10m', fail_early: true };
      const failure = await fail(broken);
      assert.equal(failure.kind, 'tool');
      assert.match(failure.message, /^helm upgrade of web ended early: Deployment .*ImagePullBackOff/);
      const shown = await fail(broken);
      assert.equal(shown.kind, 'tool', 'no half-done upgrade blocks the next one');
    });

    it('says that another Helm works on the release, or was killed', async () => {
      await succeed();
      const secret = kubectl(
        '-n',
        namespace,
        'get',
        'secret',
        'sh.helm.release.v1.web.v1',
        '-o',
        'jsonpath={.data.release}',
      );
      const packed = Buffer.from(Buffer.from(secret, 'base64').toString(), 'base64');
      const { gunzipSync, gzipSync } = await import('node:zlib');
      const release = JSON.parse(gunzipSync(packed).toString()) as { info: { status: string } };
      release.info.status = 'pending-upgrade';
      const data = Buffer.from(gzipSync(JSON.stringify(release)).toString('base64')).toString('base64');
      kubectl(
        '-n',
        namespace,
        'patch',
        'secret',
        'sh.helm.release.v1.web.v1',
        '--type=merge',
        '-p',
        JSON.stringify({ data: { release: data }, metadata: { labels: { status: 'pending-upgrade' } } }),
      );
      const failure = await fail();
      assert.equal(failure.kind, 'conflict');
      assert.match(failure.message, /web is pending-upgrade \(revision 1\)/);
      assert.equal(await helm.probe?.(helm.parameters.parse(given()), bench), 'unknown');
    });

    it('says before anything starts that no cluster answers', async () => {
      const lost = { ...bench, env: { ...bench.env, KUBECONFIG: '/nowhere/config' } };
      const result = await helm.preflight?.(helm.parameters.parse(given()), lost);
      assert.ok(result !== undefined && !result.ok);
      assert.equal(result.failure.kind, 'missing');
      assert.match(result.failure.message, /\/nowhere\/config/);
    });

    it('says which right is missing', async function () {
      if (!isTestbed) return this.skip();
      const env = { KUBECONFIG: limited('nobody'), PATH: bench.env.PATH ?? '' };
      const result = await perform(helm, given(), await workbench({ root: bench.root, env }));
      assert.ok(!result.ok, 'nobody may do nothing');
      assert.equal(result.failure.kind, 'denied');
      assert.match(result.failure.message, /User "nobody" cannot \w+ resource "\w+"/);
    });

    it('drives a public chart that nobody here wrote', async function () {
      const inputs = process.env.CODE_TEST_INPUTS;
      if (inputs === undefined) {
        console.log('      skipped: CODE_TEST_INPUTS names no folder with helm/podinfo');
        return this.skip();
      }
      const podinfo = join(inputs, 'helm/podinfo');
      const linted = await succeed({ action: 'lint', chart: podinfo });
      assert.equal(linted.status, 'linted');
      // Its image cannot be had without a registry: no replicas, so that everything but the pods is real.
      const set = { replicaCount: 0, 'image.repository': 'testbed.local/web', 'image.tag': '1' };
      const shown = await previewOf(helm, given({ chart: podinfo, set }), bench);
      assert.ok(shown.ok);
      const result = await succeed({ chart: podinfo, set });
      assert.equal(
        result.chart,
        `podinfo-${/^version: (.*)$/m.exec(await readFile(join(podinfo, 'Chart.yaml'), 'utf8'))?.[1] ?? ''}`,
      );
      const again = await previewOf(helm, given({ chart: podinfo, set }), bench);
      assert.ok(again.ok);
      assert.deepEqual(again.value.changes, { create: 0, update: 0, replace: 0, destroy: 0 });
      assert.ok(shown.value.changes.create >= 2);
    });
  });
}
