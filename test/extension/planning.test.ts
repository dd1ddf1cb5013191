/** Plans, tools, tasks and what else leads to a run, in plain Node with the real engine. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { amended } from '../../src/views/review.ts';
import { lineChanges } from '../../src/extension/review/changes.ts';
import { bench, WORKFLOW } from './bench.ts';

const SENTENCE = 'a web application called acme with postgres on kubernetes';

describe('a plan from a description', function () {
  this.timeout(120_000);
  const on = bench();
  const { start, call, until, page, tree } = on;
  const files = (): string[] => readdirSync(on.folder, { recursive: true, encoding: 'utf8' }).sort();
  const planned = (panel: Awaited<ReturnType<typeof page>>): Promise<Record<string, unknown>> =>
    until(() => panel.sent.findLast((message) => message.type === 'plan'));

  it('is shown with files, assumptions and graph, and nothing is written', async () => {
    start(undefined);
    await call('code.deploy', SENTENCE);
    const panel = await page();
    const { plan } = await planned(panel);
    const { files: listed, assumptions, graph } = plan as Record<string, unknown[]> & { graph: { tasks: unknown[] } };
    assert.ok((listed?.length ?? 0) > 2 && (assumptions?.length ?? 0) > 0 && graph.tasks.length > 0);
    const chosen = panel.sent.filter((message) => message.type === 'planning').map((message) => message['components']);
    assert.deepEqual(chosen[0], []);
    assert.deepEqual(chosen.at(-1), (plan as { components: unknown }).components);
    assert.deepEqual(files(), []);
    panel.say({ type: 'refuse' });
    assert.deepEqual(files(), []);
  });

  it('is written as far as it was ticked', async () => {
    start(undefined);
    await call('code.deploy', SENTENCE);
    const panel = await page();
    await planned(panel);
    panel.say({ type: 'accept', paths: ['deploy.code.yaml'], then: 'open' });
    await until(() => (existsSync(join(on.folder, 'deploy.code.yaml')) ? true : undefined));
    assert.deepEqual(files(), ['deploy.code.yaml']);
  });

  it('is asked for again with what was changed', async () => {
    start(undefined);
    await call('code.deploy', SENTENCE);
    const panel = await page();
    await planned(panel);
    panel.say({ type: 'ask', description: amended(SENTENCE, ['postgres keeps its data on 50Gi of storage.']) });
    const again = await until(() => panel.sent.filter((message) => message.type === 'plan')[1]);
    assert.match(JSON.stringify(again['description']), /50Gi/);
  });

  it('says why there is none, and takes no message that makes no sense', async () => {
    start(undefined);
    await call('code.deploy', 'deploy it');
    const panel = await page();
    const { plan } = await planned(panel);
    assert.notEqual((plan as { questions: unknown[] }).questions.length, 0);
    panel.say({ type: 'accept', paths: ['../out.yaml'] });
    panel.say({ type: 'accept', paths: ['../out.yaml'], then: 'run' });
    assert.ok(on.fake.log.some((line) => line.includes('makes no sense')));
    assert.deepEqual(files(), []);
  });

  it('shows the context that would be sent, and sends nothing', async () => {
    start(undefined);
    writeFileSync(join(on.folder, 'Dockerfile'), 'FROM node:22\n');
    writeFileSync(join(on.folder, '.env'), 'KEY=value\n');
    await call('code.showContext', 'a web shop');
    const report = on.fake.documents.get('code-report');
    const uri = on.fake.vscode.Uri.from({ scheme: 'code-report', path: '/Context that would be sent.txt' });
    const text = await report?.provideTextDocumentContent(uri);
    assert.match(text ?? '', /Nothing was sent[\s\S]*Dockerfile/);
    assert.doesNotMatch(text ?? '', /KEY=value/);
  });

  it('writes what Claude reads only after the list was accepted', async () => {
    start(undefined);
    writeFileSync(join(on.folder, 'package.json'), '{"name":"acme"}\n');
    await call('code.initContext');
    assert.deepEqual(files(), ['package.json']);
    on.fake.answers.set('Initialize Claude Context', 'accept');
    await call('code.initContext');
    assert.match(readFileSync(join(on.folder, 'CLAUDE.md'), 'utf8'), /acme/);
  });

  it('undoes a run only when its name was typed', async () => {
    start(
      `name: hello\nparallel_deployment:\n  s:\n    - task: a\n      type: shell\n      with: { run: touch made }\n      rollback: { run: rm made }\n`,
    );
    await call('code.runWorkflow');
    await tree((text) => text.includes('hello: succeeded'));
    on.fake.answers.set('are undone', 'helo');
    await call('code.rollBack');
    assert.ok(existsSync(join(on.folder, 'made')));
    on.fake.answers.set('are undone', 'hello');
    await call('code.rollBack');
    await tree((text) => text.includes('rolled back'));
    assert.equal(existsSync(join(on.folder, 'made')), false);
  });

  it('explains a failed task by what is known about it', async () => {
    start(WORKFLOW('no-such-program-here'));
    await call('code.runWorkflow');
    await tree((text) => text.includes('hello: failed'));
    await call('code.explain');
    const shown = await until(() => on.fake.shown.find((text) => text.startsWith('markdown.showPreview')));
    assert.match(shown, /Why check failed/);
  });

  it('shows above each task how it went last', async () => {
    start(WORKFLOW('exit 3'));
    await call('code.runWorkflow');
    await tree((text) => text.includes('hello: failed'));
    const document = await on.fake.vscode.workspace.openTextDocument(on.fake.vscode.Uri.file(on.file()));
    const titles =
      (await on.fake.lensProviders[0]?.provideCodeLenses(document))?.map(({ command }) => command.title) ?? [];
    assert.ok(
      titles.some((title) => /^\$\(pass\) [\d.]+ m?s/.test(title)),
      titles.join('\n'),
    );
    assert.ok(
      titles.some((title) => title.startsWith('$(error) failed')),
      titles.join('\n'),
    );
  });
});

describe('other ways to the engine', function () {
  this.timeout(120_000);
  const on = bench();
  const { start, call, tree } = on;
  const token = { onCancellationRequested: () => ({ dispose: () => undefined }) };
  const ask = async (name: string, input: unknown): Promise<unknown> => {
    const result = await on.fake.tools.get(name)?.invoke({ input }, token);
    return JSON.parse(result?.content[0]?.value ?? 'null');
  };

  it('gives a task of the editor for each workflow', async () => {
    start(WORKFLOW('true'));
    const [task] = (await on.fake.taskProviders[0]?.provideTasks()) ?? [];
    assert.equal(task?.name, 'hello.code.yaml');
    const { args } = task.execution as { args: string[] };
    assert.deepEqual(args.slice(1), ['run', 'hello.code.yaml']);
  });

  it('makes links of the names of tasks in what the command line prints, and of nothing else', async () => {
    start(WORKFLOW('true'));
    await call('code.runWorkflow');
    await tree((text) => text.includes('hello: succeeded'));
    const links = (line: string): string[] =>
      (on.fake.linkProviders[0]?.provideTerminalLinks({ line }) ?? []).map(({ task }) => task);
    assert.deepEqual(links('✓ compile 12 ms'), ['compile']);
    assert.deepEqual(links('  ● deploy started'), ['deploy']);
    assert.deepEqual(links('I will compile it'), []);
    assert.deepEqual(links('✓ unknown_task 12 ms'), []);
  });

  it('lets a model read without asking, and never run without a person', async () => {
    start(WORKFLOW('echo checked'));
    assert.match(JSON.stringify(await ask('code-engine_validate', { file: 'hello.code.yaml' })), /diagnostics/);
    assert.match(JSON.stringify(await ask('code-engine_analyze', { file: 'hello.code.yaml' })), /criticalPath/);
    await assert.rejects(ask('code-engine_validate', { file: '../../../etc/passwd' }), /outside/);
    await assert.rejects(ask('code-engine_preview', {}), /file is missing/);
    for (const [name, tool] of on.fake.tools) {
      const { confirmationMessages } = await tool.prepareInvocation({ input: { file: 'hello.code.yaml' } }, token);
      assert.equal(confirmationMessages !== undefined, name === 'code-engine_run', name);
    }
    const { runId } = (await ask('code-engine_run', { file: 'hello.code.yaml' })) as { runId: string };
    await tree((text) => text.includes('hello: succeeded'));
    assert.match(JSON.stringify(await ask('code-engine_run_details', { runId })), /"task":"check","type":"shell"/);
    assert.match(JSON.stringify(await ask('code-engine_log', { runId, task: 'check' })), /checked/);
  });

  it('starts nothing for a model where the folder is not trusted', async () => {
    start(WORKFLOW('true'), false);
    await assert.rejects(ask('code-engine_validate', { file: 'hello.code.yaml' }), /not trusted/);
    assert.deepEqual(on.fake.mcpProviders[0]?.provideMcpServerDefinitions(), []);
    assert.equal(on.app.engine.version, undefined);
  });

  it('offers the MCP server of the engine', () => {
    start(undefined);
    const [server] = on.fake.mcpProviders[0]?.provideMcpServerDefinitions() ?? [];
    assert.equal(server?.args.at(-1), 'mcp');
  });

  it('shows what scanners found on the lines of the files', async () => {
    mkdirSync(on.folder, { recursive: true });
    start(undefined);
    const path = join(on.folder, 'app.py');
    writeFileSync(path, 'import os\ntoken = "ghp_x7Kq2mVw9TzRb4NcY8LsDf3HgJ6PaE1uQo5i"\n');
    await call('code.secure');
    const [finding] = await on.until(() => on.fake.diagnostics.get(path));
    assert.equal(finding?.range.values[0], 1);
    // What a scan runs is the engine's own, and no workflow of the folder.
    assert.deepEqual(await on.app.workflows.files, []);
  });
});

describe('what a person changes in a plan', () => {
  it('is said after the sentence, once and with a full stop', () => {
    assert.equal(amended('a shop.', ['3 replicas.', ' ']), 'a shop. 3 replicas.');
    assert.equal(amended(' a shop ', []), 'a shop');
  });
  it('is counted in lines', () => {
    assert.deepEqual(lineChanges('', 'a\nb\n'), { added: 2, removed: 0 });
    assert.deepEqual(lineChanges('a\nb\n', 'b\na\nc\n'), { added: 1, removed: 0 });
    assert.deepEqual(lineChanges('a\nb\n', 'a\nx\n'), { added: 1, removed: 1 });
  });
});
