/**
 * Puts a task that was edited in the place of what it was before, where nothing else in the file can tell the difference. That is the
 * common keystroke: a parameter, a timeout's digit, a word of a description. All else goes the whole way, over every task.
 */
import type { Block } from './block.ts';
import type { Links } from './links.ts';
import type { TaskFacts } from './reading.ts';
import type { Finding, Spot } from './report.ts';

/** @returns `false` where the file has to be looked at as a whole */
export function replaceTask(links: Links, overall: readonly Finding[], before: Block, after: Block): boolean {
  const [was, ...others] = before.reading?.items ?? [];
  const [is, ...more] = after.reading?.items ?? [];
  if (was?.kind !== 'task' || is?.kind !== 'task' || others.length > 0 || more.length > 0 || was.placed === undefined)
    return false;
  if (before.reading?.anchors !== undefined || after.reading?.anchors !== undefined) return false;
  if (!looksTheSame(was, is, links)) return false;
  // Findings over the whole file that point into the block, as a place, a related place or an edit, would point astray.
  if (overall.some((finding) => pointsTo(finding, before))) return false;
  const { placed } = was;
  placed.block = after;
  placed.item = is;
  is.placed = placed;
  return true;
}

function looksTheSame(was: TaskFacts, is: TaskFacts, links: Links): boolean {
  if (!sameUses(was.uses, is.uses) || was.never !== undefined || is.never !== undefined) return false;
  if (was.name?.value !== is.name?.value || was.timeoutMs !== is.timeoutMs) return false;
  if (
    was.dependsOn.length !== is.dependsOn.length ||
    was.dependsOn.some(({ value }, i) => value !== is.dependsOn[i]?.value)
  )
    return false;
  const sameOutputs = was.info === is.info && was.outputs.join() === is.outputs.join();
  return sameOutputs || !links.read.has(was.name?.value ?? '');
}

/** Expressions that name the same things in the same keys; where something is wrong with one, a finding points into the block anyway. */
const sameUses = (was: TaskFacts['uses'], is: TaskFacts['uses']): boolean =>
  was.length === is.length &&
  was.every((use, i) => {
    const other = is[i];
    return (
      other !== undefined &&
      use.root === other.root &&
      use.under === other.under &&
      use.guarded === other.guarded &&
      use.minus?.name === other.minus?.name &&
      use.names.length === other.names.length &&
      use.names.every((name, k) => name === other.names[k])
    );
  });

function pointsTo(finding: Finding, block: Block): boolean {
  const into = ({ spot }: { readonly spot: Spot }): boolean => spot.block === block;
  return into(finding) || finding.related.some(into) || finding.fixes.some(({ edits }) => edits.some(into));
}
