import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { dataFolderFrom } from '../../src/platform/data-folder.ts';
import { parseMountinfo } from '../../src/platform/mounts.ts';

const root = '1 0 8:32 / / rw - ext4 /dev/sdc rw';
const plan9 = (point: string): string => `2 1 0:8 / ${point} rw - 9p C:\\134 rw,aname=drvfs;path=C:\\;uid=0,mmap`;
const place = (workspace: string, ...lines: string[]): string =>
  dataFolderFrom(
    workspace,
    parseMountinfo([root, ...lines].join('\n'), () => undefined),
    '/home/ada/.local/state/code-engine',
  );

describe('the folder of a workspace’s runs and cache', () => {
  it('is its own .code on a Linux file system, also beside a drive, under one, and on another machine’s 9p', () => {
    assert.equal(place('/home/ada/shop', plan9('/mnt/c')), '/home/ada/shop/.code');
    assert.equal(place('/mnt/cc/shop', plan9('/mnt/c')), '/mnt/cc/shop/.code');
    assert.equal(
      place('/mnt/c/linux/shop', plan9('/mnt/c'), '3 2 8:48 / /mnt/c/linux rw - ext4 /dev/sdd rw'),
      '/mnt/c/linux/shop/.code',
    );
    assert.equal(place('/share/shop', '3 1 0:9 / /share rw - 9p host rw,trans=virtio'), '/share/shop/.code');
  });

  it('is on the Linux side where the workspace is on a drive: 9p, drvfs and virtiofs', () => {
    const expected = /^\/home\/ada\/\.local\/state\/code-engine\/workspaces\/my-shop-[0-9a-f]{16}$/;
    for (const line of [
      plan9('/mnt/c'),
      '2 1 0:2 / /mnt/c rw - drvfs C: rw',
      '2 1 0:2 / /mnt/c rw - virtiofs drvfsC rw',
    ])
      assert.match(place('/mnt/c/work/my shop', line), expected);
  });

  it('is the same for one folder wherever its drive is mounted and however its name is written, and another for another', () => {
    const usual = place('/mnt/c/Work/shop', plan9('/mnt/c'));
    assert.equal(place('/win/c/Work/shop', plan9('/win/c')), usual);
    assert.equal(place('/mnt/c/work/shop', plan9('/mnt/c')), usual);
    assert.notEqual(place('/mnt/c/work2/shop', plan9('/mnt/c')), usual);
  });
});
