import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createSocketServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prometheus } from '../../src/tasks/prometheus.ts';
import { perform, workbench, type Workbench } from '../tasks/context.ts';
import { need, toolAt, toolPath } from './tools.ts';

const RULES =
  'groups:\n  - name: shop\n    rules:\n      - record: job:up:sum\n        expr: sum by (job) (up)\n      - alert: Down\n        expr: up == 0\n        for: 1m\n';
const TESTS = (expected: number) =>
  `rule_files: [rules.yml]\nevaluation_interval: 1m\ntests:\n  - interval: 1m\n    input_series: [{ series: 'up{job="shop"}', values: '1 1 1' }]\n    promql_expr_test: [{ expr: 'job:up:sum', eval_time: 2m, exp_samples: [{ labels: 'job:up:sum{job="shop"}', value: ${expected} }] }]\n`;

async function workspace(files: Record<string, string>): Promise<Workbench> {
  const context = await workbench({ env: { PATH: toolPath } });
  for (const [name, text] of Object.entries(files)) await writeFile(join(context.root, name), text);
  return context;
}

describe('prometheus with the real promtool', function () {
  this.timeout(120_000);
  before(function () {
    need(this, 'promtool');
  });

  it('checks rules, configuration and unit tests, and counts the rules', async () => {
    const context = await workspace({
      'rules.yml': RULES,
      'prometheus.yml': 'rule_files: [rules.yml]\nscrape_configs: []\n',
      'rules_test.yml': TESTS(1),
    });
    const result = await perform(
      prometheus,
      { rules: ['rules.yml'], config: 'prometheus.yml', tests: ['rules_test.yml'] },
      context,
    );
    assert.deepEqual(result, {
      ok: true,
      value: { samples: [], rules: 2, checked: ['rules.yml', 'prometheus.yml', 'rules_test.yml'] },
    });
  });

  it('fails on a wrong rule with the place of the fault', async () => {
    const context = await workspace({ 'rules.yml': RULES.replace('up == 0', 'up ==') });
    const result = await perform(prometheus, { rules: ['rules.yml'] }, context);
    assert.ok(
      !result.ok && result.failure.kind === 'invalid' && result.failure.retriable === false,
      JSON.stringify(result),
    );
    assert.match(result.failure.message, /rules\.yml: 7:15: group "shop".*parse error/);
  });

  it('fails when a unit test of the rules fails', async () => {
    const context = await workspace({ 'rules.yml': RULES, 'rules_test.yml': TESTS(7) });
    const result = await perform(prometheus, { tests: ['rules_test.yml'] }, context);
    assert.ok(!result.ok, JSON.stringify(result));
    assert.match(`${result.failure.message} ${result.failure.detail ?? ''}`, /job:up:sum/);
  });
});

describe('prometheus with a real server', function () {
  this.timeout(240_000);
  let server: ChildProcess;
  let url: string;
  let gauge = 1;
  const target = createServer((_, response) => response.end(`shop_errors ${gauge}\n`));

  before(async function () {
    need(this, 'prometheus');
    await once(target.listen(0, '127.0.0.1'), 'listening');
    const home = await mkdtemp(join(tmpdir(), 'code-prometheus-'));
    const { port } = target.address() as AddressInfo;
    await writeFile(
      join(home, 'prometheus.yml'),
      `scrape_configs:\n  - job_name: shop\n    scrape_interval: 200ms\n    scrape_timeout: 200ms\n    static_configs: [{ targets: ['127.0.0.1:${port}'] }]\n`,
    );
    const probe = createSocketServer();
    await once(probe.listen(0, '127.0.0.1'), 'listening');
    const address = `127.0.0.1:${(probe.address() as AddressInfo).port}`;
    await new Promise((closed) => probe.close(closed));
    url = `http://${address}`;
    server = spawn(
      toolAt('prometheus') ?? '',
      [
        `--config.file=${home}/prometheus.yml`,
        `--storage.tsdb.path=${home}/data`,
        `--web.listen-address=${address}`,
        '--web.enable-lifecycle',
      ],
      { stdio: 'ignore' },
    );
    const ready = await perform(
      prometheus,
      { url, query: 'shop_errors', within: '60s', interval: '200ms' },
      await workspace({}),
    );
    assert.ok(ready.ok, JSON.stringify(ready));
  });

  after(async () => {
    target.close();
    target.closeAllConnections();
    if ((server as ChildProcess | undefined) === undefined) return;
    const ended = once(server, 'exit');
    server.kill();
    await ended;
  });

  const ask = async (given: object) => perform(prometheus, { url, interval: '100ms', ...given }, await workspace({}));

  it('gives the samples of a query that is as expected', async () => {
    gauge = 1;
    const result = await ask({ query: 'shop_errors', expect: '== 1', within: '60s' });
    assert.ok(result.ok, JSON.stringify(result));
    const [sample] = result.value.samples as { metric: Record<string, string>; value: number }[];
    assert.equal(sample?.value, 1);
    assert.equal(sample.metric.job, 'shop');
  });

  it('stops the run when it is not, and says which sample', async () => {
    const result = await ask({ query: 'shop_errors', expect: '< 0.5' });
    assert.ok(!result.ok && result.failure.kind === 'tool');
    assert.match(result.failure.message, /job="shop".* 1 is not < 0\.5/);
  });

  it('waits until the expectation comes true', async () => {
    gauge = 5;
    assert.ok((await ask({ query: 'shop_errors', expect: '== 5', within: '60s' })).ok);
    const waiting = ask({ query: 'shop_errors', expect: '== 0', within: '60s' });
    gauge = 0;
    assert.ok((await waiting).ok);
  });

  it('fails when the expectation does not hold for as long as it must', async () => {
    gauge = 0;
    assert.ok((await ask({ query: 'shop_errors', expect: '== 0', within: '60s', for: '500ms' })).ok);
    const holding = ask({ query: 'shop_errors', expect: '== 0', within: '60s', for: '30s' });
    gauge = 9;
    const result = await holding;
    assert.ok(!result.ok);
    assert.match(result.failure.message, /9 is not == 0/);
  });

  it('tells a wrong query from a missing sample', async () => {
    const wrong = await ask({ query: 'sum(' });
    assert.ok(!wrong.ok && wrong.failure.kind === 'invalid', JSON.stringify(wrong));
    const none = await ask({ query: 'no_such_metric' });
    assert.ok(!none.ok);
    assert.match(none.failure.message, /no sample/);
    assert.ok((await ask({ query: 'no_such_metric', expect: 'none' })).ok);
  });

  it('has the server reload its configuration', async () => {
    assert.ok((await ask({ reload: true })).ok);
  });

  it('says when no server is there', async () => {
    const result = await ask({ url: 'http://127.0.0.1:1', query: 'up' });
    assert.ok(!result.ok && result.failure.kind === 'unreachable');
  });
});
