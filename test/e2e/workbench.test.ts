/** The packaged extension in a real VS Code: what a person does, from the palette to the end of a run. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import type { Page } from 'playwright-core';
import { command, offered, onDesktop, openFile, openSideBar, treeRow, webview } from './editor.ts';
import { bench } from './suite.ts';

const WORKFLOW = `name: hello
parallel_deployment:
  prepare:
    - task: greet
      type: shell
      with: { run: 'echo hello' }
  build:
    - task: compile
      type: shell
      with: { run: 'echo compiling; sleep 1' }
    - task: check
      type: shell
      depends_on: compile
      with: { run: './check.sh' }
  deliver:
    - task: deploy
      type: shell
      with: { run: 'echo delivered' }
`;

describe('the extension in a real VS Code', function () {
  this.timeout(400_000);
  const { workspace, window } = bench();

  it('runs a workflow from the palette, shows its failure on the task, and is content after a retry', async () => {
    const folder = workspace({
      'hello.code.yaml': WORKFLOW,
      'check.sh': '#!/bin/sh\necho "Error: 3 checks failed" >&2; exit 3\n',
    });
    const page = await window(folder);
    await openFile(page, 'hello.code.yaml');
    await openSideBar(page);
    await command(page, 'CODE: Run Workflow');
    await treeRow(page, 'compile').waitFor();
    await treeRow(page, 'failed').waitFor();
    const monitor = webview(page);
    await monitor.locator('.pill', { hasText: 'failed' }).waitFor();
    await monitor.locator('.row.task', { hasText: 'deploy' }).waitFor();
    await monitor.locator('.row.task[title="check"]').click();
    await monitor.locator('.line', { hasText: 'Error: 3 checks failed' }).waitFor();
    await monitor.locator('.side dd', { hasText: 'exit 3' }).waitFor();
    await command(page, 'Problems: Focus on Problems View');
    const problem = page.locator('.markers-panel .monaco-list-row', { hasText: 'check failed' });
    await problem.waitFor();
    writeFileSync(join(folder, 'check.sh'), '#!/bin/sh\necho fine\n', { mode: 0o755 });
    await command(page, 'CODE: Retry Task');
    await monitor.locator('.pill', { hasText: 'succeeded' }).waitFor();
    await problem.waitFor({ state: 'detached' });
  });

  it('goes from a task in the monitor to its line in the file', async () => {
    const page = await window(workspace({ 'hello.code.yaml': WORKFLOW, 'check.sh': '#!/bin/sh\nexit 0\n' }));
    await command(page, 'CODE: Run Workflow');
    const monitor = webview(page);
    await monitor.locator('.pill', { hasText: 'succeeded' }).waitFor();
    await monitor.locator('.row.task[title="deploy"]').dblclick();
    await page.locator('.statusbar-item', { hasText: /Ln 16/ }).waitFor();
  });

  it('comes back whole after a reload in mid-run, and the run has gone on', async () => {
    const folder = workspace({
      'long.code.yaml': WORKFLOW.replace(
        'echo compiling; sleep 1',
        'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "part $i"; sleep 1; done',
      ).replace('hello', 'long'),
      'check.sh': '#!/bin/sh\nexit 0\n',
    });
    const page = await window(folder);
    await openFile(page, 'long.code.yaml');
    await command(page, 'CODE: Run Workflow');
    await webview(page).locator('.line', { hasText: 'part 2' }).waitFor();
    await command(page, 'Developer: Reload Window');
    const monitor = webview(page);
    await monitor.locator('.row.task[title="compile"]').waitFor({ timeout: 60_000 });
    await monitor.locator('.pill', { hasText: 'succeeded' }).waitFor({ timeout: 60_000 });
    await openSideBar(page);
    await treeRow(page, 'long').waitFor();
  });

  it('cancels a run by the button of the monitor', async () => {
    const folder = workspace({
      'long.code.yaml': WORKFLOW.replace('echo compiling; sleep 1', 'echo begun; sleep 120'),
      'check.sh': '#!/bin/sh\nexit 0\n',
    });
    const page = await window(folder);
    await openFile(page, 'long.code.yaml');
    await command(page, 'CODE: Run Workflow');
    const monitor = webview(page);
    await monitor.locator('.row.task.tone-active', { hasText: 'compile' }).waitFor();
    await monitor.locator('header button', { hasText: 'Cancel' }).click();
    await monitor.locator('.pill', { hasText: 'cancelled' }).waitFor();
  });

  it('asks a person, shows what waits, and goes on when it is approved', async () => {
    const folder = workspace({
      'hello.code.yaml': WORKFLOW.replace(
        "with: { run: 'echo delivered' }",
        "approval: { message: Deliver now? }\n      with: { run: 'echo delivered' }",
      ),
      'check.sh': '#!/bin/sh\nexit 0\n',
    });
    const page = await window(folder);
    await openFile(page, 'hello.code.yaml');
    await command(page, 'CODE: Run Workflow');
    const monitor = webview(page);
    await monitor.locator('header button.primary', { hasText: 'Approve' }).click();
    const dialog = page.locator('.monaco-dialog-box');
    await dialog.filter({ hasText: 'Deliver now?' }).waitFor();
    await dialog.locator('.monaco-button', { hasText: 'Approve' }).click();
    await monitor.locator('.pill', { hasText: 'succeeded' }).waitFor();
  });

  it('knows the language of a workflow by the name of its file', async () => {
    const page = await window(workspace({ 'hello.code.yaml': WORKFLOW, 'plain.yaml': 'a: 1\n' }));
    await openFile(page, 'hello.code.yaml');
    await page.locator('.statusbar-item', { hasText: 'CODE Workflow' }).waitFor();
    await openFile(page, 'plain.yaml');
    await page.locator('.statusbar-item', { hasText: /^YAML$/ }).waitFor();
  });

  it('underlines what is wrong while one types, and a quick fix mends it', async () => {
    const page = await window(
      workspace({ 'hello.code.yaml': WORKFLOW.replace('depends_on: compile', 'depends_on: compil') }),
    );
    await openFile(page, 'hello.code.yaml');
    const squiggle = page.locator('.monaco-editor .squiggly-error');
    await squiggle.first().waitFor();
    await command(page, 'Problems: Focus on Problems View');
    await page.locator('.markers-panel .monaco-list-row', { hasText: 'CODE' }).first().waitFor();
    await command(page, 'Go to Next Problem in Files');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+.');
    await page.locator('.action-widget .monaco-list-row', { hasText: 'compile' }).first().waitFor();
    await page.keyboard.press('Enter');
    await squiggle.first().waitFor({ state: 'detached' });
    await page.locator('.view-line', { hasText: /depends_on:\s*compile$/ }).waitFor();
  });

  it('takes a plain YAML file with the top-level key for a workflow', async () => {
    const page = await window(workspace({ 'hello.code.yaml': WORKFLOW, 'other.yaml': WORKFLOW }));
    await openFile(page, 'hello.code.yaml');
    await openFile(page, 'other.yaml');
    await page.locator('.statusbar-item', { hasText: 'CODE Workflow' }).waitFor();
  });

  it('says where it runs in a window that is inside WSL', async function () {
    if (onDesktop) this.skip(); // there it takes a real WSL
    const page = await window(workspace({ 'hello.code.yaml': WORKFLOW, 'check.sh': '#!/bin/sh\nexit 0\n' }), {
      host: 'wsl',
    });
    await command(page, 'CODE: Run Workflow');
    await webview(page).locator('header .chip', { hasText: 'WSL' }).waitFor();
  });

  const walkthrough = async (page: Page): Promise<void> => {
    await command(page, 'Welcome: Open Walkthrough');
    await page.locator('.quick-input-list .monaco-list-row', { hasText: 'Deploy with CODE' }).first().click();
    await page.locator('.gettingStartedContainer', { hasText: 'Run it' }).waitFor();
  };
  const done = (page: Page, step: string): Promise<void> =>
    page.locator(`[data-done-step-id$="#start#${step}"].codicon-getting-started-step-checked`).first().waitFor();

  it('opens its walkthrough, each step of which ends by what it asks for', async () => {
    const page = await window(workspace({ 'hello.code.yaml': WORKFLOW, 'check.sh': '#!/bin/sh\nexit 0\n' }));
    const press = async (step: string, button: string): Promise<void> => {
      await walkthrough(page);
      await page.getByText(step, { exact: true }).first().click();
      await page.locator('.gettingStartedContainer .monaco-button:visible', { hasText: button }).click();
    };
    await press('Check the tools', 'Check Tools');
    await treeRow(page, 'node').waitFor();
    await done(page, 'tools');
    await done(page, 'where');
    await press('Preview it', 'Preview');
    await webview(page).locator('.row.task').first().waitFor();
    await press('Run it', 'Run Workflow');
    await webview(page).locator('.pill', { hasText: 'succeeded' }).waitFor();
    await press('Connect a model (optional)', 'Connect a Model');
    await page.locator('.quick-input-list .monaco-list-row', { hasText: 'Built-in planner' }).click();
    await walkthrough(page);
    for (const step of ['write', 'preview', 'run', 'model']) await done(page, step);
  });

  it('ticks the steps of its walkthrough too that were done before one opens it', async () => {
    const page = await window(workspace({ 'hello.code.yaml': WORKFLOW, 'check.sh': '#!/bin/sh\nexit 0\n' }));
    await command(page, 'CODE: Run Workflow');
    await webview(page).locator('.pill', { hasText: 'succeeded' }).waitFor();
    await walkthrough(page);
    for (const step of ['write', 'run']) await done(page, step);
  });

  it('runs nothing in a folder that is not trusted', async () => {
    const folder = workspace({ 'hello.code.yaml': WORKFLOW });
    const page = await window(folder, { restricted: true });
    await openFile(page, 'hello.code.yaml');
    await page.locator('.statusbar-item', { hasText: 'CODE Workflow' }).waitFor();
    const titles = (await offered(page, 'CODE: ')).filter((title) => /^CODE: (?!Focus)/.test(title));
    assert.ok(
      titles.some((title) => title.includes('New Workflow')),
      titles.join('\n'),
    );
    assert.ok(!titles.some((title) => /Run|Retry|Resume|Approve|Doctor/.test(title)), titles.join('\n'));
    await openSideBar(page);
    await page.locator('.pane-body', { hasText: 'that you do not trust' }).waitFor();
    assert.throws(() => readFileSync(join(folder, '.code')), /ENOENT/);
  });
});
