import type { TaskTypeInfo } from '../core/catalogue.ts';
import type { Diagnostic, Range } from '../core/diagnostic.ts';
import type { TaskNode } from '../language/workflow.ts';

/** One task of the file, with its stage (-1 for `finally`) and the definition of its type. */
export interface Lowered {
  readonly node: TaskNode;
  readonly stage: number;
  readonly info: TaskTypeInfo;
}

export const fault = (code: string, range: Range, message: string): Diagnostic => ({
  code,
  severity: 'error',
  message,
  range,
  fixes: [],
});
