import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { planWith } from '../../src/cli/plan-with.ts';
import { gatherFacts } from '../../src/planner/context/workspace.ts';
import { claude } from '../../src/planner/providers/claude.ts';
import { modelPlan } from '../../src/planner/providers/model-plan.ts';
import { ollama } from '../../src/planner/providers/ollama.ts';
import type { Environment, Provider } from '../../src/planner/providers/provider.ts';
import { catalogue } from '../../src/tasks/catalogue.ts';
import { memoryIo } from '../cli/memory-io.ts';
import { claudeAnswer, ollamaAnswer, peerBench, selection } from './model-peer.ts';

describe('mending what a model answers', () => {
  const bench = peerBench('repairs');

  const ask = (provider: Provider, description = 'a cache for the shop', context = ''): ReturnType<typeof modelPlan> =>
    modelPlan(description, provider, {
      facts: gatherFacts(bench.root),
      catalogue,
      context,
      environment: {},
      signal: new AbortController().signal,
    });

  const anthropic = (): Provider => claude({ ANTHROPIC_API_KEY: 'test-key', ANTHROPIC_BASE_URL: bench.base });

  const redis = {
    id: 'redis',
    name: 'cache',
    image: '',
    replicas: 1,
    port: 0,
    storage: '2Gi',
    host: '',
    expose: 'internal',
  };

  it('sends only the failing component back, keeps the rest, and puts the mended one in its place', async () => {
    const queue = { ...redis, id: 'rabbitmq', name: 'Not A Name', storage: '' };
    let calls = 0;
    bench.peer.handler = (_q, _b, response) =>
      claudeAnswer(
        response,
        JSON.stringify(selection({ components: calls++ === 0 ? [redis, queue] : [{ ...queue, name: 'orders' }] })),
      );
    const planned = await ask(anthropic());
    assert.ok(planned.ok && planned.value.repairs === 1, JSON.stringify(planned));
    assert.match(bench.peer.received[1] ?? '', /One component of your last answer was not usable: components\.1\.name/);
    const text = planned.value.draft.files.map((f) => f.text).join();
    assert.ok(text.includes('name: cache') && text.includes('name: orders'));
  });

  it('stops after three repairs, and at once when the same fault comes back', async () => {
    let calls = 0;
    bench.peer.handler = (_q, _b, response) =>
      claudeAnswer(response, JSON.stringify(selection({ namespace: `Bad ${calls++}` })));
    const same = await ask(anthropic(), 'Redis on Kubernetes');
    assert.ok(same.ok && same.value.provider === 'catalog');
    assert.equal(calls, 2);
    calls = 0;
    bench.peer.handler = (_q, _b, response) =>
      claudeAnswer(response, JSON.stringify(selection({ components: [{ ...redis, id: `no-such-${calls++}` }] })));
    const different = await ask(anthropic(), 'Redis on Kubernetes');
    assert.ok(different.ok && different.value.provider === 'catalog' && different.value.repairs === 3);
    assert.equal(calls, 4);
  });

  it('asks again with what a real tool says of the rendered files, and only once for the same words', async () => {
    bench.peer.handler = (_q, _b, response) => claudeAnswer(response, JSON.stringify(selection()));
    const said: string[] = [];
    const planned = await modelPlan('a cache', anthropic(), {
      facts: gatherFacts(bench.root),
      catalogue,
      context: '',
      environment: {},
      signal: new AbortController().signal,
      check: (plan) => Promise.resolve({ message: 'the cluster refuses it', path: plan.draft.files[0]?.path ?? '' }),
      onRepair: (fault) => void said.push(fault),
    });
    assert.ok(planned.ok && planned.value.provider === 'catalog');
    assert.deepEqual(said, ['the cluster refuses it']);
    assert.match(bench.peer.received[1] ?? '', /the cluster refuses it/);
  });

  it('keeps the caps on tokens and money: what would pass them is not sent', async () => {
    bench.peer.handler = (_q, _b, response) => claudeAnswer(response, 'no');
    const capped = (caps: object, environment: Environment = {}): ReturnType<typeof modelPlan> =>
      modelPlan('Redis on Kubernetes', anthropic(), {
        facts: gatherFacts(bench.root),
        catalogue,
        context: '',
        environment,
        signal: new AbortController().signal,
        caps,
      });
    const none = await capped({ tokens: 100 });
    assert.ok(none.ok && none.value.provider === 'catalog' && /cap of 100 tokens/.test(none.value.reason ?? ''));
    assert.deepEqual(bench.peer.received, []);
    const once = await capped({ usd: 0.005 }, { CODE_ENGINE_MODEL_PRICE: '3/15' });
    assert.ok(once.ok && /cap of \$0\.005/.test(once.value.reason ?? ''));
    assert.equal(bench.peer.received.length, 1);
  });

  it('Ollama: a model made for a small window gets no more than fits, and is never cut off without a word', async () => {
    bench.peer.handler = (request, _b, response) => {
      if (request.url === '/api/tags') return void response.end(JSON.stringify({ models: [{ name: 'tiny:latest' }] }));
      if (request.url === '/api/show')
        return void response.end(JSON.stringify({ model_info: { 'llama.context_length': 8192 } }));
      ollamaAnswer(response, JSON.stringify(selection()));
    };
    const tiny = ollama({ OLLAMA_HOST: bench.base }, 'tiny');
    assert.ok((await tiny.health(new AbortController().signal)).ok);
    assert.equal(tiny.window?.(), 8192);
    const planned = await ask(tiny);
    assert.ok(planned.ok);
    const sent = JSON.parse(bench.peer.received.at(-1) ?? '') as { options: { num_ctx: number } };
    assert.equal(sent.options.num_ctx, 8192);
    const large = await ask(tiny, 'a cache', 'x'.repeat(30_000));
    assert.ok(!large.ok && /does not fit into the 8192 tokens that tiny takes/.test(large.failure.message));
  });

  it('Ollama: fetches a model when a person said so, tells how far it is, and says why where it cannot', async () => {
    let pulled = false;
    bench.peer.handler = (request, body, response) => {
      if (request.url === '/api/tags')
        return void response.end(JSON.stringify({ models: pulled ? [{ name: 'tiny:latest' }] : [] }));
      if (request.url === '/api/show') return void response.end('{}');
      if (request.url !== '/api/pull') {
        ollamaAnswer(response, JSON.stringify(selection()));
        return;
      }
      const parts: object[] = body.includes('"absent"')
        ? [{ status: 'pulling manifest' }, { error: 'pull model manifest: file does not exist' }]
        : [
            { status: 'pulling manifest' },
            { status: 'pulling 66831483c8ab', total: 1_048_576, completed: 10 },
            { status: 'pulling 66831483c8ab', total: 1_048_576, completed: 524_288 },
            { status: 'success' },
          ];
      pulled = !body.includes('"absent"');
      return void response.end(parts.map((part) => `${JSON.stringify(part)}\n`).join(''));
    };
    const io = memoryIo(Readable.from([]), { env: { OLLAMA_HOST: bench.base }, cwd: bench.root });
    const plan = (model: string, more: object): ReturnType<typeof planWith> =>
      planWith('redis on kubernetes', gatherFacts(bench.root), { provider: 'ollama', model, ...more }, io, () => '', {
        fetching: (words) => void told.push(words),
      });
    const told: string[] = [];
    const unasked = await plan('tiny', {});
    assert.ok(!unasked.ok && unasked.failure.kind === 'missing' && /--pull/.test(unasked.failure.next ?? ''));
    const done = await plan('tiny', { pull: true });
    assert.ok(done.ok && done.value.provider === 'ollama (tiny)');
    assert.deepEqual(told, ['pulling manifest', 'pulling: 0 % of 1 MiB', 'pulling: 50 % of 1 MiB']);
    const absent = await plan('absent', { pull: true });
    assert.ok(!absent.ok && /cannot be fetched/.test(absent.failure.message));
  });
});
