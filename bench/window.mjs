// The extension in a real window: what it costs the extension host over an empty extension, with 100 past runs; the first picture of
// the monitor at 10,000 tasks; the size of the package. Needs the workbench of the test bed.
import { spawnSync } from 'node:child_process';
import { loadavg } from 'node:os';

const GOALS = {
  activationMs: 50,
  eagerMs: 10,
  heldMb: 60,
  longestBlockMs: 16,
  firstPictureMs: 200,
  frameMs: 17,
  vsixMb: 3,
};

export function run({ full }) {
  const args = ['--import', 'tsx', 'bench/window/measure.ts', '100', full ? '10000' : '2000'];
  const result = spawnSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  const last = result.stdout.trim().split('\n').at(-1) ?? '';
  if (result.status !== 0 || !last.startsWith('{')) {
    console.log(`\nwindow: ${last}`);
    return {};
  }
  const found = JSON.parse(last);
  const figures = {
    activationMs: found.ours.ms - found.empty.ms,
    eagerMs: found.ours.eager.cpuMs,
    heldMb: found.listed.heldMb - found.before.heldMb,
    longestBlockMs: Math.max(found.spawnMs, ...Object.values(found.blocked).map(({ oursMs }) => oursMs)),
    firstPictureMs: found.firstPictureMs,
    frameMs: found.frames.medianMs,
    vsixMb: found.vsixBytes / 1e6,
  };
  console.log('\nwindow: over an empty extension, with 100 past runs');
  for (const [name, goal] of Object.entries(GOALS))
    console.log(`  ${name.padEnd(16)} ${figures[name].toFixed(1).padStart(8)}   goal ${goal}`);
  for (const [name, block] of Object.entries(found.blocked))
    console.log(`    ${name.padEnd(14)} ${block.oursMs.toFixed(1).padStart(8)}   ${block.where.join(', ')}`);
  console.log(
    `  (${JSON.stringify(found)}; load ${loadavg()
      .map((each) => each.toFixed(1))
      .join(' ')})`,
  );
  return { ...figures, raw: found };
}
