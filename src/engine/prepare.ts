/** Starting the supervisor's process before its run is known. In a file of its own, since it is loaded before anything else. */
import { spawn, type ChildProcess } from 'node:child_process';

/** How this program starts itself again for a supervisor. */
export interface EngineCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** This very program, as it was started. */
export function ownCommand(): EngineCommand {
  const electron = process.env['ELECTRON_RUN_AS_NODE'];
  return {
    program: process.execPath,
    args: [...process.execArgv.filter((arg) => !arg.startsWith('--inspect')), process.argv[1] ?? ''],
    env: electron === undefined ? {} : { ELECTRON_RUN_AS_NODE: electron },
  };
}

/** A supervisor process that has loaded its code and waits to be told its run. Told nothing, it ends with its parent. */
export interface PreparedSupervisor {
  readonly child: ChildProcess;
  /** It has been given a run, which is no longer this process's to end. */
  told: boolean;
  /** There is nothing to run after all. */
  discard(): void;
}

/** It loads while the workflow is still being read, which takes its start-up out of every run. */
export function prepareSupervisor(
  env: Readonly<Record<string, string | undefined>>,
  engine: EngineCommand = ownCommand(),
): PreparedSupervisor {
  const child = spawn(engine.program, [...SMALL_HEAP, ...engine.args, '__supervise'], {
    env: { ...env, ...engine.env, CODE_ENGINE_CHANNEL: '3' },
    stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
    detached: true,
    windowsHide: true,
  });
  child.on('error', () => undefined); // told by whoever waits for its answer
  child.stdin?.on('error', () => undefined);
  child.unref();
  return { child, told: false, discard: () => void child.kill('SIGKILL') };
}

/** Forking costs by the parent's memory, so the supervisor keeps its young generation small. */
const SMALL_HEAP = ['--max-semi-space-size=4'];
