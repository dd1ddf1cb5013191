/** What a command is about: from the row or menu that it was called from, from the editor, or asked for. */
import type * as vscodeApi from 'vscode';
import { isObject } from '../../core/json.ts';
import type { TaskState } from '../../run/state.ts';
import { ago } from '../../views/tree.ts';
import { lookOf, lookOfRun } from '../../views/status.ts';
import { taskNote } from '../../views/words.ts';
import type { App } from '../host.ts';
import { statusOf, type KnownRun } from '../runs.ts';
import { isWorkflow } from '../workflows.ts';

/** Something with a run's id: a row of the tree, or a message of the monitor. */
const runIdOf = (argument: unknown): string | undefined =>
  isObject(argument) && typeof argument['runId'] === 'string' ? argument['runId'] : undefined;

const taskOf = (argument: unknown): string | undefined =>
  isObject(argument) && typeof argument['task'] === 'string' ? argument['task'] : undefined;

/** @returns the run, or `undefined` where there is none or the person chose none */
export async function pickRun(
  app: App,
  argument: unknown,
  fits: (run: KnownRun) => boolean,
  none: string,
): Promise<KnownRun | undefined> {
  const { vscode, runs } = app;
  const runId = runIdOf(argument);
  if (runId !== undefined) {
    if (!runs.get(runId)) await runs.refresh();
    return runs.get(runId);
  }
  await runs.refresh();
  const candidates = runs.all.filter(fits);
  if (candidates.length === 0) {
    void vscode.window.showInformationMessage(runs.failure?.message ?? none);
    return undefined;
  }
  if (candidates.length === 1) return candidates[0];
  const items = candidates.map((run) => ({
    label: run.summary.workflow,
    description: `${lookOfRun(statusOf(run)).label} · ${ago(Date.now() - Date.parse(run.summary.startedAt))}`,
    detail: run.summary.runId,
    run,
  }));
  return (await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Which run?') }))?.run;
}

/** A task of a run. @param fits which may be chosen */
export async function pickTask(
  app: App,
  argument: unknown,
  fits: (task: TaskState) => boolean,
  none: string,
): Promise<{ readonly run: KnownRun; readonly task: TaskState } | undefined> {
  const { vscode, runs } = app;
  const run = await pickRun(
    app,
    argument,
    (each) => !each.state?.plan || [...each.state.tasks.values()].some(fits),
    none,
  );
  if (!run) return undefined;
  await runs.load(run.summary.runId);
  const state = runs.get(run.summary.runId)?.state;
  if (!state?.plan) return undefined;
  const named = state.tasks.get(taskOf(argument) ?? '');
  const again = runs.get(run.summary.runId) ?? run;
  if (named) return { run: again, task: named };
  const tasks = [...state.tasks.values()].filter(fits);
  if (tasks.length === 0) {
    void vscode.window.showInformationMessage(none);
    return undefined;
  }
  if (tasks.length === 1 && tasks[0]) return { run: again, task: tasks[0] };
  const items = tasks.map((task) => ({
    label: `$(${lookOf(task.status).icon}) ${task.summary.task}`,
    description: `${task.summary.type} · ${taskNote(state, task, Date.now())}`,
    task,
  }));
  const picked = await vscode.window.showQuickPick(items, {
    placeHolder: vscode.l10n.t('Which task?'),
    matchOnDescription: true,
  });
  return picked && { run: again, task: picked.task };
}

/** A workflow file: the one of the row or menu, the one in the editor, the only one, or the one that is chosen. */
export async function pickWorkflow(app: App, argument: unknown): Promise<vscodeApi.Uri | undefined> {
  const { vscode } = app;
  if (argument instanceof vscode.Uri) return argument;
  if (isObject(argument) && typeof argument['file'] === 'string') return vscode.Uri.file(argument['file']);
  const run = app.runs.get(runIdOf(argument) ?? '');
  if (run) return vscode.Uri.file(run.summary.file);
  // A code lens, which the language server made.
  if (isObject(argument) && typeof argument['uri'] === 'string') return vscode.Uri.parse(argument['uri']);
  const active = vscode.window.activeTextEditor?.document;
  if (active && isWorkflow(active) && active.uri.scheme === 'file') return active.uri;
  const files = await app.workflows.files;
  if (files.length === 0) {
    const create = vscode.l10n.t('New Workflow');
    const text = vscode.l10n.t(
      'There is no workflow in this workspace: no file that ends in .code.yaml, and nothing in .code/workflows.',
    );
    if ((await vscode.window.showInformationMessage(text, create)) === create)
      await vscode.commands.executeCommand('code.newWorkflow');
    return undefined;
  }
  if (files.length === 1) return files[0];
  const items = files.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri }));
  return (await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Which workflow?') }))?.uri;
}

/** The task that the cursor is in, by the lines above it: `- task: NAME`. */
export function taskAtCursor(app: App): { readonly file: string; readonly task: string } | undefined {
  const editor = app.vscode.window.activeTextEditor;
  if (!editor || !isWorkflow(editor.document)) return undefined;
  for (let line = editor.selection.active.line; line >= 0; line--) {
    const match = /^\s*-\s+(?:.*[{,]\s*)?["']?task["']?\s*:\s*["']?([A-Za-z_][A-Za-z0-9_-]*)/.exec(
      editor.document.lineAt(line).text,
    );
    if (match?.[1] !== undefined) return { file: editor.document.uri.fsPath, task: match[1] };
  }
  return undefined;
}

/** The name in the file of a task given by a row (whose matrix instances have names of their own), by a code lens or by the cursor. */
export function namedTask(app: App, argument: unknown): { readonly file: string; readonly task: string } | undefined {
  if (isObject(argument) && typeof argument['file'] === 'string' && typeof argument['task'] === 'string')
    return { file: argument['file'], task: argument['task'] };
  if (isObject(argument) && typeof argument['uri'] === 'string' && typeof argument['task'] === 'string')
    return { file: app.vscode.Uri.parse(argument['uri']).fsPath, task: argument['task'] };
  const runId = runIdOf(argument);
  const run = runId === undefined ? undefined : app.runs.get(runId);
  const task = run?.state?.tasks.get(taskOf(argument) ?? '');
  if (run && task) return { file: run.summary.file, task: task.summary.name };
  return taskAtCursor(app);
}
