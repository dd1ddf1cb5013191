/**
 * The language server of workflows (`code-engine lsp --stdio`), started when the first workflow is opened. It runs no workflow, so it is
 * there in folders that are not trusted too.
 */
import type * as vscodeApi from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import { errorMessage } from '../core/failure.ts';
import type { Disposable } from './emitter.ts';
import { program } from './engine/cli.ts';
import { engineEnvironment } from './engine/launch.ts';
import type { App } from './host.ts';

const LANGUAGE = 'code-workflow';
/** Commands that the server may put into code lenses and fixes. */
const OFFERED = [
  'code.runWorkflow',
  'code.preview',
  'code.runOnlyThis',
  'code.runFromHere',
  'code.openMonitor',
  'code.showLog',
  'code.doctor',
  'code.retryTask',
];
/** How much of a YAML file is looked at for the key that makes it a workflow. */
const LOOKED_AT = 65_536;

export class Language {
  readonly #app: Pick<App, 'vscode' | 'context' | 'log'>;
  readonly #subscriptions: Disposable[] = [];
  #client: Promise<LanguageClient | undefined> | undefined;
  #failed = false;

  constructor(app: Pick<App, 'vscode' | 'context' | 'log'>) {
    this.#app = app;
    const { workspace } = app.vscode;
    this.#subscriptions.push(workspace.onDidOpenTextDocument((document) => void this.#opened(document)));
    for (const document of workspace.textDocuments) void this.#opened(document);
  }

  /** The server says what is wrong with open workflows. */
  get running(): boolean {
    return this.#client !== undefined && !this.#failed;
  }

  async #opened(document: vscodeApi.TextDocument): Promise<void> {
    if (document.languageId === 'yaml' && isWorkflowText(document)) {
      // Any YAML file with the top-level key is a workflow; it is opened again under this language.
      await this.#app.vscode.languages.setTextDocumentLanguage(document, LANGUAGE);
      return;
    }
    if (document.languageId !== LANGUAGE) return;
    this.#client ??= this.#start();
    await this.#client;
  }

  async #start(): Promise<LanguageClient | undefined> {
    const { vscode, context, log } = this.#app;
    const { LanguageClient } = await import('vscode-languageclient/node');
    const { node, script, cwd } = program(vscode, context);
    const options = { env: engineEnvironment(process.env), ...(cwd === undefined ? {} : { cwd }) };
    const client = new LanguageClient(
      'code',
      'CODE',
      { command: node, args: [script, 'lsp', '--stdio'], options },
      {
        documentSelector: [{ language: LANGUAGE }],
        outputChannel: log,
        initializationOptions: { commands: OFFERED },
        diagnosticCollectionName: 'code',
      },
    );
    try {
      await client.start();
      return client;
    } catch (error) {
      this.#failed = true;
      log.error(errorMessage(error));
      void vscode.window.showErrorMessage(
        vscode.l10n.t('The language server of CODE could not be started. The log says more.'),
      );
      return undefined;
    }
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    void this.#client?.then((client) => client?.stop());
  }
}

/** The top-level key `parallel_deployment`, looked for in the text and not by parsing every YAML file that is opened. */
export function isWorkflowText(document: Pick<vscodeApi.TextDocument, 'getText' | 'uri'>): boolean {
  if (document.uri.scheme !== 'file' && document.uri.scheme !== 'untitled') return false;
  return /^["']?parallel_deployment["']?\s*:/m.test(document.getText().slice(0, LOOKED_AT));
}
