import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { opentelemetry } from '../../src/tasks/opentelemetry.ts';
import { perform, workbench, type Workbench } from '../tasks/context.ts';
import { need, toolPath } from './tools.ts';

const CONFIG = `receivers:
  otlp:
    protocols: { http: {} }
exporters:
  debug: {}
service:
  pipelines:
    traces: { receivers: [otlp], exporters: [debug] }
`;

async function workspace(files: Record<string, string>, env: Record<string, string> = {}): Promise<Workbench> {
  const context = await workbench({ env: { PATH: toolPath, ...env } });
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(context.root, name)), { recursive: true });
    await writeFile(join(context.root, name), text);
  }
  return context;
}

describe('opentelemetry with a real collector', function () {
  this.timeout(240_000);
  before(function () {
    need(this, 'otelcol');
  });

  it('finds a configuration valid, and gives the trace that the run is', async () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const context = await workspace(
      { 'otel/collector.yaml': CONFIG },
      { TRACEPARENT: `00-${trace}-00f067aa0ba902b7-01` },
    );
    const result = await perform(opentelemetry, { config: ['otel/collector.yaml'] }, context);
    assert.ok(result.ok, JSON.stringify(result));
    assert.equal(result.value.traceId, trace);
    assert.deepEqual(result.value.validated, ['otel/collector.yaml']);
    assert.match(String(result.value.collector), /^otelcol \d+\.\d+\.\d+$/);
  });

  it('says in one line what is wrong, and where to find a part that this collector lacks', async () => {
    const context = await workspace({ 'a.yaml': CONFIG.replaceAll('debug', 'debgu') });
    const result = await perform(opentelemetry, { config: ['a.yaml'] }, context);
    assert.ok(!result.ok && result.failure.kind === 'invalid' && result.failure.retriable === false);
    assert.match(
      result.failure.message,
      /^a\.yaml is not valid: 'exporters' unknown type: "debgu".*valid values: \[.*debug/,
    );
    assert.match(result.failure.next ?? '', /otelcol-contrib/);
  });

  it('names a wrong key, a pipeline that refers to nothing, and text that is no YAML', async () => {
    const faults: [string, RegExp][] = [
      [CONFIG.replace('protocols', 'protocls'), /"otlp": 'otlpreceiver\.Config' has invalid keys: protocls\.$/],
      [
        CONFIG.replace('exporters: [debug]', 'exporters: [file]'),
        /references exporter "file" which is not configured\.$/,
      ],
      ['receivers: [\n', /not valid YAML.*line 1/],
    ];
    for (const [text, message] of faults) {
      const result = await perform(opentelemetry, { config: ['a.yaml'] }, await workspace({ 'a.yaml': text }));
      assert.ok(!result.ok, text);
      assert.match(result.failure.message, message);
    }
  });

  it('reads several files as one where it is told so', async () => {
    const parts = { 'base.yaml': CONFIG, 'more.yaml': 'exporters:\n  debug:\n    verbosity: detailed\n' };
    const config = ['base.yaml', 'more.yaml'];
    assert.ok((await perform(opentelemetry, { config, together: true }, await workspace(parts))).ok);
    const apart = await perform(opentelemetry, { config }, await workspace(parts));
    assert.ok(!apart.ok, 'the second one is none by itself');
    assert.match(apart.failure.message, /^more\.yaml is not valid/);
  });

  it('takes the configuration out of an object of the operator', async () => {
    const object = (config: string): string =>
      `apiVersion: opentelemetry.io/v1beta1\nkind: OpenTelemetryCollector\nmetadata: { name: shop }\nspec:\n  config:\n${config.replace(/^(?=.)/gm, '    ')}`;
    const good = await perform(
      opentelemetry,
      { config: ['otel.yaml'] },
      await workspace({ 'otel.yaml': object(CONFIG) }),
    );
    assert.ok(good.ok, JSON.stringify(good));
    const wrong = object(CONFIG.replace('[otlp]', '[oltp]'));
    const bad = await perform(opentelemetry, { config: ['otel.yaml'] }, await workspace({ 'otel.yaml': wrong }));
    assert.ok(!bad.ok);
    assert.match(bad.failure.message, /^otel\.yaml is not valid: .*"oltp"/);
  });

  it('says when there is nothing to do, and how to get a collector that is not there', async () => {
    const nothing = await perform(opentelemetry, {}, await workspace({}, { TRACEPARENT: '' }));
    assert.ok(!nothing.ok && nothing.failure.kind === 'missing');
    const missing = await perform(
      opentelemetry,
      { config: ['a.yaml'] },
      await workspace({ 'a.yaml': CONFIG }, { PATH: '/nowhere' }),
    );
    assert.ok(!missing.ok && missing.failure.kind === 'missing');
    assert.match(missing.failure.next ?? '', /https:/);
  });
});
