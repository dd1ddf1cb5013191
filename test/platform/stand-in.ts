/**
 * The stand-in for wsl.exe as a test reaches it. On Linux it is a program, and its distribution is this machine. On Windows' Node under
 * Wine (`npm run test:windows`) it is a caller that hands over to the same program on the Linux side, so that the same tests hold there:
 * wine's drive Z: is this machine's root. A real Windows has no stand-in.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Context } from 'mocha';
import { host } from '../../src/platform/host.ts';

const windows = host().os === 'windows';

/** For a test that goes through it, milliseconds: Wine starts a program in seconds where the machine is busy. */
export const LIMIT_MS = windows ? 240_000 : 60_000;

/** To be given as wsl.exe. */
export const WSL = join(import.meta.dirname, windows ? 'fake-wsl-relay.mjs' : 'fake-wsl.mjs');

/** The Node that is inside the distribution. */
export const NODE_INSIDE = windows ? (process.env['FAKE_WSL_NODE'] ?? '') : process.execPath;

/** A path of this side as the distribution has it. */
export const inside = (path: string): string => (windows ? path.replace(/^[Zz]:/, '').replaceAll('\\', '/') : path);

/** The other way. */
export const outside = (path: string): string => (windows ? `Z:${path.replaceAll('/', '\\')}` : path);

/** @param config fake-wsl.mjs says what can be set; its paths are the distribution's */
export const standIn = (config: object): Record<string, string> => ({
  FAKE_WSL: JSON.stringify(config),
  // A busy machine is no wsl.exe that hangs.
  CODE_ENGINE_WSL_LIMIT: String(LIMIT_MS / 2000),
  // Node for Windows thinks that Wine's Windows is too old for it.
  ...(windows ? { FAKE_WSL_PORT: process.env['FAKE_WSL_PORT'] ?? '', NODE_SKIP_PLATFORM_CHECK: '1' } : {}),
});

/** Runs a program in Linux, as the test itself and not through what it tests. */
export function onLinux(program: string, ...args: string[]): { readonly code: number | null; readonly out: string } {
  const [file, ...list] = windows
    ? [process.execPath, WSL, '-d', 'Ubuntu', '--cd', '/', '-e', program, ...args]
    : [program, ...args];
  const done = spawnSync(file, list, {
    encoding: 'utf8',
    env: { ...process.env, ...(windows ? standIn({}) : {}) },
  });
  return { code: done.status, out: done.stdout };
}

/** The processes of a group in Linux, but for dead ones that nobody has taken note of yet. */
export const living = (group: number): string[] =>
  onLinux('ps', '-eo', 'pgid=,stat=,args=')
    .out.split('\n')
    .filter((line) => Number(/^\s*(\d+)/.exec(line)?.[1]) === group && !/^\s*\d+\s+Z/.test(line));

/** Skips where there is no stand-in. */
export function needsStandIn(test: Context): void {
  if (!windows || process.env['FAKE_WSL_PORT'] !== undefined) return;
  console.log('    skipped: the stand-in for wsl.exe runs on Linux, and under Wine beside one');
  test.skip();
}
