/** Secure: every scanner that fits the folder, as a run of its own; what they find comes as problems on the files. */
import { showFailure, folderOf, folders, type App } from '../host.ts';
import type { Monitors } from '../monitor/monitors.ts';

export async function secure(app: App, monitors: Monitors, argument: unknown): Promise<void> {
  const { vscode, engine, runs } = app;
  const folder = await folderToScan(app, argument);
  if (folder === undefined) return;
  const workspace = folderOf(vscode, folder);
  const answer = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Starting the scanners…') },
    () => engine.request('secure/start', { folder, workspace }),
  );
  if (!answer.ok) return showFailure(app, answer.failure);
  const { runId, scanners } = answer.value;
  await runs.refresh();
  monitors.showNew(runId);
  const missing = scanners.filter(({ status }) => status === 'missing');
  if (missing.length === 0) return;
  const names = missing.map(({ scanner }) => scanner).join(', ');
  const doctor = vscode.l10n.t('Check Tools');
  const text = vscode.l10n.t('Not installed here, so not asked: {0}.', names);
  if ((await vscode.window.showInformationMessage(text, doctor)) === doctor)
    await vscode.commands.executeCommand('code.doctor');
}

async function folderToScan({ vscode }: App, argument: unknown): Promise<string | undefined> {
  if (argument instanceof vscode.Uri && argument.scheme === 'file') return argument.fsPath;
  const all = folders(vscode);
  if (all.length < 2) return all[0];
  return vscode.window.showQuickPick(all, { placeHolder: vscode.l10n.t('Which folder?') });
}
