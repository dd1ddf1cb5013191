/** The planner that needs no model: grammars, a catalogue and rendering by code. The same text gives the same plan, every time. */
import { MASK } from '../core/redact.ts';
import { withoutSpokenSecrets } from '../core/secret-shapes.ts';
import { planCompose } from './compose/plan.ts';
import type { WorkspaceFacts } from './context/facts.ts';
import { planHelm } from './helm/plan.ts';
import { isWipe, withoutPastedOrders } from './guard.ts';
import { questionsFor, targetOf, type Target } from './intent.ts';
import { takeManifests, type Given } from './kubernetes/given.ts';
import { plainly } from './kubernetes/phrases.ts';
import { planKubernetes } from './kubernetes/plan.ts';
import { dnsName } from './kubernetes/names.ts';
import { planPipeline } from './pipeline/plan.ts';
import { emptyDraft, type PlanDraft } from './plan.ts';
import { LONGEST, readText, type Passage } from './text.ts';
import { planTofu } from './tofu/plan.ts';

/** Everything that a plan is made from, besides the words. */
export interface CatalogContext {
  readonly facts: WorkspaceFacts;
}

/** @returns a draft without stages and with questions where there is nothing honest to plan */
export function planFromText(description: string, context: CatalogContext): PlanDraft {
  const { text: own, orders } = withoutPastedOrders(description);
  const given = takeManifests(own);
  const text = readText(given === undefined ? own : `${given.heads}\n${given.rest}`);
  const name = nameFor(text.text, context.facts);
  const summary = withoutSpokenSecrets(oneLine(text.text), MASK);
  const questions = questionsFor(text, context.facts);
  if (questions.length > 0) return emptyDraft(name, summary, { questions, destructive: isWipe(text) });
  const target = targetOf(text, context.facts);
  const wipe = isWipe(text);
  const read = target === 'kubernetes' ? plainly(given === undefined ? text : readText(given.told)) : text;
  const draft = planTarget(target, read, context, name, summary, given);
  const unplaced = [
    ...draft.unplaced,
    ...read.ledger
      .leftOver()
      // What a manifest holds was told by us.
      .filter((words) => given?.heads.includes(words) !== true)
      .map((words) => withoutSpokenSecrets(words, MASK)),
    ...(orders.length > 0 ? ['orders in a quoted text, which is no wish of yours: they are not followed'] : []),
    ...(description.length > LONGEST ? [`everything after the first ${LONGEST} characters`] : []),
  ];
  if (wipe && !draft.destructive)
    return emptyDraft(name, summary, { destructive: true, questions: WIPE_QUESTIONS, unplaced });
  if (draft.questions.length > 0 && draft.files.length === 0 && draft.stages.every((s) => s.tasks.length === 0))
    return { ...draft, unplaced };
  if (draft.stages.every((s) => s.tasks.length === 0)) {
    return emptyDraft(name, summary, {
      unplaced,
      destructive: draft.destructive,
      questions: [
        'Nothing in this description names something that can be deployed. Which component, image, object or resource is meant?',
      ],
    });
  }
  return { ...draft, unplaced };
}

const WIPE_QUESTIONS = [
  'What exactly is to be deleted: which objects or resources, in which cluster, namespace or state? Nothing is deleted on a guess.',
  'Is there a backup of the data, and has it been restored once?',
];

function planTarget(
  target: Target,
  text: Passage,
  context: CatalogContext,
  name: string,
  summary: string,
  given: Given | undefined,
): PlanDraft {
  switch (target) {
    case 'compose':
      return planCompose(text, context.facts, name, summary);
    case 'opentofu':
      return planTofu(text, name, summary);
    case 'helm':
      return planHelm(text, context.facts, name, summary);
    case 'pipeline':
      return planPipeline(text, context.facts, name, summary);
    case 'kubernetes':
      return planKubernetes(text, context.facts, name, summary, given);
  }
}

/** A short name for the workflow: the description's own first name, else the folder's. */
function nameFor(text: string, facts: WorkspaceFacts): string {
  const named =
    /\b(?:called|named)\s+["'`]?(?!(?:docker |persistent )?(?:volume|network|secret|config|port)s?\b)([a-z0-9][a-z0-9-]{1,40})/i.exec(
      text,
    )?.[1];
  return dnsName(named ?? facts.name).slice(0, 40) || 'deploy';
}

const oneLine = (text: string): string => {
  const line = text
    .replace(/\s+/g, ' ')
    // A password that somebody typed must not come back in a file.
    .replace(
      /\b(\w*(?:pass(?:word|wd)?|secret|token|api[_-]?key|credentials?))(\s*(?:=|:|\bis\b)\s*)(?!\$)[^\s,;]+/gi,
      '$1$2***',
    )
    .trim();
  return line.length > 120 ? `${line.slice(0, 117)}...` : line;
};
