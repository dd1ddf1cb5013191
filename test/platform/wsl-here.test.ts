import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Mount } from '../../src/core/paths.ts';
import type { Host, WslHost } from '../../src/platform/host.ts';
import { findWslExe, windowsHome, type WslSources } from '../../src/platform/wsl-here.ts';

const C: readonly Mount[] = [
  { source: '', mountPoint: '/' },
  { source: 'C:\\', mountPoint: '/mnt/c' },
];

/** A distribution, unless told otherwise. */
function machine(
  more: Partial<Omit<WslSources, 'host' | 'mounts' | 'exists'>> & {
    readonly wsl?: Partial<WslHost>;
    readonly os?: Host['os'];
    readonly mounts?: readonly Mount[];
    readonly files?: readonly string[];
  },
): WslSources {
  const { os = 'linux', wsl = {}, mounts = C, files = [], env = {} } = more;
  const inside: WslHost | undefined =
    os === 'linux' ? { version: 2, distro: 'Ubuntu', interop: true, ...wsl } : undefined;
  return {
    host: { os, wsl: inside, container: false, systemd: true, bootId: 'boot' },
    env,
    mounts: () => mounts,
    exists: (path) => files.includes(path),
  };
}

/** What cmd.exe prints with `/u`: UTF-16 without a mark. */
const said = (text: string) => (): Promise<Uint8Array> => Promise.resolve(Buffer.from(text, 'utf16le'));
const nobody = (): Promise<Uint8Array> => assert.fail('nobody is to be asked');

describe('wsl.exe of this machine', () => {
  const system = 'C:\\Windows\\System32\\wsl.exe';
  for (const [name, given, found] of [
    ['in Windows’ own folder', { os: 'windows', env: { SystemRoot: 'C:\\Windows' }, files: [system] }, system],
    [
      'past the redirection of a 32-bit program',
      {
        os: 'windows',
        env: { SystemRoot: 'D:\\W', PROCESSOR_ARCHITEW6432: 'AMD64' },
        files: ['D:\\W\\Sysnative\\wsl.exe'],
      },
      'D:\\W\\Sysnative\\wsl.exe',
    ],
    [
      'inside, on the drive that has it',
      { files: ['/mnt/c/Windows/System32/wsl.exe'] },
      '/mnt/c/Windows/System32/wsl.exe',
    ],
    [
      'inside, where drives are mounted elsewhere',
      { mounts: [{ source: 'C:\\', mountPoint: '/win/c' }], files: ['/win/c/Windows/System32/wsl.exe'] },
      '/win/c/Windows/System32/wsl.exe',
    ],
    ['where somebody says that it is', { env: { CODE_ENGINE_WSL_EXE: '/x/wsl' }, files: ['/x/wsl'] }, '/x/wsl'],
  ] as const)
    it(`is found ${name}`, () => assert.deepEqual(findWslExe(machine(given)), { ok: true, value: found }));

  for (const [name, given, kind] of [
    ['on a Windows without it', { os: 'windows' }, 'no-wsl'],
    ['on macOS', { os: 'macos' }, 'no-wsl'],
    [
      'inside, where interop is off',
      { wsl: { interop: false }, files: ['/mnt/c/Windows/System32/wsl.exe'] },
      'no-interop',
    ],
    ['inside, where no drive is mounted', { mounts: [] }, 'no-wsl'],
    ['where it was said to be and is not', { env: { CODE_ENGINE_WSL_EXE: '/none' } }, 'no-wsl'],
  ] as const)
    it(`is not found ${name}`, () => assert.deepEqual(findWslExe(machine(given)), { ok: false, failure: { kind } }));
});

describe('the home of the Windows user', () => {
  const cmd = '/mnt/c/Windows/System32/cmd.exe';

  it('is what Windows passed on, converted or not yet', async () => {
    const passed = (USERPROFILE: string): ReturnType<typeof windowsHome> =>
      windowsHome(machine({ env: { USERPROFILE } }), nobody);
    assert.deepEqual(await passed('/mnt/c/Users/ada'), { ok: true, value: '/mnt/c/Users/ada' });
    assert.deepEqual(await passed('C:\\Users\\Ada L'), { ok: true, value: '/mnt/c/Users/Ada L' });
  });

  it('is asked from Windows by an absolute path, standing on the drive, and read in whatever letters', async () => {
    const asked: unknown[] = [];
    const home = await windowsHome(machine({ files: [cmd] }), (...call) => {
      asked.push(call);
      return said('C:\\Users\\Größe 漢字\r\n')();
    });
    assert.deepEqual(home, { ok: true, value: '/mnt/c/Users/Größe 漢字' });
    assert.deepEqual(asked, [[cmd, ['/d', '/u', '/c', 'echo %USERPROFILE%'], '/mnt/c']]);
  });

  it('may be on another drive, mounted elsewhere', async () => {
    const mounts = [
      { source: 'D:\\', mountPoint: '/win/d' },
      { source: 'C:\\', mountPoint: '/win/c' },
    ];
    const files = ['/win/c/Windows/System32/cmd.exe'];
    assert.deepEqual(await windowsHome(machine({ mounts, files }), said('D:\\Home\\me\r\n')), {
      ok: true,
      value: '/win/d/Home/me',
    });
  });

  it('on Windows itself is the variable', async () => {
    const given = machine({ os: 'windows', env: { USERPROFILE: 'C:\\Users\\ada' } });
    assert.deepEqual(await windowsHome(given, nobody), { ok: true, value: 'C:\\Users\\ada' });
  });

  for (const [name, given, kind] of [
    ['interop is off', { wsl: { interop: false } }, 'no-interop'],
    ['no drive with Windows is mounted', {}, 'no-automount'],
    ['its drive is not mounted', { files: [cmd] }, 'no-automount'],
    ['this is neither Windows nor WSL', { os: 'macos' }, 'no-wsl'],
  ] as const)
    it(`is told to be out of reach where ${name}`, async () => {
      const home = await windowsHome(machine(given), said('Q:\\me\r\n'));
      assert.equal(home.ok ? '' : home.failure.kind, kind);
    });

  it('is told to be out of reach where Windows does not answer', async () => {
    const home = await windowsHome(machine({ files: [cmd] }), () => Promise.reject(new Error('timed out')));
    assert.deepEqual(home, { ok: false, failure: { kind: 'other', detail: 'timed out' } });
  });
});
