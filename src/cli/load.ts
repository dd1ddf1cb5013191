/** From a workflow file to the plan of a run; what is wrong with the file is told on standard error. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Diagnostic } from '../core/diagnostic.ts';
import { failureFrom, FailureError } from '../core/failure.ts';
import type { Json } from '../core/json.ts';
import { makePlan } from '../graph/lower.ts';
import type { Plan } from '../graph/plan.ts';
import { restrictPlan } from '../graph/restrict.ts';
import { hasErrors, readWorkflow } from '../language/read.ts';
import { workspaceFiles } from '../platform/workspace-files.ts';
import { catalogue } from '../tasks/catalogue.ts';
import type { Io } from './io.ts';
import { paint } from './render/style.ts';
import { rootOf } from './workspace.ts';

export interface PlanRequest {
  /** Texts from the command line, by name. */
  readonly inputs: Readonly<Record<string, Json>>;
  readonly only: readonly string[];
  readonly from?: string;
  /** The workflow's text, where it is not the file's: an editor's, or a plan's that is not written yet. */
  readonly text?: string;
}

/** @param file absolute @returns the plan, or `undefined` after having said why there is none */
export async function loadPlan(file: string, io: Io, request: PlanRequest): Promise<Plan | undefined> {
  const text = request.text ?? (await readText(file, io));
  const root = rootOf(file);
  const files = workspaceFiles(root);
  const { workflow, diagnostics } = await readWorkflow(text, { path: file, catalogue, files, root });
  if (workflow === undefined || hasErrors(diagnostics)) {
    reportDiagnostics(file, diagnostics, io);
    return undefined;
  }
  const planned = makePlan(workflow, { catalogue, files, file, root, inputs: request.inputs });
  if (!planned.ok) {
    reportDiagnostics(file, planned.failure, io);
    return undefined;
  }
  const restricted = restrictPlan(planned.value, {
    only: request.only,
    ...(request.from === undefined ? {} : { from: request.from }),
  });
  if (!restricted.ok) throw new FailureError(restricted.failure);
  return restricted.value;
}

async function readText(file: string, io: Io): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const shown = path.relative(io.cwd, file) || file;
    const failed = failureFrom(error, `read the workflow ${shown}`);
    // A wrong name is wrong usage: nothing that is needed is missing on this machine.
    throw new FailureError(failed.kind === 'missing' ? { ...failed, kind: 'usage' } : failed);
  }
}

/** `file:line:column: error CODE012: message`, errors only, as compilers say it; editors and terminals make links of it. */
function reportDiagnostics(file: string, diagnostics: readonly Diagnostic[], io: Io): void {
  const shown = path.relative(io.cwd, file) || file;
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  for (const { code, message, range, fixes } of errors) {
    const where = `${shown}:${range.start.line + 1}:${range.start.character + 1}`;
    io.err.write(`${where}: ${paint(io, 'bad', 'error')} ${code}: ${message}\n`);
    for (const { title } of fixes.slice(0, 2)) io.err.write(`    ${title}\n`);
  }
  const count = errors.length === 1 ? 'an error' : `${errors.length} errors`;
  io.err.write(`code-engine: ${shown} has ${count}; nothing was run.\n`);
}
