/** How the command line is started from this window. */
import { folders, type VsCode } from '../host.ts';
import type * as vscodeApi from 'vscode';

export interface Program {
  /** The program that runs JavaScript: the editor's own, or the one that the setting names. */
  readonly node: string;
  /** The command line's bundle. */
  readonly script: string;
  readonly cwd: string | undefined;
  /** Where the engine works: `auto`, `local`, `wsl`, `wsl:NAME`. It matters on Windows only. */
  readonly on: string;
}

export function program(vscode: VsCode, context: Pick<vscodeApi.ExtensionContext, 'extensionUri'>): Program {
  const named = vscode.workspace.getConfiguration('code').get<string>('engine.node', '');
  return {
    node: named === '' ? process.execPath : named,
    script: vscode.Uri.joinPath(context.extensionUri, 'dist', 'cli.js').fsPath,
    cwd: folders(vscode)[0],
    on: vscode.workspace.getConfiguration('code').get<string>('target', 'auto'),
  };
}

/** The distribution that a person named; `undefined` where the engine chooses. */
export const namedDistro = ({ on }: Program): string | undefined => /^wsl:(.+)$/.exec(on)?.[1];

/** Runs a command of the command line in a terminal, where one can answer what it asks. */
export function inTerminal(
  vscode: VsCode,
  { node, script, cwd }: Program,
  name: string,
  args: readonly string[],
): void {
  const terminal = vscode.window.createTerminal({
    name,
    shellPath: node,
    shellArgs: [script, ...args],
    env: { ELECTRON_RUN_AS_NODE: '1' },
    iconPath: new vscode.ThemeIcon('pulse'),
    ...(cwd === undefined ? {} : { cwd }),
  });
  terminal.show();
}
