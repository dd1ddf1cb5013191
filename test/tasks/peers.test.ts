/**
 * ZAP and Falco cannot be had from a package registry. Here stand-ins speak their published formats: ZAP's automation plan and its
 * report `traditional-json` (as of ZAP 2.16), Falco's `falco_load_results` (as of Falco 0.37) and its alerts as JSON lines. They prove
 * the command line, the files and the reading; not that the scanners find anything.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { falco } from '../../src/tasks/falco.ts';
import { planOf, zap } from '../../src/tasks/zap.ts';
import { perform, workbench, type Workbench } from './context.ts';

/** Asks the address of the plan for real, and reports a missing header as ZAP does. */
const ZAP = `const { readFileSync, writeFileSync } = require('node:fs');
const plan = readFileSync(process.argv[process.argv.indexOf('-autorun') + 1], 'utf8');
const value = (key) => new RegExp('\\\\b' + key + ': (\\\\S+)').exec(plan)[1];
const url = value('url');
fetch(url).then((answer) => {
  const missing = answer.headers.get('x-content-type-options') === null;
  const alert = { pluginid: '10021', alertRef: '10021', name: 'X-Content-Type-Options Header Missing', riskcode: '2', confidence: '2', instances: [{ uri: url, method: 'GET' }, { uri: url + 'b', method: 'GET' }] };
  const falsePositive = { ...alert, name: 'nothing', riskcode: '3', confidence: '0' };
  writeFileSync(value('reportDir') + '/report.json', JSON.stringify({ '@version': '2.16.0', site: [{ '@name': url, alerts: missing ? [alert, falsePositive] : [falsePositive] }] }));
}, () => { console.error('Job spider failed to access URL ' + url); process.exit(1); });
`;

const FALCO = `const { readFileSync } = require('node:fs');
const files = process.argv.filter((_, n, all) => all[n - 1] === '--validate');
const falco_load_results = files.map((name) => {
  const line = readFileSync(name, 'utf8').split('\\n').findIndex((text) => text.includes('WRONG'));
  const position = (where, at) => ({ item_type: 'rule', item_name: '', position: { name: where, line: at, column: 0, offset: 0 } });
  const errors = line < 0 ? [] : [{ code: 'LOAD_ERR_COMPILE_CONDITION', codedesc: 'Error compiling condition', message: 'filter_check called with nonexistent field WRONG', context: { locations: [position(name, line), position('"WRONG = 1"', 7)], snippet: '' } }];
  return { name, successful: line < 0, errors, warnings: [] };
});
console.log(JSON.stringify({ falco_load_results }));
process.exit(falco_load_results.every((one) => one.successful) ? 0 : 1);
`;

async function standIn(name: string, text: string): Promise<Workbench> {
  const tools = (await workbench()).root;
  await writeFile(join(tools, `${name}.cjs`), text);
  await writeFile(join(tools, name), `#!/bin/sh\nexec '${process.execPath}' "$0.cjs" "$@"\n`);
  await chmod(join(tools, name), 0o755);
  return workbench({ env: { PATH: `${tools}${delimiter}${process.env.PATH ?? ''}` } });
}

describe('zap, with a stand-in of ZAP 2.16', () => {
  let server: Server;
  let url: string;
  let headers: Record<string, string> = {};
  before(async () => {
    server = createServer((_, response) => response.writeHead(200, headers).end('hello'));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  it('fails at the threshold, with the alert at its address', async () => {
    headers = {};
    const context = await standIn('zap.sh', ZAP);
    const result = await perform(zap, { url }, context);
    assert.ok(!result.ok && result.failure.kind === 'tool', JSON.stringify(result));
    assert.match(
      result.failure.message,
      /medium 10021 http:\/\/127\.0\.0\.1:\d+\/ X-Content-Type-Options Header Missing \(2 places\)/,
    );
    assert.equal(result.failure.outputs?.total, 1);
    assert.ok((await perform(zap, { url, fail_on: 'high' }, context)).ok);
  });

  it('is content when nothing is found', async () => {
    headers = { 'x-content-type-options': 'nosniff' };
    const result = await perform(zap, { url }, await standIn('zap.sh', ZAP));
    assert.ok(result.ok && result.value.total === 0, JSON.stringify(result));
  });

  it('says when the application does not answer', async () => {
    const result = await perform(zap, { url: 'http://127.0.0.1:1/' }, await standIn('zap.sh', ZAP));
    assert.ok(!result.ok);
    assert.match(result.failure.message, /failed to access URL/);
  });

  it('keeps the token out of the plan', async () => {
    headers = { 'x-content-type-options': 'nosniff' };
    const context = await standIn('zap.sh', ZAP);
    await perform(zap, { url, auth_header: 'Authorization', auth_value: 'hush-hush' }, context);
    assert.doesNotMatch(await readFile(join(context.stateDir, 'plan.yaml'), 'utf8'), /hush-hush/);
  });

  it('plans an attack only where it was asked for', async () => {
    const context = await workbench();
    const jobs = (given: object): string[] => {
      const plan = planOf(zap.parameters.parse({ url, ...given }), context);
      assert.ok(plan.ok);
      return plan.value.jobs.map((job) => job.type);
    };
    assert.deepEqual(jobs({}), ['passiveScan-config', 'spider', 'passiveScan-wait', 'report']);
    assert.deepEqual(jobs({ scan: 'api', api: 'openapi.yaml' }), [
      'passiveScan-config',
      'openapi',
      'passiveScan-wait',
      'activeScan',
      'report',
    ]);
  });
});

describe('falco, with a stand-in of Falco 0.37', () => {
  it('places a fault of a rule at its file and line', async () => {
    const context = await standIn('falco', FALCO);
    await writeFile(join(context.root, 'rules.yaml'), '- rule: a\n  desc: b\n  condition: WRONG = 1\n');
    const result = await perform(falco, { rules: ['rules.yaml'] }, context);
    assert.ok(!result.ok);
    assert.match(
      result.failure.message,
      /high LOAD_ERR_COMPILE_CONDITION rules\.yaml:3 filter_check called with nonexistent field/,
    );
  });

  it('lets valid rules pass', async () => {
    const context = await standIn('falco', FALCO);
    await writeFile(join(context.root, 'rules.yaml'), '- rule: a\n');
    const result = await perform(falco, { rules: ['rules.yaml'] }, context);
    assert.ok(result.ok, JSON.stringify(result));
    assert.deepEqual(result.value.validated, ['rules.yaml']);
  });

  it('counts alerts since the given time, by rule and priority', async () => {
    const context = await workbench();
    const alert = (minutesAgo: number, rule: string, priority: string): string =>
      JSON.stringify({
        time: new Date(Date.now() - minutesAgo * 60_000).toISOString(),
        rule,
        priority,
        output: `${rule} happened`,
        source: 'syscall',
        hostname: 'a',
      });
    await writeFile(
      join(context.root, 'events.json'),
      [
        alert(60, 'Old', 'Critical'),
        alert(1, 'Terminal shell', 'Notice'),
        alert(1, 'Write below etc', 'Error'),
        'half a li',
      ].join('\n'),
    );
    const stopped = await perform(falco, { alerts: 'events.json' }, context);
    assert.ok(!stopped.ok);
    assert.match(stopped.failure.message, /found 1 of severity high or above; first: high Write below etc/);
    const ignored = await perform(falco, { alerts: 'events.json', ignore: ['Write below etc'] }, context);
    assert.ok(ignored.ok, JSON.stringify(ignored));
    assert.deepEqual(
      (ignored.value.alerts as { rule: string }[]).map((one) => one.rule),
      ['Terminal shell'],
    );
  });

  it('says when the file of alerts is not there', async () => {
    const result = await perform(falco, { alerts: '/nowhere/events.json' }, await workbench());
    assert.ok(!result.ok && result.failure.kind === 'missing');
  });
});
