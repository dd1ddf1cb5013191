/**
 * The review of a plan: a page beside the editor's own difference view. The planned files exist only in memory, under a scheme of their
 * own, until a person writes them; refusing leaves nothing.
 */
import type * as vscodeApi from 'vscode';
import { unreachable } from '../../core/result.ts';
import type { DeploymentPlan } from '../../run/answers.ts';
import type { Notifications } from '../../run/protocol.ts';
import { readFromReview, type FromReview, type ToReview } from '../../views/review.ts';
import type { Disposable } from '../emitter.ts';
import { nextId, showFailure, type App } from '../host.ts';
import { plannerChoice } from '../models.ts';
import { showPage } from '../monitor/html.ts';
import { lineChanges } from './changes.ts';
import { PlannedFiles } from './planned-files.ts';

export const REVIEW_TYPE = 'code.review';

export class ReviewPanel {
  readonly panel: vscodeApi.WebviewPanel;
  readonly #app: App;
  readonly #workspace: string;
  readonly #files: PlannedFiles;
  readonly #subscriptions: readonly Disposable[];
  #description: string;
  #plan: DeploymentPlan | undefined;
  #shown: ToReview | undefined;
  #asked: { readonly id: number; readonly stop: AbortController } | undefined;

  constructor(app: App, workspace: string, description: string) {
    this.#app = app;
    this.#workspace = workspace;
    this.#description = description;
    this.#files = new PlannedFiles(app.vscode, workspace);
    const { vscode } = app;
    const title = vscode.l10n.t('Plan');
    this.panel = vscode.window.createWebviewPanel(REVIEW_TYPE, title, vscode.ViewColumn.Active);
    this.#subscriptions = [
      this.panel.webview.onDidReceiveMessage((message: unknown) => this.#receive(message)),
      this.panel.onDidDispose(() => this.#dispose()),
      app.engine.on('deploy/progress', (told) => told.id === this.#asked?.id && this.#progress(told)),
    ];
    showPage(app, this.panel, { title, script: 'review' });
    void this.#ask(description);
  }

  #post(message: ToReview): void {
    this.#shown = message;
    void this.panel.webview.postMessage(message);
  }

  /** What is chosen stays on the page until it is said anew. */
  #progress({ phase, components }: Notifications['deploy/progress']): void {
    const before = this.#shown?.type === 'planning' ? this.#shown.components : [];
    this.#post({ type: 'planning', description: this.#description, phase, components: components ?? before });
  }

  #receive(message: unknown): void {
    const read = readFromReview(message);
    if (read.ok) void this.#act(read.value);
    else this.#app.log.warn(`review: a message that makes no sense (${read.failure})`);
  }

  async #act(message: FromReview): Promise<void> {
    const { vscode } = this.#app;
    switch (message.type) {
      case 'ready':
        // The page comes back after it was hidden: what it showed is said again.
        if (this.#shown) this.#post(this.#shown);
        return;
      case 'ask':
        return this.#ask(message.description);
      case 'stop':
        this.#asked?.stop.abort();
        return;
      case 'difference':
        return this.#files.show(message.path);
      case 'accept':
        return this.#accept(message.paths, message.then);
      case 'refuse':
        this.panel.dispose();
        return;
      case 'provider':
        await vscode.commands.executeCommand('code.connectModel');
        return;
      default:
        unreachable(message);
    }
  }

  async #ask(description: string): Promise<void> {
    const { vscode, context, engine } = this.#app;
    this.#asked?.stop.abort();
    const asked = { id: nextId(), stop: new AbortController() };
    this.#asked = asked;
    this.#description = description;
    this.#plan = undefined;
    this.#post({ type: 'planning', description, phase: vscode.l10n.t('Planning'), components: [] });
    const choice = await plannerChoice(vscode, context.secrets);
    const params = { id: asked.id, workspace: this.#workspace, description, ...choice };
    const answer = await engine.request('deploy/plan', params, asked.stop.signal);
    if (this.#asked !== asked) return;
    this.#asked = undefined;
    if (!answer.ok) {
      const { message, next } = answer.failure;
      this.#post({ type: 'failed', description, message, ...(next === undefined ? {} : { next }) });
      return;
    }
    this.#plan = answer.value;
    this.#files.put(answer.value.files);
    this.#post({ type: 'plan', description, now: Date.now(), plan: forPage(answer.value) });
    if (answer.value.usage !== undefined) this.#app.steps.done('hasModel');
  }

  /** Writes through the engine, which refuses what leads out of the workspace; then goes on with the workflow. */
  async #accept(paths: readonly string[], then: 'open' | 'preview' | 'run'): Promise<void> {
    const { vscode, engine } = this.#app;
    const plan = this.#plan;
    if (!plan) return;
    const files = plan.files.filter(({ path }) => paths.includes(path)).map(({ path, text }) => ({ path, text }));
    const written = await engine.request('deploy/write', { workspace: this.#workspace, files });
    if (!written.ok) return showFailure(this.#app, written.failure);
    this.panel.dispose();
    const uri = vscode.Uri.joinPath(vscode.Uri.file(this.#workspace), plan.workflow);
    if (!paths.includes(plan.workflow)) return;
    this.#app.steps.done('hasWorkflow');
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));
    if (then === 'preview') await vscode.commands.executeCommand('code.preview', uri);
    if (then === 'run') await vscode.commands.executeCommand('code.runWorkflow', uri);
  }

  #dispose(): void {
    this.#asked?.stop.abort();
    void this.#files.close();
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}

function forPage(plan: DeploymentPlan): Extract<ToReview, { type: 'plan' }>['plan'] {
  const { files, usage, ...rest } = plan;
  return {
    ...rest,
    files: files.map(({ path, origin, text, before }) => ({
      path,
      origin,
      isNew: before === undefined,
      same: before === text,
      ...lineChanges(before ?? '', text),
    })),
    ...(usage === undefined ? {} : { tokens: usage.inputTokens + usage.outputTokens }),
  };
}
