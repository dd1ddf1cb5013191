/** What the supervisor and a task host say to each other: one JSON request on standard input, JSON lines back on descriptor 3. */
import type { Json, JsonObject } from '../core/json.ts';
import type { Preview, TaskFailure } from '../core/task-type.ts';

export type HostAction = 'run' | 'preview' | 'rollback' | 'probe' | 'preflight';

export interface HostRequest {
  readonly action: HostAction;
  readonly type: string;
  readonly parameters: JsonObject;
  /** For `rollback`: what the attempt gave. */
  readonly outputs: JsonObject;
  /** A file for the answer where there is nobody left to take it; only where the run has no secrets. */
  readonly record?: string;
  readonly context: {
    readonly workflow: string;
    readonly task: string;
    readonly runId: string;
    readonly attempt: number;
    readonly root: string;
    readonly cwd: string;
    readonly stateDir: string;
    /** The task's environment: what its tools are started with. */
    readonly env: Readonly<Record<string, string>>;
  };
}

export type HostReply =
  | { readonly kind: 'outputs'; readonly outputs: JsonObject }
  | { readonly kind: 'preview'; readonly preview: Preview }
  | { readonly kind: 'probe'; readonly answer: 'done' | 'not-done' | 'unknown' }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly failure: TaskFailure };

export const isReply = (value: unknown): value is HostReply =>
  typeof value === 'object' && value !== null && 'kind' in value && typeof (value as { kind: Json }).kind === 'string';
