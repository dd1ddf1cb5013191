/** The Workflows view: the files that were found, each with run and preview at its side. */
import type * as vscodeApi from 'vscode';
import type { Disposable } from '../emitter.ts';
import type { App } from '../host.ts';

export class WorkflowsTree implements vscodeApi.TreeDataProvider<vscodeApi.Uri> {
  readonly #app: App;
  readonly #changed: vscodeApi.EventEmitter<undefined>;
  readonly onDidChangeTreeData: vscodeApi.Event<undefined>;
  readonly #subscription: Disposable;

  constructor(app: App) {
    this.#app = app;
    this.#changed = new app.vscode.EventEmitter();
    this.onDidChangeTreeData = this.#changed.event;
    this.#subscription = app.workflows.onChanged(() => this.#changed.fire(undefined));
  }

  async getChildren(node?: vscodeApi.Uri): Promise<vscodeApi.Uri[]> {
    return node ? [] : [...(await this.#app.workflows.files)];
  }

  getTreeItem(uri: vscodeApi.Uri): vscodeApi.TreeItem {
    const { vscode } = this.#app;
    const item = new vscode.TreeItem(uri, vscode.TreeItemCollapsibleState.None);
    item.id = uri.toString();
    item.description = vscode.workspace.asRelativePath(uri).split('/').slice(0, -1).join('/');
    item.contextValue = 'workflow';
    item.command = { command: 'vscode.open', title: vscode.l10n.t('Open'), arguments: [uri] };
    return item;
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
  }
}
