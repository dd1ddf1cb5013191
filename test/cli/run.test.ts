import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { finished, parseLines, textOf, Workspace } from './built.ts';

const SHOP = `
name: shop
inputs: { who: { type: string, default: world }, keep: { type: boolean, default: false } }
parallel_deployment:
  one:
    - { task: hello, type: shell, with: { run: "echo hello \${{ inputs.who }}" } }
    - { task: other, type: shell, with: { run: "echo other" } }
  two:
    - { task: after, type: shell, depends_on: [hello], with: { run: "echo after" } }
finally:
  - { task: stop, type: shell, when: "\${{ !inputs.keep }}", with: { run: "echo stopped" } }
`;

const SLEEPY = `
parallel_deployment:
  one:
    - { task: sleepy, type: shell, with: { run: "echo awake; sleep 60" } }
finally:
  - { task: tidy, type: shell, with: { run: "echo tidied" } }
`;

const STUBBORN = `
parallel_deployment:
  one:
    - { task: stubborn, type: shell, with: { run: "trap '' TERM INT; echo awake; while :; do sleep 1; done" } }
`;

describe('code-engine run', function () {
  this.timeout(60_000);
  let place: Workspace;
  beforeEach(() => (place = new Workspace()));
  afterEach(() => place.close());

  it('ends with 0 when the run succeeded, and says so in plain lines where there is no terminal', () => {
    place.file('shop.code.yaml', SHOP);
    const { code, out, err } = place.run(['run', 'shop.code.yaml']);
    assert.equal(code, 0, err);
    assert.match(out, /^\d\d:\d\d:\d\d run \d{8}-\d{6}-[0-9a-f]{6}: shop, 4 tasks in 2 stages$/m);
    assert.match(out, /^\d\d:\d\d:\d\d ✓ after succeeded /m);
    assert.match(out, /^ {2}critical path .*hello → after|other → after/m);
    assert.match(out, /one by one it would have taken .*: parallelism saved/);
    assert.ok(!out.includes('\u001b'), 'no escape sequence leaves the program where there is no terminal');
  });

  it('gives a workflow that runs another one what its tasks gave', () => {
    place.file(
      'database.code.yaml',
      'inputs: { to: { type: string } }\nparallel_deployment:\n  a:\n    - { task: migrate, type: shell, outputs: { version: "v${{ tasks.migrate.outputs.stdout }}" }, with: { run: "printf ${{ inputs.to }}" } }\n    - { task: quiet, type: shell, with: { run: "true" } }\n',
    );
    place.file(
      'all.code.yaml',
      'parallel_deployment:\n  a:\n    - { task: database, type: workflow, with: { file: database.code.yaml, inputs: { to: "7" } } }\n  b:\n    - { task: show, type: shell, with: { run: "echo schema ${{ tasks.database.outputs.tasks.migrate.version }} > got" } }\n',
    );
    const { code, out, err } = place.run(['run', 'all.code.yaml']);
    assert.equal(code, 0, out + err);
    assert.equal(readFileSync(place.path('got'), 'utf8'), 'schema v7\n');
  });

  it('ends with 1 when a task failed, shows the end of its log first, and how to resume', () => {
    place.file(
      'bad.code.yaml',
      'parallel_deployment:\n  a:\n    - { task: bad, type: shell, with: { run: "seq 1 40; exit 7" } }\n    - { task: good, type: shell, with: { run: "true" } }\n',
    );
    const { code, out } = place.run(['run', 'bad.code.yaml']);
    assert.equal(code, 1, out);
    const summary = out.slice(out.indexOf('\n\n'));
    assert.match(summary, /✗ bad failed · after .* · exit code 7/);
    assert.ok(
      !summary.includes('│ 25\n') && summary.includes('│ 26\n') && summary.includes('│ 40\n'),
      'the last fifteen lines',
    );
    const log = /log: {2}(\S+)/.exec(summary)?.[1] ?? '';
    assert.match(readFileSync(place.path(log), 'utf8'), /^1\n2\n/);
    assert.match(summary, /code-engine runs resume \d{8}-/);
  });

  it('ends with 2 and runs nothing when the workflow is invalid, naming the place', () => {
    place.file('bad.code.yaml', 'parallel_deployment:\n  a:\n    - task: t\n      type: shel\n');
    const { code, out, err } = place.run(['run', 'bad.code.yaml', '--json']);
    assert.equal(code, 2);
    assert.equal(out, '');
    assert.match(err, /bad\.code\.yaml:4:13 error CODE\d+ /);
    assert.deepEqual(place.runs(), []);
  });

  it('ends with 2 on wrong usage, without a stack trace', () => {
    place.file('shop.code.yaml', SHOP);
    for (const args of [
      ['run'],
      ['run', 'nowhere.yaml'],
      ['run', 'shop.code.yaml', '--jobs', 'x'],
      ['run', 'shop.code.yaml', '--input', 'x'],
      ['run', 'shop.code.yaml', '--input', 'nobody=1'],
      ['run', 'shop.code.yaml', '--only', 'nobody'],
      ['frobnicate'],
    ]) {
      const { code, err } = place.run(args);
      assert.equal(code, 2, args.join(' '));
      assert.ok(err !== '' && !/^\s+at .*:\d+/m.test(err), err);
    }
  });

  it('ends with 3 and runs nothing when a tool is missing, and says how to get it', () => {
    place.file('infra/main.tf', '');
    place.file(
      'tofu.code.yaml',
      'parallel_deployment:\n  a:\n    - { task: network, type: opentofu, with: { dir: infra } }\n    - { task: first, type: shell, with: { run: "true" } }\n',
    );
    mkdirSync(place.path('bin'));
    symlinkSync(process.execPath, place.path('bin/node'));
    const { code, err } = place.run(['run', 'tofu.code.yaml'], { PATH: place.path('bin') });
    assert.equal(code, 3, err);
    assert.match(err, /tofu or terraform is not installed, needed by network\n {4}\S/);
    assert.ok(!existsSync(place.path('.code/runs')));
  });

  it('starts nothing where a tool is too old, hangs or cannot be started, and says which and what to do', () => {
    const tool = (name: string, text: string): void => chmodSync(place.file(`bin/${name}`, text), 0o755);
    tool('promtool', '#!/bin/sh\necho promtool, version 2.10.0\n');
    tool('trivy', '#!/bin/sh\nexec sleep 60\n');
    tool('falco', '#!/nowhere/interpreter\n');
    place.file(
      'old.code.yaml',
      'parallel_deployment:\n  a:\n    - { task: mark, type: shell, with: { run: "touch started" } }\n    - { task: rules, type: prometheus, with: { rules: [r.yml] } }\n    - { task: scan, type: trivy }\n    - { task: watch, type: falco, with: { rules: [r.yml] } }\n',
    );
    place.file('r.yml', 'groups: []\n');
    const PATH = `${place.path('bin')}:${process.env.PATH ?? ''}`;
    const { code, err } = place.run(['run', 'old.code.yaml'], { PATH });
    assert.equal(code, 3, err);
    assert.match(err, /3 tools are missing here; nothing was run/);
    assert.match(err, /promtool 2\.10\.0 is too old, needed by rules\n {4}>=2\.30\.0 is needed\. \S/);
    assert.match(err, /trivy does not work, needed by scan\n {4}\S+\/trivy .* did not answer within \d+ s/);
    assert.match(err, /falco does not work, needed by watch\n {4}\S+\/falco .* cannot be started/);
    assert.ok(!existsSync(place.path('started')));
  });

  it('cancels politely at the first Ctrl-C: finally runs, and the exit code is 130', async () => {
    place.file('s.code.yaml', SLEEPY);
    const run = place.start(['run', 's.code.yaml', '--json']);
    await run.until((out) => out.includes('awake'));
    run.child.kill('SIGINT');
    const { code, out } = await run.ended;
    assert.equal(code, 130);
    assert.deepEqual(finished(parseLines(out)), { sleepy: 'cancelled', tidy: 'succeeded' });
  });

  it('cancels by force at the second Ctrl-C', async () => {
    place.file('s.code.yaml', STUBBORN);
    const run = place.start(['run', 's.code.yaml', '--json']);
    await run.until((out) => out.includes('awake'));
    run.child.kill('SIGINT');
    await run.until((out) => out.includes('run.cancelling'));
    run.child.kill('SIGINT');
    const { code } = await run.ended;
    assert.equal(code, 130);
  });

  it('leaves the run running when its terminal is closed', async () => {
    place.file('s.code.yaml', SLEEPY);
    const run = place.start(['run', 's.code.yaml']);
    await run.until((out) => out.includes('sleepy started'));
    run.child.kill('SIGHUP');
    const { err } = await run.ended;
    assert.match(err, /The run goes on/);
    assert.deepEqual(
      place.runs().map((r) => r.status),
      ['running'],
    );
  });

  it('says that the run was interrupted when its supervisor dies, and can be resumed', async () => {
    place.file('s.code.yaml', SLEEPY.replace('sleep 60', 'test -f again || sleep 60'));
    const run = place.start(['run', 's.code.yaml', '--json']);
    await run.until((out) => out.includes('awake'));
    const [first] = parseLines(run.out.slice(0, run.out.indexOf('\n') + 1));
    assert.ok(first?.type === 'run.started');
    process.kill(first.supervisor.pid, 'SIGKILL');
    assert.equal((await run.ended).code, 1);
    assert.deepEqual(
      place.runs().map((r) => r.status),
      ['interrupted'],
    );
    assert.match(place.run(['runs', 'show']).out, /! sleepy .*\n[^]*the process that ran it is gone/);
    place.file('again', '');
    const { code, out } = place.run(['runs', 'resume', '--on-unknown', 'rerun']);
    assert.equal(code, 0, out);
  });

  it('decodes characters that a task prints in halves', () => {
    place.file(
      'u.code.yaml',
      `parallel_deployment:\n  a:\n    - { task: u, type: shell, with: { run: "printf '\\\\342\\\\202'; sleep 0.4; printf '\\\\254 and \\\\360\\\\237\\\\232'; sleep 0.4; printf '\\\\200.'; printf '\\\\342'" } }\n`,
    );
    const { code, events, err } = place.events(['run', 'u.code.yaml']);
    assert.equal(code, 0, err);
    assert.equal(textOf(events, 'u'), '€ and 🚀.\uFFFD');
  });

  it('is silent about a reader that goes away', async () => {
    place.file('shop.code.yaml', SHOP);
    const run = place.start(['run', 'shop.code.yaml', '--json']);
    await run.until((out) => out.includes('run.started'));
    run.child.stdout?.destroy();
    const { code, err } = await run.ended;
    assert.deepEqual([code, err], [0, '']);
  });

  it('says nothing with --quiet unless something failed', () => {
    place.file('shop.code.yaml', SHOP);
    assert.deepEqual(place.run(['run', 'shop.code.yaml', '--quiet']), { code: 0, out: '', err: '' });
    place.file(
      'bad.code.yaml',
      'parallel_deployment:\n  a:\n    - { task: bad, type: shell, with: { run: "exit 1" } }\n',
    );
    const { code, out, err } = place.run(['run', 'bad.code.yaml', '--quiet']);
    assert.deepEqual([code, out], [1, '']);
    assert.match(err, /✗ bad failed/);
  });

  it('takes inputs, and --keep as the input of that name', () => {
    place.file('shop.code.yaml', SHOP);
    const { events } = place.events(['run', 'shop.code.yaml', '--input', 'who=you', '--keep']);
    assert.equal(textOf(events, 'hello'), 'hello you\n');
    assert.equal(finished(events).stop, 'skipped');
  });

  it('runs a part: one task alone, or from one on', () => {
    place.file('shop.code.yaml', SHOP);
    assert.deepEqual(Object.keys(finished(place.events(['run', 'shop.code.yaml', '--only', 'other']).events)), [
      'other',
    ]);
    assert.deepEqual(Object.keys(finished(place.events(['run', 'shop.code.yaml', '--from', 'after']).events)).sort(), [
      'after',
      'stop',
    ]);
  });

  it('uses ASCII where the locale has no more', () => {
    place.file('shop.code.yaml', SHOP);
    const { out } = place.run(['run', 'shop.code.yaml'], { LC_ALL: 'C' });
    assert.match(out, /\+ after succeeded/);
    assert.ok(Array.from(out).every((c) => c.charCodeAt(0) < 127));
  });

  it('keeps its runs in the workspace of the file when that lies elsewhere', () => {
    const elsewhere = new Workspace();
    elsewhere.file('deep/shop.code.yaml', SHOP);
    assert.equal(place.run(['run', path.join(elsewhere.folder, 'deep/shop.code.yaml'), '--quiet']).code, 0);
    assert.equal(elsewhere.runs().length, 1);
    assert.equal(place.runs().length, 0);
    elsewhere.close();
  });
});
