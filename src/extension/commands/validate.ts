/** Validate: what the engine has to say about a workflow, as problems. */
import type * as vscodeApi from 'vscode';
import type { Diagnostic } from '../../core/diagnostic.ts';
import { showFailure, type App } from '../host.ts';
import { pickWorkflow } from './target.ts';

let collection: vscodeApi.DiagnosticCollection | undefined;

export async function validate(app: App, argument: unknown): Promise<void> {
  const { vscode, context } = app;
  const uri = await pickWorkflow(app, argument);
  if (!uri) return;
  const document = await vscode.workspace.openTextDocument(uri);
  const answer = await app.engine.request('workflow/validate', { file: uri.fsPath, text: document.getText() });
  if (!answer.ok) return showFailure(app, answer.failure);
  // Where the language server runs it shows the same problems, and goes on showing them while one types.
  if (app.language.running) await vscode.window.showTextDocument(document);
  else if (!collection) context.subscriptions.push((collection = vscode.languages.createDiagnosticCollection('code')));
  const { diagnostics } = answer.value;
  collection?.set(
    uri,
    diagnostics.map((each) => problem(vscode, each)),
  );
  const errors = diagnostics.filter((each) => each.severity === 'error').length;
  const text =
    errors > 0
      ? vscode.l10n.t('{0} errors, {1} other remarks', errors, diagnostics.length - errors)
      : vscode.l10n.t('Valid; {0} remarks', diagnostics.length);
  void vscode.window.setStatusBarMessage(`$(${errors > 0 ? 'error' : 'pass'}) ${text}`, 6000);
  if (diagnostics.length > 0) await vscode.commands.executeCommand('workbench.actions.view.problems');
}

export function problem(vscode: App['vscode'], { code, message, range, severity }: Diagnostic): vscodeApi.Diagnostic {
  const { Error: error, Warning: warning, Information: information, Hint: hint } = vscode.DiagnosticSeverity;
  const place = new vscode.Range(range.start.line, range.start.character, range.end.line, range.end.character);
  const found = new vscode.Diagnostic(place, message, { error, warning, information, hint }[severity]);
  found.code = code;
  found.source = 'CODE';
  return found;
}
