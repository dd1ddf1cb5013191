/**
 * `npm run fuzz`: ten minutes over all targets, one after the other.
 *
 *   npm run fuzz -- --minutes 30          longer
 *   npm run fuzz -- --target parser       one of them
 *   npm run fuzz -- --seed 7              another course; it is printed
 *
 * Inputs that reached something new are kept in the user's cache and are where the next time begins. What fails is written to
 * `test/fuzz/regressions/TARGET/`, where the tests run it from then on; the exit code is 1.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { targets, type Target } from './targets.ts';
import type { Said, WorkerData } from './worker.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    target: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const chosen = targets.filter(({ name }) => values.target === undefined || name === values.target);
const minutes = Number(values.minutes);
if (chosen.length === 0 || !(minutes > 0)) {
  console.error(`Targets: ${targets.map(({ name }) => name).join(', ')}; --minutes takes a number.`);
  process.exit(2);
}
const HANG_MS = 10_000;
const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'code-engine-fuzz');

function keep(folder: string, input: Uint8Array): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, createHash('sha256').update(input).digest('hex').slice(0, 16));
  writeFileSync(file, input);
  return file;
}

function keptBefore(folder: string): Buffer[] {
  try {
    return readdirSync(folder)
      .sort()
      .map((name) => readFileSync(join(folder, name)));
  } catch {
    return [];
  }
}

/** @returns how many inputs failed */
async function fuzz(target: Target, ms: number): Promise<number> {
  const kept = join(cache, target.name);
  const regressions = join(import.meta.dirname, 'regressions', target.name);
  const current = new SharedArrayBuffer(8 + 16_384);
  const workerData: WorkerData = {
    target: target.name,
    seed: Number(values.seed),
    untilMs: Date.now() + ms,
    current,
    kept: [...keptBefore(kept), ...keptBefore(regressions)],
  };
  // A worker of Node 20 has none of its parent's loaders.
  const file = JSON.stringify(new URL('worker.ts', import.meta.url).href);
  const code = `import('tsx/esm/api').then(({ register }) => (register(), import(${file})))`;
  const worker = new Worker(code, { eval: true, workerData });
  let failures = 0;
  const fail = (input: Uint8Array, why: string): void => {
    failures++;
    console.log(`\n${target.name}: ${keep(regressions, input)}\n${why}\n`);
  };
  const numbers = new Int32Array(current, 0, 2);
  let last = -1;
  let since = process.cpuUsage();
  const watch = setInterval(() => {
    const now = Atomics.load(numbers, 0);
    const { user, system } = process.cpuUsage(since);
    if (now !== last) [last, since] = [now, process.cpuUsage()];
    else if (now > 0 && (user + system) / 1000 > HANG_MS) {
      fail(
        new Uint8Array(current, 8).slice(0, numbers[1]),
        `it had not ended after ${HANG_MS / 1000} s of the processor`,
      );
      void worker.terminate();
    }
  }, 500);
  worker.on('message', (said: Said) => {
    if (said.kind === 'found') fail(said.input, said.why);
    else if (said.kind === 'kept') keep(kept, said.input);
    else
      console.log(
        `${target.name}: ${said.runs} inputs, ${said.blocks} blocks reached, ${said.kept} inputs kept, ${failures} failed`,
      );
  });
  await new Promise<void>((done) => {
    worker.once('error', (error) => {
      console.log(`${target.name}: ${error.stack ?? error.message}`);
      failures++;
      done();
    });
    worker.once('exit', () => done());
  });
  clearInterval(watch);
  return failures;
}

console.log(`Fuzzing ${chosen.map(({ name }) => name).join(', ')} for ${minutes} minutes, seed ${values.seed}.`);
let failures = 0;
for (const target of chosen) failures += await fuzz(target, (minutes * 60_000) / chosen.length);
console.log(failures === 0 ? 'Nothing failed.' : `${failures} inputs failed; they are tests now.`);
process.exitCode = failures === 0 ? 0 : 1;
