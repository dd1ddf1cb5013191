import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { Workspace, type Ended } from './built.ts';
import type { SecureReport } from '../../src/cli/secure/report.ts';
import { findingsOf } from '../../src/tasks/shared/sarif.ts';

/** Not a real key: the published pattern of one, put together here so that this file itself holds none. */
const KEY = ['AKIA', 'IOSFODNN7', 'QWERTYU'].join('');
const PASSWORD = ['correct', 'horse'].join('-');

/** No scanner but our own is found there. */
const BARE = { PATH: '/usr/bin:/bin' };

const reportOf = ({ out, err }: Ended): SecureReport => {
  assert.match(out, /^\{.*\}\n$/, err);
  return JSON.parse(out) as SecureReport;
};

describe('code-engine secure, without any scanner on the PATH', function () {
  this.timeout(60_000);
  let place: Workspace;
  beforeEach(() => (place = new Workspace()));
  afterEach(() => place.close());

  it('finds planted credentials at their very place, tells what is missing, and fails by the threshold', () => {
    place.file('app/.env', `# settings\n  AWS_ACCESS_KEY_ID=${KEY}\n`);
    place.file('infra/main.tf', 'resource "null_resource" "x" {}\n');
    const report = reportOf(place.run(['secure', '--json'], BARE));
    assert.equal(report.status, 'failed');
    const [found, ...rest] = report.findings;
    assert.deepEqual(rest, []);
    assert.ok(found);
    assert.deepEqual(
      [found.file, found.rule, found.severity, found.level, found.task],
      [place.path('app/.env'), 'aws-access-key', 'high', 'error', 'secrets'],
    );
    assert.deepEqual(found.range, { start: { line: 1, character: 20 }, end: { line: 1, character: 40 } });
    assert.match(found.help ?? '', /Revoke it/);
    const scanners = Object.fromEntries(report.scanners.map((one) => [one.scanner, one]));
    assert.equal(scanners['checkov']?.status, 'missing');
    assert.match(scanners['checkov'].reason ?? '', /checkov/);
    assert.equal(scanners['trivy']?.status, 'missing');
    assert.equal(scanners['opa']?.status, 'unfit');
    assert.equal(scanners['vulnerabilities']?.status, 'unfit');
    assert.equal(scanners['secrets']?.status, 'ok');
  });

  it('is a run like any other, whose journal, logs and report hold no credential', () => {
    place.file('settings.yaml', `url: postgres://shop:${PASSWORD}@db/shop\n`);
    const { code, out, err } = place.run(['secure'], BARE);
    assert.equal(code, 1);
    assert.match(out, /settings\.yaml\n {2}1:22 {2}high {6}password-in-a-connection-string/);
    assert.match(out, /checkov +nothing here for it|trivy +not here, so not asked/);
    assert.match(out, /failed: 1 high; the threshold is high/);
    assert.match(err, /with secrets …/);
    const [run] = place.runs();
    assert.deepEqual([run?.workflow, run?.status], ['secure', 'failed']);
    const logs = place.run(['runs', 'logs', 'last']);
    const journal = readFileSync(place.path(`.code/runs/${run?.runId ?? ''}/journal.log`), 'utf8');
    for (const text of [out, err, logs.out, journal]) assert.doesNotMatch(text, new RegExp(PASSWORD));
  });

  it('passes below the threshold and where nothing is found, and writes SARIF', () => {
    place.file('a.py', 'token = "f8Kx92mQz7Lp0vWd3RtY"\nfine = "just a sentence of words"\n');
    assert.equal(place.run(['secure'], BARE).code, 0);
    assert.equal(place.run(['secure', '--threshold', 'medium'], BARE).code, 1);
    assert.equal(place.run(['secure', '--threshold', 'never', '--sarif', 'all.sarif'], BARE).code, 0);
    const read = findingsOf(JSON.parse(readFileSync(place.path('all.sarif'), 'utf8')));
    assert.ok(read.ok);
    assert.deepEqual(
      read.value.map(({ rule, file, line, tool }) => [rule, file, line, tool]),
      [['named-secret', 'a.py', 1, 'secrets']],
    );
    place.file('clean/readme.md', 'Nothing here.\n');
    assert.match(place.run(['secure', 'clean'], BARE).out, /passed: Nothing found/);
  });

  it('leaves alone what Git ignores, what a person has looked at, and what stands for a value', () => {
    place.file('.gitignore', 'local.env\n');
    place.file('local.env', `KEY=${KEY}\n`);
    place.file('seen.env', `KEY=${KEY} # secret-ok: the published example\n`);
    place.file('template.env', 'URL=postgres://app:$PASSWORD@db/x\n');
    place.file('node_modules/x/index.js', `"${KEY}"\n`);
    const files = (): string[] => reportOf(place.run(['secure', '--json'], BARE)).findings.map(({ file }) => file);
    assert.deepEqual(files(), [place.path('local.env')]); // the folder is no repository yet
    assert.equal(spawnSync('git', ['init', '-q', place.folder]).status, 0);
    assert.deepEqual(files(), []);
  });

  it('refuses a folder that is none, and scanners that do not exist', () => {
    assert.equal(place.run(['secure', 'nowhere']).code, 2);
    const { code, err } = place.run(['secure', '--without', 'nessus']);
    assert.equal(code, 2);
    assert.match(err, /There is no scanner nessus\.\n {2}There are checkov, trivy/);
    assert.equal(place.run(['secure', '--threshold', 'huge']).code, 2);
    assert.ok(!existsSync(place.path('.code/runs')));
  });
});
