/** How many lines a text gains and loses: a count for a list, the editor shows the difference itself. */

/** Counts by the multiset of lines: what moved counts as neither. */
export function lineChanges(before: string, after: string): { readonly added: number; readonly removed: number } {
  const left = new Map<string, number>();
  const lines = (text: string): string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));
  for (const line of lines(before)) left.set(line, (left.get(line) ?? 0) + 1);
  let added = 0;
  for (const line of lines(after)) {
    const count = left.get(line) ?? 0;
    if (count > 0) left.set(line, count - 1);
    else added++;
  }
  const removed = [...left.values()].reduce((sum, count) => sum + count, 0);
  return { added, removed };
}
