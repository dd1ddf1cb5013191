/** The item in the status bar: the run in progress, or the one that waits for a person; nothing where nothing runs. */
import type * as vscodeApi from 'vscode';
import { TASK_OUTCOMES } from '../run/events.ts';
import type { Disposable } from './emitter.ts';
import { throttled, type App } from './host.ts';
import type { KnownRun } from './runs.ts';

const TICK_MS = 500;

export function statusItem(app: App): Disposable {
  const { vscode, runs } = app;
  const item = vscode.window.createStatusBarItem('code.run', vscode.StatusBarAlignment.Left, 10);
  item.name = vscode.l10n.t('CODE Run');
  const show = throttled(() => draw(vscode, item, runs.running), TICK_MS);
  const subscription = runs.onChanged(() => show());
  return {
    dispose: () => {
      show.dispose();
      subscription.dispose();
      item.dispose();
    },
  };
}

function draw(vscode: typeof vscodeApi, item: vscodeApi.StatusBarItem, running: readonly KnownRun[]): void {
  const [run] = running;
  if (!run) {
    item.hide();
    return;
  }
  const { state, summary } = run;
  const waits = (state?.counts.awaiting_approval ?? 0) > 0;
  const ended = TASK_OUTCOMES.reduce((sum, status) => sum + (state?.counts[status] ?? 0), 0);
  const progress = state?.plan ? ` ${ended}/${state.tasks.size}` : '';
  const more = running.length > 1 ? ` +${running.length - 1}` : '';
  item.text = waits
    ? `$(question) ${vscode.l10n.t('{0} waits for you', summary.workflow)}`
    : `$(sync~spin) ${summary.workflow}${progress}${more}`;
  item.tooltip = waits
    ? vscode.l10n.t('A task waits for approval: open the run monitor')
    : vscode.l10n.t('Open the run monitor');
  item.backgroundColor = waits ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
  item.command = {
    command: waits ? 'code.approve' : 'code.openMonitor',
    title: vscode.l10n.t('Open Run Monitor'),
    arguments: [{ runId: summary.runId }],
  };
  item.accessibilityInformation = { label: `${summary.workflow}${progress}` };
  item.show();
}
