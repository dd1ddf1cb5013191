/** What the features of the extension are given. `vscode` is handed in, so that they also run against a stand-in in plain Node. */
import type * as vscodeApi from 'vscode';
import { failureText, type Failure } from '../core/failure.ts';
import type { EngineClient } from './engine/client.ts';
import type { Language } from './language.ts';
import type { Reports } from './reports.ts';
import type { Runs } from './runs.ts';
import type { Steps } from './steps.ts';
import type { Workflows } from './workflows.ts';

export type VsCode = typeof vscodeApi;

export interface App {
  readonly vscode: VsCode;
  readonly context: vscodeApi.ExtensionContext;
  readonly engine: EngineClient;
  readonly runs: Runs;
  readonly workflows: Workflows;
  readonly language: Language;
  readonly reports: Reports;
  readonly steps: Steps;
  readonly log: vscodeApi.LogOutputChannel;
}

/** Shows a failure to a person: what happened, what to do next, and where more is written. */
export async function showFailure(app: Pick<App, 'vscode' | 'log'>, failure: Failure): Promise<void> {
  const { vscode, log } = app;
  log.error(failure.message, failure.detail ?? '');
  if (failure.kind === 'cancelled') return;
  // What is wrong with a workflow stands in the problems already.
  const invalid = failure.kind === 'invalid';
  const details = invalid ? vscode.l10n.t('Show Problems') : vscode.l10n.t('Show Details');
  if ((await vscode.window.showErrorMessage(failureText(failure), details)) !== details) return;
  if (invalid) await vscode.commands.executeCommand('workbench.actions.view.problems');
  else log.show();
}

let lastId = 0;
/** A number that tells one question of this window from another, where an answer comes in parts. */
export const nextId = (): number => ++lastId;

/** Whether anything may be run here: a trusted folder on a real disk. */
export function mayRun(vscode: VsCode): boolean {
  return vscode.workspace.isTrusted && folders(vscode).length > 0;
}

/** The folders of the workspace that lie on a disk, as paths. */
export function folders(vscode: VsCode): string[] {
  return (vscode.workspace.workspaceFolders ?? [])
    .filter((each) => each.uri.scheme === 'file')
    .map((each) => each.uri.fsPath);
}

/** The folder that a file belongs to; its own folder where it lies in none. */
export function folderOf(vscode: VsCode, file: string): string {
  const uri = vscode.Uri.file(file);
  return vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath ?? vscode.Uri.joinPath(uri, '..').fsPath;
}

/** Lets everybody else have the thread first. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Turns {
  (act: () => void): void;
  /** Each piece in a turn of its own; what is asked for later comes after the last of them. */
  pieces(of: Iterator<undefined, void>): void;
  /** Forgets what is due. */
  dispose(): void;
}

/**
 * Does one thing after another, each in a turn of its own: all extensions share the thread, and what comes in large pieces (the plan of
 * ten thousand tasks) must not be read, folded and passed on in one go.
 */
export function inTurns(): Turns {
  /** They say whether there is more of them. */
  const due: (() => boolean)[] = [];
  let next: NodeJS.Immediate | undefined;
  const turn = (): void => {
    const act = due.shift();
    next = due.length > 0 ? setImmediate(turn) : undefined;
    if (act?.() !== true) return;
    due.unshift(act);
    next ??= setImmediate(turn);
  };
  const add = (act: () => boolean): void => {
    due.push(act);
    next ??= setImmediate(turn);
  };
  const once = (act: () => void): void =>
    add(() => {
      act();
      return false;
    });
  return Object.assign(once, {
    pieces: (of: Iterator<undefined, void>) => add(() => of.next().done !== true),
    dispose: () => {
      due.length = 0;
      clearImmediate(next);
    },
  });
}

/** Calls `act` soon, once for many calls; `dispose` forgets a call that is due. */
export function throttled(act: () => void, everyMs: number): { (): void; dispose(): void } {
  let timer: NodeJS.Timeout | undefined;
  const call = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      act();
    }, everyMs);
  };
  return Object.assign(call, { dispose: () => clearTimeout(timer) });
}
