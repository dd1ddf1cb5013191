/**
 * A folder on a drive of Windows whose tools work in Linux: told once per folder, with the offer to copy it to the Linux home
 * (`code-engine wsl move` copies and compares) and to open the copy. A "no" is remembered; the command of the palette asks again.
 */
import type * as vscodeApi from 'vscode';
import { isObject } from '../core/json.ts';
import { host } from '../platform/host.ts';
import { isOnWindowsDrive } from '../platform/mounts.ts';
import { failure } from '../core/failure.ts';
import { askCli } from './engine/ask-cli.ts';
import { namedDistro, program } from './engine/cli.ts';
import { folders, mayRun, showFailure, type App } from './host.ts';

/** The folders that were told about, in the editor's own memory. */
const TOLD = 'code.slowFoldersTold';

/** Tells it where it holds and was not told yet. */
export async function offerMove(app: App): Promise<void> {
  const { vscode, context } = app;
  if (!mayRun(vscode)) return;
  const told = context.globalState.get<readonly string[]>(TOLD, []);
  for (const folder of folders(vscode).filter((each) => !told.includes(each))) {
    if (!(await isSlow(app, folder))) continue;
    await context.globalState.update(TOLD, [...told, folder]);
    const move = vscode.l10n.t('Move to Linux…');
    const text = vscode.l10n.t(
      '{0} is on a drive of Windows, which Linux reaches many times slower. CODE can copy it to your Linux home, compare the copy, and open it there.',
      folder,
    );
    if ((await vscode.window.showInformationMessage(text, move, vscode.l10n.t('Not for This Folder'))) === move)
      await moveToWsl(app, folder);
    return;
  }
}

/** In a window of a distribution its mounts tell; on Windows a drive is slow for an engine that works in a distribution. */
async function isSlow(app: App, folder: string): Promise<boolean> {
  switch (host().os) {
    case 'linux':
      return isOnWindowsDrive(folder);
    case 'windows': {
      const cli = program(app.vscode, app.context);
      if (cli.on === 'local' || !/^[a-z]:/i.test(folder)) return false;
      const list = await askCli(cli, ['wsl', 'list', '--json']);
      return (
        list.ok && isObject(list.value) && Array.isArray(list.value['distros']) && list.value['distros'].length > 0
      );
    }
    case 'macos':
      return false;
  }
}

interface Moved {
  readonly to: string;
  readonly windows?: string;
  readonly remote?: string;
}

/** Copies a folder (the workspace's first one where none is given) and offers to open the copy. */
export async function moveToWsl(app: App, argument: unknown): Promise<void> {
  const { vscode, context } = app;
  const folder = typeof argument === 'string' ? argument : folders(vscode)[0];
  if (folder === undefined) return;
  const cli = program(vscode, context);
  const distro = namedDistro(cli);
  const args = [
    'wsl',
    'move',
    folder,
    '--json',
    ...(distro !== undefined && host().os === 'windows' ? ['--distro', distro] : []),
  ];
  const done = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      cancellable: true,
      title: vscode.l10n.t('Copying {0} to Linux', folder),
    },
    async (_progress, token) => {
      const stop = new AbortController();
      token.onCancellationRequested(() => stop.abort());
      return askCli(cli, args, stop.signal);
    },
  );
  if (!done.ok) return showFailure(app, done.failure);
  const moved = done.value;
  if (!isMoved(moved)) return showFailure(app, failure('tool', vscode.l10n.t('The copy was not made.')));
  const open = vscode.l10n.t('Open the Copy');
  const text = vscode.l10n.t('{0} holds a copy, each file compared. The original is still there.', moved.to);
  if ((await vscode.window.showInformationMessage(text, open)) === open)
    await vscode.commands.executeCommand('vscode.openFolder', await placeOf(app, moved));
}

/** The copy as this window can open it: in a window of the distribution as it is, on Windows through Remote-WSL where it is installed. */
async function placeOf({ vscode }: App, { to, windows, remote }: Moved): Promise<vscodeApi.Uri> {
  if (host().os !== 'windows') return vscode.Uri.file(to);
  const known = await vscode.commands.getCommands(true);
  if (remote !== undefined && known.includes('remote-wsl.openFolder'))
    return vscode.Uri.from({ scheme: 'vscode-remote', authority: remote, path: to });
  return vscode.Uri.file(windows ?? to);
}

const isMoved = (value: unknown): value is Moved => isObject(value) && typeof value['to'] === 'string';
