/** Imports and exports for a window, which shows what comes out and writes nothing by itself. */
import { FailureError, failure } from '../../core/failure.ts';
import type { Results } from '../../run/protocol.ts';
import { exportToTekton, importFrom } from '../convert.ts';
import type { Io } from '../io.ts';

export async function importForWindow(file: string, io: Io): Promise<Results['workflow/import']> {
  return importFrom(file, io);
}

export async function exportForWindow(file: string, io: Io): Promise<Results['workflow/export']> {
  const exported = await exportToTekton(file, {}, io);
  if (exported === undefined)
    throw new FailureError(failure('invalid', `${file} has errors.`, { next: 'The Problems view shows them.' }));
  return {
    text: exported.text,
    losses: exported.losses.map(({ task, kind, message }) => ({ what: task ?? '', kind, message })),
  };
}
