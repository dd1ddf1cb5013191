import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { LogFiles, gapOf } from '../../src/cli/logs.ts';
import { readLogPage } from '../../src/cli/relay/log-page.ts';
import { parseLogLimit, parseSize } from '../../src/core/size.ts';
import { host } from '../../src/platform/host.ts';
import { partsBeside } from '../../src/run/log-gap.ts';
import { logFile } from '../../src/run/layout.ts';
import { layoutOf } from '../../src/engine/place.ts';
import { CLI, cleanUp, eventOf, planFrom, runToEnd, workspace } from './plans.ts';

const MIB = 1024 * 1024;
const LINES = 600_000; // of 100 bytes each: 60 MB

/** Numbered lines of 100 bytes, with a word at the end. */
const flood = (extra = '', limit = 'log_limit: 8MiB'): string => `${extra}defaults: { ${limit} }
parallel_deployment:
  a:
    - task: flood
      type: shell
      with:
        run: |
          awk 'BEGIN { for (i = 1; i <= ${LINES}; i++) printf "%099d\\n", i }'
          echo the-very-end
`;

const lineOf = (n: number): string => String(n).padStart(99, '0');

/** What a person reads: the log without what was left out. */
function readOf(root: string, runId: string, stream: 'stdout' | 'stderr' = 'stdout'): string {
  const files = new LogFiles(layoutOf(root, runId));
  const place = { task: 'flood', attempt: 1, stream } as const;
  const parts = [...files.pieces(place, 0, files.size(place))].map(({ bytes }) => bytes);
  files.close();
  return Buffer.concat(parts).toString();
}

/** A folder with the programs that a shell task of ours needs, and no `fallocate`. */
function pathWithout(): string {
  const bin = join(workspace(), 'bin');
  mkdirSync(bin);
  for (const program of ['bash', 'sh', 'awk', 'mawk', 'gawk', 'echo', 'sleep']) {
    const found = spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).stdout.trim();
    if (found.startsWith('/')) symlinkSync(found, join(bin, program));
  }
  return bin;
}

describe('a log with a limit', function () {
  this.timeout(60_000);
  before(function () {
    if (host().os === 'windows') this.skip();
  });
  after(cleanUp);

  function checkKept(root: string, runId: string): void {
    const path = logFile(layoutOf(root, runId), 'flood', 1, 'stdout');
    const { blocks } = statSync(path);
    assert(blocks * 512 < 20 * MIB, `it takes ${blocks * 512} bytes on the disk`);
    const gap = gapOf(path);
    assert(gap !== undefined);
    const text = readOf(root, runId);
    assert(!text.includes('\0'), 'nothing of the hole is read');
    const lines = text.split('\n');
    const notice = lines.findIndex((line) => line.includes('left out here'));
    assert(notice > 0);
    assert.match(lines[notice] ?? '', /^\[code-engine: \d+ bytes are left out here; the limit of this log is 8 MiB\]/);
    assert.equal(/\d+/.exec(lines[notice] ?? '')?.[0], String(gap.to - gap.from + 128));
    assert.equal(lines[0], lineOf(1));
    assert.equal(lines[notice - 2], lineOf(notice - 1), 'the beginning is whole, to its last line');
    assert.deepEqual(lines.slice(-3), [lineOf(LINES), 'the-very-end', '']);
    const behind = lines.slice(notice + 2, -2);
    assert(behind.length * 100 > MIB / 2, 'the end is more than a few lines');
  }

  it('keeps its beginning and its end, says in words what is missing, and takes no more of the disk', async () => {
    const { root, events } = await runToEnd(flood());
    const { runId } = events[0]!;
    checkKept(root, runId);
    const lines = readOf(root, runId).split('\n');
    const behind = lines.slice(lines.findIndex((line) => line.includes('left out here')) + 2, -2);
    for (const [at, line] of behind.entries()) assert.equal(line, lineOf(LINES - behind.length + 1 + at));
    const warning = eventOf(events, 'run.warning', 'flood');
    assert.match(warning.message, /log of flood has reached its limit of 8 MiB/);
    const told = events.reduce((sum, event) => sum + (event.type === 'task.output' ? event.length : 0), 0);
    assert.equal(told, LINES * 100 + 'the-very-end\n'.length, 'every byte is accounted for');
  });

  it('is kept as well where there is no fallocate and where all output is masked', async () => {
    const without = await runToEnd(flood(), {}, { PATH: pathWithout() });
    assert.equal(eventOf(without.events, 'run.finished').status, 'succeeded', JSON.stringify(without.events.slice(-3)));
    checkKept(without.root, without.events[0]!.runId);
    const masked = await runToEnd(flood('secrets: [DB_PASSWORD]\n'), {}, { DB_PASSWORD: 'correct horse' });
    checkKept(masked.root, masked.events[0]!.runId);
  });

  it('of a task that floods it without end takes nothing from the others, and little of the disk', async () => {
    const chain = Array.from(
      { length: 20 },
      (_, i) =>
        `    - { task: t${i}, type: shell, ${i === 0 ? '' : `depends_on: [t${i - 1}], `}with: { run: "echo ${i}" } }`,
    );
    const { root, events } = await runToEnd(`defaults: { log_limit: 8MiB }
parallel_deployment:
  a:
    - { task: flood, type: shell, with: { run: "until test -f stop; do yes | head -c 10000000; done" } }
${chain.join('\n')}
    - { task: last, type: shell, depends_on: [t19], with: { run: "touch stop" } }
`);
    const ended = events.flatMap((event) => (event.type === 'task.finished' ? [event.task] : []));
    assert.equal(ended.at(-1), 'flood', 'all others had ended before');
    assert.equal(ended.length, 22);
    const { blocks, size } = statSync(logFile(layoutOf(root, events[0]!.runId), 'flood', 1, 'stdout'));
    assert(size < 16 * MIB || blocks * 512 < size / 2 + 16 * MIB, `${blocks * 512} of ${size} bytes`);
  });

  it('is read page by page without the hole, from any place', async () => {
    const { root, events } = await runToEnd(flood());
    const path = logFile(layoutOf(root, events[0]!.runId), 'flood', 1, 'stdout');
    const gap = gapOf(path)!;
    const inside = readLogPage(path, gap.from + 10, 65_536);
    assert(inside.ok);
    assert.deepEqual([inside.value.text, inside.value.bytes], ['', 65_536]);
    const before = readLogPage(path, gap.from - 1000, 65_536);
    assert(before.ok);
    assert.equal(before.value.offset + before.value.bytes, gap.from);
    assert.match(before.value.text, /left out here/);
    const behind = readLogPage(path, gap.to, 200);
    assert(behind.ok);
    assert.match(behind.value.text, /^\d{99}\n/);
  });

  it('is shown by runs logs, in words, and a limit of the command line wins over the file', async () => {
    const root = workspace();
    await planFrom(root, flood('', 'log_limit: none')); // writes the file
    const run = (...args: string[]) =>
      spawnSync(process.execPath, [CLI, ...args], { cwd: root, encoding: 'utf8', maxBuffer: 128 * MIB });
    const ended = run('run', 'test.code.yaml', '--log-limit', '8MiB');
    assert.equal(ended.status, 0, ended.stderr);
    assert.match(ended.stdout, /has reached its limit of 8 MiB/);
    const { stdout } = run('runs', 'logs');
    assert(stdout.length < 20 * MIB);
    assert(!stdout.includes('\0'));
    assert.match(stdout, /\[code-engine: \d+ bytes are left out here/);
    assert(stdout.endsWith('the-very-end\n'));
    assert.equal(run('run', 'test.code.yaml', '--log-limit', '1kB').status, 2);
    assert.equal(run('run', 'test.code.yaml', '--quiet').status, 0);
    assert.equal(run('runs', 'logs').stdout.length, LINES * 100 + 'the-very-end\n'.length, 'none is none');
  });

  it('leaves out the same however it is asked for', () => {
    const whole = fc.nat(1000);
    fc.assert(
      fc.property(whole, whole, whole, whole, (from, more, offset, length) => {
        const gap = { from, to: from + more };
        const bytes = partsBeside(gap, offset, length).flatMap((part) =>
          Array.from({ length: part.length }, (_, i) => part.offset + i),
        );
        const wanted = Array.from({ length }, (_, i) => offset + i).filter((at) => at < gap.from || at >= gap.to);
        assert.deepEqual(bytes, wanted);
      }),
    );
  });

  it('is written with a unit', () => {
    assert.deepEqual(
      ['64MB', '2 GiB', '1.5kB', '7B'].map((text) => (parseSize(text) as { value: number }).value),
      [64_000_000, 2 * 1024 ** 3, 1500, 7],
    );
    for (const text of ['', '64', 'MB', '-1MB', '1 parsec', '99999999TB']) assert(!parseSize(text).ok, text);
    assert.deepEqual(parseLogLimit('none'), { ok: true, value: 0 });
    assert(!parseLogLimit('1MiB').ok);
  });
});
