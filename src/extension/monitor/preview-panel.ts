/**
 * What a run would change, in the monitor: the plan with the times that it is going to take, and of each task what its tool says it
 * would do, as soon as it says so. Nothing runs. The button that runs it is there where one has seen it.
 */
import type * as vscodeApi from 'vscode';
import type { Changes } from '../../core/changes.ts';
import { failureText } from '../../core/failure.ts';
import { unreachable } from '../../core/result.ts';
import type { Json } from '../../core/json.ts';
import type { PreviewedTask } from '../../run/answers.ts';
import { JOURNAL_VERSION, type RunEvent, type TaskSummary } from '../../run/events.ts';
import type { SentEvent } from '../../run/plan-parts.ts';
import { readToExtension, type ToExtension, type ToMonitor } from '../../views/messages.ts';
import type { Disposable } from '../emitter.ts';
import { folderOf, inTurns, mayRun, nextId, throttled, type App } from '../host.ts';
import { MONITOR_TYPE } from '../ids.ts';
import { openPlace, rootsOf } from '../places.ts';
import { lineOf } from '../task-lines.ts';
import { showPage } from './html.ts';
import { placeOf } from './panel.ts';

type Told = Extract<ToMonitor, { type: 'previewed' }>['tasks'][number];

const RUN_ID = 'preview';
/** Most tools answer within this time of each other: the page is told of many tasks at once. */
const TELL_EVERY_MS = 50;
/** The most that the page is told in one turn. */
const MOST_AT_ONCE = 250;
const NO_CHANGE = { create: 0, update: 0, replace: 0, destroy: 0 };

export class PreviewPanel {
  readonly panel: vscodeApi.WebviewPanel;
  readonly #app: App;
  readonly #uri: vscodeApi.Uri;
  readonly #inputs: Readonly<Record<string, Json>>;
  readonly #subscriptions: Disposable[] = [];
  readonly #inTurns = inTurns();
  readonly #tellSoon = throttled(() => this.#tell(), TELL_EVERY_MS);
  readonly #stop = new AbortController();
  readonly #id = nextId();
  /** The number of the last event that was made up. */
  #seq = 1;
  readonly #texts = new Map<string, Buffer>();
  readonly #sum = { ...NO_CHANGE };
  /** Where the tasks of the plan stand, as far as they came: what is kept of ten thousand is little, or clearing up takes long. */
  readonly #places = new Map<string, Pick<TaskSummary, 'name' | 'line'>>();
  /** What came and the page was not told yet. */
  readonly #due: PreviewedTask[] = [];
  /** Tasks that came, and those of them that cannot tell what they would change. */
  readonly #came = { all: 0, untold: 0 };

  constructor(app: App, uri: vscodeApi.Uri, inputs: Readonly<Record<string, Json>>) {
    this.#app = app;
    this.#uri = uri;
    this.#inputs = inputs;
    const { vscode } = app;
    const name = uri.path.split('/').at(-1) ?? uri.path;
    const title = vscode.l10n.t('Preview: {0}', name);
    this.panel = vscode.window.createWebviewPanel(MONITOR_TYPE, title, vscode.ViewColumn.Active);
    this.#subscriptions.push(
      this.panel.webview.onDidReceiveMessage((message: unknown) => this.#receive(message)),
      this.panel.onDidDispose(() => this.#dispose()),
      this.#inTurns,
      this.#tellSoon,
      app.engine.on('workflow/planned', ({ id, at, tasks }) => id === this.#id && this.#part(at, tasks)),
      app.engine.on('workflow/previewed', ({ id, task }) => id === this.#id && this.#take(task)),
    );
    showPage(app, this.panel, { title, script: 'monitor' });
  }

  #post(message: ToMonitor): void {
    void this.panel.webview.postMessage(message);
  }

  #receive(message: unknown): void {
    const read = readToExtension(message);
    if (read.ok) void this.#act(read.value);
    else this.#app.log.warn(`preview: a message that makes no sense (${read.failure})`);
  }

  async #act(message: ToExtension): Promise<void> {
    const { vscode } = this.#app;
    switch (message.type) {
      case 'ready':
        return this.#show();
      case 'read':
        this.#post({ type: 'page', id: message.id, page: this.#page(message) });
        return;
      case 'reveal':
        return this.#reveal(message.task);
      case 'place':
        return openPlace(this.#app, message, rootsOf(vscode, this.#uri.fsPath, folderOf(vscode, this.#uri.fsPath)));
      case 'copy':
        await vscode.env.clipboard.writeText(message.text);
        return;
      case 'command':
        return this.#command(message);
      case 'select':
        return;
      default:
        unreachable(message);
    }
  }

  async #command({ name, task = '' }: Extract<ToExtension, { type: 'command' }>): Promise<void> {
    const { vscode } = this.#app;
    if (name === 'run') {
      this.panel.dispose();
      await vscode.commands.executeCommand('code.runWorkflow', { file: this.#uri.fsPath, inputs: this.#inputs });
    } else if (name === 'openLog') {
      const content = this.#texts.get(task)?.toString() ?? '';
      await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: 'diff', content }));
    }
  }

  /** First the picture, which needs no tool; then what each task would do. */
  async #show(): Promise<void> {
    const { vscode, engine } = this.#app;
    const workspace = folderOf(vscode, this.#uri.fsPath);
    const asked = { file: this.#uri.fsPath, workspace, inputs: this.#inputs };
    const target = placeOf(vscode);
    const head = { runId: RUN_ID, workflow: '', now: Date.now(), canAct: mayRun(vscode), preview: true };
    this.#post({ type: 'open', ...head, ...(target === undefined ? {} : { target }) });
    const planned = await engine.request('workflow/plan', { id: this.#id, ...asked }, this.#stop.signal);
    if (!planned.ok) {
      this.#sumUp(failureText(planned.failure), true);
      return;
    }
    const { plan, parted } = planned.value;
    const started: RunEvent = { ...this.#envelope(1), type: 'run.started', plan, supervisor: NOBODY, engine: '' };
    this.#keepPlaces(plan.tasks);
    this.#events([parted === undefined ? started : { ...started, parted }]);
    this.#inTurns(() => this.#post({ type: 'live', runId: RUN_ID, now: Date.now() }));
    const request = { id: this.#id, ...asked, brief: true };
    const previewed = await engine.request('workflow/preview', request, this.#stop.signal);
    if (!previewed.ok) {
      this.#sumUp(failureText(previewed.failure), true);
      return;
    }
    this.#tell();
    const { all, untold } = this.#came;
    const rest = untold === 0 ? [] : [vscode.l10n.t('{0} of {1} tasks cannot tell', untold, all)];
    this.#sumUp([...(untold < all ? [this.#changes(this.#sum)] : []), ...rest].join(' · '), false);
    this.#app.steps.done('hasPreviewed');
  }

  #sumUp(text: string, failed: boolean): void {
    this.#inTurns(() => this.#post({ type: 'summed', text, failed }));
  }

  #events(events: readonly SentEvent[]): void {
    this.#inTurns(() => this.#post({ type: 'events', runId: RUN_ID, now: Date.now(), events }));
  }

  #part(at: number, tasks: readonly TaskSummary[]): void {
    this.#keepPlaces(tasks);
    this.#events([{ ...this.#envelope(1), type: 'plan.part', at, tasks }]);
  }

  #keepPlaces(tasks: readonly TaskSummary[]): void {
    for (const { task, name, line } of tasks) this.#places.set(task, { name, line });
  }

  #envelope(seq: number): { v: typeof JOURNAL_VERSION; seq: number; time: string; runId: string } {
    return { v: JOURNAL_VERSION, seq, time: new Date().toISOString(), runId: RUN_ID };
  }

  #take(task: PreviewedTask): void {
    this.#came.all++;
    if (task.kind !== 'preview') this.#came.untold++;
    if (task.kind === 'preview') {
      const { changes, text } = task.preview;
      for (const key of ['create', 'update', 'replace', 'destroy'] as const) this.#sum[key] += changes[key];
      this.#texts.set(task.task, Buffer.from(coloured(text)));
    } else if (task.kind === 'failed' && task.next !== undefined) {
      this.#texts.set(task.task, Buffer.from(`${task.reason}\n${task.next}\n`));
    }
    this.#due.push(task);
    this.#tellSoon();
  }

  #tell(): void {
    for (let some = this.#due.splice(0, MOST_AT_ONCE); some.length > 0; some = this.#due.splice(0, MOST_AT_ONCE)) {
      const events = some.flatMap((each) => this.#event(each) ?? []);
      if (events.length > 0) this.#events(events);
      const tasks = some.map((each) => ({
        task: each.task,
        size: this.#texts.get(each.task)?.length ?? 0,
        ...this.#note(each),
      }));
      this.#inTurns(() => this.#post({ type: 'previewed', tasks }));
    }
  }

  #event(task: PreviewedTask): RunEvent | undefined {
    if (task.kind !== 'preview') return undefined;
    const { summary, changes, digest } = task.preview;
    return { ...this.#envelope(++this.#seq), type: 'task.preview', task: task.task, summary, changes, digest };
  }

  #note(task: PreviewedTask): Pick<Told, 'note' | 'tone'> {
    const { l10n } = this.#app.vscode;
    switch (task.kind) {
      case 'preview': {
        const { create, update, replace, destroy } = task.preview.changes;
        const tone = destroy + replace > 0 ? 'bad' : update > 0 ? 'attention' : create > 0 ? 'good' : 'quiet';
        return { note: compact(task.preview.changes) ?? l10n.t('no change'), tone };
      }
      case 'cannot':
        return { note: l10n.t('cannot tell'), tone: 'quiet' };
      case 'later':
        return { note: task.reason, tone: 'quiet' };
      case 'failed':
        return { note: task.reason, tone: 'bad' };
      default:
        return unreachable(task);
    }
  }

  #changes({ create, update, replace, destroy }: Changes): string {
    const { l10n } = this.#app.vscode;
    const parts = [
      ...(create > 0 ? [l10n.t('{0} to create', create)] : []),
      ...(update > 0 ? [l10n.t('{0} to change', update)] : []),
      ...(replace > 0 ? [l10n.t('{0} to replace', replace)] : []),
      ...(destroy > 0 ? [l10n.t('{0} to destroy', destroy)] : []),
    ];
    return parts.length === 0 ? l10n.t('no change') : parts.join(', ');
  }

  #page({
    task,
    offset,
    length,
  }: Extract<ToExtension, { type: 'read' }>): NonNullable<Extract<ToMonitor, { type: 'page' }>['page']> {
    const bytes = this.#texts.get(task) ?? Buffer.alloc(0);
    const page = bytes.subarray(offset, offset + length);
    return { text: page.toString(), bytes: page.length, offset, size: bytes.length };
  }

  async #reveal(name: string): Promise<void> {
    const { vscode } = this.#app;
    const task = this.#places.get(name);
    if (!task) return;
    const document = await vscode.workspace.openTextDocument(this.#uri);
    const { range } = document.lineAt(lineOf(document, task.name, task.line));
    await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, selection: range });
  }

  #dispose(): void {
    this.#stop.abort();
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}

/** `+4 ~1`: what is none is left out. */
function compact({ create, update, replace, destroy }: Changes): string | undefined {
  const counts: readonly (readonly [string, number])[] = [
    ['+', create],
    ['~', update],
    ['±', replace],
    ['−', destroy],
  ];
  const parts = counts.filter(([, count]) => count > 0).map(([sign, count]) => `${sign}${count}`);
  return parts.length === 0 ? undefined : parts.join(' ');
}

/** Nothing runs, so there is no supervisor. */
const NOBODY = { pid: 0, startTime: '', bootId: '' };

/** Lines of a difference in the colours of a terminal, which are the theme's. */
function coloured(text: string): string {
  return text.replace(/^(\s*)([+~-])(?![+-]{2}).*$/gm, (line, _indent, sign) => {
    if (line.includes('\u001b')) return line;
    return `\u001b[${sign === '+' ? 32 : sign === '-' ? 31 : 33}m${line}\u001b[0m`;
  });
}
