import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { decodeRequest } from '../telemetry/wire.ts';
import { textOf, parseLines, Workspace, type Ended } from './built.ts';

interface WireSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: readonly { key: string; value: { stringValue?: string } }[];
}

interface Sent {
  readonly headers: IncomingHttpHeaders;
  readonly spans: readonly WireSpan[];
}

/** A collector as the protocol describes one; what it is sent by either form can be read. */
class Collector {
  readonly sent: Sent[] = [];
  readonly #server: Server;
  /** What it answers; `undefined` leaves every request hanging. */
  status: number | undefined = 200;

  constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const plain = Buffer.concat(chunks);
        const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(plain) : plain;
        const json = request.headers['content-type'] === 'application/json';
        const message = (json ? JSON.parse(body.toString()) : decodeRequest(body)) as {
          resourceSpans: { scopeSpans: { spans: WireSpan[] }[] }[];
        };
        const spans = message.resourceSpans.flatMap((one) => one.scopeSpans.flatMap((scoped) => scoped.spans));
        this.sent.push({ headers: request.headers, spans });
        if (this.status !== undefined) response.writeHead(this.status).end();
      });
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get spans(): readonly WireSpan[] {
    return this.sent.flatMap(({ spans }) => spans);
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

const WORKFLOW = `
name: traced
parallel_deployment:
  one:
    - { task: show, type: shell, with: { run: 'echo "[$TRACEPARENT]"' } }
    - { task: flaky, type: shell, retry: { attempts: 2, delay: 1ms }, with: { run: 'test -f once || { touch once; exit 3; }' } }
  two:
    - { task: inner, type: workflow, with: { file: inner.code.yaml } }
`;
const INNER = `
name: inner
parallel_deployment:
  only:
    - { task: leaf, type: shell, with: { run: 'echo "[$TRACEPARENT]"' } }
`;

describe('a run with telemetry', function () {
  this.timeout(60_000);
  let place: Workspace;
  let collector: Collector;
  let endpoint: string;
  beforeEach(async () => {
    place = new Workspace();
    place.file('traced.code.yaml', WORKFLOW);
    place.file('inner.code.yaml', INNER);
    collector = new Collector();
    endpoint = await collector.listen();
  });
  afterEach(() => {
    collector.close();
    place.close();
  });

  /** Without blocking: the collector lives in this process. */
  const run = (env: NodeJS.ProcessEnv, ...args: string[]): Promise<Ended> =>
    place.start(['run', 'traced.code.yaml', '--json', ...args], env).ended;

  const record = (): { traceId: string; sent: number; lost: number; trouble?: string } => {
    const id = place.runs().find(({ workflow }) => workflow === 'traced')?.runId ?? '';
    return JSON.parse(readFileSync(place.path(`.code/runs/${id}/telemetry.json`), 'utf8')) as ReturnType<typeof record>;
  };

  for (const protocol of ['http/protobuf', 'http/json']) {
    it(`is one trace over ${protocol}, and each task's TRACEPARENT names its own attempt`, async () => {
      const { code, out } = await run({
        OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_EXPORTER_OTLP_HEADERS: 'x-team=shop',
        ...(protocol === 'http/json' ? { OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' } : {}),
      });
      assert.equal(code, 0);
      const { spans } = collector;
      const shown = /\[00-(\w+)-(\w+)-01\]/.exec(textOf(parseLines(out), 'show'));
      const attempt = spans.find(({ name }) => name === 'show attempt 1');
      assert.deepEqual([shown?.[1], shown?.[2]], [attempt?.traceId, attempt?.spanId]);
      const parentOf = (span: WireSpan | undefined): WireSpan | undefined =>
        spans.find(({ spanId }) => spanId === span?.parentSpanId);
      const path: string[] = [];
      for (let at = spans.find(({ name }) => name === 'leaf attempt 1'); at !== undefined; at = parentOf(at))
        path.push(at.name);
      assert.deepEqual(path, [
        'leaf attempt 1',
        'leaf',
        'stage only',
        'RUN inner',
        'inner attempt 1',
        'inner',
        'stage two',
        'RUN traced',
      ]);
      assert.deepEqual(
        spans.filter(({ name }) => name.startsWith('flaky')).map(({ name }) => name),
        ['flaky attempt 1', 'flaky attempt 2', 'flaky'],
      );
      assert.equal(new Set(spans.map(({ traceId }) => traceId)).size, 1);
      assert.ok(collector.sent.every(({ headers }) => headers['x-team'] === 'shop'));
      assert.equal(record().lost, 0);
      const log = attempt?.attributes.find(({ key }) => key === 'log.file.path')?.value.stringValue ?? '';
      assert.match(readFileSync(log, 'utf8'), /^\[00-/);
    });
  }

  it('hangs below its caller’s span, and is not told where the caller’s trace is not', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const caller = `00-${traceId}-00f067aa0ba902b7-01`;
    await run({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, TRACEPARENT: caller });
    const root = collector.spans.find(({ name }) => name === 'RUN traced');
    assert.deepEqual([root?.traceId, root?.parentSpanId], [traceId, '00f067aa0ba902b7']);
    const told = collector.sent.length;
    const { out } = await run({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, TRACEPARENT: caller.replace(/01$/, '00') });
    assert.equal(collector.sent.length, told);
    assert.match(textOf(parseLines(out), 'show'), /-00f067aa0ba902b7-00\]/); // as it came
  });

  it('makes no context of its own where nobody collects', async () => {
    const { out } = await run({ TRACEPARENT: undefined });
    assert.equal(textOf(parseLines(out), 'show'), '[]\n');
  });

  it('succeeds all the same where nobody listens, and says so', async () => {
    collector.close();
    const { code, out } = await run({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
    assert.equal(code, 0);
    const warned = parseLines(out).find((event) => event.type === 'run.warning') as { message?: string } | undefined;
    assert.match(warned?.message ?? '', /The trace cannot be sent to http:.*ECONNREFUSED.*The run goes on\./);
  });

  it('does not wait for an endpoint that takes everything and never answers', async () => {
    collector.status = undefined;
    const { code } = await run({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_TIMEOUT: '600000' });
    assert.equal(code, 0);
    assert.ok(collector.sent.length > 0, 'it was asked');
  });

  it('succeeds where what is asked for cannot be done, and says what to set', async () => {
    const { code, out } = await run({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' });
    assert.equal(code, 0);
    const warned = parseLines(out).find((event) => event.type === 'run.warning') as { message?: string } | undefined;
    assert.match(warned?.message ?? '', /There will be no trace\. Traces cannot be sent by grpc\..*http\/protobuf/);
  });

  it('writes metrics for the node exporter, counted over runs', async () => {
    mkdirSync(place.path('metrics'));
    const env = { CODE_METRICS_DIR: place.path('metrics') };
    await run(env);
    place.file('traced.code.yaml', WORKFLOW.replace('touch once; exit 3', 'exit 3').replace('-f once', '-f never'));
    assert.equal((await run(env)).code, 1);
    const files = readdirSync(place.path('metrics'));
    assert.deepEqual(files.map((name) => name.replace(/-[0-9a-f]{8}\.prom$/, '')).sort(), [
      'code-engine-inner',
      'code-engine-traced',
    ]);
    const text = readFileSync(place.path(`metrics/${files.find((name) => name.includes('traced')) ?? ''}`), 'utf8');
    const value = (series: RegExp): number => Number(series.exec(text)?.[1] ?? NaN);
    assert.equal(value(/^code_runs_total\{.*status="succeeded"\} (\d+)$/m), 1);
    assert.equal(value(/^code_runs_total\{.*status="failed"\} (\d+)$/m), 1);
    assert.equal(value(/^code_run_succeeded\{.*\} (\d)$/m), 0);
    assert.equal(value(/^code_run_retries\{.*\} (\d)$/m), 1);
    assert.ok(value(/^code_run_last_success_timestamp_seconds\{.*\} ([\d.]+)$/m) > 1.7e9);
    assert.match(
      text,
      /^code_task_duration_seconds\{.*stage="one",task="flaky",type="shell",status="failed"\} [\d.]+$/m,
    );
  });

  it('pushes metrics where a gateway is named', async () => {
    const paths: string[] = [];
    const bodies: string[] = [];
    const gateway = createServer((request, response) => {
      paths.push(`${request.method ?? ''} ${request.url ?? ''}`);
      request.setEncoding('utf8').on('data', (text: string) => bodies.push(text));
      request.on('end', () => response.writeHead(202).end());
    });
    await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
    const port = (gateway.address() as AddressInfo).port;
    try {
      await run({ CODE_PUSHGATEWAY: `http://127.0.0.1:${port}` });
    } finally {
      gateway.close();
    }
    const encoded = Buffer.from('traced').toString('base64url');
    assert.ok(
      paths.some(
        (one) => one.startsWith('PUT /metrics/job/code-engine/') && one.includes(`/workflow@base64/${encoded}/`),
      ),
      paths.join(),
    );
    assert.match(bodies.join(''), /^code_run_duration_seconds\{.*workflow="traced"\} [\d.]+$/m);
    assert.doesNotMatch(bodies.join(''), /code_runs_total/);
  });
});
