import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'mocha';
import { ownMounts, parseMountinfo } from '../../src/platform/mounts.ts';

const none = (): undefined => undefined;
const windowsOf = (text: string, tags: Record<string, string> = {}): string[] =>
  parseMountinfo(text, (tag) => tags[tag])
    .filter((mount) => mount.source !== '')
    .map((mount) => `${mount.source} ${mount.mountPoint}`);

describe('the mounts of a distribution', () => {
  it('are read from 9p, whose options carry the path, escaped or not', () => {
    const text = [
      '75 58 8:32 / / rw,relatime - ext4 /dev/sdc rw,discard,errors=remount-ro,data=ordered',
      '98 75 0:34 / /usr/lib/wsl/drivers ro,nosuid,nodev,noatime - 9p none ro,dirsync,aname=drivers;fmask=222;dmask=222,mmap',
      '115 75 0:51 / /mnt/c rw,noatime - 9p C:\\134 rw,dirsync,aname=drvfs;path=C:\\;uid=1000;gid=1000;symlinkroot=/mnt/,mmap,access=client,msize=65536',
      '116 75 0:52 / /mnt/my\\040disk rw,noatime - 9p D:\\134 rw,dirsync,aname=drvfs;path=D:\\134;uid=1000,mmap',
      '117 75 0:53 / /mnt/share rw,noatime - 9p drvfs rw,aname=drvfs;path=UNC\\server\\data;uid=1000,trans=virtio',
      '118 75 0:51 /Users/Ada/shop /home/ada/shop rw,noatime - 9p C:\\134 rw,aname=drvfsa;path=C:\\;uid=1000,mmap',
    ].join('\n');
    assert.deepEqual(windowsOf(text), [
      'C:\\ /mnt/c',
      'D:\\ /mnt/my disk',
      '\\\\server\\data /mnt/share',
      'C:\\Users\\Ada\\shop /home/ada/shop',
    ]);
    assert.equal(parseMountinfo(text, none).length, 6, 'mounts that are not Windows’ count too: they hide others');
  });

  it('are read from drvfs of WSL 1', () => {
    assert.deepEqual(
      windowsOf('5 2 0:7 / /mnt/c rw,noatime - drvfs C:\\134 rw,noatime\n6 2 0:8 / /mnt/d rw - drvfs D: rw'),
      ['C:\\ /mnt/c', 'D: /mnt/d'],
    );
  });

  it('are read from virtiofs: by letter, by tag, and as a child of the common root', () => {
    const tag = '0a1b2c3d-0000-4111-8222-333344445555';
    const text = [
      '5 2 0:7 / /mnt/c rw - virtiofs drvfsaC rw',
      `6 2 0:8 / /mnt/d rw - virtiofs ${tag} rw`,
      `7 2 0:9 /${tag}/sub /work rw - virtiofs drvfsa rw`,
      `8 2 0:9 /${tag} /run/wsl/virtiofs-mounts/drvfsa/x rw - virtiofs drvfsa rw`,
    ].join('\n');
    assert.deepEqual(windowsOf(text, { [tag]: 'E:\\' }), ['C: /mnt/c', 'E:\\ /mnt/d', 'E:\\sub /work']);
  });

  it('survive optional fields, an empty source and lines that are none', () => {
    const text =
      '5 2 0:7 / /a rw shared:1 master:2 - tmpfs  rw\nnonsense\n\n6 2 0:8 / /mnt/c rw shared:3 - drvfs C: rw';
    assert.deepEqual(
      parseMountinfo(text, none).map((mount) => mount.mountPoint),
      ['/a', '/mnt/c'],
    );
  });

  it('leave out a folder that was deleted', () => {
    assert.deepEqual(windowsOf('5 2 0:7 /gone//deleted /x rw - drvfs C: rw'), []);
  });

  it('can be read here, where there are any', () => {
    assert.equal(
      ownMounts().some((mount) => mount.mountPoint === '/'),
      existsSync('/proc/self/mountinfo'),
    );
  });
});
