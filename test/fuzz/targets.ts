/** What is fuzzed: each takes bytes of any content and must never throw; what must hold beside that is asserted. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, resolve } from 'node:path';
import { crc32 } from 'node:zlib';
import { convertPath, looksLikeWindowsPath, type PathContext } from '../../src/core/paths.ts';
import * as expressions from '../../src/core/expressions.ts';
import { parseDuration } from '../../src/core/duration.ts';
import { parseLogLimit } from '../../src/core/size.ts';
import { conditionOf, templateParts } from '../../src/core/template.ts';
import { globThatLeaves, isInside, linkStaysInside } from '../../src/engine/cache-paths.ts';
import { parseDotenv } from '../../src/engine/dotenv.ts';
import { parseOutputs } from '../../src/engine/outputs.ts';
import { WorkflowDocument } from '../../src/language/document.ts';
import * as yaml from '../../src/language/yaml-tree.ts';
import { decodeWslText, parseDistroList, parseQuietList, parseVersions } from '../../src/platform/wsl-output.ts';
import { explainTrouble, troubleIn } from '../../src/platform/wsl-trouble.ts';
import { decodeJournal, encodeLine } from '../../src/run/journal-format.ts';
import { slug } from '../../src/run/layout.ts';
import { readGap } from '../../src/run/log-gap.ts';
import { interrupted, RunFold } from '../../src/run/reduce.ts';
import { catalogue } from '../../src/tasks/catalogue.ts';
import { EXPRESSION_WORDS, PATH_WORDS, JOURNAL_WORDS, WSL_WORDS, SMALL_WORDS, YAML_WORDS } from './words.ts';

export interface Target {
  readonly name: string;
  seeds(): Buffer[];
  readonly words: readonly string[];
  run(bytes: Buffer): void;
}

const root = resolve(import.meta.dirname, '..');

/** All files under a folder whose name ends so. */
function files(folder: string, ending: string): Buffer[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => readFileSync(join(root, folder, name)));
}

const texts = (...all: readonly string[]): Buffer[] => all.map((text) => Buffer.from(text));

const parser: Target = {
  name: 'parser',
  words: YAML_WORDS,
  seeds: () => [...files('language/corpus', '.yaml'), ...files('../examples', '.yaml')].filter((b) => b.length < 6000),
  run(bytes) {
    const text = bytes.toString('utf8');
    const document = new WorkflowDocument(text, { path: 'a.code.yaml', catalogue }, { expressions, yaml });
    const lines = text.replace(/^\uFEFF/, '').split('\n');
    for (const { code, range } of document.diagnostics) {
      assert.match(code, /^CODE\d{3}$/);
      for (const place of [range.start, range.end]) {
        assert(place.line >= 0 && place.line < lines.length, `${code} stands in line ${place.line} of ${lines.length}`);
        assert(place.character >= 0 && place.character <= (lines[place.line] ?? '').length, `${code} beyond its line`);
      }
    }
    assert.equal(
      document.workflow === undefined && document.diagnostics.length === 0,
      false,
      'neither read nor refused',
    );
  },
};

const VALUES: expressions.ExpressionContext = {
  inputs: { n: 2, name: 'x', list: [1, 'two', null], map: { a: true } },
  env: { HOME: '/root' },
  secrets: { S: 'value' },
  tasks: { a: { status: 'succeeded', outputs: { url: 'http://x/', n: '3' } } },
  target: { os: 'linux', wsl: false, distro: '' },
};

const expression: Target = {
  name: 'expressions',
  words: EXPRESSION_WORDS,
  seeds: () =>
    texts(
      "${{ inputs.n > 1 && target.os == 'linux' }}",
      'a ${{ tasks.a.outputs.url + "/x" }} b ${{ inputs.list[1] }}',
      "${{ inputs.name.startsWith('x') ? env.HOME : secrets.S }}",
      "inputs.list.exists(i, i == 'two') || failure()",
      "${{ matches(inputs.name, '^[a-z]+$') }}",
      "${{ {'a': [1, 2.5, true]}.a.map(x, x)[0] }}",
      'when: size(inputs.map) == 1',
    ),
  run(bytes) {
    const text = bytes.toString('utf8');
    const parts = templateParts(text);
    const known = parts.every((part) => part.kind !== 'text' || text.includes(part.text));
    assert(known, 'a part of a template stands in it');
    conditionOf(text);
    for (const problem of [expressions.checkExpression(text)]) {
      if (problem !== undefined) assert(problem.start >= 0 && problem.end >= problem.start && problem.message !== '');
    }
    expressions.referencesOf(text);
    const rendered = expressions.renderTemplate(text, VALUES);
    if (rendered.ok) JSON.stringify(rendered.value);
    const decided = expressions.evaluateCondition(text, VALUES);
    if (decided.ok) assert.equal(typeof decided.value, 'boolean');
  },
};

const PLACES: PathContext = {
  distro: 'Ubuntu',
  cwd: '/home/u/w',
  mounts: [
    { source: '', mountPoint: '/' },
    { source: 'C:\\', mountPoint: '/mnt/c' },
    { source: 'D:\\data', mountPoint: '/mnt/d' },
    { source: '\\\\srv\\share', mountPoint: '/mnt/share' },
  ],
};

const paths: Target = {
  name: 'paths',
  words: PATH_WORDS,
  seeds: () =>
    texts(
      'C:\\Users\\name\\file.txt',
      '\\\\wsl.localhost\\Ubuntu\\home\\u',
      '/mnt/c/Users/name',
      '\\\\?\\C:\\long',
      'dir/../file',
      'out/**/*.js',
      '\\\\srv\\share\\x',
      'deploy[region=eu,tier=web]',
      'a\nb\n../c',
    ),
  run(bytes) {
    const text = bytes.toString('utf8');
    looksLikeWindowsPath(text);
    for (const to of ['wsl', 'windows'] as const) {
      const converted = convertPath(text, to, PLACES);
      if (!converted.ok) {
        assert(converted.failure.message !== '');
        continue;
      }
      assert(!converted.value.includes('\0'));
      assert(to === 'windows' || converted.value.startsWith('/'), converted.value);
    }
    const name = slug(text);
    assert(text === '' || (/^[A-Za-z0-9_%~-]+$/.test(name) && name.length <= 120), name);
    if (isInside(text))
      assert(posix.join('/w', text).startsWith('/w/') && !/^\/w\/\.(code|git)(\/|$)/i.test(posix.join('/w', text)));
    const [first = '', target = ''] = text.split('\n');
    if (isInside(first) && linkStaysInside(first, target))
      assert(`${posix.resolve('/w', posix.dirname(first), target)}/`.startsWith('/w/'), `${first} -> ${target}`);
    const globs = text.split('\n');
    if (globThatLeaves(globs) === undefined)
      for (const glob of globs) assert(!posix.normalize(glob.replace(/^!/, '')).startsWith('../'), glob);
  },
};

function journalSeeds(): Buffer[] {
  const envelope = { v: 1, time: '2026-11-29T10:00:00.000Z', runId: '20261129-100000-abc123' } as const;
  const task = (name: string, dependsOn: string[] = []) => ({
    task: name,
    name,
    type: 'shell',
    stage: 'a',
    dependsOn,
    line: 1,
    hash: name,
  });
  const plan = {
    hash: 'h',
    workflow: 'w',
    file: '/w/w.yaml',
    root: '/w',
    schedule: 'stages',
    limits: { io: 10, cpu: 4 },
  } as const;
  const bodies = [
    {
      type: 'run.started',
      plan: { ...plan, stages: ['a'], tasks: [task('x'), task('y', ['x'])] },
      supervisor: { pid: 1, startTime: '1', bootId: 'b' },
      engine: '0.1.0',
    },
    { type: 'tasks.admitted', tasks: ['x'] },
    { type: 'task.started', task: 'x', attempt: 1 },
    { type: 'task.output', task: 'x', attempt: 1, stream: 'stdout', offset: 0, length: 3 },
    { type: 'task.retrying', task: 'x', attempt: 1, status: 'failed', durationMs: 3, delayMs: 1 },
    { type: 'task.started', task: 'x', attempt: 2 },
    { type: 'task.finished', task: 'x', attempt: 2, status: 'succeeded', durationMs: 5, outputs: {} },
    { type: 'run.finished', status: 'succeeded', durationMs: 9, criticalPathMs: 5, serialMs: 5 },
  ];
  const lines = bodies.map((body, i) =>
    encodeLine({ ...envelope, seq: i + 1, ...body } as Parameters<typeof encodeLine>[0]),
  );
  return texts(lines.join(''), lines.slice(0, 3).join(''), lines.join('').slice(0, -20));
}

/** Every line with the checksum that belongs to it, so that harm to what it says is read at all. */
function checksummed(bytes: Buffer): Buffer {
  const lines = bytes.toString('latin1').split('\n');
  return Buffer.from(
    lines
      .map((line, i) => {
        const json = Buffer.from(line.slice(9), 'latin1');
        return i === lines.length - 1 || line.length < 11
          ? line
          : `${crc32(json).toString(16).padStart(8, '0')} ${line.slice(9)}`;
      })
      .join('\n'),
    'latin1',
  );
}

const journal: Target = {
  name: 'journal',
  words: JOURNAL_WORDS,
  seeds: journalSeeds,
  run(given) {
    for (const bytes of [given, checksummed(given)]) {
      const { events, goodBytes, tornBytes, damaged } = decodeJournal(bytes);
      assert.equal(goodBytes + tornBytes, bytes.length);
      assert.deepEqual(decodeJournal(bytes.subarray(0, goodBytes)).events.length, events.length);
      assert(damaged.every((line) => line > 0));
      const fold = new RunFold();
      for (const event of events) fold.apply(event);
      JSON.stringify(interrupted(fold.state));
    }
  },
};

const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');

const wsl: Target = {
  name: 'wsl-output',
  words: WSL_WORDS,
  seeds: () => {
    const list =
      '  NAME            STATE           VERSION\r\n* Ubuntu-24.04    Running         2\r\n  Debian          Stopped         1\r\n';
    const versions = 'WSL version: 2.4.13.0\r\nKernel version: 5.15.167.4-1\r\nWindows version: 10.0.26100.3476\r\n';
    const trouble =
      'The virtual machine could not be started.\r\nError code: Wsl/Service/CreateInstance/CreateVm/HCS/0x80370102\r\n';
    const all = [list, versions, trouble, 'Ubuntu\r\nDebian\r\n', 'WSL 版本： 2.1.5.0\n内核版本： 5.15.146.1-2\n'];
    return all.flatMap((text) => [Buffer.from(text), utf16(text)]);
  },
  run(bytes) {
    const text = decodeWslText(bytes);
    for (const distro of [...parseDistroList(text), ...parseQuietList(text)]) {
      assert(distro.name !== '' && distro.name === distro.name.trim());
      assert(Number.isInteger(distro.version));
    }
    const versions = parseVersions(text);
    if (versions !== undefined) assert.match(versions.wsl, /^\d/);
    const trouble = troubleIn(text, 'Ubuntu');
    if (trouble !== undefined) assert(explainTrouble(trouble).message !== '');
  },
};

const small: Target = {
  name: 'small-files',
  words: SMALL_WORDS,
  seeds: () =>
    texts('a=1\nb<<END\nx\nEND\n', 'export A="b\\n"\nB=\'c\'\n# no\n', '1h30m', '64MiB', '{"v":1,"from":1,"to":2}'),
  run(bytes) {
    const text = bytes.toString('utf8');
    for (const [name, value] of Object.entries(parseOutputs(text))) assert(name !== '' && typeof value === 'string');
    const read = parseDotenv(text, '.env');
    if (!read.ok) assert(read.failure.message !== '');
    const duration = parseDuration(text);
    if (duration.ok) assert(Number.isInteger(duration.value.ms) && duration.value.ms >= 0);
    const limit = parseLogLimit(text);
    if (limit.ok) assert(Number.isSafeInteger(limit.value));
    const gap = readGap(text);
    if (gap !== undefined) assert(gap.from <= gap.to);
  },
};

export const targets: readonly Target[] = [parser, expression, paths, journal, wsl, small];
