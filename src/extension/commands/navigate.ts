/** Commands that show something: Open Run Monitor, Show Log, go to a task's line. */
import type * as vscodeApi from 'vscode';
import { isObject } from '../../core/json.ts';
import { TerminalLog } from '../../views/log/terminal.ts';
import type { App } from '../host.ts';
import { LOG_SCHEME } from '../ids.ts';
import type { Monitors } from '../monitor/monitors.ts';
import { lineOf } from '../task-lines.ts';
import { pickRun, pickTask } from './target.ts';

export async function openMonitor(app: App, monitors: Monitors, argument: unknown): Promise<void> {
  const run = await pickRun(app, argument, () => true, app.vscode.l10n.t('Nothing has run here yet.'));
  if (!run) return;
  const task = isObject(argument) && typeof argument['task'] === 'string' ? argument['task'] : undefined;
  monitors.show(run.summary.runId, task);
}

/** Opens the log as text in an editor, without control characters; the monitor shows colours. */
export async function showLog(app: App, argument: unknown): Promise<void> {
  const { vscode } = app;
  const target = await pickTask(
    app,
    argument,
    (task) => task.attempt > 0,
    vscode.l10n.t('No task of this run has begun.'),
  );
  if (!target) return;
  const { run, task } = target;
  const attempt = Math.max(1, task.attempt);
  const query = new URLSearchParams({
    workspace: run.workspace,
    run: run.summary.runId,
    task: task.summary.task,
    attempt: String(attempt),
  });
  const uri = vscode.Uri.from({
    scheme: LOG_SCHEME,
    path: `/${task.summary.task}.${attempt}.log`,
    query: query.toString(),
  });
  const document = await vscode.workspace.openTextDocument(uri);
  await vscode.window.showTextDocument(document, { preview: true });
}

const MOST_BYTES = 4 * 1024 * 1024;
/** Read and cleaned in one go; the thread is shared. */
const PAGE_BYTES = 65_536;

/** The text of a `code-log:` document: both streams, one after the other, from the engine. */
export async function logText({ engine }: App, uri: vscodeApi.Uri): Promise<string> {
  const query = new URLSearchParams(uri.query);
  const [workspace, runId, task] = ['workspace', 'run', 'task'].map((name) => query.get(name) ?? '') as [
    string,
    string,
    string,
  ];
  const attempt = Number(query.get('attempt') ?? 1);
  const parts: string[] = [];
  for (const stream of ['stdout', 'stderr'] as const) {
    const log = new TerminalLog();
    for (let offset = 0; offset < MOST_BYTES;) {
      const piece = { runId, workspace, task, attempt, stream, offset, length: PAGE_BYTES };
      const answer = await engine.request('logs/read', piece);
      if (!answer.ok) return answer.failure.message;
      if (answer.value.bytes === 0) break;
      log.write(answer.value.text);
      offset = answer.value.offset + answer.value.bytes;
      if (offset >= answer.value.size) break;
      if (offset >= MOST_BYTES) log.write(`\n… code-engine runs logs ${runId} --task ${task}\n`);
    }
    if (log.lines.length > 0) parts.push(log.lines.map((line) => line.plain).join('\n'));
  }
  return parts.join('\n');
}

/** Where the file is shown already; beside a page such as the monitor, which is to stay in sight; else where one writes. */
function columnFor({ vscode }: App, { uri }: vscodeApi.TextDocument): vscodeApi.ViewColumn {
  const { window, ViewColumn, TabInputText, TabInputWebview } = vscode;
  const holds = ({ tabs }: vscodeApi.TabGroup): boolean =>
    tabs.some(({ input }) => input instanceof TabInputText && input.uri.toString() === uri.toString());
  const active = window.tabGroups.activeTabGroup;
  const onPage = active.activeTab?.input instanceof TabInputWebview;
  const others = window.tabGroups.all.filter((group) => !onPage || group !== active);
  return others.find(holds)?.viewColumn ?? (onPage ? ViewColumn.Beside : ViewColumn.Active);
}

/** Goes to the line of the workflow that defines the task. */
export async function revealTask(app: App, argument: unknown): Promise<void> {
  const { vscode } = app;
  const target = await pickTask(app, argument, () => true, vscode.l10n.t('The run has no tasks.'));
  if (!target) return;
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(target.run.summary.file));
  // The file may have changed since the run: the name counts, the line is where to begin to look.
  const line = lineOf(document, target.task.summary.name, target.task.summary.line);
  const editor = await vscode.window.showTextDocument(document, { viewColumn: columnFor(app, document) });
  const range = document.lineAt(line).range;
  editor.selection = new vscode.Selection(range.start, range.start);
  editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}
