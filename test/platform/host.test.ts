import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { detectHost, host, type Host, type HostSources } from '../../src/platform/host.ts';

/** Facts as they were recorded on such machines: files with their text, `null` for one that is only there. */
interface Recorded {
  readonly platform?: string;
  readonly env?: Record<string, string>;
  readonly files?: Record<string, string | null>;
}

function recorded({ platform = 'linux', env = {}, files = {} }: Recorded): HostSources {
  const paths = Object.keys(files);
  return {
    platform,
    env,
    read: (file) => files[file] ?? undefined,
    exists: (path) => paths.some((p) => p === path || p.startsWith(`${path}/`)),
    list: (folder) => paths.filter((p) => p.startsWith(`${folder}/`)).map((p) => p.slice(folder.length + 1)),
  };
}

const boot = { '/proc/sys/kernel/random/boot_id': '6f1c2a9e-0c34-4a54-8d3b-0c2ab58a9f11\n' };
const wsl2 = { ...boot, '/proc/sys/kernel/osrelease': '5.15.167.4-microsoft-standard-WSL2\n' };
const binfmt = {
  '/proc/sys/fs/binfmt_misc/status': 'enabled\n',
  '/proc/sys/fs/binfmt_misc/WSLInterop': 'enabled\ninterpreter /init\nflags: PF\noffset 0\nmagic 4d5a\n',
};
const session = { WSL_DISTRO_NAME: 'Ubuntu', WSL_INTEROP: '/run/WSL/9_interop' };
const sockets = { '/run/WSL/1_interop': null, '/run/WSL/9_interop': null };
const cgroup1 = { '/proc/1/cgroup': '12:pids:/docker/4d1c0e3b9a\n' };

const cases: readonly (readonly [name: string, facts: Recorded, expected: Partial<Host>])[] = [
  [
    'plain Linux',
    { files: { ...boot, '/proc/sys/kernel/osrelease': '6.1.0-28-amd64\n', '/run/systemd/system': null } },
    { os: 'linux', wsl: undefined, container: false, systemd: true },
  ],
  [
    'WSL 2 with interop and systemd',
    { env: session, files: { ...wsl2, ...binfmt, ...sockets, '/run/systemd/system': null } },
    { wsl: { version: 2, distro: 'Ubuntu', interop: true }, systemd: true, container: false },
  ],
  [
    'WSL 2 without systemd',
    { env: session, files: { ...wsl2, ...binfmt, ...sockets } },
    { wsl: { version: 2, distro: 'Ubuntu', interop: true }, systemd: false },
  ],
  [
    'WSL 1',
    {
      env: { WSL_DISTRO_NAME: 'Legacy', WSL_INTEROP: '/run/WSL/9_interop' },
      files: { ...boot, ...sockets, ...binfmt, '/proc/sys/kernel/osrelease': '4.4.0-19041-Microsoft\n' },
    },
    { wsl: { version: 1, distro: 'Legacy', interop: true } },
  ],
  [
    'a custom kernel, known by the variable',
    { env: session, files: { ...boot, ...binfmt, ...sockets, '/proc/sys/kernel/osrelease': '6.6.36-mykernel\n' } },
    { wsl: { version: 2, distro: 'Ubuntu', interop: true } },
  ],
  [
    'a custom kernel under sudo, known by wslinfo',
    {
      files: {
        ...boot,
        ...binfmt,
        ...sockets,
        '/proc/sys/kernel/osrelease': '6.6.36-mykernel\n',
        '/usr/bin/wslinfo': null,
      },
    },
    { wsl: { version: 2, interop: true } },
  ],
  [
    'a kernel that says WSL2-Microsoft is no WSL 1',
    { env: session, files: { ...sockets, ...binfmt, '/proc/sys/kernel/osrelease': '5.10.16.3-WSL2-Microsoft\n' } },
    { wsl: { version: 2, distro: 'Ubuntu', interop: true }, bootId: 'unknown' },
  ],
  [
    'sudo in WSL, where the variables are gone but the socket is not',
    { files: { ...wsl2, ...binfmt, ...sockets } },
    { wsl: { version: 2, interop: true } },
  ],
  [
    'interop off in wsl.conf: registered by another distribution, no socket here',
    { env: { WSL_DISTRO_NAME: 'Ubuntu' }, files: { ...wsl2, ...binfmt } },
    { wsl: { version: 2, distro: 'Ubuntu', interop: false } },
  ],
  [
    'interop registration wiped by systemd',
    { env: session, files: { ...wsl2, ...sockets, '/proc/sys/fs/binfmt_misc/status': 'enabled\n' } },
    { wsl: { version: 2, distro: 'Ubuntu', interop: false } },
  ],
  [
    'interop registration switched off by hand',
    { env: session, files: { ...wsl2, ...sockets, ...binfmt, '/proc/sys/fs/binfmt_misc/WSLInterop': 'disabled\n' } },
    { wsl: { version: 2, distro: 'Ubuntu', interop: false } },
  ],
  [
    'interop under the late name',
    {
      env: session,
      files: {
        ...wsl2,
        ...sockets,
        '/proc/sys/fs/binfmt_misc/status': 'enabled\n',
        '/proc/sys/fs/binfmt_misc/WSLInterop-late': 'enabled\n',
      },
    },
    { wsl: { version: 2, distro: 'Ubuntu', interop: true } },
  ],
  ['a Docker container inside WSL', { files: { ...wsl2, '/.dockerenv': null } }, { wsl: undefined, container: true }],
  [
    'a Podman container inside WSL that was given the variable',
    { env: { WSL_DISTRO_NAME: 'Ubuntu' }, files: { ...wsl2, '/run/.containerenv': '' } },
    { wsl: undefined, container: true },
  ],
  [
    'a distribution imported from a container',
    { env: session, files: { ...wsl2, ...binfmt, ...sockets, '/.dockerenv': null } },
    { wsl: { version: 2, distro: 'Ubuntu', interop: true }, container: false },
  ],
  [
    'systemd that calls WSL a container',
    { env: session, files: { ...wsl2, ...binfmt, ...sockets, '/run/systemd/container': 'wsl\n' } },
    { container: false },
  ],
  [
    'a container known by its control group only',
    { files: { ...boot, ...cgroup1 } },
    { container: true, wsl: undefined },
  ],
  ['a pod', { env: { KUBERNETES_SERVICE_HOST: '10.0.0.1' }, files: boot }, { container: true }],
  ['systemd-nspawn', { files: { ...boot, '/run/systemd/container': 'systemd-nspawn\n' } }, { container: true }],
  [
    'macOS',
    { platform: 'darwin' },
    { os: 'macos', wsl: undefined, container: false, systemd: false, bootId: 'calendar' },
  ],
  [
    'Windows, whatever WSLENV says',
    { platform: 'win32', env: { WSLENV: 'X', WSL_DISTRO_NAME: 'Ubuntu' } },
    { os: 'windows', wsl: undefined, bootId: 'calendar' },
  ],
];

describe('host', () => {
  for (const [name, facts, expected] of cases) {
    it(`knows ${name}`, () => {
      const found = detectHost(recorded(facts));
      for (const [key, value] of Object.entries(expected)) assert.deepEqual(found[key as keyof Host], value, key);
    });
  }

  it('reads the boot from the kernel', () => {
    assert.equal(detectHost(recorded({ files: boot })).bootId, '6f1c2a9e-0c34-4a54-8d3b-0c2ab58a9f11');
  });

  it('answers for this machine, always the same object', () => {
    assert.equal(host(), host());
    assert.ok(['linux', 'macos', 'windows'].includes(host().os));
  });
});
