/** Starts the relay with the editor's own runtime, so that nobody has to install Node. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Program } from './cli.ts';

/** What an editor sets for its own processes and a program that it starts must not inherit. */
const EDITORS_OWN = /^(?:VSCODE_|ELECTRON_|NODE_OPTIONS$)/;

/** @returns the relay's process; it ends when its standard input does */
export function launchRelay({ node, script, cwd, on }: Program): ChildProcessWithoutNullStreams {
  return spawn(node, [script, 'serve', '--stdio', '--on', on], {
    cwd,
    env: engineEnvironment(process.env),
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
  });
}

/** The environment that the engine runs in: the window's own, the runtime told to be plain Node. */
export function engineEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !EDITORS_OWN.test(name));
  return { ...Object.fromEntries(kept), ELECTRON_RUN_AS_NODE: '1' };
}
