/** What only Windows has (`npm run test:windows`): process trees without groups, named pipes, long paths, its shells and line ends. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import { ok } from '../../src/core/result.ts';
import { ControlClient } from '../../src/engine/control-client.ts';
import { Control } from '../../src/engine/control.ts';
import { readWorkflow } from '../../src/language/read.ts';
import { makePrivateFolder, writeAtomically } from '../../src/platform/files.ts';
import { host } from '../../src/platform/host.ts';
import { endTree, identityOf, isAlive, membersOf, type Tree } from '../../src/platform/processes.ts';
import { scriptLaunch } from '../../src/platform/script.ts';
import { launch, type Ended } from '../../src/platform/spawn.ts';
import { catalogue } from '../../src/tasks/catalogue.ts';

let folder = '';
const trees: Tree[] = [];

const environment = (): Record<string, string> =>
  Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined));

interface Done {
  readonly ended: Ended;
  readonly out: Buffer;
}

/** Runs a program as a task's: its output in files of its own. */
async function run(program: string, args: readonly string[], stdin?: string): Promise<Done> {
  const files = { stdout: join(folder, 'out'), stderr: join(folder, 'err') };
  const output = { kind: 'files', ...files } as const;
  const more = stdin === undefined ? {} : { stdin };
  const started = launch({ program, args, env: environment(), cwd: folder, output, marker: 'm', ...more });
  return { ended: await started.ended, out: readFileSync(files.stdout) };
}

/** Starts a program that starts another, which starts a third; resolves when all three are there. `leave`: the first one ends then. */
function family(leave: boolean): { tree: Tree; there: Promise<unknown>; ended: Promise<Ended> } {
  const third = `console.log('there'); setInterval(() => undefined, 1000)`;
  const second = `const c = require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(third)}], { stdio: ['ignore', 'pipe', 'ignore'] }); c.stdout.on('data', (d) => process.stdout.write(d))`;
  const first = `const c = require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(second)}], { stdio: ['ignore', 'pipe', 'ignore'], detached: true }); c.stdout.on('data', (d) => { process.stdout.write(d); ${leave ? 'setTimeout(() => process.exit(0), 50)' : ''} })`;
  let arrived = (): void => undefined;
  const there = new Promise<void>((resolve) => (arrived = resolve));
  const onChunk = (_stream: string, chunk: Buffer): void => {
    if (chunk.toString().includes('there')) arrived();
  };
  const output = { kind: 'pipes', onChunk } as const;
  const request = {
    program: process.execPath,
    args: ['-e', first],
    env: environment(),
    cwd: folder,
    output,
    marker: 'm',
  };
  const { tree, ended } = launch(request);
  trees.push(tree);
  return { tree, there, ended };
}

describe('on Windows', function () {
  this.timeout(120_000);
  before(function () {
    if (host().os === 'windows') return;
    console.log('      skipped: this is not Windows (npm run test:windows runs it on Windows’ own Node under Wine)');
    this.skip();
  });
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'windows-'))));
  afterEach(async () => {
    for (const tree of trees.splice(0)) await endTree(tree, { graceMs: 0 });
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  it('a tree of processes is found and ended, down to the grandchildren', async () => {
    const { tree, there } = family(false);
    await there;
    assert.ok(membersOf(tree).length >= 3, 'the three, and what shows a console');
    assert.deepEqual(await endTree(tree, { graceMs: 100 }), []);
    assert.deepEqual(membersOf(tree), []);
  });

  it('what a program left behind is found when the program itself has ended', async () => {
    const { tree, there, ended } = family(true);
    await there;
    assert.deepEqual(await ended, { kind: 'exited', exitCode: 0, signal: null });
    assert.ok(membersOf(tree).length >= 2);
    assert.deepEqual(await endTree(tree, { graceMs: 0 }), []);
    assert.deepEqual(membersOf(tree), []);
  });

  it('a process has an identity for as long as it lives', async () => {
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
    const identity = identityOf(child.pid ?? 0);
    assert.ok(identity !== undefined && isAlive(identity));
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.stdin.end();
    await gone;
    assert.ok(!isAlive(identity));
    assert.equal(identityOf(child.pid ?? 0), undefined);
  });

  it('a supervisor is reached over a named pipe, with its token only', async () => {
    const address = `\\\\.\\pipe\\code-engine-test-${String(process.pid)}`;
    const control = new Control((method) => ok(method), 'token');
    assert.ok((await control.listen(address)).ok);
    const client = await ControlClient.connect(address, 'token');
    assert.ok(client.ok);
    assert.deepEqual(await client.value.request('ping'), ok('ping'));
    const stranger = await ControlClient.connect(address, 'guess');
    const answer = stranger.ok ? await stranger.value.request('ping') : stranger;
    assert.equal(answer.ok, false);
    client.value.close();
    if (stranger.ok) stranger.value.close();
    await control.close();
  });

  it('paths longer than 260 characters work for folders, files and logs', async () => {
    const deep = join(folder, ...Array.from({ length: 8 }, (_, index) => `${String(index)}-${'x'.repeat(40)}`));
    assert.ok(deep.length > 300);
    assert.ok(makePrivateFolder(deep).ok);
    assert.ok(writeAtomically(join(deep, 'plan.json'), '{}').ok);
    assert.equal(readFileSync(join(deep, 'plan.json'), 'utf8'), '{}');
    const output = { kind: 'files', stdout: join(deep, 'a.1.out'), stderr: join(deep, 'a.1.err') } as const;
    const args = ['-e', 'console.log("deep")'];
    const { ended } = launch({ program: process.execPath, args, env: environment(), cwd: folder, output, marker: 'm' });
    await ended;
    assert.equal(readFileSync(join(deep, 'a.1.out'), 'utf8'), 'deep\n');
  });

  it('a drive’s letter means the same in either case', () => {
    writeFileSync(join(folder, 'file'), 'x');
    const letter = folder.slice(0, 1);
    for (const name of [letter.toLowerCase(), letter.toUpperCase()])
      assert.equal(readFileSync(join(name + folder.slice(1), 'file'), 'utf8'), 'x');
  });

  it('a workflow with Windows’ line ends means what it means without', async () => {
    const text =
      'parallel_deployment:\n  s:\n    - task: a\n      type: shell\n      with:\n        run: |\n          echo one\n          echo two\n';
    const read = async (content: string): Promise<unknown> => {
      const { workflow, diagnostics } = await readWorkflow(content, { path: 'w.code.yaml', catalogue });
      assert.deepEqual(diagnostics, []);
      return JSON.parse(JSON.stringify(workflow?.stages.map((stage) => stage.tasks.map((task) => task.with))));
    };
    assert.deepEqual(await read(text.replaceAll('\n', '\r\n')), await read(text));
  });

  it('a text runs in cmd', async () => {
    const { program, args } = scriptLaunch('cmd');
    // One line: Wine's cmd reads no more of a pipe, and forgets the code of `exit 3`.
    const { ended, out } = await run(program, args, '@echo it says "hello"\r\n');
    assert.deepEqual(ended, { kind: 'exited', exitCode: 0, signal: null });
    assert.match(out.toString(), /it says "hello"\r\n/);
  });

  it('output in a code page reaches the log as the bytes that it is', async () => {
    const bytes = [0x47, 0x72, 0xfc, 0xdf, 0x65, 0x0d, 0x0a, 0x80];
    const { out } = await run(process.execPath, ['-e', `process.stdout.write(Buffer.from([${bytes.join(',')}]))`]);
    assert.deepEqual([...out], bytes);
  });

  it('names and arguments beyond the code page arrive', async () => {
    const odd = join(folder, 'größe 漢字');
    mkdirSync(odd);
    const { out } = await run(process.execPath, ['-e', 'console.log(process.argv[1])', `${odd} "q" a\\ %PATH%`]);
    assert.equal(out.toString(), `${odd} "q" a\\ %PATH%\n`);
  });
});
