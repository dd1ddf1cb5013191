import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as esbuild from 'esbuild';
import { openCache, type CacheLookup, type CacheSubject, type ResultCache } from '../../src/engine/cache.ts';
import { pruneCache } from '../../src/engine/cache-prune.ts';
import type { Result } from '../../src/core/result.ts';

function valueOf<T>(result: Result<T>): T {
  assert.ok(result.ok, result.ok ? '' : result.failure.message);
  return result.value;
}

describe('the result cache', () => {
  let root: string;
  let cache: ResultCache;

  const subject = (more: Partial<CacheSubject> = {}): CacheSubject => ({
    workflow: '/w/deploy.code.yaml',
    task: 'build',
    policy: { inputs: ['src/**'], outputs: ['dist'] },
    taskHash: 'h1',
    tool: 'make 4.3',
    upstream: { 'setup.version': '1' },
    ...more,
  });

  const write = (path: string, content: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  const look = async (more: Partial<CacheSubject> = {}): Promise<CacheLookup> =>
    valueOf(await cache.lookup(subject(more)));
  const keep = async (more: Partial<CacheSubject> = {}, outputs = {}): Promise<Result<{ files: number }>> =>
    cache.save(subject(more), await look(more), {
      outputs,
      durationMs: 5,
      holdsSecret: (text) => text.includes('s3cr3t'),
    });
  const objects = (): string[] =>
    readdirSync(join(root, '.code/cache/objects'), { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.length > 60,
    );
  const entries = (): string[] =>
    readdirSync(join(root, '.code/cache/entries'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.json'))
      .map((name) => join(root, '.code/cache/entries', name));

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'code-cache-'));
    write('src/a.txt', 'one');
    write('src/lib/b.txt', 'two');
    write('dist/app', 'built');
    cache = valueOf(await openCache(root));
  });

  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  it('restores files with their modes, links, folders and output values', async () => {
    chmodSync(join(root, 'dist/app'), 0o755);
    write('dist/deep/er/.hidden', 'x');
    mkdirSync(join(root, 'dist/empty'));
    symlinkSync('deep/er', join(root, 'dist/link'));
    chmodSync(join(root, 'dist/deep/er/.hidden'), 0o444);
    valueOf(await keep({}, { url: 'http://x', list: [1, null] }));
    rmSync(join(root, 'dist'), { recursive: true });
    const found = await look();
    assert.match(found.reason, /nothing changed since .*2 input files/);
    const restored = valueOf(await cache.restore(found.hit!));
    assert.deepEqual(restored.outputs, { url: 'http://x', list: [1, null] });
    assert.equal(read('dist/app'), 'built');
    assert.equal(statSync(join(root, 'dist/app')).mode & 0o777, 0o755);
    assert.equal(statSync(join(root, 'dist/deep/er/.hidden')).mode & 0o777, 0o444);
    assert.ok(statSync(join(root, 'dist/empty')).isDirectory());
    assert.equal(readlinkSync(join(root, 'dist/link')), 'deep/er');
    assert.equal(read('dist/link/.hidden'), 'x');
  });

  it('leaves files alone that are in place already', async () => {
    valueOf(await keep());
    const before = statSync(join(root, 'dist/app'));
    const restored = valueOf(await cache.restore((await look()).hit!));
    assert.equal(restored.unchanged, 1);
    assert.equal(statSync(join(root, 'dist/app')).ino, before.ino);
  });

  it('says which part changed when it misses', async () => {
    assert.equal((await look()).reason, 'no earlier success is stored');
    valueOf(await keep());
    assert.match((await look({ taskHash: 'h2' })).reason, /the task itself changed/);
    assert.match((await look({ tool: 'make 4.4' })).reason, /the tool changed \(make 4\.3 → make 4\.4\)/);
    assert.match(
      (await look({ upstream: { 'setup.version': '2' } })).reason,
      /upstream output changed: setup\.version/,
    );
    write('src/a.txt', 'eno');
    write('src/new.txt', '');
    rmSync(join(root, 'src/lib/b.txt'));
    assert.equal(
      (await look()).reason,
      'input changed: src/a.txt; input added: src/new.txt; input removed: src/lib/b.txt',
    );
    assert.equal((await look({ task: 'other' })).reason, 'no earlier success is stored');
  });

  it('notices a change of content that keeps size and modification time', async () => {
    const old = new Date('2020-01-01');
    utimesSync(join(root, 'src/a.txt'), old, old);
    valueOf(await keep());
    write('src/a.txt', 'eno');
    utimesSync(join(root, 'src/a.txt'), old, old);
    assert.equal((await look()).hit, undefined);
  });

  it('notices that an input became executable, and where a link points', async () => {
    symlinkSync('a.txt', join(root, 'src/link'));
    valueOf(await keep());
    chmodSync(join(root, 'src/a.txt'), 0o755);
    assert.match((await look()).reason, /input changed: src\/a\.txt/);
    chmodSync(join(root, 'src/a.txt'), 0o644);
    assert.ok((await look()).hit);
    rmSync(join(root, 'src/link'));
    symlinkSync('lib/b.txt', join(root, 'src/link'));
    assert.equal((await look()).reason, 'input changed: src/link');
  });

  it('does not read a settled file twice', async () => {
    // A time stamp in the past alone is not enough: the change time is the system's own, so the clock must move on.
    const settled = Date.now() + 2100;
    while (Date.now() < settled) await new Promise((resolve) => setTimeout(resolve, 50));
    await look();
    const known = JSON.parse(read('.code/cache/index.json')) as { files: Record<string, string[]> };
    assert.deepEqual(Object.keys(known.files).sort(), ['src/a.txt', 'src/lib/b.txt']);
    const file = join(root, '.code/cache/index.json');
    known.files['src/a.txt']![4] = 'f'.repeat(64);
    writeFileSync(file, JSON.stringify(known));
    cache = valueOf(await openCache(root));
    assert.equal((await look()).components.inputs['src/a.txt'], 'f'.repeat(64));
  });

  it('keeps nothing when inputs changed meanwhile, an output is missing, or a value is secret', async () => {
    const found = await look();
    write('src/a.txt', 'changed while it ran');
    const success = { outputs: {}, durationMs: 1, holdsSecret: (text: string) => text.includes('s3cr3t') };
    const changed = await cache.save(subject(), found, success);
    assert.match(changed.ok ? '' : changed.failure.message, /inputs changed while it ran/);
    const missing = await keep({ policy: { inputs: [], outputs: ['dist', 'nothing/**'] } });
    assert.match(missing.ok ? '' : missing.failure.message, /nothing matches its output nothing/);
    const secret = await keep({}, { token: 'a s3cr3t' });
    assert.match(secret.ok ? '' : secret.failure.message, /secret/);
    assert.deepEqual(entries(), []);
  });

  for (const glob of ['../x', '/etc/*', 'a/../../b', '{a,..}/x', 'C:/x', '..']) {
    it(`refuses the output ${glob}`, async () => {
      const found = await cache.lookup(subject({ policy: { inputs: [], outputs: [glob] } }));
      assert.match(found.ok ? '' : found.failure.message, /outside the workspace/);
    });
  }

  for (const [what, target] of [
    ['an absolute link', '/etc/passwd'],
    ['a link that climbs out', '../../outside'],
  ] as const) {
    it(`does not keep ${what}`, async () => {
      symlinkSync(target, join(root, 'dist/bad'));
      const kept = await keep();
      assert.match(kept.ok ? '' : kept.failure.message, /link to outside/);
    });
  }

  for (const path of [
    '../evil',
    '/tmp/evil',
    'dist/../../evil',
    '.git/hooks/pre-commit',
    '.GIT/config',
    '.code/secrets.env',
    'a\\..\\b',
    'C:evil',
    'a\0b',
    '',
    './x',
    'a//b',
  ]) {
    it(`does not restore to ${JSON.stringify(path)} from an entry that was tampered with`, async () => {
      valueOf(await keep());
      const [file] = entries();
      const entry = JSON.parse(readFileSync(file!, 'utf8')) as { files: { path: string; kind: string }[] };
      for (const each of entry.files) if (each.kind === 'file') each.path = path;
      writeFileSync(file!, JSON.stringify(entry));
      const restored = await cache.restore((await look()).hit!);
      assert.equal(restored.ok ? '' : restored.failure.kind, 'denied');
    });
  }

  it('does not write through a folder that became a link', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'code-outside-'));
    try {
      valueOf(await keep());
      rmSync(join(root, 'dist'), { recursive: true });
      symlinkSync(outside, join(root, 'dist'));
      const restored = await cache.restore((await look()).hit!);
      assert.equal(restored.ok ? '' : restored.failure.kind, 'denied');
      assert.deepEqual(readdirSync(outside), []);
    } finally {
      rmSync(outside, { recursive: true });
    }
  });

  it('replaces a link at the place of a file instead of writing through it', async () => {
    valueOf(await keep());
    write('precious', 'mine');
    rmSync(join(root, 'dist/app'));
    symlinkSync('../precious', join(root, 'dist/app'));
    valueOf(await cache.restore((await look()).hit!));
    assert.equal(read('precious'), 'mine');
    assert.ok(lstatSync(join(root, 'dist/app')).isFile());
  });

  it('refuses a .code that is a link', async () => {
    const other = mkdtempSync(join(tmpdir(), 'code-other-'));
    symlinkSync(other, join(root, 'sub'));
    mkdirSync(join(root, 'ws'));
    symlinkSync(other, join(root, 'ws/.code'));
    const opened = await openCache(join(root, 'ws'));
    assert.equal(opened.ok ? '' : opened.failure.kind, 'denied');
    rmSync(other, { recursive: true });
  });

  it('changes nothing when a stored content is damaged or gone, and stores it anew', async () => {
    write('dist/other', 'second');
    valueOf(await keep());
    for (const damage of ['torn', undefined]) {
      const [object] = objects();
      const path = join(root, '.code/cache/objects', object!);
      if (damage === undefined) rmSync(path);
      else writeFileSync(path, damage);
      rmSync(join(root, 'dist'), { recursive: true });
      const restored = await cache.restore((await look()).hit!);
      assert.equal(restored.ok, false);
      assert.equal(existsSync(join(root, 'dist/app')) || existsSync(join(root, 'dist/other')), false);
      assert.deepEqual(readdirSync(join(root, '.code/cache/tmp')), []);
      write('dist/app', 'built');
      write('dist/other', 'second');
      valueOf(await keep());
      valueOf(await cache.restore((await look()).hit!));
    }
  });

  it('does not take a torn entry for one', async () => {
    valueOf(await keep());
    const [file] = entries();
    writeFileSync(file!, readFileSync(file!, 'utf8').slice(0, -20));
    const found = await look();
    assert.equal(found.hit, undefined);
  });

  it('forgets what was not used for the longest time when it grows too large, and sweeps what no entry names', async () => {
    for (const [index, hash] of ['h1', 'h2', 'h3'].entries()) {
      write('dist/app', hash.repeat(500));
      valueOf(await keep({ taskHash: hash }));
      const used = new Date(Date.now() - (10 - index) * 60_000);
      for (const file of entries())
        if (readFileSync(file, 'utf8').includes((await look({ taskHash: hash })).key)) utimesSync(file, used, used);
    }
    assert.ok((await look({ taskHash: 'h1' })).hit); // being used makes it the youngest
    const later = (): number => Date.now() + 2 * 3_600_000;
    const pruned = valueOf(pruneCache(root, { maxBytes: 2500, now: later }));
    assert.deepEqual(pruned, { entries: 1, objects: 1, bytes: 2000 });
    assert.ok((await look({ taskHash: 'h1' })).hit);
    assert.equal((await look({ taskHash: 'h2' })).hit, undefined);
    assert.deepEqual(valueOf(pruneCache(root, { maxBytes: 0, now: Date.now })), { entries: 2, objects: 0, bytes: 0 });
    assert.equal(objects().length, 2); // young enough to belong to an entry that is being written
  });

  it('makes room with the first success that it keeps', async () => {
    write('dist/app', 'x'.repeat(3000));
    valueOf(await keep({ taskHash: 'old' }));
    cache = valueOf(await openCache(root, { maxBytes: 4000 }));
    write('dist/app', 'y'.repeat(3000));
    valueOf(await keep({ taskHash: 'new' }));
    assert.ok((await look({ taskHash: 'new' })).hit);
    assert.equal((await look({ taskHash: 'old' })).hit, undefined);
  });

  describe('with other processes', function () {
    this.timeout(60_000);
    let scripts: string;
    let script: string;

    before(() => {
      scripts = mkdtempSync(join(tmpdir(), 'code-cache-'));
      script = join(scripts, 'writer.mjs');
      esbuild.buildSync({
        entryPoints: [join(import.meta.dirname, 'fixtures/cache-writer.ts')],
        outfile: script,
        bundle: true,
        platform: 'node',
        format: 'esm',
        logLevel: 'error',
        banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
      });
    });

    after(() => {
      rmSync(scripts, { recursive: true, force: true });
    });

    async function checkAll(task: string, size: number): Promise<number> {
      let hits = 0;
      for (let turn = 0; turn < 5; turn++) {
        const policy = { inputs: ['in.txt'], outputs: [`out-${task}/**`] };
        const found = valueOf(
          await cache.lookup({ workflow: '/w', task, policy, taskHash: String(turn), tool: '', upstream: {} }),
        );
        if (found.hit === undefined) continue;
        hits += 1;
        rmSync(join(root, `out-${task}`), { recursive: true });
        const restored = valueOf(await cache.restore(found.hit));
        assert.deepEqual(restored.outputs, { turn });
        for (const name of ['a', 'b', 'c'])
          assert.equal(read(`out-${task}/${name}`), `${name}${String(turn)}`.repeat(size));
      }
      return hits;
    }

    it('shows only whole results after a writer was killed at any moment', async () => {
      const size = 200_000;
      mkdirSync(join(root, 'out-x'));
      write('in.txt', 'in');
      let hits = 0;
      for (const delay of [0, 5, 15, 30, 60, 120]) {
        const child = spawn(process.execPath, [script, root, 'x', '1000', String(size)], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        await once(child.stdout, 'data');
        const ended = once(child, 'exit');
        // Some die while they start or write their first, some later, at no particular moment of a write.
        if (delay > 0) while (!String((await once(child.stdout, 'data'))[0]).includes('saved'));
        setTimeout(() => child.kill('SIGKILL'), delay);
        await ended;
        hits = await checkAll('x', size);
        mkdirSync(join(root, 'out-x'), { recursive: true });
      }
      assert.ok(hits > 0, 'no writer lived long enough to keep anything');
    });

    it('lets two processes write the same and different results at once', async () => {
      write('in.txt', 'in');
      for (const task of ['p', 'q']) mkdirSync(join(root, `out-${task}`));
      const codes = await Promise.all(
        ['p', 'q'].map(async (task) => {
          const child = spawn(process.execPath, [script, root, task, '20', '50'], {
            stdio: ['ignore', 'pipe', 'inherit'],
          });
          child.stdout.resume();
          const [code] = (await once(child, 'exit')) as [number];
          return code;
        }),
      );
      assert.deepEqual(codes, [0, 0]);
      assert.equal(await checkAll('p', 50), 5);
      assert.equal(await checkAll('q', 50), 5);
      assert.deepEqual(readdirSync(join(root, '.code/cache/tmp')), []);
    });
  });
});
