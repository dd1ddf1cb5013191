import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ToolRequirement } from '../../src/core/catalogue.ts';
import { remembered } from '../../src/platform/remembered.ts';
import { findTool, findTools, toolVersions, versionIn, which } from '../../src/platform/tools.ts';

const tool = (more: Partial<ToolRequirement>): ToolRequirement => ({
  anyOf: ['wrench'],
  probe: ['--version'],
  licence: 'MIT',
  install: { any: 'Get it from the shed.' },
  ...more,
});

describe('looking for tools', () => {
  let folder: string;
  const env = (): NodeJS.ProcessEnv => ({ PATH: `${folder}/bin:/usr/bin:/bin` });
  const put = (name: string, script: string): string => {
    const file = path.join(folder, 'bin', name);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
    return file;
  };

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'code-tools-'));
    mkdirSync(path.join(folder, 'bin'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('finds a program and its version', async () => {
    const file = put('wrench', 'echo "wrench v2.4.1 (steel)"');
    assert.deepEqual(await findTool(tool({ version: '>=2' }), { env: env() }), {
      status: 'ok',
      program: 'wrench',
      path: file,
      version: '2.4.1',
    });
  });

  it('says how to get what is missing', async () => {
    assert.deepEqual(await findTool(tool({ anyOf: ['wrench', 'spanner'] }), { env: env() }), {
      status: 'missing',
      wanted: ['wrench', 'spanner'],
      hint: 'Get it from the shed.',
    });
  });

  it('asks a slow program once, and again when its file is another, a day has passed, or it did not answer', async () => {
    const slow = tool({ slow: true });
    const asked = path.join(folder, 'asked');
    const times = (): number => (existsSync(asked) ? readFileSync(asked, 'utf8').length : 0);
    const kept = path.join(folder, 'kept');
    const file = put('wrench', `printf x >> ${asked}; exit 3`);
    assert.equal((await findTool(slow, { env: env(), remembered: kept })).status, 'broken');
    assert.equal(times(), 1);
    put('wrench', `printf x >> ${asked}; echo wrench 2.0.0`);
    const answer = async (now?: number): Promise<string | undefined> =>
      remembered(kept, { file, args: ['--version'], ...(now === undefined ? {} : { now }) }, () =>
        Promise.resolve(execFileSync(file, { encoding: 'utf8' })),
      );
    assert.deepEqual([await answer(), await answer(), times()], ['wrench 2.0.0\n', 'wrench 2.0.0\n', 2]);
    assert.equal((await findTool(slow, { env: env(), remembered: kept })).status, 'ok');
    assert.equal(times(), 2, 'what is kept serves the search, too');
    put('wrench', `printf x >> ${asked}; echo wrench 2.10.0`);
    assert.deepEqual([await answer(), times()], ['wrench 2.10.0\n', 3]);
    assert.deepEqual([await answer(Date.now() + 25 * 60 * 60 * 1000), times()], ['wrench 2.10.0\n', 4]);
  });

  it('takes a slow program that was started and does not answer in time for what it is: there', async () => {
    const file = put('wrench', 'exec sleep 60');
    const search = { env: env(), timeoutMs: 100, remembered: path.join(folder, 'kept') };
    assert.deepEqual(await findTool(tool({ slow: true, version: '>=2' }), search), {
      status: 'ok',
      program: 'wrench',
      path: file,
    });
  });

  it('reads a version from the name of a file that was installed with the program, and starts nothing for it', async () => {
    const asked = path.join(folder, 'asked');
    const file = put('wrench', `touch ${asked}; echo 1.0.0`);
    const written = tool({ version: '>=2', versionFile: { in: ['../lib/py*/site'], name: 'wrench-(.+)\\.info' } });
    const site = (name: string): string => path.join(folder, 'lib', name, 'site');
    mkdirSync(path.join(site('py3.11'), 'wrench-2.4.1.info'), { recursive: true });
    const found = await findTool(written, { env: env() });
    assert.deepEqual(found, { status: 'ok', program: 'wrench', path: file, version: '2.4.1' });
    assert.equal((await findTool({ ...written, version: '>=3' }, { env: env() })).status, 'outdated');
    assert.ok(!existsSync(asked));

    mkdirSync(path.join(site('py3.12'), 'wrench-3.0.0.info'), { recursive: true });
    assert.equal((await findTool(written, { env: env() })).status, 'outdated', 'two files say two things: it is asked');
    assert.ok(existsSync(asked));
    rmSync(site('py3.12'), { recursive: true });
    writeFileSync(put('spanner', ''), '#!/nowhere/python3\n');
    const gone = await findTool({ ...written, anyOf: ['spanner'] }, { env: env() });
    assert.equal(gone.status, 'broken', 'what would run it is gone');
  });

  it('takes the second best program where the best is missing or too old', async () => {
    put('wrench', 'echo 1.0.0');
    const file = put('spanner', 'echo 3.0.0');
    const found = await findTool(tool({ anyOf: ['wrench', 'spanner'], version: '>=2' }), { env: env() });
    assert.deepEqual(found, { status: 'ok', program: 'spanner', path: file, version: '3.0.0' });
  });

  it('asks each program for a version of its own', async () => {
    put('wrench', 'echo 1.0.0');
    put('spanner', 'echo 1.0.0');
    const both = tool({ anyOf: ['wrench', 'spanner'], versions: { wrench: '>=2', spanner: '>=1' } });
    const found = await findTool(both, { env: env() });
    assert.ok(found.status === 'ok' && found.program === 'spanner', JSON.stringify(found));
    const alone = await findTool({ ...both, anyOf: ['wrench'] }, { env: env() });
    assert.ok(alone.status === 'outdated' && alone.hint.startsWith('>=2 is needed.'), JSON.stringify(alone));
  });

  it('tells what is too old, what does not start and what does not answer', async () => {
    put('old', 'echo 1.9');
    put('dead', 'echo "libwood.so: cannot open" >&2; exit 127');
    put('mute', 'exec sleep 30');
    writeFileSync(path.join(folder, 'bin', 'torn'), '\u007fELF');
    chmodSync(path.join(folder, 'bin', 'torn'), 0o755);
    const names = ['old', 'dead', 'mute', 'torn'];
    const found = await findTools(
      names.map((name) => tool({ anyOf: [name], version: '>=2' })),
      { env: env(), timeoutMs: 1500 },
    );
    assert.deepEqual(
      found.map((one) => one.status),
      ['outdated', 'broken', 'broken', 'broken'],
    );
    assert.match(JSON.stringify(found[1]), /cannot open/);
    assert.match(JSON.stringify(found[2]), /did not answer within 1.5 s/);
  });

  it('asks all at once', async () => {
    const names = Array.from({ length: 8 }, (_, i) => `slow${i}`);
    // Each waits for the others: one after the other, none would answer.
    const together = `touch "${folder}/began.$$"; until [ "$(ls "${folder}" | grep -c began)" -ge ${names.length} ]; do sleep 0.05; done; echo 1.0`;
    for (const name of names) put(name, together);
    const found = await findTools(
      names.map((name) => tool({ anyOf: [name] })),
      { env: env(), timeoutMs: 15_000 },
    );
    assert.deepEqual(
      found.map(({ status }) => status),
      names.map(() => 'ok'),
    );
  });

  it('takes no folder and no file without the right to execute for a program', async () => {
    mkdirSync(path.join(folder, 'bin', 'wrench'));
    writeFileSync(path.join(folder, 'bin', 'spanner'), '');
    assert.equal(await which('wrench', env()), undefined);
    assert.equal(await which('spanner', env()), undefined);
  });

  it('reads versions in the shapes that tools print them', () => {
    assert.equal(versionIn('Client: v1.30.2\nKustomize: v5'), '1.30.2');
    assert.equal(versionIn('kind v0.27.0-alpha+1 go1.23'), '0.27.0-alpha+1');
    assert.equal(versionIn('jq-1.7', 'jq-(\\S+)'), '1.7');
    assert.equal(versionIn('no number'), undefined);
  });

  it('gives a text for a cache key that another version changes', async () => {
    put('wrench', 'echo 2.4.1');
    assert.equal(await toolVersions([tool({}), tool({ anyOf: ['spanner'] })], env()), 'wrench 2.4.1, none');
  });
});
