// What a command costs before it does anything, against Node's own start; and the checking of a large file.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contenders, graph } from './lib/graphs.mjs';
import { measure, sideBySide, table } from './lib/measure.mjs';
import { cli, scratch } from './lib/place.mjs';

export async function run({ rounds }) {
  const work = scratch();
  const env = { CODE_ENGINE_HOME: join(work, 'home') };
  const node =
    (...args) =>
    () =>
      measure([process.execPath, ...args], { cwd: work, env });
  const file = (shape, count) => {
    const folder = join(work, `${shape}-${count}`);
    mkdirSync(folder);
    contenders.ours(folder, graph(shape, count), 2);
    return join(folder, 'bench.code.yaml');
  };
  writeFileSync(join(work, 'empty.js'), '');
  const small = sideBySide(
    {
      'node -e 0': node('-e', '0'),
      'code-engine --version': node(cli, '--version'),
      'code-engine --help': node(cli, '--help'),
      'code-engine types --json': node(cli, 'types', '--json'),
      'code-engine validate, 5 tasks': node(cli, 'validate', file('random', 5)),
    },
    { rounds: Math.max(rounds * 3, 9) },
  );
  const large = sideBySide(
    {
      'node -e 0': node('-e', '0'),
      'code-engine validate, 1,000 tasks': node(cli, 'validate', file('random', 1000)),
      'code-engine validate, 10,000 tasks': node(cli, 'validate', file('random', 10_000)),
    },
    { rounds: Math.min(rounds, 5) },
  );
  for (const [title, found] of [
    ['Start-up (goal: 40 ms above node -e 0)', small],
    ['Checking a large file (goal: 10,000 tasks within a second)', large],
  ]) {
    const bare = found['node -e 0'];
    const rows = Object.entries(found).map(([name, { wallMs, cpuMs, maxRssKb }]) => [
      name,
      `${wallMs.toFixed(1)} ms`,
      `+${(wallMs - bare.wallMs).toFixed(1)} ms`,
      `${(wallMs / bare.wallMs).toFixed(2)} ×`,
      `${cpuMs.toFixed(0)} ms`,
      `${(maxRssKb / 1024).toFixed(0)} MB`,
    ]);
    table(title, ['', 'wall', 'above node', 'of node', 'processor', 'memory'], rows);
  }
  return { small, large };
}
