// Builds and tests. The last line is exactly `N passed, N failed, N skipped`; the exit code is 0 only where nothing failed.
//
//   npm test                       everything that needs Node alone
//   npm run test:all               also test/system (real tools) and test/e2e (a real editor), after setting up the test bed
//   node scripts/test.mjs WORD…    only the test files whose path holds one of the words, without building; --all widens the choice
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesAgain, merged, showSkipped, showUnsteady, told } from './test-report.mjs';

/** Nothing said for this long: something hangs. Longer than the longest wait inside a test. */
const SILENCE_MS = 15 * 60_000;
/** All tests are done and the process is still there: a test left something open. */
const LEAVE_MS = 30_000;

const args = process.argv.slice(2);
const all = args.includes('--all');
const words = args.filter((arg) => !arg.startsWith('--'));
const work = mkdtempSync(join(tmpdir(), 'code-test-'));
const NOTHING = { passed: {}, failures: [], skipped: [] };

const failed = [];
const notes = [];
/** Failures of tests that passed when they ran once more. */
const unsteady = [];

try {
  process.exitCode = await main();
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function main() {
  const started = Date.now();
  if (words.length === 0) step('build', () => run(process.execPath, ['esbuild.mjs']));
  const undo = all && words.length === 0 ? setUpTestBed() : [];
  const files = testFiles();
  const summary = files.length > 0 ? await again(await mocha(files)) : NOTHING;
  for (const script of undo.reverse()) run(process.execPath, [script, 'down']);
  if (files.length === 0) failed.push('no test was found');
  report(summary, Date.now() - started);
  const failures = failed.length + summary.failures.length;
  const passed = Object.values(summary.passed).reduce((sum, count) => sum + count, 0);
  console.log(`${passed} passed, ${failures} failed, ${summary.skipped.length} skipped`);
  return failures > 0 ? 1 : 0;
}

function run(program, list) {
  const result = spawnSync(program, list, { stdio: ['ignore', 'inherit', 'inherit'] });
  return result.error?.message ?? (result.status === 0 ? undefined : `exit code ${result.status ?? result.signal}`);
}

function step(name, work) {
  const started = Date.now();
  const why = work();
  console.log(
    `${why === undefined ? '✔' : '✖'} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)${why === undefined ? '' : `: ${why}`}`,
  );
  if (why !== undefined) failed.push(`${name}: ${why}`);
}

/**
 * Each set-up (`scripts/testbed/NAME.mjs up`) brings its tools and says on standard error what it had to leave out; 3 means that the
 * tool cannot be had on this machine, and the tests that need it will skip. What was started here is stopped again in CI.
 */
function setUpTestBed() {
  const folder = join('scripts', 'testbed');
  const undo = [];
  for (const name of existsSync(folder) ? readdirSync(folder).sort() : []) {
    if (!name.endsWith('.mjs')) continue;
    const script = join(folder, name);
    const stops = /\bup\|down\b/.test(readFileSync(script, 'utf8'));
    const ranBefore = stops && spawnSync(process.execPath, [script, 'status'], { stdio: 'ignore' }).status === 0;
    const started = Date.now();
    const { status, signal } = spawnSync(process.execPath, [script, 'up'], { stdio: ['ignore', 'ignore', 'inherit'] });
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    console.log(`${status === 0 ? '✔' : '-'} test bed ${name} (${seconds} s)`);
    if (status !== 0) notes.push(`test bed ${name}: not set up (exit code ${status ?? signal}), see above`);
    if (stops && !ranBefore && process.env.CI) undo.push(script);
  }
  return undo;
}

function testFiles() {
  const found = readdirSync('test', { recursive: true, encoding: 'utf8' })
    .map((path) => join('test', path))
    .filter((path) => /\.test\.(ts|mjs)$/.test(path) && !path.includes('node_modules'))
    .sort();
  const beyond = (path) => /^test[\\/](system|e2e)[\\/]/.test(path);
  const left = found.filter((path) => beyond(path) && !all && words.length === 0);
  if (left.length > 0)
    notes.push(`${left.length} test files of test/system and test/e2e, which need real tools: npm run test:all`);
  return found.filter((path) => (words.length > 0 ? words.some((word) => path.includes(word)) : all || !beyond(path)));
}

/** In CI the files of a few failed tests run once more, alone. */
async function again(first) {
  const files = failed.length > 0 ? [] : filesAgain(first);
  if (files.length === 0) return first;
  console.log(`\nOnce more, alone: ${files.join(', ')}`);
  rmSync(join(work, 'summary.json'), { force: true });
  const second = await mocha(files);
  const both = merged(first, second, files);
  if (failed.length === 0) unsteady.push(...both.unsteady);
  return both.summary;
}

/** Runs mocha in a process of its own, so a crash of it is a failure like any other. */
function mocha(files) {
  const summaryFile = join(work, 'summary.json');
  const list = ['node_modules/mocha/bin/mocha.js', '--reporter', 'scripts/mocha-reporter.cjs', ...files];
  const env = { ...process.env, CODE_TEST_SUMMARY: summaryFile, CODE_ENGINE_HOME: join(work, 'home') };
  const child = spawn(process.execPath, list, { stdio: ['ignore', 'pipe', 'inherit'], env });
  return new Promise((resolve) => {
    let timer;
    const give = (ms, why) => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        failed.push(why);
        child.kill('SIGKILL');
      }, ms);
    };
    const ended = () => existsSync(summaryFile);
    const leaving = setInterval(() => {
      if (!ended()) return;
      clearInterval(leaving);
      give(LEAVE_MS, 'a test left something open: the test process did not end by itself');
    }, 500);
    const alive = () => ended() || give(SILENCE_MS, `no test said anything for ${SILENCE_MS / 60_000} minutes`);
    alive();
    child.stdout.on('data', (chunk) => {
      process.stdout.write(chunk);
      alive();
    });
    child.on('error', (error) => failed.push(`mocha could not be started: ${error.message}`));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      clearInterval(leaving);
      resolve(ended() ? finished(JSON.parse(readFileSync(summaryFile, 'utf8')), code, signal) : died(code, signal));
    });
  });
}

function finished(summary, code, signal) {
  if (summary.failures.length === 0 && code !== 0 && failed.length === 0)
    failed.push(`mocha ended with ${code ?? signal} after its last test`);
  return summary;
}

function died(code, signal) {
  failed.push(`mocha did not come to its end (${code === null ? signal : `exit code ${code}`})`);
  return NOTHING;
}

function report({ failures, skipped }, ms) {
  if (skipped.length + notes.length > 0) {
    console.log('\nSkipped:');
    showSkipped(skipped);
    for (const note of notes) console.log(`  ${note}`);
  }
  showUnsteady(unsteady);
  if (failures.length + failed.length > 0) {
    console.log('\nFailed:');
    for (const failure of failures) console.log(told(failure));
    for (const why of failed) console.log(`  ${why}`);
  }
  console.log(`\nTook ${(ms / 1000).toFixed(1)} s.`);
}
