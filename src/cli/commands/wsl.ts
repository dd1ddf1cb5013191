/** `code-engine wsl`: the distributions, how WSL stands here, and setting one up (docs/wsl.md). */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { failure, failureFrom } from '../../core/failure.ts';
import { ownMounts } from '../../platform/mounts.ts';
import { host } from '../../platform/host.ts';
import { windowsHome, wslFacts, wslHere, type WslFacts } from '../../platform/wsl-here.ts';
import { decodeWslText, parseDistroList, parseQuietList, type Distro } from '../../platform/wsl-output.ts';
import { explainTrouble, troubleIn, type WslTrouble } from '../../platform/wsl-trouble.ts';
import { stateOf, type WslState } from '../../platform/wsl.ts';
import { command, configured, execute, fail } from '../command.ts';
import { EXIT, type CommandFunction, type Io } from '../io.ts';

interface ListOptions {
  readonly json?: true;
  readonly all?: true;
  readonly from?: string;
}

const ACTIONS: readonly string[] = ['list', 'status', 'setup', 'move'];

export const wsl: CommandFunction = (args, io) => {
  const [first = 'list'] = args;
  // Without this a wrong word would be taken for an argument of `list`, which is what stands where nothing is said.
  if (!first.startsWith('-') && !ACTIONS.includes(first))
    return Promise.resolve(
      fail(io, failure('usage', `There is no wsl ${first}.`, { next: `There are ${ACTIONS.join(', ')}.` })),
    );
  let code: number = EXIT.held;
  const made = command('wsl', 'WSL: its distributions, how it stands here, and setting one up.', io).helpCommand(false);
  configured(made.command('list', { isDefault: true }), io)
    .description('The distributions; those that container products made for themselves are left out.')
    .option('--json', 'as {"distros":[{"name","state","version","default"}]}')
    .option('--all', 'those of container products too')
    .option('--from <file>', 'read what wsl.exe --list --verbose printed, as raw bytes, instead of asking it')
    .action(async (options: ListOptions) => {
      code = await list(options, io);
    });
  configured(made.command('status'), io)
    .description('Where this runs, what WSL there is, and what is slow or wrong about it.')
    .option('--json', 'as one JSON object')
    .action(async (options: { json?: true }) => {
      code = await status(options.json === true, io);
    });
  configured(made.command('setup'), io)
    .description('What a distribution needs to deploy from: shows what it would do, and with --apply does it.')
    .argument('[parts...]', 'only these: systemd, containers, kubectl, helm, opentofu, cluster, k3s, node, memory')
    .option('--apply', 'do it')
    .option('--undo', 'the other way: take back what an earlier --apply did (shows it; with --apply does it)')
    .option('--distro <name>', 'on Windows: which distribution (default: the default one)')
    .action(async (parts: string[], options: { apply?: true; undo?: true; distro?: string }) => {
      const { setup } = await import('./wsl-setup.ts');
      code = await setup(
        { parts, apply: options.apply === true, undo: options.undo === true, distro: options.distro },
        io,
      );
    });
  configured(made.command('move'), io)
    .description('Copy a workspace from a drive of Windows to the Linux file system, which is many times faster.')
    .argument('[folder]', 'the workspace (default: the current folder)')
    .option('--to <folder>', 'where to (default: a folder of the same name in the Linux home)')
    .option('--distro <name>', 'on Windows: which distribution (default: the default one)')
    .option('--json', 'as {"from","to","files","bytes","windows","remote"}')
    .action(async (folder: string | undefined, options: { to?: string; distro?: string; json?: true }) => {
      const { move } = await import('./wsl-move.ts');
      code = await move({ folder, to: options.to, distro: options.distro, json: options.json === true }, io);
    });
  return execute(made, args, io, () => code);
};

async function list(options: ListOptions, io: Io): Promise<number> {
  const state = options.from === undefined ? await askState() : await readState(resolve(io.cwd, options.from));
  if (typeof state === 'number' || 'message' in state) return typeof state === 'number' ? state : fail(io, state);
  const usable = state.kind === 'ready' ? state.distros : [];
  const distros = options.all ? [...usable, ...state.hidden] : usable;
  if (options.json) {
    const problem = state.kind === 'trouble' ? { problem: problemOf(state.trouble) } : {};
    io.out.write(`${JSON.stringify({ distros: distros.map(shape), ...problem })}\n`);
  } else if (distros.length > 0) io.out.write(table(distros));
  if (state.kind === 'ready') return EXIT.held;
  const explained = explainTrouble(state.trouble);
  // Bytes that somebody else fetched were read well, whatever they say.
  if (options.json) return options.from === undefined ? EXIT.missing : EXIT.held;
  return distros.length > 0 ? EXIT.held : fail(io, explained);
}

async function askState(): Promise<WslState> {
  const client = wslHere();
  return client.ok ? client.value.state() : { kind: 'trouble', trouble: client.failure, hidden: [] };
}

async function readState(file: string): Promise<WslState | ReturnType<typeof failureFrom>> {
  try {
    const text = decodeWslText(await readFile(file));
    const verbose = parseDistroList(text);
    if (verbose.length > 0) return stateOf(verbose);
    const trouble = troubleIn(text, '');
    return trouble === undefined ? stateOf(parseQuietList(text)) : { kind: 'trouble', trouble, hidden: [] };
  } catch (error) {
    return { ...failureFrom(error, `read ${file}`), kind: 'usage' };
  }
}

const shape = ({ name, state, version, default: standard }: Distro): object => ({
  name,
  state,
  version,
  default: standard,
});

const problemOf = (trouble: WslTrouble): object => {
  const { message, next } = explainTrouble(trouble);
  return { kind: trouble.kind, message, next };
};

function table(distros: readonly Distro[]): string {
  const width = Math.max(...distros.map((distro) => distro.name.length));
  return distros
    .map((d) => `${d.default ? '*' : ' '} ${d.name.padEnd(width)}  ${d.state.padEnd(12)}  WSL ${String(d.version)}\n`)
    .join('');
}

async function status(json: boolean, io: Io): Promise<number> {
  const facts = await wslFacts(io.cwd);
  if (json) {
    const state = facts?.state;
    const said = state?.kind === 'ready' ? { distros: state.distros.map(shape) } : {};
    const problem = state?.kind === 'trouble' ? { problem: problemOf(state.trouble) } : {};
    const drives = ownMounts().filter((mount) => mount.source !== '');
    const { os, container, systemd } = host();
    const object = {
      os,
      container,
      systemd,
      wsl: facts?.here ?? null,
      ...said,
      ...problem,
      versions: facts?.versions,
      drives,
      slowFolder: facts?.slowFolder,
    };
    io.out.write(`${JSON.stringify(object)}\n`);
    return EXIT.held;
  }
  if (facts === undefined) {
    io.out.write('This is neither Windows nor a WSL distribution: everything runs right here.\n');
    return EXIT.held;
  }
  for (const line of await statusLines(facts)) io.out.write(`${line}\n`);
  return EXIT.held;
}

async function statusLines(facts: WslFacts): Promise<string[]> {
  const lines: string[] = [];
  const { here, state, versions } = facts;
  if (here !== undefined) {
    lines.push(`This is ${here.distro ?? 'a distribution'} on WSL ${String(here.version)}.`);
    lines.push(
      host().systemd ? 'systemd is on.' : 'systemd is off; "code-engine wsl setup systemd" shows how to turn it on.',
    );
    lines.push(
      here.interop
        ? 'Windows programs can be started.'
        : `Windows programs cannot be started. ${next({ kind: 'no-interop' })}`,
    );
    for (const { source, mountPoint } of ownMounts()) if (source !== '') lines.push(`${source} is at ${mountPoint}.`);
    const home = here.interop ? await windowsHome() : undefined;
    if (home?.ok) lines.push(`Your Windows home is ${home.value}.`);
  }
  if (versions !== undefined)
    lines.push(`WSL ${versions.wsl}${versions.kernel === undefined ? '' : `, kernel ${versions.kernel}`}.`);
  if (state?.kind === 'ready') lines.push('Distributions:', table(state.distros).trimEnd());
  if (state?.kind === 'trouble' && state.trouble.kind !== 'no-interop') {
    const { message } = explainTrouble(state.trouble);
    lines.push(`${message} ${next(state.trouble)}`);
  }
  if (facts.slowFolder !== undefined) {
    lines.push(
      `${facts.slowFolder} is on a Windows drive, where file access from WSL 2 is many times slower. "code-engine wsl move" copies it to your Linux home and checks the copy.`,
    );
  }
  return lines;
}

const next = (trouble: WslTrouble): string => explainTrouble(trouble).next ?? '';
