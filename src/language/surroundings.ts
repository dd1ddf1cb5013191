/** What stands around a file: paths, folders that conventions look for, tools. Its lack is a warning at most. */
import type { TaskTypeInfo, WorkspaceFiles } from '../core/catalogue.ts';
import { conventionalFiles, isGiven, isNeedless } from '../core/convention-files.ts';
import { hasExpression } from '../core/template.ts';
import { find, textOf, textUnder, type MapNode, type Node, type ScalarNode } from './node.ts';
import type { FindingFix, Report } from './report.ts';
import type { Word } from './reading.ts';
import { listOf } from './suggest.ts';

/** Where the tasks will run. */
export interface Target {
  readonly os: 'linux' | 'macos' | 'windows';
  readonly wsl?: boolean;
  readonly distro?: string;
  /** Converts a Windows path to one of the target; without it, drives are taken to be mounted under `/mnt`. */
  readonly convert?: (windowsPath: string) => string | undefined;
}

/** A program on the target: its version where it is there, `null` where it is not; programs that are not listed were not asked for. */
export type Tools = ReadonlyMap<string, { readonly version?: string } | null>;

interface Around {
  readonly files: WorkspaceFiles | undefined;
  readonly target: Target | undefined;
  readonly tools: Tools | undefined;
}

/** What stands around, and whether it was asked for: what never asked need not be read again when something around it changes. */
export class Surroundings implements Around {
  /** Set by whoever asks; whoever wants to know clears it first. */
  asked = false;
  readonly #around: Around;
  /** The kind of the target's system is the same for as long as a file is open, so to ask for it counts as nothing. */
  readonly os: Target['os'] | undefined;

  constructor(around: Around) {
    this.#around = around;
    this.os = around.target?.os;
  }

  get files(): WorkspaceFiles | undefined {
    this.asked = true;
    return this.#around.files;
  }

  get target(): Target | undefined {
    this.asked = true;
    return this.#around.target;
  }

  get tools(): Tools | undefined {
    this.asked = true;
    return this.#around.tools;
  }
}

const DRIVE = /^[A-Za-z]:[\\/]/;
const UNC = /^\\\\[^\\\s]+\\/;

export const isWindowsPath = (text: string): boolean => DRIVE.test(text) || UNC.test(text);

/** Joins a folder and a path, and resolves `.` and `..`. @returns `undefined` for what leads out of the workspace */
function inWorkspace(folder: string, path: string): string | undefined {
  const parts: string[] = [];
  for (const part of `${folder}/${path}`.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/');
}

/** @param kind `file`, `folder` or `any`, from the schema */
export function checkPath(node: ScalarNode, kind: unknown, folder: string, around: Surroundings, report: Report): void {
  const text = textOf(node);
  if (text === '' || isWindowsPath(text) || text.includes('\\') || /^(?:[a-z][a-z0-9+.-]+:|[~$])/i.test(text)) return;
  if (around.files === undefined || text.startsWith('/') || folder.startsWith('/') || isWindowsPath(folder)) return;
  const path = inWorkspace(folder, text);
  if (path === undefined) return;
  if (/[*?[{]/.test(text)) {
    if (around.files.glob(path).length === 0) report.add('CODE060', node, `nothing matches ${text}${from(folder)}`);
    return;
  }
  const found = path === '' ? 'folder' : around.files.kind(path);
  if (found === undefined)
    report.add(
      'CODE060',
      node,
      `there is no ${kind === 'any' ? 'file or folder' : String(kind)} ${text}${from(folder)}`,
    );
  else if (kind !== 'any' && found !== kind)
    report.add('CODE060', node, `${text} is a ${found}, not a ${String(kind)}`);
}

const from = (folder: string): string => (folder === '' ? '' : `, seen from ${folder}`);

/** Windows paths in the texts of a task that runs on Linux. */
export function checkTexts(task: MapNode, around: Surroundings, report: Report): void {
  if (around.os === 'windows') return;
  for (const key of ['with', 'env', 'cwd', 'cache'] as const) {
    const value = find(task, key)?.value;
    if (value !== undefined) windowsPaths(value, around, report);
  }
}

function windowsPaths(node: Node, around: Surroundings, report: Report): void {
  if (node.kind === 'seq') for (const item of node.items) windowsPaths(item, around, report);
  if (node.kind === 'map') for (const { value } of node.entries) windowsPaths(value, around, report);
  if (node.kind !== 'scalar' || typeof node.value !== 'string') return;
  const whole = node.value;
  if (isWindowsPath(whole) && !whole.includes('\n')) {
    tellWindowsPath(node, whole, around, report, true);
    return;
  }
  if (!whole.includes(':\\')) return;
  for (const match of whole.matchAll(/(?<![A-Za-z0-9])[A-Za-z]:\\[^\s"'<>|*?:;,)]+/g)) {
    const [path] = match;
    const at = report.block.text.indexOf(path, node.start);
    if (at >= 0 && at < node.end) tellWindowsPath({ start: at, end: at + path.length }, path, around, report, false);
  }
}

function tellWindowsPath(
  at: { start: number; end: number },
  path: string,
  { target }: Surroundings,
  report: Report,
  whole: boolean,
): void {
  const converted = target?.convert?.(path) ?? mounted(path);
  const fixes: FindingFix[] = [];
  if (converted !== undefined)
    fixes.push(
      report.replace(`Write ${converted}`, at, whole && /[:#]\s|\s#/.test(converted) ? `'${converted}'` : converted),
    );
  report.add(
    'CODE061',
    at,
    `${path} is a Windows path, but the task runs on Linux${converted === undefined ? '' : `; there it is ${converted}`}`,
    { fixes },
  );
}

/** Where WSL mounts a drive by default. A share is mounted nowhere. */
function mounted(path: string): string | undefined {
  if (!DRIVE.test(path)) return undefined;
  const rest = path
    .slice(2)
    .replaceAll('\\', '/')
    .replace(/\/{2,}/g, '/');
  return `/mnt/${path.charAt(0).toLowerCase()}${rest === '/' ? '' : rest}`;
}

/**
 * A bare task that finds nothing to work on, and tools that are not there.
 * @param folder the task's working directory, as written
 */
export function checkConventions(
  given: MapNode | undefined,
  folder: string,
  type: Word,
  info: TaskTypeInfo,
  around: Surroundings,
  report: Report,
): void {
  if (info.tools.length > 0) checkTools(type, info, around, report);
  const { files } = info.conventions.length > 0 ? around : { files: undefined };
  if (files === undefined || hasExpression(folder) || folder.startsWith('/') || isWindowsPath(folder)) return;
  const has = (name: string): boolean => given !== undefined && find(given, name) !== undefined;
  for (const convention of info.conventions) {
    if (convention.from !== 'files' || convention.required !== true) continue;
    if (isGiven(convention.parameter, info, has)) continue;
    if (isNeedless(convention, (name) => textUnder(given, name))) continue;
    if (conventionalFiles(convention, folder, files) !== undefined) continue;
    report.add(
      'CODE065',
      type,
      `nothing to work on: ${convention.parameter} is not given, and there is no ${listOf(convention.globs)}${from(folder)}`,
    );
  }
}

function checkTools(type: Word, info: TaskTypeInfo, around: Surroundings, report: Report): void {
  if (around.tools === undefined) return;
  for (const tool of info.tools) {
    const asked = tool.anyOf.filter((name) => around.tools?.has(name));
    if (asked.length === 0) continue;
    const there = tool.anyOf.filter((name) => (around.tools?.get(name) ?? null) !== null);
    if (there.length === 0) {
      if (tool.optional === true) continue;
      const how = tool.install.any ?? tool.install.debian ?? tool.install.macos ?? tool.install.windows;
      const fix: FindingFix = {
        title: `Show how to get ${tool.anyOf[0] ?? info.type}`,
        edits: [],
        command: { id: 'code-engine.showInstall', arguments: [info.type, tool.anyOf[0] ?? ''] },
        preferred: true,
      };
      report.add(
        'CODE063',
        type,
        `${info.type} needs ${listOf(tool.anyOf).replace(/ and (?=[^ ]+$)/, ' or ')}, which is not there${how === undefined ? '' : `: ${how}`}`,
        { fixes: [fix] },
      );
      continue;
    }
    checkLicence(type, tool, there[0] ?? '', around, report);
  }
}

function checkLicence(
  type: Word,
  tool: TaskTypeInfo['tools'][number],
  program: string,
  around: Surroundings,
  report: Report,
): void {
  const version = around.tools?.get(program)?.version;
  const { licenceUntil: until, licenceUntilOf: only } = tool;
  if (version === undefined || until === undefined || (only !== undefined && only !== program)) return;
  if (compareVersions(version, until) <= 0) return;
  const open = tool.anyOf.find((name) => name !== program);
  const instead = open === undefined ? '' : `; ${open} does the same under an open licence`;
  const fixes: FindingFix[] =
    open === undefined
      ? []
      : [
          {
            title: `Show how to get ${open}`,
            edits: [],
            command: { id: 'code-engine.showInstall', arguments: [type.value, open] },
          },
        ];
  report.add('CODE064', type, `${program} ${version} is not open source (it was until ${until})${instead}`, { fixes });
}

function compareVersions(a: string, b: string): number {
  const numbers = (text: string): number[] =>
    text
      .replace(/^v/, '')
      .split(/[.+-]/)
      .map((part) => Number.parseInt(part, 10) || 0);
  const [left, right] = [numbers(a), numbers(b)];
  for (let i = 0; i < 3; i++) if ((left[i] ?? 0) !== (right[i] ?? 0)) return (left[i] ?? 0) - (right[i] ?? 0);
  return 0;
}

/** Of the last successes of a task, in milliseconds. */
export interface PastDurations {
  readonly lastMs: number;
  readonly medianMs: number;
}
