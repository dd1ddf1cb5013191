/**
 * What ends the steps of the walkthrough. The editor takes a context that is there before its pages were first opened for old news, and
 * never ticks the step (`registerDoneListeners` of its walkthrough service): so what was done is told again when a page was opened.
 */
import type * as vscodeApi from 'vscode';
import type { Disposable } from './emitter.ts';
import type { VsCode } from './host.ts';

/** By the completion events in package.json, without their `code.`. */
export type Step = 'hasLookedAround' | 'hasTarget' | 'hasWorkflow' | 'hasPreviewed' | 'hasRun' | 'hasModel';

/** Until a page that was just opened has asked what there is; a busy machine takes longer. */
const SOON_MS = [1000, 5000] as const;

export class Steps {
  readonly #vscode: VsCode;
  readonly #done = new Set<Step>();
  readonly #subscription: Disposable;
  #timers: readonly NodeJS.Timeout[] = [];

  constructor(vscode: VsCode) {
    this.#vscode = vscode;
    this.#subscription = vscode.window.tabGroups.onDidChangeTabs(({ opened }) => this.#look(opened));
    this.#look(vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs));
  }

  /** It happened, now or before. */
  done(step: Step): void {
    this.#done.add(step);
    this.#tell(step, true);
  }

  /** Pages of the editor itself have no input that extensions know; which of them it is, nobody tells: each may be the one. */
  #look(tabs: readonly vscodeApi.Tab[]): void {
    if (!tabs.some(({ input }) => input === undefined)) return;
    this.#rest();
    this.#timers = SOON_MS.map((ms) => setTimeout(() => this.#again(), ms));
  }

  #rest(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  /** Only what changes is news. */
  #again(): void {
    for (const step of this.#done) {
      this.#tell(step, false);
      this.#tell(step, true);
    }
  }

  #tell(step: Step, value: boolean): void {
    void this.#vscode.commands.executeCommand('setContext', `code.${step}`, value);
  }

  dispose(): void {
    this.#rest();
    this.#subscription.dispose();
  }
}
