/** The line to the engine, against a relay whose answers come when the test says so. */
import assert from 'node:assert/strict';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { EventEmitter, getEventListeners, once } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, it } from 'mocha';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';
import { EngineClient } from '../../src/extension/engine/client.ts';
import { PROTOCOL_VERSION } from '../../src/run/protocol.ts';

/** @returns the process as the client sees it, what it was asked, and what lets it answer the first question of all */
function relay() {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const asked: string[] = [];
  const ready = new EventEmitter();
  const connection = createMessageConnection(new StreamMessageReader(stdin), new StreamMessageWriter(stdout));
  connection.onRequest('hello', async () => {
    asked.push('hello');
    ready.emit('asked');
    await once(ready, 'answer');
    return { protocol: PROTOCOL_VERSION, engine: 'test' };
  });
  connection.onRequest((method) => {
    asked.push(method);
    return { checks: [] };
  });
  connection.listen();
  const child = Object.assign(new EventEmitter(), { stdin, stdout, stderr, kill: () => true });
  return { child: child as unknown as ChildProcessWithoutNullStreams, asked, ready };
}

describe('a request to the engine', () => {
  it('is not sent where it was given up while the engine was still starting', async () => {
    const { child, asked, ready } = relay();
    const engine = new EngineClient({ launch: () => child, log: () => undefined, client: 'test' });
    const stop = new AbortController();
    const hello = once(ready, 'asked');
    const given = engine.request('doctor', {}, stop.signal);
    const wanted = engine.request('doctor', {});
    await hello;
    stop.abort();
    ready.emit('answer');
    const answer = await given;
    assert.ok(!answer.ok && answer.failure.kind === 'cancelled');
    assert.ok((await wanted).ok);
    assert.deepEqual(asked, ['hello', 'doctor']);
    engine.dispose();
  });

  it('leaves nothing on its signal once it is answered', async () => {
    const { child, ready } = relay();
    const engine = new EngineClient({ launch: () => child, log: () => undefined, client: 'test' });
    const { signal } = new AbortController();
    const hello = once(ready, 'asked');
    const answer = engine.request('doctor', {}, signal);
    await hello;
    ready.emit('answer');
    assert.ok((await answer).ok);
    assert.deepEqual(getEventListeners(signal, 'abort'), []);
    engine.dispose();
  });
});
