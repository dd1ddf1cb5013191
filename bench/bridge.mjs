// What working through the bridge to a WSL distribution costs: the same workflow run inside and by `run --on wsl:NAME`, with the number
// of starts of wsl.exe. The stand-in takes its place (test/platform/fake-wsl.mjs, a Node program; what it costs itself is a line of its
// own), so the figures are of our part alone: what a real wsl.exe adds, Windows has to tell.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measure, median, sideBySide, table } from './lib/measure.mjs';
import { cli, repository, scratch } from './lib/place.mjs';
import { openWindow } from './lib/relay.mjs';

const WSL = join(repository, 'test', 'platform', 'fake-wsl.mjs');
/** Stages of two tasks; seconds of each stage. */
const LENGTHS = { '1 s': [1, 1], '3 s': [3, 1], '11 s': [5, 2.2], '30 s': [10, 3] };

/** `stages` stages of two tasks that take `seconds` each. */
function workflow(stages, seconds) {
  const task = (name) => `    - { task: ${name}, type: shell, with: { run: sleep ${seconds} } }\n`;
  const stage = (_, index) => `  s${index}:\n${task(`a${index}`)}${task(`b${index}`)}`;
  return `parallel_deployment:\n${Array.from({ length: stages }, stage).join('')}`;
}

const linesOf = (log) => readFileSync(log, 'utf8').split('\n').filter(Boolean).length;

export async function run({ full, rounds }) {
  const work = scratch();
  const log = join(work, 'starts');
  const home = join(work, 'home');
  mkdirSync(home);
  const path = process.env.PATH;
  const env = {
    CODE_ENGINE_HOME: join(work, 'windows'),
    CODE_ENGINE_WSL_EXE: WSL,
    FAKE_WSL: JSON.stringify({ log, home, path }),
  };
  const starts = (once) => {
    writeFileSync(log, '');
    const measured = once();
    return { ...measured, starts: linesOf(log) };
  };
  const figures = {};
  const rows = [];
  for (const [name, [stages, seconds]] of Object.entries(LENGTHS).slice(0, full ? 4 : 3)) {
    const folder = join(work, name.replace(' ', ''));
    mkdirSync(join(folder, '.code'), { recursive: true });
    const file = join(folder, 'w.code.yaml');
    writeFileSync(file, workflow(stages, seconds));
    const once = (...args) => measure([process.execPath, cli, 'run', ...args, file, '--quiet'], { cwd: folder, env });
    const found = sideBySide(
      { inside: () => starts(() => once()), bridge: () => starts(() => once('--on', 'wsl:Ubuntu')) },
      { rounds: stages * seconds > 5 ? Math.min(rounds, 3) : rounds },
    );
    const { inside, bridge } = found;
    figures[name] = found;
    rows.push([
      `${name}, ${stages * 2} tasks`,
      `${(inside.wallMs / 1000).toFixed(2)} s`,
      `${(bridge.wallMs / 1000).toFixed(2)} s`,
      `+${(bridge.wallMs - inside.wallMs).toFixed(0)} ms`,
      `${(100 * (bridge.wallMs / inside.wallMs - 1)).toFixed(1)} %`,
      `+${(bridge.cpuMs - inside.cpuMs).toFixed(0)} ms`,
      bridge.starts,
    ]);
  }
  table(
    'Through the bridge against inside (goal: under 5 %)',
    ['run of', 'inside', 'bridge', 'more', 'ratio', 'processor', 'starts of wsl.exe'],
    rows,
  );
  figures.window = await throughWindow({ work, env, log, rounds });
  const alone = sideBySide(
    {
      true: () => measure(['/bin/true']),
      'the stand-in with /bin/true': () =>
        measure([process.execPath, WSL, '-d', 'Ubuntu', '--cd', '/', '-e', '/bin/true'], { env }),
    },
    { rounds: Math.max(rounds, 5) },
  );
  figures.alone = alone;
  const own = alone['the stand-in with /bin/true'].wallMs - alone.true.wallMs;
  console.log(`\nOf that the stand-in for wsl.exe itself takes ${own.toFixed(0)} ms.`);
  return figures;
}

/** The same runs asked for by a window that is open: its relay was started once, and each run is a message. */
async function throughWindow({ work, env, log, rounds }) {
  writeFileSync(log, '');
  const windows = { inside: openWindow('local', work, env), bridge: openWindow('wsl:Ubuntu', work, env) };
  for (const window of Object.values(windows)) await window.hello();
  const rows = [];
  const figures = {};
  for (const name of Object.keys(LENGTHS).slice(0, 3)) {
    const took = { inside: [], bridge: [] };
    for (let round = -1; round < rounds; round += 1)
      for (const [side, window] of Object.entries(windows)) {
        const started = performance.now();
        await window.run(join(work, name.replace(' ', ''), 'w.code.yaml'));
        if (round >= 0) took[side].push(performance.now() - started);
      }
    const [inside, bridge] = [median(took.inside), median(took.bridge)];
    figures[name] = { inside, bridge };
    rows.push([
      name,
      `${(inside / 1000).toFixed(2)} s`,
      `${(bridge / 1000).toFixed(2)} s`,
      `+${(bridge - inside).toFixed(0)} ms`,
      `${(100 * (bridge / inside - 1)).toFixed(1)} %`,
    ]);
  }
  for (const window of Object.values(windows)) window.close();
  table('The same from an open window', ['run of', 'inside', 'bridge', 'more', 'ratio'], rows);
  console.log(`\nwsl.exe was started ${linesOf(log)} time(s) for all runs of the window.`);
  return figures;
}
