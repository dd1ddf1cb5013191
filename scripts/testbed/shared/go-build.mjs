// Builds commands from a Go module of the test bed, once: the binaries are kept in the store under a key of the module's sums, the
// flags and the Go version. A command that does not build is a named skip for the caller to count, never an error.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { folder, say } from './store.mjs';

const modules = fileURLToPath(new URL('../go/', import.meta.url));

/**
 * @param family the folder under scripts/testbed/go
 * @param packages import paths of commands; the last part is the binary's name
 * @param env further variables for the compiler, such as GOEXPERIMENT
 * @returns {{ dir: string, built: string[], skipped: { name: string, reason: string }[] }}
 */
export function goBuild(family, packages, { stamp = {}, cgo = false, env = {} } = {}) {
  const module = join(modules, family);
  const go = spawnSync('go', ['env', 'GOVERSION'], { encoding: 'utf8', env: { ...process.env, GOTOOLCHAIN: 'local' } });
  const names = packages.map((path) => basename(path));
  if (go.status !== 0)
    return { dir: '', built: [], skipped: names.map((name) => ({ name, reason: 'Go is not installed' })) };
  const ldflags = ['-s', '-w', ...Object.entries(stamp).map(([symbol, value]) => `-X=${symbol}=${value}`)].join(' ');
  const sums = ['go.mod', 'go.sum'].map((file) => readFileSync(join(module, file)));
  const key = createHash('sha256')
    .update(Buffer.concat([...sums, ...ownSources(module, packages)]))
    .update(go.stdout)
    .update(ldflags)
    .update(Object.entries(env).flat().join('='))
    .digest('hex')
    .slice(0, 16);
  const dir = folder('bin', `${family}-${key}`);
  const built = [];
  const skipped = [];
  for (const [index, path] of packages.entries()) {
    const name = names[index];
    const reason = existsSync(join(dir, name)) ? undefined : buildOne({ module, path, dir, name, ldflags, cgo, env });
    if (reason === undefined) built.push(name);
    else skipped.push({ name, reason });
  }
  return { dir, built, skipped };
}

/** The few commands that are written here, and not taken from a module, are built anew when their text changes. */
function ownSources(module, packages) {
  const own = packages.filter((path) => path.startsWith('code.invalid/')).map((path) => join(module, basename(path)));
  return own.flatMap((folder) => readdirSync(folder).map((file) => readFileSync(join(folder, file))));
}

function buildOne({ module, path, dir, name, ldflags, cgo, env }) {
  const failed = join(dir, `${name}.failed`);
  if (existsSync(failed)) return readFileSync(failed, 'utf8');
  say(`building ${name} (once; a few minutes) …`);
  const began = Date.now();
  const partial = join(dir, `.${name}.${process.pid}`);
  const result = spawnSync('nice', ['-n', '15', 'go', 'build', '-trimpath', '-ldflags', ldflags, '-o', partial, path], {
    cwd: module,
    encoding: 'utf8',
    env: {
      ...process.env,
      GOTOOLCHAIN: 'local',
      GOFLAGS: '-mod=readonly',
      GOWORK: 'off',
      CGO_ENABLED: cgo ? '1' : '0',
      ...env,
    },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.status === 0) {
    renameSync(partial, join(dir, name));
    say(`built ${name} in ${Math.round((Date.now() - began) / 1000)} s`);
    return undefined;
  }
  // Ended from outside: nothing is said about the code, and the next try goes on from the compiler's cache.
  if (result.status === null) return `go build ${path} was ended (${result.signal ?? String(result.error)})`;
  const reason = `go build ${path} failed: ${(result.stderr || String(result.error)).trim().split('\n').slice(-5).join(' | ')}`;
  writeFileSync(failed, reason);
  return reason;
}

/** Where the sources of a module that `family` needs lie; they are fetched where they are not there. */
export function moduleFolder(family, name) {
  const said = spawnSync('go', ['mod', 'download', '-json', name], {
    cwd: join(modules, family),
    encoding: 'utf8',
    env: { ...process.env, GOTOOLCHAIN: 'local', GOWORK: 'off' },
  });
  const { Dir, Error: reason } = said.stdout?.startsWith('{') ? JSON.parse(said.stdout) : { Error: said.stderr };
  if (Dir === undefined) throw new Error(`the sources of ${name} cannot be had: ${String(reason).trim()}`);
  return Dir;
}
