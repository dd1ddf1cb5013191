/** Initialize Claude Context: the difference in the editor first, then the files that are ticked. */
import type * as vscodeApi from 'vscode';
import type { Results } from '../../run/protocol.ts';
import { folders, showFailure, type App } from '../host.ts';
import { PlannedFiles } from '../review/planned-files.ts';

type InitFile = Results['init/plan']['files'][number];
interface FileItem extends vscodeApi.QuickPickItem {
  readonly file: InitFile;
}

export async function initContext(app: App): Promise<void> {
  const { vscode, engine } = app;
  const [workspace] = folders(vscode);
  if (workspace === undefined) return;
  const { l10n } = vscode;
  const answer = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: l10n.t('Looking at the workspace…') },
    () => engine.request('init/plan', { workspace }),
  );
  if (!answer.ok) return showFailure(app, answer.failure);
  const news = answer.value.files.filter(({ action }) => action === 'create' || action === 'update');
  for (const { path, why } of answer.value.files) if (why !== undefined) app.log.warn(`${path}: ${why}`);
  if (news.length === 0) {
    void vscode.window.showInformationMessage(l10n.t('The context files are up to date.'));
    return;
  }
  const planned = new PlannedFiles(vscode, workspace);
  planned.put(news);
  await planned.show(undefined);
  const accepted = await choose(app, news, planned);
  if (accepted.length > 0) {
    const files = accepted.map(({ path, text }) => ({ path, text }));
    const written = await engine.request('init/write', { workspace, files });
    if (!written.ok) await showFailure(app, written.failure);
    else void vscode.window.setStatusBarMessage(`$(check) ${l10n.t('Wrote {0} files.', files.length)}`, 6000);
  }
  await planned.close();
}

/** The list stands over the difference; Escape leaves everything as it is. */
async function choose({ vscode }: App, news: readonly InitFile[], planned: PlannedFiles): Promise<readonly InitFile[]> {
  const { l10n } = vscode;
  const picker = vscode.window.createQuickPick<FileItem>();
  const buttons = [{ iconPath: new vscode.ThemeIcon('diff'), tooltip: l10n.t('Show the difference') }];
  picker.title = l10n.t('Initialize Claude Context: which files are written?');
  picker.placeholder = l10n.t('Your own words are kept. Nothing is written before OK.');
  picker.canSelectMany = true;
  picker.ignoreFocusOut = true;
  picker.items = news.map((file) => ({
    file,
    label: file.path,
    description: file.action === 'create' ? l10n.t('new') : l10n.t('updated'),
    buttons,
  }));
  picker.selectedItems = picker.items;
  picker.onDidTriggerItemButton(({ item }) => void planned.show(item.file.path));
  const chosen = await new Promise<readonly FileItem[]>((resolve) => {
    picker.onDidAccept(() => resolve(picker.selectedItems));
    picker.onDidHide(() => resolve([]));
    picker.show();
  });
  picker.dispose();
  return chosen.map(({ file }) => file);
}
