import type { AnyTaskType } from '../core/task-type.ts';

/** What a composition root hands the engine: the task types, and how to start this program again for a task host or a child run. */
export interface TaskRuntime {
  kindOf(type: string): 'command' | 'steps' | 'inline' | undefined;
  /** Can the type say beforehand what it would change, undo it, tell after a crash whether it took effect? */
  can(type: string, ability: 'preview' | 'rollback' | 'probe'): boolean;
  /** Name and version of the tool that the type would run with, for the cache's key; empty where it needs none. */
  toolOf(type: string): Promise<string>;
  load(type: string): Promise<AnyTaskType | undefined>;
  readonly engine: {
    readonly program: string;
    readonly args: readonly string[];
    /** What the program itself needs in its environment (the editor's runtime: `ELECTRON_RUN_AS_NODE`); tasks do not get it. */
    readonly env: Readonly<Record<string, string>>;
    readonly version: string;
  };
}
