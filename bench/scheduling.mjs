// What a task costs beyond its own work, in four shapes: `true` as the task, two at a time. The cost of starting the program itself
// is taken out by running few tasks and many: marginal cost = (time of many − time of few) / (many − few). Where others work on the
// machine only the processor time says something: CODE_BENCH_SCRATCH=/dev/shm nice -n -15 npm run bench -- scheduling --only ninja.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { contenders, graph } from './lib/graphs.mjs';
import { measure, median, ratio, sideBySide, table } from './lib/measure.mjs';
import { scratch } from './lib/place.mjs';

const SHAPES = ['flat', 'chain', 'layers', 'random'];
const JOBS = 2;
const FEW = 10;
/** The slow ones get fewer tasks; their cost per task is the same or grows with the number. */
const MANY = {
  quick: { ours: 1000, ninja: 1000, make: 1000, wireit: 100, nx: 60, turbo: 30 },
  full: { ours: 5000, ninja: 5000, make: 5000, wireit: 500, nx: 200, turbo: 60 },
};

export async function run({ full, rounds, only }) {
  const names = Object.keys(contenders).filter((name) => only.length === 0 || name === 'ours' || only.includes(name));
  const many = full ? MANY.full : MANY.quick;
  const work = scratch();
  const right = verified(work, names);
  const figures = {};
  for (const shape of SHAPES) figures[shape] = oneShape(work, shape, right, many, rounds);
  show(figures, right);
  memory(work, rounds);
  return figures;
}

function prepare(work, name, label, tasks) {
  const folder = join(work, `${name}-${label}`);
  mkdirSync(folder);
  const argv = contenders[name](folder, tasks, JOBS);
  const env = { CODE_ENGINE_HOME: join(work, 'home') };
  return () => measure(argv, { cwd: folder, env });
}

/** Only who runs every task once, and none before what it needs, is worth timing. */
function verified(work, names) {
  return names.filter((name) => {
    const log = join(work, `${name}.log`);
    const tasks = graph('random', 40, (index) => `echo t${index} >>${log}`);
    try {
      prepare(work, name, 'verify', tasks)();
      const order = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
      const at = new Map(order.map((task, index) => [task, index]));
      const fine =
        order.length === tasks.length &&
        tasks.every((task) => task.needs.every((need) => at.get(need) < at.get(task.name)));
      if (!fine)
        console.error(`! ${name} is left out: it ran ${order.length} of ${tasks.length} tasks, or in a wrong order`);
      return fine;
    } catch (error) {
      console.error(`! ${name} is left out: ${error.message}`);
      return false;
    }
  });
}

function oneShape(work, shape, names, many, rounds) {
  const runs = {};
  for (const name of names) {
    runs[`${name} few`] = prepare(work, name, `${shape}-few`, graph(shape, FEW));
    runs[`${name} many`] = prepare(work, name, `${shape}-many`, graph(shape, many[name]));
  }
  const found = sideBySide(runs, { rounds });
  return Object.fromEntries(
    names
      .filter((name) => found[`${name} few`] && found[`${name} many`])
      .map((name) => {
        const [few, most] = [found[`${name} few`], found[`${name} many`]];
        const per = (key) => ((most[key] - few[key]) * 1000) / (many[name] - FEW);
        return [
          name,
          {
            wallUs: per('wallMs'),
            cpuUs: per('cpuMs'),
            startMs: few.wallMs,
            rssMb: most.maxRssKb / 1024,
            tasks: many[name],
          },
        ];
      }),
  );
}

function show(figures, names) {
  for (const [what, key] of [
    ['wall time', 'wallUs'],
    ['processor time', 'cpuUs'],
  ]) {
    const rows = names.map((name) => [name, ...SHAPES.map((shape) => cell(figures[shape], name, key))]);
    table(`One more task: ${what} in µs, and ours as a multiple`, ['', ...SHAPES], rows);
  }
  const start = names.map((name) => {
    const all = SHAPES.map((shape) => figures[shape][name]).filter(Boolean);
    return [
      name,
      `${median(all.map(({ startMs }) => startMs)).toFixed(0)} ms`,
      `${Math.max(...all.map(({ rssMb }) => rssMb)).toFixed(0)} MB`,
      all[0]?.tasks ?? '',
    ];
  });
  table('Ten tasks from start to end, and the largest process with many', ['', 'ten tasks', 'memory', 'many'], start);
}

function cell(shape, name, key) {
  const figure = shape[name];
  if (figure === undefined) return '–';
  const own = shape.ours?.[key];
  return name === 'ours' || own === undefined
    ? figure[key].toFixed(0)
    : `${figure[key].toFixed(0)} (${ratio(own, figure[key])})`;
}

function memory(work, rounds) {
  const runs = {
    'ours, flat': prepare(work, 'ours', 'memory-flat', graph('flat', 10_000)),
    'ours, random': prepare(work, 'ours', 'memory-random', graph('random', 10_000)),
  };
  const found = sideBySide(runs, { rounds: Math.min(rounds, 2), warmup: 0 });
  const rows = Object.entries(found).map(([name, { wallMs, maxRssKb }]) => [
    name,
    `${(wallMs / 1000).toFixed(2)} s`,
    `${(maxRssKb / 1024).toFixed(0)} MB`,
  ]);
  table('Ten thousand tasks (goal: under 120 MB in the largest process)', ['', 'wall', 'memory'], rows);
}
