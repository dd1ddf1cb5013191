/** Questions to a person. Asking is an event and answering is an event; an answer counts for exactly what was asked (the digest). */
import { createHash } from 'node:crypto';
import { failure } from '../core/failure.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { EventBody } from '../run/events.ts';
import type { ApprovalAnswer } from './attempt-services.ts';

export interface Question {
  readonly message: string;
  readonly details?: string;
  /** What the answer is bound to besides the plan: a preview's digest, a task's hash. */
  readonly about: string;
}

interface Open {
  readonly digest: string;
  answer(answer: ApprovalAnswer): void;
}

export class Approvals {
  readonly #append: (body: EventBody) => void;
  readonly #planHash: string;
  readonly #open = new Map<string, Open>();

  constructor(append: (body: EventBody) => void, planHash: string) {
    this.#append = append;
    this.#planHash = planHash;
  }

  /** Asks, and waits for as long as it takes; a cancel counts as a refusal by the run. */
  ask(task: string, question: Question, signal: AbortSignal): Promise<ApprovalAnswer> {
    const digest = createHash('sha256').update(`${this.#planHash}\n${task}\n${question.about}`).digest('hex');
    return new Promise((resolve) => {
      const cancelled = (): void => {
        this.#open.delete(task);
        resolve({ approved: false, by: 'the run', comment: String(signal.reason ?? 'cancelled') });
      };
      if (signal.aborted) {
        cancelled();
        return;
      }
      signal.addEventListener('abort', cancelled, { once: true });
      this.#open.set(task, {
        digest,
        answer: (answer) => {
          signal.removeEventListener('abort', cancelled);
          this.#open.delete(task);
          const { approved, by, comment } = answer;
          this.#append({
            type: 'task.approved',
            task,
            approved,
            by,
            digest,
            ...(comment === undefined ? {} : { comment }),
          });
          resolve(answer);
        },
      });
      const { message, details } = question;
      const on = { kind: 'approval' as const, message, digest, ...(details === undefined ? {} : { details }) };
      this.#append({ type: 'task.waiting', task, on });
    });
  }

  /** @param digest what the person saw; an answer to something else is refused */
  answer(task: string, answer: ApprovalAnswer, digest?: string): Result<void> {
    const open = this.#open.get(task);
    if (open === undefined) {
      const waiting = [...this.#open.keys()];
      return err(
        failure('conflict', `${task} does not wait for an approval.`, {
          next: waiting.length === 0 ? 'Nothing of this run does.' : `These do: ${waiting.join(', ')}.`,
        }),
      );
    }
    if (digest !== undefined && digest !== open.digest) {
      return err(
        failure('conflict', `What ${task} would do has changed since it was shown.`, {
          next: 'Look again, then decide.',
        }),
      );
    }
    open.answer(answer);
    return ok(undefined);
  }
}
