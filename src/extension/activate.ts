/** The entry point that the editor loads. */
import * as vscode from 'vscode';
import { startExtension } from './start.ts';

export function activate(context: vscode.ExtensionContext): void {
  startExtension(vscode, context);
}
