// Supervised local services: started in the background, started again when they crash, their output kept, stopped by name.
//   node scripts/service.mjs start NAME | stop NAME… | stop --all | status
import { spawn } from 'node:child_process';
import { existsSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { orFail, output, readJson, releaseFolder, writeAtomically } from './places.mjs';

const RESTARTS = 5;
const pidFile = (name) => path.join(releaseFolder, `${name}.pid`);

const alive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const pidOf = (name) => (existsSync(pidFile(name)) ? Number(readFileSync(pidFile(name), 'utf8')) : undefined);

/** Starts the keeper of a service in a session of its own, and waits until the service listens or has given up. */
async function start(name) {
  const config = path.join(releaseFolder, `${name}.json`);
  const { port } = readJson(config);
  const log = openSync(path.join(releaseFolder, `${name}.log`), 'a');
  // It outlives this task on purpose: what marks the task's own processes is not handed on.
  const { CODE_ATTEMPT_ID: _mark, ...env } = process.env;
  const keeper = spawn(process.execPath, [import.meta.filename, 'keep', name], {
    detached: true,
    stdio: ['ignore', log, log],
    env,
  });
  keeper.unref();
  writeAtomically(pidFile(name), String(keeper.pid));
  for (let tries = 0; tries < 400; tries++) {
    if (await answers(port)) {
      console.log(`${name} listens on ${port}, kept by process ${keeper.pid}`);
      return;
    }
    if (!alive(keeper.pid))
      throw new Error(
        `${name} did not start:\n${readFileSync(path.join(releaseFolder, `${name}.log`), 'utf8').slice(-2000)}`,
      );
    await pause(25);
  }
  throw new Error(`${name} does not listen on ${port} after 10 s.`);
}

const answers = (port) =>
  fetch(`http://127.0.0.1:${port}/health`).then(
    (response) => response.ok,
    () => false,
  );

/** The keeper itself: runs the service, starts it again after a crash (not for ever), and passes a stop on. */
async function keep(name) {
  let child;
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.on(signal, () => {
      stopping = true;
      child?.kill('SIGTERM');
    });
  }
  for (let crashes = 0; crashes <= RESTARTS && !stopping; crashes++) {
    child = spawn(
      process.execPath,
      [path.join(releaseFolder, `${name}.mjs`), path.join(releaseFolder, `${name}.json`)],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
    const [code, signal] = await new Promise((resolve) => child.once('exit', (...how) => resolve(how)));
    if (stopping) break;
    console.error(
      `${new Date().toISOString()} ${name} ended with ${signal ?? code}${crashes < RESTARTS ? ', starting it again' : ', giving up'}`,
    );
    await pause(100 * 2 ** crashes);
  }
  rmSync(pidFile(name), { force: true });
}

async function stop(name) {
  const pid = pidOf(name);
  if (pid === undefined || !alive(pid)) {
    console.log(`${name} is not running`);
    return;
  }
  process.kill(pid, 'SIGTERM');
  // The keeper takes its pid file away as the last thing it does; a dead process may be listed for a while after.
  for (let tries = 0; alive(pid) && existsSync(pidFile(name)); tries++) {
    if (tries === 200) process.kill(-pid, 'SIGKILL');
    await pause(25);
  }
  rmSync(pidFile(name), { force: true });
  console.log(`${name} stopped`);
}

const services = () =>
  existsSync(releaseFolder)
    ? readdirSync(releaseFolder)
        .filter((file) => file.endsWith('.pid'))
        .map((file) => path.basename(file, '.pid'))
    : [];

await orFail(async () => {
  const [verb, ...names] = process.argv.slice(2);
  if (verb === 'start') await start(names[0]);
  else if (verb === 'keep') await keep(names[0]);
  else if (verb === 'stop') await Promise.all((names[0] === '--all' ? services() : names).map(stop));
  else if (verb === 'status')
    for (const name of services())
      console.log(`${name}: ${alive(pidOf(name)) ? 'runs' : 'dead'}, process ${pidOf(name)}`);
  else throw new Error('service.mjs takes start, stop or status.');
});
