/** Puts the extension together. Nothing heavy happens here: the engine starts when something is asked of it, the rest loads when used. */
import type * as vscodeApi from 'vscode';
import { registerCommands } from './commands/register.ts';
import { registerDocuments } from './documents.ts';
import { EngineClient } from './engine/client.ts';
import { program } from './engine/cli.ts';
import { launchRelay } from './engine/launch.ts';
import { registerMcp } from './ai/mcp.ts';
import { registerChat, registerTools } from './ai/register.ts';
import { failureDiagnostics } from './failures.ts';
import { findingDiagnostics } from './findings.ts';
import { folders, mayRun, nextTurn, type App, type VsCode } from './host.ts';
import { MONITOR_TYPE } from './ids.ts';
import { Language } from './language.ts';
import { ResultLenses } from './lenses.ts';
import { later } from './load.ts';
import { Monitors } from './monitor/monitors.ts';
import { notifications } from './notifications.ts';
import { useWords } from '../core/words.ts';
import { host } from '../platform/host.ts';
import { isOnWindowsDrive } from '../platform/mounts.ts';
import { Reports } from './reports.ts';
import { Runs } from './runs.ts';
import { statusItem } from './status.ts';
import { Steps } from './steps.ts';
import { TASK_TYPE, TaskLinks, WorkflowTasks } from './tasks.ts';
import { EnvironmentTree } from './trees/environment.ts';
import { RunsTree } from './trees/runs.ts';
import { WorkflowsTree } from './trees/workflows.ts';
import { Workflows } from './workflows.ts';

/** @returns what tests look at */
export function startExtension(vscode: VsCode, context: vscodeApi.ExtensionContext): App {
  useWords(vscode.l10n.bundle ?? {});
  const log = vscode.window.createOutputChannel('CODE', { log: true });
  const engine = new EngineClient({
    launch: () => launchRelay(program(vscode, context)),
    log: (line) => log.info(line),
    client: `vscode ${vscode.version}`,
    askModel: async (question, token) => (await later({ vscode })).askEditorModel(vscode, question, token),
  });
  const runs = new Runs(engine, () => (mayRun(vscode) ? folders(vscode) : []));
  const language = new Language({ vscode, context, log });
  const reports = new Reports(vscode);
  const steps = new Steps(vscode);
  const app: App = { vscode, context, engine, runs, workflows: new Workflows(vscode), language, reports, steps, log };
  const monitors = new Monitors(app);
  const runsTree = new RunsTree(app);
  const environment = new EnvironmentTree(app);
  const workflows = new WorkflowsTree(app);
  const lenses = new ResultLenses(app);
  const runsView = vscode.window.createTreeView('code.runs', { treeDataProvider: runsTree, showCollapseAll: true });
  context.subscriptions.push(
    log,
    engine,
    runs,
    app.workflows,
    language,
    reports,
    steps,
    monitors,
    runsTree,
    environment,
    workflows,
    runsView,
    runsView.onDidChangeVisibility(({ visible }) => runsTree.setVisible(visible)),
    vscode.window.registerTreeDataProvider('code.workflows', workflows),
    vscode.window.registerTreeDataProvider('code.environment', environment),
    vscode.window.registerWebviewPanelSerializer(MONITOR_TYPE, monitors),
    ...registerDocuments(app),
    statusItem(app),
    failureDiagnostics(app),
    findingDiagnostics(app),
    lenses,
    vscode.languages.registerCodeLensProvider({ language: 'code-workflow', scheme: 'file' }, lenses),
    vscode.tasks.registerTaskProvider(TASK_TYPE, new WorkflowTasks(app)),
    vscode.window.registerTerminalLinkProvider(new TaskLinks(app)),
    ...registerTools(app),
    ...registerMcp(app),
    ...registerChat(app),
    notifications(app, monitors),
    ...registerCommands(app, { monitors, environment }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void lookForRuns(app)),
  );
  runsTree.setVisible(runsView.visible);
  void lookForRuns(app).then(() => markSteps(app));
  if (host().os === 'windows' || folders(vscode).some((folder) => isOnWindowsDrive(folder)))
    void nextTurn()
      .then(() => later(app))
      .then(({ offerMove }) => offerMove(app));
  return app;
}

/** Runs outlive windows: where this folder ever had one, the engine is asked how they stand. */
async function lookForRuns({ vscode, runs }: App): Promise<void> {
  if (!mayRun(vscode)) return;
  const found = await vscode.workspace.findFiles('**/.code/runs/{*/journal.log,elsewhere.txt}', null, 1);
  if (found.length > 0 && !runs.listed) await runs.refresh();
}

/** The steps of the walkthrough whose doing shows in the folder. */
async function markSteps({ vscode, runs, workflows, steps }: App): Promise<void> {
  if ((await workflows.files).length > 0) steps.done('hasWorkflow');
  if (runs.all.length > 0) steps.done('hasRun');
  if (vscode.workspace.getConfiguration('code').get<string>('planner.provider', 'auto') !== 'auto')
    steps.done('hasModel');
}
