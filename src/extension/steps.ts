/**
 * What ends the steps of the walkthrough. The editor takes a context that is there before its pages were first opened for old news, and
 * never ticks the step (`registerDoneListeners` of its walkthrough service): so what was done is told when such a page is open.
 */
import type * as vscodeApi from 'vscode';
import type { Disposable } from './emitter.ts';
import type { VsCode } from './host.ts';

/** By the completion events in package.json, without their `code.`. */
export type Step = 'hasLookedAround' | 'hasTarget' | 'hasWorkflow' | 'hasPreviewed' | 'hasRun' | 'hasModel';

/** Until a page that was just opened has asked what there is. */
const SOON_MS = 1000;

/**
 * Pages of the editor itself have no input that extensions know; the settings are one, too, and do not hear. What a page is called is
 * known in English only: in other languages each may be the one.
 */
const isWalkthrough = ({ input, label }: vscodeApi.Tab, language: string): boolean =>
  input === undefined && (!language.startsWith('en') || /^(?:Welcome|Walkthrough|Get Started)/.test(label));

export class Steps {
  readonly #vscode: VsCode;
  readonly #due = new Set<Step>();
  readonly #subscription: Disposable;
  #timer: NodeJS.Timeout | undefined;
  /** A page was open for a while: it hears what is told. */
  #heard = false;

  constructor(vscode: VsCode) {
    this.#vscode = vscode;
    this.#subscription = vscode.window.tabGroups.onDidChangeTabs(() => this.#look());
  }

  /** It happened, now or before. */
  done(step: Step): void {
    this.#due.add(step);
    if (this.#heard) this.#tell();
    else this.#look();
  }

  #look(): void {
    if (this.#heard || this.#timer !== undefined || this.#due.size === 0) return;
    const { env, window } = this.#vscode;
    if (window.tabGroups.all.some(({ tabs }) => tabs.some((tab) => isWalkthrough(tab, env.language))))
      this.#timer = setTimeout(() => {
        this.#heard = true;
        this.#tell();
      }, SOON_MS);
  }

  #tell(): void {
    for (const step of this.#due) void this.#vscode.commands.executeCommand('setContext', `code.${step}`, true);
    this.#due.clear();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#subscription.dispose();
  }
}
