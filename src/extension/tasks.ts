/** VS Code's own tasks of type `code`: a workflow runs in a terminal, its problems are read off its output, task names are links. */
import type * as vscodeApi from 'vscode';
import { isObject } from '../core/json.ts';
import { program } from './engine/cli.ts';
import type { App } from './host.ts';
import { statusOf } from './runs.ts';

export const TASK_TYPE = 'code';
const MATCHER = '$code-engine';

interface Definition extends vscodeApi.TaskDefinition {
  /** Path of the file, from the folder. */
  readonly workflow: string;
  readonly only?: string;
  readonly from?: string;
  readonly inputs?: Readonly<Record<string, string | number | boolean>>;
}

export class WorkflowTasks implements vscodeApi.TaskProvider {
  readonly #app: App;

  constructor(app: App) {
    this.#app = app;
  }

  /** One task for each workflow that is found. */
  async provideTasks(): Promise<vscodeApi.Task[]> {
    const { vscode, workflows } = this.#app;
    return (await workflows.files).flatMap((uri) => {
      const folder = vscode.workspace.getWorkspaceFolder(uri);
      if (!folder) return [];
      const workflow = vscode.workspace.asRelativePath(uri, false);
      return [this.#task({ type: TASK_TYPE, workflow }, folder, workflow)];
    });
  }

  /** A task that somebody wrote into tasks.json. */
  resolveTask(task: vscodeApi.Task): vscodeApi.Task | undefined {
    const { definition, scope } = task;
    if (typeof definition['workflow'] !== 'string' || !isObject(scope)) return undefined;
    // The same definition object has to come back, or the editor takes it for another task.
    return this.#task(definition as Definition, scope as vscodeApi.WorkspaceFolder, task.name);
  }

  #task(definition: Definition, folder: vscodeApi.WorkspaceFolder, name: string): vscodeApi.Task {
    const { vscode, context } = this.#app;
    const { node, script, on } = program(vscode, context);
    const { workflow, only, from, inputs = {} } = definition;
    const args = [
      'run',
      workflow,
      ...(only === undefined ? [] : ['--only', only]),
      ...(from === undefined ? [] : ['--from', from]),
      ...Object.entries(inputs).flatMap(([input, value]) => ['--input', `${input}=${String(value)}`]),
      ...(on.startsWith('wsl') ? ['--on', on] : []),
    ];
    const execution = new vscode.ProcessExecution(node, [script, ...args], {
      cwd: folder.uri.fsPath,
      env: { ELECTRON_RUN_AS_NODE: '1' },
    });
    const task = new vscode.Task(definition, folder, name, 'CODE', execution, MATCHER);
    task.detail = vscode.l10n.t('Run the workflow {0}', workflow);
    task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, clear: true };
    return task;
  }
}

interface TaskLink {
  readonly startIndex: number;
  readonly length: number;
  readonly tooltip: string;
  readonly runId: string;
  readonly task: string;
}

/** What the command line puts before the name of a task (`core` of `src/cli/render/plain.ts`). */
const NAMED = /^\s*[●✓✗⊘◷↺⤼‖◌○!*x+-]\s+([A-Za-z_][\w-]*(?:\[[^\]]*\])?)(?=\s|$)/u;

/** The name of a task in the output of `code-engine` leads to its place in the monitor. */
export class TaskLinks implements vscodeApi.TerminalLinkProvider<TaskLink> {
  readonly #app: App;

  constructor(app: App) {
    this.#app = app;
  }

  provideTerminalLinks({ line }: vscodeApi.TerminalLinkContext): TaskLink[] {
    const match = NAMED.exec(line);
    const task = match?.[1];
    if (task === undefined) return [];
    const run = this.#runOf(task);
    if (run === undefined) return [];
    const startIndex = line.indexOf(task, match?.index ?? 0);
    const tooltip = this.#app.vscode.l10n.t('Open in the run monitor');
    return [{ startIndex, length: task.length, tooltip, runId: run, task }];
  }

  /** The newest run that has such a task; running ones first, for it is their output that one reads. */
  #runOf(task: string): string | undefined {
    const having = this.#app.runs.all.filter(({ state }) => state?.tasks.has(task));
    return (having.find((run) => statusOf(run) === 'running') ?? having[0])?.summary.runId;
  }

  async handleTerminalLink({ runId, task }: TaskLink): Promise<void> {
    await this.#app.vscode.commands.executeCommand('code.openMonitor', { runId, task });
  }
}
