/**
 * Loki is under the AGPL and is not built for these tests. VictoriaLogs, which takes logs by Loki's push API, is the real other side here;
 * LogQL is asked of a peer (test/tasks/loki.test.ts), or of a Loki of one's own: CODE_TEST_LOKI=http://localhost:3100.
 */
import assert from 'node:assert/strict';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogPiece } from '../../src/core/task-type.ts';
import { loki } from '../../src/tasks/loki.ts';
import { perform, workbench } from '../tasks/context.ts';
import { freePort, startServer, type Server } from './server.ts';
import { need, toolAt } from './tools.ts';

const piece = (task: string, text: string, stream: LogPiece['stream'] = 'stdout'): LogPiece => ({
  task,
  attempt: 1,
  stream,
  timeMs: Date.now(),
  text,
});

describe('loki, pushing to a real VictoriaLogs', function () {
  this.timeout(300_000);
  let server: Server | undefined;
  let url = '';
  before(async function () {
    need(this, 'victoria-logs');
    const address = `127.0.0.1:${await freePort()}`;
    const folder = await mkdtemp(join(tmpdir(), 'code-logs-'));
    server = await startServer({
      program: toolAt('victoria-logs') ?? '',
      args: [`-httpListenAddr=${address}`, `-storageDataPath=${folder}`],
      url: `http://${address}`,
      ready: '/health',
    });
    url = `${server.url}/insert`;
  });
  after(() => server?.stop());

  /** What is stored, once it can be found: new lines take a moment. */
  async function stored(query: string, count: number): Promise<Record<string, string>[]> {
    for (let looks = 0; ; looks++) {
      const answer = await fetch(
        `${server?.url ?? ''}/select/logsql/query?limit=100&query=${encodeURIComponent(query)}`,
      );
      const lines = (await answer.text()).split('\n').filter((line) => line !== '');
      if (lines.length >= count || looks > 200) return lines.map((line) => JSON.parse(line) as Record<string, string>);
      await new Promise((again) => setTimeout(again, 50));
    }
  }

  it('keeps each line of the run once, in order, with its task, stream and run', async () => {
    const printed = [
      piece('build', 'compiling\nlin'),
      piece('test', 'ok\nok\n'),
      piece('build', 'king\ndone'),
      piece('build', 'a warning\n', 'stderr'),
    ];
    const context = await workbench({ printed });
    const result = await perform(loki, { url, labels: { team: 'shop' } }, context);
    assert.ok(result.ok, JSON.stringify(result));
    assert.equal(result.value.pushed, 6);
    const lines = await stored('{job="code-engine"} | sort by (_time)', 6);
    assert.deepEqual(
      lines.filter((one) => one.task === 'build' && one.stream === 'stdout').map((one) => one._msg),
      ['compiling', 'linking', 'done'],
    );
    assert.equal(lines.filter((one) => one.task === 'test').length, 2, 'two equal lines of one moment are two lines');
    assert.ok(lines.every((one) => one.workflow === 'shop' && one.team === 'shop' && one.run === 'run-1'));
  });

  it('pushes the files that are named, and says how a server refuses', async () => {
    const context = await workbench({ printed: [piece('a', 'one\n')] });
    const denied = await perform(loki, { url: `${url}/nowhere` }, context);
    assert.ok(!denied.ok, JSON.stringify(denied));
    assert.match(
      denied.failure.message,
      /^The lines were not taken: http:\/\/127\.0\.0\.1:\d+\/insert\/nowhere answered \d+/,
    );
  });
});

describe('loki with a Loki of one’s own', function () {
  this.timeout(240_000);
  const url = process.env.CODE_TEST_LOKI ?? '';
  before(function () {
    if (url !== '') return;
    console.log('    skipped: CODE_TEST_LOKI names no server (Loki is under the AGPL, the test bed does not build it)');
    this.skip();
  });

  it('finds by LogQL what it has pushed, as a gate', async () => {
    const word = `word-${process.pid}-${Date.now()}`;
    const context = await workbench({ printed: [piece('build', `a ${word}\nb\n`)] });
    const query = `{job="code-engine"} |= "${word}"`;
    const some = { url, push: true, query, expect: '== 1', within: '30s', interval: '500ms' };
    const found = await perform(loki, some, context);
    assert.ok(found.ok && found.value.count === 1, JSON.stringify(found));
    const closed = await perform(loki, { url, query }, context);
    assert.ok(!closed.ok);
    assert.match(closed.failure.message, new RegExp(`has 1 line, not none; the latest: a ${word}`));
  });
});
