import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';
import type { SecureReport } from '../../src/cli/secure/report.ts';
import type { RunFinding } from '../../src/run/findings.ts';
import { PROTOCOL_VERSION, readNotification, readResult, type Notifications } from '../../src/run/protocol.ts';
import { engine, Workspace } from '../cli/built.ts';
import { need, toolPath } from './tools.ts';

const POD = `apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop }
spec:
  containers:
    - name: web
      image: registry.example.com/web:1.0
      securityContext: { privileged: true }
`;
const POLICY = `package main
import rego.v1
deny contains msg if {
  input.kind == "Pod"
  input.spec.containers[_].securityContext.privileged
  msg := "no privileged containers"
}
`;
const BUCKET = 'resource "aws_s3_bucket" "data" {\n  bucket = "my-data"\n  acl    = "public-read"\n}\n';
/** Not a real key: the published pattern of one, put together here so that this file itself holds none. */
const KEY = ['AKIA', 'IOSFODNN7', 'QWERTYU'].join('');

function plant(place: Workspace): void {
  place.file('k8s/pod.yaml', POD);
  place.file('policy/pod.rego', POLICY);
  place.file('infra/main.tf', BUCKET);
  place.file('app/keys.env', `# the app's\nAWS_ACCESS_KEY_ID=${KEY}\n`);
}

const at = (findings: readonly RunFinding[], tool: RegExp, rule: string | RegExp): RunFinding | undefined =>
  findings.find((one) => tool.test(one.tool) && (typeof rule === 'string' ? one.rule === rule : rule.test(one.rule)));

describe('code-engine secure, with the real scanners', function () {
  this.timeout(360_000);
  let place: Workspace;
  before(function () {
    need(this, 'checkov', 'conftest');
  });
  beforeEach(() => plant((place = new Workspace())));
  afterEach(() => place.close());

  it('runs them side by side into one report on the user’s own files', () => {
    const { code, out, err } = place.run(['secure', '--json', '--sarif', 'all.sarif'], { PATH: toolPath });
    assert.equal(code, 1, err);
    const report = JSON.parse(out) as SecureReport;
    const bucket = at(report.findings, /checkov/i, 'CKV_AWS_20');
    assert.deepEqual(
      [bucket?.file, bucket?.range.start.line, bucket?.level],
      [place.path('infra/main.tf'), 0, 'error'],
    );
    assert.ok(bucket?.help, 'the rule is explained');
    const denied = at(report.findings, /^opa$/, 'main.deny');
    assert.deepEqual([denied?.file, denied?.message], [place.path('k8s/pod.yaml'), 'no privileged containers']);
    const keys = report.findings.filter((one) => one.file === place.path('app/keys.env'));
    assert.ok(keys.every((one) => one.range.start.line === 1 && one.secret === true));
    assert.doesNotMatch(out + err, new RegExp(KEY));
    const ran = report.scanners.filter(({ status }) => status === 'ok').map(({ scanner }) => scanner);
    assert.ok(
      ['checkov', 'opa', 'secrets'].every((name) => ran.includes(name)),
      JSON.stringify(report.scanners),
    );
  });

  it('has Trivy’s findings at their lines, a link to each rule, and no credential told twice', function () {
    need(this, 'trivy');
    const { out } = place.run(['secure', '--json', '--without', 'checkov'], { PATH: toolPath });
    const { findings } = JSON.parse(out) as SecureReport;
    const privileged = at(findings, /trivy/i, /^(AVD-)?KSV-?0?017$/);
    assert.equal(privileged?.file, place.path('k8s/pod.yaml'));
    assert.equal(privileged.range.start.line, 5);
    assert.match(privileged.helpUri ?? '', /^https:\/\//);
    assert.deepEqual(
      findings.filter((one) => one.file === place.path('app/keys.env')).map(({ task }) => task),
      ['trivy'],
    );
  });

  it('is started, told of and read again by a window over the relay', async () => {
    const child = spawn(process.execPath, [engine, 'serve', '--stdio'], {
      cwd: place.folder,
      env: place.environment({ PATH: toolPath }),
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const connection = createMessageConnection(
      new StreamMessageReader(child.stdout),
      new StreamMessageWriter(child.stdin),
    );
    try {
      const told = new Map<string, Notifications['findings/found']>();
      const ended = new Promise<void>((resolve) => {
        connection.onNotification('findings/found', (params: unknown) => {
          const read = readNotification('findings/found', params);
          assert.ok(read.ok);
          told.set(read.value.task, read.value);
        });
        connection.onNotification('runs/events', ({ events }: { events: { type: string }[] }) => {
          if (events.some(({ type }) => type === 'run.finished')) resolve();
        });
      });
      connection.listen();
      await connection.sendRequest('hello', { protocol: PROTOCOL_VERSION, client: 'a test' });
      const answer: unknown = await connection.sendRequest('secure/start', { folder: place.folder });
      const started = readResult('secure/start', answer);
      assert.ok(started.ok, JSON.stringify(started));
      const { runId, scanners } = started.value;
      assert.ok(scanners.some(({ scanner, status }) => scanner === 'checkov' && status === 'ready'));
      const run = { workspace: place.folder, runId };
      await connection.sendRequest('runs/subscribe', { ...run, fromSeq: 1 });
      await ended;
      const read = readResult(
        'findings/read',
        await connection.sendRequest('findings/read', { ...run, tasks: ['opa'] }),
      );
      assert.ok(read.ok);
      assert.deepEqual(
        read.value.findings.map(({ file, rule }) => [file, rule]),
        [[place.path('k8s/pod.yaml'), 'main.deny']],
      );
      assert.deepEqual(told.get('opa')?.findings, read.value.findings);
      assert.ok((told.get('checkov')?.findings.length ?? 0) > 0);
    } finally {
      connection.dispose();
      child.kill('SIGKILL');
    }
  });
});
