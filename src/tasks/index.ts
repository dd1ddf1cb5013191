/** The list of task types: each is loaded when it is first needed. Only the two composition roots (cli/main, extension/activate) import this. */
import type { AnyTaskType } from '../core/task-type.ts';

export const loaders: Readonly<Record<string, () => Promise<AnyTaskType>>> = {
  shell: async () => (await import('./shell.ts')).shell as AnyTaskType,
};
