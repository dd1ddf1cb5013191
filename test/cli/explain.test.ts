import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TaskExplanation } from '../../src/run/answers.ts';
import { Workspace } from './built.ts';

const BROKEN = `version: 1
name: broken
parallel_deployment:
  stage_1:
    - task: pull
      type: shell
      with: { run: 'echo "Error: Error acquiring the state lock" >&2; printf "token=ghp_%s\\n" 0123456789abcdefghijABCDEFGHIJ012345; exit 1' }
    - task: fine
      type: shell
      with: { run: 'true' }
  stage_2:
    - task: never
      type: shell
      with: { run: 'true' }
`;

describe('runs explain', () => {
  let at: Workspace;

  beforeEach(() => {
    at = new Workspace();
    at.file('broken.code.yaml', BROKEN);
    assert.equal(at.run(['run', 'broken.code.yaml', '--quiet']).code, 1);
  });

  afterEach(() => at.close());

  it('says what failed, why, and what to do; the end of the run says how to ask', () => {
    const shown = at.run(['runs', 'show']);
    assert.match(shown.out, /why: code-engine runs explain \d{8}-/);
    const told = at.run(['runs', 'explain']);
    assert.equal(told.code, 0);
    assert.match(told.out, /^pull: Somebody else holds the state\./m);
    assert.match(told.out, /next: .*Lock Info/);
    assert.match(told.out, /seen: .*Error acquiring the state lock/);
    assert.ok(!told.out.includes('never:'));
  });

  it('is data with --json, of one task where that is named', () => {
    const { out } = at.run(['runs', 'explain', 'last', 'pull', '--json']);
    const { explanations } = JSON.parse(out) as { explanations: TaskExplanation[] };
    assert.deepEqual(
      explanations.map((e) => [e.task, e.source, e.rule]),
      [['pull', 'rule', 'tofu/state-lock']],
    );
  });

  it('refuses a task that is not there, or did not fail', () => {
    const absent = at.run(['runs', 'explain', 'last', 'nope']);
    assert.equal(absent.code, 2);
    assert.match(absent.err, /has no task nope/);
    const fine = at.run(['runs', 'explain', 'last', 'fine']);
    assert.equal(fine.code, 2);
    assert.match(fine.err, /did not fail: it is succeeded/);
  });

  it('shows what a model would be sent, without what looks like a credential', () => {
    const { out } = at.run(['runs', 'explain', '--show-context']);
    assert.match(out, /Error acquiring the state lock/);
    assert.match(out, /Nothing was sent/);
    assert.ok(!out.includes('ghp_0123456789'));
  });
});

describe('runs explain with a model', () => {
  let at: Workspace;
  let server: Server;
  let asked: string[];

  beforeEach(async () => {
    asked = [];
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        if (request.url === '/v1/models') return void response.end('{"data":[]}');
        asked.push(body);
        const answer = JSON.stringify({ what: 'The state is locked.', cause: 'Another run.', next: ['Wait for it.'] });
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.end(
          `data: ${JSON.stringify({ choices: [{ delta: { content: answer }, finish_reason: 'stop' }] })}\n\ndata: [DONE]\n\n`,
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    at = new Workspace();
    at.file('broken.code.yaml', BROKEN);
    at.run(['run', 'broken.code.yaml', '--quiet']);
  });

  afterEach(async () => {
    at.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('asks only when told to, and sends no credential', async () => {
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    const started = at.start(['runs', 'explain', '--provider', 'openai', '--json'], { OPENAI_BASE_URL: base });
    const { code, out } = await started.ended;
    assert.equal(code, 0, started.err);
    const [one] = (JSON.parse(out) as { explanations: TaskExplanation[] }).explanations;
    assert.deepEqual(
      [one?.source, one?.what, one?.also[0]?.rule],
      ['model', 'The state is locked.', 'tofu/state-lock'],
    );
    assert.equal(asked.length, 1);
    assert.ok(!asked[0]?.includes('ghp_0123456789'));
    assert.match(asked[0] ?? '', /\*\*\*/);
  });
});
