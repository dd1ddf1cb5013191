/** `@code` in the chat: a plan from a description, or how the last run went. It changes nothing; buttons lead to where one decides. */
import type * as vscodeApi from 'vscode';
import { formatDuration } from '../../core/duration.ts';
import type { DeploymentPlan } from '../../run/answers.ts';
import { lookOf, lookOfRun } from '../../views/status.ts';
import { folders, mayRun, nextId, type App } from '../host.ts';
import { plannerChoice } from '../models.ts';
import { plain } from '../reports.ts';
import { statusOf } from '../runs.ts';

/** Answers what was asked of `@code`. */
export async function answerChat(
  app: App,
  request: Pick<vscodeApi.ChatRequest, 'command' | 'prompt'>,
  stream: vscodeApi.ChatResponseStream,
  token: vscodeApi.CancellationToken,
): Promise<void> {
  const { vscode } = app;
  if (!mayRun(vscode))
    stream.markdown(vscode.l10n.t('Nothing is started in a folder that you do not trust, or without a folder.'));
  else if (request.command === 'status' || request.prompt.trim() === '') await status(app, stream);
  else await plan(app, request.prompt, stream, token);
}

async function plan(
  app: App,
  description: string,
  stream: vscodeApi.ChatResponseStream,
  token: vscodeApi.CancellationToken,
): Promise<void> {
  const { vscode, context, engine } = app;
  const [workspace = ''] = folders(vscode);
  const id = nextId();
  const stop = new AbortController();
  token.onCancellationRequested(() => stop.abort());
  const progress = engine.on('deploy/progress', (told) => {
    const newest = told.components?.at(-1);
    if (told.id === id) stream.progress(newest === undefined ? told.phase : `${told.phase}: ${newest}`);
  });
  const choice = await plannerChoice(vscode, context.secrets);
  const answer = await engine.request('deploy/plan', { id, workspace, description, ...choice }, stop.signal);
  progress.dispose();
  if (!answer.ok) {
    stream.markdown(`${plain(answer.failure.message)} ${plain(answer.failure.next ?? '')}`);
    return;
  }
  stream.markdown(summary(app, answer.value));
  if (answer.value.workflow !== '')
    stream.button({ command: 'code.deploy', title: vscode.l10n.t('Review the Plan'), arguments: [description] });
}

function summary({ vscode: { l10n } }: App, found: DeploymentPlan): string {
  const { components, assumptions, questions, unplaced, files, provider } = found;
  const list = (title: string, items: readonly string[]): string[] =>
    items.length === 0 ? [] : [`**${title}**`, ...items.map((item) => `- ${plain(item)}`), ''];
  return [
    l10n.t('Planned by {0}. Nothing is written yet.', plain(provider)),
    '',
    ...list(l10n.t('Needs an answer'), questions),
    ...list(l10n.t('Understood'), components),
    ...list(l10n.t('Assumed'), assumptions),
    ...list(l10n.t('Not planned'), unplaced),
    ...list(
      l10n.t('Files'),
      files.map(({ path }) => path),
    ),
  ].join('\n');
}

async function status(app: App, stream: vscodeApi.ChatResponseStream): Promise<void> {
  const { vscode, runs } = app;
  await runs.refresh();
  const newest = runs.all[0];
  if (!newest) {
    stream.markdown(vscode.l10n.t('Nothing has run here yet.'));
    return;
  }
  await runs.load(newest.summary.runId);
  const run = runs.get(newest.summary.runId) ?? newest;
  const took = run.summary.durationMs === undefined ? '' : ` · ${formatDuration(run.summary.durationMs)}`;
  const failed = [...(run.state?.tasks.values() ?? [])].filter((task) => lookOf(task.status).tone === 'bad');
  stream.markdown(
    [
      `**${plain(run.summary.workflow)}**: ${lookOfRun(statusOf(run)).label}${took}`,
      '',
      ...failed.map(({ summary: { task }, reason }) => `- ${plain(task)}: ${plain(reason ?? '')}`),
    ].join('\n'),
  );
  const { runId } = run.summary;
  stream.button({ command: 'code.openMonitor', title: vscode.l10n.t('Open Run Monitor'), arguments: [{ runId }] });
}
