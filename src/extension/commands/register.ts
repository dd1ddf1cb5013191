/** The commands that the manifest names, each with what it needs. Those that run something are refused where the folder is not trusted. */
import { inTerminal, program } from '../engine/cli.ts';
import { mayRun, type App } from '../host.ts';
import { later } from '../load.ts';
import type { Monitors } from '../monitor/monitors.ts';
import type { EnvironmentTree } from '../trees/environment.ts';

type Act = (argument: unknown) => Promise<void> | void;

interface Command {
  readonly act: Act;
  /** It changes nothing and starts nothing. */
  readonly harmless?: boolean;
}

export interface Parts {
  readonly monitors: Monitors;
  readonly environment: EnvironmentTree;
}

/** By the id in package.json; a test holds both to each other. */
export function commandTable(app: App, { monitors, environment }: Parts): Readonly<Record<string, Command>> {
  return {
    'code.deploy': { act: async (argument) => (await later(app)).deploy(app, argument) },
    'code.setUpWsl': {
      act: () => inTerminal(app.vscode, program(app.vscode, app.context), 'CODE: WSL', ['wsl', 'setup']),
    },
    'code.importFile': { act: async (argument) => (await later(app)).importFile(app, argument) },
    'code.exportTekton': { act: async (argument) => (await later(app)).exportToTekton(app, argument) },
    'code.runWorkflow': { act: async (argument) => (await later(app)).runWorkflow(app, monitors, argument) },
    'code.runFromHere': {
      act: async (argument) => (await later(app)).runPart(app, monitors, argument, 'from'),
    },
    'code.runOnlyThis': {
      act: async (argument) => (await later(app)).runPart(app, monitors, argument, 'only'),
    },
    'code.cancelRun': { act: async (argument) => (await later(app)).cancelRun(app, argument) },
    'code.resumeRun': { act: async (argument) => (await later(app)).resumeRun(app, monitors, argument) },
    'code.retryTask': { act: async (argument) => (await later(app)).retryTask(app, monitors, argument) },
    'code.approve': { act: async (argument) => (await later(app)).approve(app, argument) },
    'code.rollBack': { act: async (argument) => (await later(app)).rollBack(app, monitors, argument) },
    'code.preview': { act: async (argument) => (await later(app)).preview(app, argument) },
    'code.analyze': { act: async (argument) => (await later(app)).analyze(app, argument) },
    'code.secure': { act: async (argument) => (await later(app)).secure(app, monitors, argument) },
    'code.initContext': { act: async () => (await later(app)).initContext(app) },
    'code.showContext': { act: async (argument) => (await later(app)).showContext(app, argument) },
    'code.connectModel': { act: async () => (await later(app)).connectModel(app) },
    'code.openMonitor': {
      act: async (argument) => (await later(app)).openMonitor(app, monitors, argument),
    },
    'code.showLog': { act: async (argument) => (await later(app)).showLog(app, argument) },
    'code.explain': { act: async (argument) => (await later(app)).explain(app, argument) },
    'code.revealTask': {
      act: async (argument) => (await later(app)).revealTask(app, argument),
      harmless: true,
    },
    'code.validate': { act: async (argument) => (await later(app)).validate(app, argument) },
    'code.newWorkflow': { act: async () => (await later(app)).newWorkflow(app), harmless: true },
    'code.doctor': {
      act: async () => {
        environment.refresh();
        await app.vscode.commands.executeCommand('code.environment.focus');
        app.steps.done('hasLookedAround');
      },
    },
  };
}

export function registerCommands(app: App, parts: Parts): { dispose(): void }[] {
  const { vscode } = app;
  return Object.entries(commandTable(app, parts)).map(([id, { act, harmless }]) =>
    vscode.commands.registerCommand(id, async (argument: unknown) => {
      if (harmless !== true && !mayRun(vscode)) {
        void explain(app);
        return;
      }
      await act(argument);
    }),
  );
}

async function explain({ vscode }: App): Promise<void> {
  if (vscode.workspace.isTrusted) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('CODE runs workflows in a folder on a disk: open one first.'),
    );
    return;
  }
  const manage = vscode.l10n.t('Manage Workspace Trust');
  const text = vscode.l10n.t('Nothing runs in a folder that you do not trust: a workflow may start any program.');
  if ((await vscode.window.showWarningMessage(text, manage)) === manage)
    await vscode.commands.executeCommand('workbench.trust.manage');
}
