/** What `validate` says to a person. */
import { counted } from '../../core/count.ts';
import path from 'node:path';
import type { Diagnostic } from '../../core/diagnostic.ts';
import { hasErrors } from '../../language/read.ts';
import type { Io } from '../io.ts';
import { shownPath } from '../read-file.ts';
import { countsOf, diagnosticText, sourceOf } from './diagnostics.ts';
import { paint, plain } from './style.ts';

export interface Checked {
  /** As the person named it. */
  readonly file: string;
  readonly text: string;
  readonly diagnostics: readonly Diagnostic[];
  readonly tasks: number;
  readonly stages: number;
}

/** Diagnostics of one file that are shown in full to a person. */
const MOST_SHOWN = 50;

/** All that is said of one file. */
export function printChecked(one: Checked, options: { readonly quiet?: true }, io: Io): void {
  const shown = one.file === '-' ? 'standard input' : shownPath(path.resolve(io.cwd, one.file), io.cwd);
  const relevant =
    options.quiet === true ? one.diagnostics.filter(({ severity }) => severity === 'error') : one.diagnostics;
  const source = sourceOf(shown, one.text);
  for (const diagnostic of relevant.slice(0, MOST_SHOWN)) io.out.write(diagnosticText(diagnostic, source, io));
  if (relevant.length > MOST_SHOWN) io.out.write(`${plain(io, `… and ${relevant.length - MOST_SHOWN} more`)}\n`);
  if (options.quiet === true && relevant.length === 0) return;
  const counts = countsOf(one.diagnostics);
  if (hasErrors(one.diagnostics)) io.out.write(`${paint(io, 'bad', `${shown} is not valid`)}: ${counts}\n`);
  else {
    const size = `${counted(one.tasks, 'task')} in ${counted(one.stages, 'stage')}`;
    io.out.write(`${paint(io, 'good', `${shown} is valid`)}: ${size}${counts === '' ? '' : ` (${counts})`}\n`);
  }
}
