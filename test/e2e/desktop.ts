/**
 * VS Code on the desktop, fetched by `@vscode/test-electron` and driven by the same gestures: the other driver of this suite, for
 * machines that may download it and have a display. `CODE_E2E_DRIVER=desktop npm run test:desktop`
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron } from 'playwright-core';
import { downloadAndUnzipVSCode, resolveCliArgsFromVSCodeExecutablePath } from '@vscode/test-electron';
import { addExtension, QUIET, type Editor, type EditorOptions, type Window } from './editor.ts';

/** The editor's program. @throws where it cannot be had here */
function desktop(): Promise<string> {
  const own = process.env['CODE_E2E_VSCODE'];
  return own === undefined ? downloadAndUnzipVSCode({ version: 'stable', extractSync: true }) : Promise.resolve(own);
}

/** Why there is none on this machine; `undefined` where there is. */
export async function desktopMissing(): Promise<string | undefined> {
  try {
    await desktop();
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `no desktop VS Code: it could not be downloaded (${why.split('\n')[0] ?? ''}), and CODE_E2E_VSCODE names none`;
  }
}

export async function startDesktop(options: EditorOptions): Promise<Editor> {
  const program = await desktop();
  const home = mkdtempSync(join(tmpdir(), 'code-e2e-'));
  const user = join(home, 'data', 'User');
  const extensions = join(home, 'extensions');
  mkdirSync(user, { recursive: true });
  mkdirSync(extensions);
  writeFileSync(join(user, 'settings.json'), JSON.stringify({ ...QUIET, ...options.settings }));
  const places = [`--user-data-dir=${join(home, 'data')}`, `--extensions-dir=${extensions}`];
  const [cli = program, ...args] = resolveCliArgsFromVSCodeExecutablePath(program, { reuseMachineInstall: true });
  const installed = spawnSync(cli, [...args, ...places, '--install-extension', options.vsix, '--force'], {
    encoding: 'utf8',
  });
  if (installed.status !== 0) throw new Error(`The extension could not be installed: ${installed.stderr}`);
  for (const extension of options.extensions ?? []) addExtension(extensions, extension);
  let said = '';
  const open = async (folder: string): Promise<Window> => {
    const app = await _electron.launch({
      executablePath: program,
      args: [
        folder,
        ...places,
        '--new-window',
        '--skip-welcome',
        '--skip-release-notes',
        '--disable-updates',
        '--disable-gpu',
        ...(options.trust === false ? [] : ['--disable-workspace-trust']),
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      ],
      env: { ...process.env, ...options.env } as Record<string, string>,
    });
    app.process().stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const page = await app.firstWindow();
    page.setDefaultTimeout(90_000);
    await page.locator('.explorer-folders-view .monaco-list-row').first().waitFor({ timeout: 60_000 });
    return { page, close: () => app.close() };
  };
  return {
    open,
    log: () => said,
    stop: () => {
      rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
      return Promise.resolve();
    },
  };
}
