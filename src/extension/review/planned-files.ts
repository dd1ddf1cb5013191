/** Files of a plan that nobody wrote yet, as documents to look at: each beside what is there, all of them in one view. */
import type * as vscodeApi from 'vscode';
import type { Disposable } from '../emitter.ts';
import type { VsCode } from '../host.ts';

const SCHEME = 'code-plan';

interface PlannedFile {
  readonly path: string;
  readonly text: string;
  readonly before?: string;
}

let lastPlan = 0;

export class PlannedFiles implements vscodeApi.TextDocumentContentProvider {
  readonly #vscode: VsCode;
  readonly #workspace: string;
  readonly #changed: vscodeApi.EventEmitter<vscodeApi.Uri>;
  readonly onDidChange: vscodeApi.Event<vscodeApi.Uri>;
  readonly #subscription: Disposable;
  /** Several plans may be open; each has documents of its own. */
  readonly #scheme = `${SCHEME}-${++lastPlan}`;
  #files: readonly PlannedFile[] = [];

  /** @param workspace the folder that the files would be written to */
  constructor(vscode: VsCode, workspace: string) {
    this.#vscode = vscode;
    this.#workspace = workspace;
    this.#changed = new vscode.EventEmitter();
    this.onDidChange = this.#changed.event;
    this.#subscription = vscode.workspace.registerTextDocumentContentProvider(this.#scheme, this);
  }

  /** Takes the place of the files before: documents that are open show the new ones. */
  put(files: readonly PlannedFile[]): void {
    const paths = new Set([...this.#files, ...files].map(({ path }) => path));
    this.#files = files;
    for (const path of paths) this.#changed.fire(this.#uri(path));
  }

  provideTextDocumentContent({ path }: vscodeApi.Uri): string {
    return this.#files.find((file) => `/${file.path}` === path)?.text ?? '';
  }

  #uri(path: string): vscodeApi.Uri {
    return this.#vscode.Uri.from({ scheme: this.#scheme, path: `/${path}` });
  }

  /** @param path one file, or all of them where none is named */
  async show(path: string | undefined): Promise<void> {
    const { commands, l10n, Uri, ViewColumn } = this.#vscode;
    const there = (file: PlannedFile): vscodeApi.Uri => Uri.joinPath(Uri.file(this.#workspace), file.path);
    if (path === undefined) {
      const changes = this.#files
        .filter(({ before, text }) => before !== text)
        .map((file) => [there(file), file.before === undefined ? undefined : there(file), this.#uri(file.path)]);
      await commands.executeCommand('vscode.changes', l10n.t('Planned Changes'), changes);
      return;
    }
    const file = this.#files.find((each) => each.path === path);
    if (!file) return;
    const options = { preview: true, viewColumn: ViewColumn.Active };
    if (file.before === undefined) await commands.executeCommand('vscode.open', this.#uri(path), options);
    else await commands.executeCommand('vscode.diff', there(file), this.#uri(path), path, options);
  }

  /** Closes what shows them, and forgets them. */
  async close(): Promise<void> {
    const { window } = this.#vscode;
    const title = this.#vscode.l10n.t('Planned Changes');
    const ours = window.tabGroups.all.flatMap(({ tabs }) => tabs).filter((tab) => this.#shows(tab, title));
    if (ours.length > 0) await window.tabGroups.close(ours, true);
    this.dispose();
  }

  #shows({ input, label }: vscodeApi.Tab, title: string): boolean {
    const { TabInputText, TabInputTextDiff } = this.#vscode;
    if (input instanceof TabInputText) return input.uri.scheme === this.#scheme;
    if (input instanceof TabInputTextDiff) return input.modified.scheme === this.#scheme;
    return label.startsWith(title); // the view of many files has no kind of its own
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
  }
}
