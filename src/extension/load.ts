/** Loads what is used later or never, when it first is. */
import type { App } from './host.ts';
import type * as Later from './later.ts';

export async function later({ vscode }: Pick<App, 'vscode'>): Promise<typeof Later> {
  const loaded = await import('./later.ts');
  loaded.useWords(vscode.l10n.bundle ?? {});
  return loaded;
}
