/** How each task went last, above it: live while it runs, and a way to its place in the monitor. */
import type * as vscodeApi from 'vscode';
import type { TaskState } from '../run/state.ts';
import { lookOf } from '../views/status.ts';
import { ago } from '../views/tree.ts';
import { taskNote } from '../views/words.ts';
import type { Disposable } from './emitter.ts';
import { throttled, type App } from './host.ts';
import { statusOf, type KnownRun } from './runs.ts';
import { lineOf } from './task-lines.ts';

const EVERY_MS = 1000;
/** More slow an editor down; the monitor shows them all. */
const MOST = 500;

export class ResultLenses implements vscodeApi.CodeLensProvider {
  readonly #app: App;
  readonly #changed: vscodeApi.EventEmitter<void>;
  readonly onDidChangeCodeLenses: vscodeApi.Event<void>;
  readonly #subscriptions: Disposable[];

  constructor(app: App) {
    this.#app = app;
    this.#changed = new app.vscode.EventEmitter();
    this.onDidChangeCodeLenses = this.#changed.event;
    const tell = throttled(() => this.#changed.fire(), EVERY_MS);
    this.#subscriptions = [this.#changed, tell, app.runs.onChanged(() => tell())];
  }

  async provideCodeLenses(document: vscodeApi.TextDocument): Promise<vscodeApi.CodeLens[]> {
    const run = this.#app.runs.all.find(({ summary }) => summary.file === document.uri.fsPath);
    if (!run) return [];
    await this.#app.runs.load(run.summary.runId);
    const known = this.#app.runs.get(run.summary.runId);
    const tasks = [...(known?.state?.tasks.values() ?? [])].filter(
      ({ attempt, status }) => attempt > 0 || status === 'cached',
    );
    return known ? tasks.slice(0, MOST).map((task) => this.#lens(document, known, task)) : [];
  }

  #lens(document: vscodeApi.TextDocument, run: KnownRun, task: TaskState): vscodeApi.CodeLens {
    const { vscode } = this.#app;
    const { name, line } = task.summary;
    const range = document.lineAt(lineOf(document, name, line)).range;
    const { icon, label } = lookOf(task.status);
    const note = run.state ? taskNote(run.state, task, Date.now()) : '';
    const when =
      statusOf(run) === 'running' || task.finishedAt === undefined ? '' : ` · ${ago(Date.now() - task.finishedAt)}`;
    // What went well needs no word: the icon says it.
    const what = note.includes(label) ? note : task.status === 'succeeded' ? note : `${label} · ${note}`;
    const instance = task.summary.task === name ? '' : `${task.summary.task.slice(name.length)} `;
    return new vscode.CodeLens(range, {
      title: `$(${icon}) ${instance}${what}${when}`,
      tooltip: vscode.l10n.t('Open in the run monitor'),
      command: 'code.openMonitor',
      arguments: [{ runId: run.summary.runId, task: task.summary.task }],
    });
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}
