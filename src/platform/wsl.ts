/**
 * Talking to `wsl.exe`: which distributions there are, and programs inside one. Rules that keep it safe: always `-e` (no shell
 * re-reads the arguments), always `--cd`, the folder checked inside (a missing one is silently another one for wsl.exe), names
 * checked before use, the environment by WSLENV, every short call with a time limit, no terminal's input left open.
 */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { dirname } from 'node:path';
import { DISTRO_NAME, sameDistro, type Mount } from '../core/paths.ts';
import { err, ok, type Result } from '../core/result.ts';
import { parseMountinfo } from './mounts.ts';
import {
  attempted,
  finished,
  inside,
  insideArguments,
  insideEnvironment,
  type Finished,
  type InsideOptions,
  type InsideResult,
  type RunOptions,
} from './wsl-call.ts';
import {
  decodeWslText,
  isUtilityDistro,
  parseDistroList,
  parseQuietList,
  preferredDistro,
  type Distro,
} from './wsl-output.ts';
import { troubleIn, type WslTrouble } from './wsl-trouble.ts';

const LIST_LIMIT_MS = 10_000;
/** The first start after Windows' own may take a minute. */
export const START_LIMIT_MS = 120_000;

export type WslState =
  | {
      readonly kind: 'ready';
      readonly distros: readonly Distro[];
      readonly hidden: readonly Distro[];
      readonly default: Distro;
    }
  | { readonly kind: 'trouble'; readonly trouble: WslTrouble; readonly hidden: readonly Distro[] };

export interface WslClient {
  /** How many times wsl.exe has been started. */
  readonly launches: () => number;
  /** What there is; the list of distributions, or what is wrong. Takes at most about 10 s. */
  state(): Promise<WslState>;
  /** Finds a distribution by name, or the one to use by default. */
  choose(name?: string): Promise<Result<Distro, WslTrouble>>;
  /** Runs a program to its end, without a shell. Its own exit code is a success here. */
  run(distro: string, program: readonly string[], options?: RunOptions): Promise<Result<InsideResult, WslTrouble>>;
  /** Starts a program that lives on, with the given streams. */
  start(
    distro: string,
    program: readonly string[],
    stdio: StdioOptions,
    options?: InsideOptions,
  ): Result<ChildProcess, WslTrouble>;
  /** The distribution's mounts, asked once and kept. */
  mounts(distro: string): Promise<Result<readonly Mount[], WslTrouble>>;
  /** The output of `wsl.exe` itself with these arguments, such as `--version`, decoded. */
  say(args: readonly string[]): Promise<Result<string, WslTrouble>>;
}

export interface WslClientOptions {
  /** Absolute path of wsl.exe (`findWslExe`). */
  readonly exe: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Time limit of a program that is run to its end, the start of WSL included. */
  readonly timeoutMs?: number;
  readonly listTimeoutMs?: number;
}

type Finishing = Promise<Result<Finished, WslTrouble>>;

export function wslClient(options: WslClientOptions): WslClient {
  const { exe, env = process.env, timeoutMs = START_LIMIT_MS, listTimeoutMs = LIST_LIMIT_MS } = options;
  const isScript = /\.m?js$/.test(exe);
  let launches = 0;
  const mountsOf = new Map<string, readonly Mount[]>();
  const open = (
    args: readonly string[],
    stdio: StdioOptions,
    added?: Readonly<Record<string, string>>,
  ): ChildProcess => {
    launches += 1;
    // A folder on a share cannot be translated and makes wsl.exe complain, so it starts from its own.
    const options = { cwd: dirname(exe), env: insideEnvironment(env, added), stdio, windowsHide: true };
    // A script in its place (CODE_ENGINE_WSL_EXE) runs with our own runtime: Windows cannot start one by its first line.
    return isScript ? spawn(process.execPath, [exe, ...args], options) : spawn(exe, [...args], options);
  };
  const finish = (args: readonly string[], limitMs: number, more: RunOptions = {}): Finishing => {
    const stdio: StdioOptions = [more.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'];
    return finished(() => open(args, stdio, more.env), limitMs, args, more);
  };

  const say = async (args: readonly string[]): Promise<Result<string, WslTrouble>> => {
    const done = await finish(args, listTimeoutMs);
    return done.ok ? said(done.value) : done;
  };

  const run = async (
    distro: string,
    program: readonly string[],
    more: RunOptions = {},
  ): Promise<Result<InsideResult, WslTrouble>> => {
    if (!DISTRO_NAME.test(distro)) return err({ kind: 'bad-name', distro });
    const done = await finish(insideArguments(distro, program, more), more.timeoutMs ?? timeoutMs, more);
    return done.ok ? inside(done.value, distro, more.cwd) : done;
  };

  return {
    launches: () => launches,
    say,
    run,
    state: () => askState(say),
    async choose(name) {
      if (name !== undefined && !DISTRO_NAME.test(name)) return err({ kind: 'bad-name', distro: name });
      return chosen(await askState(say), name);
    },
    start(distro, program, stdio, more = {}) {
      if (!DISTRO_NAME.test(distro)) return err({ kind: 'bad-name', distro });
      return attempted(() => open(insideArguments(distro, program, more), stdio, more.env));
    },
    async mounts(distro) {
      const kept = mountsOf.get(distro.toLowerCase());
      if (kept !== undefined) return ok(kept);
      const asked = await run(distro, ['/bin/sh', '-c', READ_MOUNTS]);
      if (!asked.ok) return asked;
      const mounts = mountsFrom(asked.value.stdout);
      mountsOf.set(distro.toLowerCase(), mounts);
      return ok(mounts);
    },
  };
}

function said({ code, stdout, stderr }: Finished): Result<string, WslTrouble> {
  const text = decodeWslText(stdout) + decodeWslText(stderr);
  return code === 0 ? ok(text) : err(troubleIn(text, '') ?? { kind: 'other', detail: text.trim() });
}

/** Builds older than `--verbose` refuse it with their usage, which has no error code: they get the plain list. */
async function askState(say: WslClient['say']): Promise<WslState> {
  const verbose = await say(['--list', '--verbose']);
  if (verbose.ok) return stateOf(parseDistroList(verbose.value));
  if (verbose.failure.kind !== 'other') return { kind: 'trouble', trouble: verbose.failure, hidden: [] };
  const quiet = await say(['--list', '--quiet']);
  return quiet.ok ? stateOf(parseQuietList(quiet.value)) : { kind: 'trouble', trouble: quiet.failure, hidden: [] };
}

/** What a list of distributions amounts to. */
export function stateOf(all: readonly Distro[]): WslState {
  const hidden = all.filter((distro) => isUtilityDistro(distro.name));
  const distros = all.filter((distro) => !isUtilityDistro(distro.name));
  const standard = preferredDistro(all);
  if (standard !== undefined) return { kind: 'ready', distros, hidden, default: standard };
  const names = hidden.map((distro) => distro.name);
  return {
    kind: 'trouble',
    trouble: names.length > 0 ? { kind: 'only-utility', names } : { kind: 'no-distro' },
    hidden,
  };
}

function chosen(state: WslState, name: string | undefined): Result<Distro, WslTrouble> {
  const all = state.kind === 'ready' ? [...state.distros, ...state.hidden] : state.hidden;
  const found = name === undefined ? undefined : all.find((distro) => sameDistro(distro.name, name));
  if (state.kind === 'trouble' && found === undefined) return err(state.trouble);
  if (name !== undefined && found === undefined) {
    return err({ kind: 'distro-not-found', distro: name, known: all.map((distro) => distro.name) });
  }
  const distro = found ?? (state.kind === 'ready' ? state.default : undefined);
  if (distro === undefined) return err({ kind: 'no-distro' });
  // Listed, and yet with a name that its arguments cannot carry: made before there were rules for names.
  if (!DISTRO_NAME.test(distro.name)) return err({ kind: 'bad-name', distro: distro.name });
  const busy = /^(?:Installing|Uninstalling|Converting|Exporting)$/.test(distro.state);
  return busy ? err({ kind: 'distro-busy', distro: distro.name, state: distro.state }) : ok(distro);
}

/** Mounts, then where virtiofs tags lead (`TAG -> C:\`), in one call. */
const READ_MOUNTS =
  'cat /proc/self/mountinfo; echo; for t in /run/wsl/virtiofs/*; do [ -L "$t" ] && echo "${t##*/} $(readlink "$t")"; done; true';

function mountsFrom(output: string): Mount[] {
  const [info = '', links = ''] = output.split('\n\n');
  const tags = new Map(
    links.split('\n').map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]),
  );
  return parseMountinfo(info, (tag) => tags.get(tag));
}

export type { InsideOptions, InsideResult, RunOptions } from './wsl-call.ts';
