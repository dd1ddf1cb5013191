/**
 * A folder on a drive of Windows, in a window of a distribution or (under Wine) in one of Windows itself: the offer, what is
 * remembered, the copy and where it opens.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type * as vscodeApi from 'vscode';
import type { App } from '../../src/extension/host.ts';
import { moveToWsl, offerMove } from '../../src/extension/move-to-wsl.ts';
import { host } from '../../src/platform/host.ts';
import { cli, needsBuilt } from '../cli/wsl-window.ts';
import { inside, LIMIT_MS, needsStandIn, standIn, WSL } from '../platform/stand-in.ts';
import { fakeVsCode, type Fake } from './fake-vscode.ts';

describe('a folder on a drive of Windows', function () {
  this.timeout(LIMIT_MS);
  let folder = '';
  let home = '';
  const before = { ...process.env };
  const onWindows = host().os === 'windows';
  beforeEach(function () {
    needsBuilt(this);
    needsStandIn(this);
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'code-slow-')));
    home = realpathSync(mkdtempSync(join(tmpdir(), 'code-home-')));
    writeFileSync(join(folder, 'w.code.yaml'), 'x');
    const drive = onWindows
      ? `2 1 0:8 ${inside(folder)} ${inside(folder)} rw - drvfs Z: rw\n`
      : `2 1 0:8 / ${folder} rw - 9p C:\\134 rw,aname=drvfs;path=C:\\;uid=0,mmap\n`;
    writeFileSync(join(home, 'mountinfo'), `1 0 8:32 / / rw - ext4 /dev/sdc rw\n${drive}`);
    const distribution = { home: inside(home), mountinfo: inside(join(home, 'mountinfo')) };
    Object.assign(
      process.env,
      onWindows
        ? { CODE_ENGINE_WSL_EXE: WSL, ...standIn(distribution) }
        : { CODE_ENGINE_MOUNTINFO: join(home, 'mountinfo'), HOME: home, WSL_DISTRO_NAME: 'Ubuntu' },
    );
  });
  afterEach(() => {
    process.env = { ...before };
    for (const each of [folder, home]) rmSync(each, { recursive: true, force: true });
  });

  function window(more: Partial<Pick<Fake, 'trusted'>> = {}, memory?: Fake): { fake: Fake; app: App } {
    const fake = fakeVsCode(folder, dirname(dirname(cli)), { 'engine.node': process.execPath });
    Object.assign(fake, more);
    if (memory !== undefined) fake.context.globalState = memory.context.globalState;
    const context = fake.context as unknown as vscodeApi.ExtensionContext;
    const log = fake.vscode.window.createOutputChannel('CODE', { log: true });
    return { fake, app: { vscode: fake.vscode, context, log } as unknown as App };
  }

  it('is told about once, in whatever window', async () => {
    const first = window();
    await offerMove(first.app);
    assert.match(first.fake.shown.join('\n'), /on a drive of Windows.*many times slower/);
    const second = window({}, first.fake);
    await offerMove(second.app);
    assert.deepEqual(second.fake.shown, [], 'a no is remembered');
    const untrusted = window({ trusted: false });
    await offerMove(untrusted.app);
    assert.deepEqual(untrusted.fake.shown, []);
  });

  it('is copied and opened where one says yes', async () => {
    const { fake, app } = window();
    fake.answers.set('drive of Windows', 'Move to Linux…');
    fake.answers.set('holds a copy', 'Open the Copy');
    await offerMove(app);
    const to = join(home, basename(folder));
    assert.equal(readFileSync(join(to, 'w.code.yaml'), 'utf8'), 'x');
    const copy = inside(to);
    const place = onWindows ? `file://wsl.localhost/Ubuntu${copy}` : `file://${copy}`;
    assert.equal(fake.shown.at(-1), `vscode.openFolder ${place}`);
    assert.ok(existsSync(join(folder, 'w.code.yaml')), 'the original stays');
  });

  it('is opened through Remote-WSL where a window of Windows has it', async function () {
    if (!onWindows) {
      console.log('      skipped: this window is in the distribution already (npm run test:windows)');
      return this.skip();
    }
    const { fake, app } = window();
    fake.commands.set('remote-wsl.openFolder', () => undefined);
    fake.answers.set('holds a copy', 'Open the Copy');
    await moveToWsl(app, folder);
    assert.equal(fake.shown.at(-1), `vscode.openFolder vscode-remote://wsl+Ubuntu${inside(home)}/${basename(folder)}`);
  });

  it('is left alone where the copy cannot be made, with the reason', async () => {
    const { fake, app } = window();
    writeFileSync(join(home, basename(folder)), 'a file of that name');
    await moveToWsl(app, undefined);
    assert.match(fake.shown.join('\n'), /Could not copy/);
  });

  it('on a Linux file system is not mentioned, nor where there is no distribution', async () => {
    writeFileSync(join(home, 'mountinfo'), '1 0 8:32 / / rw - ext4 /dev/sdc rw\n');
    if (onWindows) Object.assign(process.env, standIn({ distros: [] }));
    const { fake, app } = window();
    await offerMove(app);
    assert.deepEqual(fake.shown, []);
  });
});
