import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { EventBody, PlanSummary } from '../../src/run/events.ts';
import { layoutIn } from '../../src/run/layout.ts';
import { traceConfig } from '../../src/telemetry/config.ts';
import { formatTraceparent, parseTraceparent, spanIdOf, traceIdOf } from '../../src/telemetry/context.ts';
import { toJson, toProtobuf } from '../../src/telemetry/otlp.ts';
import { attemptSpanId, RunSpans, type Span } from '../../src/telemetry/spans.ts';
import { begin, end, journal, plan, plans, start, task } from '../run/events.ts';
import { decodeRequest } from './wire.ts';

const TRACE = traceIdOf('/w r1');
const layout = layoutIn('/w/.code', 'r1');

function spansOf(bodies: readonly EventBody[]): Span[] {
  const spans = new RunSpans(TRACE, undefined, layout);
  return journal(bodies).flatMap((event) => spans.apply(event));
}

/** Every task of the plan is skipped, ends, or is tried again first; all of them side by side in any order. */
function runs(p: PlanSummary): fc.Arbitrary<readonly EventBody[]> {
  const outcome = fc.constantFrom('succeeded' as const, 'failed' as const, 'timed_out' as const, 'cancelled' as const);
  const lives = p.tasks.map(({ task: name }) =>
    fc
      .record({ skipped: fc.boolean(), tries: fc.integer({ min: 1, max: 3 }), status: outcome })
      .map(({ skipped, tries, status }): EventBody[] => {
        if (skipped) return [end(name, 'skipped')];
        const before = Array.from({ length: tries - 1 }, (_, at): EventBody[] => [
          start(name, at + 1),
          { type: 'task.retrying', task: name, attempt: at + 1, status: 'failed', durationMs: 1, delayMs: 1 },
        ]);
        return [...before.flat(), start(name, tries), end(name, status, { attempt: tries })];
      }),
  );
  return fc.tuple(fc.tuple(...lives), fc.infiniteStream(fc.nat(99))).map(([all, chance]) => {
    const left = all.map((life) => [...life]);
    const bodies: EventBody[] = [begin(p)];
    for (
      let open = left.filter((life) => life.length > 0);
      open.length > 0;
      open = left.filter((life) => life.length > 0)
    ) {
      const pick = Number(chance.next().value) % open.length;
      const next = open[pick]?.shift();
      if (next !== undefined) bodies.push(next);
    }
    return [...bodies, finish];
  });
}

const finish: EventBody = {
  type: 'run.finished',
  status: 'failed',
  durationMs: 90,
  criticalPathMs: 50,
  serialMs: 80,
  reason: 'b failed',
};

describe('the context of a trace', () => {
  it('is read as it was written, and by the standard', () => {
    const hex = (digits: number): fc.Arbitrary<string> =>
      fc
        .string({ unit: fc.constantFrom(...Array.from('0123456789abcdef')), minLength: digits, maxLength: digits })
        .filter((text) => !/^0+$/.test(text));
    fc.assert(
      fc.property(hex(32), hex(16), fc.boolean(), (traceId, spanId, sampled) => {
        const context = { traceId, spanId, sampled };
        assert.deepEqual(parseTraceparent(formatTraceparent(context)), context);
      }),
    );
    const good = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    assert.equal(parseTraceparent(good)?.sampled, true);
    assert.ok(parseTraceparent(`cc${good.slice(2)}-what-the-future-adds`));
    for (const bad of [
      '',
      'nonsense',
      good.replace('00-4', 'ff-4'),
      `${good}-more`,
      good.toUpperCase(),
      good.replace(/-00f.*7-/, '-0000000000000000-'),
    ])
      assert.equal(parseTraceparent(bad), undefined, bad);
  });
});

describe('where traces go', () => {
  const read = (env: Record<string, string>) => {
    const config = traceConfig(env);
    assert.ok(config.ok);
    return config.value;
  };

  it('is nowhere unless an endpoint is set, and nowhere where they are switched off', () => {
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };
    for (const env of [
      {},
      { OTEL_EXPORTER_OTLP_ENDPOINT: '' },
      { ...endpoint, OTEL_SDK_DISABLED: 'TRUE' },
      { ...endpoint, OTEL_TRACES_EXPORTER: 'none' },
    ])
      assert.equal(read(env), undefined);
  });

  it('follows the standard variables, the ones for traces first', () => {
    const config = read({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/base/',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20abc, x=1',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x=2',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_EXPORTER_OTLP_TIMEOUT: '250',
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,deployment.environment.name=prod',
      OTEL_SERVICE_NAME: 'shop-ci',
    });
    assert.deepEqual(config, {
      url: 'http://collector:4318/base/v1/traces',
      protocol: 'http/json',
      headers: { authorization: 'Bearer abc', x: '2' },
      gzip: true,
      timeoutMs: 250,
      resource: { 'service.name': 'shop-ci', 'deployment.environment.name': 'prod' },
    });
    assert.equal(read({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://t.example/here' })?.url, 'https://t.example/here');
  });

  it('is refused with what to do where it cannot be done', () => {
    for (const env of [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' },
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
    ]) {
      const config = traceConfig(env);
      assert.ok(!config.ok);
      assert.match(config.failure.next ?? '', /4318/);
    }
  });
});

describe('a run as spans', () => {
  const p = plan([task('a', 'one'), task('b', 'one'), task('c', 'two', { dependsOn: ['b'] })]);

  it('hangs attempts below tasks below stages below the run, and says how each ended', () => {
    const spans = spansOf([
      begin(p),
      start('a'),
      start('b'),
      { type: 'task.process', task: 'b', attempt: 1, process: { pid: 42, startTime: '1', bootId: 'b' }, group: 42 },
      end('a'),
      {
        type: 'task.retrying',
        task: 'b',
        attempt: 1,
        status: 'failed',
        exitCode: 3,
        durationMs: 10,
        delayMs: 5,
        reason: 'exit 3',
      },
      start('b', 2),
      end('b', 'failed', { attempt: 2, exitCode: 4, reason: 'exit 4' }),
      end('c', 'skipped', { reason: 'b failed' }),
      finish,
    ]);
    const named = new Map(spans.map((span) => [span.name, span]));
    const parentOf = (name: string): string | undefined =>
      spans.find(({ spanId }) => spanId === named.get(name)?.parentSpanId)?.name;
    assert.deepEqual(
      [...named.keys()],
      ['a attempt 1', 'a', 'b attempt 1', 'b attempt 2', 'b', 'stage one', 'c', 'stage two', 'RUN shop'],
    );
    assert.deepEqual(['b attempt 1', 'b attempt 2', 'b', 'c', 'stage one', 'RUN shop'].map(parentOf), [
      'b',
      'b',
      'stage one',
      'stage two',
      'RUN shop',
      undefined,
    ]);
    assert.deepEqual(
      [...named.values()].map(({ name, status }) => [name, status]),
      [
        ['a attempt 1', 'ok'],
        ['a', 'ok'],
        ['b attempt 1', 'error'],
        ['b attempt 2', 'error'],
        ['b', 'error'],
        ['stage one', 'error'],
        ['c', undefined],
        ['stage two', 'ok'],
        ['RUN shop', 'error'],
      ],
    );
    const first = named.get('b attempt 1');
    assert.equal(first?.spanId, attemptSpanId(TRACE, 'b', 1));
    assert.equal(first.attributes['process.pid'], 42);
    assert.equal(first.attributes['process.exit.code'], 3);
    assert.equal(first.attributes['log.file.path'], '/w/.code/runs/r1/logs/b.1.out');
    assert.equal(named.get('b')?.attributes['cicd.pipeline.task.run.result'], 'failure');
    assert.equal(named.get('RUN shop')?.attributes['cicd.pipeline.result'], 'failure');
  });

  it('continues the caller’s trace', () => {
    const parent = { traceId: TRACE, spanId: spanIdOf(TRACE, 'caller'), sampled: true };
    const spans = new RunSpans(TRACE, parent, layout);
    const all = journal([begin(p), finish]).flatMap((event) => spans.apply(event));
    assert.equal(all.at(-1)?.parentSpanId, parent.spanId);
  });

  it('is one tree whose children lie within their parents, whatever happens', () => {
    fc.assert(
      fc.property(
        plans.chain((one) => runs(one)),
        (bodies) => {
          const spans = spansOf(bodies);
          const byId = new Map(spans.map((span) => [span.spanId, span]));
          assert.equal(byId.size, spans.length, 'every span has an identifier of its own');
          if (bodies.at(-1)?.type !== 'run.finished') return;
          const roots = spans.filter(({ parentSpanId }) => parentSpanId === undefined);
          assert.equal(roots.length, 1);
          for (const span of spans) {
            assert.ok(span.startMs <= span.endMs, span.name);
            if (span.parentSpanId === undefined) continue;
            const parent = byId.get(span.parentSpanId);
            assert.ok(parent, `${span.name} has a parent`);
            assert.ok(
              parent.startMs <= span.startMs && span.endMs <= parent.endMs,
              `${span.name} within ${parent.name}`,
            );
          }
        },
      ),
    );
  });

  it('says the same in both forms of the protocol', () => {
    const resource = { 'service.name': 'code-engine', 'process.pid': 7, ratio: 0.25, on: true, below: -3 };
    fc.assert(
      fc.property(
        plans.chain((one) => runs(one)),
        (bodies) => {
          const batch = { resource, version: '1.2.3', spans: spansOf(bodies) };
          assert.deepEqual(decodeRequest(toProtobuf(batch)), JSON.parse(toJson(batch)));
        },
      ),
      { numRuns: 30 },
    );
  });
});
