/** New Workflow: a file that runs as it stands, to change into one's own. */
import type * as vscodeApi from 'vscode';
import type { App } from '../host.ts';

const SAMPLE = `name: hello
inputs:
  who: { type: string, default: world, description: Who is greeted }
# Stages run one after the other, the tasks of a stage at the same time.
parallel_deployment:
  prepare:
    - task: greet
      type: shell
      with: { run: 'echo "hello, \${{ inputs.who }}"' }
    - task: look_around
      type: shell
      with: { run: 'uname -a; df -h .' }
  build:
    - task: compile
      type: shell
      with: { run: 'for i in 1 2 3 4 5; do echo "compiling part $i of 5"; sleep 1; done' }
    - task: test
      type: shell
      depends_on: compile
      timeout: 1m
      with: { run: 'echo "3 tests passed"' }
    - task: document
      type: shell
      with: { run: 'sleep 2; echo "wrote 12 pages"' }
  deliver:
    - task: deploy
      type: shell
      with: { run: 'echo "delivered"' }
finally:
  - task: tidy_up
    type: shell
    with: { run: 'echo "nothing left behind"' }
`;

/** Writes the sample into the workspace (never over a file) and opens it; an untitled one where there is no folder. */
export async function newWorkflow(app: App): Promise<void> {
  const { vscode } = app;
  const folder = vscode.workspace.workspaceFolders?.[0];
  if (!folder || !vscode.workspace.isTrusted) {
    const document = await vscode.workspace.openTextDocument({ language: 'code-workflow', content: SAMPLE });
    await vscode.window.showTextDocument(document);
    app.steps.done('hasWorkflow');
    return;
  }
  const name = await vscode.window.showInputBox({
    title: vscode.l10n.t('New Workflow'),
    prompt: vscode.l10n.t('Name of the workflow; the file is created as NAME.code.yaml'),
    value: 'hello',
    validateInput: (text) =>
      /^[A-Za-z0-9][\w.-]*$/.test(text) ? undefined : vscode.l10n.t('Letters, digits, dots, dashes and underscores.'),
  });
  if (name === undefined) return;
  const uri = await freeName(app, folder.uri, name.replace(/(\.code)?\.ya?ml$/, ''));
  await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(SAMPLE.replace('name: hello', `name: ${name}`)));
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: false });
  app.steps.done('hasWorkflow');
}

async function freeName(app: App, folder: vscodeApi.Uri, name: string): Promise<vscodeApi.Uri> {
  const { vscode } = app;
  for (let n = 1; ; n++) {
    const uri = vscode.Uri.joinPath(folder, `${name}${n === 1 ? '' : `-${n}`}.code.yaml`);
    try {
      await vscode.workspace.fs.stat(uri);
    } catch {
      return uri;
    }
  }
}
