import { textOf, type MapNode } from './node.ts';
import { spot, type Report } from './report.ts';

/** Tells every key of a mapping that was there before; keys that a merge brought in are never doubled. */
export function duplicateKeys(node: MapNode, report: Report): void {
  if (node.entries.length < 2) return;
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
