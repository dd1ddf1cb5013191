/** `code-engine path`: paths between Windows and a WSL distribution, from arguments or as a stream of JSON lines (docs/wsl.md). */
import { StringDecoder } from 'node:string_decoder';
import type { Readable } from 'node:stream';
import { Option } from 'commander';
import { isObject, parseJson } from '../../core/json.ts';
import { convertPath, looksLikeWindowsPath, type Mount } from '../../core/paths.ts';
import type { Result } from '../../core/result.ts';
import { convertHere, type PathFailure, type PathRequest } from '../../platform/paths.ts';
import { command, exitOf, runAction } from '../command.ts';
import { EXIT, type CommandFunction, type Io } from '../io.ts';

interface Options {
  readonly to?: 'wsl' | 'windows';
  readonly distro?: string;
  readonly cwd?: string;
  readonly json?: true;
}

interface Request extends PathRequest {
  readonly mounts?: readonly Mount[];
}

type Answer = Result<string, { readonly code: string; readonly message: string }>;

export const path: CommandFunction = (args, io) =>
  runAction(
    command('path', 'Convert paths between Windows and WSL, by the mounts that really are.', io)
      .argument('[paths...]', 'paths to convert; none: one JSON object a line on standard input')
      .addOption(new Option('--to <side>', 'the side to convert to').choices(['wsl', 'windows']))
      .option('--distro <name>', 'the distribution (default: this one, or the default one)')
      .option('--cwd <folder>', 'where relative paths start (default: the current folder)')
      .option('--json', 'answer in JSON, one object a line')
      .addHelpText('after', HELP),
    args,
    io,
    (paths, options: Options) => (paths.length > 0 ? convertArguments(paths, options, io) : convertStream(options, io)),
  );

const HELP = `
A line in is {"path","to":"wsl"|"windows","distro"?,"cwd"?,"mounts"?}; a line out is {"path"} or {"error":{"code","message"}}, in order.
Without "mounts" the running system is asked. What cannot be converted is an error, never a guess.`;

async function convertArguments(paths: readonly string[], options: Options, io: Io): Promise<number> {
  let code: number = EXIT.held;
  for (const given of paths) {
    const to = options.to ?? sideOf(given);
    if (to === undefined) {
      io.err.write(`code-engine: Which side is ${given} to be converted to? Add --to wsl or --to windows.\n`);
      return EXIT.usage;
    }
    const answer = await convertHere({ path: given, to, distro: options.distro, cwd: options.cwd ?? io.cwd });
    // A path that cannot be is the path's fault; where there is nobody to ask, something is missing.
    if (!answer.ok && code !== EXIT.missing)
      code = answer.failure.trouble === undefined ? EXIT.failed : exitOf(answer.failure.trouble);
    if (options.json) io.out.write(lineOf(answer));
    else if (answer.ok) io.out.write(`${answer.value}\n`);
    else io.err.write(`code-engine: ${answer.failure.message}\n`);
  }
  return code;
}

/** The other side, for a path that can only be of one. */
function sideOf(given: string): 'wsl' | 'windows' | undefined {
  if (looksLikeWindowsPath(given)) return 'wsl';
  return given.startsWith('/') && !given.startsWith('//') ? 'windows' : undefined;
}

/** Answers every line as it comes, so that a program can keep this one running and ask it. */
async function convertStream(options: Options, io: Io): Promise<number> {
  if (io.keyboard !== undefined) {
    io.err.write('code-engine: Give paths as arguments, or JSON objects on standard input (see --help).\n');
    return EXIT.usage;
  }
  let number = 0;
  for await (const line of linesOf(io.stdin)) {
    number += 1;
    if (!io.out.write(lineOf(await answerTo(line, number, options)))) await io.out.drained();
    if (io.out.closed) break;
  }
  return EXIT.held;
}

async function answerTo(line: string, number: number, options: Options): Promise<Answer> {
  const request = readRequest(line, options);
  if (typeof request === 'string') return bad('bad-request', `Line ${number}: ${request}`);
  try {
    const { mounts, ...rest } = request;
    if (mounts === undefined) return await convertHere(rest);
    return convertPath(rest.path, rest.to, { distro: rest.distro, cwd: rest.cwd, mounts });
  } catch (error) {
    return bad('failed', `Line ${number}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const bad = (code: string, message: string): Answer => ({ ok: false, failure: { code, message } });

const lineOf = (answer: Answer | Result<string, PathFailure>): string =>
  `${JSON.stringify(answer.ok ? { path: answer.value } : { error: { code: answer.failure.code, message: answer.failure.message } })}\n`;

/** @returns the request, or what is wrong with the line */
function readRequest(line: string, options: Options): Request | string {
  const value = parseJson(line);
  if (!isObject(value)) return 'it is no JSON object.';
  const { path: given, to = options.to, mounts } = value;
  const distro = value['distro'] ?? options.distro;
  const cwd = value['cwd'] ?? options.cwd;
  if (typeof given !== 'string') return '"path" is not a text.';
  if (to !== 'wsl' && to !== 'windows') return '"to" is neither "wsl" nor "windows".';
  if (distro !== undefined && typeof distro !== 'string') return '"distro" is not a text.';
  if (cwd !== undefined && typeof cwd !== 'string') return '"cwd" is not a text.';
  const request = { path: given, to, distro, cwd } as const;
  if (mounts === undefined || mounts === null) return request;
  if (!Array.isArray(mounts) || !mounts.every(isMount)) return '"mounts" is not a list of {"source","mountPoint"}.';
  return { ...request, mounts };
}

/** A mount whose Windows side is empty or null is not Windows'. */
function isMount(value: unknown): value is Mount {
  return isObject(value) && typeof value['source'] === 'string' && typeof value['mountPoint'] === 'string';
}

/** Lines by line feed only: JSON may hold the other characters that Node's own reader ends a line at. */
async function* linesOf(stream: Readable): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const clean = (line: string): string => line.replace(/^\uFEFF/, '').replace(/\r$/, '');
  for await (const chunk of stream) {
    rest += typeof chunk === 'string' ? chunk : decoder.write(chunk as Buffer);
    let end: number;
    let start = 0;
    while ((end = rest.indexOf('\n', start)) >= 0) {
      yield clean(rest.slice(start, end));
      start = end + 1;
    }
    rest = rest.slice(start);
  }
  rest += decoder.end();
  if (rest !== '') yield clean(rest);
}
