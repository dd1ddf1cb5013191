import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'mocha';

const repository = join(import.meta.dirname, '..', '..');
const wine = join(repository, 'scripts', 'testbed', 'wine.mjs');
const cli = join(repository, 'dist', 'cli.js');
const relay = join(repository, 'test', 'platform', 'fake-wsl-relay.mjs');
const asWindows = (path: string): string => `Z:${path.replaceAll('/', '\\')}`;

let folder = '';
let server: ChildProcess | undefined;
let port = '';

/** Runs the built command line on Windows' own Node under Wine. */
function windows(
  args: readonly string[],
  env: Record<string, string> = {},
): { code: number | null; out: string; err: string } {
  const done = spawnSync(process.execPath, [wine, 'run', cli, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, CODE_ENGINE_WSL_EXE: asWindows(relay), FAKE_WSL_PORT: port, ...env },
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

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
    const { code, out, err } = windows(['wsl', 'list', '--json']);
    assert.equal(code, 0, err);
    assert.deepEqual(JSON.parse(out), { distros: [{ name: 'Ubuntu', state: 'Running', version: 2, default: true }] });
  });

  it('converts paths by the mounts of the distribution', () => {
    const { code, out, err } = windows([
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
    const { code, err } = windows(['path', '--to', 'wsl', 'Q:\\x']);
    assert.deepEqual([code, /Drive Q: is not mounted/.test(err)], [1, true], err);
  });

  it('runs a workflow inside, its secret in no argument', () => {
    const workflow =
      'secrets: [TOKEN]\nparallel_deployment:\n  one:\n    - task: it\n      type: shell\n      env: { T: "${{ secrets.TOKEN }}" }\n      with: { run: "echo $WSL_DISTRO_NAME ${#T}; uname" }\n';
    writeFileSync(join(folder, 'w.code.yaml'), workflow);
    const { code, out, err } = windows(['run', '--on', 'wsl:Ubuntu', join(folder, 'w.code.yaml'), '--json'], {
      TOKEN: 's3cret-value',
    });
    assert.equal(code, 0, out + err);
    assert.match(out, /"text":"Ubuntu 12\\nLinux\\n"|"text":"Ubuntu 12\\n"/);
    assert.match(out.trimEnd().split('\n').at(-1) ?? '', /"type":"run.finished","status":"succeeded"/);
    assert.equal(launches().length, 1);
    assert.doesNotMatch(launches().join('\n'), /s3cret/);
  });
});
