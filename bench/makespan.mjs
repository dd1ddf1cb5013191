// How close a deployment of 30 tasks comes to the shortest time that its critical path and the pool allow.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { contenders } from './lib/graphs.mjs';
import { measure, sideBySide, table } from './lib/measure.mjs';
import { scratch } from './lib/place.mjs';

const JOBS = 10;

/** Seconds and what each task needs: a network, a cluster, images, data, services, then the checks. */
const DEPLOYMENT = {
  network: [1.2],
  dns: [0.6, 'network'],
  registry: [0.9, 'network'],
  cluster: [4.1, 'network'],
  node_pool: [1.7, 'cluster'],
  storage: [0.8, 'cluster'],
  certificates: [0.7, 'dns'],
  lint: [0.9],
  unit_tests: [2.3],
  image_web: [2.6, 'registry', 'lint', 'unit_tests'],
  image_api: [3.1, 'registry', 'lint', 'unit_tests'],
  image_worker: [2.2, 'registry', 'lint', 'unit_tests'],
  scan_web: [0.8, 'image_web'],
  scan_api: [0.9, 'image_api'],
  scan_worker: [0.7, 'image_worker'],
  database: [2.8, 'node_pool', 'storage'],
  cache: [1.1, 'node_pool'],
  queue: [1.3, 'node_pool', 'storage'],
  migrate: [1.4, 'database', 'scan_api'],
  api: [1.9, 'migrate', 'cache', 'queue'],
  worker: [1.6, 'queue', 'migrate', 'scan_worker'],
  web: [1.5, 'api', 'scan_web'],
  ingress: [0.7, 'certificates', 'web'],
  metrics: [1.8, 'node_pool'],
  logs: [1.5, 'node_pool', 'storage'],
  dashboards: [0.6, 'metrics', 'logs'],
  alerts: [0.5, 'metrics'],
  smoke_api: [0.8, 'api'],
  smoke_web: [0.9, 'ingress'],
  report: [0.2, 'smoke_web', 'smoke_api', 'dashboards', 'alerts', 'worker'],
};

const tasksAt = (scale) =>
  Object.entries(DEPLOYMENT).map(([name, [seconds, ...needs]]) => ({
    name,
    needs,
    command: `sleep ${(seconds * scale).toFixed(4)}`,
    seconds: seconds * scale,
  }));

/** No schedule can be shorter than the longest path, nor than all work spread over the pool. */
function boundOf(tasks) {
  const finish = new Map();
  for (const { name, needs, seconds } of tasks)
    finish.set(name, seconds + Math.max(0, ...needs.map((need) => finish.get(need))));
  const work = tasks.reduce((sum, { seconds }) => sum + seconds, 0);
  return Math.max(...finish.values(), work / JOBS);
}

export async function run({ full, rounds, only }) {
  const work = scratch();
  const figures = {};
  for (const scale of full ? [1, 0.1] : [0.1]) {
    const tasks = tasksAt(scale);
    const bound = boundOf(tasks);
    const names = ['ours', 'ninja', 'make', 'wireit', 'nx'].filter(
      (name) => only.length === 0 || name === 'ours' || only.includes(name),
    );
    const runs = {};
    for (const name of names) {
      const folder = join(work, `${name}-${scale}`);
      mkdirSync(folder);
      const argv = contenders[name](folder, tasks, JOBS);
      runs[name] = () => measure(argv, { cwd: folder, env: { CODE_ENGINE_HOME: join(work, 'home') } });
    }
    const found = sideBySide(runs, { rounds: scale === 1 ? Math.min(rounds, 2) : rounds, warmup: scale === 1 ? 0 : 1 });
    const rows = Object.entries(found).map(([name, { wallMs, cpuMs }]) => [
      name,
      `${(wallMs / 1000).toFixed(3)} s`,
      (wallMs / 1000 / bound).toFixed(4),
      `${cpuMs.toFixed(0)} ms`,
    ]);
    table(
      `A deployment of 30 tasks, bound ${bound.toFixed(2)} s (goal: 1.01)`,
      ['', 'makespan', 'of the bound', 'processor'],
      rows,
    );
    figures[scale] = { bound, ...found };
  }
  return figures;
}
