/** Tables of the catalogue, read by the words of a module. */
import type { TofuModule } from './module.ts';

/** The first row whose words the text has, else the usual one; a table without rows is a fault of ours. */
export function rowFor<R extends readonly [RegExp, ...unknown[]]>(m: TofuModule, rows: readonly R[], usual = 0): R {
  const row = rows.find(([words]) => m.has(words)) ?? rows[usual];
  if (row === undefined) throw new Error('an empty table of the catalogue');
  return row;
}
