/**
 * In a window of Windows, paths that a program in a distribution prints (`/mnt/c/shop/main.tf:3`, `/home/ada/x.yaml`) are links that open
 * the file on this side, at its line. The editor itself only knows the paths of its own system; elsewhere than on Windows that is enough.
 */
import type * as vscodeApi from 'vscode';
import { placesIn, type Place } from '../views/log/places.ts';
import type { App } from './host.ts';
import { openPlace } from './places.ts';

export interface PathLink extends Place {
  readonly startIndex: number;
  readonly tooltip: string;
}

export class PathLinks implements vscodeApi.TerminalLinkProvider<PathLink> {
  readonly #app: Pick<App, 'vscode' | 'context' | 'log'>;

  constructor(app: Pick<App, 'vscode' | 'context' | 'log'>) {
    this.#app = app;
  }

  provideTerminalLinks({ line }: Pick<vscodeApi.TerminalLinkContext, 'line'>): PathLink[] {
    const tooltip = this.#app.vscode.l10n.t('Open the file');
    return placesIn(line)
      .filter(({ path }) => path.startsWith('/'))
      .map((place) => ({ startIndex: place.start, tooltip, ...place }));
  }

  handleTerminalLink(link: PathLink): Promise<void> {
    return openPlace(this.#app, link, [], 'windows');
  }
}
