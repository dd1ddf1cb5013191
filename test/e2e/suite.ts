/** What the suites in a real editor have in common: the packaged extension, folders to work in, a picture of a test that failed. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, afterEach, before } from 'mocha';
import type { Page } from 'playwright-core';
import { missing } from '../../scripts/testbed/workbench.mjs';
import { onDesktop, startEditor, type Editor, type EditorOptions, type WindowOptions } from './editor.ts';

export interface Bench {
  /** A folder with these files; programs where a text begins with `#!`. */
  readonly workspace: (files: Readonly<Record<string, string>>) => string;
  /** Opens a folder; the window is closed after the test. @param options.restricted nothing is trusted */
  readonly window: (folder: string, options?: WindowOptions & { readonly restricted?: boolean }) => Promise<Page>;
  /** Closes the window before the end of its test. */
  close(): Promise<void>;
}

/** Called inside of `describe`. */
export function bench(options: Omit<EditorOptions, 'vsix' | 'trust'> = {}): Bench {
  const folders: string[] = [];
  const editors: { trusted?: Editor; restricted?: Editor } = {};
  let vsix = '';
  let open: { readonly page: Page; close(): Promise<void> } | undefined;
  const close = async (): Promise<void> => {
    await open?.close();
    open = undefined;
  };

  before(async function () {
    const why = missing() ?? (onDesktop ? await (await import('./desktop.ts')).desktopMissing() : undefined);
    if (why !== undefined) {
      console.log(`    skipped: ${why}`);
      this.skip();
    }
    vsix = join(mkdtempSync(join(tmpdir(), 'code-vsix-')), 'code.vsix');
    execFileSync(process.execPath, ['scripts/package.mjs', '--no-build', '--out', vsix], { stdio: 'pipe' });
    editors.trusted = await startEditor({ ...options, vsix });
  });
  after(async () => {
    await editors.trusted?.stop();
    await editors.restricted?.stop();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed')
      await open?.page.screenshot({ path: join(tmpdir(), `code-e2e-${Date.now()}.png`) });
    await close();
  });
  return {
    workspace: (files) => {
      const folder = mkdtempSync(join(tmpdir(), 'code-ws-'));
      folders.push(folder);
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, name)), { recursive: true });
        writeFileSync(join(folder, name), text, { mode: text.startsWith('#!') ? 0o755 : 0o644 });
      }
      return folder;
    },
    window: async (folder, { restricted = false, ...window } = {}) => {
      if (restricted) editors.restricted ??= await startEditor({ ...options, vsix, trust: false });
      const editor = restricted ? editors.restricted : editors.trusted;
      assert.ok(editor);
      open = await editor.open(folder, window);
      return open.page;
    },
    close,
  };
}
