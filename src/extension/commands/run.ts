/** Commands that begin a run: Run Workflow, Run From Here, Run Only This Task. */
import type * as vscodeApi from 'vscode';
import { ok, type Result } from '../../core/result.ts';
import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import { folderOf, showFailure, type App } from '../host.ts';
import type { Monitors } from '../monitor/monitors.ts';
import { saved } from '../open-files.ts';
import { askInputs } from './inputs.ts';
import { namedTask, pickWorkflow } from './target.ts';

export interface StartOptions {
  readonly only?: string;
  readonly from?: string;
  /** What a preview was made with; otherwise they are asked for. */
  readonly inputs?: Readonly<Record<string, Json>>;
}

export async function runWorkflow(app: App, monitors: Monitors, argument: unknown): Promise<void> {
  const uri = await pickWorkflow(app, argument);
  if (!uri) return;
  const given = isObject(argument) && isObject(argument['inputs']) ? (argument['inputs'] as JsonObject) : undefined;
  await start(app, monitors, uri, given === undefined ? {} : { inputs: given });
}

export async function runPart(app: App, monitors: Monitors, argument: unknown, part: 'only' | 'from'): Promise<void> {
  const { vscode } = app;
  const target = namedTask(app, argument);
  if (!target) {
    void vscode.window.showInformationMessage(vscode.l10n.t('Put the cursor into a task of a workflow first.'));
    return;
  }
  await start(app, monitors, vscode.Uri.file(target.file), { [part]: target.task });
}

async function start(app: App, monitors: Monitors, uri: vscodeApi.Uri, options: StartOptions): Promise<void> {
  const { vscode } = app;
  if (!(await saved(vscode, uri))) return;
  const { inputs: given, ...part } = options;
  const inputs = given ?? (await askInputs(app, uri, vscode.l10n.t('Run with the defaults')));
  if (!inputs) return;
  const begun = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Window,
      title: vscode.l10n.t('Starting {0}…', vscode.workspace.asRelativePath(uri)),
    },
    () => request(app, uri, inputs, part),
  );
  if (!begun.ok) {
    if (begun.failure.kind === 'invalid') await vscode.window.showTextDocument(uri, { preview: true });
    return showFailure(app, begun.failure);
  }
  app.steps.done('hasRun');
  monitors.showNew(begun.value);
}

async function request(
  app: App,
  uri: vscodeApi.Uri,
  inputs: Readonly<Record<string, Json>>,
  options: Omit<StartOptions, 'inputs'>,
): Promise<Result<string>> {
  const workspace = folderOf(app.vscode, uri.fsPath);
  const failFast = app.vscode.workspace.getConfiguration('code', uri).get<boolean>('run.failFast', false);
  const answer = await app.engine.request('runs/start', { file: uri.fsPath, workspace, inputs, failFast, ...options });
  if (!answer.ok) return answer;
  const { runId } = answer.value;
  const name = uri.path.split('/').at(-1) ?? uri.path;
  app.runs.add(workspace, {
    runId,
    workflow: name.replace(/\.code\.ya?ml$|\.ya?ml$/, ''),
    file: uri.fsPath,
    status: 'running',
    startedAt: new Date().toISOString(),
  });
  void app.runs.refresh();
  return ok(runId);
}
