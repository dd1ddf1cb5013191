/** Before a run, in a real VS Code: previews, plans from a description, analysis, context; and what undoes a run. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import type { Page } from 'playwright-core';
import { command, commandUntil, openFile, openSideBar, treeRow, webview } from './editor.ts';
import { bench } from './suite.ts';

const WORKFLOW = `name: hello
parallel_deployment:
  build:
    - task: compile
      type: shell
      with: { run: 'echo compiled > built.txt' }
      rollback: { run: 'rm built.txt' }
  deliver:
    - task: deploy
      type: shell
      with: { run: 'echo delivered' }
`;
const SENTENCE = 'a web application called acme with postgres on kubernetes';

describe('before a run, in a real VS Code', function () {
  this.timeout(400_000);
  const { workspace, window } = bench({ extensions: ['test/e2e/model-extension'] });
  const files = (folder: string): string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();

  /** Deploys a sentence. @returns the page that reviews the plan */
  async function plan(page: Page, sentence: string): Promise<ReturnType<typeof webview>> {
    await command(page, 'CODE: Deploy');
    const box = page.locator('.quick-input-widget:visible input').first();
    await box.fill(sentence);
    await page.locator('.quick-input-list .monaco-list-row', { hasText: 'plan this' }).click();
    const review = webview(page);
    await review.locator('.files li').first().waitFor();
    return review;
  }
  /** Chooses who plans. */
  async function planner(page: Page, name: string): Promise<void> {
    await command(page, 'CODE: Connect a Model');
    await page.locator('.quick-input-list .monaco-list-row', { hasText: name }).click();
    await page.locator('.statusbar-item', { hasText: 'Plans are made by' }).waitFor();
  }

  it('previews in the monitor, changes nothing, and runs from there', async () => {
    const folder = workspace({ 'hello.code.yaml': WORKFLOW });
    const page = await window(folder);
    await openFile(page, 'hello.code.yaml');
    await command(page, 'CODE: Preview');
    const monitor = webview(page);
    await monitor.locator('.pill', { hasText: '2 of 2 tasks cannot tell' }).waitFor();
    await monitor.locator('.row.task[title="compile"] .note', { hasText: 'cannot tell' }).waitFor();
    await monitor.locator('.figure', { hasText: 'partly a guess' }).waitFor();
    assert.deepEqual(files(folder), ['hello.code.yaml']);
    await monitor.locator('header button.primary', { hasText: 'Run' }).click();
    await webview(page).locator('.pill', { hasText: 'succeeded' }).waitFor();
    assert.ok(existsSync(join(folder, 'built.txt')));
  });

  it('plans offline, asks again with a changed assumption, writes what is ticked and nothing else', async () => {
    const folder = workspace({ 'README.md': '# acme\n' });
    const page = await window(folder);
    await planner(page, 'Built-in planner');
    const review = await plan(page, SENTENCE);
    await review.locator('.by', { hasText: 'built-in planner' }).waitFor();
    await review.locator('.tag', { hasText: 'postgres' }).waitFor();
    await review.locator('.plan-graph canvas').waitFor();
    const storage = review.locator('textarea.field[aria-label*="storage"]');
    assert.match(await storage.inputValue(), /10Gi/);
    await storage.fill((await storage.inputValue()).replace('10Gi', '50Gi'));
    await review.locator('button', { hasText: 'Ask again with 1 change' }).click();
    // The new plan has fields of its own, which nobody changed yet.
    await review.locator('button', { hasText: /^Ask again$/ }).waitFor();
    assert.match(await review.locator('.sentence').inputValue(), /50Gi/);
    await review.locator('.files .path', { hasText: 'postgres.yaml' }).click();
    await page.locator('.view-line', { hasText: 'StatefulSet' }).first().waitFor();
    assert.deepEqual(files(folder), ['README.md']);
    await page.locator('.tab', { hasText: /^Plan$/ }).click();
    await review.locator('input[data-path$="network-policy.yaml"]').uncheck();
    await review.locator('button', { hasText: /^Write \d+ Files$/ }).click();
    await page.locator('.tab', { hasText: 'deploy.code.yaml' }).waitFor();
    const written = files(folder).join('\n');
    const name = /\S*postgres\.yaml/.exec(written)?.[0] ?? '';
    assert.match(readFileSync(join(folder, name), 'utf8'), /50Gi/);
    assert.doesNotMatch(written, /network-policy|\.code\/runs/);
  });

  it('shows all changes side by side, and leaves no trace of a plan that is refused', async () => {
    const folder = workspace({ 'README.md': '# acme\n' });
    const page = await window(folder);
    await planner(page, 'Built-in planner');
    const review = await plan(page, SENTENCE);
    await review.locator('button', { hasText: 'Show All Changes' }).click();
    await page.locator('.tab', { hasText: 'Planned Changes' }).waitFor();
    await page.locator('.multiDiffEditor .monaco-editor .view-line').first().waitFor();
    await page.locator('.tab', { hasText: /^Plan$/ }).click();
    await review.locator('button', { hasText: 'Discard' }).click();
    await page.locator('.tab', { hasText: 'Plan' }).first().waitFor({ state: 'detached' });
    assert.deepEqual(files(folder), ['README.md']);
  });

  it('asks where it cannot know', async () => {
    const page = await window(workspace({ 'README.md': '# acme\n' }));
    await planner(page, 'Built-in planner');
    await command(page, 'CODE: Deploy');
    await page.locator('.quick-input-widget:visible input').first().fill('deploy it');
    await page.locator('.quick-input-list .monaco-list-row', { hasText: 'plan this' }).click();
    const review = webview(page);
    await review.locator('.pill', { hasText: 'needs an answer' }).waitFor();
    await review.locator('.question textarea').first().waitFor();
    assert.equal(await review.locator('button', { hasText: 'Write' }).first().isVisible(), false);
  });

  it('plans with a model of the editor, and says what that took', async () => {
    const folder = workspace({ 'README.md': '# acme\n' });
    const page = await window(folder);
    await planner(page, "The editor's models");
    await command(page, 'CODE: Deploy');
    await page.locator('.quick-input-widget:visible input').first().fill(SENTENCE);
    await page.locator('.quick-input-list .monaco-list-row', { hasText: 'plan this' }).click();
    // The editor asks the person before an extension may use a model.
    const allow = page.locator('.monaco-dialog-box .monaco-button', { hasText: 'Allow' });
    const review = webview(page);
    await Promise.race([allow.click(), review.locator('.files li').first().waitFor()]);
    await review.locator('.by', { hasText: 'editor (test-model)' }).waitFor();
    await review.locator('nav .chip', { hasText: 'tokens' }).waitFor();
    await review.locator('button', { hasText: 'Write All' }).click();
    await page.locator('.tab', { hasText: 'deploy.code.yaml' }).waitFor();
    const name = files(folder).find((file) => file.endsWith('postgres.yaml')) ?? '';
    assert.match(readFileSync(join(folder, name), 'utf8'), /storage: 7Gi/);
  });

  it('rolls a run back when its name is typed, and not before', async () => {
    const folder = workspace({ 'hello.code.yaml': WORKFLOW });
    const page = await window(folder);
    await openFile(page, 'hello.code.yaml');
    await openSideBar(page);
    await command(page, 'CODE: Run Workflow');
    await webview(page).locator('.pill', { hasText: 'succeeded' }).waitFor();
    await command(page, 'CODE: Roll Back');
    const box = page.locator('.quick-input-widget:visible input').first();
    await box.fill('yes');
    await page.locator('.quick-input-widget', { hasText: 'not the name of the workflow' }).waitFor();
    assert.ok(existsSync(join(folder, 'built.txt')));
    await box.fill('hello');
    await page.keyboard.press('Enter');
    await webview(page).locator('.row.task', { hasText: 'rolled back' }).waitFor();
    assert.equal(existsSync(join(folder, 'built.txt')), false);
  });

  it('analyzes a workflow on a page to read', async () => {
    const page = await window(workspace({ 'hello.code.yaml': WORKFLOW }));
    await openFile(page, 'hello.code.yaml');
    await command(page, 'CODE: Analyze');
    const report = webview(page);
    await report.locator('h1', { hasText: 'hello' }).waitFor();
    await report.locator('td', { hasText: 'compile' }).first().waitFor();
  });

  it('shows what a model would be sent, to the byte, with credentials taken out', async () => {
    const page = await window(
      workspace({
        Dockerfile: 'FROM node:22\nENV TOKEN=ghp_abcdefghijklmnopqrstuvwxyz0123456789\n',
        '.env': 'A=secret\n',
      }),
    );
    await command(page, 'CODE: Show Context That Would Be Sent');
    await page.locator('.quick-input-widget:visible input').first().fill('a web shop');
    await page.keyboard.press('Enter');
    await page.locator('.view-line', { hasText: 'Nothing was sent' }).waitFor();
    await page.locator('.view-line', { hasText: /Dockerfile.*taken\s+out/ }).waitFor();
    assert.doesNotMatch(
      (await page.locator('.view-lines').first().innerText()).replaceAll('\u00a0', ' '),
      /ghp_abc|A=secret/,
    );
  });

  it('writes the context for Claude after its difference was seen, and only what is ticked', async () => {
    const folder = workspace({
      'package.json': '{"name":"acme","dependencies":{"express":"5"}}\n',
      'CLAUDE.md': 'My words.\n',
    });
    const page = await window(folder);
    await command(page, 'CODE: Initialize Claude Context');
    const list = page.locator('.quick-input-widget:visible');
    const row = list.locator('.monaco-list-row', { hasText: 'CLAUDE.md' });
    await row.waitFor();
    await page.locator('.tab', { hasText: 'Planned Changes' }).waitFor();
    assert.equal(existsSync(join(folder, '.claude')), false);
    await list.locator('.monaco-list-row', { hasText: '.mcp.json' }).click();
    await list.locator('.monaco-button', { hasText: 'OK' }).click();
    await page.locator('.statusbar-item', { hasText: /Wrote \d+ files/ }).waitFor();
    assert.match(readFileSync(join(folder, 'CLAUDE.md'), 'utf8'), /My words\./);
    assert.ok(existsSync(join(folder, '.claude/project.json')));
    assert.equal(existsSync(join(folder, '.mcp.json')), false);
  });

  it('scans the folder, and shows what was found on the line, with the rule', async () => {
    const page = await window(
      workspace({
        'app.py': 'import os\naws_key = "AKIAQYLPMN5HFIQR7XYA"\ntoken = "ghp_x7Kq2mVw9TzRb4NcY8LsDf3HgJ6PaE1uQo5i"\n',
      }),
    );
    await openFile(page, 'app.py');
    await command(page, 'CODE: Secure');
    await webview(page)
      .locator('.pill', { hasText: /failed|succeeded/ })
      .waitFor({ timeout: 120_000 });
    await command(page, 'Problems: Focus on Problems View');
    await page.locator('.markers-panel .monaco-list-row', { hasText: 'CODE' }).first().waitFor();
  });

  it('answers a tool that only reads, and asks a person before one that runs', async () => {
    const folder = workspace({ 'hello.code.yaml': WORKFLOW });
    const page = await window(folder);
    await openFile(page, 'hello.code.yaml');
    const ask = async (name: string, input: object): Promise<void> => {
      await command(page, 'Code Test: Ask a Tool');
      await page.locator('.quick-input-widget:visible input').first().fill(JSON.stringify({ name, input }));
      await page.keyboard.press('Enter');
    };
    await ask('code-engine_validate', { file: 'hello.code.yaml' });
    await page.locator('.view-line', { hasText: /answer.*diagnostics/ }).waitFor();
    await ask('code-engine_validate', { file: '../../etc/passwd' });
    await page.locator('.view-line', { hasText: /refused.*outside/ }).waitFor();
    await ask('code-engine_run', { file: 'hello.code.yaml' });
    const dialog = page.locator('.monaco-dialog-box');
    await dialog.filter({ hasText: 'Run a workflow?' }).waitFor();
    assert.equal(existsSync(join(folder, 'built.txt')), false);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    assert.equal(existsSync(join(folder, 'built.txt')), false);
  });

  it('runs a workflow as a task of the editor', async () => {
    const task = { type: 'code', workflow: 'hello.code.yaml', group: { kind: 'build', isDefault: true } };
    const page = await window(
      workspace({
        'hello.code.yaml': WORKFLOW,
        '.vscode/tasks.json': JSON.stringify({ version: '2.0.0', tasks: [task] }),
      }),
    );
    await openFile(page, 'hello.code.yaml');
    await openSideBar(page);
    await commandUntil(page, 'Tasks: Run Build Task', treeRow(page, 'succeeded'));
  });
});
