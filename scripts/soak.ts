/**
 * The soak: runs of all kinds, one after another in a few lanes, for as long as one likes: cancelled, killed, resumed, approved. What
 * could grow is measured all the while (`soak/samples.ts`); at its end a table and a verdict.
 *
 *   npm run soak -- [--minutes N] [--lanes N] [--pause MS] [--seed N] [--engine FILE] [--json FILE]
 *
 * `--engine` is the command line to use, `dist/cli.js` otherwise; it is copied, so that a build meanwhile does not disturb. `--pause`
 * rests between the runs of a lane. Exit code 1 where something grew, was left, or ended as it must not.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { copyEngine } from './soak/engine-copy.ts';
import { oneRun, type Done, type Lane } from './soak/lane.ts';
import { RelayClient } from './soak/relay.ts';
import { processesIn, sample, type Places, type Sample } from './soak/samples.ts';
import { complaints, table } from './soak/verdict.ts';
import { WORKFLOWS } from './soak/workflows.ts';

const { values: given } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    lanes: { type: 'string', default: '2' },
    pause: { type: 'string', default: '0' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    engine: { type: 'string', default: 'dist/cli.js' },
    json: { type: 'string' },
  },
});

const SECRET = 'soak-S3cret-value-42';
/** So many runs stay; older ones are pruned, as a person would set it up. */
const KEPT = 25;
const PRUNE_EVERY = 25;

process.exitCode = await main();

async function main(): Promise<number> {
  if (!existsSync('/proc/self/fd')) {
    console.log('The soak reads /proc: Linux only.');
    return 0;
  }
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'code-soak-')));
  try {
    return await soak(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function soak(folder: string): Promise<number> {
  const workspace = join(folder, 'workspace');
  const home = join(folder, 'home');
  for (const made of [join(workspace, '.code'), home]) mkdirSync(made, { recursive: true });
  writeFileSync(join(workspace, 'in.txt'), 'in');
  for (const [kind, text] of Object.entries(WORKFLOWS)) writeFileSync(join(workspace, `${kind}.code.yaml`), text);
  const engine = copyEngine(resolve(given.engine), join(folder, 'engine'));
  const env = { ...process.env, CODE_ENGINE_HOME: home, SOAK_SECRET: SECRET };
  const relay = new RelayClient(engine, workspace, env);
  await relay.hello();
  await relay.ask('runs/list', { workspace });
  const lane: Lane = { engine, workspace, home, relay, env, random: randomFrom(Number(given.seed)) };
  const places: Places = { engine, workspace, home, relay: relay.child.pid ?? 0 };
  console.log(`seed ${given.seed}, ${given.lanes} lanes, ${given.minutes} minutes, in ${folder}`);
  const { done, samples, problems } = await work(lane, places);
  await untilQuiet(places);
  const end = sample(places, samples.at(-1)?.at ?? 0, done.length);
  const secrets = filesWith(join(workspace, '.code'), SECRET);
  await relay.close();
  const all = [...problems, ...complaints(samples, end), ...secrets.map((file) => `the secret is in ${file}`)];
  report(done, samples, all);
  if (given.json !== undefined) writeFileSync(given.json, JSON.stringify({ samples, end, problems: all }, null, 1));
  return all.length === 0 ? 0 : 1;
}

async function work(lane: Lane, places: Places): Promise<{ done: Done[]; samples: Sample[]; problems: string[] }> {
  const started = performance.now();
  const lengthMs = Number(given.minutes) * 60_000;
  const done: Done[] = [];
  const problems: string[] = [];
  const samples: Sample[] = [];
  const seconds = (): number => (performance.now() - started) / 1000;
  const look = (): void => void samples.push(sample(places, seconds(), done.length));
  const looking = setInterval(look, Math.min(10_000, lengthMs / 30));
  const oneLane = async (): Promise<void> => {
    while (performance.now() - started < lengthMs && !lane.relay.ended && problems.length < 20) {
      try {
        const one = await oneRun(lane);
        done.push(one);
        if (one.problem !== undefined) problems.push(one.problem);
      } catch (error) {
        problems.push(error instanceof Error ? error.message : String(error));
      }
      if (done.length % PRUNE_EVERY === 0) prune(lane);
      await new Promise((resume) => setTimeout(resume, Number(given.pause)));
    }
  };
  await Promise.all(Array.from({ length: Number(given.lanes) }, oneLane));
  clearInterval(looking);
  look();
  if (lane.relay.ended) problems.push('the relay ended by itself');
  return { done, samples, problems };
}

function prune({ engine, workspace, env }: Lane): void {
  spawnSync(process.execPath, [engine, 'runs', 'prune', '--keep', String(KEPT)], { cwd: workspace, env });
}

/** The last supervisors take a moment to leave. */
async function untilQuiet(places: Places): Promise<void> {
  const until = performance.now() + 15_000;
  while (processesIn(places).length > 0 && performance.now() < until) await new Promise((r) => setTimeout(r, 100));
}

function report(done: readonly Done[], samples: readonly Sample[], problems: readonly string[]): void {
  const count = new Map<string, number>();
  for (const { scenario } of done) count.set(scenario, (count.get(scenario) ?? 0) + 1);
  const kills = done.reduce((sum, one) => sum + one.kills, 0);
  console.log(`\n${table(samples)}\n`);
  console.log(
    `${done.length} runs: ${[...count].map(([name, n]) => `${n} ${name}`).join(', ')}; ${kills} supervisors killed`,
  );
  for (const problem of problems) console.log(`✖ ${problem}`);
  console.log(problems.length === 0 ? 'Flat: nothing grew, nothing was left.' : `${problems.length} complaints`);
}

function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true)
    .filter((file) => readFileSync(file).includes(text));
}

/** Mulberry32: small, and the same everywhere. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
