import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, writeFile, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openai } from '../../src/planner/providers/openai.ts';
import { selectionJsonSchema, selectionSchema } from '../../src/planner/providers/selection.ts';
import { localai } from '../../src/tasks/localai.ts';
import { ollama } from '../../src/tasks/ollama.ts';
import { perform, workbench, type Workbench } from '../tasks/context.ts';
import { needWeights, weightsAt } from './models.ts';
import { freePort, startServer, type Server } from './server.ts';
import { need, toolAt } from './tools.ts';

/** One thread: several wait for each other, which takes for ever on a machine with other things to do. */
const modelfile = (weights: string): string => `FROM ${weights}\nPARAMETER num_thread 1\n`;

/** What a small model can be held to only by the server's own grammar. */
const SCHEMA = {
  type: 'object',
  properties: { healthy: { type: 'boolean' }, reason: { type: 'string', maxLength: 40 } },
  required: ['healthy', 'reason'],
};

describe('a real Ollama with a real, small model', function () {
  this.timeout(300_000);
  let server: Server | undefined;
  let env: Record<string, string> = {};

  before(async function () {
    need(this, 'ollama');
    needWeights(this);
    const folder = await mkdtemp(join(tmpdir(), 'code-ollama-'));
    const address = `127.0.0.1:${await freePort()}`;
    env = { OLLAMA_HOST: address, OLLAMA_MODELS: join(folder, 'models'), HOME: folder, OLLAMA_NUM_PARALLEL: '1' };
    const url = `http://${address}`;
    server = await startServer({ program: toolAt('ollama') ?? '', args: ['serve'], url, ready: '/api/version', env });
    await writeFile(join(folder, 'Modelfile'), modelfile(weightsAt() ?? ''));
    const made = spawnSync(toolAt('ollama') ?? '', ['create', 'small', '-f', join(folder, 'Modelfile')], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
    });
    assert.equal(made.status, 0, made.stderr);
  });
  after(() => server?.stop());

  const context = (): Promise<Workbench> => workbench({ env });

  it('has the only model of the server ready, with its digest', async () => {
    const bench = await context();
    const result = await perform(ollama, {}, bench);
    assert.ok(result.ok, JSON.stringify(result));
    assert.equal(result.value.model, 'small:latest');
    assert.match(String(result.value.digest), /^[0-9a-f]{64}$/);
    assert.equal(result.value.pulled, false);
    const shown = await ollama.preview!(ollama.parameters.parse({}), bench);
    assert.ok(shown.ok && shown.value.changes.create === 0, JSON.stringify(shown));
  });

  it('streams an answer into the log, and gives the same one for the same seed', async () => {
    const given = {
      model: 'small',
      prompt: 'Say hello to the shop.',
      max_tokens: 16,
      seed: 7,
      output: 'out/hello.txt',
    };
    const first = await context();
    const one = await perform(ollama, given, first);
    const two = await perform(ollama, given, await context());
    assert.ok(one.ok && two.ok, JSON.stringify([one, two]));
    assert.ok(String(one.value.response).length > 5);
    assert.equal(one.value.response, two.value.response);
    const written = await readFile(join(first.root, 'out/hello.txt'), 'utf8');
    assert.equal(written.trimEnd(), String(one.value.response).trimEnd());
    const said = first.lines.filter((line) => !line.startsWith('The answer was cut'));
    const words = (text: string): string => text.replace(/\s+/g, ' ').trim();
    assert.equal(words(said.join(' ')), words(String(one.value.response)), 'the log has it as it came');
    const tokens = one.value.tokens as { prompt: number; response: number };
    assert.ok(tokens.prompt > 5 && tokens.response > 0 && tokens.response <= 16);
  });

  it('holds the answer to a schema', async () => {
    const bench = await context();
    await writeFile(join(bench.root, 'smoke.log'), 'GET / 200\nGET /cart 200\n');
    const given = {
      model: 'small',
      prompt: 'Is the shop healthy?',
      files: ['smoke.log'],
      schema: SCHEMA,
      max_tokens: 80,
    };
    const result = await perform(ollama, given, bench);
    assert.ok(result.ok, JSON.stringify(result));
    const json = result.value.json as { healthy: unknown; reason: unknown };
    assert.equal(typeof json.healthy, 'boolean');
    assert.equal(typeof json.reason, 'string');
  });

  it('ends in the middle of an answer when it is cancelled', async () => {
    const bench = await context();
    const running = perform(
      ollama,
      { model: 'small', prompt: 'Count to ten thousand.', options: { num_predict: 5000 } },
      bench,
    );
    while (bench.lines.length === 0) await new Promise((again) => setTimeout(again, 20));
    bench.cancel();
    const result = await running;
    assert.ok(!result.ok && result.failure.kind === 'cancelled', JSON.stringify(result));
  });

  it('tells a model that cannot be had, one that is not wanted, and a server that is not there', async () => {
    const away = await perform(ollama, { model: 'nobody/nothing' }, await context());
    assert.ok(!away.ok, 'there is no way to the library from a test');
    assert.match(away.failure.message, /^nobody\/nothing cannot be pulled/);
    const never = await perform(ollama, { model: 'other', pull: 'never' }, await context());
    assert.ok(!never.ok && never.failure.kind === 'missing');
    assert.match(never.failure.next ?? '', /ollama pull other/);
    const none = await perform(ollama, { url: 'http://127.0.0.1:1', model: 'small' }, await context());
    assert.ok(!none.ok && none.failure.kind === 'unreachable');
    assert.match(none.failure.next ?? '', /ollama serve/);
  });

  it('says so when the answer was cut before the schema was met', async () => {
    const given = { model: 'small', prompt: 'Is the shop healthy?', schema: SCHEMA, max_tokens: 3 };
    const result = await perform(ollama, given, await context());
    assert.ok(!result.ok, JSON.stringify(result));
    assert.match(`${result.failure.message} ${result.failure.next ?? ''}`, /does not hold to the schema.*max_tokens/s);
  });

  describe('over the API that OpenAI published, as LocalAI and others have it', () => {
    const url = (): string => `http://${env.OLLAMA_HOST ?? ''}/v1`;

    it('takes the only model, and answers as text', async () => {
      const bench = await context();
      const there = await perform(localai, { url: url() }, bench);
      assert.ok(there.ok && there.value.model === 'small:latest', JSON.stringify(there));
      const given = { url: url(), prompt: 'Say hello to the shop.', max_tokens: 16, seed: 7, system: 'You are brief.' };
      const result = await perform(localai, given, bench);
      assert.ok(result.ok, JSON.stringify(result));
      assert.ok(String(result.value.response).length > 5);
      assert.ok(
        (result.value.tokens as { response: number }).response > 0,
        'the server counts tokens at the end of the stream',
      );
    });

    it('holds the answer to a schema in a file', async () => {
      const bench = await context();
      await writeFile(join(bench.root, 'answer.json'), JSON.stringify(SCHEMA));
      const given = { url: url(), prompt: 'Is the shop healthy?', schema: 'answer.json', max_tokens: 80 };
      const result = await perform(localai, given, bench);
      assert.ok(result.ok, JSON.stringify(result));
      assert.equal(typeof (result.value.json as { healthy: unknown }).healthy, 'boolean');
    });

    it('plans by the choice of a real model, whose answer holds to the schema', async () => {
      const provider = openai({ OPENAI_BASE_URL: url() });
      const signal = new AbortController().signal;
      assert.deepEqual(await provider.health(signal), { ok: true, value: 'small:latest' });
      for (const user of ['a cache for the shop', 'delete everything']) {
        // Nothing but the choice: what a real plan sends beside it takes this model minutes to read.
        const request = {
          system: 'Choose components.',
          user,
          schema: selectionJsonSchema(true),
          schemaName: 'selection',
        };
        const answer = await provider.complete({ ...request, maxTokens: 4000 }, { signal });
        assert.ok(answer.ok, JSON.stringify(answer));
        assert.ok(selectionSchema.safeParse(answer.value.json).success, answer.value.text);
        assert.ok(answer.value.usage.outputTokens > 0);
      }
    });

    it('names the models that are there where the wanted one is not', async () => {
      const result = await perform(localai, { url: url(), model: 'big' }, await context());
      assert.ok(!result.ok && result.failure.kind === 'missing');
      assert.match(result.failure.message, /no model big\. It has small:latest\./);
    });
  });
});
