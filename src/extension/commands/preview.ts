/** Preview: what a run would change, in the monitor, before there is one. */
import type { App } from '../host.ts';
import { PreviewPanel } from '../monitor/preview-panel.ts';
import { saved } from '../open-files.ts';
import { askInputs } from './inputs.ts';
import { pickWorkflow } from './target.ts';

export async function preview(app: App, argument: unknown): Promise<void> {
  const { vscode } = app;
  const uri = await pickWorkflow(app, argument);
  if (!uri) return;
  if (!(await saved(vscode, uri))) return;
  const inputs = await askInputs(app, uri, vscode.l10n.t('Preview with the defaults'));
  if (inputs) new PreviewPanel(app, uri, inputs);
}
