/** Show Context That Would Be Sent: every file with its tokens and what was taken out, then the bytes themselves. Nothing is sent. */
import type { ContextReport } from '../../run/answers.ts';
import { folders, showFailure, type App } from '../host.ts';

export async function showContext(app: App, argument: unknown): Promise<void> {
  const { vscode } = app;
  const [workspace] = folders(vscode);
  if (workspace === undefined) return;
  const description =
    typeof argument === 'string'
      ? argument
      : await vscode.window.showInputBox({
          title: vscode.l10n.t('Show Context That Would Be Sent'),
          prompt: vscode.l10n.t('For which description? Its words decide which files come first. Nothing is sent.'),
          placeHolder: vscode.l10n.t('A web shop with PostgreSQL on Kubernetes'),
          ignoreFocusOut: true,
        });
  if (description === undefined) return;
  const answer = await app.engine.request('deploy/context', { workspace, description });
  if (!answer.ok) return showFailure(app, answer.failure);
  const uri = app.reports.put(`${vscode.l10n.t('Context that would be sent')}.txt`, page(app, answer.value));
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
}

function page({ vscode: { l10n } }: App, { tokens, budget, blocked, files, text }: ContextReport): string {
  const widest = Math.max(10, ...files.map(({ path }) => path.length));
  const rows = files.map(({ path, sent, tokens: size, redactions, why }) => {
    const notes = [
      ...(redactions.length === 0
        ? []
        : [l10n.t('{0} taken out: {1}', redactions.length, [...new Set(redactions)].join(', '))]),
      ...(why === undefined ? [] : [why]),
    ];
    const state = sent ? l10n.t('sent') : l10n.t('left out');
    return `${state.padEnd(9)} ${String(size).padStart(7)}  ${path.padEnd(widest)}  ${notes.join('; ')}`.trimEnd();
  });
  return [
    l10n.t('{0} of at most {1} tokens. Nothing was sent.', tokens, budget),
    ...(blocked === undefined ? [] : [l10n.t('It would not be sent: it still holds something like a {0}.', blocked)]),
    '',
    `${l10n.t('what').padEnd(9)} ${l10n.t('tokens').padStart(7)}  ${l10n.t('file')}`,
    ...rows,
    '',
    `── ${l10n.t('the exact text')} ${'─'.repeat(60)}`,
    text,
    '',
  ].join('\n');
}
