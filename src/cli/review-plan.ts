/** A plan on the terminal: answer its questions, change what it assumed, ask again with more words, and only then look at the files. */
import { FailureError } from '../core/failure.ts';
import { changeField, fieldsOf } from '../planner/fields.ts';
import type { PlannedFile, PlanResult } from '../planner/plan.ts';
import { askChoice, askLine } from './ask.ts';
import type { Io } from './io.ts';
import { planText } from './render/plan.ts';
import { paint, plain } from './render/style.ts';

export interface Reviewed {
  readonly result: PlanResult;
  readonly error: string | undefined;
}

/** From words to a plan; `deploy` gives it, so that every round goes the whole way. */
export type PlanAgain = (description: string) => Promise<Reviewed>;

/**
 * @param files of a plan
 * @returns the files to look at one by one; `quit` where the person stopped, `none` where there is no plan
 */
export async function reviewPlan(
  first: Reviewed,
  description: string,
  again: PlanAgain,
  files: (result: PlanResult) => readonly PlannedFile[],
  io: Io,
): Promise<readonly PlannedFile[] | 'quit' | 'none'> {
  let words = description;
  let now = first;
  let current = files(now.result);
  /** By label, which a new plan of the same things has again. */
  const changes = new Map<string, string>();
  const replan = async (more: string): Promise<void> => {
    words = `${words.trimEnd().replace(/[.;,]$/, '')}. ${more}`;
    now = await again(words);
    current = withChanges(files(now.result), changes);
    io.out.write(planText(now.result, io));
    for (const [label, value] of changes) io.out.write(`Kept ${plain(io, label)}: ${value}\n`);
  };
  io.out.write(planText(now.result, io));
  for (;;) {
    if (now.error !== undefined) return 'none';
    if (now.result.workflow === '') {
      const more = await askLine('Say it (nothing ends here): ', io);
      if (more === undefined || more === '') return 'none';
      await replan(more);
      continue;
    }
    const answer = await askChoice(
      '[r]eview the files, [c]hange a value, [s]ay more and plan again, [q]uit ',
      ['r', 'c', 's', 'q'],
      io,
    );
    if (answer === 'q') return 'quit';
    if (answer === 'r') return current;
    if (answer === 'c') current = await change(current, changes, io);
    else {
      const more = await askLine('Plan it again with: ', io);
      if (more === undefined || more === '') continue;
      await replan(more);
    }
  }
}

/** A new plan with the values that were changed in the one before; what it no longer has is forgotten. */
function withChanges(files: readonly PlannedFile[], changes: Map<string, string>): readonly PlannedFile[] {
  let now = files;
  for (const [label, value] of changes) {
    const field = fieldsOf(now).find((f) => f.label === label);
    const done = field === undefined ? undefined : changeField(now, field.id, value);
    if (done?.ok === true) now = done.value;
    else changes.delete(label);
  }
  return now;
}

/** One field, chosen by its number. */
async function change(
  files: readonly PlannedFile[],
  changes: Map<string, string>,
  io: Io,
): Promise<readonly PlannedFile[]> {
  const fields = fieldsOf(files);
  if (fields.length === 0) {
    io.out.write('There is no value to change: say more and plan again.\n');
    return files;
  }
  fields.forEach((field, index) =>
    io.out.write(`${String(index + 1).padStart(3)}  ${plain(io, field.label)}: ${paint(io, 'bold', field.value)}\n`),
  );
  const which = await askLine('Number: ', io);
  const field = fields[Number(which) - 1];
  if (field === undefined) return files;
  const value = await askLine(`${field.label} (${field.value}): `, io);
  if (value === undefined || value === '') return files;
  const done = changeField(files, field.id, value);
  if (done.ok) {
    changes.set(field.label, value);
    io.out.write(`${plain(io, field.label)}: ${field.value} -> ${paint(io, 'bold', value)}\n`);
    return done.value;
  }
  if (done.failure.kind !== 'usage') throw new FailureError(done.failure);
  io.err.write(`${done.failure.message}\n`);
  return files;
}
