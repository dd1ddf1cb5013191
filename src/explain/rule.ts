/** A known failure as data: how it is recognised in what a tool said, what it means, and what a person does about it. */

import type { TaskExplanation } from '../run/answers.ts';

export interface Rule {
  /** Such as `kubernetes/image-not-found`. */
  readonly id: string;
  /** Only for tasks of these types; for any where it is left out. */
  readonly types?: readonly string[];
  /** Held against one line at a time. Named groups fill the texts (`filled`). */
  readonly line?: RegExp;
  /** How the task ended, where that says it. */
  readonly exitCode?: readonly number[];
  readonly signal?: string;
  readonly status?: string;
  readonly what: string;
  readonly cause: string;
  /** In the order in which they are worth trying. */
  readonly next: readonly string[];
}

/** A task that did not end well, and the end of what it said. */
export interface FailedTask {
  /** The run that it failed in, for what is said to be typed next; the last run where it is left out. */
  readonly runId?: string;
  readonly task: string;
  readonly type: string;
  readonly status: string;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly reason?: string;
  /** What the task type itself says to do. */
  readonly next?: string;
  /** The last lines of its log without control codes, oldest first. */
  readonly lines: readonly string[];
}

export interface Finding {
  readonly rule: string;
  readonly what: string;
  readonly cause: string;
  readonly next: readonly string[];
  /** The line that shows it. */
  readonly evidence?: string;
}

export type Explanation = TaskExplanation;

/**
 * Fills the groups of a match into a text: `{name}` is the group's value, `{name|the pod}` says what stands there without one, and
 * `{[ at ]place}` puts something before a value that is there. `image2` is another place where the same pattern may find `image`.
 */
export function filled(text: string, groups: Readonly<Record<string, string | undefined>>): string {
  const valueOf = (name: string): string | undefined =>
    [name, ...[2, 3, 4].map((n) => `${name}${n}`)]
      .map((key) => groups[key]?.trim())
      .find((v) => v !== undefined && v !== '');
  return text
    .replace(
      /\{(?:\[([^\]]*)\])?(\w+)(?:\|([^}]*))?\}/g,
      (_whole, lead: string | undefined, name: string, instead?: string) => {
        const value = valueOf(name);
        return value === undefined ? (instead ?? '') : `${lead ?? ''}${value}`;
      },
    )
    .replace(/ {2,}/g, ' ')
    .replace(/ (?=[.,:;?!](?:\s|$))/g, '');
}
