/** Components that are a row of a table: one resource with what is usual, the words for its settings, and what comes with it. */
import type { Component } from './components.ts';
import { withFields, type Field } from './fields.ts';
import type { Body } from './hcl.ts';
import type { TofuModule } from './module.ts';

export interface Row {
  readonly id: string;
  /** Words that name it. */
  readonly names: RegExp;
  readonly type: string;
  /** The word that its own name follows, as a regular expression; what its name is made of otherwise. */
  readonly called?: readonly [noun: string, attribute: string, suffix: string];
  /** What it has where the words say nothing, and what it is linked to. */
  readonly body?: (m: TofuModule) => Body;
  readonly fields?: readonly Field[];
  /** Components that the same words could be about. */
  readonly rivals?: readonly string[];
  /** What stands beside it. */
  readonly beside?: (m: TofuModule) => void;
}

function make(m: TofuModule, row: Row): void {
  const own: Body = row.called === undefined ? {} : { [row.called[1]]: m.name(row.called[2], m.called(row.called[0])) };
  m.resource(row.type, 'main', withFields(m, { ...own, ...row.body?.(m) }, row.fields ?? [], row.rivals));
  row.beside?.(m);
}

export const component = (row: Row): Component => ({
  id: row.id,
  names: row.names,
  make: (m) => {
    make(m, row);
  },
});

/** Makes a component that the words may not name. @returns whether it is there */
export function linked(m: TofuModule, id: string): boolean {
  if (!m.present.has(id)) return false;
  m.need(id);
  return true;
}
