/** What is done with a release that is there already: back to an earlier revision, away with it, its tests. */
import { findNamespaces } from '../kubernetes/namespaces.ts';
import { emptyDraft, type PlanDraft, type TaskDraft } from '../plan.ts';
import type { Passage } from '../text.ts';

const NAME = String.raw`["'\x60]?([a-z0-9][a-z0-9-]*)["'\x60]?`;
const NOT_RELEASES = /^(?:for|of|on|the|a|an|in|from|to|of|it|that|this|helm|release|chart|version|revision|namespace|previous|last|back|automatically|our|my)$/i; // prettier-ignore

const ACTIONS = [
  { action: 'rollback', verb: String.raw`roll(?:s|ed|ing)?[ -]?back|roll(?:s|ed)?(?= (?:the )?(?:helm )?release\b)|revert|go back` },
  { action: 'uninstall', verb: String.raw`uninstall|delete|remove|get rid of` },
  { action: 'test', verb: String.raw`run (?:the )?(?:helm )?tests? (?:of|for|on)|helm test` },
] as const; // prettier-ignore

const nameOf = (text: Passage, verb: string): string | undefined =>
  [
    new RegExp(
      `\\b(?:${verb})\\s+(?:(?:for|of|on)\\s+)?(?:the\\s+)?(?:helm\\s+)?release\\s+(?:called |named )?${NAME}`,
      'i',
    ),
    new RegExp(`\\b(?:${verb})\\s+(?:the\\s+)?${NAME}\\s+(?:helm\\s+)?release\\b`, 'i'),
    new RegExp(`\\bhelm\\s+(?:${verb})\\s+(?:release\\s+)?${NAME}`, 'i'),
    new RegExp(`\\b(?:${verb})\\s+(?:the\\s+)?${NAME}\\s+(?:in|from|to)\\b`, 'i'),
  ]
    .map((p) => text.take(p)?.[1])
    .find((n) => n !== undefined && !NOT_RELEASES.test(n));

/** @returns nothing where the words are about installing */
export function planExisting(text: Passage, name: string, summary: string): PlanDraft | undefined {
  if (/\b(?:install|upgrade|deploy)(?!ment|ed)\b|\batomic|\bif (?:it|that|the \w+) fails?\b|\bautomatic/i.test(text.text.replace(/\buninstall/gi, ''))) return undefined; // prettier-ignore
  const found = ACTIONS.find((a) => new RegExp(`\\b(?:${a.verb})\\b`, 'i').test(text.text));
  if (found === undefined) return undefined;
  const release = nameOf(text, found.verb);
  if (release === undefined) return undefined;
  const namespace = findNamespaces(text)[0]?.name;
  const revision = text.take(/\b(?:revision|rev|version)\s*#?(\d+)\b/i)?.[1];
  text.take(/\b(?:back )?to (?:the )?(?:previous|last|prior) (?:revision|version|release)\b|\bback\b/i);
  const where = namespace === undefined ? '' : ` in ${namespace}`;
  const task: TaskDraft = {
    task: `${found.action}_${release.replace(/-/g, '_')}`,
    type: 'helm',
    description: { rollback: 'Back to an earlier revision.', uninstall: 'Remove the release.', test: "Run the release's tests." }[found.action], // prettier-ignore
    timeout: '10m',
    with: {
      action: found.action,
      release,
      ...(namespace === undefined ? {} : { namespace }),
      ...(revision === undefined ? {} : { revision: Number(revision) }),
    },
  };
  const ask: TaskDraft = {
    task: `approve_${found.action}`,
    type: 'approval',
    description: 'A person decides.',
    with: {
      message:
        found.action === 'rollback'
          ? `Take ${release}${where} back to ${revision === undefined ? 'the revision before' : `revision ${revision}`}?`
          : `Remove the release ${release}${where} with everything that it made?`,
    },
  };
  return emptyDraft(name, summary, {
    components: ['release'],
    destructive: found.action === 'uninstall',
    stages: [
      ...(found.action === 'test' ? [] : [{ stage: 'approve', tasks: [ask] }]),
      { stage: found.action, tasks: [task] },
    ],
    assumptions:
      found.action === 'rollback' && revision === undefined ? ['It goes back to the revision before the present one.'] : [], // prettier-ignore
  });
}
