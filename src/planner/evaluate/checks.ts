/** The checks of a prompt set, as its check language states them. */
import type { Catalogue } from '../../core/catalogue.ts';
import type { PlanDraft } from '../plan.ts';
import type { Artifacts } from './artifacts.ts';
import { relationHolds } from './relations.ts';
import { isRecord } from './strict.ts';
import { holds, pattern, publishedPorts, reach, type Where } from './where.ts';

export type Check = { readonly c: string } & Readonly<Record<string, unknown>>;

export interface CheckContext {
  readonly artifacts: Artifacts;
  readonly draft: PlanDraft;
  readonly catalogue: Catalogue;
  readonly setup: string;
  /** Bytes that went to a model. */
  readonly requests: readonly string[];
}

export interface CheckResult {
  readonly ok: boolean;
  readonly why?: string;
}

const result = (ok: boolean, why: string): CheckResult => (ok ? { ok } : { ok, why });
/** A value of a prompt set as text; objects have none. */
const text = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
const list = (value: unknown): string[] =>
  Array.isArray(value) ? value.map(text) : value === undefined ? [] : [text(value)];
const wheres = (check: Check): Where[] => (Array.isArray(check['where']) ? (check['where'] as Where[]) : []);

export function runCheck(check: Check, context: CheckContext): CheckResult {
  const { artifacts } = context;
  switch (check.c) {
    case 'k8s': {
      const min = Number(check['min'] ?? 1);
      const found = matching(check, context).length;
      return result(found >= min, `${found} of ${min} ${list(check['kind']).join('/')}`);
    }
    case 'k8s_absent':
      return result(matching(check, context).length === 0, `there is a ${list(check['kind']).join('/')}`);
    case 'compose':
      return composeCheck(check, artifacts);
    case 'compose_any':
      return result(
        composeServices(artifacts).some((s) => wheres(check).every((w) => holds(s, normalised(w), undefined))),
        'no service is like that',
      );
    case 'compose_top':
      return result(
        artifacts.compose.some((c) => wheres(check).every((w) => holds(c, w))),
        'the file is not like that',
      );
    case 'tofu': {
      const found = artifacts.resources.filter(
        (r) => r.type === text(check['type']) && wheres(check).every((w) => holds(r.body, w)),
      ).length;
      const min = Number(check['min'] ?? 1);
      return result(found >= min, `${found} of ${min} ${String(check['type'])}`);
    }
    case 'helm':
      return helmCheck(check, context);
    case 'helm_values':
      return result(
        helmValues(context).some(
          (v) =>
            pattern(text(check['json_regex'] ?? check['regex'] ?? '')).test(JSON.stringify(v)) &&
            wheres(check).every((w) => holds(v, w)),
        ),
        'no values are like that',
      );
    case 'task':
      return result(
        list(check['type']).some((type) => tasksOf(type, context, false).length > 0),
        `no task of type ${list(check['type']).join('/')}`,
      );
    case 'task_json':
      return result(
        artifacts.tasks.some(({ node }) => pattern(text(check['regex'])).test(JSON.stringify(plainTask(node)))),
        'no task is like that',
      );
    default:
      return runPlanCheck(check, context);
  }
}

/** The checks of the workflow, of texts and of the plan as a whole. */
function runPlanCheck(check: Check, context: CheckContext): CheckResult {
  const { artifacts } = context;
  switch (check.c) {
    case 'order':
      return order(check, context);
    case 'parallel':
      return parallel(check, context);
    case 'gate':
      return gate(check, context);
    case 'any': {
      const all = (Array.isArray(check['of']) ? (check['of'] as Check[]) : []).map((c) => runCheck(c, context));
      return result(
        all.some((r) => r.ok),
        all.map((r) => r.why).join(' / '),
      );
    }
    case 'absent': {
      const regex = pattern(text(check['regex']), 'm');
      const file = artifacts.files.find((f) => regex.test(f.text));
      return result(file === undefined, `${file?.path ?? ''} has it`);
    }
    case 'request_absent':
      return result(!context.requests.some((r) => pattern(text(check['regex']), 'm').test(r)), 'a request had it');
    case 'plan':
      return planFlag(text(check['flag']), context);
    case 'rel':
      return fromRelation(text(check['name']), context);
    default:
      return { ok: false, why: `unknown check ${check.c}` };
  }
}

function fromRelation(name: string, { artifacts, draft, setup }: CheckContext): CheckResult {
  const declared = JSON.stringify({
    inputs: draft.inputs,
    secrets: draft.secrets,
    workflow: artifacts.workflow?.inputs ?? {},
  });
  return relationHolds(name, artifacts, setup, declared);
}

function matching(check: Check, { artifacts }: CheckContext): unknown[] {
  const kinds = list(check['kind']);
  const names = (kind: string): string[] =>
    artifacts.manifests
      .filter((m) => m.object['kind'] === kind)
      .map((m) => String(reach(m.object, 'metadata.name')[0]));
  const fallback = artifacts.tasks.map(({ node }) => node.with['namespace']).find((n) => typeof n === 'string');
  return artifacts.manifests.filter((m) => {
    const { object } = m;
    const namespace = reach(object, 'metadata.namespace')[0] ?? fallback ?? 'default';
    return (
      kinds.includes(String(object['kind'])) &&
      (check['name'] === undefined || reach(object, 'metadata.name')[0] === check['name']) &&
      (check['ns'] === undefined || namespace === check['ns']) &&
      (check['apiVersion'] === undefined || object['apiVersion'] === check['apiVersion']) &&
      wheres(check).every((w) => holds(object, w, { names }))
    );
  });
}

const composeServices = (artifacts: Artifacts): Record<string, unknown>[] =>
  artifacts.compose.flatMap((c) => (isRecord(c['services']) ? Object.values(c['services']).filter(isRecord) : []));

/** `ports` in a `port` check means each of its entries. */
const normalised = (w: Where): Where => w;

function composeCheck(check: Check, artifacts: Artifacts): CheckResult {
  const min = Number(check['min'] ?? 1);
  const ports = Array.isArray(check['ports']) ? check['ports'].map(Number) : [];
  const found = composeServices(artifacts).filter((s) => {
    const image = check['image'] === undefined || pattern(text(check['image'])).test(text(s['image'] ?? ''));
    const build = check['build'] !== true || s['build'] !== undefined;
    return (
      image &&
      build &&
      ports.every((p) => publishedPorts(s['ports']).includes(p)) &&
      wheres(check).every((w) => holds(s, w))
    );
  }).length;
  return result(found >= min, `${found} of ${min} services`);
}

function helmCheck(check: Check, context: CheckContext): CheckResult {
  const regex = pattern(text(check['chart']), 'i');
  const tasks = tasksOf('helm', context, false).filter(
    ({ node }) =>
      regex.test(text(node.with['chart'] ?? '')) &&
      (check['namespace'] === undefined || node.with['namespace'] === check['namespace']),
  );
  const dependencies = context.artifacts.charts
    .flatMap((c) => (Array.isArray(c['dependencies']) ? (c['dependencies'] as unknown[]) : []))
    .filter((d) => regex.test(text(reach(d, 'name')[0] ?? '')));
  return result(tasks.length + dependencies.length > 0, 'no such chart');
}

function helmValues(context: CheckContext): unknown[] {
  const given = tasksOf('helm', context, false).map(({ node }) => node.with);
  return [
    ...context.artifacts.values.map((v) => v.value),
    ...given.map((w) => w['set'] ?? {}),
    ...given.map((w) => w['values'] ?? {}),
  ];
}

type Placed = Artifacts['tasks'][number];

/** Tasks of a type (or an alias of it), or with a part of a name. */
function tasksOf(word: string, { artifacts, catalogue }: CheckContext, byName = true): Placed[] {
  const type = catalogue.find(word)?.type ?? word;
  const typed = artifacts.tasks.filter(
    ({ node }) => (catalogue.find(node.type.value)?.type ?? node.type.value) === type,
  );
  return typed.length > 0 || !byName ? typed : artifacts.tasks.filter(({ node }) => node.name.value.includes(word));
}

/** A task with everything that it says, without where it says it. */
const plainTask = (node: Placed['node']): unknown => ({
  task: node.name.value,
  type: node.type.value,
  description: node.description,
  with: node.with,
  env: node.env,
  cwd: node.cwd,
  when: node.when,
  matrix: node.matrix,
  retry: node.retry,
  rollback: node.rollback,
  approval: node.approval,
});

/** Whether `a` has ended before `b` begins: by stage, or through dependencies. */
function precedes(a: Placed, b: Placed, { artifacts }: CheckContext): boolean {
  if (artifacts.workflow?.schedule !== 'graph' && a.stage < b.stage) return true;
  const seen = new Set<string>();
  const from = (name: string): boolean => {
    if (seen.has(name)) return false;
    seen.add(name);
    const task = artifacts.tasks.find(({ node }) => node.name.value === name);
    return (task?.node.dependsOn ?? []).some((d) => d.value === a.node.name.value || from(d.value));
  };
  return from(b.node.name.value);
}

function order(check: Check, context: CheckContext): CheckResult {
  const before = list(check['before']).flatMap((w) => tasksOf(w, context));
  const after = list(check['after']).flatMap((w) => tasksOf(w, context));
  if (before.length === 0 || after.length === 0) return { ok: false, why: 'one of the two is not there' };
  return result(
    before.every((a) => after.every((b) => a === b || precedes(a, b, context))),
    `${list(check['before']).join()} does not end before ${list(check['after']).join()}`,
  );
}

function parallel(check: Check, context: CheckContext): CheckResult {
  const words = list(check['types'] ?? check['type'] ?? check['tasks']);
  const groups = words.map((w) => tasksOf(w, context));
  if (groups.some((g) => g.length === 0)) return { ok: false, why: 'one of them is not there' };
  const free = groups.every((one, i) =>
    groups
      .slice(i + 1)
      .every((other) =>
        one.some((a) => other.some((b) => a === b || (!precedes(a, b, context) && !precedes(b, a, context)))),
      ),
  );
  return result(free, `${words.join()} wait for each other`);
}

function gate(check: Check, context: CheckContext): CheckResult {
  const word = list(check['before'] ?? check['stage'] ?? check['type'] ?? check['task'])[0] ?? '';
  const { artifacts } = context;
  const stage = artifacts.workflow?.stages.findIndex((s) => s.name.value.includes(word)) ?? -1;
  const targets = tasksOf(word, context);
  const guarded = targets.length > 0 ? targets : artifacts.tasks.filter((t) => t.stage === stage);
  const approvals = tasksOf('approval', context, false);
  if (guarded.length === 0) return { ok: false, why: `nothing is called ${word}` };
  return result(
    guarded.some((t) => t.node.approval !== undefined || approvals.some((a) => precedes(a, t, context))),
    `no approval before ${word}`,
  );
}

function planFlag(flag: string, { draft, artifacts }: CheckContext): CheckResult {
  const gated = artifacts.tasks.some(({ node }) => node.type.value === 'approval' || node.approval !== undefined);
  switch (flag) {
    case 'destructive':
      return result(draft.destructive, 'not marked as destructive');
    case 'needs_confirmation':
      return result(draft.questions.length > 0 || gated, 'nobody is asked');
    case 'asks_clarification':
      return result(draft.questions.length > 0, 'nothing is asked');
    case 'nothing_executed':
      // A planner has no way to execute; that the caller ran nothing is the evaluation's own construction.
      return { ok: true };
    default:
      return { ok: false, why: `unknown flag ${flag}` };
  }
}
