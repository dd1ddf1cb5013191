import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import {
  decodeWslText,
  isUtilityDistro,
  parseDistroList,
  parseQuietList,
  parseVersions,
  preferredDistro,
} from '../../src/platform/wsl-output.ts';
import { explainTrouble, troubleIn, type WslTrouble } from '../../src/platform/wsl-trouble.ts';

const list =
  '  NAME              STATE           VERSION\n* Ubuntu-24.04      Running         2\n  docker-desktop    Stopped         2\n  Legacy            Uninstalling    1\n';
const distros = [
  { name: 'Ubuntu-24.04', state: 'Running', version: 2, default: true },
  { name: 'docker-desktop', state: 'Stopped', version: 2, default: false },
  { name: 'Legacy', state: 'Uninstalling', version: 1, default: false },
];

describe('what wsl.exe prints', () => {
  for (const [name, bytes] of [
    ['UTF-16 without a mark', Buffer.from(list.replaceAll('\n', '\r\n'), 'utf16le')],
    ['UTF-16 with a mark', Buffer.from(`\uFEFF${list.replaceAll('\n', '\r\n')}`, 'utf16le')],
    ['UTF-16 with the doubled returns of early builds', Buffer.from(list.replaceAll('\n', '\r\r\n'), 'utf16le')],
    ['UTF-8', Buffer.from(list.replaceAll('\n', '\r\n'))],
    ['UTF-8 with a mark', Buffer.from(`\uFEFF${list}`)],
  ] as const) {
    it(`is a list of distributions in ${name}`, () => assert.deepEqual(parseDistroList(decodeWslText(bytes)), distros));
  }

  it('is read with headers and states of any language', () => {
    const german =
      '  NAME      STATUS                VERSION\r\n* Ubuntu    Wird ausgeführt       2\r\n  Débian    Beendet               1\r\n';
    assert.deepEqual(parseDistroList(decodeWslText(Buffer.from(german, 'utf16le'))), [
      { name: 'Ubuntu', state: 'Wird ausgeführt', version: 2, default: true },
      { name: 'Débian', state: 'Beendet', version: 1, default: false },
    ]);
    const chinese = '  名称      状态            版本\r\n* Ubuntu    正在运行            2\r\n';
    assert.deepEqual(parseDistroList(decodeWslText(Buffer.from(chinese, 'utf16le')))[0]?.name, 'Ubuntu');
  });

  it('may have a state that fills its column', () => {
    assert.deepEqual(parseDistroList('* Ubuntu    Sixteen letters!2')[0], {
      name: 'Ubuntu',
      state: 'Sixteen letters!',
      version: 2,
      default: true,
    });
  });

  it('is no list where it is an error', () => {
    assert.deepEqual(
      parseDistroList(
        'There is no distribution with the supplied name.\nError code: Wsl/Service/WSL_E_DISTRO_NOT_FOUND\n',
      ),
      [],
    );
    assert.deepEqual(parseDistroList(''), []);
  });

  it('is a list of names from builds without the long one', () => {
    assert.deepEqual(parseQuietList('Ubuntu\nDebian\n\n'), [
      { name: 'Ubuntu', state: 'Unknown', version: 1, default: true },
      { name: 'Debian', state: 'Unknown', version: 1, default: false },
    ]);
  });

  it('never makes the reader throw, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) =>
        assert.ok(Array.isArray(parseDistroList(decodeWslText(bytes)))),
      ),
    );
  });

  it('tells its version by the order of lines', () => {
    const text =
      'WSL-Version: 2.4.12.0\nKernelversion: 5.15.167.4-1\nWSLg-Version: 1.0.65\nWindows-Version: 10.0.26100.3476\n';
    assert.deepEqual(parseVersions(text), { wsl: '2.4.12.0', kernel: '5.15.167.4-1', windows: '10.0.26100.3476' });
    assert.equal(parseVersions('Invalid command line option: --version'), undefined);
  });
});

describe('a distribution of a container product', () => {
  it('is known by its name', () => {
    for (const name of [
      'docker-desktop',
      'docker-desktop-data',
      'rancher-desktop',
      'podman-machine-default',
      'podman-net-usermode',
    ])
      assert.ok(isUtilityDistro(name), name);
    for (const name of ['Ubuntu', 'podman', 'my-docker-desktop', 'dockerish']) assert.ok(!isUtilityDistro(name), name);
  });

  it('is not chosen, even where it is the default', () => {
    const all = [
      { name: 'docker-desktop', state: 'Running', version: 2, default: true },
      { name: 'Debian', state: 'Stopped', version: 2, default: false },
    ];
    assert.equal(preferredDistro(all)?.name, 'Debian');
    assert.equal(preferredDistro(all.slice(0, 1)), undefined);
  });
});

describe('trouble', () => {
  const said: readonly (readonly [text: string, kind: WslTrouble['kind'] | undefined])[] = [
    [
      'Es gibt keine Distribution mit dem angegebenen Namen.\nFehlercode: Wsl/Service/WSL_E_DISTRO_NOT_FOUND',
      'distro-not-found',
    ],
    [
      'Windows Subsystem for Linux has no installed distributions.\nUse "wsl.exe --install <Distro>" to install.\nError code: Wsl/WSL_E_DEFAULT_DISTRO_NOT_FOUND',
      'no-distro',
    ],
    [
      'Windows Subsystem for Linux has no installed distributions.\nDistributions can be installed by visiting the Microsoft Store:\nhttps://aka.ms/wslstore',
      'no-distro',
    ],
    [
      "The Windows Subsystem for Linux is not installed. You can install by running 'wsl.exe --install'.",
      'not-installed',
    ],
    [
      'Copyright (c) Microsoft Corporation.\nUsage: wsl.exe [Argument]\n --install <Options>\n --list, -l',
      'not-installed',
    ],
    ['Error code: Wsl/Service/CreateInstance/CreateVm/HCS/HCS_E_HYPERV_NOT_INSTALLED', 'no-virtual-machine'],
    ['Please enable the Virtual Machine Platform Windows feature.\nError: 0x80370102', 'no-virtual-machine'],
    ['Error code: Wsl/Service/CreateInstance/MountVhd/HCS/ERROR_FILE_NOT_FOUND', 'damaged'],
    ['Error code: Wsl/Service/E_UNEXPECTED', 'other'],
    ['hello', undefined],
  ];
  for (const [text, kind] of said)
    it(`${JSON.stringify(text.slice(-60))} is ${String(kind)}`, () =>
      assert.equal(troubleIn(text, 'Ubuntu')?.kind, kind));

  const all: { readonly [K in WslTrouble['kind']]: Extract<WslTrouble, { kind: K }> } = {
    'no-wsl': { kind: 'no-wsl' },
    'not-installed': { kind: 'not-installed' },
    'no-virtual-machine': { kind: 'no-virtual-machine' },
    'no-distro': { kind: 'no-distro' },
    'only-utility': { kind: 'only-utility', names: ['docker-desktop'] },
    'distro-not-found': { kind: 'distro-not-found', distro: 'X', known: ['Ubuntu'] },
    'distro-busy': { kind: 'distro-busy', distro: 'X', state: 'Converting' },
    'bad-name': { kind: 'bad-name', distro: 'a b' },
    hangs: { kind: 'hangs', afterMs: 10_000, what: '--list' },
    'no-folder': { kind: 'no-folder', distro: 'X', folder: '/x' },
    'no-interop': { kind: 'no-interop' },
    'no-automount': { kind: 'no-automount', distro: 'X', path: 'C:\\x' },
    'no-node': { kind: 'no-node', distro: 'X' },
    'disk-full': { kind: 'disk-full', distro: 'X', folder: '/x' },
    'connection-lost': { kind: 'connection-lost', distro: 'X' },
    damaged: { kind: 'damaged', distro: 'X', detail: 'd' },
    other: { kind: 'other', detail: 'd' },
  };
  for (const trouble of Object.values(all)) {
    it(`${trouble.kind} says what happened and what to do next`, () => {
      const { message, next } = explainTrouble(trouble);
      assert.match(message, /^(?:["A-Z]|wsl\.exe ).{5,}\.$/);
      assert.match(next ?? '', /^[A-Z].{10,}\.$/);
    });
  }
});
