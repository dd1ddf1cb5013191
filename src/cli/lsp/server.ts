/** The language server: the language's features behind the protocol's requests. It holds open documents and nothing else. */
import { fileURLToPath } from 'node:url';
import {
  CodeLensRefreshRequest,
  createConnection,
  DidChangeWatchedFilesNotification,
  FileChangeType,
  StreamMessageReader,
  StreamMessageWriter,
  TextDocumentSyncKind,
  type Connection,
  type InitializeParams,
  type InitializeResult,
} from 'vscode-languageserver/node';
import * as expressions from '../../core/expressions.ts';
import * as yaml from '../../language/yaml-tree.ts';
import { catalogue } from '../../tasks/catalogue.ts';
import type { Io } from '../io.ts';
import { version } from '../version.ts';
import { Surroundings } from './around.ts';
import { Documents, isWorkflow, seemsWorkflow, type OpenDocument } from './documents.ts';
import { provideFeatures, CAPABILITIES, type Client } from './features.ts';
import { gone } from './gone.ts';
import { toLspDiagnostics } from './to-lsp.ts';

/** Files that come and go within this time are looked at once. */
const REFRESH_MS = 150;
/** Tasks that are read at once: a few milliseconds. Between two slices of a large file the server listens. */
const SLICE = 256;
/** Written when a run has ended. */
const ENDED_RUN = /\/\.code\/(?:state\/durations\.json|runs\/[^/]+\/summary\.json)$/;
const NOISE = /\/(?:\.code\/(?:state|runs|cache)|\.git|node_modules)(?:\/|$)/;

/** Serves one editor until it says goodbye or goes away. @returns whether it said goodbye in the proper way */
export async function serveEditor(io: Io): Promise<boolean> {
  const connection = createConnection(new StreamMessageReader(io.stdin), new StreamMessageWriter(process.stdout));
  return new LanguageServer(connection, io).served;
}

export class LanguageServer {
  /** Resolves when the editor is gone: `true` after a proper shutdown. */
  readonly served: Promise<boolean>;
  readonly #connection: Connection;
  readonly #around: Surroundings;
  readonly #documents: Documents;
  readonly #client: Client = { commands: new Set(), snippets: false, suggests: false };
  /** Documents whose diagnostics are not published yet, and those that have some shown. */
  readonly #due = new Set<string>();
  readonly #shown = new Set<string>();
  #publishing: NodeJS.Immediate | undefined;
  #refreshing: NodeJS.Timeout | undefined;
  #watches = false;
  /** What the editor asks for again when it is told to. */
  #renews = { lenses: false, hints: false };

  constructor(connection: Connection, io: Io) {
    this.#connection = connection;
    this.#around = new Surroundings(io.env);
    this.#documents = new Documents(catalogue, { expressions, yaml }, this.#around.of);
    let leaving = false;
    this.served = new Promise((resolve) => {
      connection.onShutdown(() => {
        leaving = true;
      });
      connection.onExit(() => resolve(leaving));
      io.stdin.once('close', () => resolve(leaving));
      io.stdin.once('end', () => resolve(leaving));
    });
    connection.onInitialize((parameters) => this.#initialize(parameters));
    connection.onInitialized(() => gone(this.#initialized()));
    this.#follow();
    provideFeatures(connection, { documents: this.#documents, around: this.#around, client: this.#client });
    connection.listen();
    void this.served.then(() => clearTimeout(this.#refreshing));
  }

  #initialize({ capabilities, initializationOptions }: InitializeParams): InitializeResult {
    this.#watches = capabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration === true;
    this.#renews = {
      lenses: capabilities.workspace?.codeLens?.refreshSupport === true,
      hints: capabilities.workspace?.inlayHint?.refreshSupport === true,
    };
    this.#client.snippets = capabilities.textDocument?.completion?.completionItem?.snippetSupport === true;
    for (const command of commandsIn(initializationOptions)) this.#client.commands.add(command);
    this.#client.suggests = this.#client.commands.has('editor.action.triggerSuggest');
    return {
      serverInfo: { name: 'code-engine', version },
      capabilities: {
        positionEncoding: 'utf-16',
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: false },
        ...CAPABILITIES,
      },
    };
  }

  /** Files that come and go change what a path in a workflow means. */
  async #initialized(): Promise<void> {
    if (this.#watches) {
      const watchers = [{ globPattern: '**/*' }];
      gone(this.#connection.client.register(DidChangeWatchedFilesNotification.type, { watchers }));
    }
    await this.#around.lookForTools();
    this.#refresh();
  }

  #follow(): void {
    const connection = this.#connection;
    connection.onDidOpenTextDocument(({ textDocument: { uri, version: number, text } }) => {
      const opened = this.#documents.open({ uri, path: pathOf(uri), version: number, text });
      // Before anything else is asked about it: an answer about a whole file waits until it is read.
      this.#readOn(opened);
      this.#publishSoon(uri);
    });
    connection.onDidChangeTextDocument(({ textDocument, contentChanges }) => {
      this.#documents.change(textDocument.uri, textDocument.version, contentChanges);
      this.#publishSoon(textDocument.uri);
    });
    connection.onDidCloseTextDocument(({ textDocument: { uri } }) => {
      this.#documents.close(uri);
      this.#due.delete(uri);
      if (this.#shown.delete(uri)) gone(connection.sendDiagnostics({ uri, diagnostics: [] }));
    });
    connection.onDidChangeWatchedFiles(({ changes }) => {
      const runs = changes.some(({ uri }) => ENDED_RUN.test(uri));
      // What a file says inside is nothing to a workflow; whether it is there is.
      const files = changes.some(({ uri, type }) => type !== FileChangeType.Changed && !NOISE.test(uri));
      if (runs) this.#around.forgetRuns();
      if (files) this.#around.forgetFiles();
      if (runs || files) this.#refreshSoon();
    });
  }

  /** A checkout or a build makes thousands of files: they are one refresh. */
  #refreshSoon(): void {
    this.#refreshing ??= setTimeout(() => {
      this.#refreshing = undefined;
      this.#refresh();
    }, REFRESH_MS);
  }

  #refresh(): void {
    this.#documents.refresh();
    for (const { uri } of this.#documents.all) this.#publishSoon(uri);
    if (this.#renews.lenses) gone(this.#connection.sendRequest(CodeLensRefreshRequest.type));
    if (this.#renews.hints) gone(this.#connection.languages.inlayHint.refresh());
  }

  /** After the messages that have arrived by now: several edits at once are one publication, and a later one replaces it. */
  #publishSoon(uri: string): void {
    this.#due.add(uri);
    if (this.#publishing !== undefined) return;
    this.#publishing = setImmediate(() => {
      this.#publishing = undefined;
      const due = [...this.#due];
      this.#due.clear();
      for (const each of due) {
        const opened = this.#documents.opened(each);
        if (opened !== undefined) this.#publish(opened);
      }
    });
  }

  /**
   * Reads a part of a large file; the faults of the first part are shown before the rest is read.
   * @returns whether there is more to read
   */
  #readOn(opened: OpenDocument): boolean {
    const { uri, version: number, document } = opened;
    if (!seemsWorkflow(opened) || document.readSome(SLICE)) return false;
    if (this.#shown.has(uri)) return true;
    this.#shown.add(uri);
    const diagnostics = toLspDiagnostics(document.firstDiagnostics, uri);
    gone(this.#connection.sendDiagnostics({ uri, version: number, diagnostics }));
    return true;
  }

  #publish(opened: OpenDocument): void {
    const { uri, version: number, document } = opened;
    if (this.#readOn(opened)) {
      this.#publishSoon(uri);
      return;
    }
    const workflow = isWorkflow(opened);
    if (!workflow && !this.#shown.has(uri)) return;
    const diagnostics = workflow ? toLspDiagnostics(document.diagnostics, uri) : [];
    if (workflow) this.#shown.add(uri);
    else this.#shown.delete(uri);
    gone(this.#connection.sendDiagnostics({ uri, version: number, diagnostics }));
  }
}

/** A file that lies nowhere yet (`untitled:`) is named by the rest of its address. */
function pathOf(uri: string): string {
  try {
    return uri.startsWith('file:') ? fileURLToPath(uri) : decodeURIComponent(new URL(uri).pathname);
  } catch {
    return uri;
  }
}

/** Commands that the editor can execute; lenses offer only those. */
function commandsIn(options: unknown): readonly string[] {
  if (typeof options !== 'object' || options === null || !('commands' in options)) return [];
  const { commands } = options;
  return Array.isArray(commands) ? commands.filter((each) => typeof each === 'string') : [];
}
