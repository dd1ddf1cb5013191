// Where the benchmark keeps its things (outside the checkout), its peers at pinned versions, and its two small C programs.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

const PEERS = { wireit: '0.14.13', nx: '22.7.12', turbo: '2.11.11' };

export const repository = join(import.meta.dirname, '..', '..');
export const place = process.env.CODE_BENCH ?? join(homedir(), '.cache', 'code-bench');

/** The command line that is measured: a copy, so that a build meanwhile does not disturb. */
export const cli = join(place, 'engine', 'cli.js');

export function buildEngine() {
  execFileSync(process.execPath, ['esbuild.mjs', '--only', 'cli'], { cwd: repository, stdio: 'inherit' });
  const folder = join(place, 'engine');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  for (const part of ['cli.js', 'chunks'])
    cpSync(join(repository, 'dist', part), join(folder, part), { recursive: true });
}

export function which(program) {
  const found = spawnSync('sh', ['-c', 'command -v "$0"', program], { encoding: 'utf8' });
  return found.status === 0 ? found.stdout.trim() : undefined;
}

/** The folder of the peers from npm; they are installed at the first call. */
export function peers() {
  const folder = join(place, 'peers');
  const stamp = join(folder, 'pinned.json');
  const wanted = JSON.stringify(PEERS);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return folder;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true}\n');
  const specs = Object.entries(PEERS).map(([name, version]) => `${name}@${version}`);
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...specs], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  writeFileSync(stamp, wanted);
  return folder;
}

/** A C program of this folder, compiled when it is new. */
export function program(name) {
  const source = join(import.meta.dirname, `${name}.c`);
  const binary = join(place, 'bin', name);
  if (existsSync(binary) && statSync(binary).mtimeMs > statSync(source).mtimeMs) return binary;
  const compiler = which('cc') ?? which('gcc');
  if (compiler === undefined) throw new Error('The benchmark needs a C compiler (apt-get install gcc libc6-dev).');
  mkdirSync(join(place, 'bin'), { recursive: true });
  execFileSync(compiler, ['-O2', '-o', binary, source], { stdio: 'inherit' });
  return binary;
}

/**
 * A folder that is removed when the benchmark ends; CODE_BENCH_SCRATCH says where. On ext4, making files is a hundred times slower for
 * some seconds after many were deleted (it avoids their inodes), so on a machine where others work, /dev/shm gives steadier figures;
 * it also makes syncing free, so quote which one was used.
 */
export function scratch() {
  const folder = mkdtempSync(join(process.env.CODE_BENCH_SCRATCH ?? tmpdir(), 'code-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
