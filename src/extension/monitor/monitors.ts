/** The monitors that are open, one a run; the editor brings them back after a reload. */
import type * as vscodeApi from 'vscode';
import { readKept } from '../../views/messages.ts';
import type { App } from '../host.ts';
import { MONITOR_TYPE } from '../ids.ts';
import { later } from '../load.ts';
import type { MonitorPanel } from './panel.ts';

interface Open {
  readonly panel: vscodeApi.WebviewPanel;
  /** What fills it; nothing where it was closed before that was loaded. */
  readonly monitor: Promise<MonitorPanel | undefined>;
}

export class Monitors implements vscodeApi.WebviewPanelSerializer {
  readonly #app: App;
  readonly #open = new Map<string, Open>();

  constructor(app: App) {
    this.#app = app;
  }

  /** Shows the run's monitor, with a task selected where one is given. */
  show(runId: string, task?: string): void {
    const { vscode, runs } = this.#app;
    const known = this.#open.get(runId);
    if (known) known.panel.reveal();
    const { monitor } =
      known ??
      this.#adopt(
        vscode.window.createWebviewPanel(
          MONITOR_TYPE,
          runs.get(runId)?.summary.workflow ?? vscode.l10n.t('Run Monitor'),
          vscode.ViewColumn.Active,
          { enableFindWidget: false },
        ),
        runId,
      );
    if (task !== undefined) void monitor.then((shown) => shown?.select(task));
  }

  /** The same for a run that has just begun, unless the setting says that a person opens it themselves. */
  showNew(runId: string, task?: string): void {
    if (this.#app.vscode.workspace.getConfiguration('code').get<boolean>('monitor.openOnRun', true))
      this.show(runId, task);
  }

  #adopt(panel: vscodeApi.WebviewPanel, runId: string): Open {
    const monitor = later(this.#app).then((loaded) =>
      this.#open.get(runId)?.panel === panel ? new loaded.MonitorPanel(this.#app, panel, runId) : undefined,
    );
    const open = { panel, monitor };
    this.#open.set(runId, open);
    panel.onDidDispose(() => {
      this.#open.delete(runId);
      void monitor.then((shown) => shown?.dispose());
    });
    return open;
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
    for (const { monitor } of this.#open.values()) void monitor.then((shown) => shown?.dispose());
  }
}
