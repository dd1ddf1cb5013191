/** Paths of a distribution in the terminal of a window on Windows; `wsl.exe` is the stand-in. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { App } from '../../src/extension/host.ts';
import { PathLinks } from '../../src/extension/path-links.ts';
import { openPlace } from '../../src/extension/places.ts';
import { fakeVsCode } from './fake-vscode.ts';

const fake = fakeVsCode('/nowhere', resolve('.'), { 'engine.node': process.execPath, target: 'wsl:Ubuntu' });

/** A window that notes which file it was asked to open, and where in it. */
function window(): { links: PathLinks; app: App; opened: unknown[]; shown: string[] } {
  const opened: unknown[] = [];
  const vscode = {
    ...fake.vscode,
    Position: class {
      constructor(
        readonly line: number,
        readonly character: number,
      ) {}
    },
    workspace: {
      getConfiguration: () => ({
        get: (key: string, otherwise: unknown) =>
          key === 'target' ? 'wsl:Ubuntu' : key === 'engine.node' ? process.execPath : otherwise,
      }),
      openTextDocument: (uri: { path: string }) => Promise.resolve(void opened.push(uri.path)),
    },
    window: {
      ...fake.vscode.window,
      showTextDocument: (_document: unknown, options: unknown) => Promise.resolve(void opened.push(options)),
    },
  };
  const log = { error: () => undefined, show: () => undefined };
  const app = { vscode, context: fake.context, log } as unknown as App;
  return { links: new PathLinks(app), app, opened, shown: fake.shown };
}

describe('a path of the distribution in a terminal', function () {
  this.timeout(30_000);
  let folder = '';
  const before = { ...process.env };
  beforeEach(function () {
    if (!existsSync('dist/cli.js')) this.skip();
    folder = mkdtempSync(join(tmpdir(), 'links-'));
    const mountinfo = join(folder, 'mountinfo');
    writeFileSync(mountinfo, '1 0 0:1 / / rw - ext4 /dev/sdc rw\n2 1 0:2 / /mnt/c rw - drvfs C: rw\n');
    process.env['CODE_ENGINE_WSL_EXE'] = resolve('test/platform/fake-wsl.mjs');
    process.env['FAKE_WSL'] = JSON.stringify({ mountinfo });
  });
  afterEach(() => {
    process.env = { ...before };
    rmSync(folder, { recursive: true, force: true });
  });

  it('is found with its line and column, and addresses are left alone', () => {
    const { links } = window();
    const found = (line: string): unknown[] =>
      links
        .provideTerminalLinks({ line })
        .map(({ path, line: at, column, startIndex, length }) => [
          path,
          at,
          column,
          line.slice(startIndex, startIndex + length),
        ]);
    assert.deepEqual(found('on /mnt/c/shop/main.tf:3:7, in resource "x"'), [
      ['/mnt/c/shop/main.tf', 3, 7, '/mnt/c/shop/main.tf:3:7'],
    ]);
    assert.deepEqual(found('(/home/ada/a b.yaml)'), [['/home/ada/a', 1, 1, '/home/ada/a']]);
    assert.deepEqual(found('see https://example.org/a/b, C:\\x and a/b/c or /etc'), []);
  });

  it('opens on this side, at its place', async () => {
    const { links, opened } = window();
    const [link] = links.provideTerminalLinks({ line: 'Error: /mnt/c/shop/main.tf:3:7' });
    assert.ok(link !== undefined);
    await links.handleTerminalLink(link);
    assert.equal(opened[0], 'C:\\shop\\main.tf');
    const [inside] = links.provideTerminalLinks({ line: '/home/ada/x.yaml' });
    assert.ok(inside !== undefined);
    await links.handleTerminalLink(inside);
    assert.equal(opened[2], '\\\\wsl.localhost\\Ubuntu\\home\\ada\\x.yaml');
  });

  it('of Windows is asked about in a window of Linux, and what has no path here says so', async () => {
    const { app, opened, shown } = window();
    await openPlace(app, { path: 'Q:\\shop\\main.tf', line: 3, column: 7 }, [], 'linux');
    assert.deepEqual(opened, []);
    assert.match(shown.join('\n'), /Drive Q: is not mounted/);
    await openPlace(app, { path: '/srv/shop/main.tf', line: 3, column: 7 }, [], 'linux');
    assert.equal(opened[0], '/srv/shop/main.tf');
    process.env['CODE_ENGINE_MOUNTINFO'] = join(folder, 'mountinfo');
    await openPlace(app, { path: 'C:\\shop\\main.tf', line: 3, column: 7 }, [], 'linux');
    assert.equal(opened[2], '/mnt/c/shop/main.tf');
  });

  it('says why where this side cannot reach it', async () => {
    process.env['FAKE_WSL'] = JSON.stringify({ mode: 'stub' });
    const { links, opened, shown } = window();
    const [link] = links.provideTerminalLinks({ line: '/mnt/c/shop/main.tf' });
    assert.ok(link !== undefined);
    await links.handleTerminalLink(link);
    assert.deepEqual(opened, []);
    assert.match(shown.join('\n'), /not installed yet/);
  });
});
