/** Files on a terminal, one at a time: the difference, and whether it is written. */
import { askChoice } from './ask.ts';
import type { FileOrigin } from '../planner/plan.ts';
import type { Io } from './io.ts';
import { fileDiff } from './render/plan.ts';

/**
 * Shows each file's difference and asks about it.
 * @param before the text that a file has now; nothing where there is none
 * @returns the files that were accepted, in their order; nothing where the person stopped
 */
export async function reviewFiles<
  F extends { readonly path: string; readonly text: string; readonly origin?: FileOrigin },
>(files: readonly F[], before: (path: string) => string | undefined, io: Io): Promise<F[] | undefined> {
  const accepted: F[] = [];
  let all = false;
  for (const [index, file] of files.entries()) {
    const there = before(file.path);
    if (there === file.text) {
      accepted.push(file);
      continue;
    }
    io.out.write(`${fileDiff(file.path, there, file.text, io)}\n`);
    const by = file.origin === 'model' ? ', by the model' : '';
    const question = `Write ${file.path} (${index + 1} of ${files.length}${by})? [y]es, [n]o, [a]ll, [q]uit `;
    const answer = all ? 'y' : await askChoice(question, ['y', 'n', 'a', 'q'], io);
    if (answer === 'q') return undefined;
    if (answer === 'a') all = true;
    if (answer !== 'n') accepted.push(file);
  }
  return accepted;
}
