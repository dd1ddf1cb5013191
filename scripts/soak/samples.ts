/** What the soak measures: the relay's size, and everything that a run could leave behind. From `/proc`, so Linux only. */
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface Sample {
  /** Seconds since the soak began. */
  readonly at: number;
  readonly runs: number;
  /** Of the relay. */
  readonly rssKb: number;
  readonly handles: number;
  readonly threads: number;
  /** Processes: the runs' supervisors, and all else that works in the soak's folder. */
  readonly supervisors: number;
  readonly largestSupervisorKb: number;
  readonly taskProcesses: number;
  readonly journals: number;
  /** Unfinished copies, sockets and lock tickets. */
  readonly temporary: number;
  readonly sockets: number;
  readonly tickets: number;
}

export interface Places {
  readonly engine: string;
  readonly workspace: string;
  /** `CODE_ENGINE_HOME`. */
  readonly home: string;
  readonly relay: number;
}

export function sample(places: Places, at: number, runs: number): Sample {
  const status = textOf(`/proc/${places.relay}/status`);
  const others = processesIn(places);
  const supervisors = others.filter(({ command }) => command.includes('__supervise'));
  return {
    at,
    runs,
    rssKb: numberIn(status, /^VmRSS:\s+(\d+)/m),
    threads: numberIn(status, /^Threads:\s+(\d+)/m),
    handles: namesIn(`/proc/${places.relay}/fd`).length,
    supervisors: supervisors.length,
    largestSupervisorKb: Math.max(0, ...supervisors.map(({ rssKb }) => rssKb)),
    taskProcesses: others.length - supervisors.length,
    journals: namesIn(join(places.workspace, '.code/runs')).length,
    temporary: filesUnder(join(places.workspace, '.code')).filter((name) => name.endsWith('.tmp')).length,
    sockets: namesIn(join(places.home, 'run')).length,
    tickets: filesUnder(join(places.home, 'state/locks')).length,
  };
}

/** Every process whose working directory is the soak's, but the relay. */
export function processesIn({ workspace, relay }: Places): { pid: number; command: string; rssKb: number }[] {
  return namesIn('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== relay && Number(name) !== process.pid)
    .filter((name) => linkOf(`/proc/${name}/cwd`).startsWith(workspace))
    .map((name) => ({
      pid: Number(name),
      command: textOf(`/proc/${name}/cmdline`).replaceAll('\0', ' '),
      rssKb: numberIn(textOf(`/proc/${name}/status`), /^VmRSS:\s+(\d+)/m),
    }));
}

function filesUnder(folder: string): string[] {
  if (!existsSync(folder)) return [];
  try {
    const all = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    return all.filter((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.isFile() === true);
  } catch {
    return []; // a run's folder was pruned while it was read
  }
}

const numberIn = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? 0);

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
