/** A real VS Code with the packaged extension, in a browser or on the desktop, and the gestures of a person. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { FrameLocator, Locator, Page } from 'playwright-core';

export interface EditorOptions {
  readonly vsix: string;
  /** Everything is trusted; otherwise folders open in restricted mode. Default: true. */
  readonly trust?: boolean;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Folders of extensions that are there besides ours. */
  readonly extensions?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Editor {
  open(folder: string, options?: WindowOptions): Promise<Window>;
  /** What it printed, for a test that failed. */
  log(): string;
  stop(): Promise<void>;
}

export interface WindowOptions {
  /** What `vscode.env.remoteName` is to say, such as `wsl`; in the browser only. */
  readonly host?: string;
  readonly width?: number;
  readonly height?: number;
}

export interface Window {
  readonly page: Page;
  close(): Promise<void>;
}

/** Settings that keep the editor to itself. */
export const QUIET = {
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'workbench.layoutControl.enabled': false,
  'chat.commandCenter.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'files.watcherExclude': {},
};

/** Puts an extension beside the installed ones: its folder, and its name in the list that the editor reads. */
export function addExtension(extensions: string, source: string): void {
  const folder = join(extensions, basename(source));
  cpSync(source, folder, { recursive: true });
  const { publisher, name, version } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as Record<
    string,
    string
  >;
  const list = join(extensions, 'extensions.json');
  const known = JSON.parse(readFileSync(list, 'utf8')) as unknown[];
  const entry = {
    identifier: { id: `${publisher ?? ''}.${name ?? ''}` },
    version,
    location: { $mid: 1, path: folder, scheme: 'file' },
    relativeLocation: basename(source),
    metadata: {},
  };
  writeFileSync(list, JSON.stringify([...known, entry]));
}

/** The other driver: a desktop VS Code (`CODE_E2E_DRIVER=desktop`). */
export const onDesktop = process.env['CODE_E2E_DRIVER'] === 'desktop';

/** Starts what the environment names. */
export const startEditor = async (options: EditorOptions): Promise<Editor> =>
  onDesktop ? (await import('./desktop.ts')).startDesktop(options) : (await import('./server.ts')).startServer(options);

/** Chooses a command in the palette; the palette is opened again until it knows the command. */
export async function command(page: Page, title: string): Promise<void> {
  const end = Date.now() + 30_000;
  for (;;) {
    await page.keyboard.press('F1');
    const box = page.locator('.quick-input-widget:visible input').first();
    const row = page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first();
    try {
      await box.waitFor({ timeout: 5000 });
      // A view that takes the focus meanwhile shuts the palette.
      await box.fill(`>${title}`, { timeout: 5000 });
      await row.waitFor({ timeout: 2500 });
      await row.click({ timeout: 5000 });
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await page.keyboard.press('Escape');
    }
  }
}

/** Which titles the palette offers for a text. */
export async function offered(page: Page, text: string): Promise<string[]> {
  await page.keyboard.press('F1');
  const box = page.locator('.quick-input-widget:visible input').first();
  await box.fill(`>${text}`);
  const rows = page.locator('.quick-input-list .monaco-list-row');
  await rows.first().waitFor();
  const titles = await rows.allInnerTexts();
  await page.keyboard.press('Escape');
  return titles.map((title) => title.split('\n')[0] ?? '');
}

export async function openFile(page: Page, name: string): Promise<void> {
  await page.keyboard.press('Control+P');
  await page.locator('.quick-input-widget:visible input').first().fill(name);
  await page.locator('.quick-input-list .monaco-list-row', { hasText: name }).first().click();
  await page.locator('.monaco-editor .view-line').first().waitFor();
}

/** The view container of the extension; its rows by their text. */
export async function openSideBar(page: Page): Promise<void> {
  const icon = page.locator('.activitybar .action-label[aria-label^="CODE"]');
  await icon.waitFor();
  const title = page.locator('.composite.title', { hasText: 'CODE' });
  if ((await title.count()) === 0) await icon.click();
  // It takes the focus, and would take it from what is opened next.
  await title.first().waitFor();
  await page.locator('.sidebar .pane-body').first().waitFor();
}

/** The same as `command`, again where the palette was shut before it ran: until what it brings about is seen. */
export async function commandUntil(page: Page, title: string, seen: Locator): Promise<void> {
  const end = Date.now() + 90_000;
  for (;;) {
    await command(page, title);
    try {
      await seen.waitFor({ timeout: 25_000 });
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}

export const treeRow = (page: Page, text: string): ReturnType<Page['locator']> =>
  page.locator('.pane-body [role="treeitem"]', { hasText: text }).first();

/** The content of the extension's page, two frames deep. */
export const webview = (page: Page): FrameLocator =>
  page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
