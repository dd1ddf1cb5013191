import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Workspace } from '../cli/built.ts';

interface Pushed {
  readonly streams: readonly {
    readonly stream: Record<string, string>;
    readonly values: readonly [string, string, unknown?][];
  }[];
}

describe('what a run has printed, as a task of it reads it', function () {
  this.timeout(60_000);
  let place: Workspace;
  let server: Server;
  let url: string;
  let pushed: { labels: Record<string, string>; line: string; time: bigint }[];
  beforeEach(async () => {
    place = new Workspace();
    pushed = [];
    server = createServer((request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      request.on('end', () => {
        for (const { stream, values } of (JSON.parse(text) as Pushed).streams)
          for (const [time, line] of values) pushed.push({ labels: stream, line, time: BigInt(time) });
        response.writeHead(204).end();
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.close();
    place.close();
  });

  it('is each line of the tasks before it, by stream, without secrets and without what a limit left out', async () => {
    place.file(
      'logged.code.yaml',
      `name: logged
secrets: [TOKEN]
parallel_deployment:
  a:
    - { task: build, type: shell, with: { run: "echo one; echo two >&2; echo token \${{ secrets.TOKEN }}; printf last" } }
    - { task: flood, type: shell, log_limit: 4MiB, with: { run: "seq -w 1 1500000" } }
  b:
    - { task: keep, type: loki, with: { url: "${url}" } }
`,
    );
    const { code, out, err } = await place.start(['run', 'logged.code.yaml'], { TOKEN: 'hush-hush-hush' }).ended;
    assert.equal(code, 0, out + err);
    const of = (task: string, stream: string): string[] =>
      pushed.filter((one) => one.labels.task === task && one.labels.stream === stream).map((one) => one.line);
    assert.deepEqual(of('build', 'stdout'), ['one', 'token ***', 'last']);
    assert.deepEqual(of('build', 'stderr'), ['two']);
    const flood = of('flood', 'stdout');
    assert.ok(flood.includes('0000001') && flood.includes('1500000') && flood.length < 700_000, String(flood.length));
    assert.ok(!flood.some((line) => line.includes('\0')));
    assert.ok(!pushed.some((one) => one.labels.task === 'keep'), 'what it prints itself is left out');
    const now = BigInt(Date.now()) * 1_000_000n;
    assert.ok(pushed.every((one) => one.time > now - 120_000_000_000n && one.time <= now));
  });
});
