// One task that prints a gigabyte, against the same program writing straight into a file.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measure, sideBySide, table } from './lib/measure.mjs';
import { cli, program, scratch, which } from './lib/place.mjs';

const BYTES = 1 << 30;

export async function run({ rounds }) {
  const work = scratch();
  const lines = `${program('lines')} ${BYTES}`;
  const env = { CODE_ENGINE_HOME: join(work, 'home'), BENCH_PASSWORD: 'nowhere-in-the-log-7f3a' };
  const yaml = (extra) =>
    `name: log\n${extra}parallel_deployment:\n  only:\n    - task: flood\n      type: shell\n      with: { run: ${JSON.stringify(lines)} }\n`;
  const ours = (name, extra) => {
    const folder = join(work, name);
    mkdirSync(folder);
    writeFileSync(join(folder, 'log.code.yaml'), yaml(extra));
    return () => {
      const measured = measure([process.execPath, cli, 'run', join(folder, 'log.code.yaml'), '--quiet'], {
        cwd: folder,
        env,
      });
      rmSync(join(folder, '.code'), { recursive: true, force: true });
      return measured;
    };
  };
  const direct = (name, argv) => () => {
    const measured = measure(argv, { cwd: work });
    rmSync(join(work, name), { force: true });
    return measured;
  };
  writeFileSync(join(work, 'build.ninja'), `rule r\n  command = ${lines}\nbuild flood: r\n`);
  const runs = {
    'straight to a file': direct('out', ['sh', '-c', `exec ${lines} >out`]),
    'through a pipe (cat)': direct('out', ['sh', '-c', `${lines} | cat >out`]),
    ours: ours('plain', ''),
    'ours, with a secret to mask': ours('masked', 'secrets: [BENCH_PASSWORD]\n'),
    ...(which('ninja') === undefined
      ? {}
      : { ninja: () => measure(['sh', '-c', 'ninja flood >/dev/null'], { cwd: work }) }),
  };
  const found = sideBySide(runs, { rounds: Math.min(rounds, 5) });
  const fastest = found['straight to a file'];
  const rows = Object.entries(found).map(([name, { wallMs, cpuMs, maxRssKb }]) => [
    name,
    `${(BYTES / 1e6 / (wallMs / 1000)).toFixed(0)} MB/s`,
    (fastest.wallMs / wallMs).toFixed(2),
    `${cpuMs.toFixed(0)} ms`,
    `${(maxRssKb / 1024).toFixed(0)} MB`,
  ]);
  table(
    'A gigabyte of log (goal: 0.7 of straight to a file, memory constant)',
    ['', 'speed', 'of straight', 'processor', 'memory'],
    rows,
  );
  return found;
}
