import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { until } from '../engine/plans.ts';
import { engine, Workspace } from './built.ts';

const PLAIN = `
parallel_deployment:
  one:
    - { task: a, type: shell, with: { run: "echo a" } }
    - { task: b, type: shell, with: { run: "echo b" } }
`;

/** Ends only when it is ended. */
const ENDLESS = `
parallel_deployment:
  one:
    - { task: waits, type: shell, with: { run: "until test -f gate; do sleep 0.05; done" } }
`;

describe('wrong usage is told, and nothing is done', function () {
  this.timeout(60_000);
  let place: Workspace;
  beforeEach(() => (place = new Workspace()));
  afterEach(() => place.close());

  const refused = (args: readonly string[], words: RegExp): void => {
    const { code, out, err } = place.run(args);
    assert.match(err, words, args.join(' '));
    assert.deepEqual([code, out], [2, ''], args.join(' '));
  };

  it('takes no text, fraction or negative number for a number: `prune --keep` would delete what should stay', () => {
    place.file('w.code.yaml', PLAIN);
    place.run(['run', 'w.code.yaml', '--quiet']);
    for (const wrong of ['x', '-1', '1.5', '', '1e3', ' 2'])
      refused(['runs', 'prune', `--keep=${wrong}`], /--keep takes a whole number \(0 or more\), not /);
    for (const wrong of ['-4', 'abc', '1,5'])
      refused(['runs', 'prune', `--max-size=${wrong}`], /--max-size takes a number/);
    refused(['runs', 'list', '--limit', 'x'], /--limit takes a whole number/);
    refused(['runs', 'logs', '--attempt', 'x'], /--attempt takes a whole number of at least 1/);
    refused(['runs', 'resume', '--jobs', '0'], /--jobs takes a whole number of at least 1/);
    refused(['run', 'w.code.yaml', '--jobs', 'two'], /--jobs takes a whole number of at least 1, not "two"/);
    refused(['deploy', 'nginx on k8s', '--max-cost', 'cheap'], /--max-cost takes a number/);
    assert.equal(place.runs().length, 1, 'the run is still there');
    assert.equal(place.run(['runs', 'prune', '--max-size', '0.5']).out, 'Nothing to delete.\n');
  });

  it('says which attempts there are, and what --alone is for', () => {
    place.file('w.code.yaml', PLAIN);
    place.run(['run', 'w.code.yaml', '--quiet']);
    refused(
      ['runs', 'logs', '--task', 'a', '--attempt', '2'],
      /a in run \S+ has no attempt 2\.\n {2}The last one is 1\./,
    );
    refused(['runs', 'resume', '--alone'], /name the task with --task/);
  });

  it('says which options mean something with --on tekton only, and which mean nothing there', () => {
    place.file('w.code.yaml', PLAIN);
    refused(
      ['run', 'w.code.yaml', '--git', 'https://example.org/w.git'],
      /--git means something with --on tekton only/,
    );
    refused(['run', 'w.code.yaml', '--on', 'tekton', '--jobs', '2'], /--jobs has no meaning on Tekton/);
    assert.deepEqual(place.runs(), []);
  });

  it('runs nothing where --only and --from leave nothing, or a file that was named is not there', () => {
    place.file('w.code.yaml', `${PLAIN}  two:\n    - { task: c, type: shell, with: { run: "echo c" } }\n`);
    refused(['run', 'w.code.yaml', '--only', 'a', '--from', 'c'], /None of a is among the tasks from c on/);
    refused(['run', 'w.code.yaml', '--secrets-file', 'none.env'], /Could not read the secrets from .*none\.env/);
    refused(['plan', 'eval', 'none.json'], /Could not read the prompt set .*none\.json: no such file/);
    assert.deepEqual(place.runs(), []);
  });

  it('knows of what a part of a workflow leaves out that it was skipped, and that its outputs are not there', () => {
    place.file(
      'w.code.yaml',
      `${PLAIN}  two:
    - { task: c, type: shell, with: { run: "echo \${{ tasks.a.outputs.stdout }}" } }
    - { task: d, type: shell, with: { run: "echo a was \${{ tasks.a.status }}" } }
`,
    );
    assert.equal(place.run(['run', 'w.code.yaml', '--only', 'd', '--quiet']).code, 0);
    assert.equal(place.run(['runs', 'logs']).out, 'a was skipped\n');
    const { code, out } = place.run(['run', 'w.code.yaml', '--only', 'c']);
    assert.equal(code, 1);
    assert.match(out, /next: This run leaves out a, b, d: what they give is not there\./);
  });

  it('names the folder that is not there for a file that is to be written, before any work is done', () => {
    place.file('w.code.yaml', PLAIN);
    const words = /Could not write .*out: there is no folder .*none\.\n {2}Make the folder first/;
    refused(['secure', '--sarif', 'none/out'], words);
    refused(['export', 'w.code.yaml', '--out', 'none/out'], words);
    assert.deepEqual(place.runs(), []);
  });

  it('writes to a device, a pipe or through a link, and puts no file in its place', () => {
    place.file('w.code.yaml', PLAIN);
    symlinkSync(place.file('real.yaml', 'old'), place.path('link.yaml'));
    // A pipe of the shell's: what Node gives a child is a socket, which cannot be opened by its name.
    const line = '"$0" "$1" export w.code.yaml --out /dev/stdout | cat';
    const piped = spawnSync('sh', ['-c', line, process.execPath, engine], { cwd: place.folder, encoding: 'utf8' });
    assert.match(piped.stdout, /kind: Pipeline/);
    assert.ok(lstatSync('/dev/stdout').isSymbolicLink());
    assert.equal(place.run(['export', 'w.code.yaml', '--out', 'link.yaml']).code, 0);
    assert.ok(lstatSync(place.path('link.yaml')).isSymbolicLink());
    assert.match(readFileSync(place.path('real.yaml'), 'utf8'), /kind: Pipeline/);
  });

  it('takes what stands behind `--` for a name, and a wrong word behind `wsl` for what it is', () => {
    place.file('-w.code.yaml', PLAIN);
    assert.equal(place.run(['validate', '--', '-w.code.yaml']).code, 0);
    assert.equal(place.run(['run', '--quiet', '--', '-w.code.yaml']).code, 0);
    refused(['wsl', 'frobnicate'], /There is no wsl frobnicate\.\n {2}There are list, status, setup, move\./);
  });

  it('names the workflow, the task or the input that was meant', () => {
    place.file('w.code.yaml', `inputs: { region: { default: eu } }\n${PLAIN}`);
    place.file('sub/deploy.code.yaml', PLAIN);
    place.file('.code/workflows/nightly.yaml', PLAIN);
    refused(
      ['run', 'w.code.yml'],
      /Could not read w\.code\.yml: no such file or folder\.\n {2}Did you mean w\.code\.yaml\?/,
    );
    refused(['preview', 'x'], /\n {2}There is w\.code\.yaml and \.code\/workflows\/nightly\.yaml\.\n$/);
    refused(['run', 'sub'], /sub is a folder, not a workflow file\.\n {2}Name the file: sub\/deploy\.code\.yaml\./);
    refused(
      ['run'],
      /missing required argument 'file'\nTry --help for what it takes\.\n {2}There is w\.code\.yaml and \.code\/workflows\/nightly\.yaml\./,
    );
    place.file('long.code.yaml', PLAIN.replaceAll('task: a', 'task: build_api'));
    refused(['run', 'long.code.yaml', '--only', 'buld_api'], /has no task buld_api\.\n {2}Did you mean build_api\?/);
    refused(
      ['run', 'w.code.yaml', '--input', 'regoin=eu'],
      /^code-engine: There is no input regoin: did you mean region\?\n$/,
    );
    refused(['run', 'w.code.yaml', '--input', 'region'], /--input region is no name=value/);
    assert.deepEqual(place.runs(), []);
  });

  it('says what is wrong with a workflow in the same words and with the same picture as `validate`', () => {
    place.file('bad.code.yaml', PLAIN.replace('type: shell', 'type: sheel'));
    const checked = place.run(['validate', 'bad.code.yaml']).out.split('\n').slice(0, 4);
    const { code, out, err } = place.run(['run', 'bad.code.yaml']);
    assert.deepEqual([code, out], [2, '']);
    assert.deepEqual(err.split('\n').slice(0, 4), checked);
    assert.match(err, /\ncode-engine: bad\.code\.yaml has an error; nothing was run\.\n$/);
  });

  it('checks every workflow below a folder, and says where there is none', () => {
    place.file('a/deploy.code.yaml', PLAIN);
    place.file('a/.code/workflows/nightly.yaml', PLAIN);
    place.file('a/node_modules/x/y.code.yaml', 'no: workflow');
    place.file('a/notes.yaml', 'no: workflow');
    const { code, out } = place.run(['validate', 'a']);
    assert.equal(code, 0, out);
    assert.deepEqual(
      out
        .split('\n')
        .filter(Boolean)
        .map((line) => line.split(' ')[0])
        .sort(),
      ['a/.code/workflows/nightly.yaml', 'a/deploy.code.yaml'],
    );
    place.file('empty/notes.txt', '');
    refused(['validate', 'empty'], /empty is a folder, not a workflow file\.\n {2}There is no workflow in it/);
  });

  it('takes a description without quotes, and data of a plan only where it is planned', () => {
    const { code, out } = place.run([
      'deploy',
      '--provider',
      'catalog',
      '--plan-only',
      'redis',
      'with',
      'docker',
      'compose',
    ]);
    assert.equal(code, 0, out);
    assert.match(out, /compose\.yaml/);
    refused(
      ['deploy', 'redis with docker compose', '--json'],
      /--json prints a plan as data, and goes with --plan-only/,
    );
  });

  it('lists its commands in 80 columns', () => {
    const { out } = place.run(['--help']);
    assert.deepEqual(
      out.split('\n').filter((line) => line.length > 80),
      [],
    );
    assert.match(out, /^ {2}run FILE +run a workflow and watch it$/m);
  });
});

describe('a place that is not as it should be', function () {
  this.timeout(60_000);
  let place: Workspace;
  beforeEach(() => (place = new Workspace()));
  afterEach(() => place.close());

  it('is told where a file stands in the place of a folder', () => {
    place.file('w.code.yaml', PLAIN);
    rmSync(place.path('.code'), { recursive: true });
    writeFileSync(place.path('.code'), '');
    const { code, err } = place.run(['run', 'w.code.yaml']);
    assert.equal(code, 1);
    assert.match(err, /Could not make the folder .*\.code: something else of that name is there\.\n {2}Move it away/);
  });

  it('is told where standard output cannot be written, or the current folder is gone, without a trace of the program', () => {
    place.file('w.code.yaml', PLAIN);
    const shell = (line: string): { status: number | null; stderr: string } =>
      spawnSync('sh', ['-c', line, process.execPath, engine], { cwd: place.folder, encoding: 'utf8' });
    for (const command of ['types', 'run w.code.yaml', 'validate w.code.yaml']) {
      const { status, stderr } = shell(`"$0" "$1" ${command} > /dev/full`);
      assert.deepEqual([status, stderr], [1, 'code-engine: Could not write to standard output: the disk is full.\n']);
    }
    const { status, stderr } = shell('mkdir gone && cd gone && rmdir ../gone && "$0" "$1" runs');
    assert.equal(status, 2);
    assert.match(stderr, /code-engine: The current folder is not there any more\.\n {2}Go to another one/);
  });

  it('is told where a journal holds nothing, instead of a picture of no run', () => {
    const runId = '20260101-000000-abcdef';
    mkdirSync(place.path(`.code/runs/${runId}`), { recursive: true });
    writeFileSync(place.path(`.code/runs/${runId}/journal.log`), 'x\n');
    for (const command of ['show', 'logs', 'watch']) {
      const { code, out, err } = place.run(['runs', command]);
      assert.deepEqual([code, out], [1, ''], command);
      assert.match(err, /The journal of the run 20260101-000000-abcdef holds nothing that can be read/);
    }
  });

  it('passes over what is left of a run that could not be begun', () => {
    place.file('w.code.yaml', PLAIN);
    place.run(['run', 'w.code.yaml', '--quiet']);
    const [run] = place.runs();
    mkdirSync(place.path('.code/runs/20990101-000000-abcdef/logs'), { recursive: true });
    const { code, out } = place.run(['runs', 'show', '--json']);
    assert.equal(code, 0);
    assert.equal((JSON.parse(out) as { runId: string }).runId, run?.runId);
  });

  it('reads a workflow in UTF-16 for a run as it does for a check', () => {
    writeFileSync(place.path('w.code.yaml'), Buffer.from(`\uFEFF${PLAIN}`, 'utf16le'));
    assert.equal(place.run(['validate', 'w.code.yaml']).code, 0);
    assert.equal(place.run(['run', 'w.code.yaml', '--quiet']).code, 0);
  });

  it('ends the relay where its standard input is a file that ends', () => {
    const done = spawnSync('sh', ['-c', '"$0" "$1" serve --stdio < /dev/null', process.execPath, engine], {
      env: place.environment(),
      timeout: 50_000,
    });
    assert.equal(done.status, 0, done.stderr.toString());
  });
});

describe('what a person does at the wrong moment', function () {
  this.timeout(60_000);
  let place: Workspace;
  beforeEach(() => (place = new Workspace()));
  afterEach(() => place.close());

  it('Ctrl-C while a run is being started cancels that run, instead of leaving it to itself', async () => {
    place.file('w.code.yaml', ENDLESS);
    mkdirSync(place.path('.code/runs'), { mode: 0o700 });
    const started = place.start(['run', 'w.code.yaml', '--json']);
    // The supervisor claims the run once it has been told of it; by then nobody follows it yet, mostly.
    const runs = place.path('.code/runs');
    await until(
      () => readdirSync(runs).some((id) => readdirSync(`${runs}/${id}`).some((name) => name.startsWith('owner.'))),
      'the run is claimed',
      50_000,
    );
    started.child.kill('SIGINT');
    const { code } = await started.ended;
    assert.deepEqual([code, place.runs().map(({ status }) => status)], [130, ['cancelled']]);
    assert.equal(readdirSync(place.path('.code/runs')).filter((name) => /^\d/.test(name)).length, 1);
  });

  it('a rollback that has nothing to undo says so', () => {
    place.file('w.code.yaml', PLAIN);
    place.run(['run', 'w.code.yaml', '--quiet']);
    assert.match(place.run(['runs', 'rollback']).out, /nothing was rolled back: no task that had succeeded says how/);
  });

  it('what is said to be typed next names the run that was asked about', () => {
    place.file('f.code.yaml', PLAIN.replace('echo a', 'echo odd; exit 9'));
    place.run(['run', 'f.code.yaml', '--quiet']);
    const runId = place.runs()[0]?.runId ?? '';
    assert.match(place.run(['runs', 'explain']).out, new RegExp(`code-engine runs logs ${runId} --task a`));
  });
});
