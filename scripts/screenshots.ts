/** The pictures of README and docs, each by a small story told to a real editor. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import {
  command,
  openFile,
  openSideBar,
  startEditor,
  treeRow,
  webview,
  type EditorOptions,
  type WindowOptions,
} from '../test/e2e/editor.ts';
import { serveMonitor } from '../test/e2e/monitor/serve.mjs';
import { workbench } from './testbed/workbench.mjs';

const OUT = 'docs/images';
const wanted = process.argv.slice(2);
const isWanted = (name: string): boolean => wanted.length === 0 || wanted.some((each) => name.includes(each));

/** What one picture needs of the editor is not there for the others. */
const BEFORE = /editor-(?:plan|preview)/;
const APART = /editor-(?:wsl|problems)/;

const SHOP = `name: shop
description: Build, check and deliver the shop.
inputs:
  replicas: { type: number, default: 2, description: Pods per service }
parallel_deployment:
  prepare:
    - task: network
      type: shell
      with: { run: 'for i in 1 2 3 4 5 6 7; do echo "subnet 10.0.$i.0/24: created"; sleep 0.4; done' }
    - task: configs
      type: shell
      with: { run: 'sleep 0.5; echo "4 files rendered"' }
  build:
    - task: api_image
      type: shell
      with:
        run: |
          for i in $(seq 1 24); do printf '\\033[36mlayer %s\\033[0m pulled\\n' "$i"; sleep 0.12; done
          printf '\\033[33mWarning\\033[0m: base image is 40 days old\\n'
          sleep 3; printf '\\033[32m✓\\033[0m pushed shop/api:1.4.0\\n'
    - task: web_image
      type: shell
      with: { run: 'sleep 2; echo "pushed shop/web:1.4.0"' }
    - task: scan_images
      type: shell
      depends_on: web_image
      with: { run: 'sleep 1.5; echo "0 high, 3 low"' }
    - task: lint_dashboards
      type: shell
      allow_failure: true
      with: { run: 'sleep 1; echo "Error: panel 7 has no unit" >&2; exit 1' }
  deliver:
    - task: migrate
      type: shell
      with: { run: 'sleep 2; echo "12 migrations"' }
    - task: deploy_services
      type: shell
      depends_on: migrate
      with: { run: 'for i in 1 2 3 4 5; do echo "deployment shop-api $i of 5 ready"; sleep 1; done' }
    - task: shift_traffic
      type: shell
      depends_on: deploy_services
      approval: { message: 'Send 10 % of the traffic to 1.4.0?' }
      with: { run: 'echo shifted' }
finally:
  - task: notify
    type: shell
    with: { run: 'echo told everybody' }
`;

/** What OpenTofu can plan without any provider to fetch. */
const INFRA = `resource "terraform_data" "network" {
  input = "10.0.0.0/16"
}
resource "terraform_data" "subnet" {
  count = 3
  input = "10.0.\${count.index}.0/24"
}
`;
const PROVISION = `name: shop
parallel_deployment:
  provision:
    - task: network
      type: opentofu
      with: { dir: infra }
    - task: registry_login
      type: shell
      with: { run: 'sleep 1' }
  build:
    - task: api_image
      type: shell
      with: { run: 'sleep 2' }
    - task: web_image
      type: shell
      with: { run: 'sleep 2' }
  deliver:
    - task: services
      type: shell
      with: { run: 'sleep 1' }
`;
// The programs of the test bed: a preview shows what OpenTofu says.
process.env['PATH'] = `${join(workbench().root, '..', 'tools')}${delimiter}${process.env['PATH'] ?? ''}`;

mkdirSync(OUT, { recursive: true });
await monitorPictures();
await editorPictures();
process.exit(0);

/** The monitor alone, with runs of a size that no example has. */
async function monitorPictures(): Promise<void> {
  const served = await serveMonitor();
  const browser = await chromium.launch({ executablePath: workbench().chromium, args: ['--no-sandbox'] });
  const size = { width: 1440, height: 860 };
  const pictures: readonly [string, string, string, readonly string[]][] = [
    ['monitor-timeline-dark', 'dark', 'tasks=60&stages=4&until=50000&pool=8&task=migrate_db_6', []],
    ['monitor-timeline-light', 'light', 'tasks=60&stages=4&until=50000&pool=8&task=migrate_db_6', []],
    ['monitor-timeline-contrast', 'hc', 'tasks=60&stages=4&until=50000&pool=8&task=migrate_db_6', []],
    ['monitor-graph-dark', 'dark', 'tasks=40&stages=4&until=30000&pool=8&task=migrate_db_6', ['2']],
    ['monitor-table-light', 'light', 'tasks=300&stages=6', ['3']],
    ['monitor-10000-tasks', 'dark', 'tasks=10000&stages=10&pool=200&until=60000&log=1000000000', ['2']],
  ];
  for (const [name, theme, query, keys] of pictures) {
    if (!isWanted(name)) continue;
    const page = await browser.newPage({ viewport: size });
    await page.goto(served.url(theme, query));
    await page.locator('.line').first().waitFor();
    for (const key of keys) await page.keyboard.press(key);
    await settled(page);
    await page.screenshot({ path: join(OUT, `${name}.png`) });
    await page.close();
  }
  await browser.close();
  await served.close();
}

/** Two frames, and a moment for what is laid out beside the page. */
function settled(page: Page): Promise<void> {
  return page.waitForTimeout(800);
}

async function editorPictures(): Promise<void> {
  if (wanted.length > 0 && !wanted.some((name) => name.startsWith('editor'))) return;
  const vsix = join(mkdtempSync(join(tmpdir(), 'code-vsix-')), 'code.vsix');
  spawnSync(process.execPath, ['scripts/package.mjs', '--no-build', '--out', vsix], { stdio: 'inherit' });
  const isAsked = (fits: (name: string) => boolean): boolean => wanted.length === 0 || wanted.some(fits);
  for (const [suffix, theme] of [
    ['', 'Default Dark Modern'],
    ['-light', 'Default Light Modern'],
  ] as const) {
    const settings = { 'workbench.colorTheme': theme, 'editor.minimap.enabled': false };
    const here = isAsked((name) => BEFORE.test(name) || name === 'editor');
    const later = isAsked((name) => !BEFORE.test(name) && !APART.test(name));
    if (here || later)
      await inEditor({ vsix, settings }, {}, async (page) => {
        if (here) await before(page, suffix);
        if (later) await story(page, suffix);
      });
    // Its file is left broken, which no other picture is to show.
    if (isAsked((name) => name.startsWith('editor-problems') || name === 'editor'))
      await inEditor({ vsix, settings }, {}, (page) => problems(page, suffix));
    if (isAsked((name) => name.startsWith('editor-wsl') || name === 'editor'))
      await inEditor({ vsix, settings, env: { WSL_DISTRO_NAME: 'Ubuntu-24.04' } }, { host: 'wsl' }, (page) =>
        insideWsl(page, suffix),
      );
  }
}

async function inEditor(
  options: EditorOptions,
  window: WindowOptions,
  tell: (page: Page) => Promise<void>,
): Promise<void> {
  const server = await startEditor(options);
  const folder = join(mkdtempSync(join(tmpdir(), 'code-shots-')), 'shop');
  mkdirSync(join(folder, 'infra'), { recursive: true });
  writeFileSync(join(folder, 'infra', 'main.tf'), INFRA);
  writeFileSync(join(folder, 'infra.code.yaml'), PROVISION);
  writeFileSync(join(folder, 'Dockerfile'), 'FROM node:22\nCOPY . .\nEXPOSE 3000\nCMD ["node", "server.js"]\n');
  writeFileSync(join(folder, 'deploy.code.yaml'), SHOP);
  cpSync('examples/shop/page', join(folder, 'page'), { recursive: true });
  const opened = await server.open(folder, window);
  try {
    await tell(opened.page);
  } finally {
    await opened.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function taker(page: Page, suffix: string): (name: string) => Promise<void> {
  return async (name) => {
    if (isWanted(name)) await page.screenshot({ path: join(OUT, `${name}${suffix}.png`) });
  };
}

/** What one sees before there is a run: a preview, and the review of a plan. */
async function before(page: Page, suffix: string): Promise<void> {
  const shot = taker(page, suffix);
  await openFile(page, 'infra.code.yaml');
  await openSideBar(page);
  await command(page, 'CODE: Preview');
  const monitor = webview(page);
  await monitor.locator('.pill', { hasText: 'to create' }).waitFor({ timeout: 60_000 });
  await monitor.locator('.row.task[title="network"]').click();
  await monitor.locator('.line', { hasText: 'will be created' }).first().waitFor();
  await settled(page);
  await shot('editor-preview');
  await page.locator('.tab', { hasText: 'Preview: infra.code.yaml' }).locator('.action-label').first().click();
  await command(page, 'CODE: Deploy');
  const box = page.locator('.quick-input-widget:visible input').first();
  await box.fill('a web shop with postgres and redis on kubernetes at shop.example.com, with monitoring');
  await page.locator('.quick-input-list .monaco-list-row', { hasText: 'plan this' }).click();
  const review = webview(page);
  await review.locator('.files li').first().waitFor();
  const storage = review.locator('textarea.field[aria-label*="postgres keeps"]');
  await storage.fill((await storage.inputValue()).replace('10Gi', '50Gi'));
  await settled(page);
  await shot('editor-plan');
  await review.locator('button', { hasText: 'Show All Changes' }).click();
  await page.locator('.multiDiffEditor .monaco-editor .view-line').first().waitFor();
  await settled(page);
  await shot('editor-plan-files');
  await page.locator('.tab', { hasText: /^Plan$/ }).click();
  await review.locator('button', { hasText: 'Discard' }).click();
}

/** What is wrong while one types, with what would mend it. */
async function problems(page: Page, suffix: string): Promise<void> {
  await openFile(page, 'infra.code.yaml');
  await openSideBar(page);
  await command(page, 'Go to Line/Column');
  await page.locator('.quick-input-widget:visible input').first().fill(':15:1');
  await page.keyboard.press('Enter');
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await page.keyboard.type('depends_on: api_imag');
  await page.keyboard.press('Escape');
  await page.locator('.monaco-editor .squiggly-error').first().waitFor();
  await command(page, 'Problems: Focus on Problems View');
  await page.locator('.markers-panel .monaco-list-row', { hasText: 'CODE' }).first().waitFor();
  await command(page, 'Go to Next Problem in Files');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+.');
  await page.locator('.action-widget .monaco-list-row').first().waitFor();
  await settled(page);
  await taker(page, suffix)('editor-problems');
}

async function story(page: Page, suffix: string): Promise<void> {
  const shot = taker(page, suffix);
  await openFile(page, 'deploy.code.yaml');
  await openSideBar(page);
  await settled(page);
  await shot('editor-workflow');
  await command(page, 'CODE: Run Workflow');
  await page.locator('.quick-input-list .monaco-list-row', { hasText: 'Run with the defaults' }).click();
  const monitor = webview(page);
  await monitor.locator('.row.task.tone-active[title="deploy_services"]').waitFor({ timeout: 60_000 });
  await monitor.locator('.row.task[title="deploy_services"]').click();
  await monitor.locator('.line', { hasText: '2 of 5 ready' }).waitFor();
  await shot('editor-run');
  await monitor.locator('header button.primary', { hasText: 'Approve' }).waitFor({ timeout: 60_000 });
  await monitor.locator('header button.primary', { hasText: 'Approve' }).click();
  const dialog = page.locator('.monaco-dialog-box');
  await dialog.waitFor();
  await shot('editor-approval');
  await dialog.locator('.monaco-button', { hasText: 'Approve' }).click();
  await monitor.locator('.pill', { hasText: 'succeeded' }).waitFor({ timeout: 60_000 });
  await monitor.locator('#tab-graph').click();
  await settled(page);
  await shot('editor-graph');
  await walkthrough(page);
  await page.locator('[data-done-step-id$="#start#run"].codicon-getting-started-step-checked').first().waitFor();
  await page.locator('iframe.webview.ready:visible').first().waitFor();
  await settled(page);
  await shot('editor-walkthrough');
}

async function walkthrough(page: Page): Promise<void> {
  await command(page, 'Welcome: Open Walkthrough');
  await page.locator('.quick-input-list .monaco-list-row', { hasText: 'Deploy with CODE' }).first().click();
  await page.locator('.gettingStartedContainer', { hasText: 'Run it' }).waitFor();
  await settled(page);
}

/** A window that Remote-WSL opened: the steps that are about where things run. */
async function insideWsl(page: Page, suffix: string): Promise<void> {
  const shot = taker(page, suffix);
  const steps = page.locator('.gettingStartedContainer');
  await openSideBar(page);
  await walkthrough(page);
  await steps.getByText('Check the tools', { exact: true }).first().click();
  await steps.locator('.monaco-button', { hasText: 'Check Tools' }).click();
  await treeRow(page, 'node').waitFor({ timeout: 60_000 });
  await settled(page);
  await shot('editor-wsl-tools');
  await steps.getByText('Choose where to run', { exact: true }).first().click();
  await settled(page);
  await shot('editor-wsl-where');
}
