import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import { readBundle, type Bundle } from '../../src/platform/bundle.ts';
import { distroOf, openDistroWindow, type WindowRequest } from '../../src/platform/distro-window.ts';
import { wslClient } from '../../src/platform/wsl.ts';
import { inside, LIMIT_MS, needsStandIn, NODE_INSIDE, standIn, WSL } from './stand-in.ts';

let folder = '';
let bundle: Bundle;

const request = (more: Partial<WindowRequest> = {}): WindowRequest => {
  const mountinfo = inside(join(folder, 'mountinfo'));
  const distros = [
    { name: 'docker-desktop', state: 'Running', version: 2, default: true },
    { name: 'Debian', state: 'Stopped', version: 2, default: false },
  ];
  const settings = standIn({ log: inside(join(folder, 'log')), home: inside(folder), mountinfo, distros });
  const client = wslClient({ exe: WSL, env: { PATH: process.env['PATH'], ...settings } });
  return { client, bundle, args: [], env: { CODE_ENGINE_NODE: NODE_INSIDE }, ...more };
};
const launches = (): number => readFileSync(join(folder, 'log'), 'utf8').trimEnd().split('\n').length;

describe('a window on Windows', function () {
  this.timeout(LIMIT_MS);
  before(function () {
    needsStandIn(this);
  });
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'window-'));
    mkdirSync(join(folder, 'dist'));
    writeFileSync(join(folder, 'dist', 'cli.js'), 'process.stdin.resume();');
    writeFileSync(join(folder, 'mountinfo'), '6 5 0:8 / /win/c rw - 9p C:\\134 rw,aname=drvfs;path=C:\\;uid=0,mmap\n');
    const read = await readBundle(join(folder, 'dist'));
    assert.ok(read.ok);
    bundle = read.value;
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('works in the default distribution and converts paths at the border without asking again', async () => {
    const opened = await openDistroWindow(request({ folder: 'C:\\work\\shop' }));
    assert.ok(opened.ok, JSON.stringify(opened));
    const { distro, engine, toLinux, toWindows } = opened.value;
    assert.deepEqual(
      [distro, toLinux('C:\\work\\shop'), toWindows('/win/c/work'), toWindows('/home/ada')],
      [
        'Debian',
        { ok: true, value: '/win/c/work/shop' },
        { ok: true, value: 'C:\\work' },
        { ok: true, value: '\\\\wsl.localhost\\Debian\\home\\ada' },
      ],
    );
    await engine.stop();
    assert.equal(launches(), 2, 'the list and the engine');
  });

  it('works in the distribution that its folder lies in, with one start of wsl.exe', async () => {
    const opened = await openDistroWindow(request({ folder: '\\\\wsl$\\debian\\home\\ada' }));
    assert.ok(opened.ok);
    assert.deepEqual(opened.value.toLinux('\\\\wsl.localhost\\Debian\\home\\ada'), { ok: true, value: '/home/ada' });
    await opened.value.engine.stop();
    assert.equal(launches(), 1);
  });

  it('says which distributions there are where the named one is not', async () => {
    const opened = await openDistroWindow(request({ distro: 'Arch' }));
    assert.deepEqual(!opened.ok && opened.failure, { kind: 'distro-not-found', distro: 'Arch', known: ['Debian'] });
  });
});

describe('the distribution of a folder', () => {
  it('is read off its path', () => {
    assert.deepEqual(
      ['\\\\wsl.localhost\\Ubuntu\\x', '//wsl$/Ubuntu', 'C:\\x', '\\\\server\\share', '\\\\wsl$'].map(distroOf),
      ['Ubuntu', 'Ubuntu', undefined, undefined, undefined],
    );
  });
});
