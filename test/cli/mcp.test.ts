import assert from 'node:assert/strict';
import { existsSync, readdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ElicitRequestSchema, type CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { EXAMPLE } from '../../src/cli/mcp/guide.ts';
import { engine, Workspace } from './built.ts';

const HELLO = `version: 1
name: hello
parallel_deployment:
  stage_1:
    - task: greet
      type: shell
      with: { run: 'echo hello > greeted.txt; printf "key ghp_%s\\n" 0123456789abcdefghijABCDEFGHIJ012345' }
finally:
  - task: after
    type: shell
    with: { run: 'echo bye > after.txt' }
`;

describe('the Model Context Protocol server, asked by the protocol’s own client', () => {
  let at: Workspace;
  let client: Client;

  beforeEach(() => {
    at = new Workspace();
    at.file('hello.code.yaml', HELLO);
  });

  afterEach(async () => {
    await client.close();
    at.close();
  });

  /** @param answer of the person that the client asks; nothing for a client that cannot ask */
  const connect = async (answer?: 'accept' | 'decline'): Promise<string[]> => {
    const asked: string[] = [];
    client = new Client(
      { name: 'test-client', version: '1' },
      { capabilities: answer === undefined ? {} : { elicitation: {} } },
    );
    if (answer !== undefined)
      client.setRequestHandler(ElicitRequestSchema, (request) => {
        asked.push(request.params.message);
        return answer === 'accept'
          ? { action: 'accept' as const, content: { accept: true } }
          : { action: 'decline' as const };
      });
    const env = Object.fromEntries(
      Object.entries(at.environment()).filter((e): e is [string, string] => e[1] !== undefined),
    );
    await client.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: [engine, 'mcp'],
        cwd: at.folder,
        env,
        stderr: 'inherit',
      }),
    );
    return asked;
  };
  const call = async (name: string, args: Record<string, unknown> = {}): Promise<CallToolResult> =>
    (await client.callTool({ name, arguments: args })) as CallToolResult;
  const data = async <T>(name: string, args: Record<string, unknown> = {}): Promise<T> => {
    const answer = await call(name, args);
    assert.notEqual(answer.isError, true, textOf(answer));
    return answer.structuredContent as T;
  };
  const textOf = (answer: CallToolResult): string =>
    answer.content.map((c) => (c.type === 'text' ? c.text : '')).join('\n');

  it('names its tools, says which only read, and marks those that need a person', async () => {
    await connect();
    const { tools } = await client.listTools();
    const names = tools.map((t) => t.name).sort();
    assert.deepEqual(names, [
      'apply',
      'explain',
      'plan',
      'preview',
      'run',
      'runs_list',
      'runs_logs',
      'runs_show',
      'types',
      'validate',
    ]);
    for (const tool of tools) {
      const acts = tool.name === 'run' || tool.name === 'apply';
      const { readOnlyHint, destructiveHint } = tool.annotations ?? {};
      assert.deepEqual([readOnlyHint, destructiveHint], [!acts, acts], tool.name);
      assert.equal(tool._meta?.['anthropic/requiresUserInteraction'], acts ? true : undefined, tool.name);
      assert.equal(tool.inputSchema.type, 'object');
    }
    assert.equal(client.getServerVersion()?.name, 'code-engine');
  });

  it('checks a file or a text, and says where it is wrong', async () => {
    await connect();
    assert.equal((await data<{ valid: boolean }>('validate', { file: 'hello.code.yaml' })).valid, true);
    const wrong = await data<{ valid: boolean; diagnostics: { code: string }[] }>('validate', {
      text: HELLO.replace('shell', 'shel'),
    });
    assert.ok(!wrong.valid && wrong.diagnostics.some((d) => d.code === 'CODE012'));
    assert.equal((await call('validate')).isError, true);
    assert.equal((await data<{ valid: boolean }>('validate', { text: EXAMPLE })).valid, true);
  });

  it('plans without writing, and asks back where it must', async () => {
    await connect();
    const plan = await data<{ files: { path: string; text: string }[]; digest: string; executed: boolean }>('plan', {
      description: 'redis on kubernetes in namespace shop',
    });
    assert.ok(plan.files.some((f) => f.text.includes('redis')) && plan.digest.length === 64 && !plan.executed);
    const vague = await data<{ needsClarification: string[]; files: object[] }>('plan', {
      description: 'make it better',
    });
    assert.ok(vague.needsClarification.length > 0 && vague.files.length === 0);
    assert.deepEqual(readdirSync(at.folder).sort(), ['.code', 'hello.code.yaml']);
  });

  it('a run that a model asks for waits for a person, and a no means that nothing ran, finally neither', async () => {
    await connect();
    const asked = await data<{ runId: string; tell: string }>('run', { file: 'hello.code.yaml' });
    assert.match(asked.tell, /runs approve/);
    const shown = await waiting(asked.runId);
    assert.match(shown, /test-client asks to run hello/);
    const agent = at.run(['runs', 'approve', asked.runId, 'approval_by_a_person'], { CLAUDECODE: '1' });
    assert.equal(agent.code, 1);
    assert.match(agent.err, /Approving is for a person/);
    assert.equal(at.run(['runs', 'approve', asked.runId, 'approval_by_a_person', '--refuse']).code, 0);
    assert.equal(at.run(['runs', 'watch', asked.runId, '--quiet']).code, 1);
    assert.ok(!existsSync(at.path('greeted.txt')) && !existsSync(at.path('after.txt')));
  });

  it('runs once a person has approved, and then its logs are read without what looks like a credential', async () => {
    await connect();
    const { runId } = await data<{ runId: string }>('run', { file: 'hello.code.yaml' });
    await waiting(runId);
    assert.equal(at.run(['runs', 'approve', runId, 'approval_by_a_person']).code, 0);
    assert.equal(at.run(['runs', 'watch', runId, '--quiet']).code, 0);
    assert.ok(existsSync(at.path('greeted.txt')) && existsSync(at.path('after.txt')));
    const log = await data<{ stdout: string }>('runs_logs', { run: runId, task: 'greet' });
    assert.match(log.stdout, /^key \*\*\*$/m);
    const list = await data<{ runs: { runId: string; status: string }[] }>('runs_list');
    assert.deepEqual(
      list.runs.map((r) => [r.runId, r.status]),
      [[runId, 'succeeded']],
    );
  });

  it('explains a failed run', async () => {
    await connect();
    at.file('bad.code.yaml', HELLO.replace('echo hello', 'echo "Saved plan is stale" >&2; exit 1; echo hello'));
    at.run(['run', 'bad.code.yaml', '--quiet']);
    const { explanations } = await data<{ explanations: { task: string; source: string }[] }>('explain');
    assert.deepEqual(
      explanations.map((e) => e.task),
      ['greet'],
    );
  });

  it('writes a plan only when a person accepted it, and only the plan that was shown', async () => {
    const asked = await connect('accept');
    const description = 'redis on kubernetes in namespace shop';
    const { digest } = await data<{ digest: string }>('plan', { description });
    const other = await call('apply', { description: `${description} with 2 replicas`, digest });
    assert.ok(other.isError === true && /another one than was shown/.test(textOf(other)));
    assert.deepEqual(asked, []);
    const applied = await call('apply', { description, digest });
    assert.match(asked.join(), /deploy\.code\.yaml/);
    assert.ok(existsSync(at.path('deploy.code.yaml')));
    // The run needs a cluster's tools only where they are; either it waits for a person, or it says what is missing.
    if (applied.isError !== true) assert.match(textOf(applied), /waiting for a person/);
  });

  it('writes nothing where the person says no, or the client cannot ask', async () => {
    const description = 'redis on kubernetes in namespace shop';
    await connect('decline');
    const { digest } = await data<{ digest: string }>('plan', { description });
    const refused = await call('apply', { description, digest });
    assert.ok(refused.isError === true && /did not accept/.test(textOf(refused)));
    await client.close();
    await connect();
    const mute = await call('apply', { description, digest });
    assert.ok(mute.isError === true && /cannot ask a person/.test(textOf(mute)));
    assert.ok(!existsSync(at.path('deploy.code.yaml')) && !existsSync(at.path('k8s')));
  });

  it('reads no file outside of the workspace, through no link either', async () => {
    await connect();
    symlinkSync('/etc/hostname', at.path('out.code.yaml'));
    for (const file of ['/etc/passwd', '../x.code.yaml', 'out.code.yaml', 'absent.code.yaml']) {
      const answer = await call('preview', { file });
      assert.equal(answer.isError, true, file);
    }
  });

  it('offers the task types and the language to read', async () => {
    await connect();
    const { resources } = await client.listResources();
    assert.ok(
      resources.some((r) => r.uri === 'code-engine://types/helm') &&
        resources.some((r) => r.uri === 'code-engine://docs/workflow'),
    );
    const helm = await client.readResource({ uri: 'code-engine://types/helm' });
    assert.match(JSON.stringify(helm.contents), /\\"chart\\"/);
    const guide = await client.readResource({ uri: 'code-engine://docs/workflow' });
    assert.match(JSON.stringify(guide.contents), /parallel_deployment/);
  });

  /** Waits until the run stands at its question. @returns the question */
  async function waiting(runId: string): Promise<string> {
    for (;;) {
      const shown = await data<{ status: string; tasks: { status: string; waiting?: unknown }[] }>('runs_show', {
        run: runId,
      });
      const gate = shown.tasks.find((t) => t.status === 'awaiting_approval');
      if (gate !== undefined) return JSON.stringify(gate);
      assert.equal(shown.status, 'running');
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  it('keeps what it was asked for when its folder has a name with blanks', async () => {
    at.file(path.join('a b', 'c d.code.yaml'), HELLO);
    await connect();
    assert.equal((await data<{ valid: boolean }>('validate', { file: 'a b/c d.code.yaml' })).valid, true);
  });
});
