import { textOf, type MapNode } from './node.ts';
import { spot, type Report } from './report.ts';

/** Compared one by one: for the few keys of a task a table would cost more than all comparisons. */
function anyTwice({ entries }: MapNode): boolean {
  for (let i = 1; i < entries.length; i++) {
    const name = keyAt(entries, i);
    for (let k = 0; k < i; k++) if (keyAt(entries, k) === name) return true;
  }
  return false;
}

const keyAt = (entries: MapNode['entries'], i: number): string => {
  const entry = entries[i];
  return entry === undefined ? '' : textOf(entry.key);
};

/** Tells every key of a mapping that was there before; keys that a merge brought in are never doubled. */
export function duplicateKeys(node: MapNode, report: Report): void {
  if (node.entries.length < 2 || (node.entries.length < 12 && !anyTwice(node))) return;
  const seen = new Map<string, MapNode['entries'][number]>();
  for (const entry of node.entries) {
    const name = textOf(entry.key);
    const before = seen.get(name);
    if (before === undefined) {
      seen.set(name, entry);
      continue;
    }
    if (entry.key.start === before.key.start) continue;
    report.add('CODE005', entry.key, `"${name}" is here twice`, {
      related: [{ spot: spot(report.block, before.key), message: 'the first one' }],
    });
  }
}
