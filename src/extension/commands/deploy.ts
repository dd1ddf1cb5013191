/**
 * Deploy: from a sentence to a plan, from the plan to files that a person looks at one by one, from the files to a run. The planner
 * writes into a folder of its own; nothing of the workspace changes before it is accepted here.
 */
import type * as vscodeApi from 'vscode';
import { checked, flag, listOf, optional, shape, text } from '../../core/check.ts';
import { failure } from '../../core/failure.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { askCli, program } from '../engine/cli.ts';
import { folders, showFailure, type App } from '../host.ts';

const PLAN = shape({
  provider: text,
  workflow: text,
  files: listOf(shape({ path: text, origin: text })),
  assumptions: listOf(text),
  unplaced: listOf(text),
  needsClarification: listOf(text),
  destructive: flag,
  error: optional(text),
});
type DeployPlan = NonNullable<(typeof PLAN)['is']>;

export async function deploy(app: App): Promise<void> {
  const { vscode, context } = app;
  const [workspace] = folders(vscode);
  if (workspace === undefined) return;
  const pick = await wish(app);
  if (pick === undefined) return;
  if (typeof pick !== 'string') {
    await vscode.commands.executeCommand('code.runWorkflow', pick);
    return;
  }
  const staging = vscode.Uri.joinPath(context.storageUri ?? context.globalStorageUri, 'plans', String(Date.now()));
  await vscode.workspace.fs.createDirectory(staging);
  const plan = await planned(app, pick, staging);
  if (!plan.ok) return showFailure(app, plan.failure);
  const accepted = await review(app, plan.value, staging, vscode.Uri.file(workspace));
  if (accepted) await offerRun(app, vscode.Uri.joinPath(vscode.Uri.file(workspace), plan.value.workflow), plan.value);
  await vscode.workspace.fs.delete(staging, { recursive: true });
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

async function planned(app: App, sentence: string, staging: vscodeApi.Uri): Promise<Result<DeployPlan>> {
  const { vscode, context } = app;
  const location = vscode.ProgressLocation.Notification;
  const answer = await vscode.window.withProgress(
    { location, title: vscode.l10n.t('Planning…'), cancellable: true },
    (_progress, token) => {
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort());
      return askCli(
        program(vscode, context),
        ['deploy', sentence, '--plan-only', '--out', staging.fsPath, '--json'],
        abort.signal,
      );
    },
  );
  if (!answer.ok) return answer;
  const plan = checked(answer.value, PLAN, 'plan');
  if (!plan.ok) return err(failure('invalid', `The planner's answer makes no sense (${plan.failure}).`));
  const { needsClarification, error, files } = plan.value;
  if (error !== undefined) return err(failure('invalid', error));
  if (files.length === 0)
    return err(failure('invalid', vscode.l10n.t('No plan could be made.'), { next: needsClarification.join(' ') }));
  return ok(plan.value);
}

interface FileItem extends vscodeApi.QuickPickItem {
  readonly path: string;
}

/** Every file with its difference to what is there; those that are ticked are written. @returns whether the workflow is among them */
async function review(app: App, plan: DeployPlan, staging: vscodeApi.Uri, workspace: vscodeApi.Uri): Promise<boolean> {
  const { vscode } = app;
  const joinPath = (base: vscodeApi.Uri, path: string): vscodeApi.Uri => vscode.Uri.joinPath(base, path);
  const show = { iconPath: new vscode.ThemeIcon('diff'), tooltip: vscode.l10n.t('Show the difference') };
  const items = await Promise.all(
    plan.files.map(async ({ path, origin }): Promise<FileItem> => {
      const there = await exists(app, joinPath(workspace, path));
      return {
        path,
        label: path,
        description: there ? vscode.l10n.t('changes a file that is there') : vscode.l10n.t('new'),
        detail: origin === 'model' ? vscode.l10n.t('written by the model') : '',
        buttons: [show],
      };
    }),
  );
  const picker = vscode.window.createQuickPick<FileItem>();
  picker.title = plan.destructive
    ? vscode.l10n.t('Plan (it destroys something): which files are written?')
    : vscode.l10n.t('Plan: which files are written?');
  picker.placeholder = [
    ...plan.unplaced.map((part) => vscode.l10n.t('Not planned: {0}', part)),
    ...plan.assumptions,
  ].join(' ');
  picker.canSelectMany = true;
  picker.ignoreFocusOut = true;
  picker.items = items;
  picker.selectedItems = items;
  picker.onDidTriggerItemButton(
    ({ item }) => void difference(app, joinPath(workspace, item.path), joinPath(staging, item.path), item.path),
  );
  const chosen = await new Promise<readonly FileItem[]>((resolve) => {
    picker.onDidAccept(() => resolve(picker.selectedItems));
    picker.onDidHide(() => resolve([]));
    picker.show();
  });
  picker.dispose();
  for (const { path } of chosen)
    await vscode.workspace.fs.copy(joinPath(staging, path), joinPath(workspace, path), { overwrite: true });
  return chosen.some(({ path }) => path === plan.workflow);
}

async function exists({ vscode }: App, uri: vscodeApi.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}

async function difference(app: App, before: vscodeApi.Uri, after: vscodeApi.Uri, name: string): Promise<void> {
  const { commands } = app.vscode;
  const options = { preview: true, preserveFocus: true };
  if (await exists(app, before)) await commands.executeCommand('vscode.diff', before, after, name, options);
  else await commands.executeCommand('vscode.open', after, options);
}

async function offerRun(app: App, workflow: vscodeApi.Uri, plan: DeployPlan): Promise<void> {
  const { vscode } = app;
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(workflow));
  const run = vscode.l10n.t('Run Workflow');
  const open = plan.needsClarification.join(' ');
  if (
    (await vscode.window.showInformationMessage(
      vscode.l10n.t('The plan is in {0}.', plan.workflow) + (open === '' ? '' : ` ${open}`),
      run,
    )) === run
  ) {
    await vscode.commands.executeCommand('code.runWorkflow', workflow);
  }
}
