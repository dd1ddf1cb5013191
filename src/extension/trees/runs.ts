/** The Runs view: run → stage → task, as native tree items. Only rows whose words changed are sent to the window again. */
import type * as vscodeApi from 'vscode';
import { isOutcome, type TaskState } from '../../run/state.ts';
import { runRow, stageId, stageRow, taskId, taskRow, type TreeRow } from '../../views/tree.ts';
import type { Disposable } from '../emitter.ts';
import { inTurns, type App } from '../host.ts';
import { statusOf, type KnownRun } from '../runs.ts';
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
/** Rows that are made in one go: a millisecond or two. */
const PIECE = 100;
const TICK_MS = 1000;

export class RunsTree implements vscodeApi.TreeDataProvider<RunNode> {
  readonly #app: App;
  readonly #changed: vscodeApi.EventEmitter<RunNode | undefined>;
  readonly onDidChangeTreeData: vscodeApi.Event<RunNode | undefined>;
  /** Nodes by run and id: the window tells nodes apart by identity. */
  readonly #nodes = new Map<string, Map<string, RunNode>>();
  /** What was last sent of each node, and of a task how it stood then. */
  readonly #sent = new WeakMap<RunNode, { readonly key: string; readonly task: TaskState | undefined }>();
  /** How many tasks a run had when its children were sent. */
  readonly #laid = new WeakMap<RunNode, number>();
  readonly #dirty = new Set<string>();
  /** Runs that are being looked through: one pass at a time, however long it takes. */
  readonly #passing = new Set<string>();
  readonly #inTurns = inTurns();
  readonly #subscriptions: Disposable[] = [];
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
      this.#inTurns,
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
    if (!this.#visible) return;
    if (runId === '') this.refresh();
    this.#timer ??= setTimeout(() => this.#tick(), TICK_MS);
  }

  /** Every row anew. */
  refresh(): void {
    this.#dirty.clear();
    this.#changed.fire(undefined);
  }

  /** Again in a second while something runs, whose durations move on; else when something is new. */
  #tick(): void {
    const { all } = this.#app.runs;
    const moving = all.some((run) => statusOf(run) === 'running');
    this.#timer = moving ? setTimeout(() => this.#tick(), TICK_MS) : undefined;
    for (const run of all) {
      const { runId } = run.summary;
      if (this.#passing.has(runId)) continue; // what is new about it is for its next pass
      if (this.#dirty.delete(runId) || statusOf(run) === 'running') this.#inTurns.pieces(this.#pass(run));
    }
    const there = new Set(all.map(({ summary }) => summary.runId));
    for (const runId of this.#dirty) if (!there.has(runId)) this.#dirty.delete(runId);
    for (const runId of this.#nodes.keys()) if (!there.has(runId)) this.#nodes.delete(runId);
  }

  *#pass(run: KnownRun): Generator<undefined, void> {
    const { runId } = run.summary;
    this.#passing.add(runId);
    yield* this.#refreshRun(run);
    this.#passing.delete(runId);
    if (this.#visible && this.#dirty.has(runId)) this.#timer ??= setTimeout(() => this.#tick(), TICK_MS);
  }

  /** Sends the rows again whose words are others now; in pieces, since thousands may be open. */
  *#refreshRun({ summary, state }: KnownRun): Generator<undefined, void> {
    const nodes = this.#nodes.get(summary.runId);
    const root = nodes?.get(runNodeId(summary.runId));
    if (nodes === undefined || root === undefined) return;
    // A run that was laid out since it was sent has children now.
    if (state?.plan !== undefined && this.#laid.get(root) !== state.tasks.size) {
      this.#laid.set(root, state.tasks.size);
      this.#changed.fire(root);
      return;
    }
    let seen = 0;
    for (const node of nodes.values()) {
      if (++seen % PIECE === 0) yield;
      const sent = this.#sent.get(node);
      const task = state?.tasks.get(node.task ?? '');
      // An ended task whose state is the same object says the same words.
      if (sent === undefined || (task !== undefined && task === sent.task && isOutcome(task.status))) continue;
      const row = this.#rowOf(node);
      if (row !== undefined && keyOf(row) !== sent.key) this.#changed.fire(node);
    }
  }

  getChildren(node?: RunNode): RunNode[] | Promise<RunNode[]> {
    const { runs } = this.#app;
    if (!node && !runs.listed) return runs.refresh().then(() => this.getChildren());
    if (!node) {
      const most = this.#app.vscode.workspace.getConfiguration('code').get<number>('runs.shown', 30);
      return runs.all
        .slice(0, most)
        .map(({ summary: { runId } }) => this.#node({ kind: 'run', id: runNodeId(runId), runId }));
    }
    if (node.kind === 'run') return this.#stages(node);
    return node.kind === 'stage' ? this.#tasks(node) : [];
  }

  async #stages(node: RunNode): Promise<RunNode[]> {
    await this.#app.runs.load(node.runId);
    const state = this.#app.runs.get(node.runId)?.state;
    if (!state?.plan) return [];
    this.#laid.set(node, state.tasks.size);
    return state.stages.map(({ name }) =>
      this.#node({ kind: 'stage', id: stageId(node.runId, name), runId: node.runId, stage: name, parent: node }),
    );
  }

  #tasks(node: RunNode): RunNode[] {
    const { runId, stage = '' } = node;
    const names = this.#app.runs.get(runId)?.state?.stages.find(({ name }) => name === stage)?.tasks ?? [];
    const nodes = names
      .slice(0, MOST_TASKS)
      .map((task) => this.#node({ kind: 'task', id: taskId(runId, task), runId, stage, task, parent: node }));
    if (names.length > MOST_TASKS)
      nodes.push(this.#node({ kind: 'more', id: `${node.id}/more`, runId, stage, parent: node }));
    return nodes;
  }

  #node(node: RunNode): RunNode {
    const ofRun = this.#nodes.get(node.runId) ?? new Map<string, RunNode>();
    this.#nodes.set(node.runId, ofRun);
    const known = ofRun.get(node.id);
    if (known) return known;
    ofRun.set(node.id, node);
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
    const task = this.#app.runs.get(node.runId)?.state?.tasks.get(node.task ?? '');
    this.#sent.set(node, { key: keyOf(row), task });
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
    if (node.kind === 'stage') {
      const stage = run.state.stages.find(({ name }) => name === node.stage);
      return stage && stageRow(run.state, stage, this.#now());
    }
    const task = run.state.tasks.get(node.task ?? '');
    return task && taskRow(run.state, task, this.#now());
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}

const runNodeId = (runId: string): string => `run:${runId}`;

const keyOf = (row: TreeRow): string => `${row.label}\n${row.description}\n${row.icon}\n${row.context}\n${row.tooltip}`;
