// Starts the daemons of the test bed in the background and ends them by their recorded identity: a pid and its start time, since
// a pid alone may belong to somebody else after a while.
import { spawn } from 'node:child_process';
import { openSync, closeSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** The 22nd field of /proc/PID/stat: clock ticks between the boot and the start of the process. `undefined` where it has ended. */
function startTime(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

export const alive = (identity) => identity !== undefined && startTime(identity.pid) === identity.startTime;

/** Starts a program that outlives this one; its output goes to `NAME.log` in `logs`. */
export function startDaemon(name, program, args, { logs, env = {} }) {
  const log = openSync(join(logs, `${name}.log`), 'a');
  const child = spawn(program, args, { detached: true, stdio: ['ignore', log, log], env: { ...process.env, ...env } });
  closeSync(log);
  child.on('error', () => undefined);
  child.unref();
  if (child.pid === undefined) throw new Error(`${program} could not be started`);
  return { pid: child.pid, startTime: startTime(child.pid) };
}

/** Ends a daemon: politely, and after `graceMs` by force. Nothing happens where it has ended already. */
export async function stopDaemon(identity, graceMs = 5000) {
  if (!alive(identity)) return;
  signal(identity.pid, 'SIGTERM');
  if (await until(() => !alive(identity), graceMs)) return;
  signal(identity.pid, 'SIGKILL');
  await until(() => !alive(identity), 5000);
}

function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** Asks every 100 ms until `condition` holds; false where it did not within the time. */
export async function until(condition, timeoutMs) {
  const end = Date.now() + timeoutMs;
  for (;;) {
    if (await condition()) return true;
    if (Date.now() >= end) return false;
    await pause(100);
  }
}

/** The last lines of a daemon's log, for a message that says why it did not come up. */
export function tail(logs, name, lines = 5) {
  try {
    return readFileSync(join(logs, `${name}.log`), 'utf8')
      .trimEnd()
      .split('\n')
      .slice(-lines)
      .join('\n');
  } catch {
    return '';
  }
}

/** A port of the loopback interface that nobody listens on just now. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
