/** Commands about a run that is there: Cancel, Resume, Retry Task, Approve, Roll Back. */
import type { Params } from '../../run/protocol.ts';
import { isOutcome } from '../../run/state.ts';
import { showFailure, type App } from '../host.ts';
import type { Monitors } from '../monitor/monitors.ts';
import { statusOf, type KnownRun } from '../runs.ts';
import { pickRun, pickTask } from './target.ts';

const address = (run: KnownRun): { runId: string; workspace: string } => ({
  runId: run.summary.runId,
  workspace: run.workspace,
});

export async function cancelRun(app: App, argument: unknown): Promise<void> {
  const { vscode } = app;
  const run = await pickRun(
    app,
    argument,
    (each) => statusOf(each) === 'running',
    vscode.l10n.t('No run is in progress.'),
  );
  if (!run) return;
  const force = run.state?.cancelling !== undefined;
  if (force) {
    const yes = vscode.l10n.t('End by Force');
    const detail = vscode.l10n.t('Its tasks were asked to end and have not yet. By force, they cannot tidy up.');
    if (
      (await vscode.window.showWarningMessage(
        vscode.l10n.t('End {0} by force?', run.summary.workflow),
        { modal: true, detail },
        yes,
      )) !== yes
    )
      return;
  }
  const answer = await app.engine.request('runs/cancel', { ...address(run), force });
  if (!answer.ok) await showFailure(app, answer.failure);
}

export async function resumeRun(app: App, monitors: Monitors, argument: unknown): Promise<void> {
  const { vscode } = app;
  const run = await pickRun(
    app,
    argument,
    (each) => !['running', 'succeeded'].includes(statusOf(each)),
    vscode.l10n.t('There is no run that could go on.'),
  );
  if (run) await goOn(app, monitors, address(run));
}

export async function retryTask(app: App, monitors: Monitors, argument: unknown): Promise<void> {
  const { vscode } = app;
  const none = vscode.l10n.t('There is no ended task that could run again.');
  const target = await pickTask(
    app,
    argument,
    (task) => isOutcome(task.status) && task.status !== 'succeeded' && task.status !== 'skipped',
    none,
  );
  if (!target) return;
  if (statusOf(target.run) === 'running') {
    void vscode.window.showInformationMessage(vscode.l10n.t('A task can run again when its run has ended.'));
    return;
  }
  await goOn(app, monitors, { ...address(target.run), tasks: [target.task.summary.task] });
}

async function goOn(app: App, monitors: Monitors, params: Params<'runs/resume'>): Promise<void> {
  const { vscode } = app;
  const answer = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Resuming…') },
    () => app.engine.request('runs/resume', params),
  );
  if (!answer.ok) return showFailure(app, answer.failure);
  await app.runs.refresh();
  monitors.showNew(answer.value.runId, params.tasks?.[0]);
}

/** Undoes what a run did. What is undone is gone, so the name of the workflow is typed first. */
export async function rollBack(app: App, monitors: Monitors, argument: unknown): Promise<void> {
  const { vscode } = app;
  const run = await pickRun(
    app,
    argument,
    (each) => statusOf(each) !== 'running',
    vscode.l10n.t('There is no ended run that could be rolled back.'),
  );
  if (!run) return;
  if (statusOf(run) === 'running') {
    void vscode.window.showInformationMessage(vscode.l10n.t('A run can be rolled back when it has ended.'));
    return;
  }
  const { workflow } = run.summary;
  const typed = await vscode.window.showInputBox({
    title: vscode.l10n.t('Roll back {0}?', workflow),
    prompt: vscode.l10n.t('Its tasks that succeeded are undone, the last one first. Type {0} to confirm.', workflow),
    placeHolder: workflow,
    ignoreFocusOut: true,
    validateInput: (text) =>
      text === '' || text === workflow ? undefined : vscode.l10n.t('That is not the name of the workflow.'),
  });
  if (typed !== workflow) return;
  const answer = await app.engine.request('runs/rollback', address(run));
  if (!answer.ok) return showFailure(app, answer.failure);
  await app.runs.refresh();
  monitors.show(answer.value.runId);
}

/** Shows what waits and what it would change; only then are the answers offered. */
export async function approve(app: App, argument: unknown): Promise<void> {
  const { vscode } = app;
  const target = await pickTask(
    app,
    argument,
    (task) => task.status === 'awaiting_approval',
    vscode.l10n.t('No task waits for approval.'),
  );
  const waiting = target?.task.waiting;
  if (!target) return;
  if (waiting?.kind !== 'approval') {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('{0} does not wait for approval any more.', target.task.summary.task),
    );
    return;
  }
  const { preview, summary } = target.task;
  const changes =
    preview &&
    vscode.l10n.t(
      '{0} to create, {1} to change, {2} to replace, {3} to destroy.',
      preview.changes.create,
      preview.changes.update,
      preview.changes.replace,
      preview.changes.destroy,
    );
  const detail = [
    waiting.message,
    changes,
    preview?.summary,
    waiting.details,
    vscode.l10n.t('Plan {0}', waiting.digest.slice(0, 12)),
  ]
    .filter((part) => part !== undefined && part !== '')
    .join('\n\n');
  const [yes, no] = [vscode.l10n.t('Approve'), vscode.l10n.t('Refuse')];
  const said = await vscode.window.showWarningMessage(
    vscode.l10n.t('{0} waits for you', summary.task),
    { modal: true, detail: detail.slice(0, 4000) },
    yes,
    no,
  );
  if (said === undefined) return;
  const answer = await app.engine.request('runs/approve', {
    ...address(target.run),
    task: summary.task,
    approved: said === yes,
    digest: waiting.digest,
  });
  if (!answer.ok) await showFailure(app, answer.failure);
}
