// The unit tests that need no Unix on Windows' own Node: on Windows directly, elsewhere under Wine (scripts/testbed/wine.mjs).
//
//   npm run test:windows             all of them; the last line is `N passed, N failed, N skipped`
//   node scripts/test-windows.mjs WORD…   only files whose path holds one of the words
//
// The tests are bundled first, since the tools that load TypeScript are not there for Windows; what a file says of its own place is
// written in as Windows sees it. What they share is bundled once, so all of them load in one process in seconds. Under Wine the stand-in
// for wsl.exe works beside them on Linux (test/platform/stand-in.ts), so they go through the border of the two systems.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';
import { filesAgain, merged, showSkipped, showUnsteady, told } from './test-report.mjs';

const root = resolve(import.meta.dirname, '..');
const native = process.platform === 'win32';
const started = Date.now();
/** Rooms that are pure, or that know Windows. */
const rooms = ['core', 'language', 'graph', 'run', 'views', 'platform', 'interchange', 'costs', 'explain'];
const also = [
  ...['path', 'wsl', 'border', 'run-inside', 'wsl-trouble'].map((name) => `test/cli/${name}.test.ts`),
  ...['move-to-wsl', 'wsl-states'].map((name) => `test/extension/${name}.test.ts`),
];
/** Files of these rooms that say nothing about Windows, and why. */
const leftOut = [
  [/powershell\.test/, 'reads a text; what parses it is no part of the bundle'],
  [/tools\.test/, 'its stand-ins for tools are shell scripts'],
  [/shell-pool/, 'warm shells are bash'],
];

/** Somebody wants it to end: nothing is run again. */
let stopped = false;

const words = process.argv.slice(2);
const found = rooms.flatMap((room) => list(join('test', room))).concat(also);
const files = found.filter(
  (file) =>
    !leftOut.some(([name]) => name.test(file)) && (words.length === 0 || words.some((word) => file.includes(word))),
);
if (!native) {
  const up = spawnSync(process.execPath, ['scripts/testbed/wine.mjs', 'up'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (up.status !== 0) {
    console.log('Wine or Node for Windows cannot be had here: no test was run.');
    console.log('0 passed, 0 failed, 1 skipped');
    process.exit(0);
  }
}
mkdirSync(join(root, 'out'), { recursive: true });
// Inside the checkout, so that mocha is found from there.
const outdir = mkdtempSync(join(root, 'out', 'windows-'));
const work = mkdtempSync(join(tmpdir(), 'code-windows-'));
try {
  await bundle();
  process.exitCode = report(...(await again(await run(files))));
} finally {
  for (const folder of [outdir, work]) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

function list(folder) {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(folder, name))
    .sort();
}

/** A path as the tests see it. */
function seen(path) {
  return native ? path : `Z:${path.replaceAll('/', '\\')}`;
}

async function bundle() {
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: files,
    outdir,
    outbase: root,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
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

/** @returns what the runs amount to, and failures that did not come again */
async function again(first) {
  if (stopped) return [first, []];
  if (first === undefined) {
    console.log('\nThe tests did not come to their end; once more.');
    return [await run(files), []];
  }
  const some = filesAgain(first);
  if (some.length === 0) return [first, []];
  console.log(`\nOnce more, alone: ${some.join(', ')}`);
  const second = await run(some);
  if (second === undefined) return [first, []];
  const { summary, unsteady } = merged(first, second, some);
  return [summary, unsteady];
}

/** @returns what the reporter left, or nothing where it did not come to its end */
async function run(files) {
  const own = mkdtempSync(join(work, 'run-'));
  const summary = join(own, 'summary.json');
  const setup = join(outdir, 'setup.cjs');
  // Wine gives its own folder for temporary files, which Linux knows under another name.
  writeFileSync(setup, native ? '' : `process.env.TEMP = process.env.TMP = ${JSON.stringify(seen(work))};\n`);
  const mocha = join(root, 'node_modules', 'mocha', 'bin', 'mocha.js');
  const bundles = files.map((file) => join(outdir, file.replace(/\.ts$/, '.mjs')));
  // Wine keeps the pipes of a program that was killed open for as long as what it started lives, so nothing is waited for at the end.
  const options = ['--no-config', '--exit', '--timeout', '60000', '--require', seen(setup)];
  const reporter = ['--reporter', seen(join(root, 'scripts', 'mocha-reporter.cjs'))];
  const args = [mocha, ...options, ...reporter, ...bundles.map(seen)];
  const standIn = native ? undefined : await startStandIn();
  const env = {
    ...process.env,
    CODE_TEST_SUMMARY: seen(summary),
    CODE_ENGINE_HOME: seen(join(own, 'home')),
    ...(standIn === undefined ? {} : { FAKE_WSL_PORT: standIn.port, FAKE_WSL_NODE: process.execPath }),
  };
  const program = native ? args : [join(root, 'scripts', 'testbed', 'wine.mjs'), 'run', ...args];
  const child = spawn(process.execPath, program, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
  process.once('SIGTERM', () => {
    stopped = true;
    child.kill('SIGTERM');
  });
  await new Promise((done) => child.once('close', done));
  standIn?.server.kill();
  return existsSync(summary) ? inSources(JSON.parse(readFileSync(summary, 'utf8'))) : undefined;
}

/** The other side of test/platform/fake-wsl-relay.mjs. */
async function startStandIn() {
  const script = join(root, 'test', 'platform', 'fake-wsl-relay.mjs');
  const server = spawn(process.execPath, [script, '--serve'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise((done) => server.stdout.once('data', (chunk) => done(String(chunk).trim())));
  return { server, port };
}

/** The same with the names of the files that were bundled. */
function inSources({ passed, failures, skipped }) {
  const source = (file) =>
    file
      .replaceAll('\\', '/')
      .replace(/^.*?(?=test\/)/, '')
      .replace(/\.mjs$/, '.ts');
  const own = (list) => list.map((each) => ({ ...each, file: source(each.file) }));
  return {
    passed: Object.fromEntries(Object.entries(passed).map(([file, count]) => [source(file), count])),
    failures: own(failures),
    skipped: own(skipped),
  };
}

function report(summary, unsteady) {
  console.log(`\nTook ${((Date.now() - started) / 1000).toFixed(1)} s.`);
  if (summary === undefined) {
    console.log('The tests did not come to their end.');
    console.log('0 passed, 1 failed, 0 skipped');
    return 1;
  }
  const { failures, skipped } = summary;
  console.log('\nLeft out or skipped:');
  for (const [name, why] of leftOut) console.log(`  ${found.filter((file) => name.test(file)).join(', ')}: ${why}`);
  showSkipped(skipped);
  showUnsteady(unsteady);
  if (failures.length > 0) console.log('\nFailed:');
  for (const failure of failures) console.log(told(failure));
  const passed = Object.values(summary.passed).reduce((sum, count) => sum + count, 0);
  console.log(`${passed} passed, ${failures.length} failed, ${skipped.length} skipped`);
  return failures.length > 0 ? 1 : 0;
}
