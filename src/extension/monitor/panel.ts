/** One monitor: a webview panel that shows one run, fed with the engine's events and answered page by page. */
import { hostname } from 'node:os';
import type * as vscodeApi from 'vscode';
import { unreachable } from '../../core/result.ts';
import { opensRun, type SentEvent } from '../../run/plan-parts.ts';
import { readToExtension, type ToExtension, type ToMonitor } from '../../views/messages.ts';
import type { Disposable } from '../emitter.ts';
import { inTurns, mayRun, type App, type VsCode } from '../host.ts';
import { OPEN_PLACE } from '../ids.ts';
import { showPage } from './html.ts';

export class MonitorPanel {
  readonly runId: string;
  readonly panel: vscodeApi.WebviewPanel;
  readonly #app: App;
  readonly #subscriptions: Disposable[] = [];
  readonly #inTurns = inTurns();
  #ready = false;
  /** The last number that was there when the subscription began; all up to it makes the first picture. */
  #target: number | undefined;
  #seen = 0;
  /** The first event, or the beginning of its plan, was passed on. */
  #begun = false;
  #live = false;
  #select: string | undefined;

  /** @param panel a new one, or one that the editor brought back after a reload */
  constructor(app: App, panel: vscodeApi.WebviewPanel, runId: string) {
    this.#app = app;
    this.runId = runId;
    this.panel = panel;
    const { vscode } = app;
    this.#subscriptions.push(
      panel.webview.onDidReceiveMessage((message: unknown) => this.#receive(message)),
      this.#inTurns,
      app.engine.on('runs/events', (batch) => batch.runId === runId && this.#inTurns(() => this.#events(batch.events))),
      app.engine.onConnection((ok) => this.#connection(ok)),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#open()),
    );
    showPage(app, panel, { title: vscode.l10n.t('Run Monitor'), script: 'monitor' });
  }

  /** Selects a task as soon as the page can. */
  select(task: string): void {
    this.#select = task;
    if (this.#live) this.#post({ type: 'select', task });
  }

  #post(message: ToMonitor): void {
    void this.panel.webview.postMessage(message);
  }

  #receive(message: unknown): void {
    const read = readToExtension(message);
    if (!read.ok) {
      this.#app.log.warn(`monitor: a message that makes no sense (${read.failure})`);
      return;
    }
    void this.#act(read.value);
  }

  async #act(message: ToExtension): Promise<void> {
    const { vscode } = this.#app;
    switch (message.type) {
      case 'ready':
        this.#ready = true;
        return this.#subscribe();
      case 'read':
        return this.#read(message);
      case 'reveal':
        await vscode.commands.executeCommand('code.revealTask', { runId: this.runId, task: message.task });
        return;
      case 'place':
        await vscode.commands.executeCommand(OPEN_PLACE, { ...message, runId: this.runId });
        return;
      case 'select':
        this.#select = message.task;
        return;
      case 'copy':
        await vscode.env.clipboard.writeText(message.text);
        return;
      case 'command':
        return this.#command(message);
      default:
        unreachable(message);
    }
  }

  async #command(message: Extract<ToExtension, { type: 'command' }>): Promise<void> {
    const { commands } = this.#app.vscode;
    const target = { runId: this.runId, ...(message.task === undefined ? {} : { task: message.task }) };
    const name = {
      cancel: 'code.cancelRun',
      approve: 'code.approve',
      retry: 'code.retryTask',
      resume: 'code.resumeRun',
      openLog: 'code.showLog',
      explain: 'code.explain',
      run: 'code.runWorkflow',
    }[message.name];
    await commands.executeCommand(name, target);
  }

  #open(): void {
    const { vscode, runs } = this.#app;
    const run = runs.get(this.runId);
    if (!this.#ready) return;
    const target = placeOf(vscode);
    this.#post({
      type: 'open',
      runId: this.runId,
      workflow: run?.summary.workflow ?? '',
      now: Date.now(),
      canAct: mayRun(vscode),
      ...(target === undefined ? {} : { target }),
    });
  }

  async #subscribe(): Promise<void> {
    const { runs } = this.#app;
    this.#live = false;
    this.#seen = 0;
    this.#begun = false;
    if (!runs.get(this.runId)) await runs.refresh();
    const run = runs.get(this.runId);
    this.#open();
    if (!run) {
      this.#post({
        type: 'connection',
        ok: false,
        text: runs.failure?.message ?? this.#app.vscode.l10n.t('The run {0} is not there any more.', this.runId),
      });
      return;
    }
    this.panel.title = run.summary.workflow;
    this.#target = undefined;
    const answer = await runs.follow(this.runId, 1);
    if (!answer.ok) {
      this.#post({ type: 'connection', ok: false, text: answer.failure.message });
      return;
    }
    this.#target = answer.value.seq;
    this.#checkLive();
  }

  #events(events: readonly SentEvent[]): void {
    const [first] = events;
    if (!this.#ready || first === undefined) return;
    // What somebody else followed before and goes on to come here: the page takes events in order, and the first one is on its way.
    this.#begun ||= opensRun(first);
    if (!this.#begun) return;
    this.#post({ type: 'events', runId: this.runId, now: Date.now(), events });
    const last = events.at(-1);
    if (last === undefined || last.type === 'plan.part') return;
    this.#seen = Math.max(this.#seen, last.seq);
    // The journal was empty when it was asked for: this is its beginning, and all there is.
    if (this.#target === 0) this.#target = this.#seen;
    this.#checkLive();
  }

  #checkLive(): void {
    if (this.#live || this.#target === undefined || this.#seen === 0 || this.#seen < this.#target) return;
    this.#live = true;
    this.#post({ type: 'live', runId: this.runId, now: Date.now() });
    if (this.#select !== undefined) this.#post({ type: 'select', task: this.#select });
  }

  #connection(ok: boolean): void {
    this.#post(
      ok
        ? { type: 'connection', ok }
        : {
            type: 'connection',
            ok,
            text: this.#app.vscode.l10n.t('The connection to the engine is gone; the run goes on. Connecting again…'),
          },
    );
    // What happened meanwhile is sent again from the start; the page skips what it knows.
    if (ok && this.#ready) void this.#subscribe();
  }

  async #read({ id, task, attempt, stream, offset, length }: Extract<ToExtension, { type: 'read' }>): Promise<void> {
    const workspace = this.#app.runs.get(this.runId)?.workspace ?? '';
    const answer = await this.#app.engine.request('logs/read', {
      runId: this.runId,
      workspace,
      task,
      attempt,
      stream,
      offset,
      length,
    });
    this.#post(
      answer.ok ? { type: 'page', id, page: answer.value } : { type: 'page', id, failure: answer.failure.message },
    );
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}

/** Where runs happen, for the head of the monitor; nothing for the machine that one sits at. */
export function placeOf({ env, l10n }: VsCode): string | undefined {
  switch (env.remoteName) {
    case 'wsl':
      return ['WSL', process.env['WSL_DISTRO_NAME']].filter((part) => part !== undefined).join(': ');
    case 'ssh-remote':
      return `SSH: ${hostname()}`;
    case 'dev-container':
    case 'attached-container':
      return l10n.t('Container: {0}', hostname());
    case 'codespaces':
      return 'Codespace';
    default:
      return undefined;
  }
}
