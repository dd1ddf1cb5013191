/** VS Code as a server, shown by a browser: what CI has. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { chromium, type BrowserContext } from 'playwright-core';
import { workbench } from '../../scripts/testbed/workbench.mjs';
import { addExtension, QUIET, type Editor, type EditorOptions, type Window, type WindowOptions } from './editor.ts';

/** A server with its own home; each window is a browser of its own. */
export async function startServer(options: EditorOptions): Promise<Editor> {
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
    ...options.env,
  };
  const places = ['--user-data-dir', folder('data'), '--extensions-dir', folder('extensions')];
  execFileSync(at.node, [at.server, ...places, '--install-extension', options.vsix, '--force'], { env, stdio: 'pipe' });
  for (const extension of options.extensions ?? []) addExtension(join(home, 'extensions'), extension);
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
    open: (folder, window = {}) => openWindow(port, folder, window),
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

async function openWindow(port: number, folder: string, options: WindowOptions): Promise<Window> {
  const profile = mkdtempSync(join(tmpdir(), 'code-browser-'));
  const { host } = options;
  const rules = [
    ...(host === undefined ? [] : [`MAP ${host}:80 127.0.0.1:${port}`]),
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
  page.setDefaultTimeout(90_000); // a busy machine is slow, not broken
  await page.goto(`http://${host ?? `127.0.0.1:${port}`}/?folder=${encodeURIComponent(folder)}`);
  await page.locator('.explorer-folders-view .monaco-list-row').first().waitFor({ timeout: 60_000 });
  return {
    page,
    close: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}
