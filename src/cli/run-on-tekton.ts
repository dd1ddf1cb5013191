/**
 * `run --on tekton`: the workflow compiled to a Pipeline, and a run of our own that starts it, shows its logs and waits for its end; so
 * it is watched, cancelled, resumed and kept like any other run. What it runs is written anew each time, beside the workspace's state.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { stringify } from 'yaml';
import { counted } from '../core/count.ts';
import { failure, FailureError, must } from '../core/failure.ts';
import { makeStateFolder } from '../engine/place.ts';
import { writeAtomically } from '../platform/files.ts';
import type { Options } from './commands/run.ts';
import { exportToTekton, type Exported } from './convert.ts';
import { EXIT, type Io } from './io.ts';
import { inputsOf, startRun } from './start-run.ts';
import { tellLosses, type TektonOptions } from './tekton-options.ts';
import { findWorkspace, rootOf } from './workspace.ts';

/** What has no meaning for a run in the cluster, which has its own order. */
const LOCAL_ONLY = { jobs: '--jobs', failFast: '--fail-fast', rollback: '--rollback', keep: '--keep' } as const;

/** @param file absolute @returns the exit code of the command */
export async function runOnTekton(file: string, options: Options & TektonOptions, io: Io): Promise<number> {
  for (const [option, flag] of Object.entries(LOCAL_ONLY))
    if (options[option as keyof typeof LOCAL_ONLY] !== undefined)
      throw new FailureError(failure('usage', `${flag} has no meaning on Tekton, which has its own order.`));
  const sources = options.git === undefined && options.claim === undefined ? ownRepository(rootOf(file)) : {};
  const exported = await exportToTekton(file, { ...options, ...sources }, io, {
    inputs: inputsOf(options),
    only: options.only,
    ...(options.from === undefined ? {} : { from: options.from }),
  });
  if (exported === undefined) return EXIT.usage;
  if (options.json !== true && options.quiet !== true) {
    if (sources.git !== undefined)
      io.err.write(`The tasks get ${sources.git} at ${sources.revision}, as it was pushed.\n`);
    tellLosses(exported.losses, io);
  }
  const lost = exported.losses.filter(({ kind }) => kind === 'lost');
  if (lost.length > 0 && options.yes !== true)
    throw new FailureError(
      failure(
        'usage',
        `On Tekton ${counted(lost.length, 'thing')} of this workflow would be lost; nothing was started.`,
        {
          detail: lost.map(({ task, message }) => (task === undefined ? message : `${task}: ${message}`)).join('\n'),
          next: 'Run it all the same with --yes.',
        },
      ),
    );
  const { input: _compiledIn, only: _too, from: _as, ...local } = options;
  return startRun(written(findWorkspace(io.cwd, file), exported, options), { ...local, input: [], only: [] }, io);
}

/** Where a cluster can fetch the folder from: the repository it was cloned from, at the commit it stands at. */
function ownRepository(root: string): { git?: string; revision?: string } {
  const git = (...args: string[]): string => {
    const { status, stdout } = spawnSync('git', ['-C', root, ...args], { encoding: 'utf8', windowsHide: true });
    return status === 0 ? stdout.trim() : '';
  };
  const remote = git('remote', 'get-url', 'origin');
  const revision = git('rev-parse', 'HEAD');
  if (!/^https?:/.test(remote) || revision === '') return {};
  const url = new URL(remote);
  url.username = url.password = ''; // a token in a clone's address is nobody else's business
  return { git: url.href, revision };
}

/** @returns the workflow of one task that starts the pipeline and waits for it */
function written(workspace: string, { workflow, text }: Exported, { namespace }: TektonOptions): string {
  const folder = must(makeStateFolder(workspace, 'on-tekton'));
  const name = workflow.replaceAll(/[^\w.-]+/g, '-');
  const task = {
    task: 'pipeline',
    type: 'tekton',
    with: { manifests: `${name}.objects.yaml`, ...(namespace === undefined ? {} : { namespace }), timeout: '24h' },
  };
  const file = path.join(folder, `${name}.code.yaml`);
  const around = { name: `${workflow} on Tekton`, parallel_deployment: { tekton: [task] } };
  must(writeAtomically(path.join(folder, `${name}.objects.yaml`), text));
  must(writeAtomically(file, `# Written by code-engine run --on tekton, anew each time.\n${stringify(around)}`));
  return file;
}
