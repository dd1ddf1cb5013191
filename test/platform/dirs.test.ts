import assert from 'node:assert/strict';
import { chmodSync, lstatSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { ensurePrivateDir, userDirsFrom } from '../../src/platform/dirs.ts';
import { host } from '../../src/platform/host.ts';

describe('the folders of a user', () => {
  const linux = { os: 'linux', home: '/home/ada', temp: '/tmp', uid: 1000 } as const;

  it('follow XDG on Linux', () => {
    assert.deepEqual(userDirsFrom({ ...linux, env: {} }), {
      config: '/home/ada/.config/code-engine',
      cache: '/home/ada/.cache/code-engine',
      state: '/home/ada/.local/state/code-engine',
      runtime: '/tmp/code-engine-1000',
    });
    const set = {
      XDG_CACHE_HOME: '/c',
      XDG_STATE_HOME: '/s',
      XDG_CONFIG_HOME: '/k',
      XDG_RUNTIME_DIR: '/run/user/1000',
    };
    assert.deepEqual(userDirsFrom({ ...linux, env: set }), {
      config: '/k/code-engine',
      cache: '/c/code-engine',
      state: '/s/code-engine',
      runtime: '/run/user/1000/code-engine',
    });
  });

  it('ignore a relative XDG value', () => {
    assert.equal(userDirsFrom({ ...linux, env: { XDG_CACHE_HOME: 'cache' } }).cache, '/home/ada/.cache/code-engine');
  });

  it('lie in Library on macOS', () => {
    const dirs = userDirsFrom({ os: 'macos', env: {}, home: '/Users/ada', temp: '/var/folders/x/T', uid: 501 });
    assert.equal(dirs.cache, '/Users/ada/Library/Caches/code-engine');
    assert.equal(dirs.state, '/Users/ada/Library/Application Support/code-engine');
  });

  it('lie in LOCALAPPDATA on Windows, with or without the variable', () => {
    const windows = { os: 'windows', home: 'C:\\Users\\Ada', temp: 'C:\\T', uid: -1 } as const;
    assert.equal(userDirsFrom({ ...windows, env: {} }).state, 'C:\\Users\\Ada\\AppData\\Local\\code-engine\\State');
    assert.equal(userDirsFrom({ ...windows, env: { LOCALAPPDATA: 'D:\\L' } }).cache, 'D:\\L\\code-engine\\Cache');
  });

  it('can be put under one folder', () => {
    assert.equal(userDirsFrom({ ...linux, env: { CODE_ENGINE_HOME: '/x' } }).runtime, '/x/run');
  });
});

/** On Windows a junction, which needs no right of its own; Wine knows symbolic links only. */
function link(target: string, place: string): void {
  try {
    symlinkSync(target, place, 'junction');
  } catch {
    symlinkSync(target, place, 'dir');
  }
}

describe('a private folder', () => {
  let root = '';
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'dirs-'))));
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('is made with its parents, for its user alone', () => {
    const made = ensurePrivateDir(join(root, 'a', 'b'));
    assert.ok(made.ok && statSync(made.value).isDirectory());
    if (host().os === 'windows') return; // there its rights are those of the user's profile
    assert.equal(statSync(made.value).mode & 0o777, 0o700);
    chmodSync(made.value, 0o755);
    assert.ok(ensurePrivateDir(made.value).ok);
    assert.equal(statSync(made.value).mode & 0o777, 0o700);
  });

  it('is refused where it is a link', function () {
    link(tmpdir(), join(root, 'link'));
    if (lstatSync(join(root, 'link'), { throwIfNoEntry: false })?.isSymbolicLink() !== true) {
      console.log('      skipped: this system (Wine) has no links that can be told from what they lead to');
      return this.skip();
    }
    const made = ensurePrivateDir(join(root, 'link'));
    assert.ok(!made.ok);
    assert.match(made.failure.message, /a link or a file/);
  });
});
