/** Text in, workflow and diagnostics out. Never throws, whatever the text holds. */
import type { Diagnostic } from '../core/diagnostic.ts';
import { hasExpression } from '../core/template.ts';
import { WorkflowDocument, type ReadOptions } from './document.ts';
import type { ExpressionLibrary } from './uses.ts';
import type { Workflow } from './workflow.ts';

export type { ReadOptions } from './document.ts';
export type { Target, Tools } from './surroundings.ts';

export interface Reading {
  /** What the file says, as far as it could be read; whether it may run, the diagnostics say. */
  readonly workflow: Workflow | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Loads the expression library, which costs some milliseconds, only for a text that may need it. */
export async function expressionsFor(text: string): Promise<ExpressionLibrary | undefined> {
  return hasExpression(text) || /\b(?:when|if)["']?\s*:/.test(text) ? import('../core/expressions.ts') : undefined;
}

/** Reads a workflow. A text of any content gives an answer; the faults are in `diagnostics`. */
export async function readWorkflow(text: string, options: ReadOptions): Promise<Reading> {
  const document = new WorkflowDocument(text, options, await expressionsFor(text));
  return { workflow: document.workflow, diagnostics: document.diagnostics };
}

/** Whether a file is a workflow: by its name, its place, or its top-level key. */
export function isWorkflowFile(path: string, text: string): boolean {
  const normal = path.replaceAll('\\', '/');
  if (/\.code\.ya?ml$/i.test(normal)) return true;
  if (!/\.ya?ml$/i.test(normal)) return false;
  return /(?:^|\/)\.code\/workflows\/[^/]+$/.test(normal) || /^["']?parallel_deployment["']?[ \t]*:/m.test(text);
}

/** Whether anything stops the workflow from running. */
export const hasErrors = (diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some(({ severity }) => severity === 'error');
