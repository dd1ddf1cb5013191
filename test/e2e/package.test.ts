/** What users install: a really packed VSIX, unpacked where none of our sources and packages can be reached, holds all that its programs open. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { missing } from '../../scripts/testbed/workbench.mjs';

/** Names of files in a program: with an ending that is no method's. */
const NAMED =
  /["'`](?:\.{0,2}\/)*((?:[\w~-]+\/)*[\w~-]+(?:\.[\w~-]+)*\.(?:js|cjs|mjs|json|wasm|gz|node|css|svg|png))["'`]/g;
/** Only scores plans, and is as large as all the rest. */
const LEFT_OUT = ['hcl.wasm.gz'];
const PATH = /^(?:\.\/)?(?:media|walkthroughs|syntaxes|snippets|dist|l10n)(?:\/|$)/;

describe('the package', function () {
  this.timeout(120_000);
  let folder = '';
  const at = (...parts: string[]): string => join(folder, 'extension', ...parts);

  before(function () {
    const why = missing();
    if (why !== undefined || !existsSync('dist/files.json')) {
      console.log(`    skipped: ${why ?? 'no build (npm run build)'}`);
      this.skip();
    }
    folder = mkdtempSync(join(tmpdir(), 'code-package-test-'));
    const vsix = join(folder, 'code.vsix');
    execFileSync(process.execPath, ['scripts/package.mjs', '--no-build', '--out', vsix], { stdio: 'pipe' });
    execFileSync('unzip', ['-q', vsix, '-d', folder]);
  });
  after(() => folder !== '' && rmSync(folder, { recursive: true, force: true }));

  it('holds every file of the build that one of its programs names', () => {
    const programs = readdirSync(at('dist'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.[cm]?js$/.test(name),
    );
    assert.ok(programs.length > 50);
    const lacking = programs.flatMap((program) =>
      [...readFileSync(at('dist', program), 'utf8').matchAll(NAMED)].flatMap(([, name = '']) =>
        ['.', 'chunks', 'webview']
          .map((place) => join(place, name))
          .filter((file) => !LEFT_OUT.includes(basename(file)))
          .filter((file) => existsSync(join('dist', file)) && !existsSync(at('dist', file)))
          .map((file) => `${program} names ${file}`),
      ),
    );
    assert.deepEqual(lacking, []);
  });

  it('holds every file that its manifest names', () => {
    const named: string[] = [];
    const look = (value: unknown): void => {
      if (typeof value === 'string') named.push(...(PATH.test(value) ? [value] : []));
      else if (typeof value === 'object' && value !== null) Object.values(value).forEach(look);
    };
    look(JSON.parse(readFileSync(at('package.json'), 'utf8')));
    assert.ok(named.length > 15);
    assert.deepEqual(
      named.filter((path) => !existsSync(at(path))),
      [],
    );
  });

  it('shows a page for its users, which leads to nothing that is not there', () => {
    const text = readFileSync(at('readme.md'), 'utf8');
    assert.match(text, /Deploy with CODE/);
    assert.doesNotMatch(text, /\]\((?!https:)/);
    assert.doesNotMatch(text, /npm (?:ci|start|test)/);
  });

  const run = (
    ...args: string[]
  ): { readonly status: number | null; readonly stdout: string; readonly stderr: string } =>
    spawnSync(process.execPath, [at('dist', 'cli.js'), ...args], { cwd: folder, encoding: 'utf8' });

  it('is an engine that stands alone', () => {
    const workflow =
      'name: one\nparallel_deployment:\n  only:\n    - { task: say, type: shell, with: { run: "echo said" } }\n';
    writeFileSync(join(folder, 'one.code.yaml'), workflow);
    const ran = run('run', 'one.code.yaml', '--quiet');
    assert.equal(ran.status, 0, ran.stderr);
    const help = run('--help').stdout;
    const commands = [...help.matchAll(/^ {2}([a-z]+)(?: |$)/gm)].map(([, name = '']) => name);
    assert.ok(commands.length > 10, help);
    for (const name of commands) {
      const told = run(name, '--help');
      assert.deepEqual([told.status, told.stderr], [0, ''], name);
    }
  });

  it('says what it cannot do without what is left out', () => {
    const prompt = {
      id: 'one',
      prompt: 'Create an S3 bucket called logs on AWS with OpenTofu.',
      checks: [{ c: 'tofu', type: 'aws_s3_bucket' }],
    };
    writeFileSync(join(folder, 'prompts.json'), JSON.stringify({ prompts: [prompt] }));
    const { status, stderr } = run('plan', 'eval', 'prompts.json');
    assert.notEqual(status, 0);
    assert.match(stderr, /HCL parser is no part of the extension[^]*from a checkout/);
    assert.doesNotMatch(stderr, /at .*:\d+:\d+/);
  });
});
