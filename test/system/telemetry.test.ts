import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Workspace } from '../cli/built.ts';
import { startJaeger } from './jaeger-server.ts';
import { freePort, startServer, type Server } from './server.ts';
import { need, toolAt, toolPath } from './tools.ts';

const WORKFLOW = `
name: shop
parallel_deployment:
  build:
    - { task: api, type: shell, with: { run: 'echo building' } }
    - { task: page, type: shell, retry: { attempts: 2, delay: 1ms }, with: { run: 'test -f once || { touch once; exit 3; }' } }
  start:
    - { task: serve, type: shell, with: { run: 'test ! -f broken' } }
`;

interface JaegerSpan {
  readonly spanID: string;
  readonly operationName: string;
  readonly references: readonly { readonly refType: string; readonly spanID: string }[];
  readonly tags: readonly { readonly key: string; readonly value: unknown }[];
}

describe('a run as a trace in a real Jaeger', function () {
  this.timeout(300_000);
  let jaeger: Awaited<ReturnType<typeof startJaeger>> | undefined;
  let place: Workspace;
  before(async function () {
    need(this, 'jaeger');
    jaeger = await startJaeger();
  });
  after(() => jaeger?.stop());
  beforeEach(() => (place = new Workspace()));
  afterEach(() => place.close());

  for (const protocol of ['http/protobuf', 'http/json']) {
    it(`arrives whole over ${protocol}, its tree and its attributes as it was`, async () => {
      place.file('shop.code.yaml', WORKFLOW);
      const { code, err } = place.run(['run', 'shop.code.yaml', '--quiet'], {
        OTEL_EXPORTER_OTLP_ENDPOINT: jaeger?.otlp,
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_SERVICE_NAME: `deployments-${protocol.slice(5)}`,
        TRACEPARENT: undefined,
      });
      assert.equal(code, 0, err);
      const record = join(place.path('.code/runs'), place.runs()[0]?.runId ?? '', 'telemetry.json');
      const { traceId } = JSON.parse(readFileSync(record, 'utf8')) as { traceId: string };
      const spans = await spansOf(traceId, 9);
      const tree = new Map(spans.map((span) => [span.spanID, span]));
      const below = spans.map((span): [string, string | undefined] => [
        span.operationName,
        tree.get(span.references[0]?.spanID ?? '')?.operationName,
      ]);
      assert.deepEqual(
        below.sort(([a], [b]) => (a < b ? -1 : 1)),
        [
          ['RUN shop', undefined],
          ['api', 'stage build'],
          ['api attempt 1', 'api'],
          ['page', 'stage build'],
          ['page attempt 1', 'page'],
          ['page attempt 2', 'page'],
          ['serve', 'stage start'],
          ['serve attempt 1', 'serve'],
          ['stage build', 'RUN shop'],
          ['stage start', 'RUN shop'],
        ],
      );
      const failed = spans.find(({ operationName }) => operationName === 'page attempt 1');
      const tags = Object.fromEntries((failed?.tags ?? []).map(({ key, value }) => [key, value]));
      assert.equal(tags['process.exit.code'], 3);
      assert.equal(tags['otel.status_code'], 'ERROR');
      assert.equal(tags['cicd.pipeline.task.run.result'], 'failure');
    });
  }

  /** Jaeger stores what it has taken a moment later. */
  async function spansOf(traceId: string, most: number): Promise<readonly JaegerSpan[]> {
    for (let tries = 0; ; tries++) {
      const answer = await fetch(`${jaeger?.url ?? ''}/api/traces/${traceId}`);
      const { data } = answer.ok ? ((await answer.json()) as { data: { spans: JaegerSpan[] }[] }) : { data: [] };
      const spans = data[0]?.spans ?? [];
      if (spans.length > most || tries > 200) return spans;
      await pause(50);
    }
  }
});

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[];
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr: string }[] };
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
}

describe('the dashboard over the metrics of real runs, in a real Prometheus', function () {
  this.timeout(300_000);
  const dashboard = JSON.parse(readFileSync('media/grafana/code-runs.json', 'utf8')) as Dashboard;
  const queries = [
    ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr: filled(expr) }))),
    ...dashboard.annotations.list.map(({ name, expr }) => ({ title: name, expr: filled(expr) })),
  ];
  let place: Workspace;
  let server: Server | undefined;
  const target = createServer((_, response) => response.end(exposed()));

  before(async function () {
    need(this, 'prometheus', 'promtool');
    place = new Workspace();
    place.file('shop.code.yaml', WORKFLOW);
    mkdirSync(place.path('metrics'));
    runOnce(0);
    await once(target.listen(0, '127.0.0.1'), 'listening');
    const home = await mkdtemp(join(tmpdir(), 'code-dashboard-'));
    const scraped = `127.0.0.1:${(target.address() as AddressInfo).port}`;
    await writeFile(
      join(home, 'prometheus.yml'),
      `scrape_configs:\n  - { job_name: node, scrape_interval: 200ms, scrape_timeout: 200ms, static_configs: [{ targets: ['${scraped}'] }] }\n`,
    );
    const address = `127.0.0.1:${await freePort()}`;
    server = await startServer({
      program: toolAt('prometheus') ?? '',
      args: [
        `--config.file=${home}/prometheus.yml`,
        `--storage.tsdb.path=${home}/data`,
        `--web.listen-address=${address}`,
      ],
      url: `http://${address}`,
      ready: '/-/ready',
    });
  });
  after(async () => {
    target.close();
    target.closeAllConnections();
    await server?.stop();
    (place as Workspace | undefined)?.close();
  });

  /** What the textfile collector of the node exporter would show. */
  function exposed(): string {
    const folder = place.path('metrics');
    return readdirSync(folder)
      .filter((name) => name.endsWith('.prom'))
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .join('');
  }

  function runOnce(expected: number): void {
    const { code, err } = place.run(['run', 'shop.code.yaml', '--quiet'], { CODE_METRICS_DIR: place.path('metrics') });
    assert.equal(code, expected, err);
  }

  const ask = async (expr: string): Promise<readonly unknown[]> => {
    const answer = await fetch(`${server?.url ?? ''}/api/v1/query?${new URLSearchParams({ query: expr }).toString()}`);
    const { status, data, error } = (await answer.json()) as {
      status: string;
      data?: { result: unknown[] };
      error?: string;
    };
    assert.equal(status, 'success', `${expr}: ${error ?? ''}`);
    return data?.result ?? [];
  };

  it('is written as promtool wants metrics to be', () => {
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: exposed(),
      encoding: 'utf8',
      env: { ...process.env, PATH: toolPath },
    });
    assert.deepEqual([status, `${stdout}${stderr}`], [0, '']);
  });

  it('has queries that promtool parses', async () => {
    const rules = queries.map(({ expr }, at) => ({ record: `query:${at}`, expr }));
    const file = join(await mkdtemp(join(tmpdir(), 'code-rules-')), 'rules.json');
    await writeFile(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
    const checked = spawnSync('promtool', ['check', 'rules', file], {
      encoding: 'utf8',
      env: { ...process.env, PATH: toolPath },
    });
    assert.equal(checked.status, 0, checked.stderr);
    assert.match(checked.stdout, new RegExp(`${queries.length} rules found`));
  });

  it('shows something in every panel once runs have failed and succeeded', async () => {
    const scraped = async (expr: string): Promise<void> => {
      for (let tries = 0; tries < 400 && (await ask(expr)).length === 0; tries++) await pause(50);
      assert.notDeepEqual(await ask(expr), [], expr);
    };
    await scraped('code_runs_total{status="succeeded"} == 1');
    runOnce(0);
    await scraped('code_runs_total{status="succeeded"} == 2');
    place.file('broken', '');
    runOnce(1);
    await scraped('code_runs_total{status="failed"} == 1');
    for (const { title, expr } of queries) {
      await scraped(expr).catch((why: unknown) => assert.fail(`${title}: ${String(why)}`));
    }
    const failed = (await ask('code_task_duration_seconds{status="failed"}')) as { metric: Record<string, string> }[];
    assert.deepEqual(
      failed.map(({ metric }) => metric.task),
      ['serve'],
    );
  });

  it('fills its variables from labels that are there', async () => {
    for (const { definition } of dashboard.templating.list) {
      const [, metric, label] = /^label_values\((\w+), (\w+)\)$/.exec(definition ?? '') ?? [];
      if (metric === undefined) continue;
      const found = (await ask(metric)) as { metric: Record<string, string> }[];
      assert.ok(
        found.every((series) => (series.metric[label ?? ''] ?? '') !== ''),
        definition,
      );
    }
  });
});

/** With Grafana's variables as it would fill them in. */
function filled(expr: string): string {
  return expr
    .replaceAll(/\$(workspace|workflow)/g, '.*')
    .replaceAll('$__range', '5m')
    .replaceAll('$__interval', '5m');
}
