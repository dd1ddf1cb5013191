/** The workflow files of the workspace: found by their names, kept up to date by a watcher. */
import type * as vscodeApi from 'vscode';
import { Emitter, type Disposable } from './emitter.ts';
import type { VsCode } from './host.ts';

export const WORKFLOW_GLOB = '{**/*.code.yaml,**/*.code.yml,**/.code/workflows/*.yaml,**/.code/workflows/*.yml}';
/** What is nobody's to run: packages, and what the engine keeps for itself (the workflow of a scan, for one). */
const NOT_HERE = '**/{node_modules,.git,.terraform,.venv,.code/state,.code/runs,.code/cache}/**';
const MOST = 1000;

export class Workflows {
  readonly #vscode: VsCode;
  readonly #watcher: vscodeApi.FileSystemWatcher;
  readonly #changes = new Emitter<void>();
  #files: Promise<readonly vscodeApi.Uri[]> | undefined;

  constructor(vscode: VsCode) {
    this.#vscode = vscode;
    this.#watcher = vscode.workspace.createFileSystemWatcher(WORKFLOW_GLOB, false, true, false);
    this.#watcher.onDidCreate(() => this.#stale());
    this.#watcher.onDidDelete(() => this.#stale());
  }

  #stale(): void {
    this.#files = undefined;
    this.#changes.fire();
  }

  onChanged(listener: () => void): Disposable {
    return this.#changes.on(listener);
  }

  /** Sorted by path. */
  get files(): Promise<readonly vscodeApi.Uri[]> {
    this.#files ??= this.#find();
    return this.#files;
  }

  async #find(): Promise<readonly vscodeApi.Uri[]> {
    const found = await this.#vscode.workspace.findFiles(WORKFLOW_GLOB, NOT_HERE, MOST);
    // What an empty view offers depends on it: nothing can be run yet.
    void this.#vscode.commands.executeCommand('setContext', 'code.noWorkflows', found.length === 0);
    return [...found].sort((a, b) => a.path.localeCompare(b.path));
  }

  dispose(): void {
    this.#watcher.dispose();
  }
}

/** By its name, or by the language that a person chose for it. */
export const isWorkflow = (document: Pick<vscodeApi.TextDocument, 'languageId' | 'uri'>): boolean =>
  document.languageId === 'code-workflow' ||
  /\.code\.ya?ml$|[\\/]\.code[\\/]workflows[\\/][^\\/]+\.ya?ml$/.test(document.uri.path);
