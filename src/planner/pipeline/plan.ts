/** Deliveries over an existing workspace: parts in the order that the text or good practice asks for, with a person before what cannot be undone. */
import type { WorkspaceFacts } from '../context/facts.ts';
import { emptyDraft, type InputDraft, type PlanDraft, type StageDraft, type TaskDraft } from '../plan.ts';
import type { Passage } from '../text.ts';
import { DEFINITIONS, deployTask, type Part, type PartContext, type PartId } from './steps.ts';

const APPROVAL =
  /\b(?:ask(?:s|ed|ing)? (?:me|us|someone|a person|first|for|before)|after (?:an? |my |manual )?approv\w*|approv\w+|confirm\w*|sign[- ]?off|manual(?:ly)? (?:gate|approv\w*|confirm\w*|step|check)|wait(?:s|ing)? for (?:a person|me|someone|an? approval|my (?:ok|go|yes))|a person (?:must|has to|should)|my (?:ok|yes|go))\b/i;

/** Parts that wait for a person although nobody said so. */
const RISKY: ReadonlySet<PartId> = new Set(['infra-apply', 'infra-destroy']);

export function planPipeline(text: Passage, facts: WorkspaceFacts, name: string, summary: string): PlanDraft {
  const assumptions = new Set<string>();
  const questions: string[] = [];
  const inputs: Record<string, InputDraft> = {};
  const secrets = new Set<string>();
  const context: PartContext = {
    text,
    facts,
    inputs,
    secrets,
    assume: (t) => void assumptions.add(t),
    ask: (t) => void questions.push(t),
  };
  const parts = findParts(context);
  if (parts.length === 0)
    return emptyDraft(name, summary, {
      questions: [
        'What should the pipeline do? Name its parts, such as: build, scan, push, deploy with the chart, smoke test.',
      ],
    });
  const stages = arrange(parts, context);
  const destroys = parts.some((p) => p.id === 'infra-destroy');
  return emptyDraft(name, summary, {
    components: parts.map((p) => p.id),
    stages: gated(stages, context),
    inputs,
    secrets: [...secrets],
    assumptions: [...assumptions],
    questions,
    destructive: destroys,
  });
}

function findParts(context: PartContext): Part[] {
  const { text } = context;
  const found: Part[] = [];
  const applies = /\bappl(?:y|ies|ied|ying)\b|\bprovision|\bdeploy[^.;]*\binfra/i.test(text.text);
  for (const definition of DEFINITIONS) {
    const match = definition.words.exec(text.text);
    if (match === null) continue;
    if (
      definition.id === 'infra-apply' &&
      (!applies || !DEFINITIONS.find((d) => d.id === 'infra-plan')?.words.test(text.text))
    )
      continue;
    if (definition.id === 'infra-plan' && /\b(?:tofu|terraform) destroy\b/i.test(text.text)) continue;
    if (
      definition.id === 'infra-plan' &&
      context.facts.modules.length === 0 &&
      !/\b(?:tofu|opentofu|terraform|infra(?:structure)?)\b/i.test(text.text)
    )
      continue;
    text.takeAll(definition.words);
    found.push({ id: definition.id, at: match.index, tasks: definition.tasks(context) });
  }
  // What is built and deployed to a cluster must be in a registry first.
  const has = (id: PartId): boolean => found.some((p) => p.id === id);
  if (has('build') && has('deploy') && !has('push')) {
    const build = found.find((p) => p.id === 'build');
    found.push({
      id: 'push',
      at: (build?.at ?? 0) + 1,
      tasks: DEFINITIONS.find((d) => d.id === 'push')?.tasks(context) ?? [],
    });
    context.assume('The image is pushed before it is deployed.');
  }
  return found;
}

/** Ranks of the usual order; equal ranks run side by side. */
const USUAL: Readonly<Record<PartId, number>> = {
  lint: 0,
  test: 0,
  policy: 0,
  'iac-scan': 0,
  cluster: 1,
  build: 1,
  'infra-plan': 1,
  scan: 2,
  push: 3,
  'infra-apply': 3,
  'infra-destroy': 3,
  deploy: 5,
  smoke: 6,
  gate: 6,
  dast: 6,
  notify: 9,
};

const STAGE_NAMES: Readonly<Record<PartId, string>> = {
  lint: 'check',
  test: 'check',
  policy: 'check',
  'iac-scan': 'check',
  cluster: 'build',
  build: 'build',
  'infra-plan': 'build',
  scan: 'scan',
  push: 'push',
  'infra-apply': 'apply',
  'infra-destroy': 'destroy',
  deploy: 'deploy',
  smoke: 'verify',
  gate: 'verify',
  dast: 'verify',
  notify: 'notify',
};

interface Placed {
  readonly name: string;
  readonly parts: readonly Part[];
}

/** The text's own order where it tells one ("then", "after"), else the usual one with what can run side by side. */
function arrange(parts: readonly Part[], context: PartContext): Placed[] {
  const { text } = context.text;
  const together = /\b(?:in parallel|at the same time|side by side|concurrently|simultaneously|while)\b/i.test(text);
  const sequence = !together && /\b(?:then|after(?:wards| that)?|before|finally|next|first)\b|->|=>/i.test(text);
  const ordered = [...parts].sort(
    (a, b) => (sequence ? textRank(a, parts) - textRank(b, parts) : USUAL[a.id] - USUAL[b.id]) || a.at - b.at,
  );
  const placed: { name: string; rank: number; parts: Part[] }[] = [];
  for (const part of ordered) {
    const rank = sequence ? textRank(part, parts) : USUAL[part.id];
    const last = placed.at(-1);
    if (last !== undefined && !sequence && last.rank === rank) last.parts.push(part);
    else placed.push({ name: STAGE_NAMES[part.id], rank, parts: [part] });
  }
  return placed;
}

/** Position in the text, but never before what it cannot do without. */
function textRank(part: Part, parts: readonly Part[]): number {
  const needs: Readonly<Partial<Record<PartId, readonly PartId[]>>> = {
    scan: ['build'],
    push: ['build'],
    'infra-apply': ['infra-plan'],
    deploy: ['push', 'build', 'infra-apply'],
    smoke: ['deploy'],
    gate: ['deploy'],
    dast: ['deploy'],
  };
  const before = (needs[part.id] ?? [])
    .map((id) => parts.find((p) => p.id === id))
    .filter((p) => p !== undefined && p !== part);
  return Math.max(part.at, ...before.map((p) => textRank(p as Part, parts) + 0.5));
}

const approvalTask = (what: string, suffix: string): TaskDraft => ({
  task: `approve_${what}${suffix}`,
  type: 'approval',
  description: 'A person decides.',
  with: { message: `Go on with ${what.replace(/_/g, ' ')}?` },
});

/** Adds the stages in which a person is asked, and splits deployments by environment. */
function gated(placed: readonly Placed[], context: PartContext): StageDraft[] {
  const { text } = context.text;
  const approval = context.text.take(APPROVAL);
  const staging =
    /\bstaging\b|\btest environment\b|\bqa\b|\bdev(?:elopment)? (?:cluster|environment|namespace)\b/i.test(text);
  const production = /\bprod(?:uction)?\b/i.test(text);
  const stages: StageDraft[] = [];
  const names = new Map<string, number>();
  const add = (name: string, tasks: readonly TaskDraft[]): void => {
    const n = (names.get(name) ?? 0) + 1;
    names.set(name, n);
    stages.push({ stage: n === 1 ? name : `${name}_${n}`, tasks });
  };
  const ask = (what: string): void =>
    add(`approve_${what}`, [approvalTask(what, stages.some((s) => s.stage === `approve_${what}`) ? '_2' : '')]);
  const target = approval === undefined ? undefined : approvalTarget(approval, placed, text);
  let verify: Placed[] = [];
  for (const [index, stage] of placed.entries()) {
    const risky = stage.parts.find((p) => RISKY.has(p.id));
    const deploy = stage.parts.find((p) => p.id === 'deploy');
    if (deploy !== undefined && staging && production) {
      verify = placed.slice(index + 1).filter((s) => s.parts.every((p) => USUAL[p.id] === 6));
      if (
        target !== undefined &&
        stage.parts.some((p) => p.id === target) &&
        /\bstaging\b[^.;]{0,20}\bapprov|before staging/i.test(text)
      )
        ask('staging');
      add('staging', [
        ...stage.parts.filter((p) => p !== deploy).flatMap((p) => p.tasks),
        deployTask(context, 'staging'),
      ]);
      for (const v of verify)
        add(
          v.name,
          v.parts.flatMap((p) => p.tasks),
        );
      ask('production');
      add('production', [deployTask(context, 'production')]);
      continue;
    }
    if (verify.includes(stage)) continue;
    if (risky !== undefined) ask(risky.id === 'infra-destroy' ? 'destruction' : 'infrastructure');
    else if (stage.parts.some((p) => p.id === target))
      ask(deploy !== undefined ? (production ? 'production' : 'deployment') : stage.name);
    else if (deploy !== undefined && production) ask('production');
    add(
      stage.name,
      stage.parts.flatMap((p) =>
        p === deploy && (staging || production)
          ? [deployTask(context, production ? 'production' : 'staging')]
          : p.tasks,
      ),
    );
  }
  return stages;
}

/** What a person is asked before: "approval before X", else the next thing that changes something. */
function approvalTarget(approval: RegExpExecArray, placed: readonly Placed[], text: string): PartId | undefined {
  const parts = placed.flatMap((s) => s.parts);
  const clause = /^[^.;]{0,60}?\bbefore\s+([^.;]{0,40})/i.exec(text.slice(approval.index))?.[1];
  const named =
    clause === undefined
      ? undefined
      : DEFINITIONS.filter((d) => d.words.test(clause))
          .map((d) => d.id)
          .find((id) => parts.some((p) => p.id === id));
  if (named !== undefined) return named;
  const changing: readonly PartId[] = ['deploy', 'infra-apply', 'infra-destroy', 'push'];
  return (
    parts.filter((p) => p.at > approval.index && changing.includes(p.id)).sort((a, b) => a.at - b.at)[0]?.id ??
    [...parts].reverse().find((p) => changing.includes(p.id))?.id
  );
}
