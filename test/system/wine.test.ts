import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { after, before, beforeEach, describe, it } from 'mocha';

const repository = join(import.meta.dirname, '..', '..');
const wine = join(repository, 'scripts', 'testbed', 'wine.mjs');
const cli = join(repository, 'dist', 'cli.js');
const relay = join(repository, 'test', 'platform', 'fake-wsl-relay.mjs');
const asWindows = (path: string): string => `Z:${path.replaceAll('/', '\\')}`;

let folder = '';
let server: ChildProcess | undefined;
let port = '';

interface Done {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the built command line (or another script) on Windows' own Node under Wine. */
function windows(script: string, args: readonly string[], env: Record<string, string> = {}): Done {
  const done = spawnSync(process.execPath, [wine, 'run', script, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, CODE_ENGINE_WSL_EXE: asWindows(relay), FAKE_WSL_PORT: port, ...env },
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

/** The extension's side of a window, as one file that Windows' Node can load. */
async function windowSide(): Promise<string> {
  const outfile = join(folder, 'window-side.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'window-side.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  });
  return outfile;
}

const lines = ({ out, err }: Done): Record<string, unknown>[] => {
  const said = out.split('\n').filter((line) => line.startsWith('{') && !line.startsWith('{"log"'));
  assert.ok(said.length > 0, out + err);
  return said.map((line) => JSON.parse(line) as Record<string, unknown>);
};

/** The processes of a group, but for dead ones that nobody has taken note of yet. */
const living = (group: number): string[] =>
  spawnSync('ps', ['-eo', 'pgid=,stat=,args='], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter((line) => Number(/^\s*(\d+)/.exec(line)?.[1]) === group && !/^\s*\d+\s+Z/.test(line));

const launches = (): string[] => readFileSync(join(folder, 'log'), 'utf8').trimEnd().split('\n');

/** Wine's Z: is this machine's root, so the stand-in's distribution has it mounted at / by a drvfs line for the test's folder. */
describe('the command line on Windows’ Node, its engine in Linux', function () {
  this.timeout(180_000);
  before(async function () {
    if (!existsSync(cli) || spawnSync(process.execPath, [wine, 'status']).status !== 0) {
      console.log('    skipped: no built engine or no Wine (npm run build; node scripts/testbed/wine.mjs up)');
      this.skip();
    }
    folder = mkdtempSync(join(tmpdir(), 'wine-bridge-'));
    mkdirSync(join(folder, 'home'));
    const mountinfo = join(folder, 'mountinfo');
    writeFileSync(mountinfo, `1 0 0:1 / / rw - ext4 /dev/sdc rw\n2 1 0:2 ${folder} ${folder} rw - drvfs Z: rw\n`);
    const fake = JSON.stringify({
      log: join(folder, 'log'),
      home: join(folder, 'home'),
      mountinfo,
      distros: [
        { name: 'Ubuntu', state: 'Running', version: 2, default: true },
        { name: 'docker-desktop', state: 'Running', version: 2, default: false },
      ],
    });
    server = spawn(process.execPath, [relay, '--serve'], {
      env: { ...process.env, FAKE_WSL: fake },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    port = await new Promise<string>((resolve) =>
      server?.stdout?.once('data', (chunk: Buffer) => resolve(chunk.toString().trim())),
    );
  });
  beforeEach(() => writeFileSync(join(folder, 'log'), ''));
  after(() => {
    server?.kill();
    if (folder !== '') rmSync(folder, { recursive: true, force: true });
  });

  it('lists the distributions', () => {
    const { code, out, err } = windows(cli, ['wsl', 'list', '--json']);
    assert.equal(code, 0, err);
    assert.deepEqual(JSON.parse(out), { distros: [{ name: 'Ubuntu', state: 'Running', version: 2, default: true }] });
  });

  it('converts paths by the mounts of the distribution', () => {
    const { code, out, err } = windows(cli, [
      'path',
      '--to',
      'wsl',
      asWindows(join(folder, 'x y')),
      '\\\\wsl$\\Ubuntu\\home\\ada',
    ]);
    assert.equal(code, 0, err);
    assert.equal(out, `${join(folder, 'x y')}\n/home/ada\n`);
  });

  it('says what cannot be converted', () => {
    const { code, err } = windows(cli, ['path', '--to', 'wsl', 'Q:\\x']);
    assert.deepEqual([code, /Drive Q: is not mounted/.test(err)], [1, true], err);
  });

  it('serves a window: the run survives it, another one goes on watching, one start of wsl.exe each', async () => {
    const driver = await windowSide();
    const file = join(folder, 'gate.code.yaml');
    const gate = join(folder, 'go');
    writeFileSync(
      file,
      `parallel_deployment:\n  s:\n    - { task: gate, type: shell, with: { run: "until [ -e '${gate}' ]; do sleep 0.1; done; uname" } }\n`,
    );
    const place = [asWindows(folder), asWindows(file)];
    const first = lines(windows(driver, [asWindows(cli), 'start', ...place]));
    const runId = String(first[0]?.['runId']);
    const started = first[0]?.['started'] as { plan: { file: string } };
    assert.equal(started.plan.file, asWindows(file), 'the window sees its own paths');
    const group = (first[1]?.['process'] as { group: number }).group;
    assert.notDeepEqual(living(group), [], 'the window is gone, the task runs on');
    assert.equal(launches().length, 1);

    writeFileSync(gate, '');
    const second = lines(windows(driver, [asWindows(cli), 'watch', ...place, runId]));
    assert.deepEqual((second.at(-1)?.['finished'] as { status: string }).status, 'succeeded');
    assert.equal(launches().length, 2);
  });

  it('ends the Linux processes of a run that a window cancels', async () => {
    const driver = await windowSide();
    const file = join(folder, 'long.code.yaml');
    const script = '(sleep 300 & sleep 300) & sleep 300';
    writeFileSync(file, `parallel_deployment:\n  s:\n    - { task: long, type: shell, with: { run: "${script}" } }\n`);
    const said = lines(windows(driver, [asWindows(cli), 'cancel', asWindows(folder), asWindows(file)]));
    assert.deepEqual((said.at(-1)?.['finished'] as { status: string }).status, 'cancelled');
    assert.deepEqual(living((said[1]?.['process'] as { group: number }).group), []);
    assert.equal(launches().length, 1, 'cancelling goes through the relay, not through another start');
  });

  it('runs a workflow inside, its secret in no argument', () => {
    const workflow =
      'secrets: [TOKEN]\nparallel_deployment:\n  one:\n    - task: it\n      type: shell\n      env: { T: "${{ secrets.TOKEN }}" }\n      with: { run: "echo $WSL_DISTRO_NAME ${#T}; uname" }\n';
    writeFileSync(join(folder, 'w.code.yaml'), workflow);
    const { code, out, err } = windows(cli, ['run', '--on', 'wsl:Ubuntu', join(folder, 'w.code.yaml'), '--json'], {
      TOKEN: 's3cret-value',
    });
    assert.equal(code, 0, out + err);
    assert.match(out, /"text":"Ubuntu 12\\nLinux\\n"|"text":"Ubuntu 12\\n"/);
    assert.match(out.trimEnd().split('\n').at(-1) ?? '', /"type":"run.finished","status":"succeeded"/);
    assert.equal(launches().length, 1);
    assert.doesNotMatch(launches().join('\n'), /s3cret/);
  });
});
