/**
 * A peer of Loki's HTTP API (push, query, query_range) as published for versions 2.9 to 3; of LogQL it knows selectors by equality,
 * `|=`, and `count_over_time`. The real other side of a push is in test/system/loki.test.ts.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogPiece } from '../../src/core/task-type.ts';
import { loki } from '../../src/tasks/loki.ts';
import { perform, workbench } from './context.ts';

interface Entry {
  readonly stream: Record<string, string>;
  readonly time: bigint;
  readonly line: string;
  readonly metadata: unknown;
}

describe('loki, with a peer of Loki’s HTTP API', () => {
  let server: Server;
  let url = '';
  let entries: Entry[] = [];
  let metadata = true;
  let tenants: (string | undefined)[] = [];

  before(async () => {
    server = createServer((request, response) => {
      void answer(request).then(({ status, body }) => response.writeHead(status).end(body));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  beforeEach(() => {
    entries = [];
    metadata = true;
    tenants = [];
  });

  async function answer(request: IncomingMessage): Promise<{ status: number; body: string }> {
    const address = new URL(request.url ?? '/', url);
    tenants.push(request.headers['x-scope-orgid'] as string | undefined);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (address.pathname === '/loki/api/v1/push') return push(Buffer.concat(chunks).toString('utf8'));
    const query = address.searchParams.get('query') ?? '';
    const counted = /^count_over_time\((.*)\[\w+\]\)$/.exec(query);
    const selected = select(counted?.[1] ?? query);
    if (selected === undefined)
      return { status: 400, body: `parse error at line 1, col 1: syntax error: unexpected ${query}` };
    if (address.pathname === '/loki/api/v1/query_range') {
      const streams = new Map<string, { stream: object; values: string[][] }>();
      for (const one of selected.toReversed()) {
        const key = JSON.stringify(one.stream);
        const stream = streams.get(key) ?? { stream: one.stream, values: [] };
        streams.set(key, stream);
        stream.values.push([String(one.time), one.line]);
      }
      const result = [...streams.values()];
      return { status: 200, body: JSON.stringify({ status: 'success', data: { resultType: 'streams', result } }) };
    }
    if (counted === null) return { status: 400, body: 'log queries are not supported as an instant query type' };
    const result = selected.length === 0 ? [] : [{ metric: {}, value: [1, String(selected.length)] }];
    return { status: 200, body: JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }) };
  }

  function push(text: string): { status: number; body: string } {
    const { streams } = JSON.parse(text) as {
      streams: { stream: Record<string, string>; values: [string, string, unknown?][] }[];
    };
    for (const { stream, values } of streams) {
      for (const [time, line, more] of values) {
        if (more !== undefined && !metadata)
          return { status: 400, body: 'stream ... includes structured metadata, but this feature is disallowed' };
        const entry = { stream, time: BigInt(time), line, metadata: more };
        const twin = entries.some(
          (one) =>
            one.time === entry.time && one.line === line && JSON.stringify(one.stream) === JSON.stringify(stream),
        );
        if (!twin) entries.push(entry);
      }
    }
    return { status: 204, body: '' };
  }

  function select(query: string): Entry[] | undefined {
    const parts = /^\{([^}]*)\}((?:\s*\|=\s*"[^"]*")*)\s*$/.exec(query);
    if (parts === null) return undefined;
    const labels = [...(parts[1] ?? '').matchAll(/(\w+)="([^"]*)"/g)];
    const words = [...(parts[2] ?? '').matchAll(/"([^"]*)"/g)].map((one) => one[1] ?? '');
    return entries.filter(
      (one) =>
        labels.every(([, name = '', value]) => one.stream[name] === value) &&
        words.every((word) => one.line.includes(word)),
    );
  }

  const printed = (...texts: string[]): LogPiece[] =>
    texts.map((text, index) => ({
      task: 'build',
      attempt: 1,
      stream: 'stdout',
      timeMs: 1_700_000_000_000 + index,
      text,
    }));

  it('pushes what the run printed, and the same again is the same', async () => {
    const context = await workbench({ printed: printed('a\nb', 'c\nb\n', 'tail') });
    const result = await perform(loki, { url }, context);
    assert.ok(result.ok && result.value.pushed === 4, JSON.stringify(result));
    assert.deepEqual(
      entries.map((one) => one.line),
      ['a', 'bc', 'b', 'tail'],
    );
    assert.deepEqual(entries[0]?.stream, { job: 'code-engine', workflow: 'shop', task: 'build', stream: 'stdout' });
    assert.deepEqual(entries[0].metadata, { run: 'run-1' });
    assert.ok((await perform(loki, { url }, context)).ok);
    assert.equal(entries.length, 4);
  });

  it('names the run in a label where the server keeps no metadata beside lines', async () => {
    metadata = false;
    const result = await perform(loki, { url }, await workbench({ printed: printed('a\n') }));
    assert.ok(result.ok, JSON.stringify(result));
    assert.equal(entries[0]?.stream.run, 'run-1');
  });

  it('pushes many lines in several requests, and cuts those that are too long', async () => {
    const text = `${'x'.repeat(300_000)}\n${'line\n'.repeat(5000)}`;
    const result = await perform(loki, { url, tenant: 'shop' }, await workbench({ printed: printed(text) }));
    assert.ok(result.ok && result.value.pushed === 5001);
    assert.equal(entries[0]?.line.length, 262_144);
    assert.ok(tenants.length >= 3 && tenants.every((one) => one === 'shop'));
  });

  it('lets a run pass when nothing matches, and stops it with the line that does', async () => {
    const context = await workbench({ printed: printed('all well\n', 'panic: out of cheese\n') });
    const push = { url, push: true };
    const quiet = await perform(loki, { ...push, query: '{task="build"} |= "segfault"' }, context);
    assert.ok(quiet.ok && quiet.value.count === 0, JSON.stringify(quiet));
    const stopped = await perform(loki, { ...push, query: '{task="build"} |= "panic"' }, context);
    assert.ok(!stopped.ok && stopped.failure.kind === 'tool');
    assert.match(stopped.failure.message, /has 1 line, not none; the latest: panic: out of cheese/);
    const wanted = await perform(loki, { url, query: '{task="build"}', expect: '== 2' }, context);
    assert.ok(wanted.ok && wanted.value.count === 2);
  });

  it('judges figures as they are', async () => {
    const context = await workbench({ printed: printed('a\nb\nc\n') });
    const query = 'count_over_time({task="build"}[5m])';
    assert.ok((await perform(loki, { url, push: true, query, expect: '>= 3' }, context)).ok);
    const few = await perform(loki, { url, query, expect: '> 3' }, context);
    assert.ok(!few.ok);
    assert.match(few.failure.message, /3 is not > 3/);
  });

  it('waits for lines to come', async () => {
    const context = await workbench();
    const waiting = perform(
      loki,
      { url, query: '{task="late"}', expect: 'some', within: '30s', interval: '100ms' },
      context,
    );
    entries.push({ stream: { task: 'late' }, time: 1n, line: 'here', metadata: undefined });
    assert.ok((await waiting).ok);
  });

  it('pushes files of the workspace', async () => {
    const context = await workbench();
    await writeFile(join(context.root, 'app.log'), 'one\ntwo\n');
    const result = await perform(loki, { url, push: false, files: ['app.log'] }, context);
    assert.ok(result.ok && result.value.pushed === 2);
    assert.deepEqual(
      entries.map((one) => [one.stream.filename, one.line]),
      [
        ['app.log', 'one'],
        ['app.log', 'two'],
      ],
    );
  });

  it('says a wrong query in the server’s own words, and that nothing listens', async () => {
    const wrong = await perform(loki, { url, query: '{app=' }, await workbench());
    assert.ok(!wrong.ok && wrong.failure.kind === 'invalid');
    assert.match(wrong.failure.message, /parse error at line 1/);
    const away = await perform(loki, { url: 'http://127.0.0.1:1' }, await workbench({ printed: printed('a\n') }));
    assert.ok(!away.ok && away.failure.kind === 'unreachable');
  });
});
