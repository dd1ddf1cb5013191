/** The monitors that are open, one a run; the editor brings them back after a reload. */
import type * as vscodeApi from 'vscode';
import { readKept } from '../../views/messages.ts';
import type { App } from '../host.ts';
import { MONITOR_TYPE, MonitorPanel } from './panel.ts';

export class Monitors implements vscodeApi.WebviewPanelSerializer {
  readonly #app: App;
  readonly #open = new Map<string, MonitorPanel>();

  constructor(app: App) {
    this.#app = app;
  }

  /** Shows the run's monitor, with a task selected where one is given. */
  show(runId: string, task?: string, keepFocus = false): void {
    const { vscode, runs } = this.#app;
    const known = this.#open.get(runId);
    if (known) known.panel.reveal(undefined, keepFocus);
    const panel =
      known ??
      this.#adopt(
        vscode.window.createWebviewPanel(
          MONITOR_TYPE,
          runs.get(runId)?.summary.workflow ?? vscode.l10n.t('Run Monitor'),
          { viewColumn: vscode.ViewColumn.Active, preserveFocus: keepFocus },
          { enableFindWidget: false },
        ),
        runId,
      );
    if (task !== undefined) panel.select(task);
    void vscode.commands.executeCommand('setContext', 'code.sawMonitor', true);
  }

  #adopt(panel: vscodeApi.WebviewPanel, runId: string): MonitorPanel {
    const monitor = new MonitorPanel(this.#app, panel, runId);
    this.#open.set(runId, monitor);
    panel.onDidDispose(() => {
      this.#open.delete(runId);
      monitor.dispose();
    });
    return monitor;
  }

  /** Somebody can see this run's monitor now. */
  isVisible(runId: string): boolean {
    return this.#open.get(runId)?.panel.visible ?? false;
  }

  deserializeWebviewPanel(panel: vscodeApi.WebviewPanel, state: unknown): Promise<void> {
    const kept = readKept(state);
    if (kept) this.#adopt(panel, kept.runId);
    else panel.dispose();
    return Promise.resolve();
  }

  dispose(): void {
    for (const monitor of this.#open.values()) monitor.dispose();
  }
}
