// Reading back a run with a hundred thousand events: decoding with checksums and folding into a state, against JSON.parse per line.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';
import { median, table } from './lib/measure.mjs';
import { repository, scratch } from './lib/place.mjs';

const EVENTS = 100_000;

export async function run({ rounds }) {
  const work = scratch();
  const { decodeJournal, encodeLine, reduceAll } = await bundled(work);
  const file = join(work, 'journal.log');
  writeFileSync(file, journal(encodeLine));
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n').length;
  const ways = {
    read: () => readFileSync(file),
    'read, JSON.parse per line': () =>
      readFileSync(file, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line.slice(9))),
    'ours: decode': () => decodeJournal(readFileSync(file)),
    'ours: decode and fold': () => reduceAll(decodeJournal(readFileSync(file)).events),
  };
  const times = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
  for (let round = -1; round < Math.max(rounds, 5); round++) {
    for (const [name, read] of Object.entries(ways)) {
      const started = performance.now();
      read();
      if (round >= 0) times[name].push(performance.now() - started);
    }
  }
  const bare = median(times['read, JSON.parse per line']);
  const rows = Object.entries(times).map(([name, all]) => [
    name,
    `${median(all).toFixed(0)} ms`,
    `${(median(all) / bare).toFixed(2)} ×`,
  ]);
  table(`A journal of ${lines.toLocaleString('en')} events (goal: under 300 ms)`, ['', 'time', 'of bare JSON'], rows);
  return times;
}

async function bundled(work) {
  const outfile = join(work, 'run.mjs');
  const from = (name) => JSON.stringify(join(repository, 'src', 'run', name));
  mkdirSync(work, { recursive: true });
  await esbuild.build({
    stdin: {
      contents: `export * from ${from('journal-format.ts')}; export { reduceAll } from ${from('reduce.ts')};`,
      resolveDir: repository,
      loader: 'ts',
    },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  return import(pathToFileURL(outfile).href);
}

/** A run of many tasks, each with what a real one leaves: admitted, started, process, three pieces of output, finished. */
function journal(encodeLine) {
  const perTask = 6;
  const count = Math.floor(EVENTS / perTask);
  const started = Date.UTC(2026, 10, 29, 10);
  const lines = [];
  let seq = 0;
  const add = (body) => {
    seq += 1;
    lines.push(
      encodeLine({ v: 1, seq, time: new Date(started + seq).toISOString(), runId: '20261129-100000-abcdef', ...body }),
    );
  };
  const identity = { pid: 4242, startTime: '123456', bootId: '8c0d7a52-0d43-4f2c-9b9e-0d6f7d3f9a11' };
  const task = (index) => `task_${index}`;
  const tasks = Array.from({ length: count }, (_, index) => ({
    task: task(index),
    name: task(index),
    type: 'shell',
    stage: 'only',
    dependsOn: [],
    line: index * 3,
    hash: 'f'.repeat(64),
  }));
  const plan = {
    hash: 'e'.repeat(64),
    workflow: 'bench',
    file: '/w/bench.code.yaml',
    root: '/w',
    schedule: 'stages',
    limits: { io: 10, cpu: 4 },
    stages: ['only'],
    tasks,
  };
  add({ type: 'run.started', plan, supervisor: identity, engine: '0.1.0' });
  for (let index = 0; index < count; index++) {
    const it = { task: task(index), attempt: 1 };
    if (index % 50 === 0)
      add({ type: 'tasks.admitted', tasks: tasks.slice(index, index + 50).map((each) => each.task) });
    add({ type: 'task.started', ...it });
    add({ type: 'task.process', ...it, process: identity, group: 4242 });
    for (let piece = 0; piece < 3; piece++)
      add({ type: 'task.output', ...it, stream: 'stdout', offset: piece * 4096, length: 4096 });
    add({ type: 'task.finished', ...it, status: 'succeeded', exitCode: 0, durationMs: 12, outputs: {} });
  }
  add({ type: 'run.finished', status: 'succeeded', durationMs: 100_000, criticalPathMs: 12, serialMs: 12 * count });
  return lines.join('');
}
