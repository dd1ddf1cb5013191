/** What every change to something that runs already needs: whom it is about, where it is, and waiting for it. */
import type { TaskDraft } from '../plan.ts';
import type { Passage } from '../text.ts';
import { kubectl } from './kubectl.ts';
import type { K8sObject } from './model.ts';
import { dnsName, isNameWord } from './names.ts';

/** A name, in quotes or not, as a pattern with one group. */
export const ID = String.raw`["'\x60]?([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)["'\x60]?`;

/** What the sentences read so far ask for. */
export interface Build {
  tasks: TaskDraft[];
  objects: K8sObject[];
  deletions: K8sObject[];
  spans: [number, number][];
  assumptions: string[];
  questions: string[];
  destructive: boolean;
}

/** Adds what a sentence asks for; false where it asks for nothing of the kind. */
export type Operation = (sentence: Passage, namespace: string | undefined, out: Build, whole: string) => boolean;

/** A task name from an object's name. */
export const idOf = (name: string): string => dnsName(name).replace(/[^a-z0-9]+/g, '_');

export const where = (namespace: string | undefined): string[] =>
  namespace === undefined ? [] : ['--namespace', namespace];
const kindWord = (text: string | undefined): string =>
  text === undefined ? 'deployment' : text.toLowerCase().replace(/\s/g, '').replace(/s$/, '');

/** The workload that a sentence is about: `deployment web-app`, `the web-app deployment`, or the word after the verb. */
export function subject(text: string, verb: RegExp): { kind: string; name: string } | undefined {
  const after = new RegExp(
    `\\b(deployments?|stateful ?sets?|daemon ?sets?|replica ?sets?)\\s+(?:named |called )?${ID}`,
    'i',
  ).exec(text);
  if (after?.[2] !== undefined && isNameWord(after[2])) return { kind: kindWord(after[1]), name: after[2] };
  const before = new RegExp(`${ID}\\s+(deployment|stateful ?set|daemon ?set)\\b`, 'i').exec(text);
  if (before?.[1] !== undefined && isNameWord(before[1])) return { kind: kindWord(before[2]), name: before[1] };
  const plain = new RegExp(
    `${verb.source}\\s+(?:the\\s+)?(?:image of\\s+|number of\\s+(?:pods|replicas)\\s+(?:of|in|for)\\s+)?(?:the\\s+)?${ID}`,
    'i',
  ).exec(text);
  const name = plain?.at(-1);
  return name !== undefined && isNameWord(name) ? { kind: 'deployment', name } : undefined;
}

/** The task that waits for a workload's new pods. */
export const awaits = (
  about: { readonly kind: string; readonly name: string },
  namespace: string | undefined,
  after: string,
): TaskDraft => ({
  ...kubectl(`await_${after}`, `Wait until ${about.name} is rolled out.`, [
    'rollout',
    'status',
    `${about.kind}/${about.name}`,
    ...where(namespace),
    '--timeout=5m',
  ]),
  dependsOn: [after],
});
