/** From samples to a table and a yes or no. A leak is a line that rises; what goes up and down around a level is not one. */
import type { Sample } from './samples.ts';

type Measure = Exclude<keyof Sample, 'at' | 'runs'>;

/** How much each measure may rise over the soak, by the line that fits its samples best; caches and heaps settle in the first fifth. */
const MAY_RISE: Readonly<Record<Measure, { readonly by: number; readonly ofMean: number }>> = {
  rssKb: { by: 4096, ofMean: 0.1 },
  handles: { by: 2, ofMean: 0 },
  threads: { by: 1, ofMean: 0 },
  supervisors: { by: 2, ofMean: 0 },
  largestSupervisorKb: { by: 8192, ofMean: 0.1 },
  taskProcesses: { by: 4, ofMean: 0 },
  journals: { by: 30, ofMean: 0 },
  temporary: { by: 1, ofMean: 0 },
  sockets: { by: 2, ofMean: 0 },
  tickets: { by: 2, ofMean: 0 },
};

/** Nothing of this may be there when all runs have ended. */
const NOTHING_LEFT: readonly Measure[] = ['supervisors', 'taskProcesses', 'temporary', 'sockets', 'tickets'];

const WARM_UP = 0.2;

/** How sure one must be that a line rises at all, in standard errors of its slope: some measures go up and down a lot. */
const SURE = 3;

/** Least squares. @returns units of `y` a second, and their standard error */
export function slope(points: readonly { readonly x: number; readonly y: number }[]): { by: number; error: number } {
  const mean = (of: (p: { x: number; y: number }) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [mx, my] = [mean(({ x }) => x), mean(({ y }) => y)];
  const spread = points.reduce((sum, { x }) => sum + (x - mx) ** 2, 0);
  if (spread === 0 || points.length < 3) return { by: 0, error: 0 };
  const by = points.reduce((sum, { x, y }) => sum + (x - mx) * (y - my), 0) / spread;
  const rest = points.reduce((sum, { x, y }) => sum + (y - my - by * (x - mx)) ** 2, 0) / (points.length - 2);
  return { by, error: Math.sqrt(rest / spread) };
}

/** @param end taken when all runs had ended @returns what rises or is left, in words; empty where nothing is */
export function complaints(samples: readonly Sample[], end: Sample): string[] {
  const steady = samples.slice(Math.floor(samples.length * WARM_UP));
  const seconds = (steady.at(-1)?.at ?? 0) - (steady[0]?.at ?? 0);
  const said: string[] = [];
  for (const [name, { by, ofMean }] of Object.entries(MAY_RISE) as [Measure, { by: number; ofMean: number }][]) {
    const points = steady.map((one) => ({ x: one.at, y: one[name] }));
    const { by: perSecond, error } = slope(points);
    const rise = perSecond * seconds;
    const mean = points.reduce((sum, { y }) => sum + y, 0) / Math.max(1, points.length);
    if (rise > Math.max(by, ofMean * mean) && perSecond > SURE * error)
      said.push(`${name} rises by ${rise.toFixed(1)} in ${Math.round(seconds)} s`);
  }
  for (const name of NOTHING_LEFT) if (end[name] > 0) said.push(`${end[name]} ${name} are left at the end`);
  return said;
}

const COLUMNS: readonly (readonly [string, (sample: Sample) => string])[] = [
  ['minute', ({ at }) => (at / 60).toFixed(1)],
  ['runs', ({ runs }) => String(runs)],
  ['relay MiB', ({ rssKb }) => (rssKb / 1024).toFixed(1)],
  ['handles', ({ handles }) => String(handles)],
  ['threads', ({ threads }) => String(threads)],
  ['supervisors', ({ supervisors }) => String(supervisors)],
  ['largest MiB', ({ largestSupervisorKb }) => (largestSupervisorKb / 1024).toFixed(1)],
  ['task processes', ({ taskProcesses }) => String(taskProcesses)],
  ['journals', ({ journals }) => String(journals)],
  ['.tmp', ({ temporary }) => String(temporary)],
  ['sockets', ({ sockets }) => String(sockets)],
  ['tickets', ({ tickets }) => String(tickets)],
];

/** At most so many rows, evenly over the time, the last sample among them. */
export function table(samples: readonly Sample[], rows = 13): string {
  const every = Math.max(1, Math.ceil((samples.length - 1) / (rows - 1)));
  const shown = samples.filter((_, i) => i % every === 0 || i === samples.length - 1);
  const cells = [COLUMNS.map(([title]) => title), ...shown.map((one) => COLUMNS.map(([, text]) => text(one)))];
  const widths = COLUMNS.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells.map((row) => row.map((cell, i) => cell.padStart(widths[i] ?? 0)).join('  ')).join('\n');
}
