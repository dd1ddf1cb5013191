/** From a checked command line to a run that is followed: plan, tools, supervisor, view. */
import path from 'node:path';
import { failure, FailureError, must } from '../core/failure.ts';
import type { Json } from '../core/json.ts';
import { launchRun, ownCommand, prepareSupervisor, type PreparedSupervisor } from '../engine/client.ts';
import { toBeTold } from '../engine/place.ts';
import { catalogue } from '../tasks/catalogue.ts';
import { loaders } from '../tasks/index.ts';
import { EarlySignals, follow, showingOf } from './follow.ts';
import { EXIT, type Io } from './io.ts';
import { loadPlan } from './load.ts';
import { lackingTools, reportLack } from './preflight.ts';
import { objections, reportObjections } from './preflight-types.ts';
import { findWorkspace } from './workspace.ts';
import type { Options } from './commands/run.ts';

/** @param file absolute @returns the exit code of the command */
export async function startRun(file: string, options: Options, io: Io): Promise<number> {
  const supervisor = io.supervisor ?? prepareSupervisor(io.env); // it loads while the workflow is read
  try {
    return await startWith(supervisor, file, options, io);
  } finally {
    if (!supervisor.told) supervisor.discard();
  }
}

async function startWith(supervisor: PreparedSupervisor, file: string, options: Options, io: Io): Promise<number> {
  const inputs = inputsOf(options);
  const plan = await loadPlan(file, io, {
    inputs,
    only: options.only,
    ...(options.from === undefined ? {} : { from: options.from }),
  });
  if (plan === undefined) return EXIT.usage;
  const lacks = await lackingTools(plan, catalogue, loaders, io.env);
  if (lacks.length > 0) return reportLack(lacks, io);
  const objected = await objections(plan, catalogue, ownCommand(), io.env);
  if (objected.length > 0) return reportObjections(objected, io);
  const workspace = findWorkspace(io.cwd, file);
  const elsewhere = toBeTold(workspace);
  if (elsewhere !== undefined && options.json !== true && options.quiet !== true) {
    io.err.write(
      `${workspace} is on a drive of Windows, which is slow from Linux; its runs are kept in ${elsewhere}.\n` +
        '"code-engine wsl move" copies the workspace to your Linux home.\n',
    );
  }
  const early = new EarlySignals(io);
  const handle = must(
    await launchRun({
      plan,
      workspace,
      options: {
        ...(options.jobs === undefined ? {} : { jobs: options.jobs }),
        ...(options.failFast === true ? { failFast: true } : {}),
        ...(options.cache ? {} : { noCache: true }),
        ...(options.rollback === true ? { rollback: true } : {}),
        ...(options.logLimit === undefined ? {} : { logLimit: options.logLimit }),
        ...(options.parent === undefined ? {} : { parent: options.parent }),
        ...(options.secretsFile === undefined ? {} : { secretsFile: path.resolve(io.cwd, options.secretsFile) }),
      },
      env: io.env,
      supervisor,
      ...(options.detach === true ? {} : { begun: () => early.listen() }),
    }),
  );
  if (options.detach !== true)
    return follow(handle, io, { showing: showingOf(options), workspace, owner: true, early });
  handle.detach();
  const { runId } = handle;
  io.out.write(options.json === true ? `${JSON.stringify({ runId })}\n` : `${runId}\n`);
  if (options.json !== true && options.quiet !== true)
    io.err.write(`It runs by itself. Watch it: code-engine runs watch ${runId}\n`);
  return EXIT.held;
}

/** `name=value` texts; what they mean is for the workflow's own definitions to say. */
export function inputsOf(options: Pick<Options, 'input' | 'keep'>): Record<string, Json> {
  const inputs: Record<string, Json> = {};
  for (const text of options.input) {
    const at = text.indexOf('=');
    if (at <= 0) throw new FailureError(failure('usage', `--input ${text} is no name=value.`));
    inputs[text.slice(0, at)] = text.slice(at + 1);
  }
  if (options.keep === true) inputs.keep = 'true';
  return inputs;
}
