import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkov } from '../../src/tasks/checkov.ts';
import { findingsOf } from '../../src/tasks/shared/sarif.ts';
import { trivy } from '../../src/tasks/trivy.ts';
import { perform, workbench, type Workbench } from '../tasks/context.ts';
import { need, toolPath } from './tools.ts';

/** Faults planted on purpose: a public bucket, and a privileged container. */
const BUCKET = 'resource "aws_s3_bucket" "data" {\n  bucket = "my-data"\n  acl    = "public-read"\n}\n';
const POD = `apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
spec:
  containers:
    - name: web
      image: registry.example.com/web:1.0
      securityContext:
        privileged: true
`;

async function workspace(files: Record<string, string>): Promise<Workbench> {
  const context = await workbench({ env: { PATH: toolPath } });
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(context.root, name, '..'), { recursive: true });
    await writeFile(join(context.root, name), text);
  }
  return context;
}

async function found(context: Workbench): Promise<{ rule: string; file: string | undefined }[]> {
  const read = findingsOf(JSON.parse(await readFile(join(context.stateDir, 'findings.sarif'), 'utf8')));
  assert.ok(read.ok);
  return read.value.map((one) => ({ rule: one.rule, file: one.file }));
}

describe('checkov, the real one', function () {
  this.timeout(300_000);
  before(function () {
    need(this, 'checkov');
  });

  it('finds the planted faults at their files and fails the task', async () => {
    const context = await workspace({ 'infra/main.tf': BUCKET, 'k8s/pod.yaml': POD });
    const result = await perform(checkov, {}, context);
    assert.ok(!result.ok && result.failure.kind === 'tool', JSON.stringify(result));
    const all = await found(context);
    assert.ok(
      all.some((one) => one.rule === 'CKV_AWS_20' && one.file === 'infra/main.tf'),
      JSON.stringify(all),
    );
    assert.ok(all.some((one) => one.rule === 'CKV_K8S_16' && one.file === 'k8s/pod.yaml'));
    assert.ok(context.lines.some((line) => /^high CKV_\w+ (infra|k8s)\/\S+:1 /.test(line)));
  });

  it('heeds frameworks, skipped checks and the threshold', async () => {
    const context = await workspace({ 'infra/main.tf': BUCKET, 'k8s/pod.yaml': POD });
    const result = await perform(
      checkov,
      { frameworks: ['terraform'], skip_checks: ['CKV_AWS_20'], fail_on: 'never', path: 'infra' },
      context,
    );
    assert.ok(result.ok, JSON.stringify(result));
    const all = await found(context);
    assert.ok(all.length > 0 && all.length === result.value.total);
    assert.ok(all.every((one) => one.rule !== 'CKV_AWS_20' && one.rule.startsWith('CKV')));
  });

  it('is content with a folder that has nothing wrong, whatever runs wrote beside it', async () => {
    const result = await perform(
      checkov,
      {},
      await workspace({ 'readme.md': 'hello', '.code/runs/one/state/apply/pod.yaml': POD }),
    );
    assert.ok(result.ok && result.value.total === 0, JSON.stringify(result));
  });
});

describe('trivy, the real one', function () {
  this.timeout(300_000);
  before(function () {
    need(this, 'trivy');
  });
  const offline = { offline: true, scanners: ['misconfig', 'secret'] };

  it('finds planted misconfigurations at their lines, and looks at nothing that runs wrote', async () => {
    const context = await workspace({
      'infra/main.tf': BUCKET,
      'k8s/pod.yaml': POD,
      '.code/runs/one/state/apply/pod.yaml': POD,
    });
    const result = await perform(trivy, offline, context);
    assert.ok(!result.ok && result.failure.kind === 'tool', JSON.stringify(result));
    const all = await found(context);
    assert.ok(all.every(({ file }) => file?.includes('.code/') !== true));
    assert.ok(
      all.some((one) => one.file === 'k8s/pod.yaml'),
      JSON.stringify(all),
    );
    assert.ok(all.some((one) => one.file === 'infra/main.tf'));
  });

  it('finds a planted secret in an image of buildah’s store, by the image’s name', async function () {
    need(this, 'buildah');
    // Not a real key: the published pattern of one, put together here so that this file itself holds none.
    const key = ['AKIA', 'IOSFODNN7', 'QWERTYU'].join('');
    const context = await workspace({
      Dockerfile: 'FROM scratch\nCOPY app.env /app.env\n',
      'app.env': `AWS_ACCESS_KEY_ID=${key}\n`,
    });
    const built = await context.exec(
      { kind: 'argv', program: 'buildah', args: ['bud', '--isolation', 'chroot', '-t', 'localhost/scan-me:1', '.'] },
      { capture: true },
    );
    assert.equal(built.exitCode, 0);
    const result = await perform(trivy, { ...offline, images: [['localhost/scan-me:1']] }, context);
    assert.ok(!result.ok && result.failure.kind === 'tool', JSON.stringify(result));
    const all = await found(context);
    assert.ok(
      all.some((one) => one.rule === 'aws-access-key-id'),
      JSON.stringify(all),
    );
    assert.doesNotMatch(context.lines.join('\n'), new RegExp(key));
  });

  it('says so when it has no vulnerability database and may not get one', async () => {
    const result = await perform(
      trivy,
      { offline: true, scanners: ['vuln'] },
      await workspace({ 'package-lock.json': '{"name":"a","lockfileVersion":3,"packages":{}}' }),
    );
    assert.ok(!result.ok && result.failure.kind === 'unreachable', JSON.stringify(result));
  });
});
