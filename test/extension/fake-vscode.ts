/**
 * As much of VS Code as the extension needs to run in plain Node: what it registers is kept, what it asks a person is answered by the
 * test. Nothing of the extension itself is replaced.
 */
import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import type { VsCode } from '../../src/extension/host.ts';
import { memory, type Memory } from './fake-memory.ts';
import { documentOf, EventEmitter, makePanel, Plain, quickPick, TreeItem, Uri, type Panel } from './fake-parts.ts';

export interface Fake {
  readonly vscode: VsCode;
  readonly commands: Map<string, (argument: unknown) => unknown>;
  readonly trees: Map<string, { getChildren(node?: unknown): unknown; getTreeItem(node: unknown): unknown }>;
  readonly contexts: Map<string, unknown>;
  readonly panels: Panel[];
  /** What was shown to a person. */
  readonly shown: string[];
  readonly log: string[];
  /** What the person answers, by a part of the question; the answer is a button's or an item's text. */
  readonly answers: Map<string, string>;
  readonly diagnostics: Map<string, Problems>;
  readonly statusBar: { text: string; visible: boolean };
  readonly context: {
    readonly subscriptions: { dispose(): void }[];
    readonly extensionUri: Uri;
    /** The editor's memory over all windows; share it between two of them to see what is remembered. */
    globalState: Memory;
    readonly extension: { readonly packageJSON: { readonly version: string } };
    readonly secrets: {
      get(name: string): Promise<string | undefined>;
      store(name: string, value: string): Promise<void>;
    };
  };
  readonly tools: Map<string, ToolLike>;
  /** The editor's language models. */
  readonly models: unknown[];
  readonly taskProviders: { provideTasks(): Promise<{ readonly name: string; readonly execution: unknown }[]> }[];
  readonly mcpProviders: { provideMcpServerDefinitions(): readonly { readonly args: readonly string[] }[] }[];
  readonly lensProviders: { provideCodeLenses(document: unknown): Promise<{ command: { title: string } }[]> }[];
  readonly linkProviders: { provideTerminalLinks(context: { line: string }): { task: string; startIndex: number }[] }[];
  /** Documents that were opened without a file. */
  readonly untitled: { readonly language: string; readonly content: string }[];
  /** Texts that a provider of documents gives, by scheme. */
  readonly documents: Map<string, { provideTextDocumentContent(uri: unknown): string | Promise<string> }>;
  trusted: boolean;
}

/** @param folder the workspace's only folder @param extension where `dist` lies */
export function fakeVsCode(folder: string, extension: string, settings: Readonly<Record<string, unknown>> = {}): Fake {
  const trust = new EventEmitter<undefined>();
  const fake: Omit<Fake, 'vscode'> = {
    commands: new Map(),
    trees: new Map(),
    contexts: new Map(),
    panels: [],
    shown: [],
    log: [],
    answers: new Map(),
    diagnostics: new Map(),
    statusBar: { text: '', visible: false },
    context: {
      subscriptions: [],
      extensionUri: Uri.file(extension),
      globalState: memory(),
      extension: { packageJSON: { version: '0.0.0' } },
      secrets: secretStorage(),
    },
    tools: new Map(),
    models: [],
    taskProviders: [],
    mcpProviders: [],
    lensProviders: [],
    linkProviders: [],
    untitled: [],
    documents: new Map(),
    trusted: true,
  };
  const nothing = { dispose: () => undefined };
  const answer = (text: string, choices: readonly string[]): string | undefined => {
    fake.shown.push(text);
    for (const [part, said] of fake.answers) if (text.includes(part) && choices.includes(said)) return said;
    return undefined;
  };
  const message = (text: string, ...rest: unknown[]): Promise<string | undefined> =>
    Promise.resolve(
      answer(
        text,
        rest.filter((each): each is string => typeof each === 'string'),
      ),
    );
  const write = (...parts: unknown[]): void => void fake.log.push(parts.map(String).join(' '));
  const api = {
    version: '1.100.0',
    Uri,
    EventEmitter,
    TreeItem,
    ThemeIcon: Plain,
    ThemeColor: Plain,
    Range: Plain,
    Selection: Plain,
    Diagnostic: class {
      constructor(
        readonly range: unknown,
        readonly message: string,
      ) {}
    },
    DiagnosticSeverity: { Error: 0, Warning: 1, Information: 2, Hint: 3 },
    TreeItemCollapsibleState: { None: 0, Collapsed: 1, Expanded: 2 },
    StatusBarAlignment: { Left: 1 },
    ProgressLocation: { Window: 10, Notification: 15 },
    ConfigurationTarget: { Global: 1 },
    ViewColumn: { Active: -1, Beside: -2 },
    env: { language: 'en', remoteName: undefined, clipboard: { writeText: () => Promise.resolve() } },
    l10n: {
      t: (text: string, ...values: unknown[]) => text.replace(/\{(\d)\}/g, (_, n: string) => String(values[Number(n)])),
    },
    commands: {
      getCommands: () => Promise.resolve([...fake.commands.keys()]),
      registerCommand: (id: string, act: (argument: unknown) => unknown) => {
        fake.commands.set(id, act);
        return nothing;
      },
      executeCommand: (id: string, ...rest: unknown[]): Promise<unknown> => {
        if (id === 'setContext') fake.contexts.set(String(rest[0]), rest[1]);
        if (id.startsWith('vscode.') || id.startsWith('markdown.'))
          fake.shown.push(`${id} ${rest.map(String).join(' ')}`);
        return Promise.resolve(fake.commands.get(id)?.(rest[0]));
      },
    },
    lm: {
      selectChatModels: () => Promise.resolve(fake.models),
      registerMcpServerDefinitionProvider: (_id: string, provider: never) => {
        fake.mcpProviders.push(provider);
        return nothing;
      },
      registerTool: (name: string, tool: ToolLike) => {
        fake.tools.set(name, tool);
        return nothing;
      },
    },
    LanguageModelToolResult: class {
      constructor(readonly content: readonly { readonly value: string }[]) {}
    },
    LanguageModelTextPart: class {
      constructor(readonly value: string) {}
    },
    LanguageModelChatMessage: { User: (content: string) => ({ content }) },
    chat: {
      createChatParticipant: (_id: string, handler: unknown) => ({ handler, dispose: () => undefined }),
    },
    tasks: {
      registerTaskProvider: (_type: string, provider: never) => {
        fake.taskProviders.push(provider);
        return nothing;
      },
    },
    Task: class {
      constructor(
        readonly definition: unknown,
        readonly scope: unknown,
        readonly name: string,
        readonly source: string,
        readonly execution: unknown,
        readonly matcher: unknown,
      ) {}
    },
    ProcessExecution: class {
      constructor(
        readonly process: string,
        readonly args: readonly string[],
        readonly options: unknown,
      ) {}
    },
    TaskRevealKind: { Always: 1 },
    CodeLens: class {
      constructor(
        readonly range: unknown,
        readonly command: { readonly title: string },
      ) {}
    },
    McpStdioServerDefinition: class {
      cwd?: unknown;
      constructor(
        readonly label: string,
        readonly command: string,
        readonly args: readonly string[],
      ) {}
    },
    TabInputText: Plain,
    TabInputWebview: Plain,
    TabInputTextDiff: Plain,
    languages: {
      registerCodeLensProvider: (_selector: unknown, provider: never) => {
        fake.lensProviders.push(provider);
        return nothing;
      },
      registerDocumentLinkProvider: () => nothing,
      createDiagnosticCollection: () => ({
        set: (on: Uri | readonly (readonly [Uri, Problems])[], list: Problems = []) => {
          for (const [uri, problems] of on instanceof Uri ? [[on, list] as const] : on)
            fake.diagnostics.set(uri.path, problems);
        },
        delete: (uri: Uri) => fake.diagnostics.delete(uri.path),
        dispose: () => undefined,
      }),
    },
    window: {
      state: { focused: true },
      activeTextEditor: undefined,
      createOutputChannel: () => ({
        info: write,
        warn: write,
        error: write,
        show: () => undefined,
        dispose: () => undefined,
      }),
      createTreeView: (id: string, options: { treeDataProvider: never }) => {
        fake.trees.set(id, options.treeDataProvider);
        return { visible: true, onDidChangeVisibility: () => nothing, dispose: () => undefined };
      },
      registerTreeDataProvider: (id: string, provider: never) => {
        fake.trees.set(id, provider);
        return nothing;
      },
      registerWebviewPanelSerializer: () => nothing,
      registerTerminalLinkProvider: (provider: never) => {
        fake.linkProviders.push(provider);
        return nothing;
      },
      tabGroups: {
        all: [],
        activeTabGroup: { viewColumn: 1, activeTab: undefined, tabs: [] },
        close: () => Promise.resolve(true),
        onDidChangeTabs: () => ({ dispose: () => undefined }),
      },
      createQuickPick: () => quickPick(answer),
      createStatusBarItem: () => ({
        set text(text: string) {
          fake.statusBar.text = text;
        },
        show: () => (fake.statusBar.visible = true),
        hide: () => (fake.statusBar.visible = false),
        dispose: () => undefined,
      }),
      createWebviewPanel: () => makePanel(fake.panels),
      showInformationMessage: message,
      showWarningMessage: message,
      showErrorMessage: message,
      setStatusBarMessage: message,
      showQuickPick: (items: readonly { label: string }[], options: { placeHolder?: string }) => {
        const label = answer(
          options.placeHolder ?? '',
          items.map((item) => item.label),
        );
        return Promise.resolve(items.find((item) => item.label === label));
      },
      showInputBox: (options: { prompt?: string }) =>
        Promise.resolve([...fake.answers].find(([part]) => options.prompt?.includes(part))?.[1]),
      withProgress: (_options: unknown, work: (progress: unknown, token: unknown) => unknown) =>
        work({ report: () => undefined }, { isCancellationRequested: false, onCancellationRequested: () => nothing }),
      showTextDocument: () => Promise.resolve({ revealRange: () => undefined }),
    },
    workspace: {
      get isTrusted() {
        return fake.trusted;
      },
      onDidGrantWorkspaceTrust: trust.event,
      workspaceFolders: [{ uri: Uri.file(folder), name: basename(folder) }],
      getWorkspaceFolder: (uri: Uri) => (uri.path.startsWith(folder) ? { uri: Uri.file(folder) } : undefined),
      asRelativePath: (uri: Uri) => relative(folder, uri.path),
      textDocuments: [],
      onDidOpenTextDocument: () => nothing,
      onDidCloseTextDocument: () => nothing,
      onDidChangeWorkspaceFolders: () => nothing,
      openTextDocument: async (given: Uri | { readonly language: string; readonly content: string }) => {
        if ('content' in given) {
          fake.untitled.push(given);
          return documentOf(Uri.file('/Untitled-1'), given.content);
        }
        const text =
          given.scheme === 'file'
            ? await readFile(given.path, 'utf8')
            : await (fake.documents.get(given.scheme)?.provideTextDocumentContent(given) ?? '');
        return documentOf(given, text);
      },
      registerTextDocumentContentProvider: (scheme: string, provider: never) => {
        fake.documents.set(scheme, provider);
        return nothing;
      },
      getConfiguration: () => ({
        get: (key: string, otherwise: unknown) => settings[key] ?? otherwise,
        update: () => Promise.resolve(),
      }),
      createFileSystemWatcher: () => ({
        onDidCreate: () => nothing,
        onDidDelete: () => nothing,
        dispose: () => undefined,
      }),
      findFiles: async (glob: string, not: string | null = null) =>
        (await files(folder))
          .filter((path) => not?.includes('.code/state') !== true || !/[\\/]\.code[\\/](?:state|runs)[\\/]/.test(path))
          .filter((path) => (glob.includes('journal') ? path.endsWith('journal.log') : /\.code\.ya?ml$/.test(path)))
          .map((path) => Uri.file(path)),
      fs: {
        stat: (uri: Uri) => stat(uri.path),
        createDirectory: (uri: Uri) => mkdir(uri.path, { recursive: true }),
        writeFile: (uri: Uri, bytes: Uint8Array) => writeFile(uri.path, bytes),
      },
    },
  };
  return Object.assign(fake, { vscode: api as unknown as VsCode });
}

type Problems = { readonly message: string; readonly range: { readonly values: unknown[] } }[];

interface ToolLike {
  prepareInvocation(options: { input: unknown }, token: unknown): Promise<{ confirmationMessages?: unknown }>;
  invoke(options: { input: unknown }, token: unknown): Promise<{ content: readonly { value: string }[] }>;
}

function secretStorage(): Fake['context']['secrets'] {
  const kept = new Map<string, string>();
  return {
    get: (name) => Promise.resolve(kept.get(name)),
    store: (name, value) => Promise.resolve(void kept.set(name, value)),
  };
}

async function files(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
