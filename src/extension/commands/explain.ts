/** Explain: what happened to a failed task, the likely cause and what to do next; known failures first, a model only when asked for. */
import type { TaskExplanation } from '../../run/answers.ts';
import { showFailure, type App } from '../host.ts';
import { plannerChoice } from '../models.ts';
import { plain } from '../reports.ts';
import { pickTask } from './target.ts';

export async function explain(app: App, argument: unknown): Promise<void> {
  const { vscode, engine } = app;
  const target = await pickTask(
    app,
    argument,
    (task) => task.status === 'failed' || task.status === 'timed_out',
    vscode.l10n.t('No task has failed.'),
  );
  if (!target) return;
  const { task } = target.task.summary;
  const asked = { runId: target.run.summary.runId, workspace: target.run.workspace, task };
  const answer = await engine.request('explain', asked);
  if (!answer.ok) return showFailure(app, answer.failure);
  await show(app, task, answer.value.explanations);
  if (answer.value.explanations.some(({ source }) => source !== 'unknown')) return;
  const ask = vscode.l10n.t('Ask a Model');
  const text = vscode.l10n.t(
    'This failure is not known. A model can be asked; credentials are taken out of what it is sent.',
  );
  if ((await vscode.window.showInformationMessage(text, ask)) !== ask) return;
  const choice = await plannerChoice(vscode, app.context.secrets);
  const said = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Asking the model…') },
    () => engine.request('explain', { ...asked, ...choice }),
  );
  if (said.ok) await show(app, task, said.value.explanations);
  else await showFailure(app, said.failure);
}

async function show(app: App, task: string, found: readonly TaskExplanation[]): Promise<void> {
  const { l10n } = app.vscode;
  const lines = [`# ${plain(task)}`];
  for (const { what, cause, next, evidence, source, also } of found) {
    lines.push(plain(what), '', `## ${l10n.t('Likely cause')}`, plain(cause));
    if (evidence !== undefined) lines.push('', '```text', evidence.replaceAll('```', "'''"), '```');
    if (next.length > 0)
      lines.push('', `## ${l10n.t('What to do')}`, ...next.map((each, at) => `${at + 1}. ${plain(each)}`));
    for (const other of also) lines.push('', `## ${l10n.t('Perhaps also')}`, plain(other.what), '', plain(other.cause));
    if (source === 'model') lines.push('', `*${l10n.t('This is the answer of a model. Check it before you act.')}*`);
  }
  if (found.length === 0) lines.push(l10n.t('Nothing is known about this failure.'));
  await app.reports.showMarkdown(l10n.t('Why {0} failed', task), lines.join('\n'));
}
