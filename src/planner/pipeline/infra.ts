/** The infrastructure of the workspace: planned, applied, removed. */
import type { TaskDraft } from '../plan.ts';
import { folderSaid, slug, type PartContext } from './parts.ts';

/** Variables files and workspaces that the words name; an environment's own file where there is one. */
function variables({ text, facts }: PartContext, dir: string): { var_files?: string[]; workspace?: string } {
  const said = text.takeAll(/(?<![\w/.-])((?:[\w.-]+\/)*[\w.-]+\.tfvars(?:\.json)?)\b/g).map((m) => m[1] ?? '');
  const files = said.map((f) => (f.startsWith(`${dir}/`) ? f.slice(dir.length + 1) : f));
  const usual = files.length > 0 ? [] : facts.files.filter((f) => f.startsWith(`${dir}/`) && f.endsWith('.tfvars') && /\bprod(?:uction)?\b/i.test(text.text) && /prod/.test(f)).map((f) => f.slice(dir.length + 1)); // prettier-ignore
  const workspace = text.take(/\bworkspace\s+(?:called |named )?["'`]?([a-z][\w-]*)(?=[\s,.;]|$)/i)?.[1];
  const all = [...files, ...usual];
  return {
    ...(all.length === 0 ? {} : { var_files: all }),
    ...(workspace === undefined || /^(?:with|and|in|has|is|that)$/.test(workspace) ? {} : { workspace }),
  };
}

export const moduleDir = ({ facts, text }: PartContext): string => {
  const said = /\b(?:in|from|under|at|the)\s+["'`]?((?:[\w.-]+\/)+[\w.-]*|infra|terraform|tofu|iac)\b/i
    .exec(text.text)?.[1]
    ?.replace(/\/$/, '');
  return (
    facts.modules.find((m) => m === said) ?? folderSaid(text.text, facts.modules) ?? facts.modules[0] ?? said ?? 'infra'
  );
};

const ONE_BY_ONE = /\b(?:before|then|first|after|in (?:this|that) order|one after (?:the )?other)\b/i;

/** Modules in the order in which the words name them. */
const inOrder = ({ text, facts }: PartContext): string[] => {
  const order = /\b([\w-]+)\s+(?:comes |goes |must (?:come|be) )?before\s+(?:the\s+)?([\w-]+)/i.exec(text.text);
  const at = (dir: string): number => {
    const name = dir.split('/').at(-1) ?? dir;
    if (order?.[1] === name) return -2;
    if (order?.[2] === name) return 100_000;
    const place = text.text.indexOf(name);
    return place < 0 ? 50_000 : place;
  };
  return [...facts.modules].sort((a, b) => at(a) - at(b));
};

const modulesOf = (context: PartContext): readonly string[] =>
  context.facts.modules.length > 1 && !/\b(?:in|from)\s+\w+\//i.test(context.text.text)
    ? inOrder(context)
    : [moduleDir(context)];

/** What can be planned before anything is applied: where modules build on each other, only the first. */
function plannedModules(context: PartContext): readonly string[] {
  const { text } = context.text;
  const dirs = modulesOf(context);
  return ONE_BY_ONE.test(text) &&
    (/\b(?:appl(?:y|ies)|provision\w*|creates?|set up|roll out)\b/i.test(text) || !/\bplan/i.test(text))
    ? dirs.slice(0, 1)
    : dirs;
}

export const infraPlan = (context: PartContext): TaskDraft[] =>
  plannedModules(context).map((dir) => ({
    task: `plan_${slug(dir)}`,
    type: 'opentofu',
    description: 'Show what would change in the infrastructure.',
    timeout: '15m',
    with: { dir, ...variables(context, dir), action: 'plan' },
  }));

export const infraApply = (context: PartContext): TaskDraft[] =>
  modulesOf(context)
    .map((dir) => ({
      task: `apply_${slug(dir)}`,
      type: 'opentofu',
      description: 'Apply exactly the plan.',
      timeout: '45m',
      approval: { message: 'Something would be destroyed or replaced. Go on?', required_for: 'destroy' as const },
      with: { dir, ...variables(context, dir) },
    }))
    .map((task, i, all) => {
      // "network before database": what one module makes, the next may need.
      const before = all[i - 1];
      return before !== undefined && ONE_BY_ONE.test(context.text.text) ? { ...task, dependsOn: [before.task] } : task;
    });

export const infraDestroy = (context: PartContext): TaskDraft[] => [
  {
    task: `destroy_${slug(moduleDir(context))}`,
    type: 'opentofu',
    description: 'Remove everything that the module made.',
    timeout: '45m',
    approval: {
      message: `Destroy everything in ${moduleDir(context)}? This cannot be undone.`,
      required_for: 'always',
    },
    with: { dir: moduleDir(context), ...variables(context, moduleDir(context)), action: 'destroy' },
  },
];
