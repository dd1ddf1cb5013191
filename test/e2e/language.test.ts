/** The language in a real VS Code, and a whole run without touching the mouse. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { command, openFile, webview } from './editor.ts';
import { bench } from './suite.ts';

const WORKFLOW = `name: hello
parallel_deployment:
  build:
    - task: compile
      type: shell
      with: { run: 'echo compiled' }
    - task: check
      type: shell
      depends_on: compile
      with: { run: 'echo checked' }
  deliver:
    - task: deploy
      type: shell
      with: { run: 'echo delivered' }
`;

describe('the language in a real VS Code', function () {
  this.timeout(400_000);
  const { workspace, window } = bench();

  it('renames a task everywhere that it is named', async () => {
    const folder = workspace({ 'hello.code.yaml': WORKFLOW });
    const text = (): string => readFileSync(join(folder, 'hello.code.yaml'), 'utf8');
    const page = await window(folder);
    await openFile(page, 'hello.code.yaml');
    // The lenses come from the language server: it is there.
    await page.locator('.codelens-decoration', { hasText: 'Run' }).first().waitFor();
    await command(page, 'Go to Line/Column');
    await page.locator('.quick-input-widget:visible input').first().fill(':4:14');
    await page.keyboard.press('Enter');
    await page.keyboard.press('F2');
    const box = page.locator('.rename-box input');
    await box.waitFor();
    await box.fill('build_it');
    await page.keyboard.press('Enter');
    await page.locator('.view-line', { hasText: /depends_on:\s*build_it/ }).waitFor();
    await page.keyboard.press('Control+S');
    await page.waitForFunction('!document.querySelector(".tab.dirty")');
    for (const end = Date.now() + 30_000; Date.now() < end && /compile\b/.test(text());) await page.waitForTimeout(100);
    assert.doesNotMatch(text(), /compile\b/);
  });

  it('completes keys and the types of tasks while one types', async () => {
    const page = await window(workspace({ 'hello.code.yaml': WORKFLOW }));
    await openFile(page, 'hello.code.yaml');
    await page.locator('.codelens-decoration', { hasText: 'Run' }).first().waitFor();
    await page.keyboard.press('Control+End');
    await page.keyboard.type('    - task: more\n');
    await page.keyboard.type('type: kuber');
    await page.keyboard.press('Control+Space');
    await page.locator('.suggest-widget .monaco-list-row', { hasText: 'kubernetes' }).first().waitFor();
    await page.keyboard.press('Enter');
    await page.locator('.view-line', { hasText: /type:\s*kubernetes/ }).waitFor();
  });

  it('runs, watches and goes to a task by keyboard alone', async () => {
    const page = await window(workspace({ 'hello.code.yaml': WORKFLOW }));
    // A view that takes the focus meanwhile shuts the list; then it is opened again.
    const pick = async (key: string, text: string): Promise<void> => {
      const row = page.locator('.quick-input-list .monaco-list-row.focused', { hasText: text });
      const end = Date.now() + 80_000;
      for (;;) {
        await page.keyboard.press(key);
        try {
          await page.locator('.quick-input-widget:visible input').first().waitFor({ timeout: 10_000 });
          await page.keyboard.type(text);
          await row.waitFor({ timeout: 10_000 });
          break;
        } catch (error) {
          if (Date.now() > end) throw error;
          await page.keyboard.press('Escape');
        }
      }
      await page.keyboard.press('Enter');
    };
    await pick('Control+P', 'hello.code.yaml');
    await page.locator('.codelens-decoration', { hasText: 'Run' }).first().waitFor();
    await pick('F1', 'CODE: Run Workflow');
    const monitor = webview(page);
    await monitor.locator('.pill', { hasText: 'succeeded' }).waitFor();
    // The monitor has the focus: its keys work without a click.
    await page.keyboard.press('t');
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    await monitor.locator('.row.selected', { hasText: 'compile' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.locator('.statusbar-item', { hasText: /Ln 7/ }).waitFor();
  });
});
