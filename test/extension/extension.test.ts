/** The whole extension in plain Node: real engine, real runs, a stand-in for the editor. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'mocha';
import type * as vscodeApi from 'vscode';
import { statusOf } from '../../src/extension/runs.ts';
import { startExtension } from '../../src/extension/start.ts';
import { bundle, untranslated, untranslatedIn } from '../../scripts/l10n.ts';
import { bench, WORKFLOW } from './bench.ts';
import { fakeVsCode } from './fake-vscode.ts';

/** A task that runs until the test lets it end, however slow the machine. */
const UNTIL_GO = 'while test ! -e go; do sleep 0.1; done';

describe('the extension', function () {
  this.timeout(120_000);
  const on = bench();
  const { start, call, tree, until, file } = on;

  it('starts no engine before something is asked of it', () => {
    start(undefined);
    assert.equal(on.app.engine.version, undefined);
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
        '    deploy: check failed in the earlier stage build',
      ]
        .join('\n')
        .replace('check failed in the earlier stage build', /deploy: (.*)$/.exec(failed)?.[1] ?? ''),
    );
    const [problem] = await until(() => on.fake.diagnostics.get(file()));
    assert.match(problem?.message ?? '', /^check failed: /);
    assert.equal(problem?.range.values[0], 6);
    writeFileSync(join(on.folder, 'ready'), '');
    await call('code.retryTask');
    await tree((text) => text.includes('hello: succeeded'));
    await until(() => (on.fake.diagnostics.has(file()) ? undefined : true));
  });

  it('feeds the monitor with every event from the first, and with pages of logs', async () => {
    start(WORKFLOW('echo checked'));
    await call('code.runWorkflow');
    const panel = await on.page();
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
    const panel = await on.page();
    panel.say({ type: 'command', name: 'rm -rf' });
    panel.say('nonsense');
    assert.equal(on.fake.log.filter((line) => line.includes('makes no sense')).length, 2);
  });

  it('puts no inline script and no foreign source into the page of the monitor', async () => {
    start(WORKFLOW('echo checked'));
    await call('code.runWorkflow');
    const { html } = await on.page();
    assert.match(html, /default-src &#39;none&#39;/);
    assert.doesNotMatch(html, /unsafe-|<script>|style="|\son\w+=/);
  });

  it('finds a run again that another window began, and follows it to its end', async () => {
    start(WORKFLOW(UNTIL_GO));
    await call('code.runWorkflow');
    await tree((text) => text.includes('check: '));
    on.close();
    start(undefined);
    await tree((text) => text.includes('hello: running'));
    writeFileSync(join(on.folder, 'go'), '');
    await tree((text) => text.includes('hello: succeeded'));
  });

  it('connects again when its relay is killed, and has lost nothing', async () => {
    start(WORKFLOW(UNTIL_GO));
    await call('code.runWorkflow');
    await tree((text) => text.includes('check: '));
    const gone = new Promise<void>((resolveGone) => on.app.engine.onConnection((up) => !up && resolveGone()));
    on.app.engine.killRelay();
    await gone;
    writeFileSync(join(on.folder, 'go'), '');
    await tree((text) => text.includes('hello: succeeded'));
  });

  it('cancels a run', async () => {
    start(WORKFLOW('sleep 60'));
    await call('code.runWorkflow');
    await until(() => on.app.runs.running.find((run) => run.state?.tasks.get('check')?.status === 'running'));
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
    on.fake.answers.set('deploy waits for you', 'Approve');
    await call('code.runWorkflow');
    await until(() => on.app.runs.running.find((run) => run.state?.counts.awaiting_approval === 1));
    await until(() => (on.fake.statusBar.text.includes('waits for you') ? true : undefined));
    await call('code.approve');
    await tree((text) => text.includes('hello: succeeded'));
  });

  it('asks for inputs that have no default, with their types', async () => {
    start(`inputs:\n  count: { type: number, description: How many }\n${WORKFLOW('test ${{ inputs.count }} = 3')}`);
    on.fake.answers.set('How many', '3');
    await call('code.runWorkflow');
    await tree((text) => text.includes('hello: succeeded'));
  });

  it('says what is wrong with a workflow that cannot run', async () => {
    start('parallel_deployment:\n  s:\n    - task: a\n      type: nonsense\n');
    await call('code.runWorkflow');
    assert.match(on.fake.shown.join('\n'), /hello\.code\.yaml has an error/);
    assert.equal(on.app.runs.all.length, 0);
    await call('code.validate');
    assert.match(on.fake.diagnostics.get(file())?.[0]?.message ?? '', /nonsense/);
  });

  it('shows what a run would do before there is one, and runs it from there', async () => {
    start(WORKFLOW('echo checked'));
    await call('code.preview');
    const panel = await until(() => on.fake.panels[0]);
    panel.say({ type: 'ready', seq: 0 });
    await until(() => panel.sent.find((message) => message.type === 'summed' && message['failed'] === false));
    const told = panel.sent.flatMap((message) => (message.type === 'previewed' ? message['tasks'] : []));
    assert.deepEqual((told as { task: string }[]).map(({ task }) => task).sort(), ['check', 'compile', 'deploy']);
    const [first] = panel.sent.find((message) => message.type === 'events')?.['events'] as { type: string }[];
    assert.equal(first?.type, 'run.started');
    assert.equal(on.app.runs.all.length, 0);
    assert.equal(existsSync(join(on.folder, '.code')), false);
    panel.say({ type: 'command', name: 'run' });
    await tree((text) => text.includes('hello: succeeded'));
  });

  it('says in the preview why there is none', async () => {
    start(WORKFLOW('true').replace('type: shell', 'type: nonsense'));
    await call('code.preview');
    const panel = await until(() => on.fake.panels[0]);
    panel.say({ type: 'ready', seq: 0 });
    const said = await until(() => panel.sent.find((message) => message.type === 'summed'));
    assert.equal(said['failed'], true);
    assert.match(String(said['text']), /has an error/);
  });

  it('runs nothing where the on.folder is not trusted', async () => {
    start(WORKFLOW('touch ran'), false);
    await call('code.runWorkflow');
    await call('code.doctor');
    assert.match(on.fake.shown.join('\n'), /do not trust/);
    assert.equal(on.app.engine.version, undefined);
    assert.equal(existsSync(join(on.folder, '.code')), false);
  });

  it('tells of a run that ended out of sight, once', async () => {
    start(WORKFLOW('exit 1'));
    (on.fake.vscode.window.state as { focused: boolean }).focused = false;
    await call('code.runWorkflow');
    await until(() => on.app.runs.all.find((run) => statusOf(run) === 'failed'));
    await until(() => (on.fake.shown.some((text) => text.startsWith('hello: failed')) ? true : undefined));
    assert.equal(on.fake.shown.filter((text) => text.startsWith('hello: failed')).length, 1);
  });
});

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string; readonly enablement?: string }[];
    readonly menus: Readonly<
      Record<string, readonly { readonly command: string; readonly group: string; readonly when: string }[]>
    >;
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
    // What begins with `_` is for links, not for people.
    assert.deepEqual([...fake.commands.keys()].filter((id) => !id.startsWith('_')).sort(), [...ids].sort());
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
  it('has every button of a row in its menu too, which is where keys reach it', () => {
    const items = contributes.menus['view/item/context'] ?? [];
    const menus = new Set(items.filter(({ group }) => !group.startsWith('inline')).map(({ command }) => command));
    const buttons = items.filter(({ group }) => group.startsWith('inline')).map(({ command }) => command);
    assert.ok(buttons.length > 5);
    assert.deepEqual(
      buttons.filter((command) => !menus.has(command)),
      [],
    );
  });
  it('shows nothing in menus that would only be refused where the folder is not trusted', () => {
    const gated = new Set(
      contributes.commands.filter(({ enablement = '' }) => enablement !== '').map((each) => each.command),
    );
    const { commandPalette: _palette, ...menus } = contributes.menus;
    const items = Object.values(menus).flat();
    assert.deepEqual(
      items.filter(({ command, when }) => gated.has(command) && !when.includes('isWorkspaceTrusted')),
      [],
    );
  });
  it('has words for everything that it says, and no others', () => {
    const used = new Set([...text.matchAll(/"%([^%"]+)%"/g)].map((match) => match[1] ?? ''));
    assert.deepEqual([...used].sort(), Object.keys(words).sort());
  });
  it('leaves every text of the manifest to its words', () => {
    const read = new Set([
      'title',
      'description',
      'markdownDescription',
      'enumDescriptions',
      'contents',
      'altText',
      'displayName',
      'userDescription',
    ]);
    const missed: string[] = [];
    const visit = (value: unknown, key: string): void => {
      if (typeof value === 'string') {
        if (read.has(key) && !/^%.+%$|^CODE$/.test(value)) missed.push(`${key}: ${value}`);
      } else if (Array.isArray(value)) value.forEach((each) => visit(each, key));
      else if (typeof value === 'object' && value !== null)
        for (const [name, each] of Object.entries(value)) if (name !== 'inputSchema') visit(each, name);
    };
    visit(contributes, '');
    assert.deepEqual(missed, []);
  });
  it('shows no text in the source that translators do not get', () => {
    assert.deepEqual(untranslated(), []);
    assert.equal(readFileSync('l10n/bundle.l10n.json', 'utf8'), bundle());
  });
  it('sees a word of a page that translators would not get, wherever it hides', () => {
    const missed = (text: string): number => untranslatedIn('src/webview/x.ts', text).length;
    const drawn = (text: string): number => missed(`function draw() { ${text} }`);
    assert.equal(drawn("el('p', {}, open ? 'Open' : t('Closed'))"), 1);
    assert.equal(drawn("button('Run', () => act(), { title: 'Runs it' })"), 2);
    assert.equal(drawn('setText(box, `${count} files`)'), 1);
    assert.equal(missed("const TITLE = t('Too soon');"), 1);
    assert.equal(missed("const title = () => t('In time'); el('i', { class: 'row task' }, `${a} · ${b}`)"), 0);
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
