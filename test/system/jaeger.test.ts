import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { jaeger } from '../../src/tasks/jaeger.ts';
import { perform, workbench } from '../tasks/context.ts';
import { startJaeger } from './jaeger-server.ts';
import type { Server } from './server.ts';
import { need } from './tools.ts';

interface Sent {
  readonly service: string;
  readonly operation: string;
  readonly ms: number;
  readonly failed?: boolean;
}

describe('jaeger, the real one', function () {
  this.timeout(300_000);
  let server: Server | undefined;
  let url = '';
  let otlp = '';

  before(async function () {
    need(this, 'jaeger');
    const started = await startJaeger();
    ({ url, otlp } = started);
    server = started;
  });
  after(() => server?.stop());

  /** One trace of two spans over OTLP/HTTP. @returns its id */
  async function send({ service, operation, ms, failed = false }: Sent): Promise<string> {
    const [traceId, root, child] = [16, 8, 8].map((length) => randomBytes(length).toString('hex'));
    const start = BigInt(Date.now() - 5000) * 1_000_000n;
    const span = (spanId: string | undefined, name: string, more: object): object => ({
      traceId,
      spanId,
      name,
      kind: 2,
      startTimeUnixNano: String(start),
      endTimeUnixNano: String(start + BigInt(ms) * 1_000_000n),
      ...more,
    });
    const body = {
      resourceSpans: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
          scopeSpans: [
            {
              spans: [
                span(root, operation, { attributes: [{ key: 'tier', value: { stringValue: 'web' } }] }),
                span(child, 'SELECT', { parentSpanId: root, ...(failed ? { status: { code: 2 } } : {}) }),
              ],
            },
          ],
        },
      ],
    };
    const answer = await fetch(`${otlp}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    assert.equal(answer.status, 200, await answer.text());
    return traceId ?? '';
  }

  const ask = async (given: object) =>
    perform(jaeger, { url, within: '60s', interval: '200ms', ...given }, await workbench());

  it('finds the traces of a service, the slowest first, and what 95 of 100 stay within', async () => {
    const times = Array.from({ length: 20 }, (_, index) => (index + 1) * 10);
    const ids: string[] = [];
    for (const ms of times) ids.push(await send({ service: 'steady', operation: 'GET /', ms }));
    const result = await ask({ service: 'steady', expect: '== 20', errors: 'none', p95: '200ms' });
    assert.ok(result.ok, JSON.stringify(result));
    assert.deepEqual(result.value, { traces: 20, errors: 0, p95: 190, ids: ids.toReversed() });
  });

  it('stops the run at a failed span, with the trace that has it', async () => {
    await send({ service: 'failing', operation: 'GET /', ms: 5 });
    const id = await send({ service: 'failing', operation: 'POST /checkout', ms: 5, failed: true });
    assert.ok((await ask({ service: 'failing', expect: '== 2' })).ok);
    const result = await ask({ service: 'failing', errors: 'none', within: '0s' });
    assert.ok(!result.ok && result.failure.kind === 'tool');
    assert.match(result.failure.message, new RegExp(`1 of 2 traces failed, not none; first: SELECT in trace ${id}`));
    assert.match(result.failure.next ?? '', /\/search\?service=failing$/);
    const other = await ask({ service: 'failing', operation: 'GET /', errors: 'none', within: '0s' });
    assert.ok(other.ok && other.value.traces === 1, 'only the operation that was asked for counts');
  });

  it('stops the run at traces that take too long', async () => {
    const id = await send({ service: 'slow', operation: 'GET /', ms: 900 });
    assert.ok((await ask({ service: 'slow', p95: '1s' })).ok);
    const result = await ask({ service: 'slow', p95: '500ms', within: '0s' });
    assert.ok(!result.ok);
    assert.match(result.failure.message, new RegExp(`up to 900 ms, more than 500ms; the slowest: GET /, trace ${id}`));
  });

  it('finds one trace by its id, and traces by their tags', async () => {
    const id = await send({ service: 'tagged', operation: 'GET /', ms: 5 });
    const one = await ask({ service: 'tagged', trace: id, expect: '== 1' });
    assert.ok(one.ok, JSON.stringify(one));
    assert.ok((await ask({ service: 'tagged', tags: { tier: 'web' } })).ok);
    assert.ok((await ask({ service: 'tagged', tags: { tier: 'batch' }, expect: 'none', within: '0s' })).ok);
    assert.ok((await ask({ service: 'tagged', trace: 'f'.repeat(32), expect: 'none', within: '0s' })).ok);
  });

  it('waits for the first trace, and names the services that are there where none comes', async () => {
    const waiting = ask({ service: 'late' });
    await send({ service: 'late', operation: 'GET /', ms: 1 });
    assert.ok((await waiting).ok);
    const never = await ask({ service: 'nobody', within: '0s' });
    assert.ok(!never.ok);
    assert.match(never.failure.message, /there are 0 traces of nobody, not some; services that have sent some: .*late/);
  });

  it('says that nothing listens', async () => {
    const away = await ask({ service: 'x', url: 'http://127.0.0.1:1', within: '0s' });
    assert.ok(!away.ok && away.failure.kind === 'unreachable');
  });
});
