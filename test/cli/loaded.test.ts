/** What a start costs, counted and not timed: how much code is loaded for it, and which libraries are not. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { engine, Workspace } from './built.ts';

const PLAIN = `name: plain
inputs:
  replicas: { type: number, default: 2 }
parallel_deployment:
  build:
    - task: compile
      type: shell
      timeout: 30s
      with:
        run: |
          # all of it
          make
    - task: check
      type: shell
      depends_on: [compile]
      with: { run: 'make check' }
  deliver:
    - { task: deliver, type: shell, with: { run: 'make install' } }
`;
/** Words that only the library itself holds. */
const YAML = 'Nested mappings are not allowed in compact mappings';
const EXPRESSIONS = 'no_matching_overload';
const SCHEMAS = 'ZodError';

interface Loaded {
  readonly files: readonly string[];
  readonly text: string;
}

/** Our own files that a command loads, as the runtime's coverage tells. */
function loadedBy(workspace: Workspace, ...args: readonly string[]): Loaded {
  const coverage = mkdtempSync(path.join(tmpdir(), 'code-loaded-'));
  try {
    const ended = spawnSync(process.execPath, [engine, ...args], {
      cwd: workspace.folder,
      env: { ...workspace.environment(), NODE_V8_COVERAGE: coverage },
      encoding: 'utf8',
    });
    assert.equal(ended.status, 0, ended.stderr);
    const [report = ''] = readdirSync(coverage);
    const { result } = JSON.parse(readFileSync(path.join(coverage, report), 'utf8')) as { result: { url: string }[] };
    const files = result.filter(({ url }) => url.startsWith('file:')).map(({ url }) => fileURLToPath(url));
    return { files, text: files.map((file) => readFileSync(file, 'utf8')).join('\n') };
  } finally {
    rmSync(coverage, { recursive: true, force: true });
  }
}

function atMost({ files, text }: Loaded, most: { readonly kilobytes: number; readonly files: number }): void {
  const told = `${files.length} files, ${Math.round(text.length / 1000)} kB: ${files.map((file) => path.basename(file)).join(', ')}`;
  assert.ok(text.length <= most.kilobytes * 1000 && files.length <= most.files, told);
}

describe('what a command loads', function () {
  this.timeout(60_000);
  let workspace: Workspace;
  beforeEach(() => {
    workspace = new Workspace();
    workspace.file('plain.code.yaml', PLAIN);
  });
  afterEach(() => workspace.close());

  it('is little for the help', () => atMost(loadedBy(workspace, '--help'), { kilobytes: 70, files: 10 }));

  it('is the language and the catalogue for a plain file, and no library of YAML, expressions or schemas', () => {
    const loaded = loadedBy(workspace, 'validate', 'plain.code.yaml');
    for (const word of [YAML, EXPRESSIONS, SCHEMAS]) assert.ok(!loaded.text.includes(word), `${word} was loaded`);
    atMost(loaded, { kilobytes: 320, files: 20 });
  });

  it('is the library that a text needs, and that alone', () => {
    workspace.file('folded.code.yaml', PLAIN.replace('run: |', 'run: >'));
    workspace.file('asks.code.yaml', PLAIN.replace('make check', 'make check R=${{ inputs.replicas }}'));
    const folded = loadedBy(workspace, 'validate', 'folded.code.yaml').text;
    assert.deepEqual([folded.includes(YAML), folded.includes(EXPRESSIONS)], [true, false]);
    const asks = loadedBy(workspace, 'validate', 'asks.code.yaml').text;
    assert.deepEqual([asks.includes(YAML), asks.includes(EXPRESSIONS)], [false, true]);
  });
});
