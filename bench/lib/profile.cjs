// Profiles every process that Node starts from here on, detached supervisors too, which `--cpu-prof` cannot reach:
//   CODE_PROFILE=/tmp/prof NODE_OPTIONS="--require $PWD/bench/lib/profile.cjs" node dist/cli.js run …
// Each process leaves a .cpuprofile in that folder; Chromium's developer tools or VS Code show it.
const { mkdirSync, writeFileSync } = require('node:fs');
const { Session } = require('node:inspector');
const { join } = require('node:path');

const folder = process.env.CODE_PROFILE;
if (folder) {
  mkdirSync(folder, { recursive: true });
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.setSamplingInterval', { interval: 500 });
  session.post('Profiler.start');
  process.on('exit', () => {
    const words = process.argv.slice(1).find((word) => word.startsWith('__')) ?? 'main';
    session.post('Profiler.stop', (_error, result) => {
      if (result) writeFileSync(join(folder, `${words}-${process.pid}.cpuprofile`), JSON.stringify(result.profile));
    });
  });
}
