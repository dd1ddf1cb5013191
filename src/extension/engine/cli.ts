/** One call of the command line, for what is asked once and answered with one JSON object. */
import { execFile } from 'node:child_process';
import { failure } from '../../core/failure.ts';
import { parseJson } from '../../core/json.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { folders, type VsCode } from '../host.ts';
import { engineEnvironment } from './launch.ts';
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

/** How the command line is started from this window. */
export function program(vscode: VsCode, context: Pick<vscodeApi.ExtensionContext, 'extensionUri'>): Program {
  const named = vscode.workspace.getConfiguration('code').get<string>('engine.node', '');
  return {
    node: named === '' ? process.execPath : named,
    script: vscode.Uri.joinPath(context.extensionUri, 'dist', 'cli.js').fsPath,
    cwd: folders(vscode)[0],
    on: vscode.workspace.getConfiguration('code').get<string>('target', 'auto'),
  };
}

/** The most that a command may print: a plan with its files' names is some kilobytes. */
const MOST_BYTES = 16 * 1024 * 1024;

/** @returns what the command printed, as JSON, whatever its exit code; a failure where it printed none */
export function askCli(
  { node, script, cwd }: Program,
  args: readonly string[],
  signal: AbortSignal,
): Promise<Result<unknown>> {
  return new Promise((resolve) => {
    const options = { cwd, env: engineEnvironment(process.env), maxBuffer: MOST_BYTES, signal, windowsHide: true };
    execFile(node, [script, ...args], options, (error, stdout, stderr) => {
      const value = parseJson(stdout);
      if (signal.aborted) resolve(err(failure('cancelled', 'Given up.')));
      else if (value !== undefined) resolve(ok(value));
      else
        resolve(
          err(
            failure('tool', firstLine(stderr) || `code-engine ${args[0] ?? ''} said nothing.`, {
              detail: `${stderr}\n${error?.message ?? ''}`,
            }),
          ),
        );
    });
  });
}

const firstLine = (text: string): string => text.trim().split('\n')[0] ?? '';

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
