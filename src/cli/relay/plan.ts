/** Plans and diagnostics as a window asks for them: the same code as on the command line, its words as failures instead of lines. */
import type { Diagnostic } from '../../core/diagnostic.ts';
import { failure, FailureError, must, type Failure } from '../../core/failure.ts';
import type { InputDefinition } from '../../core/input.ts';
import type { Plan } from '../../graph/plan.ts';
import { readWorkflow, type Reading } from '../../language/read.ts';
import { workspaceFiles } from '../../platform/workspace-files.ts';
import type { Params } from '../../run/protocol.ts';
import { catalogue } from '../../tasks/catalogue.ts';
import { loaders } from '../../tasks/index.ts';
import type { Io, Output } from '../io.ts';
import { loadPlan, type PlanRequest } from '../load.ts';
import { lackingTools, reportLack } from '../preflight.ts';
import { readWorkflowText } from '../read-file.ts';
import { rootOf } from '../workspace.ts';

/**
 * @param tools whether the tools of its tasks must be there, because they are about to be started
 * @throws FailureError with everything that the command line would have printed
 */
export async function planForWindow(
  file: string,
  io: Io,
  request: PlanRequest,
  tools: 'needed' | 'any tools' = 'needed',
): Promise<Plan> {
  const said: string[] = [];
  const quiet: Io = { ...io, err: collecting(said), color: false };
  const plan = await loadPlan(file, quiet, request);
  if (plan === undefined) throw new FailureError(invalid(said.join('').trim()));
  if (tools === 'any tools') return plan;
  const lacks = await lackingTools(plan, catalogue, loaders, io.env);
  if (lacks.length === 0) return plan;
  reportLack(lacks, quiet);
  throw new FailureError(failure('missing', said.join('').trim()));
}

/** How many errors there are is the message; which, is for the problems of the editor. */
function invalid(said: string): Failure {
  const lines = said.split('\n');
  const sum = /^code-engine: (.*)$/.exec(lines.at(-1) ?? '')?.[1];
  return sum === undefined
    ? failure('invalid', said)
    : failure('invalid', sum, { detail: lines.slice(0, -1).join('\n') });
}

export async function validateForWindow(asked: Text): Promise<readonly Diagnostic[]> {
  return (await read(asked)).diagnostics;
}

export async function inputsForWindow(asked: Text): Promise<Readonly<Record<string, InputDefinition>>> {
  return (await read(asked)).workflow?.inputs ?? {};
}

type Text = Params<'workflow/validate'>;

async function read({ file, text }: Text): Promise<Reading> {
  const root = rootOf(file);
  return readWorkflow(text ?? must(await readWorkflowText(file, root)), {
    path: file,
    catalogue,
    files: workspaceFiles(root),
    root,
  });
}

function collecting(said: string[]): Output {
  return {
    write(chunk) {
      said.push(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'));
      return true;
    },
    drained: () => Promise.resolve(),
    closed: false,
  };
}
