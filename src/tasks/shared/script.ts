/** Scripts of the workspace that a small runner of ours starts: which program reads them, and how data goes in and comes out. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { failureFrom } from '../../core/failure.ts';
import { parseJson, type Json } from '../../core/json.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { StepContext, TaskFailure } from '../../core/task-type.ts';
import type { ToolRequirement } from '../../core/catalogue.ts';
import { refuse, toolFailure } from './tool.ts';

export type Language = 'python' | 'node';

export const PYTHON: ToolRequirement = {
  anyOf: ['python3', 'python'],
  version: '>=3.9.0',
  probe: ['--version'],
  licence: 'PSF-2.0',
  optional: true,
  install: {
    debian: 'apt-get install python3 python3-venv',
    macos: 'brew install python',
    windows: 'winget install Python.Python.3.13',
    any: 'https://www.python.org/downloads/',
  },
};

export const NODE: ToolRequirement = {
  anyOf: ['node'],
  version: '>=20.0.0',
  probe: ['--version'],
  licence: 'MIT',
  optional: true,
  install: {
    debian: 'apt-get install nodejs',
    macos: 'brew install node',
    windows: 'winget install OpenJS.NodeJS',
    any: 'https://nodejs.org/',
  },
};

/** By a script's ending; `undefined` where it is neither. */
export function languageOf(script: string): Language | undefined {
  switch (extname(script)) {
    case '.py':
      return 'python';
    case '.mjs':
    case '.js':
    case '.cjs':
    case '.ts':
    case '.mts':
      return 'node';
    default:
      return undefined;
  }
}

export const programsOf = (language: Language): readonly string[] => (language === 'python' ? PYTHON : NODE).anyOf;

/** The workspace's own Python environment comes before that of the machine. */
async function interpreter(language: Language, context: StepContext): Promise<Result<string, TaskFailure>> {
  const own = ['.venv', 'venv'].flatMap((folder) =>
    [context.cwd, context.root].map((at) => join(at, folder, 'bin', 'python')),
  );
  const found =
    (language === 'python' ? own.find((file) => existsSync(file)) : undefined) ??
    (await context.which(...programsOf(language)));
  if (found !== undefined) return ok(found);
  const { install } = language === 'python' ? PYTHON : NODE;
  return refuse('missing', `${programsOf(language).join(' or ')} is not on the PATH.`, {
    next: install.debian ?? install.any ?? '',
  });
}

export interface ScriptRun {
  readonly language: Language;
  /** The runner's text: it reads its request as JSON from standard input, and writes what comes out to the file `$CODE_RESULT`. */
  readonly runner: string;
  readonly request: Json;
  /** The package that it cannot do without, and how to get it. */
  readonly needs: { readonly python: string; readonly node: string };
  readonly env?: Readonly<Record<string, string>>;
  readonly what: string;
}

/** Runs it; what it prints streams into the log. @returns what it wrote */
export async function runScript(wanted: ScriptRun, context: StepContext): Promise<Result<Json, TaskFailure>> {
  const program = await interpreter(wanted.language, context);
  if (!program.ok) return program;
  const result = join(context.stateDir, 'result.json');
  const runner = join(context.stateDir, wanted.language === 'python' ? 'runner.py' : 'runner.mjs');
  try {
    await mkdir(context.stateDir, { recursive: true, mode: 0o700 });
    await writeFile(runner, wanted.runner, { mode: 0o600 });
    await rm(result, { force: true });
  } catch (error) {
    return err(failureFrom(error, 'prepare the script'));
  }
  const ended = await context.exec({
    kind: 'argv',
    program: program.value,
    args: wanted.language === 'python' ? ['-u', runner] : [runner],
    env: { ...wanted.env, CODE_RESULT: result, PYTHONDONTWRITEBYTECODE: '1' },
    stdin: JSON.stringify(wanted.request),
  });
  if (ended.exitCode !== 0) return explained(toolFailure(ended, wanted.what), ended.stderr, wanted);
  const written = await readFile(result, 'utf8').catch(() => undefined);
  const value = written === undefined ? undefined : parseJson(written);
  if (value === undefined) return refuse('tool', `${wanted.what}: it ended without a result.`);
  return ok(value as Json); // JSON.parse gives nothing else
}

/** A package that is not there is the most common trouble, and the easiest to mend. */
function explained(failed: Result<never, TaskFailure>, stderr: string, wanted: ScriptRun): Result<never, TaskFailure> {
  const missing =
    /ModuleNotFoundError: No module named '([\w.]+)'|ERR_MODULE_NOT_FOUND\]?: Cannot find package '([^']+)'|Cannot find module '([^']+)'/.exec(
      stderr,
    );
  if (failed.ok || missing === null) return failed;
  const name = missing[1] ?? missing[2] ?? missing[3] ?? '';
  const get = wanted.language === 'python' ? `pip install ${wanted.needs.python}` : `npm install ${wanted.needs.node}`;
  return refuse('missing', `${wanted.what}: the package ${name} is not there.`, {
    next: `Install it into the workspace: ${get}${wanted.language === 'python' ? ' (in .venv)' : ''}`,
    ...(failed.failure.detail === undefined ? {} : { detail: failed.failure.detail }),
  });
}
