/**
 * What a real, small server cannot be brought to do at will: a download with its progress, a stream that breaks off, a gallery of models.
 * The peer speaks Ollama's API as of 0.17 and that of LocalAI 3; real servers are asked in test/system/ollama.test.ts.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { localai } from '../../src/tasks/localai.ts';
import { ollama } from '../../src/tasks/ollama.ts';
import { perform, workbench } from './context.ts';

type Answer = (body: Record<string, unknown>, response: ServerResponse) => void;

const json = (response: ServerResponse, body: unknown, status = 200): void =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const lines = (response: ServerResponse, ...all: unknown[]): void =>
  void response.end(all.map((one) => `${JSON.stringify(one)}\n`).join(''));

describe('models, with a peer of Ollama and of LocalAI', () => {
  let server: Server;
  let url = '';
  let routes: Record<string, Answer> = {};
  let models: string[] = [];
  let asked: { path: string; body: Record<string, unknown>; key: string | undefined }[] = [];

  before(async () => {
    server = createServer((request, response) => void answer(request, response));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  beforeEach(() => {
    asked = [];
    models = ['small:latest'];
    routes = {
      '/api/version': (_, response) => json(response, { version: '0.17.4' }),
      '/api/tags': (_, response) =>
        json(response, {
          models: models.map((name) => ({ name, digest: name.length.toString(16).padStart(64, '0') })),
        }),
      '/api/delete': ({ model }, response) => {
        models = models.filter((one) => one !== model);
        response.end();
      },
      '/v1/models': (_, response) => json(response, { object: 'list', data: models.map((id) => ({ id })) }),
    };
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
    const path = request.url ?? '';
    asked.push({ path, body, key: request.headers.authorization });
    const route = routes[path];
    if (route === undefined) json(response, { error: `no route ${path}` }, 404);
    else route(body, response);
  }

  const pulls =
    (name: string): Answer =>
    (_, response) => {
      models.push(name);
      const digest = `sha256:${'a'.repeat(64)}`;
      lines(
        response,
        { status: 'pulling manifest' },
        ...[0, 4, 12, 55, 100].map((completed) => ({ status: 'pulling aaaa', digest, total: 100, completed })),
        { status: 'success' },
      );
    };
  const says =
    (...pieces: string[]): Answer =>
    (_, response) =>
      lines(response, ...pieces.map((piece) => ({ response: piece, done: false })), {
        response: '',
        done: true,
        done_reason: 'stop',
        prompt_eval_count: 9,
        eval_count: pieces.length,
      });

  it('fetches a model that is not there, tells each tenth, and removes it by a rollback', async () => {
    routes['/api/pull'] = pulls('big:7b');
    routes['/api/generate'] = says();
    const context = await workbench();
    const parameters = ollama.parameters.parse({ url, model: 'big:7b' });
    const shown = await ollama.preview!(parameters, context);
    assert.ok(shown.ok && shown.value.summary === 'fetch big:7b' && shown.value.changes.create === 1);
    const result = await perform(ollama, { url, model: 'big:7b' }, context);
    assert.ok(result.ok && result.value.pulled === true, JSON.stringify(result));
    assert.deepEqual(context.lines, [
      'pulling manifest',
      'pulling aaaa: 0 %',
      'pulling aaaa: 10 %',
      'pulling aaaa: 50 %',
      'pulling aaaa: 100 %',
      'success',
    ]);
    assert.ok((await ollama.rollback!(parameters, {}, context)).ok);
    assert.deepEqual(models, ['small:latest']);
    assert.ok((await ollama.rollback!(ollama.parameters.parse({ url }), {}, await workbench())).ok);
    assert.deepEqual(models, ['small:latest'], 'what was there before stays');
  });

  it('asks with the options that were given, and reads data from between fences', async () => {
    routes['/api/generate'] = says('```json\n{"up":', ' true}\n```');
    const schema = { type: 'object', properties: { up: { type: 'boolean' } }, required: ['up'] };
    const given = {
      url,
      prompt: 'Up?',
      system: 'Be brief.',
      seed: 7,
      max_tokens: 9,
      options: { num_ctx: 512 },
      keep_alive: '0',
      schema,
    };
    const result = await perform(ollama, given, await workbench());
    assert.ok(result.ok, JSON.stringify(result));
    assert.deepEqual(result.value.json, { up: true });
    assert.deepEqual(asked.at(-1)?.body, {
      model: 'small:latest',
      options: { temperature: 0, seed: 7, num_predict: 9, num_ctx: 512 },
      keep_alive: '0',
      prompt: 'Up?',
      format: schema,
      system: 'Be brief.',
      stream: true,
    });
  });

  it('says where an answer does not hold to the schema, that it broke off, and what the server said in the middle', async () => {
    const schema = { type: 'object', properties: { up: { type: 'boolean' } }, required: ['up'] };
    routes['/api/generate'] = says('{"up": "perhaps"}');
    const wrong = await perform(ollama, { url, prompt: 'Up?', schema }, await workbench());
    assert.ok(!wrong.ok);
    assert.match(wrong.failure.message, /does not hold to the schema: up: /);
    routes['/api/generate'] = (_, response) => lines(response, { response: 'half', done: false });
    const broken = await perform(ollama, { url, prompt: 'Up?' }, await workbench());
    assert.ok(!broken.ok);
    assert.match(broken.failure.message, /broke off before its end/);
    routes['/api/generate'] = (_, response) =>
      lines(response, { response: 'half' }, { error: 'model runner has unexpectedly stopped' });
    const stopped = await perform(ollama, { url, prompt: 'Up?' }, await workbench());
    assert.ok(!stopped.ok);
    assert.match(stopped.failure.message, /runner has unexpectedly stopped/);
  });

  it('asks which model is meant where the server has several', async () => {
    models = ['a:latest', 'b:latest'];
    const result = await perform(ollama, { url }, await workbench({ env: { CODE_ENGINE_OLLAMA_MODEL: '' } }));
    assert.ok(!result.ok && result.failure.kind === 'missing');
    assert.match(result.failure.message, /It has a:latest, b:latest\./);
    routes['/api/generate'] = says('yes');
    const set = await workbench({ env: { CODE_ENGINE_OLLAMA_MODEL: 'b' } });
    const chosen = await perform(ollama, { url, prompt: '?' }, set);
    assert.ok(chosen.ok && chosen.value.model === 'b:latest');
  });

  it('has LocalAI install a model of its gallery, and follows it', async () => {
    let looks = 0;
    routes['/v1/models/apply'] = (_, response) => json(response, { uuid: 'one', status: `${url}/models/jobs/one` });
    routes['/v1/models/jobs/one'] = (_, response) => {
      looks++;
      if (looks > 1) models.push('qwen');
      json(response, { processed: looks > 1, message: 'processing', progress: 50, error: null });
    };
    routes['/v1/chat/completions'] = (_, response) => {
      const chunk = (delta: object, finish: string | null) =>
        `data: ${JSON.stringify({ choices: [{ delta, finish_reason: finish }] })}\n\n`;
      response.end(
        `${chunk({ role: 'assistant' }, null)}${chunk({ content: 'hel' }, null)}${chunk({ content: 'lo' }, 'stop')}data: [DONE]\n\n`,
      );
    };
    const given = { url: `${url}/v1`, model: 'qwen', install: 'localai@qwen', prompt: 'Say hello.', bearer: 'key' };
    const context = await workbench();
    const result = await perform(localai, given, context);
    assert.ok(result.ok && result.value.response === 'hello', JSON.stringify(result));
    assert.deepEqual(context.lines, ['processing 50 %', 'hello']);
    assert.ok(asked.every((one) => one.key === 'Bearer key'));
  });

  it('tells a refused key, a failed installation and an error in the stream', async () => {
    routes['/v1/models'] = (_, response) =>
      json(response, { error: { message: 'Incorrect API key', type: 'auth' } }, 401);
    const denied = await perform(localai, { url: `${url}/v1`, prompt: '?' }, await workbench());
    assert.ok(!denied.ok && denied.failure.kind === 'denied');
    assert.match(`${denied.failure.message} ${denied.failure.next ?? ''}`, /Incorrect API key.*`bearer`/s);
    routes['/v1/models'] = (_, response) => json(response, { data: [{ id: 'small' }] });
    routes['/v1/models/apply'] = (_, response) => json(response, { uuid: 'two' });
    routes['/v1/models/jobs/two'] = (_, response) =>
      json(response, { processed: true, message: 'x', progress: 0, error: 'no such model' });
    const failed = await perform(
      localai,
      { url: `${url}/v1`, model: 'big', install: 'x', prompt: '?' },
      await workbench(),
    );
    assert.ok(!failed.ok);
    assert.match(failed.failure.message, /^x cannot be installed: no such model\.$/);
    routes['/v1/chat/completions'] = (_, response) => response.end('data: {"error":{"message":"out of memory"}}\n\n');
    const stopped = await perform(localai, { url: `${url}/v1`, prompt: '?' }, await workbench());
    assert.ok(!stopped.ok);
    assert.match(stopped.failure.message, /out of memory/);
  });

  it('sends a key of the environment only where the address came from it too', async () => {
    routes['/v1/models'] = (_, response) => json(response, { data: [{ id: 'small' }] });
    const env = { OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: 'hush-hush' };
    assert.ok((await perform(localai, {}, await workbench({ env }))).ok);
    assert.equal(asked.at(-1)?.key, 'Bearer hush-hush');
    assert.ok((await perform(localai, { url: `${url}/v1` }, await workbench({ env }))).ok);
    assert.equal(asked.at(-1)?.key, undefined);
  });
});
