/** Documents that a command writes for reading: they are in no file, and gone when they are closed. */
import type * as vscodeApi from 'vscode';
import type { Disposable } from './emitter.ts';
import type { VsCode } from './host.ts';

export const REPORT_SCHEME = 'code-report';

export class Reports implements vscodeApi.TextDocumentContentProvider {
  readonly #vscode: VsCode;
  readonly #texts = new Map<string, string>();
  readonly #changed: vscodeApi.EventEmitter<vscodeApi.Uri>;
  readonly onDidChange: vscodeApi.Event<vscodeApi.Uri>;
  readonly #subscription: Disposable;

  constructor(vscode: VsCode) {
    this.#vscode = vscode;
    this.#changed = new vscode.EventEmitter();
    this.onDidChange = this.#changed.event;
    this.#subscription = vscode.workspace.onDidCloseTextDocument(({ uri }) => {
      if (uri.scheme === REPORT_SCHEME) this.#texts.delete(uri.toString());
    });
  }

  provideTextDocumentContent(uri: vscodeApi.Uri): string {
    return this.#texts.get(uri.toString()) ?? '';
  }

  /** @param name with an extension, which decides the language; the same name takes the same tab again */
  put(name: string, text: string): vscodeApi.Uri {
    const uri = this.#vscode.Uri.from({ scheme: REPORT_SCHEME, path: `/${name}` });
    this.#texts.set(uri.toString(), text);
    this.#changed.fire(uri);
    return uri;
  }

  /** Shows Markdown as it reads, not as it is written. */
  async showMarkdown(title: string, text: string): Promise<void> {
    await this.#vscode.commands.executeCommand('markdown.showPreview', this.put(`${title}.md`, text));
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
  }
}

/** Text that stands in Markdown for itself, also in a cell of a table. */
export const plain = (text: string): string => text.replace(/[\\`*_{}[\]<>#|~]/g, '\\$&').replace(/\s*\n\s*/g, ' ');
