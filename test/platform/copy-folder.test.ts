import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { copyFolder } from '../../src/platform/copy-folder.ts';
import { host } from '../../src/platform/host.ts';

describe('a copied folder', () => {
  let root = '';
  let from = '';
  let to = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'copy-'));
    from = join(root, 'from');
    to = join(root, 'deep', 'to');
    mkdirSync(join(from, 'a b', 'c'), { recursive: true });
    for (let index = 0; index < 30; index += 1)
      writeFileSync(join(from, 'a b', `f${String(index)}`), 'x'.repeat(index * 1000));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('holds the same files with the same times, links and empty folders', async function () {
    const past = new Date('2020-02-03T04:05:06Z');
    utimesSync(join(from, 'a b', 'f7'), past, past);
    if (host().os !== 'windows') symlinkSync('a b/f7', join(from, 'link'));
    const seen: number[] = [];
    const copied = await copyFolder(from, to, { onProgress: ({ files }) => seen.push(files) });
    assert.ok(copied.ok, JSON.stringify(copied));
    assert.deepEqual([copied.value.files, copied.value.bytes, seen.at(-1)], [30, 435_000, 30]);
    assert.deepEqual(readdirSync(join(to, 'a b')).length, 31);
    assert.equal(readFileSync(join(to, 'a b', 'f29'), 'utf8').length, 29_000);
    assert.equal(statSync(join(to, 'a b', 'f7')).mtimeMs, past.getTime());
    if (host().os !== 'windows') assert.equal(readlinkSync(join(to, 'link')), 'a b/f7');
    assert.deepEqual(readdirSync(join(root, 'deep')), ['to'], 'nothing else is left beside it');
  });

  it('is not made where a file changes meanwhile, where it is given up, or where something is in its place', async () => {
    let written = false;
    const changed = await copyFolder(from, to, {
      onProgress: () => {
        if (!written)
          for (let index = 0; index < 30; index += 1) appendFileSync(join(from, 'a b', `f${String(index)}`), 'more');
        written = true;
      },
    });
    assert.match(changed.ok ? '' : changed.failure.message, /was changed while it was copied/);
    const abort = new AbortController();
    const given = await copyFolder(from, to, { signal: abort.signal, onProgress: () => abort.abort() });
    assert.equal(given.ok ? '' : given.failure.kind, 'cancelled');
    assert.deepEqual(readdirSync(join(root, 'deep')), [], 'nothing is left of them');
    mkdirSync(to);
    writeFileSync(join(to, 'mine'), 'mine');
    assert.ok(!(await copyFolder(from, to)).ok);
    assert.deepEqual(readdirSync(to), ['mine']);
  });
});
