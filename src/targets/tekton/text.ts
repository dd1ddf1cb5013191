/** Texts with our expressions, in Tekton's variables and the shell's. */
import { templateParts } from '../../core/template.ts';
import type { Json } from '../../core/json.ts';
import type { Plan, PlannedTask } from '../../graph/plan.ts';

/** Where a text is used: what the shell expands, the program's arguments, or a value of the environment. */
export type Use = 'script' | 'argument' | 'environment';

export interface Rendered {
  readonly text: string;
  /** Outputs of other tasks that it reads. */
  readonly outputs: readonly OutputRead[];
  /** Secrets that must be in the environment. */
  readonly secrets: readonly string[];
}

export interface OutputRead {
  readonly task: string;
  readonly output: string;
}

const OUTPUT = /^tasks\.(\w[\w-]*)\.outputs\.(\w+)$|^tasks\.(\w[\w-]*)\.outputs\["([^"]+)"\]$/;

/** @returns `undefined` where an expression is more than the name of a value */
export function render(text: string, use: Use, task: PlannedTask, plan: Plan): Rendered | undefined {
  const outputs: OutputRead[] = [];
  const secrets: string[] = [];
  let out = '';
  for (const part of templateParts(text)) {
    if (part.kind === 'text') {
      out += part.text;
      continue;
    }
    const said = variableOf(part.text.trim(), use, task, plan);
    if (said === undefined) return undefined;
    if (said.output !== undefined) outputs.push(said.output);
    if (said.secret !== undefined) secrets.push(said.secret);
    out += said.text;
  }
  return { text: out, outputs, secrets };
}

interface Said {
  readonly text: string;
  readonly output?: OutputRead;
  readonly secret?: string;
}

function variableOf(expression: string, use: Use, task: PlannedTask, plan: Plan): Said | undefined {
  const input = /^inputs\.(\w+)$/.exec(expression)?.[1];
  if (input !== undefined)
    return plan.inputDefinitions[input] === undefined ? undefined : { text: `$(params.${input})` };
  const secret = /^secrets\.(\w+)$/.exec(expression)?.[1];
  if (secret !== undefined) return { text: fromEnvironment(secret, use), secret };
  const variable = /^env\.(\w+)$/.exec(expression)?.[1];
  if (variable !== undefined) return { text: fromEnvironment(variable, use) };
  const matrix = /^matrix\.(\w+)$/.exec(expression)?.[1];
  if (matrix !== undefined) return valueText(task.matrix?.[matrix]);
  const output = OUTPUT.exec(expression);
  if (output !== null) {
    const read = { task: output[1] ?? output[3] ?? '', output: output[2] ?? output[4] ?? '' };
    return { text: `$(params.${paramOf(read)})`, output: read };
  }
  if (expression === 'run.id') return { text: '$(context.pipelineRun.name)' };
  if (expression === 'run.attempt') return { text: '1' };
  return expression === 'target.os' ? { text: 'linux' } : undefined;
}

/** A shell expands `${X}`; the cluster expands `$(X)` in arguments and in values of the environment. */
const fromEnvironment = (name: string, use: Use): string => (use === 'script' ? `\${${name}}` : `$(${name})`);

const valueText = (value: Json | undefined): Said | undefined =>
  value === undefined || (value !== null && typeof value === 'object') ? undefined : { text: String(value) };

/** The parameter that brings another task's output into a task. */
export const paramOf = ({ task, output }: OutputRead): string => `${task}-${output}`;
