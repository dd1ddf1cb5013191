/** What stands around the files that are open: the folder of each, this machine, its tools, how long tasks took before. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expectedMs, readHistory, type History } from '../../engine/history.ts';
import { readSummary, type RunSummary } from '../../engine/summary.ts';
import { baseName } from '../../language/build.ts';
import type { PastDurations, Tools } from '../../language/read.ts';
import { findTool, which } from '../../platform/tools.ts';
import { workspaceFiles } from '../../platform/workspace-files.ts';
import { layoutOf, runsFolder } from '../../engine/place.ts';
import { catalogue } from '../../tasks/catalogue.ts';
import { thisTarget } from '../this-target.ts';
import { findWorkspace, rootOf } from '../workspace.ts';
import type { Around } from './documents.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Runs that are looked through for the last one of a workflow. */
const MOST_RUNS = 50;

export class Surroundings {
  readonly #env: Env;
  readonly #files = new Map<string, ReturnType<typeof workspaceFiles>>();
  readonly #histories = new Map<string, History>();
  readonly #lastRuns = new Map<string, RunSummary | undefined>();
  #tools: Tools | undefined;

  constructor(env: Env) {
    this.#env = env;
  }

  readonly of: Around = (file, workflow) => {
    const root = rootOf(file);
    const durations = this.#durations(file, workflow ?? baseName(file));
    return {
      root,
      files: this.#filesOf(root),
      target: thisTarget(),
      durations,
      ...(this.#tools === undefined ? {} : { tools: this.#tools }),
    };
  };

  #filesOf(root: string): ReturnType<typeof workspaceFiles> {
    const known = this.#files.get(root) ?? workspaceFiles(root);
    this.#files.set(root, known);
    return known;
  }

  /** Files came or went: what was answered about them is asked again. */
  forgetFiles(): void {
    this.#files.clear();
  }

  forgetRuns(): void {
    this.#histories.clear();
    this.#lastRuns.clear();
  }

  #durations(file: string, workflow: string): ReadonlyMap<string, PastDurations> {
    const workspace = findWorkspace(path.dirname(file), file);
    const history = this.#histories.get(workspace) ?? readHistory(workspace);
    this.#histories.set(workspace, history);
    const prefix = `${workflow} `;
    const durations = new Map<string, PastDurations>();
    for (const [key, past] of history) {
      if (!key.startsWith(prefix)) continue;
      const task = key.slice(prefix.length);
      const lastMs = past.at(-1);
      const medianMs = expectedMs(history, workflow, task);
      if (lastMs !== undefined && medianMs !== undefined) durations.set(task, { lastMs, medianMs });
    }
    return durations;
  }

  /** The newest run of a file that has ended. */
  lastRun(file: string): RunSummary | undefined {
    if (this.#lastRuns.has(file)) return this.#lastRuns.get(file);
    const workspace = findWorkspace(path.dirname(file), file);
    const found = newestRun(workspace, file);
    this.#lastRuns.set(file, found);
    return found;
  }

  /** Looks for the programs that task types need; a version is asked for only where it decides about a licence. */
  async lookForTools(): Promise<void> {
    const found = new Map<string, { readonly version?: string } | null>();
    for (const { tools } of catalogue.types) {
      for (const tool of tools) {
        for (const program of tool.anyOf) {
          if (!found.has(program)) found.set(program, (await which(program, this.#env)) === undefined ? null : {});
        }
        const limited = tool.licenceUntilOf;
        if (limited === undefined || found.get(limited) === null || !tool.anyOf.includes(limited)) continue;
        const status = await findTool({ ...tool, anyOf: [limited] }, { env: this.#env });
        if ('version' in status) found.set(limited, { version: status.version });
      }
    }
    this.#tools = found;
  }
}

function newestRun(workspace: string, file: string): RunSummary | undefined {
  let names: string[];
  try {
    names = readdirSync(runsFolder(workspace)).sort().reverse();
  } catch {
    return undefined; // nothing ran here yet
  }
  for (const runId of names.slice(0, MOST_RUNS)) {
    const summary = readSummary(layoutOf(workspace, runId), runId);
    if (summary !== undefined && path.resolve(summary.file) === path.resolve(file)) return summary;
  }
  return undefined;
}
