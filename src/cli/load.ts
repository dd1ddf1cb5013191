/** From a workflow file to the plan of a run; what is wrong with the file is told on standard error. */
import path from 'node:path';
import type { Diagnostic } from '../core/diagnostic.ts';
import { must } from '../core/failure.ts';
import type { Json } from '../core/json.ts';
import { makePlan } from '../graph/lower.ts';
import type { Plan } from '../graph/plan.ts';
import { restrictPlan } from '../graph/restrict.ts';
import { hasErrors, readWorkflow } from '../language/read.ts';
import { workspaceFiles } from '../platform/workspace-files.ts';
import { catalogue } from '../tasks/catalogue.ts';
import type { Io } from './io.ts';
import { readWorkflowText } from './read-file.ts';
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
  const text = request.text ?? must(await readWorkflowText(file, io.cwd));
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
  const { only, from } = request;
  return must(restrictPlan(planned.value, { only, ...(from === undefined ? {} : { from }) }));
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
