/** Other faces of the engine in a real VS Code: links in logs, the chat, the MCP server, the list of tasks. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'mocha';
import type { Page } from 'playwright-core';
import { command, openFile, openSideBar, treeRow, webview } from './editor.ts';
import { bench } from './suite.ts';

const WORKFLOW = `name: hello
parallel_deployment:
  build:
    - task: compile
      type: shell
      with: { run: 'echo "Error: infra/main.tf:2:3: no such thing"; echo "see $PWD/notes.md:3" >&2' }
`;
const FILES = {
  'hello.code.yaml': WORKFLOW,
  'infra/main.tf': '# one\n  resource\n# three\n',
  'notes.md': '# one\n\nthree\n',
};

describe('other faces, in a real VS Code', function () {
  this.timeout(400_000);
  const { workspace, window } = bench({ extensions: ['test/e2e/model-extension'] });

  async function run(page: Page): Promise<ReturnType<typeof webview>> {
    await openFile(page, 'hello.code.yaml');
    await command(page, 'CODE: Run Workflow');
    const monitor = webview(page);
    await monitor.locator('.pill', { hasText: 'succeeded' }).waitFor();
    return monitor;
  }
  const at = (page: Page, place: RegExp): Promise<void> =>
    page.locator('.statusbar-item', { hasText: place }).first().waitFor();

  it('opens the file that a log names, at its line, by a click and by keys', async () => {
    const page = await window(workspace(FILES));
    const monitor = await run(page);
    await monitor.locator('.place', { hasText: 'main.tf' }).click();
    await page.locator('.tab', { hasText: 'main.tf' }).waitFor();
    await at(page, /Ln 2, Col 3/);
    await page.locator('.tab', { hasText: /^hello$/ }).click();
    await monitor.locator('.row.task[title="compile"]').click();
    await page.keyboard.press('l');
    await page.keyboard.press('p');
    await monitor.locator('.line.current', { hasText: 'main.tf' }).waitFor();
    await page.keyboard.press('p');
    await monitor.locator('.line.current', { hasText: 'notes.md' }).waitFor();
    await page.keyboard.press('Enter');
    await page.locator('.tab', { hasText: 'notes.md' }).waitFor();
    await at(page, /Ln 3, Col 1/);
  });

  it('has the same links in the log as text', async () => {
    const page = await window(workspace(FILES));
    await run(page);
    await command(page, 'CODE: Show Log');
    await page.locator('.tab', { hasText: 'compile.1.log' }).waitFor();
    await page.locator('.detected-link', { hasText: 'main.tf' }).first().waitFor();
    await command(page, 'Go to Line/Column');
    await page.locator('.quick-input-widget:visible input').first().fill(':1:12');
    await page.keyboard.press('Enter');
    await command(page, 'Open Link');
    await page.locator('.tab', { hasText: 'main.tf' }).waitFor();
    await at(page, /Ln 2, Col 3/);
  });

  it('lists workflows among the tasks of the editor, and runs one', async () => {
    const page = await window(workspace(FILES));
    await openFile(page, 'hello.code.yaml');
    await openSideBar(page);
    await chooseTask(page, ['code', 'hello.code.yaml']);
    await treeRow(page, 'succeeded').waitFor();
  });

  it('answers in the chat with a plan, writes nothing, and leads to the review', async () => {
    const folder = workspace({ 'README.md': '# acme\n' });
    const page = await window(folder);
    await command(page, 'Code Test: Open the Chat');
    await page.locator('.interactive-input-part .monaco-editor').first().click();
    await page.keyboard.type('@code a web application called acme with postgres on kubernetes');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Enter');
    const answer = page.locator('.interactive-item-container.interactive-response').last();
    await answer.filter({ hasText: 'Nothing is written yet' }).waitFor();
    await answer.filter({ hasText: 'postgres' }).waitFor();
    await answer.locator('.monaco-button', { hasText: 'Review the Plan' }).click();
    await webview(page).locator('.files li').first().waitFor();
    assert.deepEqual(readdirSync(folder), ['README.md']);
  });

  it('starts its MCP server from the definition that the editor has, and answers a call through it', async () => {
    const page = await window(workspace(FILES));
    await openFile(page, 'hello.code.yaml');
    await command(page, 'Code Test: Start the Servers');
    const list = page.locator('.view-line', { hasText: /mcp_\S*validate/ });
    const name = /mcp_\w*validate\w*/.exec(await list.innerText())?.[0];
    await command(page, 'Code Test: Ask a Tool');
    const box = page.locator('.quick-input-widget:visible input').first();
    await box.fill(JSON.stringify({ name, input: { file: 'hello.code.yaml' } }));
    await page.keyboard.press('Enter');
    await page.locator('.view-line', { hasText: /answer.*valid/ }).waitFor();
  });
});

/** A view that takes the focus meanwhile shuts the list; then it is opened again. */
async function chooseTask(page: Page, rows: readonly string[]): Promise<void> {
  const end = Date.now() + 80_000;
  for (;;) {
    await command(page, 'Tasks: Run Task');
    try {
      for (const text of rows) {
        const row = page.locator('.quick-input-list .monaco-list-row', { hasText: text }).first();
        await row.click({ timeout: 15_000 });
      }
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await page.keyboard.press('Escape');
    }
  }
}
