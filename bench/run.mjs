// Measures the engine against its goals and its peers, side by side on this machine.
//
//   npm run bench -- [PART…] [--full] [--rounds N] [--only PEER,PEER] [--out FILE]
//
// Parts: scheduling, makespan, log, startup, journal, bridge, editor, window (all by default). `--full` takes the long sizes. Figures of different days or
// machines cannot be compared; the ratios of one run can. On a busy machine `nice -n -10` as root steadies them. Peers are installed into ${CODE_BENCH:-~/.cache/code-bench} at first use.
import { writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { buildEngine } from './lib/place.mjs';

const PARTS = ['startup', 'journal', 'bridge', 'scheduling', 'makespan', 'log', 'editor', 'window'];
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    full: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
    out: { type: 'string' },
  },
});
const unknown = positionals.filter((part) => !PARTS.includes(part));
const rounds = Number(values.rounds);
if (unknown.length > 0 || !Number.isInteger(rounds) || rounds < 1) {
  console.error(`usage: npm run bench -- [${PARTS.join('|')}]… [--full] [--rounds N] [--only PEER,PEER] [--out FILE]`);
  process.exit(2);
}

buildEngine();
console.log(
  `${cpus().length} × ${cpus()[0].model}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, kernel ${release()}, Node ${process.version}; medians of ${rounds} rounds that take turns`,
);
const figures = {};
for (const part of PARTS.filter((each) => positionals.length === 0 || positionals.includes(each))) {
  const { run } = await import(`./${part}.mjs`);
  figures[part] = await run({ full: values.full, rounds, only: values.only.split(',').filter(Boolean) });
}
if (values.out !== undefined) writeFileSync(values.out, JSON.stringify(figures, null, 2));
