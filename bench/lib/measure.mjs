// Runs contenders side by side and tells medians. Contenders take turns (A B C A B C …), so that what else happens on the machine
// hits all of them alike; figures of one run are to be compared with each other, not with those of another day.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { place, program } from './place.mjs';

/** @returns {{code:number, wallMs:number, goneMs:number, cpuMs:number, maxRssKb:number, left:number}} */
export function measure(argv, { cwd, env = {} } = {}) {
  const out = join(place, `measured-${process.pid}.json`);
  mkdirSync(place, { recursive: true });
  const result = spawnSync(program('measure'), [out, ...argv], {
    cwd,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  try {
    const measured = JSON.parse(readFileSync(out, 'utf8'));
    if (measured.code !== 0) {
      throw new Error(
        `${argv.join(' ')} ended with ${measured.code} in ${cwd}:\n${result.stderr.split('\n').slice(-15).join('\n')}`,
      );
    }
    return measured;
  } finally {
    rmSync(out, { force: true });
  }
}

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/**
 * @param contenders by name: a function that does one run and returns its measurement
 * @returns by name, the median of each figure; contenders that fail are told and left out
 */
export function sideBySide(contenders, { rounds, warmup = 1 }) {
  const found = new Map(Object.keys(contenders).map((name) => [name, []]));
  for (let round = -warmup; round < rounds; round++) {
    for (const [name, once] of Object.entries(contenders)) {
      if (!found.has(name)) continue;
      try {
        const measured = once();
        if (round >= 0) found.get(name).push(measured);
      } catch (error) {
        console.error(`! ${name} is left out: ${error.message}`);
        found.delete(name);
      }
    }
  }
  return Object.fromEntries([...found].map(([name, runs]) => [name, medians(runs)]));
}

const medians = (runs) =>
  Object.fromEntries(Object.keys(runs[0]).map((key) => [key, median(runs.map((run) => run[key]))]));

export function table(title, head, rows) {
  const cells = [head, ...rows.map((row) => row.map(String))];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)));
  const line = (row) =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join(' | ')} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  console.log(`\n## ${title}\n\n${[line(cells[0]), rule, ...cells.slice(1).map(line)].join('\n')}`);
}

export const ratio = (value, to) => (to === undefined || to <= 0 ? '–' : `${(value / to).toFixed(2)} ×`);
