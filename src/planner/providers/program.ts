/** A model that is asked through a program: text in, text out. The room above starts it. */
import type { Result } from '../../core/result.ts';

export interface ProgramAnswer {
  /** `null` when a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the program in an empty folder, gives it `stdin`, and waits for its end; the signal ends it. */
export type RunProgram = (
  args: readonly string[],
  stdin: string,
  signal: AbortSignal,
) => Promise<Result<ProgramAnswer>>;

/** The last words of a program for a failure's detail. */
export const lastLine = (text: string): string => text.trim().split('\n').at(-1)?.slice(0, 500) ?? '';
