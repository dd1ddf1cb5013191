/**
 * In a window of Windows, paths that a program in a distribution prints (`/mnt/c/shop/main.tf:3`, `/home/ada/x.yaml`) are links that open
 * the file on this side, at its line. The editor itself only knows the paths of its own system; elsewhere than on Windows that is enough.
 */
import type * as vscodeApi from 'vscode';
import { isObject } from '../core/json.ts';
import { askCli } from './engine/ask-cli.ts';
import { program } from './engine/cli.ts';
import { showFailure, type App } from './host.ts';
import { failure } from '../core/failure.ts';

interface PathLink {
  readonly startIndex: number;
  readonly length: number;
  readonly tooltip: string;
  readonly path: string;
  /** From 1; 1 where none was printed. */
  readonly line: number;
  readonly column: number;
}

/** An absolute path of two names or more, then perhaps `:line:column`; not the path of an address such as `https://host/a/b`. */
const PLACE = /(?<![\w:./\\~-])(\/[\w.@+~-]+(?:\/[\w.@+~-]+)+)(?::(\d+)(?::(\d+))?)?/g;

export class PathLinks implements vscodeApi.TerminalLinkProvider<PathLink> {
  readonly #app: Pick<App, 'vscode' | 'context' | 'log'>;

  constructor(app: Pick<App, 'vscode' | 'context' | 'log'>) {
    this.#app = app;
  }

  provideTerminalLinks({ line }: Pick<vscodeApi.TerminalLinkContext, 'line'>): PathLink[] {
    return [...line.matchAll(PLACE)].map((match) => {
      const [text, path = '', at = '1', column = '1'] = match;
      const tooltip = this.#app.vscode.l10n.t('Open the file');
      return { startIndex: match.index, length: text.length, tooltip, path, line: Number(at), column: Number(column) };
    });
  }

  async handleTerminalLink({ path, line, column }: PathLink): Promise<void> {
    const { vscode, context } = this.#app;
    const cli = program(vscode, context);
    const distro = /^wsl:(.+)$/.exec(cli.on)?.[1];
    const args = ['path', '--to', 'windows', '--json', ...(distro === undefined ? [] : ['--distro', distro]), path];
    const answer = await askCli(cli, args);
    if (!answer.ok) return showFailure(this.#app, answer.failure);
    const { path: here, error } = isObject(answer.value) ? answer.value : {};
    if (typeof here !== 'string') {
      const why = isObject(error) && typeof error['message'] === 'string' ? error['message'] : path;
      return showFailure(this.#app, failure('missing', why));
    }
    const document = await vscode.workspace.openTextDocument(vscode.Uri.file(here));
    const place = new vscode.Position(line - 1, column - 1);
    await vscode.window.showTextDocument(document, { selection: new vscode.Range(place, place) });
  }
}
