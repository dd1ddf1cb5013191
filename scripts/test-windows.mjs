// The unit tests that need no Unix on Windows' own Node: on Windows directly, elsewhere under Wine (scripts/testbed/wine.mjs).
//
//   npm run test:windows             all of them; the last line is `N passed, N failed, N skipped`
//   node scripts/test-windows.mjs WORD…   only files whose path holds one of the words
//
// The tests are bundled first, since the tools that load TypeScript are not there for Windows; what a file says of its own place is
// written in as Windows sees it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';

const root = resolve(import.meta.dirname, '..');
const native = process.platform === 'win32';
/** Rooms that are pure, or that know Windows; what starts Unix programs is left to Linux. */
const rooms = ['core', 'language', 'graph', 'run', 'views', 'platform', 'interchange'];
const also = ['test/cli/path.test.ts', 'test/cli/wsl.test.ts'];
/** Tests whose stand-ins are shell scripts, and one whose grammar (wasm) is not bundled. */
const leftOut = /powershell|tools\.test|shell-pool|cgroup/;

if (!native) {
  const up = spawnSync(process.execPath, ['scripts/testbed/wine.mjs', 'up'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (up.status !== 0) {
    console.log('Wine or Node for Windows cannot be had here: no test was run.');
    console.log('0 passed, 0 failed, 1 skipped');
    process.exit(process.env.CI ? 1 : 0);
  }
}
const words = process.argv.slice(2);
const files = rooms
  .flatMap((room) => list(join('test', room)))
  .concat(also)
  .filter((file) => !leftOut.test(file) && (words.length === 0 || words.some((word) => file.includes(word))));
mkdirSync(join(root, 'out'), { recursive: true });
// Inside the checkout, so that mocha is found from there.
const outdir = mkdtempSync(join(root, 'out', 'windows-'));
try {
  await bundle();
  process.exitCode = report(run());
} finally {
  rmSync(outdir, { recursive: true, force: true });
}

function list(folder) {
  try {
    return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

async function bundle() {
  const seen = (path) => (native ? path : `Z:${path.replaceAll('/', '\\')}`);
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: files,
    outdir,
    outbase: root,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
    external: ['mocha'],
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    plugins: [
      {
        name: 'own place',
        setup(build) {
          build.onLoad({ filter: /[\\/](?:src|test)[\\/].*\.ts$/ }, ({ path }) => ({
            loader: 'ts',
            contents: readFileSync(path, 'utf8')
              .replaceAll('import.meta.dirname', JSON.stringify(seen(dirname(path))))
              .replaceAll(
                'import.meta.url',
                JSON.stringify(native ? pathToFileURL(path).href : `file:///Z:${encodeURI(path)}`),
              ),
          }));
        },
      },
    ],
  });
}

function run() {
  const mocha = join(root, 'node_modules', 'mocha', 'bin', 'mocha.js');
  const bundles = files.map((file) => join(outdir, file.replace(/\.ts$/, '.mjs')));
  // Into a file: what is printed is mixed with what tests and their programs print, and was once cut off.
  const file = join(outdir, 'report.json');
  const reporter = ['--reporter', 'json', '--reporter-option', `output=${relative(root, file).replaceAll('\\', '/')}`];
  const args = [mocha, '--no-config', '--timeout', '60000', ...reporter, ...bundles];
  const program = native ? args : ['scripts/testbed/wine.mjs', 'run', ...args];
  const done = spawnSync(process.execPath, program, { cwd: root, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
  return { json: existsSync(file) ? readFileSync(file, 'utf8') : '', printed: done.stdout + done.stderr };
}

function report({ json, printed }) {
  if (json === '') {
    console.log(printed.slice(-8000));
    console.log('0 passed, 1 failed, 0 skipped');
    return 1;
  }
  const { stats, failures, pending } = JSON.parse(json);
  for (const failure of failures)
    console.log(`✖ ${failure.fullTitle}\n    ${String(failure.err.message).split('\n').slice(0, 6).join('\n    ')}`);
  for (const test of pending) console.log(`- ${test.fullTitle}`);
  console.log(`${stats.passes} passed, ${stats.failures} failed, ${stats.pending} skipped`);
  return stats.failures > 0 ? 1 : 0;
}
