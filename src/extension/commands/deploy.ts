/**
 * Deploy: from a sentence to a plan that a person looks at file by file, from the accepted files to a preview and a run. Or a workflow
 * that is there already, which is run.
 */
import type * as vscodeApi from 'vscode';
import { folders, type App } from '../host.ts';
import { ReviewPanel } from '../review/panel.ts';

export async function deploy(app: App, argument: unknown): Promise<void> {
  const { vscode } = app;
  const [workspace] = folders(vscode);
  if (workspace === undefined) return;
  const pick = typeof argument === 'string' ? argument : await wish(app);
  if (pick === undefined) return;
  if (typeof pick === 'string') new ReviewPanel(app, workspace, pick);
  else await vscode.commands.executeCommand('code.runWorkflow', pick);
}

/** A sentence that is typed, or a workflow that is there already. */
async function wish(app: App): Promise<string | vscodeApi.Uri | undefined> {
  const { vscode } = app;
  const files = await app.workflows.files;
  const picker = vscode.window.createQuickPick<vscodeApi.QuickPickItem & { readonly uri?: vscodeApi.Uri }>();
  picker.title = vscode.l10n.t('Deploy');
  picker.placeholder = vscode.l10n.t('What should run and where? Such as: a web shop with PostgreSQL on Kubernetes');
  picker.ignoreFocusOut = true;
  const known = files.map((uri) => ({
    label: `$(play) ${vscode.workspace.asRelativePath(uri)}`,
    description: vscode.l10n.t('run this workflow'),
    uri,
  }));
  picker.items = known;
  picker.onDidChangeValue((typed) => {
    const plan = { label: `$(sparkle) ${typed}`, description: vscode.l10n.t('plan this'), alwaysShow: true };
    picker.items = typed.trim() === '' ? known : [plan, ...known];
  });
  const chosen = await new Promise<string | vscodeApi.Uri | undefined>((resolve) => {
    picker.onDidAccept(() => resolve(picker.selectedItems[0]?.uri ?? (picker.value.trim() || undefined)));
    picker.onDidHide(() => resolve(undefined));
    picker.show();
  });
  picker.dispose();
  return chosen;
}
