/** When a person is interrupted: for the end of a run that they do not see, and for a task that waits for them. Never for anything else. */
import { formatDuration } from '../core/duration.ts';
import { lookOfRun } from '../views/status.ts';
import type { Disposable } from './emitter.ts';
import type { App } from './host.ts';
import type { Monitors } from './monitor/monitors.ts';
import { statusOf, type KnownRun } from './runs.ts';

type Policy = 'all' | 'failures' | 'none';

export function notifications(app: App, monitors: Monitors): Disposable {
  const { runs } = app;
  /** Approvals that were told of, by run, task and digest. */
  const told = new Set<string>();
  const subscriptions = [
    runs.onEnded((run) => void ended(app, monitors, run)),
    runs.onChanged((runId) => {
      const run = runs.get(runId);
      if (run && (run.state?.counts.awaiting_approval ?? 0) > 0) void waiting(app, monitors, run, told);
    }),
  ];
  return { dispose: () => subscriptions.forEach((each) => each.dispose()) };
}

async function ended(app: App, monitors: Monitors, run: KnownRun): Promise<void> {
  const { vscode } = app;
  const status = statusOf(run);
  const policy = vscode.workspace.getConfiguration('code').get<Policy>('notifications', 'all');
  const seen = vscode.window.state.focused && monitors.isVisible(run.summary.runId);
  if (seen || policy === 'none' || (policy === 'failures' && status === 'succeeded') || status === 'cancelled') return;
  const duration = run.state?.durationMs ?? run.summary.durationMs;
  const text = `${run.summary.workflow}: ${lookOfRun(status).label}${duration === undefined ? '' : ` (${formatDuration(duration)})`}`;
  const [open, never] = [vscode.l10n.t('Open Run Monitor'), vscode.l10n.t("Don't Show Again")];
  const show = status === 'succeeded' ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
  const said = await show(text, open, never);
  if (said === open) monitors.show(run.summary.runId);
  if (said === never)
    await vscode.workspace.getConfiguration('code').update('notifications', 'none', vscode.ConfigurationTarget.Global);
}

async function waiting(app: App, monitors: Monitors, run: KnownRun, told: Set<string>): Promise<void> {
  const { vscode } = app;
  for (const task of run.state?.tasks.values() ?? []) {
    if (task.status !== 'awaiting_approval' || task.waiting?.kind !== 'approval') continue;
    const key = `${run.summary.runId} ${task.summary.task} ${task.waiting.digest}`;
    if (told.has(key)) continue;
    told.add(key);
    if (vscode.window.state.focused && monitors.isVisible(run.summary.runId)) continue;
    const review = vscode.l10n.t('Review…');
    const text = vscode.l10n.t('{0} of {1} waits for your approval.', task.summary.task, run.summary.workflow);
    if ((await vscode.window.showInformationMessage(text, review)) === review) {
      await vscode.commands.executeCommand('code.approve', { runId: run.summary.runId, task: task.summary.task });
    }
  }
}
