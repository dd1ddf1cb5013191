/**
 * A window inside a distribution, as Remote-WSL opens it: the editor calls the other side `wsl`, the extension host runs in Linux with
 * the distribution's name in its environment. Folders for this suite lie on what says that it is a drive of Windows.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'mocha';
import type { Page } from 'playwright-core';
import { command, onDesktop, openFile, openSideBar, treeRow, webview } from './editor.ts';
import { bench } from './suite.ts';

const FILES = {
  'hello.code.yaml': `name: hello
parallel_deployment:
  build:
    - task: where
      type: shell
      with: { run: 'uname -s; echo "at $PWD/notes.md:3"' }
`,
  'notes.md': '# one\n\nthree\n',
};

describe('a window inside WSL', function () {
  this.timeout(400_000);
  if (onDesktop) return; // there it takes a real WSL
  const place = mkdtempSync(join(tmpdir(), 'code-mounts-'));
  const mounts = join(place, 'mountinfo');
  writeFileSync(mounts, `1 0 0:1 / / rw - ext4 /dev/sdc rw\n2 1 0:2 / ${tmpdir()} rw - drvfs C: rw\n`);
  after(() => rmSync(place, { recursive: true, force: true }));
  const { workspace, window } = bench({
    env: { WSL_DISTRO_NAME: 'Ubuntu-24.04', CODE_ENGINE_MOUNTINFO: mounts },
  });
  const offer = (page: Page): ReturnType<Page['locator']> =>
    page.locator('.notification-toast', { hasText: 'on a drive of Windows' });

  it('runs everything in Linux, says where, and opens what a log names', async () => {
    const folder = workspace(FILES);
    const page = await window(folder, { host: 'wsl' });
    await offer(page).locator('.monaco-button', { hasText: 'Not for This Folder' }).click();
    await openFile(page, 'hello.code.yaml');
    await openSideBar(page);
    await command(page, 'CODE: Run Workflow');
    const monitor = webview(page);
    await monitor.locator('.pill', { hasText: 'succeeded' }).waitFor();
    await monitor.locator('header .chip', { hasText: 'WSL: Ubuntu-24.04' }).waitFor();
    await monitor.locator('.line', { hasText: 'Linux' }).waitFor();
    await monitor.locator('.place', { hasText: 'notes.md' }).click();
    await page.locator('.statusbar-item', { hasText: /Ln 3/ }).waitFor();
    // Its runs lie on the Linux side; the folder has a word that says so.
    assert.match(readFileSync(join(folder, '.code/runs/elsewhere.txt'), 'utf8'), /drive of Windows/);
  });

  it('tells once that a folder is slow here, and does not again where one said no', async () => {
    const page = await window(workspace(FILES), { host: 'wsl' });
    await offer(page).locator('.monaco-button', { hasText: 'Move to Linux' }).waitFor();
    await offer(page).locator('.monaco-button', { hasText: 'Not for This Folder' }).click();
    await offer(page).waitFor({ state: 'detached' });
    await command(page, 'Developer: Reload Window');
    await openSideBar(page);
    // The extension is up and has looked at the folder.
    await treeRow(page, 'hello.code.yaml').waitFor();
    await command(page, 'CODE: Doctor');
    await treeRow(page, 'node').waitFor();
    assert.equal(await offer(page).count(), 0);
  });

  it('ends the steps about tools and about where to run with one look', async () => {
    const page = await window(workspace(FILES), { host: 'wsl' });
    await command(page, 'Welcome: Open Walkthrough');
    await page.locator('.quick-input-list .monaco-list-row', { hasText: 'Deploy with CODE' }).first().click();
    const steps = page.locator('.gettingStartedContainer');
    await steps.getByText('Check the tools', { exact: true }).first().click();
    await steps.locator('.monaco-button', { hasText: 'Check Tools' }).click();
    for (const step of ['tools', 'where'])
      await page
        .locator(`[data-done-step-id$="#start#${step}"].codicon-getting-started-step-checked`)
        .first()
        .waitFor({ state: 'attached' });
  });
});
