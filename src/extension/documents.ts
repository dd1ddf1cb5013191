/** Documents without a file, and links to places in files; what makes them is loaded when the first is opened. */
import type * as vscodeApi from 'vscode';
import { host } from '../platform/host.ts';
import type { Disposable } from './emitter.ts';
import type { App } from './host.ts';
import { LOG_SCHEME, OPEN_PLACE } from './ids.ts';
import { later } from './load.ts';
import type { PathLink, PathLinks } from './path-links.ts';
import { REPORT_SCHEME } from './reports.ts';

export function registerDocuments(app: App): Disposable[] {
  const { vscode, reports } = app;
  return [
    vscode.workspace.registerTextDocumentContentProvider(REPORT_SCHEME, reports),
    vscode.workspace.registerTextDocumentContentProvider(LOG_SCHEME, {
      provideTextDocumentContent: async (uri) => (await later(app)).logText(app, uri),
    }),
    vscode.languages.registerDocumentLinkProvider(
      { scheme: LOG_SCHEME },
      { provideDocumentLinks: async (document) => (await later(app)).logLinks(app, document) },
    ),
    vscode.commands.registerCommand(OPEN_PLACE, async (place: unknown) =>
      (await later(app)).openPlaceOfRun(app, place),
    ),
    ...(host().os === 'windows' ? [vscode.window.registerTerminalLinkProvider(new PathLinksOfTerminal(app))] : []),
  ];
}

/** Paths of a distribution in the terminal of a window of Windows. */
class PathLinksOfTerminal implements vscodeApi.TerminalLinkProvider<PathLink> {
  readonly #app: App;

  constructor(app: App) {
    this.#app = app;
  }

  async #links(): Promise<PathLinks> {
    const loaded = await later(this.#app);
    return new loaded.PathLinks(this.#app);
  }

  async provideTerminalLinks(context: vscodeApi.TerminalLinkContext): Promise<PathLink[]> {
    return (await this.#links()).provideTerminalLinks(context);
  }

  async handleTerminalLink(link: PathLink): Promise<void> {
    return (await this.#links()).handleTerminalLink(link);
  }
}
