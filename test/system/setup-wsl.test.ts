import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { after, before, describe, it } from 'mocha';

const repository = join(import.meta.dirname, '..', '..');
const script = join(repository, 'scripts', 'setup-wsl.sh');
const debian = join(process.env['CODE_TESTBED'] ?? join(homedir(), '.cache', 'code-testbed'), 'debian', 'root');
const CONF = '# mine\n[automount]\nroot = /win\n\n[Boot]\ncommand = service cron start\n';
const arch = process.arch === 'arm64' ? 'arm64' : 'amd64';

let root = '';

/**
 * Runs the script in the copy of the small Debian, in mount and process spaces of its own.
 * @param input the script's own text: it then comes through standard input, as from Windows
 */
function setup(args: readonly string[], input?: string): { code: number | null; out: string } {
  const base = (name: string): [string, string] => [`${name}_BASE`, 'file:///mirror'];
  const how = input === undefined ? '/setup-wsl.sh' : '-s --';
  const enter = `mount -t proc proc "$0/proc"; mount --bind /dev "$0/dev"; exec chroot "$0" /bin/sh ${how} "$@"`;
  const done = spawnSync('unshare', ['--mount', '--pid', '--fork', 'sh', '-c', enter, root, ...args], {
    encoding: 'utf8',
    ...(input === undefined ? {} : { input }),
    env: {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      ...Object.fromEntries(['KUBECTL', 'HELM', 'TOFU', 'KIND', 'NODE'].map(base)),
    },
  });
  return { code: done.status, out: done.stdout + done.stderr };
}

/** Runs claude-code-init.sh there in the folder /shop, with this machine's Node and this checkout at /code. */
function init(...args: readonly string[]): { code: number | null; out: string } {
  const enter = `mount -t proc proc "$0/proc"; touch "$0/usr/bin/node"; mkdir -p "$0/code"
    mount --bind '${process.execPath}' "$0/usr/bin/node"; mount --bind '${repository}' "$0/code"
    exec chroot "$0" /bin/sh /code/scripts/claude-code-init.sh /shop "$@"`;
  const done = spawnSync('unshare', ['--mount', '--pid', '--fork', 'sh', '-c', enter, root, ...args], {
    encoding: 'utf8',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root' },
  });
  return { code: done.status, out: done.stdout + done.stderr };
}

/** A program that says its name, where the projects would publish it, with its sum. */
function publish(path: string, sums: string, bytes: Buffer): void {
  const file = join(root, 'mirror', path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
  const sum = createHash('sha256').update(bytes).digest('hex');
  writeFileSync(
    join(root, 'mirror', sums),
    sums.endsWith('.sha256') ? sum : `0000  other\n${sum}  ${path.split('/').at(-1) ?? ''}\n`,
  );
}

function archive(member: string): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'member-'));
  mkdirSync(dirname(join(folder, member)), { recursive: true });
  writeFileSync(join(folder, member), '#!/bin/sh\necho fine\n', { mode: 0o755 });
  const packed = spawnSync('tar', ['-cz', '-C', folder, '.', '--transform', 's,^\\./,,']);
  rmSync(folder, { recursive: true });
  return packed.stdout;
}

/** Every file with its size and time. */
const listing = (): string =>
  spawnSync(
    'find',
    [
      root,
      '-xdev',
      '-not',
      '-type',
      'd',
      '-not',
      '-path',
      '*/proc*',
      '-not',
      '-path',
      '*/dev*',
      '-printf',
      '%P %s %T@\n',
    ],
    {
      encoding: 'utf8',
    },
  ).stdout;

const read = (path: string): string => readFileSync(join(root, path), 'utf8');

describe('scripts/setup-wsl.sh in a small Debian', function () {
  this.timeout(600_000);
  before(function () {
    if (process.getuid?.() !== 0 || !existsSync(debian)) {
      console.log('    skipped: no small Debian (node scripts/testbed/debian-root.mjs up, as root)');
      this.skip();
    }
    root = mkdtempSync(join(tmpdir(), 'setup-'));
    spawnSync('cp', ['-a', '--reflink=auto', `${debian}/.`, root]);
    copyFileSync(script, join(root, 'setup-wsl.sh'));
    copyFileSync('/etc/resolv.conf', join(root, 'etc/resolv.conf'));
    writeFileSync(join(root, 'usr/bin/wslinfo'), ''); // WSL's own program: this is a distribution
    writeFileSync(join(root, 'etc/wsl.conf'), CONF);
    publish(
      `v1.34.4/bin/linux/${arch}/kubectl`,
      `v1.34.4/bin/linux/${arch}/kubectl.sha256`,
      Buffer.from('#!/bin/sh\necho kubectl\n'),
    );
    publish(
      `helm-v4.1.4-linux-${arch}.tar.gz`,
      `helm-v4.1.4-linux-${arch}.tar.gz.sha256sum`,
      archive(`linux-${arch}/helm`),
    );
    publish(`v1.12.6/tofu_1.12.6_linux_${arch}.tar.gz`, 'v1.12.6/tofu_1.12.6_SHA256SUMS', archive('tofu'));
    publish(
      `v0.30.0/kind-linux-${arch}`,
      `v0.30.0/kind-linux-${arch}.sha256sum`,
      Buffer.from('#!/bin/sh\necho kind\n'),
    );
    const node = `node-v22.22.0-linux-${arch === 'amd64' ? 'x64' : arch}`;
    publish(`v22.22.0/${node}.tar.gz`, 'v22.22.0/SHASUMS256.txt', archive(`${node}/bin/node`));
  });
  after(() => {
    if (root !== '') rmSync(root, { recursive: true, force: true });
  });

  it('shows what it would do, with the difference in wsl.conf, and touches nothing', () => {
    const before = listing();
    const { code, out } = setup([]);
    assert.equal(code, 0, out);
    assert.ok(listing() === before, 'a file was changed');
    for (const part of ['systemd', 'containers', 'kubectl', 'helm', 'opentofu', 'cluster', 'node'])
      assert.match(out, new RegExp(`^\\[would\\] +${part}: `, 'm'));
    assert.match(out, /^ +\+systemd=true$/m);
    assert.match(out, /8 changes to make; add --apply/);
  });

  it('refuses a download whose sum is not the published one, and goes on with the rest', () => {
    const sums = join(root, 'mirror/v0.30.0', `kind-linux-${arch}.sha256sum`);
    const right = readFileSync(sums);
    writeFileSync(sums, `${'0'.repeat(64)}  kind-linux-${arch}\n`);
    const { code, out } = setup(['--apply', 'cluster', 'kubectl']);
    writeFileSync(sums, right);
    assert.equal(code, 1, out);
    assert.match(out, /kind-linux-.* does not have the published SHA-256 sum; nothing was installed/);
    assert.deepEqual(
      [existsSync(join(root, 'usr/local/bin/kind')), existsSync(join(root, 'usr/local/bin/kubectl'))],
      [false, true],
    );
  });

  it('does it with --apply, keeping what was in wsl.conf', () => {
    const { code, out } = setup(['--apply', 'systemd', 'kubectl', 'helm', 'opentofu', 'cluster', 'node']);
    assert.equal(code, 0, out);
    assert.equal(read('etc/wsl.conf'), CONF.replace('start\n', 'start\nsystemd=true\n'));
    for (const tool of ['kubectl', 'helm', 'tofu', 'kind', 'node'])
      assert.ok(existsSync(join(root, 'usr/local/bin', tool)) || tool === 'node', tool);
    assert.ok(existsSync(join(root, 'opt/code-engine/node/bin/node')));
  });

  it('has nothing to do the second time', () => {
    const { code, out } = setup(['--apply', 'systemd', 'kubectl', 'helm', 'opentofu', 'cluster']);
    assert.deepEqual([code, out.trim().split('\n').at(-1)], [0, 'Nothing to do.'], out);
  });

  it('installs a container engine from the distribution’s own packages, also where its text comes through standard input', () => {
    const { code, out } = setup(['--apply', 'containers', 'memory'], readFileSync(script, 'utf8'));
    assert.equal(code, 0, out);
    assert.match(out, /\] +memory: /, 'the programs that were started have left it its text');
    assert.ok(existsSync(join(root, 'usr/bin/podman')));
  });

  it('shows what --undo would take back, does it with --apply, and leaves a file that was changed since', () => {
    writeFileSync(join(root, 'usr/local/bin/helm'), 'mine now');
    const shown = setup(['--undo']);
    assert.match(shown.out, /^\[would\] +undo: package podman$/m);
    assert.ok(existsSync(join(root, 'usr/bin/podman')));
    const { code, out } = setup(['--undo', '--apply']);
    assert.equal(code, 1, out);
    assert.match(out, /helm was changed since; it stays/);
    assert.equal(read('etc/wsl.conf'), CONF);
    for (const path of [
      'usr/bin/podman',
      'usr/bin/curl',
      'usr/local/bin/kubectl',
      'usr/local/bin/kind',
      'opt/code-engine/node',
      'usr/local/bin/node',
    ])
      assert.ok(!existsSync(join(root, path)), path);
    assert.equal(read('usr/local/bin/helm'), 'mine now');
    assert.match(read('var/lib/code-engine/setup/done'), /^file \/usr\/local\/bin\/helm [0-9a-f]{64}\n$/);
  });

  it('has claude-code-init.sh beside it, which shows, writes, and then has nothing to write', function () {
    if (!existsSync(join(repository, 'dist', 'cli.js'))) {
      console.log('    skipped: no built engine (npm run build)');
      return this.skip();
    }
    mkdirSync(join(root, 'shop'));
    writeFileSync(join(root, 'shop', 'package.json'), '{ "name": "shop", "scripts": { "build": "tsc" } }');
    const files = (): Record<string, string> =>
      Object.fromEntries(
        readdirSync(join(root, 'shop'), { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name))
          .map((file) => [relative(join(root, 'shop'), file), readFileSync(file, 'utf8')]),
      );
    const before = files();
    const shown = init('--dry-run');
    assert.deepEqual([shown.code, files()], [0, before], shown.out);
    assert.match(shown.out, /CLAUDE\.md/);
    const written = init('--yes');
    assert.equal(written.code, 0, written.out);
    const after = files();
    for (const name of ['CLAUDE.md', '.mcp.json', '.claude/skills/wsl-setup/SKILL.md']) assert.ok(name in after, name);
    const again = init('--yes');
    assert.deepEqual([again.code, files()], [0, after], again.out);
    assert.match(again.out, /Everything is up to date/);
  });

  it('refuses what it does not know', () => {
    const { code, out } = setup(['--aply']);
    assert.equal(code, 2);
    assert.match(out, /--aply is neither an option nor a part/);
  });

  it('leaves ShellCheck with nothing to say', function () {
    const checked = spawnSync('shellcheck', [script], { encoding: 'utf8' });
    if (checked.error !== undefined) {
      console.log('    skipped: there is no shellcheck');
      return this.skip();
    }
    assert.equal(checked.stdout, '');
  });
});
