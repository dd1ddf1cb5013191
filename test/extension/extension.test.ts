/** The whole extension in plain Node: real engine, real runs, a stand-in for the editor. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type * as vscodeApi from 'vscode';
import { startExtension } from '../../src/extension/start.ts';
import type { App } from '../../src/extension/host.ts';
import { statusOf } from '../../src/extension/runs.ts';
import { fakeVsCode, type Fake } from './fake-vscode.ts';

const WORKFLOW = (check: string): string => `name: hello
parallel_deployment:
  build:
    - task: compile
      type: shell
      with: { run: 'echo compiling' }
    - task: check
      type: shell
      depends_on: compile
      with: { run: '${check}' }
  deliver:
    - task: deploy
      type: shell
      with: { run: 'echo delivered' }
`;

describe('the extension', function () {
  this.timeout(60_000);
  let folder: string;
  let fake: Fake;
  let app: App;

  beforeEach(function () {
    if (!existsSync('dist/cli.js')) this.skip();
    folder = mkdtempSync(join(tmpdir(), 'code-ext-'));
  });
  afterEach(() => {
    for (const each of [...((fake as Fake | undefined)?.context.subscriptions ?? [])].reverse()) each.dispose();
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // a supervisor still writes its last lines there; the folder is temporary anyway
    }
  });

  function start(text: string | undefined, trusted = true): void {
    if (text !== undefined) writeFileSync(join(folder, 'hello.code.yaml'), text);
    // The engine runs under this very Node.
    fake = fakeVsCode(folder, resolve('.'), { 'engine.node': process.execPath });
    fake.trusted = trusted;
    app = startExtension(fake.vscode, fake.context as unknown as vscodeApi.ExtensionContext);
  }
  const file = (): string => join(folder, 'hello.code.yaml');
  const call = async (command: string, argument?: unknown): Promise<void> => {
    await fake.commands.get(command)?.(argument);
  };

  /** Waits until the tree, as indented text, says what it should. */
  async function tree(fits: (text: string) => boolean): Promise<string> {
    return until(async () => {
      const text = await treeText();
      return fits(text) ? text : undefined;
    }, treeText);
  }
  async function treeText(): Promise<string> {
    const provider = fake.trees.get('code.runs');
    const lines: string[] = [];
    const walk = async (node: unknown, depth: number): Promise<void> => {
      for (const child of (await provider?.getChildren(node)) as unknown[]) {
        const item = provider?.getTreeItem(child) as { label: string; description?: string };
        lines.push(`${'  '.repeat(depth)}${item.label}: ${item.description?.replace(/\d[\d.]* m?s/g, 'T') ?? ''}`);
        await walk(child, depth + 1);
      }
    };
    await walk(undefined, 0);
    return lines.join('\n');
  }
  async function until<T>(
    probe: () => T | undefined | Promise<T | undefined>,
    shown: () => unknown = () => fake.shown,
  ): Promise<T> {
    for (const end = Date.now() + 30_000; Date.now() < end;) {
      const value = await probe();
      if (value !== undefined) return value;
      await new Promise((again) => setTimeout(again, 30));
    }
    throw new Error(`it never came: ${String(await shown())}\n${fake.log.join('\n')}`);
  }

  it('starts no engine before something is asked of it', () => {
    start(undefined);
    assert.equal(app.engine.version, undefined);
  });

  it('runs a workflow, shows each task in the tree, its failure on its line, and is content after a retry', async () => {
    start(WORKFLOW('test -e ready'));
    await call('code.runWorkflow');
    const failed = await tree((text) => text.includes('hello: failed'));
    assert.equal(
      failed.replace(/ · just now$/m, ''),
      [
        'hello: failed · T',
        '  build: 2 of 2 · T',
        '    compile: T',
        '    check: T',
        '  deliver: 1 of 1',
        '    deploy: check of the earlier stage build failed',
      ]
        .join('\n')
        .replace('check of the earlier stage build failed', /deploy: (.*)$/.exec(failed)?.[1] ?? ''),
    );
    const [problem] = await until(() => fake.diagnostics.get(file()));
    assert.match(problem?.message ?? '', /^check failed: /);
    assert.equal(problem?.range.values[0], 6);
    writeFileSync(join(folder, 'ready'), '');
    await call('code.retryTask');
    await tree((text) => text.includes('hello: succeeded'));
    await until(() => (fake.diagnostics.has(file()) ? undefined : true));
  });

  it('feeds the monitor with every event from the first, and with pages of logs', async () => {
    start(WORKFLOW('echo checked'));
    await call('code.runWorkflow');
    const panel = await until(() => fake.panels[0]);
    panel.say({ type: 'ready', seq: 0 });
    await until(() => panel.sent.find((message) => message.type === 'live'));
    await until(() => panel.sent.find((message) => JSON.stringify(message).includes('"run.finished"')));
    const events = panel.sent
      .filter((message) => message.type === 'events')
      .flatMap((message) => message['events'] as { seq: number }[]);
    assert.deepEqual(
      [...new Set(events.map((event) => event.seq))].sort((a, b) => a - b),
      Array.from({ length: Math.max(...events.map((event) => event.seq)) }, (_, i) => i + 1),
    );
    panel.say({ type: 'read', id: 7, task: 'check', attempt: 1, stream: 'stdout', offset: 0, length: 1000 });
    const page = await until(() => panel.sent.find((message) => message.type === 'page'));
    assert.deepEqual(page, { type: 'page', id: 7, page: { text: 'checked\n', bytes: 8, offset: 0, size: 8 } });
  });

  it('takes no message from the monitor that makes no sense', async () => {
    start(WORKFLOW('echo checked'));
    await call('code.runWorkflow');
    const panel = await until(() => fake.panels[0]);
    panel.say({ type: 'command', name: 'rm -rf' });
    panel.say('nonsense');
    assert.equal(fake.log.filter((line) => line.includes('makes no sense')).length, 2);
  });

  it('puts no inline script and no foreign source into the page of the monitor', async () => {
    start(WORKFLOW('echo checked'));
    await call('code.runWorkflow');
    const { html } = await until(() => fake.panels[0]);
    assert.match(html, /default-src &#39;none&#39;/);
    assert.doesNotMatch(html, /unsafe-|<script>|style="|\son\w+=/);
  });

  it('finds a run again that another window began, and follows it to its end', async () => {
    start(WORKFLOW('sleep 2'));
    await call('code.runWorkflow');
    await tree((text) => text.includes('check: '));
    for (const each of [...fake.context.subscriptions].reverse()) each.dispose();
    start(undefined);
    await tree((text) => text.includes('hello: running'));
    await tree((text) => text.includes('hello: succeeded'));
  });

  it('connects again when its relay is killed, and has lost nothing', async () => {
    start(WORKFLOW('sleep 3'));
    await call('code.runWorkflow');
    await tree((text) => text.includes('check: '));
    const gone = new Promise<void>((resolveGone) => app.engine.onConnection((up) => !up && resolveGone()));
    app.engine.killRelay();
    await gone;
    await tree((text) => text.includes('hello: succeeded'));
  });

  it('cancels a run', async () => {
    start(WORKFLOW('sleep 60'));
    await call('code.runWorkflow');
    await until(() => app.runs.running.find((run) => run.state?.tasks.get('check')?.status === 'running'));
    await call('code.cancelRun');
    await tree((text) => text.includes('hello: cancelled'));
  });

  it('asks for approval with what is approved, and passes the answer on', async () => {
    start(
      WORKFLOW('true').replace(
        "with: { run: 'echo delivered' }",
        "approval: { message: Deliver now? }\n      with: { run: 'echo delivered' }",
      ),
    );
    fake.answers.set('deploy waits for you', 'Approve');
    await call('code.runWorkflow');
    await until(() => app.runs.running.find((run) => run.state?.counts.awaiting_approval === 1));
    await until(() => (fake.statusBar.text.includes('waits for you') ? true : undefined));
    await call('code.approve');
    await tree((text) => text.includes('hello: succeeded'));
  });

  it('asks for inputs that have no default, with their types', async () => {
    start(`inputs:\n  count: { type: number, description: How many }\n${WORKFLOW('test ${{ inputs.count }} = 3')}`);
    fake.answers.set('How many', '3');
    await call('code.runWorkflow');
    await tree((text) => text.includes('hello: succeeded'));
  });

  it('says what is wrong with a workflow that cannot run', async () => {
    start('parallel_deployment:\n  s:\n    - task: a\n      type: nonsense\n');
    await call('code.runWorkflow');
    assert.match(fake.shown.join('\n'), /hello\.code\.yaml has an error/);
    assert.equal(app.runs.all.length, 0);
    await call('code.validate');
    assert.match(fake.diagnostics.get(file())?.[0]?.message ?? '', /nonsense/);
  });

  it('shows what a run would do before there is one, and runs it from there', async () => {
    start(WORKFLOW('echo checked'));
    await call('code.preview');
    const panel = await until(() => fake.panels[0]);
    panel.say({ type: 'ready', seq: 0 });
    await until(() => panel.sent.find((message) => message.type === 'summed' && message['failed'] === false));
    const told = panel.sent.filter((message) => message.type === 'previewed').map((message) => message['task']);
    assert.deepEqual(told.sort(), ['check', 'compile', 'deploy']);
    const [first] = panel.sent.find((message) => message.type === 'events')?.['events'] as { type: string }[];
    assert.equal(first?.type, 'run.started');
    assert.equal(app.runs.all.length, 0);
    assert.equal(existsSync(join(folder, '.code')), false);
    panel.say({ type: 'command', name: 'run' });
    await tree((text) => text.includes('hello: succeeded'));
  });

  it('says in the preview why there is none', async () => {
    start(WORKFLOW('true').replace('type: shell', 'type: nonsense'));
    await call('code.preview');
    const panel = await until(() => fake.panels[0]);
    panel.say({ type: 'ready', seq: 0 });
    const said = await until(() => panel.sent.find((message) => message.type === 'summed'));
    assert.equal(said['failed'], true);
    assert.match(String(said['text']), /has an error/);
  });

  it('runs nothing where the folder is not trusted', async () => {
    start(WORKFLOW('touch ran'), false);
    await call('code.runWorkflow');
    await call('code.doctor');
    assert.match(fake.shown.join('\n'), /do not trust/);
    assert.equal(app.engine.version, undefined);
    assert.equal(existsSync(join(folder, '.code')), false);
  });

  it('tells of a run that ended out of sight, once', async () => {
    start(WORKFLOW('exit 1'));
    (fake.vscode.window.state as { focused: boolean }).focused = false;
    await call('code.runWorkflow');
    await until(() => app.runs.all.find((run) => statusOf(run) === 'failed'));
    await until(() => (fake.shown.some((text) => text.startsWith('hello: failed')) ? true : undefined));
    assert.equal(fake.shown.filter((text) => text.startsWith('hello: failed')).length, 1);
  });
});

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string }[];
    readonly menus: Readonly<Record<string, readonly { readonly command: string }[]>>;
    readonly keybindings: readonly { readonly command: string; readonly when: string }[];
    readonly configuration: { readonly properties: Readonly<Record<string, unknown>> };
    readonly walkthroughs: readonly { readonly steps: readonly { readonly media: { readonly svg: string } }[] }[];
  };
  readonly activationEvents: readonly string[];
}

describe('the manifest', () => {
  const text = readFileSync('package.json', 'utf8');
  const manifest = JSON.parse(text) as Manifest;
  const words = JSON.parse(readFileSync('package.nls.json', 'utf8')) as Record<string, string>;
  const { contributes } = manifest;
  const ids = contributes.commands.map((each) => each.command);

  it('names exactly the commands that are there', () => {
    const fake = fakeVsCode('/nowhere', resolve('.'));
    fake.trusted = false;
    startExtension(fake.vscode, fake.context as unknown as vscodeApi.ExtensionContext);
    for (const each of fake.context.subscriptions) each.dispose();
    assert.deepEqual([...fake.commands.keys()].sort(), [...ids].sort());
  });
  it('keeps to 25 commands and 15 settings', () => {
    assert.ok(ids.length <= 25);
    assert.ok(Object.keys(contributes.configuration.properties).length <= 15);
  });
  it('offers in menus and on keys only commands that exist, and keys only where they mean something', () => {
    const used = [...Object.values(contributes.menus).flat(), ...contributes.keybindings].map((each) => each.command);
    assert.deepEqual(
      used.filter((id) => !ids.includes(id)),
      [],
    );
    for (const key of contributes.keybindings) assert.match(key.when, /code-workflow/);
  });
  it('has words for everything that it says, and no others', () => {
    const used = new Set([...text.matchAll(/"%([^%"]+)%"/g)].map((match) => match[1] ?? ''));
    assert.deepEqual([...used].sort(), Object.keys(words).sort());
  });
  it('wakes for workflows only, never for every YAML file', () => {
    assert.ok(
      manifest.activationEvents.every((event) => /^workspaceContains:.*\.code|^onWebviewPanel:code\./.test(event)),
    );
  });
  it('has a picture for every step of a walkthrough of at most six', () => {
    const steps = contributes.walkthroughs.flatMap((each) => each.steps);
    assert.ok(steps.length <= 6);
    for (const step of steps) assert.ok(existsSync(step.media.svg), step.media.svg);
  });
});
