import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import { engine, Workspace } from './built.ts';

interface Published {
  readonly uri: string;
  readonly version?: number;
  readonly diagnostics: readonly {
    readonly code: string;
    readonly message: string;
    readonly range: { start: { line: number; character: number } };
  }[];
}

/** An editor that speaks to the built server over its standard input and output. */
class Editor {
  readonly child: ChildProcess;
  readonly connection: MessageConnection;
  readonly ended: Promise<number | null>;
  readonly #published = new Map<string, Published>();
  readonly watched: string[] = [];
  readonly messages: string[] = [];
  #wake: () => void = () => undefined;

  constructor(readonly workspace: Workspace) {
    const child = spawn(process.execPath, [engine, 'lsp', '--stdio'], {
      cwd: workspace.folder,
      env: workspace.environment(),
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.child = child;
    this.ended = new Promise((resolve) => child.once('close', resolve));
    this.connection = createMessageConnection(
      new StreamMessageReader(child.stdout),
      new StreamMessageWriter(child.stdin),
    );
    this.connection.onNotification('textDocument/publishDiagnostics', (published: Published) => {
      this.#published.set(published.uri, published);
      this.#wake();
    });
    this.connection.onNotification('window/showMessage', ({ message }: { message: string }) => {
      this.messages.push(message);
      this.#wake();
    });
    this.connection.onRequest(
      'client/registerCapability',
      ({ registrations }: { registrations: { method: string }[] }) => {
        this.watched.push(...registrations.map(({ method }) => method));
        this.#wake();
        return null;
      },
    );
    this.connection.listen();
  }

  async start(commands: readonly string[] = []): Promise<{ capabilities: Record<string, unknown> }> {
    const result = await this.connection.sendRequest('initialize', {
      processId: process.pid,
      rootUri: pathToFileURL(this.workspace.folder).href,
      capabilities: {
        workspace: { didChangeWatchedFiles: { dynamicRegistration: true } },
        textDocument: { completion: { completionItem: { snippetSupport: true } } },
      },
      initializationOptions: { commands },
    });
    await this.connection.sendNotification('initialized', {});
    return result as { capabilities: Record<string, unknown> };
  }

  uri(name: string): string {
    return pathToFileURL(path.join(this.workspace.folder, name)).href;
  }

  async open(name: string, text: string): Promise<string> {
    const uri = this.uri(name);
    await this.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId: 'yaml', version: 1, text },
    });
    return uri;
  }

  /** Writes over a stretch of a line. */
  async edit(uri: string, version: number, line: number, from: number, to: number, text: string): Promise<void> {
    await this.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version },
      contentChanges: [{ range: { start: { line, character: from }, end: { line, character: to } }, text }],
    });
  }

  async ask<T>(method: string, parameters: object): Promise<T> {
    return this.connection.sendRequest(`textDocument/${method}`, parameters);
  }

  /** Resolves with what is shown of a file once it fulfils the condition. */
  async shown(uri: string, holds: (published: Published) => boolean): Promise<Published> {
    for (;;) {
      const published = this.#published.get(uri);
      if (published !== undefined && holds(published)) return published;
      await this.next();
    }
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await this.next();
  }

  next(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  published(uri: string): Published | undefined {
    return this.#published.get(uri);
  }

  async leave(): Promise<number | null> {
    await this.connection.sendRequest('shutdown');
    await this.connection.sendNotification('exit');
    return this.ended;
  }
}

const FILE = 'parallel_deployment:\n  a:\n    - task: build 😀\n      type: shel\n      with: { run: make }\n';
const codes = ({ diagnostics }: Published): string[] => diagnostics.map(({ code }) => code);

describe('the language server over standard input and output', function () {
  this.timeout(60_000);
  let workspace: Workspace;
  let editor: Editor;

  beforeEach(() => {
    workspace = new Workspace();
    editor = new Editor(workspace);
  });
  afterEach(() => {
    editor.connection.dispose();
    editor.child.kill('SIGKILL');
    workspace.close();
  });

  it('says what it can, publishes diagnostics after each edit, and ends well', async () => {
    const { capabilities } = await editor.start();
    assert.equal(capabilities['positionEncoding'], 'utf-16');
    const uri = await editor.open('deploy.code.yaml', FILE);
    const first = await editor.shown(uri, () => true);
    assert.deepEqual(codes(first), ['CODE007', 'CODE012']);
    await editor.edit(uri, 2, 2, 17, 20, '');
    await editor.edit(uri, 3, 3, 16, 16, 'l');
    const last = await editor.shown(uri, ({ version }) => version === 3);
    assert.deepEqual(codes(last), []);
    assert.equal(await editor.leave(), 0);
  });

  it('shows the faults at the beginning of a large file first, then all of them, and takes edits meanwhile', async () => {
    await editor.start();
    const task = (i: number): string =>
      `    - { task: t${i}, type: ${i % 1000 === 0 ? 'shel' : 'shell'}, with: { run: a } }`;
    const text = `parallel_deployment:\n  a:\n${Array.from({ length: 3001 }, (_, i) => task(i)).join('\n')}\n`;
    const uri = await editor.open('large.code.yaml', text);
    const first = await editor.shown(uri, () => true);
    assert.deepEqual([first.version, codes(first)], [1, ['CODE012']]);
    await editor.edit(uri, 2, 2, 24, 28, 'shell');
    const last = await editor.shown(uri, ({ version, diagnostics }) => version === 2 && diagnostics.length === 3);
    assert.deepEqual(
      last.diagnostics.map(({ range }) => range.start.line),
      [1002, 2002, 3002],
    );
  });

  it('shows a thousand faults of a file, and says how many there are besides', async () => {
    await editor.start();
    const task = (i: number): string => `    - { task: t${i}, type: shel, with: { run: a } }`;
    const text = `parallel_deployment:\n  a:\n${Array.from({ length: 1500 }, (_, i) => task(i)).join('\n')}\n`;
    const uri = await editor.open('many.code.yaml', text);
    const { diagnostics } = await editor.shown(uri, (shown) => shown.diagnostics.length > 1000);
    assert.equal(diagnostics.length, 1001);
    assert.equal(diagnostics.filter(({ code }) => code === 'CODE012').length, 1000);
    assert.equal(diagnostics.at(-1)?.message, '500 more problems of this file are not shown.');
  });

  it('mends, ignores, completes, explains, and renames over the protocol', async () => {
    await editor.start();
    const uri = await editor.open('deploy.code.yaml', FILE.replace(' 😀', ''));
    const at = { textDocument: { uri }, position: { line: 3, character: 14 } };
    const actions = await editor.ask<
      { title: string; edit: { documentChanges: { textDocument: { version: number } }[] } }[]
    >('codeAction', {
      textDocument: { uri },
      range: { start: at.position, end: at.position },
      context: { diagnostics: [] },
    });
    assert.deepEqual(
      actions.map(({ title }) => title),
      ['Change to shell', 'Ignore CODE012 here'],
    );
    assert.equal(actions[0]?.edit.documentChanges[0]?.textDocument.version, 1);
    const list = await editor.ask<{ items: { label: string; detail?: string }[] }>('completion', at);
    assert.ok(list.items.some(({ label }) => label === 'shell'));
    const hover = await editor.ask<{ contents: { value: string } }>('hover', at);
    assert.match(hover.contents.value, /CODE012/);
    const name = { textDocument: { uri }, position: { line: 2, character: 13 } };
    const renamed = await editor.ask<{ documentChanges: { edits: { newText: string }[] }[] }>('rename', {
      ...name,
      newName: 'image',
    });
    assert.deepEqual(
      renamed.documentChanges[0]?.edits.map(({ newText }) => newText),
      ['image'],
    );
    await assert.rejects(editor.ask('rename', { ...name, newName: 'no name' }), /begins with a letter/);
    const symbols = await editor.ask<{ name: string }[]>('documentSymbol', { textDocument: { uri } });
    assert.deepEqual(
      symbols.map((each) => each.name),
      ['parallel_deployment'],
    );
    const tokens = await editor.ask<{ data: number[] }>('semanticTokens/full', { textDocument: { uri } });
    assert.deepEqual(tokens.data, []);
  });

  it('takes a plain YAML file for a workflow while it has the key, and leaves others alone', async () => {
    await editor.start();
    const other = await editor.open('values.yaml', 'task: x\ntype: nothing\n');
    const uri = await editor.open('plain.yaml', FILE);
    assert.deepEqual(codes(await editor.shown(uri, () => true)), ['CODE007', 'CODE012']);
    assert.equal(editor.published(other), undefined);
    assert.equal(
      await editor.ask('hover', { textDocument: { uri: other }, position: { line: 0, character: 1 } }),
      null,
    );
    await editor.edit(uri, 2, 0, 0, 1, 'q');
    assert.deepEqual(codes(await editor.shown(uri, ({ version }) => version === 2)), []);
  });

  it('looks again when files come and go', async () => {
    await editor.start();
    const uri = await editor.open(
      'deploy.code.yaml',
      'parallel_deployment:\n  a:\n    - task: t\n      type: shell\n      with: { script: go.sh }\n',
    );
    await editor.until(() => editor.watched.includes('workspace/didChangeWatchedFiles'));
    await editor.shown(uri, (published) => codes(published).includes('CODE060'));
    writeFileSync(workspace.path('go.sh'), 'echo\n');
    await editor.connection.sendNotification('workspace/didChangeWatchedFiles', {
      changes: [{ uri: editor.uri('go.sh'), type: 1 }],
    });
    await editor.shown(uri, (published) => !codes(published).includes('CODE060'));
  });

  it('offers only commands that the editor has, and tells how long tasks took', async () => {
    workspace.file('.code/state/durations.json', JSON.stringify({ 'shop t': [1000, 2000, 3000] }));
    await editor.start(['code.runOnlyThis']);
    const uri = await editor.open(
      'deploy.code.yaml',
      'name: shop\nparallel_deployment:\n  a:\n    - task: t\n      type: shell\n      with: { run: x }\n',
    );
    const lenses = await editor.ask<{ command: { title: string; command: string } }[]>('codeLens', {
      textDocument: { uri },
    });
    assert.deepEqual(
      lenses.map(({ command }) => [command.title, command.command]),
      [['$(play) Run only this (median 2.0 s)', 'code.runOnlyThis']],
    );
    const range = { start: { line: 0, character: 0 }, end: { line: 9, character: 0 } };
    const hints = await editor.ask<{ label: string }[]>('inlayHint', { textDocument: { uri }, range });
    assert.deepEqual(
      hints.map(({ label }) => label),
      ['3.0 s'],
    );
  });

  it('says how to get a program', async () => {
    await editor.start();
    await editor.connection.sendRequest('workspace/executeCommand', {
      command: 'code-engine.showInstall',
      arguments: ['helm', 'helm'],
    });
    await editor.until(() => editor.messages.length > 0);
    assert.match(editor.messages[0] ?? '', /^helm: \S/);
  });

  it('ends when the editor is gone without a word', async () => {
    await editor.start();
    editor.child.stdin?.end();
    assert.equal(await editor.ended, 1);
  });
});
