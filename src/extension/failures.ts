/** Failures of a run as problems on their tasks, until the task next succeeds. */
import type * as vscodeApi from 'vscode';
import type { TaskState } from '../run/state.ts';
import { lookOf } from '../views/status.ts';
import type { Disposable } from './emitter.ts';
import { nextTurn, throttled, type App } from './host.ts';
import { statusOf, type KnownRun } from './runs.ts';
import { lineOf } from './task-lines.ts';

const WAIT_MS = 300;
/** The editor shows no more of a file. */
const MOST = 1000;
/** Problems that are made in one turn. */
const PIECE = 250;

export function failureDiagnostics(app: App): Disposable {
  const { vscode, runs } = app;
  const collection = vscode.languages.createDiagnosticCollection('code-run');
  /** By file and task name: the failure that stands there, and when it happened. */
  const standing = new Map<string, Map<string, { readonly task: TaskState; readonly at: number }>>();
  const dirty = new Set<string>();
  /** By file: who publishes it last, and so has the say. */
  const newest = new Map<string, object>();

  const show = throttled(() => {
    const files = new Set<string>();
    for (const runId of dirty) {
      const run = runs.get(runId);
      if (run && note(standing, run)) files.add(run.summary.file);
    }
    dirty.clear();
    for (const file of files) void publish(file);
  }, WAIT_MS);

  const publish = async (file: string): Promise<void> => {
    const uri = vscode.Uri.file(file);
    const mine = {};
    newest.set(file, mine);
    const failures = [...(standing.get(file)?.values() ?? [])].slice(0, MOST);
    if (failures.length === 0) {
      collection.delete(uri);
      return;
    }
    try {
      const document = await vscode.workspace.openTextDocument(uri);
      const found: vscodeApi.Diagnostic[] = [];
      for (const [n, { task }] of failures.entries()) {
        if (n % PIECE === 0) await nextTurn();
        found.push(diagnostic(vscode, document, task));
      }
      if (newest.get(file) === mine) collection.set(uri, found);
    } catch {
      collection.delete(uri); // the file is gone: so are its problems
    }
  };

  const subscription = runs.onChanged((runId) => {
    const run = runs.get(runId);
    if (!run?.state?.plan) return;
    dirty.add(runId);
    show();
  });
  return {
    dispose: () => {
      show.dispose();
      subscription.dispose();
      collection.dispose();
    },
  };
}

/** Takes over what a run says about its tasks, where it is newer. @returns whether something changed */
function note(
  standing: Map<string, Map<string, { readonly task: TaskState; readonly at: number }>>,
  run: KnownRun,
): boolean {
  const { file } = run.summary;
  const tasks = standing.get(file) ?? new Map<string, { readonly task: TaskState; readonly at: number }>();
  standing.set(file, tasks);
  let changed = false;
  for (const task of run.state?.tasks.values() ?? []) {
    const { name } = task.summary;
    const at = task.finishedAt ?? 0;
    const old = tasks.get(name);
    const failed = (task.status === 'failed' || task.status === 'timed_out') && !task.allowedToFail;
    if (failed && (!old || at > old.at)) {
      tasks.set(name, { task, at });
      changed = true;
    } else if (old && at > old.at && (task.status === 'succeeded' || task.status === 'cached')) {
      changed = tasks.delete(name) || changed;
    } else if (
      old?.task.summary.task === task.summary.task &&
      task.status === 'running' &&
      statusOf(run) === 'running' &&
      (task.startedAt ?? 0) > old.at
    ) {
      // It runs again: what it said before is no news any more, its end will say.
      changed = tasks.delete(name) || changed;
    }
  }
  return changed;
}

function diagnostic(vscode: App['vscode'], document: vscodeApi.TextDocument, task: TaskState): vscodeApi.Diagnostic {
  const line = document.lineAt(lineOf(document, task.summary.name, task.summary.line));
  const start = line.firstNonWhitespaceCharacterIndex;
  const range = new vscode.Range(line.lineNumber, start, line.lineNumber, line.text.length);
  const text = `${task.summary.task} ${lookOf(task.status).label}${task.reason === undefined ? '' : `: ${task.reason}`}${task.next === undefined ? '' : `\n${task.next}`}`;
  const found = new vscode.Diagnostic(range, text, vscode.DiagnosticSeverity.Error);
  found.source = 'CODE run';
  return found;
}
