/** The commands that the manifest names, each with what it needs. Those that run something are refused where the folder is not trusted. */
import type { Disposable } from '../emitter.ts';
import { inTerminal, program } from '../engine/cli.ts';
import { unreachable } from '../../core/result.ts';
import { mayRun, type App, type VsCode } from '../host.ts';
import { later } from '../load.ts';
import type { Monitors } from '../monitor/monitors.ts';
import type { EnvironmentTree } from '../trees/environment.ts';

type Act = (argument: unknown) => Promise<void> | void;

interface Command {
  readonly act: Act;
  /** What must be there before it acts; a trusted folder on a disk where nothing is said. */
  readonly needs?: 'nothing' | 'trust' | 'folder';
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
    'code.connectModel': { act: async () => (await later(app)).connectModel(app), needs: 'trust' },
    'code.openMonitor': {
      act: async (argument) => (await later(app)).openMonitor(app, monitors, argument),
    },
    'code.showLog': { act: async (argument) => (await later(app)).showLog(app, argument) },
    'code.explain': { act: async (argument) => (await later(app)).explain(app, argument) },
    'code.revealTask': {
      act: async (argument) => (await later(app)).revealTask(app, argument),
      needs: 'nothing',
    },
    'code.validate': { act: async (argument) => (await later(app)).validate(app, argument) },
    'code.newWorkflow': { act: async () => (await later(app)).newWorkflow(app), needs: 'nothing' },
    'code.doctor': {
      act: async () => {
        environment.refresh();
        await app.vscode.commands.executeCommand('code.environment.focus');
        app.steps.done('hasLookedAround');
      },
      // What is on the machine can be looked at before there is a folder: most people begin there.
      needs: 'trust',
    },
  };
}

export function registerCommands(app: App, parts: Parts): Disposable[] {
  const { vscode } = app;
  return Object.entries(commandTable(app, parts)).map(([id, { act, needs = 'folder' }]) =>
    vscode.commands.registerCommand(id, async (argument: unknown) => {
      if (isMet(vscode, needs)) return act(argument);
      void sayWhyRefused(app);
    }),
  );
}

function isMet(vscode: VsCode, needs: NonNullable<Command['needs']>): boolean {
  switch (needs) {
    case 'nothing':
      return true;
    case 'trust':
      return vscode.workspace.isTrusted;
    case 'folder':
      return mayRun(vscode);
    default:
      return unreachable(needs);
  }
}

async function sayWhyRefused({ vscode }: App): Promise<void> {
  if (vscode.workspace.isTrusted) {
    const open = vscode.l10n.t('Open Folder');
    const text = vscode.l10n.t('CODE runs workflows in a folder on a disk: open one first.');
    if ((await vscode.window.showInformationMessage(text, open)) === open)
      await vscode.commands.executeCommand('vscode.openFolder');
    return;
  }
  const manage = vscode.l10n.t('Manage Workspace Trust');
  const text = vscode.l10n.t('Nothing runs in a folder that you do not trust: a workflow may start any program.');
  if ((await vscode.window.showWarningMessage(text, manage)) === manage)
    await vscode.commands.executeCommand('workbench.trust.manage');
}
