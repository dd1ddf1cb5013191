import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import {
  convertPath,
  looksLikeWindowsPath,
  looksLikeWindowsRelative,
  type Mount,
  type PathContext,
} from '../../src/core/paths.ts';

const mounts: readonly Mount[] = [
  { source: '', mountPoint: '/' },
  { source: '', mountPoint: '/mnt/wsl' },
  { source: 'C:\\', mountPoint: '/mnt/c' },
  { source: 'd:', mountPoint: '/mnt/d' },
  { source: 'C:\\Data', mountPoint: '/data' },
  { source: '\\\\server\\share', mountPoint: '/mnt/share' },
];
const ubuntu: PathContext = { distro: 'Ubuntu', mounts };

/** The path, or `!` and the code of the error. */
function convert(path: string, to: 'wsl' | 'windows', context: PathContext = ubuntu): string {
  const result = convertPath(path, to, context);
  return result.ok ? result.value : `!${result.failure.code}`;
}

const toWsl: readonly (readonly [path: string, expected: string])[] = [
  ['C:\\Users\\name\\project', '/mnt/c/Users/name/project'],
  ['c:/Users/name', '/mnt/c/Users/name'],
  ['C:\\', '/mnt/c/'],
  ['C:\\Foo\\', '/mnt/c/Foo/'],
  ['C:\\a\\\\b\\.\\c', '/mnt/c/a/b/c'],
  ['C:\\a\\b\\..\\c', '/mnt/c/a/c'],
  ['C:\\a\\.\\..', '/mnt/c/'],
  ['C:\\Program Files (x86)\\Common Files', '/mnt/c/Program Files (x86)/Common Files'],
  ['C:\\..\\x', '!above-root'],
  ['D:\\x', '/mnt/d/x'],
  ['E:\\x', '!not-mounted'],
  ['C:\\DATA\\x', '/data/x'],
  ['C:\\Data', '/data'],
  ['C:\\database', '/mnt/c/database'],
  ['\\\\?\\C:\\Users', '/mnt/c/Users'],
  ['\\\\?\\UNC\\server\\share\\x', '!device'],
  ['\\\\.\\COM1', '!device'],
  ['\\\\?\\Volume{b75e2c83-0000-0000-0000-602f00000000}\\x', '!device'],
  ['C:foo', '!drive-relative'],
  ['C:', '!drive-relative'],
  ['\\\\other\\share\\x', '!network-share'],
  ['\\\\server', '!network-share'],
  ['\\\\SERVER\\Share\\x\\y', '/mnt/share/x/y'],
  ['\\\\server\\shared\\x', '!network-share'],
  ['\\\\wsl.localhost\\Ubuntu\\home\\u', '/home/u'],
  ['\\\\WSL.LOCALHOST\\ubuntu\\home\\u', '/home/u'],
  ['\\\\wsl$\\Ubuntu', '/'],
  ['\\\\wsl$\\Ubuntu\\', '/'],
  ['//wsl$/Ubuntu/proc/stat', '/proc/stat'],
  ['\\\\wsl.localhost\\Ubuntu-other\\x', '!other-distro'],
  ['\\\\wsl.localhost\\Ubun\\x', '!other-distro'],
  ['\\\\wsl.localhost', '!no-distro'],
  ['\\\\wsl.localhost\\U b\\x', '!bad-distro'],
  ['\\\\wsl.localhost\\Ubuntu\\..\\Debian', '!above-root'],
  ['\\\\wsl.localhost\\Ubuntu\\a\uF03Ab\uF05Cc', '/a:b\\c'],
  ['\\\\wsl.localhost.example\\Ubuntu\\x', '!network-share'],
  ['C:\\a\uF03Ab', '/mnt/c/a\uF03Ab'],
  ['C:\\file.txt:stream', '!stream'],
  ['foo\\bar', '!relative'],
  ['\\foo', '!relative'],
  ['/home/u', '!already-linux'],
  ['', '!empty'],
  ['C:\\a\0b', '!nul'],
];

const toWindows: readonly (readonly [path: string, expected: string])[] = [
  ['/mnt/c/Users/name/project', 'C:\\Users\\name\\project'],
  ['/mnt/c', 'C:\\'],
  ['/mnt/c/', 'C:\\'],
  ['/mnt/c/Users/', 'C:\\Users\\'],
  ['/mnt/C/Users', '\\\\wsl.localhost\\Ubuntu\\mnt\\C\\Users'],
  ['/mnt/cd/x', '\\\\wsl.localhost\\Ubuntu\\mnt\\cd\\x'],
  ['/data/x', 'C:\\Data\\x'],
  ['/data', 'C:\\Data'],
  ['/mnt/share/x', '\\\\server\\share\\x'],
  ['/', '\\\\wsl.localhost\\Ubuntu\\'],
  ['/home/u/x', '\\\\wsl.localhost\\Ubuntu\\home\\u\\x'],
  ['/proc/1/', '\\\\wsl.localhost\\Ubuntu\\proc\\1\\'],
  ['/mnt/c/../d/x', 'd:\\x'],
  ['/mnt/c/a:b\\c', 'C:\\a\uF03Ab\uF05Cc'],
  ['/home/a"b*c<d>e?f|g', '\\\\wsl.localhost\\Ubuntu\\home\\a\uF022b\uF02Ac\uF03Cd\uF03Ee\uF03Ff\uF07Cg'],
  ['/home/\uF03A', '!ambiguous-name'],
  ['/mnt/c/nul.', 'C:\\nul.'],
  ['/../x', '!above-root'],
  ['x/y', '!relative'],
  ['C:\\x', '!already-windows'],
  ['\\\\server\\share', '!already-windows'],
  ['', '!empty'],
];

describe('a path from Windows to Linux', () => {
  for (const [path, expected] of toWsl)
    it(`${JSON.stringify(path)} is ${JSON.stringify(expected)}`, () => assert.equal(convert(path, 'wsl'), expected));

  it('starts from a folder of either side where it is relative', () => {
    assert.equal(convert('src\\x', 'wsl', { ...ubuntu, cwd: 'C:\\work' }), '/mnt/c/work/src/x');
    assert.equal(convert('..\\x', 'wsl', { ...ubuntu, cwd: 'C:\\work\\' }), '/mnt/c/x');
    assert.equal(convert('src\\x', 'wsl', { ...ubuntu, cwd: '/mnt/c/work' }), '/mnt/c/work/src/x');
    assert.equal(convert('src\\x', 'wsl', { ...ubuntu, cwd: '/home/u' }), '/home/u/src/x');
    assert.equal(convert('src/x', 'wsl', { ...ubuntu, cwd: '\\\\wsl$\\Ubuntu\\home' }), '/home/src/x');
    assert.equal(convert('\\x', 'wsl', { ...ubuntu, cwd: 'C:\\work' }), '/mnt/c/x');
    assert.equal(convert('\\x', 'wsl', { ...ubuntu, cwd: '/home/u' }), '!relative');
    assert.equal(convert('x', 'wsl', { ...ubuntu, cwd: 'work' }), '!bad-cwd');
    assert.equal(convert('C:foo', 'wsl', { ...ubuntu, cwd: 'C:\\work' }), '!drive-relative');
  });

  it('goes by the mounts, not by the default', () => {
    assert.equal(
      convert('C:\\x', 'wsl', { distro: 'Ubuntu', mounts: [{ source: 'C:\\', mountPoint: '/c/' }] }),
      '/c/x',
    );
    assert.equal(convert('C:\\x', 'wsl', { distro: 'Ubuntu', mounts: [] }), '!not-mounted');
  });

  it('does not go to a drive that something newer hides', () => {
    const hidden = [...mounts, { source: '', mountPoint: '/mnt' }];
    assert.equal(convert('D:\\x', 'wsl', { distro: 'Ubuntu', mounts: hidden }), '!hidden');
    const again = [...hidden, { source: 'D:\\', mountPoint: '/mnt/d' }];
    assert.equal(convert('D:\\x', 'wsl', { distro: 'Ubuntu', mounts: again }), '/mnt/d/x');
    const inner = [...mounts, { source: '', mountPoint: '/mnt/d/cache' }];
    assert.equal(convert('D:\\cache\\x', 'wsl', { distro: 'Ubuntu', mounts: inner }), '!hidden');
    assert.equal(convert('D:\\cached', 'wsl', { distro: 'Ubuntu', mounts: inner }), '/mnt/d/cached');
  });

  it('falls back to the drive where the folder mount of it is hidden', () => {
    const hidden = [...mounts, { source: '', mountPoint: '/data' }];
    assert.equal(convert('C:\\Data\\x', 'wsl', { distro: 'Ubuntu', mounts: hidden }), '/mnt/c/Data/x');
  });

  it('needs to know the distribution for a path inside one', () => {
    assert.equal(convert('\\\\wsl$\\Ubuntu\\x', 'wsl', { mounts }), '!no-distro');
  });
});

describe('a path from Linux to Windows', () => {
  for (const [path, expected] of toWindows)
    it(`${JSON.stringify(path)} is ${JSON.stringify(expected)}`, () =>
      assert.equal(convert(path, 'windows'), expected));

  it('goes by the newest mount that covers it', () => {
    const over = [...mounts, { source: '', mountPoint: '/mnt/c/tmp' }, { source: 'E:\\', mountPoint: '/mnt/c/usb' }];
    const context = { distro: 'Ubuntu', mounts: over };
    assert.equal(convert('/mnt/c/tmp/x', 'windows', context), '\\\\wsl.localhost\\Ubuntu\\mnt\\c\\tmp\\x');
    assert.equal(convert('/mnt/c/usb/x', 'windows', context), 'E:\\x');
    assert.equal(
      convert('/mnt/c/x', 'windows', { ...context, mounts: [...over, { source: '', mountPoint: '/mnt' }] }),
      '\\\\wsl.localhost\\Ubuntu\\mnt\\c\\x',
    );
  });

  it('starts from a folder of either side where it is relative', () => {
    assert.equal(convert('a/b', 'windows', { ...ubuntu, cwd: '/mnt/c/x' }), 'C:\\x\\a\\b');
    assert.equal(convert('../b', 'windows', { ...ubuntu, cwd: 'C:\\x' }), 'C:\\b');
    assert.equal(convert('b', 'windows', { ...ubuntu, cwd: 'E:\\x' }), '!bad-cwd');
  });

  it('needs a distribution with a possible name', () => {
    assert.equal(convert('/home', 'windows', { mounts }), '!no-distro');
    assert.equal(convert('/home', 'windows', { distro: 'a\\b', mounts }), '!bad-distro');
    assert.equal(convert('/mnt/c/x', 'windows', { mounts }), 'C:\\x');
  });
});

describe('any path at all', () => {
  const anyMounts = fc.array(
    fc.record({
      source: fc.oneof(fc.constantFrom('', 'C:\\', 'D:', '\\\\s\\h', 'c:/x'), fc.string()),
      mountPoint: fc.oneof(fc.constantFrom('/', '/mnt/c', '/mnt', '/d/'), fc.string()),
    }),
    { maxLength: 6 },
  );
  const piece = fc.constantFrom(
    'C:',
    '\\',
    '/',
    '..',
    '.',
    'mnt',
    'c',
    'wsl$',
    'wsl.localhost',
    'Ubuntu',
    '?',
    'x y',
    'é',
    '\uF03A',
    ':',
    '*',
    '',
  );
  const anyPath = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(piece, { maxLength: 9 }).map((parts) => parts.join('')),
  );

  it('gives a path or a coded error, and never throws', () => {
    fc.assert(
      fc.property(
        anyPath,
        anyMounts,
        fc.option(anyPath, { nil: undefined }),
        fc.constantFrom('wsl' as const, 'windows' as const),
        (path, m, cwd, to) => {
          const result = convertPath(path, to, { distro: 'Ubuntu', cwd, mounts: m });
          if (result.ok)
            assert.ok(
              to === 'wsl'
                ? result.value.startsWith('/')
                : looksLikeWindowsPath(result.value) || /[\r\n]/.test(result.value),
              result.value,
            );
          else assert.match(result.failure.code, /^[a-z-]+$/);
        },
      ),
      { numRuns: 2000 },
    );
  });

  const segment = fc
    .string({ unit: fc.constantFrom(...Array.from('aZ09 ._-éß漢🚀"*:<>?|\\$%')), minLength: 1, maxLength: 8 })
    .filter((s) => s !== '.' && s !== '..');
  it('comes back from a round through Windows, inside a distribution', () => {
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 5 }), (segments) => {
        const path = `/home/${segments.join('/')}`;
        const there = convertPath(path, 'windows', ubuntu);
        assert.ok(there.ok);
        assert.equal(convert(there.value, 'wsl'), path);
      }),
      { numRuns: 1000 },
    );
  });

  const windowsSegment = fc
    .string({ unit: fc.constantFrom(...Array.from('aZ09 ._-éß漢🚀()+,;=@')), minLength: 1, maxLength: 8 })
    .filter((s) => s !== '.' && s !== '..');
  it('comes back from a round through Linux, on any mounted drive', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('C:', 'd:'),
        fc.array(windowsSegment, { minLength: 1, maxLength: 5 }),
        (drive, segments) => {
          const path = `${drive}\\${segments.join('\\')}`;
          const there = convertPath(path, 'wsl', ubuntu);
          assert.ok(there.ok);
          assert.equal(convert(there.value, 'windows'), path);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('a Windows path', () => {
  it('is told by its form', () => {
    for (const path of ['C:\\x', 'c:/x', '\\\\server\\share', '\\\\wsl$\\Ubuntu', '\\\\?\\C:\\x', 'C:dir\\file'])
      assert.ok(looksLikeWindowsPath(path), path);
    for (const path of ['/x', '//x/y', 'x', './x', 'http://x', 'C', 'c:x', '\\n', 'a\\b', 'image:tag', ''])
      assert.ok(!looksLikeWindowsPath(path), path);
  });

  it('is told by its backslashes where it is relative', () => {
    for (const path of ['infra\\network', '.\\deploy.yaml', '..\\shop\\', 'my-app\\My Charts\\web'])
      assert.ok(looksLikeWindowsRelative(path), path);
    for (const path of ['infra/network', 'a', '\\d+', '^a\\.b$', 'a\\', 'x\\\\y'])
      assert.ok(!looksLikeWindowsRelative(path), path);
  });
});
