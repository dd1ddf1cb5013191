/** A model of the editor as a provider: the question travels to the window, and so does the word that nobody waits any more. */
import assert from 'node:assert/strict';
import { once, EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type CancellationToken,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import { editorModel } from '../../src/cli/relay/editor-model.ts';
import { MODEL_ASK } from '../../src/run/window-requests.ts';

const REQUEST = { system: 'You plan.', user: 'a shop', schema: {}, schemaName: 'plan', maxTokens: 100 };

function connected(): {
  readonly relay: MessageConnection;
  readonly window: MessageConnection;
  readonly end: () => void;
} {
  const [there, back] = [new PassThrough(), new PassThrough()];
  const relay = createMessageConnection(new StreamMessageReader(back), new StreamMessageWriter(there));
  const window = createMessageConnection(new StreamMessageReader(there), new StreamMessageWriter(back));
  relay.listen();
  window.listen();
  const end = (): void => {
    relay.dispose();
    window.dispose();
  };
  return { relay, window, end };
}

describe('a model of the editor', () => {
  it('answers through the window', async () => {
    const { relay, window, end } = connected();
    window.onRequest(MODEL_ASK, () => ({ text: '{"a":1}', inputTokens: 3, outputTokens: 2 }));
    const answer = await editorModel(relay, 'm').complete(REQUEST, { signal: new AbortController().signal });
    assert.ok(answer.ok);
    assert.deepEqual([answer.value.json, answer.value.usage], [{ a: 1 }, { inputTokens: 3, outputTokens: 2 }]);
    end();
  });

  it('is told that nobody waits for it any more', async () => {
    const { relay, window, end } = connected();
    const seen = new EventEmitter();
    window.onRequest(MODEL_ASK, async (_question: unknown, token: CancellationToken) => {
      token.onCancellationRequested(() => seen.emit('cancelled'));
      seen.emit('asked');
      return new Promise(() => undefined); // a model that takes its time
    });
    const stop = new AbortController();
    const [asked, cancelled] = [once(seen, 'asked'), once(seen, 'cancelled')];
    const answer = editorModel(relay, 'm').complete(REQUEST, { signal: stop.signal });
    await asked;
    stop.abort();
    await cancelled;
    const given = await answer;
    assert.ok(!given.ok && given.failure.kind === 'cancelled');
    end();
  });
});
