/** Text in, workflow and diagnostics out. Never throws, whatever the text holds. */
import type { Diagnostic } from '../core/diagnostic.ts';
import { WorkflowDocument, type ReadOptions } from './document.ts';
import { librariesFor } from './libraries.ts';
import type { Workflow } from './workflow.ts';

export type { ReadOptions } from './document.ts';
export type { PastDurations, Target, Tools } from './surroundings.ts';

export interface Reading {
  /** What the file says, as far as it could be read; whether it may run, the diagnostics say. */
  readonly workflow: Workflow | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads a workflow. A text of any content gives an answer; the faults are in `diagnostics`. */
export async function readWorkflow(text: string, options: ReadOptions): Promise<Reading> {
  const document = new WorkflowDocument(text, options, await librariesFor(text));
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
