import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSocketServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { approval } from '../../src/tasks/approval.ts';
import { http } from '../../src/tasks/http.ts';
import { bodyOf, notify } from '../../src/tasks/notify.ts';
import { shell } from '../../src/tasks/shell.ts';
import { wait } from '../../src/tasks/wait.ts';
import { workflow } from '../../src/tasks/workflow.ts';
import { perform, workbench } from './context.ts';

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

describe('glue task types', () => {
  const servers: Server[] = [];
  afterEach(() => servers.splice(0).forEach((server) => (server.closeAllConnections(), server.close())));

  async function serve(handler: Handler): Promise<string> {
    const server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.on('end', () => handler(request, response, body));
    });
    servers.push(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  describe('http', () => {
    it('gives status, headers, body and JSON, and keeps cookies out', async () => {
      const url = await serve((_, response) =>
        response
          .writeHead(200, { 'content-type': 'application/json', 'set-cookie': 's=1', 'x-a': 'b' })
          .end('{"status":"ok","n":[1]}'),
      );
      const result = await perform(
        http,
        { url, expect: { json: { status: 'ok', 'n.0': 1 }, header: { 'X-A': 'b' }, body: '/"n":\\[\\d\\]/' } },
        await workbench(),
      );
      assert.ok(result.ok);
      assert.equal(result.value.status, 200);
      assert.deepEqual(result.value.json, { status: 'ok', n: [1] });
      assert.equal((result.value.headers as Record<string, string>)['x-a'], 'b');
      assert.ok(!('set-cookie' in (result.value.headers as object)));
    });

    it('asks again until the expectation holds', async () => {
      let asked = 0;
      const url = await serve((_, response) => response.writeHead(++asked < 3 ? 503 : 200).end('x'));
      const context = await workbench();
      const result = await perform(http, { url, for: '10s', interval: '10ms' }, context);
      assert.ok(result.ok);
      assert.equal(asked, 3);
      assert.ok(context.lines.some((line) => line.includes('status 503 instead of 2xx')));
    });

    it('says what was not as expected, with the body in the details', async () => {
      const url = await serve((_, response) => response.writeHead(500).end('database is down'));
      const result = await perform(http, { url }, await workbench());
      assert.ok(!result.ok);
      assert.match(result.failure.message, /status 500 instead of 2xx/);
      assert.match(result.failure.detail ?? '', /database is down/);
    });

    it('sends JSON with a token, and shows neither the token nor the query in its log', async () => {
      let seen: IncomingMessage | undefined;
      let received = '';
      const url = await serve((request, response, body) => {
        seen = request;
        received = body;
        response.writeHead(201).end('{}');
      });
      const context = await workbench();
      const result = await perform(
        http,
        { url: `${url}/x?key=hidden`, json: { a: 'ü' }, bearer: 't0ken', expect: { status: [200, 201] } },
        context,
      );
      assert.ok(result.ok);
      assert.equal(seen?.method, 'POST');
      assert.equal(seen.headers.authorization, 'Bearer t0ken');
      assert.equal(received, '{"a":"ü"}');
      assert.doesNotMatch(context.lines.join('\n'), /t0ken|hidden/);
    });

    it('does not carry credentials over a redirect to another origin', async () => {
      let authorization: string | undefined = 'unset';
      const other = await serve((request, response) => {
        authorization = request.headers.authorization;
        response.end('there');
      });
      const url = await serve((_, response) => response.writeHead(302, { location: `${other}/next` }).end());
      const result = await perform(http, { url, bearer: 't' }, await workbench());
      assert.ok(result.ok);
      assert.equal(result.value.body, 'there');
      assert.equal(result.value.url, `${other}/next`);
      assert.equal(authorization, undefined);
    });

    it('keeps no more than 64 KiB of a large body', async () => {
      const url = await serve((_, response) => response.end('a'.repeat(3_000_000)));
      const result = await perform(http, { url }, await workbench());
      assert.ok(result.ok);
      assert.equal((result.value.body as string).length, 65_536);
    });

    it('tells a server that is not there from one that hangs', async () => {
      const gone = await perform(http, { url: 'http://127.0.0.1:1/' }, await workbench());
      assert.ok(!gone.ok && gone.failure.kind === 'unreachable');
      assert.match(gone.failure.message, /nothing listens there/);
      const url = await serve(() => undefined);
      const slow = await perform(http, { url, request_timeout: '50ms' }, await workbench());
      assert.ok(!slow.ok && slow.failure.kind === 'timeout');
    });

    it('ends at once when it is cancelled', async () => {
      const context = await workbench();
      const url = await serve(() => context.cancel());
      const result = await perform(http, { url, for: '1h' }, context);
      assert.ok(!result.ok && result.failure.kind === 'cancelled');
    });
  });

  describe('wait', () => {
    it('waits for a port that opens later', async () => {
      const probe = createSocketServer();
      await once(probe.listen(0, '127.0.0.1'), 'listening');
      const { port } = probe.address() as AddressInfo;
      await new Promise((closed) => probe.close(closed));
      const server = createSocketServer((socket) => socket.end());
      const context = await workbench();
      const waiting = perform(
        wait,
        { port: `127.0.0.1:${port}`, interval: '20ms', for: '20s' },
        { ...context, log: (line) => (context.log(line), server.listen(port, '127.0.0.1')) },
      );
      const result = await waiting;
      server.close();
      assert.ok(result.ok);
      assert.match(context.lines[0] ?? '', /nothing listens there/);
    });

    it('waits for a file, and for it to go', async () => {
      const context = await workbench();
      await writeFile(join(context.root, 'ready'), '');
      assert.ok((await perform(wait, { file: 'ready' }, context)).ok);
      const there = await perform(wait, { file: 'ready', gone: true, for: '30ms', interval: '20ms' }, context);
      assert.ok(!there.ok && there.failure.kind === 'timeout');
      assert.match(there.failure.message, /ready is still there/);
    });

    it('waits until a command succeeds', async () => {
      const context = await workbench();
      const result = await perform(
        wait,
        { run: 'n=$(cat n 2>/dev/null || echo 0); echo $((n+1)) > n; test "$n" -ge 2', interval: '20ms' },
        context,
      );
      assert.ok(result.ok);
    });

    it('gives up in time and says what it waited for', async () => {
      const result = await perform(
        wait,
        { command: ['ls', '/does-not-exist'], for: '60ms', interval: '20ms' },
        await workbench(),
      );
      assert.ok(!result.ok && result.failure.kind === 'timeout');
      assert.match(result.failure.message, /does-not-exist/);
    });

    it('refuses two conditions at once', () => assert.ok(!wait.parameters.safeParse({ port: 1, file: 'x' }).success));

    it('just waits', async () => {
      const result = await perform(wait, { time: '60ms' }, await workbench());
      assert.ok(result.ok && (result.value.waitedMs as number) >= 59);
    });
  });

  describe('notify', () => {
    const about = { workflow: 'shop', task: 'tell', runId: 'run-1' };
    const body = (format: string): string =>
      JSON.stringify(
        bodyOf(
          notify.parameters.parse({
            url: 'https://x.test',
            format,
            title: 'Shop',
            text: 'live',
            fields: { region: 'eu' },
          }),
          about,
        ),
      );

    it('posts plain JSON and reports the receiver’s status', async () => {
      let received: unknown;
      const url = await serve((_, response, text) => {
        received = JSON.parse(text);
        response.writeHead(204).end();
      });
      const result = await perform(
        notify,
        { url: `${url}/secret-part`, text: 'live', level: 'success' },
        await workbench(),
      );
      assert.ok(result.ok && result.value.status === 204);
      assert.deepEqual(received, {
        title: 'shop',
        text: 'live',
        level: 'success',
        workflow: 'shop',
        task: 'under_test',
        runId: 'run-1',
        fields: {},
      });
    });

    it('speaks to Slack, Mattermost and Teams in their own formats', () => {
      assert.match(body('slack'), /"mrkdwn","text":"\*Shop\*\\nlive"/);
      assert.match(
        body('mattermost'),
        /"title":"Shop","text":"live","fields":\[\{"short":true,"title":"region","value":"eu"\}\]/,
      );
      assert.match(body('teams'), /application\/vnd\.microsoft\.card\.adaptive.*FactSet/);
    });

    it('fails clearly, and never shows the address', async () => {
      const url = await serve((_, response) => response.writeHead(404).end('no such hook'));
      const context = await workbench();
      const result = await perform(notify, { url: `${url}/secret-part`, for: '0s' }, context);
      assert.ok(!result.ok && result.failure.kind === 'denied');
      assert.match(result.failure.message, /refused the message: status 404/);
      const away = await perform(notify, { url: 'http://127.0.0.1:1/secret-part', for: '0s' }, context);
      assert.ok(!away.ok);
      assert.doesNotMatch(JSON.stringify([result, away, context.lines]), /secret-part/);
    });
  });

  describe('approval', () => {
    it('goes on with a yes and keeps who said it', async () => {
      const context = await workbench({
        approve: ({ message }) => Promise.resolve({ approved: message === 'Go?', by: 'ada', comment: 'fine' }),
      });
      assert.deepEqual(await perform(approval, { message: 'Go?' }, context), {
        ok: true,
        value: { approved: true, by: 'ada', comment: 'fine' },
      });
    });

    it('fails for good with a no', async () => {
      const context = await workbench({
        approve: () => Promise.resolve({ approved: false, by: 'ada', comment: 'too late today' }),
      });
      const result = await perform(approval, {}, context);
      assert.ok(!result.ok && result.failure.retriable === false);
      assert.match(result.failure.message, /ada said no: too late today/);
    });
  });

  describe('workflow', () => {
    it('succeeds and fails with the other run', async () => {
      const ended = (status: string) =>
        workbench({
          runWorkflow: ({ file }) =>
            Promise.resolve({
              ok: true,
              value: { runId: `r-${file}`, status, outputs: { migrate: { version: '7' }, tidy: {} } },
            }),
        });
      assert.deepEqual(await perform(workflow, { file: 'db.code.yaml' }, await ended('succeeded')), {
        ok: true,
        value: { runId: 'r-db.code.yaml', status: 'succeeded', tasks: { migrate: { version: '7' } } },
      });
      const failed = await perform(workflow, { file: 'db.code.yaml' }, await ended('failed'));
      assert.ok(!failed.ok);
      assert.match(failed.failure.next ?? '', /runs show r-db.code.yaml/);
    });
  });

  describe('shell', () => {
    it('runs a program without a shell, so that nothing is interpreted', async () => {
      const result = await perform(shell, { command: ['printf', '%s', '$HOME *'] }, await workbench());
      assert.deepEqual(result, { ok: true, value: { stdout: '$HOME *' } });
    });

    it('hands text to standard input', async () => {
      const result = await perform(shell, { run: 'tr a-z A-Z', stdin: 'abc\n' }, await workbench());
      assert.deepEqual(result, { ok: true, value: { stdout: 'ABC' } });
    });

    it('takes exactly one of run, command and script', () => {
      assert.ok(!shell.parameters.safeParse({}).success);
      assert.ok(!shell.parameters.safeParse({ run: 'a', script: 'b' }).success);
    });
  });
});
