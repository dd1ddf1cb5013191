/** Deliveries over an existing workspace: parts in the order that the text or good practice asks for, with a person before what cannot be undone. */
import type { WorkspaceFacts } from '../context/facts.ts';
import { readSchedule } from '../grammar/schedule.ts';
import { emptyDraft, type InputDraft, type PlanDraft, type StageDraft, type TaskDraft } from '../plan.ts';
import { findCharts, planHelm } from '../helm/plan.ts';
import { Ledger, Passage } from '../text.ts';
import { onVersions } from './code.ts';
import { findCommands, type FoundCommand, type Purpose } from './commands.ts';
import { DEFINITIONS } from './definitions.ts';
import { deployTasks } from './deploy.ts';
import { arrange, USUAL, type Placed } from './order.ts';
import type { Part, PartContext, PartId } from './parts.ts';
import { retries } from './retries.ts';
import { readRollout } from './rollout.ts';
import { appliedFiles, deleteParts, fileParts } from './steps.ts';

const APPROVAL =
  /\b(?:ask(?:s|ed|ing)? (?:me|us|someone|somebody|a person|first|for|before)|after (?:an? |my |manual )?approv\w*|approv\w+|confirm\w*|sign[- ]?off|go-?ahead|manual(?:ly)? (?:gate|approv\w*|confirm\w*|step|check)|wait(?:s|ing)? for (?:a (?:person|human)(?:'s)?|a human ok(?:ay)?|me|someone|an? approval|my (?:ok|go|yes))|(?:a person|somebody|someone|a human|people) (?:must|has to|have to|needs? to|should|says?|said|agree[sd]?|has (?:said|agreed))|my (?:ok|yes|go))\b/i;

/** Parts that wait for a person although nobody said so. */
const RISKY: ReadonlySet<PartId> = new Set(['infra-apply', 'infra-destroy']);

/** Releases of well-known charts, with or without one of the workspace's own, and nothing else. */
const onlyReleases = (text: Passage, facts: WorkspaceFacts): boolean =>
  /\bhelm\b|\bcharts?\b|\breleases?\b/i.test(text.text) &&
  !/\b(?:buil[dt]|push\w*|tests?|lint\w*|scan\w*|canary|blue[ /-]?green|traffic|error rate|loki (?:query|check)|traces?|tofu|terraform|kind cluster|smoke|npm|go vet|pipeline)\b/i.test(text.text) &&
  findCharts(new Passage(text.text, 0, new Ledger(text.text)), facts.charts).some((c) => !facts.charts.includes(c.chart.chart)); // prettier-ignore

export function planPipeline(text: Passage, facts: WorkspaceFacts, name: string, summary: string): PlanDraft {
  if (onlyReleases(text, facts)) return planHelm(text, facts, name, summary);
  const assumptions = new Set<string>();
  const questions: string[] = [];
  const inputs: Record<string, InputDraft> = {};
  const secrets = new Set<string>();
  const context: PartContext = {
    text,
    facts,
    inputs,
    secrets,
    finally: [],
    assume: (t) => void assumptions.add(t),
    ask: (t) => void questions.push(t),
  };
  const rollout = appliedFiles(text.text, facts).length > 1 ? undefined : readRollout(context);
  const parts = findParts(context, rollout !== undefined);
  if (parts.length === 0 && rollout === undefined)
    return emptyDraft(name, summary, {
      questions: [
        'What should the pipeline do? Name its parts, such as: build, scan, push, deploy with the chart, smoke test.',
      ],
    });
  const stages = gated(arrange(parts, context), context);
  noClock(context);
  return emptyDraft(name, summary, {
    components: [...new Set([...parts.map((p) => p.id), ...(rollout === undefined ? [] : ['rollout'])])],
    stages: unique(withRollout(stages, rollout)),
    finally: context.finally,
    inputs,
    secrets: [...secrets],
    assumptions: [...assumptions],
    questions,
    destructive: parts.some((p) => p.id === 'infra-destroy' || p.id === 'delete'),
  });
}

/** A release in steps comes where the deployment would: before what tells people. */
function withRollout(stages: readonly StageDraft[], rollout: readonly StageDraft[] | undefined): StageDraft[] {
  if (rollout === undefined) return [...stages];
  const notify = stages.findIndex((s) => s.stage === 'notify');
  return notify < 0 ? [...stages, ...rollout] : [...stages.slice(0, notify), ...rollout, ...stages.slice(notify)];
}

/** Stages and tasks with names of their own. */
function unique(stages: readonly StageDraft[]): StageDraft[] {
  const seen = new Map<string, number>();
  const own = (name: string): string => {
    const n = (seen.get(name) ?? 0) + 1;
    seen.set(name, n);
    return n === 1 ? name : `${name}_${n}`;
  };
  return stages.map((s) => ({
    stage: own(`stage:${s.stage}`).slice(6),
    tasks: s.tasks.map((t) => ({ ...t, task: own(t.task) })),
  }));
}

/** "every night at two": what starts it is not the workflow's own business, and is said. */
function noClock({ text, assume }: PartContext): void {
  if (
    !text.has(
      /\b(?:every (?:night|day|hour|week|month|morning|monday|tuesday|wednesday|thursday|friday|saturday|sunday)|nightly|daily|weekly|hourly|on a schedule)\b/i,
    )
  )
    return;
  const schedule = readSchedule(text);
  if (schedule !== undefined)
    assume(
      `A workflow has no clock: start it with "${schedule}" from cron, a CronJob or CI, as code-engine run deploy.code.yaml.`,
    );
}

const OF_PURPOSE: Readonly<Record<Purpose, PartId>> = {
  install: 'install',
  lint: 'lint',
  test: 'test',
  build: 'code-build',
  backup: 'backup',
  migrate: 'migrate',
  e2e: 'e2e',
  run: 'run',
};

/** Parts that a release in steps brings itself. */
const IN_ROLLOUT: ReadonlySet<PartId> = new Set(['deploy', 'gate', 'smoke', 'platform', 'rollout']);

function findParts(context: PartContext, rollout: boolean): Part[] {
  const { text, facts } = context;
  const commands = findCommands(text, facts);
  const last = commands.filter((c) => atTheEnd(c, context));
  const found: Part[] = commands
    .filter((c) => !last.includes(c))
    .map((c) => ({ id: OF_PURPOSE[c.purpose], at: c.at, tasks: [c.task] }));
  const files = fileParts(context);
  found.push(...files, ...deleteParts(context));
  for (const c of commands)
    for (const v of Object.values(c.task.env ?? {})) secretsIn(v).forEach((n) => context.secrets.add(n));
  const masked = commands.reduce((t, c) => blank(t, c.at, c.at + lengthAt(text.text, c.at)), text.text);
  for (const definition of DEFINITIONS) {
    if (rollout && IN_ROLLOUT.has(definition.id)) continue;
    if (files.length > 0 && definition.id === 'deploy') continue;
    // A scanner of running applications is no scan of images.
    const words =
      definition.id === 'scan'
        ? masked.replace(
            /\b(?:zap|baseline|dast)\b[^.;,]*\bscan\b|\bcheckov\b(?:(?!\b(?:and|with trivy)\b)[^.;,])*/gi,
            (m) => ' '.repeat(m.length),
          )
        : masked;
    const match = definition.words.exec(words);
    if (match === null || (match[0] !== '' && !belongs(definition.id, match, context, found))) continue;
    text.takeAll(definition.words);
    found.push({ id: definition.id, at: match.index, tasks: definition.tasks(context) });
  }
  for (const [i, part] of found.entries())
    if (part.id === 'test') found[i] = { ...part, tasks: onVersions(context, part.tasks) };
  appliedToo(found, context);
  composeDown(found, context);
  pushedFirst(found, context);
  retries(found, context);
  return found.filter((p) => p.tasks.length > 0);
}

/**
 * "always run x at the end", "if the migration fails, run x": done at the end, however the run went or only when it failed.
 * @returns whether the program is one of those
 */
function atTheEnd({ at, task }: FoundCommand, { text, finally: end }: PartContext): boolean {
  const t = text.text;
  const from = Math.max(...['. ', '; ', '\n'].map((s) => t.lastIndexOf(s, at)), 0);
  const clause = t.slice(Math.max(from, t.lastIndexOf(',', at), t.slice(0, at).search(/\band (?!.*\band )/)), at);
  const failing = /\b(?:if|when|in case)\b[^.;]{0,60}\bfail\w*[^.;]*$/i.test(t.slice(from, at)) && !/\bdon't fail/i.test(clause); // prettier-ignore
  const rest = /^(?:(?!\b(?:and|then)\b)[^.;,])*(?:,\s*even (?:if|when)[^.;,]*)?/i.exec(t.slice(at))?.[0] ?? '';
  const always = /\b(?:always|in any case|no matter what|whatever happens)\b/i.test(clause) || /\b(?:always|even (?:if|when)|in any case|no matter what|whatever happens)\b/i.test(rest); // prettier-ignore
  if (!failing && !always) return false;
  text.take(/\b(?:always|in any case|no matter what|whatever happens|even (?:if|when) (?:the |it |something )?\w* ?fails?)\b/i); // prettier-ignore
  end.push({ ...task, ...(failing && !always ? { when: 'failure()' } : {}) });
  return true;
}

/** "and always tear it down": the stack that the run has started ends with it. */
function composeDown(found: readonly Part[], { text, facts, finally: end }: PartContext): void {
  const stack = found.some((p) => p.tasks.some((t) => JSON.stringify(t.with).includes('"compose"')));
  if (!stack || text.take(/\b(?:tear|take|bring|shut|put)\w* (?:it |everything |them |the (?:stack|services|environment) )?(?:all )?down\b[^.;,]*(?:,\s*even (?:if|when)[^.;,]*)?|\bcompose down\b[^.;,]*|\bclean(?:s|ed)? up\b[^.;,]*/i) === undefined) return; // prettier-ignore
  text.take(/\balways\b/i);
  end.push({
    task: 'compose_down',
    type: 'shell',
    description: 'Stop and remove what the stack started, however the run went.',
    timeout: '5m',
    with: { command: ['docker', 'compose', '--file', facts.composeFiles[0] ?? 'compose.yaml', 'down', '--volumes'] },
  });
}

const secretsIn = (text: string): string[] => [...text.matchAll(/secrets\.(\w+)/g)].map((m) => m[1] ?? '');
const blank = (text: string, from: number, to: number): string =>
  text.slice(0, from) + ' '.repeat(to - from) + text.slice(to);
const lengthAt = (text: string, at: number): number =>
  /^[^,;.)]*/.exec(text.slice(at))?.[0].split(/\s(?:and|then|with|in)\s/)[0]?.length ?? 1;

/** Whether words that name a part mean it here. */
function belongs(id: PartId, match: RegExpExecArray, { text, facts }: PartContext, found: readonly Part[]): boolean {
  const t = text.text;
  const image = /\b(?:docker|image|images|container|podman|registry|push\w*)\b/i.test(t);
  const named = (other: PartId): boolean => found.some((p) => p.id === other);
  switch (id) {
    case 'lint':
      return !named(id) && !/\b(?:no|without|don't|not|never) lint|\blint\b[^.;,]{0,16}\bnothing\b/i.test(t);
    case 'install': case 'test': case 'backup': case 'migrate': case 'e2e':
      return !named(id);
    case 'code-build':
      return !named(id) && (!image || /\bcompil|\brelease build/i.test(match[0]) || facts.languages.some((l) => l === 'dotnet' || l === 'java' || l === 'rust'));
    case 'build':
      return image || facts.builds.length > 0 ? !(named('code-build') && !image) : !named('code-build');
    case 'infra-apply':
      return /\bappl(?:y|ies|ied|ying)\b|\bprovision|\bdeploy[^.;]*\binfra|\bcreate (?:the )?infra|\bset up (?:the )?infra/i.test(t) && /\b(?:tofu|opentofu|terraform|infra(?:structure)?|provision\w*)\b/i.test(t);
    case 'infra-plan':
      return /\bpulumi\b/i.test(match[0]) || !/\b(?:tofu|terraform) destroy\b|\b(?:destroy|tear(?:ing)? down)\b[^.;]*\binfra/i.test(t) && !(/\biac\b|infrastructure as code/i.test(match[0]) || /^infra\w*$/i.test(match[0]) && facts.modules.length === 0 && !/\b(?:tofu|opentofu|terraform)\b/i.test(t));
    case 'load':
      return named('cluster') || /\bkind\b/i.test(t);
    case 'deploy':
      return !(named('tekton') && !/\bdeploy|\bhelm|\bkubectl/i.test(t)) && !(named('flux') && /^flux$/i.test(match[0])) && !(/^helm$/i.test(match[0]) && /\bhelm lint\b/i.test(t));
    case 'smoke':
      return !(/\bverif\w*/i.test(match[0]) && /\bcosign\b/i.test(t)) && !(/\b(?:argo ?cd|flux|tekton)\b/i.test(t) && !/https?:|localhost|smoke|health ?-?check/i.test(t));
    case 'cleanup':
      return named('cluster');
    default:
      return true;
  }
} // prettier-ignore

/** "first the network with OpenTofu, then the manifests": what others stand on is applied, though nobody says so. */
function appliedToo(found: Part[], context: PartContext): void {
  const plan = found.find((p) => p.id === 'infra-plan');
  if (plan === undefined || found.some((p) => p.id === 'infra-apply' || p.id === 'infra-destroy')) return;
  if (/\b(?:plan|validate|preview|show|drift|checkov|dry[- ]run|only (?:look|see))\w*\b/i.test(context.text.text))
    return;
  if (!found.some((p) => p.id === 'deploy' && p.at > plan.at)) return;
  const tasks = DEFINITIONS.find((d) => d.id === 'infra-apply')?.tasks(context) ?? [];
  found.push({ id: 'infra-apply', at: plan.at + 0.5, tasks });
  context.assume('The infrastructure is applied after a person has seen the plan: what follows stands on it.');
}

/** What is built and deployed to a cluster must be in a registry first; a cluster of one's own is loaded instead. */
function pushedFirst(found: Part[], context: PartContext): void {
  const has = (id: PartId): boolean => found.some((p) => p.id === id);
  const tasks = (id: PartId): readonly TaskDraft[] => DEFINITIONS.find((d) => d.id === id)?.tasks(context) ?? [];
  // "after the image is pushed", "push both images": somebody has to build it.
  if (has('push') && !has('build')) {
    const push = found.find((p) => p.id === 'push');
    found.push({ id: 'build', at: (push?.at ?? 0) - 1, tasks: tasks('build') });
  }
  if (!has('build') || !has('deploy') || has('push') || has('load')) return;
  if (found.some((p) => p.id === 'deploy' && p.tasks.some((t) => t.type === 'shell'))) return;
  const build = found.find((p) => p.id === 'build');
  const id: PartId = has('cluster') ? 'load' : 'push';
  found.push({ id, at: (build?.at ?? 0) + 1, tasks: tasks(id) });
  context.assume(
    id === 'push'
      ? 'The image is pushed before it is deployed.'
      : 'The image is loaded into the cluster before it is deployed.',
  );
}

/** "one from qa before staging", "approved by the release managers": who is asked. */
function approverOf(text: string, what: string): string | undefined {
  const who = String.raw`(?:the\s+)?([a-z][\w-]*(?: (?:team|managers?|leads?|owners?))?)`;
  const match =
    new RegExp(String.raw`\b(?:from|by|of)\s+${who}\s+before\s+(?:it goes to |the )?${what.slice(0, 4)}`, 'i').exec(
      text,
    ) ?? new RegExp(String.raw`\bapprov\w*\s+(?:from|by|of)\s+${who}(?=[\s,.;]|$)`, 'i').exec(text);
  return match?.[1] === undefined || /^(?:a|an|someone|somebody|person|human|hand|me|us|each|every|manual|production|staging|the)$/i.test(match[1]) ? undefined : match[1]; // prettier-ignore
}

const approvalTask = (what: string, who?: string): TaskDraft => ({
  task: `approve_${what}`,
  type: 'approval',
  description: 'A person decides.',
  with: { message: `Go on with ${what.replace(/_/g, ' ')}?${who === undefined ? '' : ` It is for ${who} to decide.`}` },
});

const ENVIRONMENT =
  /(?:(?<![\w./-])(?:to|in|into|on|then|and|namespace|environment|for|from|->)|,(?=\s+(?:dev|staging|stage|qa|uat|pre-?prod|prod(?:uction)?)\b))\s+(?:the\s+)?(?:namespace\s+)?["'`]?(dev(?:elopment)?|test(?:ing)?(?!\s+(?:the|it|them|on|with|node|first|pass)\b)|staging|stage|qa|uat|pre-?prod|prod(?:uction)?)["'`]?(?![\w-]|\.ya?ml)/gi;
const LONG: Readonly<Record<string, string>> = {
  development: 'dev',
  testing: 'test',
  stage: 'staging',
  prod: 'production',
};

/** Environments that the text sends it to, in their order. */
function environments(text: string): string[] {
  const overlays = [...text.matchAll(/\boverlays?\/(\w+)/gi)].map((m) => (m[1] ?? '').toLowerCase());
  if (new Set(overlays).size > 1) return [...new Set(overlays.map((e) => LONG[e] ?? e))];
  const found = [...text.matchAll(ENVIRONMENT)]
    // "one from qa before staging": whom to ask, not where to go.
    .filter((m) => !(/^from/i.test(m[0]) && /^\s+before\b/i.test(text.slice(m.index + m[0].length))))
    .map((m) => (m[1] ?? '').toLowerCase());
  const all = [...new Set(found.map((e) => LONG[e] ?? e))];
  return all.length < 2 ? all.filter((e) => e !== 'test') : all;
}

/** Which environment a check looks at: the one in its address, else the first. */
function environmentOfCheck(stage: Placed, envs: readonly string[]): number {
  const said = JSON.stringify(stage.parts.flatMap((p) => p.tasks.map((t) => t.with)));
  const at = envs.findIndex((e) =>
    new RegExp(`\\/\\/(?:[\\w-]+\\.)*${e.slice(0, 4)}\\w*[.:/-]|-${e.slice(0, 4)}\\w*\\.`).test(said),
  );
  return Math.max(0, at);
}

/** Adds the stages in which a person is asked, and splits deployments by environment. */
function gated(placed: readonly Placed[], context: PartContext): StageDraft[] {
  const { text } = context.text;
  const approval = context.text.take(APPROVAL);
  const envs = environments(text);
  const production = envs.includes('production') || /\bprod(?:uction)?\b/i.test(text);
  const stages: StageDraft[] = [];
  const add = (stage: string, tasks: readonly TaskDraft[]): void => void stages.push({ stage, tasks });
  const ask = (what: string): void => {
    if (stages.at(-1)?.stage !== `approve_${what}`)
      add(`approve_${what}`, [approvalTask(what, approverOf(text, what))]);
  };
  const target = approval === undefined ? undefined : approvalTarget(approval, placed, text);
  let done: readonly Placed[] = [];
  for (const [index, stage] of placed.entries()) {
    if (done.includes(stage)) continue;
    const deploy = stage.parts.find((p) => p.id === 'deploy');
    const others = stage.parts.filter((p) => p !== deploy).flatMap((p) => p.tasks);
    if (deploy !== undefined && envs.length > 1) {
      const verify = placed.slice(index + 1).filter((s) => s.parts.every((p) => USUAL[p.id] === 6));
      done = verify;
      for (const [i, env] of envs.entries()) {
        const asked =
          env === 'production' ||
          (approval !== undefined &&
            new RegExp(
              `\\b${env.slice(0, 4)}\\w*\\b[^.;,]{0,20}\\bapprov|before ${env}|before (?:each|both|every)\\b[^.;]{0,30}\\b${env.slice(0, 4)}`,
              'i',
            ).test(text));
        if (asked) ask(env);
        add(env, [...(i === 0 ? others : []), ...deployTasks(context, env, true)]);
        for (const v of verify.filter((w) => environmentOfCheck(w, envs) === i))
          add(
            v.name,
            v.parts.flatMap((p) => p.tasks),
          );
      }
      continue;
    }
    const risky = stage.parts.find((p) => RISKY.has(p.id));
    if (risky !== undefined) ask(risky.id === 'infra-destroy' ? 'destruction' : 'infrastructure');
    else if (stage.parts.some((p) => p.id === target?.id && (p.fixed !== true || p.at === target.at)))
      ask(deploy !== undefined ? (production ? 'production' : 'deployment') : stage.name);
    else if (deploy !== undefined && production) ask('production');
    const env = envs[0] ?? (production ? 'production' : undefined);
    add(
      stage.name,
      stage.parts.flatMap((p) =>
        p === deploy && env !== undefined && p.tasks[0]?.type !== 'argocd' && p.tasks[0]?.type !== 'flux'
          ? deployTasks(context, env)
          : p.tasks,
      ),
    );
  }
  return stages;
}

/** What a person is asked before: "approval before X", else the next thing that changes something. */
function approvalTarget(
  approval: RegExpExecArray,
  placed: readonly Placed[],
  text: string,
): Pick<Part, 'id' | 'at'> | undefined {
  const parts = placed.flatMap((s) => s.parts);
  const clause = /^[^.;]{0,60}?\bbefore\s+([^.;]{0,40})/i.exec(text.slice(approval.index))?.[1];
  const has = (id: PartId): boolean => parts.some((p) => p.id === id);
  const named =
    clause === undefined
      ? undefined
      : DEFINITIONS.filter((d) => d.words.test(clause))
          .map((d) => d.id)
          .find(has);
  if (named !== undefined) return parts.find((p) => p.id === named);
  const changing: readonly PartId[] = ['deploy', 'infra-apply', 'infra-destroy', 'push', 'publish'];
  return (
    parts.filter((p) => p.at > approval.index && changing.includes(p.id)).sort((a, b) => a.at - b.at)[0] ??
    [...parts].reverse().find((p) => changing.includes(p.id))
  );
}
