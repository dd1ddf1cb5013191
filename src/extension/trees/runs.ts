/** The Runs view: run → stage → task, as native tree items. Only rows whose words changed are sent to the window again. */
import type * as vscodeApi from 'vscode';
import { type App } from '../host.ts';
import { statusOf, type KnownRun } from '../runs.ts';
import { runRow, stageRows, taskRow, taskRows, type TreeRow } from '../../views/tree.ts';
import { treeItem } from './item.ts';

export interface RunNode {
  readonly kind: 'run' | 'stage' | 'task' | 'more';
  readonly id: string;
  readonly runId: string;
  readonly stage?: string;
  readonly task?: string;
  readonly parent?: RunNode;
}

/** More rows than anyone reads; the monitor shows them all. */
const MOST_TASKS = 1000;
const TICK_MS = 1000;

export class RunsTree implements vscodeApi.TreeDataProvider<RunNode> {
  readonly #app: App;
  readonly #changed: vscodeApi.EventEmitter<RunNode | undefined>;
  readonly onDidChangeTreeData: vscodeApi.Event<RunNode | undefined>;
  /** Nodes by id: the window tells nodes apart by identity. */
  readonly #nodes = new Map<string, RunNode>();
  /** What was last sent of each node. */
  readonly #sent = new Map<string, string>();
  readonly #dirty = new Set<string>();
  readonly #subscriptions: { dispose(): void }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #now: () => number;
  #visible = false;

  constructor(app: App, now: () => number = Date.now) {
    this.#app = app;
    this.#now = now;
    this.#changed = new app.vscode.EventEmitter();
    this.onDidChangeTreeData = this.#changed.event;
    this.#subscriptions.push(
      this.#changed,
      app.runs.onChanged((runId) => this.#mark(runId)),
    );
  }

  /** While nobody looks nothing is sent. */
  setVisible(visible: boolean): void {
    this.#visible = visible;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!visible) return;
    if (!this.#app.runs.listed) void this.#app.runs.refresh();
    this.#tick();
  }

  #mark(runId: string): void {
    this.#dirty.add(runId);
    if (runId === '' && this.#visible) this.refresh();
  }

  /** Every row anew. */
  refresh(): void {
    this.#dirty.clear();
    this.#changed.fire(undefined);
  }

  #tick(): void {
    this.#timer = setTimeout(() => this.#tick(), TICK_MS);
    for (const run of this.#app.runs.all) {
      if (statusOf(run) !== 'running' && !this.#dirty.has(run.summary.runId)) continue;
      this.#refreshRun(run);
    }
    this.#dirty.clear();
  }

  #refreshRun(run: KnownRun): void {
    const node = this.#nodes.get(`run:${run.summary.runId}`);
    if (!node) return;
    const rows = [this.#rowOf(node)];
    if (run.state) {
      for (const row of stageRows(run.state, this.#now())) rows.push(row);
      for (const task of run.state.tasks.values()) {
        if (this.#nodes.has(`run:${run.summary.runId}/task:${task.summary.task}`))
          rows.push(taskRow(run.state, task, this.#now()));
      }
    }
    const changed = rows.filter(
      (row): row is TreeRow => row !== undefined && this.#nodes.has(row.id) && this.#sent.get(row.id) !== keyOf(row),
    );
    // A run that was laid out since it was sent has children now.
    const grown = run.state?.plan !== undefined && this.#sent.get(`${node.id} laid`) !== String(run.state.tasks.size);
    if (grown) {
      this.#sent.set(`${node.id} laid`, String(run.state.tasks.size));
      this.#changed.fire(node);
      return;
    }
    for (const row of changed) this.#fire(row.id);
  }

  #fire(id: string): void {
    const node = this.#nodes.get(id);
    if (node) this.#changed.fire(node);
  }

  getChildren(node?: RunNode): RunNode[] | Promise<RunNode[]> {
    const { runs } = this.#app;
    if (!node && !runs.listed) return runs.refresh().then(() => this.getChildren());
    if (!node) {
      const most = this.#app.vscode.workspace.getConfiguration('code').get<number>('runs.shown', 30);
      return runs.all
        .slice(0, most)
        .map((run) => this.#node({ kind: 'run', id: `run:${run.summary.runId}`, runId: run.summary.runId }));
    }
    if (node.kind === 'run') return this.#stages(node);
    return node.kind === 'stage' ? this.#tasks(node) : [];
  }

  async #stages(node: RunNode): Promise<RunNode[]> {
    await this.#app.runs.load(node.runId);
    const state = this.#app.runs.get(node.runId)?.state;
    if (!state?.plan) return [];
    this.#sent.set(`${node.id} laid`, String(state.tasks.size));
    return stageRows(state, this.#now()).map((row) =>
      this.#node({ kind: 'stage', id: row.id, runId: node.runId, stage: row.label, parent: node }),
    );
  }

  #tasks(node: RunNode): RunNode[] {
    const state = this.#app.runs.get(node.runId)?.state;
    if (!state || node.stage === undefined) return [];
    const rows = taskRows(state, node.stage, this.#now());
    const nodes = rows.slice(0, MOST_TASKS).map((row) =>
      this.#node({
        kind: 'task',
        id: row.id,
        runId: node.runId,
        stage: node.stage ?? '',
        task: row.target.task ?? '',
        parent: node,
      }),
    );
    if (rows.length > MOST_TASKS)
      nodes.push(
        this.#node({ kind: 'more', id: `${node.id}/more`, runId: node.runId, stage: node.stage, parent: node }),
      );
    return nodes;
  }

  #node(node: RunNode): RunNode {
    const known = this.#nodes.get(node.id);
    if (known) return known;
    this.#nodes.set(node.id, node);
    return node;
  }

  getParent(node: RunNode): RunNode | undefined {
    return node.parent;
  }

  getTreeItem(node: RunNode): vscodeApi.TreeItem {
    const { vscode } = this.#app;
    if (node.kind === 'more') {
      const item = new vscode.TreeItem(vscode.l10n.t('More tasks in the monitor…'));
      item.command = { command: 'code.openMonitor', title: vscode.l10n.t('Open Run Monitor'), arguments: [node] };
      return item;
    }
    const row = this.#rowOf(node);
    if (!row) return new vscode.TreeItem(node.task ?? node.stage ?? node.runId);
    this.#sent.set(node.id, keyOf(row));
    const item = treeItem(vscode, row);
    if (node.kind === 'task')
      item.command = { command: 'code.openMonitor', title: vscode.l10n.t('Open Run Monitor'), arguments: [node] };
    return item;
  }

  #rowOf(node: RunNode): TreeRow | undefined {
    const run = this.#app.runs.get(node.runId);
    if (!run) return undefined;
    if (node.kind === 'run') return runRow(run.summary, run.state, this.#now());
    if (!run.state) return undefined;
    if (node.kind === 'stage') return stageRows(run.state, this.#now()).find((row) => row.id === node.id);
    const task = run.state.tasks.get(node.task ?? '');
    return task && taskRow(run.state, task, this.#now());
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}

const keyOf = (row: TreeRow): string => `${row.label}\n${row.description}\n${row.icon}\n${row.context}\n${row.tooltip}`;
