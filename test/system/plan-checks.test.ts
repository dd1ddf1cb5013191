import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { readFile, writeFile } from 'node:fs/promises';
import path, { delimiter, join } from 'node:path';
import type { Context } from 'mocha';
import { planChecks } from '../../src/cli/plan-checks.ts';
import { emptyDraft, type PlannedFile, type PlanResult } from '../../src/planner/plan.ts';
import { memoryIo } from '../cli/memory-io.ts';
import { deployment, freshName, kubeconfig, kubectl, needsCluster } from './cluster.ts';
import { need, toolPath } from './tools.ts';

/** Helm lies in a folder of its own in the test bed. */
const store = join(process.env.CODE_TESTBED ?? join(homedir(), '.cache', 'code-testbed'), 'bin');
const helmFolder = (existsSync(store) ? readdirSync(store) : []).findLast((name) => /^helm\d-/.test(name));
const searchPath = [...(helmFolder === undefined ? [] : [join(store, helmFolder)]), toolPath].join(delimiter);

function needHelm(test: Context): void {
  if (helmFolder === undefined) need(test, 'helm');
}

const planOf = (...files: readonly [path: string, text: string][]): PlanResult => ({
  provider: 'test',
  draft: emptyDraft('x', 'x', { files: files.map(([at, text]): PlannedFile => ({ path: at, text, origin: 'model' })) }),
  workflow: 'x',
  repairs: 0,
});

const CHART = 'apiVersion: v2\nname: shop\nversion: 1.0.0\n';

describe('what real tools say of a plan', () => {
  let cwd: string;

  beforeEach(() => (cwd = mkdtempSync(path.join(tmpdir(), 'checks-'))));
  afterEach(() => rmSync(cwd, { recursive: true, force: true }));

  const check = (plan: PlanResult): ReturnType<ReturnType<typeof planChecks>> =>
    planChecks(memoryIo(undefined, { cwd, env: { ...process.env, PATH: searchPath } }), false)(
      plan,
      new AbortController().signal,
    );

  it('tofu: a reference to nothing is a fault with its file, a good module is none', async function () {
    need(this, 'tofu');
    const bad = await check(planOf(['infra/main.tf', 'output "x" {\n  value = local.absent\n}\n']));
    assert.equal(bad?.path, 'infra/main.tf');
    assert.match(bad.message, /tofu validate: infra\/main\.tf: Reference to undeclared local value/);
    assert.equal(await check(planOf(['infra/main.tf', 'output "x" {\n  value = 1\n}\n'])), undefined);
  });

  it('helm: a chart that does not render is a fault with the place, a good one is none', async function () {
    needHelm(this);
    const template = (text: string): PlanResult =>
      planOf(['charts/shop/Chart.yaml', CHART], ['charts/shop/templates/web.yaml', text]);
    const bad = await check(template('kind: ConfigMap\nname: {{ .Values.image.tag }}\n'));
    assert.match(bad?.message ?? '', /helm template: .*web\.yaml.*nil pointer/);
    assert.equal(await check(template('apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\n')), undefined);
  });

  describe('the cluster of the current context, by a dry run', function () {
    this.timeout(120_000);
    before(needsCluster);

    const asked = async (
      text: string,
      env: Record<string, string> = {},
    ): Promise<{ fault: Awaited<ReturnType<typeof check>>; said: string }> => {
      const io = memoryIo(undefined, { cwd, env: { ...process.env, KUBECONFIG: kubeconfig, ...env } });
      const fault = await planChecks(io, true)(planOf(['k8s/web.yaml', text]), new AbortController().signal);
      return { fault, said: io.printed.err };
    };
    const inNamespace = (name: string, text = deployment('web')): string =>
      text.replace('metadata: { name: web }', `metadata: { name: web, namespace: ${name} }`);

    it('finds nothing in what it would take, also in a namespace that is not there yet, and makes nothing', async () => {
      const name = freshName('check');
      assert.deepEqual(await asked(inNamespace('default')), { fault: undefined, said: '' });
      assert.deepEqual(await asked(inNamespace(name)), { fault: undefined, said: '' });
      assert.equal(kubectl('get', 'namespace', name, '--ignore-not-found'), '');
      assert.equal(kubectl('--namespace', 'default', 'get', 'deployment', 'web', '--ignore-not-found'), '');
    });

    it('tells what the server alone knows, with the file', async () => {
      const { fault } = await asked(
        inNamespace('default', deployment('web').replace('matchLabels: { app: web }', 'matchLabels: { app: other }')),
      );
      assert.equal(fault?.path, 'k8s/web.yaml');
      assert.match(fault.message, /the cluster refuses k8s\/web\.yaml: .*`selector` does not match template `labels`/);
    });

    it('one that does not answer, or does not know the user, has checked nothing: that is said, and no fault of the plan', async () => {
      const text = await readFile(kubeconfig, 'utf8');
      const config = JSON.parse(text) as { users: { user: unknown }[] };
      for (const entry of config.users) entry.user = { token: 'expired-token' };
      const file = (name: string): string => path.join(cwd, name);
      await writeFile(file('expired'), JSON.stringify(config));
      await writeFile(file('away'), text.replaceAll(/https:\/\/127\.0\.0\.1:\d+/g, 'https://127.0.0.1:1'));
      for (const name of ['expired', 'away']) {
        const { fault, said } = await asked(inNamespace('default'), { KUBECONFIG: file(name) });
        assert.equal(fault, undefined, name);
        assert.match(said, /the cluster did not check the plan: /, name);
        assert.doesNotMatch(said, /expired-token/);
      }
    });
  });

  it('says nothing where no tool is here', async () => {
    const io = memoryIo(undefined, { cwd, env: { PATH: cwd } });
    const said = await planChecks(io, true)(planOf(['infra/main.tf', 'nonsense']), new AbortController().signal);
    assert.equal(said, undefined);
  });
});
