/** A real VS Code: a server with the packaged extension, a browser that shows it, and the gestures of a person. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { chromium, type BrowserContext, type FrameLocator, type Page } from 'playwright-core';
import { workbench } from '../../scripts/testbed/workbench.mjs';

const QUIET = {
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

export interface Server {
  readonly port: number;
  /** What it printed, for a test that failed. */
  log(): string;
  stop(): Promise<void>;
}

/** @param trust everything is trusted; otherwise folders open in restricted mode */
export async function startServer(options: {
  readonly vsix: string;
  readonly trust?: boolean;
  readonly settings?: Readonly<Record<string, unknown>>;
}): Promise<Server> {
  const at = workbench();
  const home = mkdtempSync(join(tmpdir(), 'code-e2e-'));
  const folder = (name: string): string => {
    const path = join(home, name);
    mkdirSync(path, { recursive: true });
    return path;
  };
  writeFileSync(join(folder('data/User'), 'settings.json'), JSON.stringify({ ...QUIET, ...options.settings }));
  const env = {
    ...process.env,
    PATH: `${dirname(at.node)}${delimiter}${process.env['PATH'] ?? ''}`,
    HOME: home,
    XDG_CONFIG_HOME: folder('config'),
    XDG_DATA_HOME: folder('share'),
    XDG_CACHE_HOME: folder('cache'),
    XDG_RUNTIME_DIR: folder('run'),
    EXTENSIONS_GALLERY: '{}',
  };
  const places = ['--user-data-dir', folder('data'), '--extensions-dir', folder('extensions')];
  execFileSync(at.node, [at.server, ...places, '--install-extension', options.vsix, '--force'], { env, stdio: 'pipe' });
  const flags = [
    '--bind-addr',
    '127.0.0.1:0',
    '--auth',
    'none',
    '--disable-telemetry',
    '--disable-update-check',
    '--disable-getting-started-override',
    '--ignore-last-opened',
    '--reconnection-grace-time',
    '5',
    '--idle-timeout-seconds',
    '900',
  ];
  if (options.trust !== false) flags.push('--disable-workspace-trust');
  // A group of its own: extension hosts outlive a kill of the server alone.
  const child = spawn(at.node, [at.server, ...places, ...flags], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const signal = (name: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // gone already
    }
  };
  process.once('exit', () => signal('SIGKILL'));
  let said = '';
  const port = await new Promise<number>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      said += chunk.toString();
      const match = /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(said);
      if (match?.[1] !== undefined) resolve(Number(match[1]));
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) => reject(new Error(`the server ended with ${String(code)}:\n${said}`)));
  });
  return {
    port,
    log: () => said,
    stop: async () => {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      signal('SIGTERM');
      const force = setTimeout(() => signal('SIGKILL'), 5000);
      await gone;
      clearTimeout(force);
      signal('SIGKILL');
      rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

export interface Window {
  readonly page: Page;
  close(): Promise<void>;
}

/**
 * Opens a folder in a new browser.
 * @param options.host what `vscode.env.remoteName` is to say, such as `wsl`
 */
export async function openWindow(
  server: Server,
  folder: string,
  options: { readonly host?: string; readonly width?: number; readonly height?: number } = {},
): Promise<Window> {
  const profile = mkdtempSync(join(tmpdir(), 'code-browser-'));
  const { host } = options;
  const rules = [
    ...(host === undefined ? [] : [`MAP ${host}:80 127.0.0.1:${server.port}`]),
    'MAP * ~NOTFOUND',
    'EXCLUDE 127.0.0.1',
  ];
  const context: BrowserContext = await chromium.launchPersistentContext(profile, {
    executablePath: workbench().chromium,
    headless: true,
    viewport: { width: options.width ?? 1440, height: options.height ?? 900 },
    locale: 'en-US',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-sync',
      `--host-resolver-rules=${rules.join(',')}`,
      ...(host === undefined ? [] : [`--unsafely-treat-insecure-origin-as-secure=http://${host}`]),
    ],
  });
  const page = context.pages()[0] ?? (await context.newPage());
  await page.goto(`http://${host ?? `127.0.0.1:${server.port}`}/?folder=${encodeURIComponent(folder)}`);
  await page.locator('.explorer-folders-view .monaco-list-row').first().waitFor({ timeout: 60_000 });
  return {
    page,
    close: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

/** Chooses a command in the palette; the palette is opened again until it knows the command. */
export async function command(page: Page, title: string): Promise<void> {
  const end = Date.now() + 30_000;
  for (;;) {
    await page.keyboard.press('F1');
    const box = page.locator('.quick-input-widget:visible input').first();
    const row = page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first();
    try {
      await box.waitFor({ timeout: 5000 });
      await box.fill(`>${title}`);
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
  if ((await page.locator('.composite.title', { hasText: 'CODE' }).count()) === 0) await icon.click();
}

export const treeRow = (page: Page, text: string): ReturnType<Page['locator']> =>
  page.locator('.pane-body [role="treeitem"]', { hasText: text }).first();

/** The content of the extension's page, two frames deep. */
export const webview = (page: Page): FrameLocator =>
  page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
