/** A stand-in for a model's server: it speaks the published API and keeps every byte that it was sent. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

export type Handler = (request: IncomingMessage, body: string, response: ServerResponse) => void;

/** A peer on this machine that speaks the published API and keeps every byte that it was sent. */
export class Peer {
  readonly received: string[] = [];
  readonly #server: Server;
  handler: Handler = (_request, _body, response) => void response.writeHead(500).end();

  constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString('utf8');
        this.received.push(body);
        this.handler(request, body, response);
      });
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A peer and an empty folder for each test of the suite that calls this. */
export function peerBench(name: string): { readonly peer: Peer; readonly base: string; readonly root: string } {
  const bench = { peer: new Peer(), base: '', root: '' };
  beforeEach(async () => {
    bench.peer = new Peer();
    bench.base = await bench.peer.listen();
    bench.root = mkdtempSync(path.join(tmpdir(), `${name}-`));
  });
  afterEach(async () => {
    await bench.peer.close();
    rmSync(bench.root, { recursive: true, force: true });
  });
  return bench;
}

export const selection = (more: object = {}): object => ({
  rationale: 'A cache was asked for.',
  target: 'kubernetes',
  questions: [],
  namespace: 'shop',
  components: [
    { id: 'redis', name: 'cache', image: '', replicas: 1, port: 0, storage: '2Gi', host: '', expose: 'internal' },
  ],
  ...more,
});

const sse = (response: ServerResponse, events: readonly [string, object][]): void => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const [name, data] of events) response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  response.end();
};

/** A whole answer of the Messages API as a stream. */
export function claudeAnswer(response: ServerResponse, text: string, stop = 'end_turn'): void {
  const half = Math.floor(text.length / 2);
  sse(response, [
    [
      'message_start',
      {
        type: 'message_start',
        message: {
          id: 'msg_1',
          type: 'message',
          role: 'assistant',
          model: 'claude-sonnet-5-5',
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: { input_tokens: 900, output_tokens: 1, cache_creation_input_tokens: 0, cache_read_input_tokens: 800 },
        },
      },
    ],
    ['content_block_start', { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }],
    [
      'content_block_delta',
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: text.slice(0, half) } },
    ],
    [
      'content_block_delta',
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: text.slice(half) } },
    ],
    ['content_block_stop', { type: 'content_block_stop', index: 0 }],
    [
      'message_delta',
      { type: 'message_delta', delta: { stop_reason: stop, stop_sequence: null }, usage: { output_tokens: 120 } },
    ],
    ['message_stop', { type: 'message_stop' }],
  ]);
}

export function ollamaAnswer(response: ServerResponse, text: string, reason = 'stop'): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  response.write(`${JSON.stringify({ message: { role: 'assistant', content: text.slice(0, 20) }, done: false })}\n`);
  response.write(`${JSON.stringify({ message: { role: 'assistant', content: text.slice(20) }, done: false })}\n`);
  response.end(
    `${JSON.stringify({ message: { role: 'assistant', content: '' }, done: true, done_reason: reason, prompt_eval_count: 700, eval_count: 80 })}\n`,
  );
}

export function openaiAnswer(response: ServerResponse, text: string, finish = 'stop'): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(
    `data: ${JSON.stringify({ choices: [{ delta: { content: text.slice(0, 30) }, finish_reason: null }] })}\n\n`,
  );
  response.write(
    `data: ${JSON.stringify({ choices: [{ delta: { content: text.slice(30) }, finish_reason: finish }] })}\n\n`,
  );
  response.write(`data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 600, completion_tokens: 70 } })}\n\n`);
  response.end('data: [DONE]\n\n');
}
