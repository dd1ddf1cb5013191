/** From a workflow file to the plan of a run; what is wrong with the file is told on standard error. */
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
import { readWorkflowText, shownPath } from './read-file.ts';
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
    await reportFile(file, text, diagnostics, io);
    return undefined;
  }
  const planned = makePlan(workflow, { catalogue, files, file, root, inputs: request.inputs });
  if (!planned.ok) {
    const ofInputs = planned.failure.filter(({ code }) => INPUTS.has(code));
    if (ofInputs.length > 0) reportInputs(ofInputs, io);
    else await reportFile(file, text, planned.failure, io);
    return undefined;
  }
  const { only, from } = request;
  return must(restrictPlan(planned.value, { only, ...(from === undefined ? {} : { from }) }));
}

/** What is wrong with the values that were given, and not with the file: no place in it is to blame. */
const INPUTS: ReadonlySet<string> = new Set(['CODE080', 'CODE081']);

function reportInputs(faults: readonly Diagnostic[], io: Io): void {
  for (const { message } of faults)
    io.err.write(`code-engine: ${message.charAt(0).toUpperCase()}${message.slice(1)}\n`);
}

/** Errors only, and more than a screen of them tells nothing more. */
const MOST_SHOWN = 20;

/** As `validate` says it: place, message, the line and the word. Editors and terminals make links of the places. */
async function reportFile(file: string, text: string, diagnostics: readonly Diagnostic[], io: Io): Promise<void> {
  const { diagnosticText, sourceOf } = await import('./render/diagnostics.ts');
  const shown = shownPath(file, io.cwd);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const source = sourceOf(shown, text);
  for (const error of errors.slice(0, MOST_SHOWN)) io.err.write(diagnosticText(error, source, io));
  const more = errors.length > MOST_SHOWN ? `, ${errors.length - MOST_SHOWN} more than are shown` : '';
  const count = errors.length === 1 ? 'an error' : `${errors.length} errors${more}`;
  io.err.write(`code-engine: ${shown} has ${count}; nothing was run.\n`);
}
