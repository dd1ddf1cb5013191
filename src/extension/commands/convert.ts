/** Import… and Export to Tekton…: the result as a document that is not saved yet, and beside it what was lost on the way. */
import type * as vscodeApi from 'vscode';
import type { ConversionLoss } from '../../run/answers.ts';
import { showFailure, type App } from '../host.ts';
import { plain } from '../reports.ts';
import { pickWorkflow } from './target.ts';

export async function importFile(app: App, argument: unknown): Promise<void> {
  const { vscode, engine } = app;
  const { l10n } = vscode;
  const uri = argument instanceof vscode.Uri ? argument : await pickFile(app);
  if (uri === undefined) return;
  const answer = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: l10n.t('Importing…') },
    () => engine.request('workflow/import', { file: uri.fsPath }),
  );
  if (!answer.ok) return showFailure(app, answer.failure);
  const { from, text, losses } = answer.value;
  await open(app, 'code-workflow', text);
  const name = vscode.workspace.asRelativePath(uri);
  await report(app, l10n.t('Import of {0} ({1})', name, from), losses);
}

export async function exportToTekton(app: App, argument: unknown): Promise<void> {
  const { vscode, engine } = app;
  const { l10n } = vscode;
  const uri = await pickWorkflow(app, argument);
  if (uri === undefined) return;
  const answer = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: l10n.t('Exporting…') },
    () => engine.request('workflow/export', { file: uri.fsPath }),
  );
  if (!answer.ok) return showFailure(app, answer.failure);
  await open(app, 'yaml', answer.value.text);
  await report(app, l10n.t('Export of {0} to Tekton', vscode.workspace.asRelativePath(uri)), answer.value.losses);
}

async function pickFile({ vscode }: App): Promise<vscodeApi.Uri | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('A file of GitHub Actions, Tekton or Taskfile'),
    openLabel: vscode.l10n.t('Import'),
    filters: { YAML: ['yml', 'yaml'] },
  });
  return chosen?.[0];
}

async function open({ vscode }: App, language: string, content: string): Promise<void> {
  const document = await vscode.workspace.openTextDocument({ language, content });
  await vscode.window.showTextDocument(document);
}

async function report(app: App, title: string, losses: readonly ConversionLoss[]): Promise<void> {
  const { l10n } = app.vscode;
  if (losses.length === 0) {
    void app.vscode.window.setStatusBarMessage(`$(check) ${l10n.t('Everything was carried over.')}`, 6000);
    return;
  }
  const words: Readonly<Record<ConversionLoss['kind'], string>> = {
    lost: l10n.t('lost'),
    changed: l10n.t('changed'),
    dropped: l10n.t('dropped'),
  };
  const rows = [...losses]
    .sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind))
    .map(
      ({ kind, line, what, message }) => `| **${words[kind]}** | ${line ?? ''} | ${plain(what)} | ${plain(message)} |`,
    );
  const head = [`| | ${l10n.t('line')} | ${l10n.t('what')} | ${l10n.t('what became of it')} |`, '|---|--:|---|---|'];
  await app.reports.showMarkdown(title, [`# ${plain(title)}`, '', ...head, ...rows].join('\n'));
}

/** What wants a person comes first. */
const ORDER: readonly ConversionLoss['kind'][] = ['lost', 'changed', 'dropped'];
