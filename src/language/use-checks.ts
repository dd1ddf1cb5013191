/** What expressions name, over the whole file: inputs, secrets, variables, and outputs of tasks that are upstream. */
import { isObject } from '../core/json.ts';
import { keyNamed, spotOf, type Placed, type PlacedTask } from './assembly.ts';
import type { Links } from './links.ts';
import { isEmpty, textOf } from './node.ts';
import { finding, type Finding, type FindingFix, type Span } from './report.ts';
import { listOf, nearest } from './suggest.ts';
import { Upstream } from './upstream.ts';
import type { Use } from './uses.ts';

/** What the head of the file declares. */
interface Declared {
  readonly inputs: readonly string[];
  readonly secrets: readonly string[];
  readonly env: readonly string[];
}

export function checkUses(links: Links, findings: Finding[]): void {
  const declared: Declared = {
    inputs: keysOf(links, 'inputs'),
    secrets: namesOf(links, 'secrets'),
    env: keysOf(links, 'env'),
  };
  const upstream = new Upstream(links);
  for (const key of links.assembly.keys) {
    for (const use of key.item.uses) {
      if (use.root === 'tasks' || use.root === 'matrix')
        findings.push(
          finding('CODE041', spotOf(key, use), `env is set before any task runs, so it cannot read from ${use.root}`),
        );
      else checkDeclared(use, key, declared, undefined, links, findings);
    }
  }
  for (const task of links.assembly.tasks) {
    for (const use of task.item.uses) {
      if (use.root === 'tasks') checkTaskUse(use, task, links, upstream, findings);
      else checkDeclared(use, task, declared, task, links, findings);
    }
  }
  tellUnreachable(links, findings);
}

function keysOf(links: Links, name: string): readonly string[] {
  const value = keyNamed(links.assembly, name)?.item.value;
  return value?.kind === 'map' ? value.entries.map(({ key }) => textOf(key)) : [];
}

function namesOf(links: Links, name: string): readonly string[] {
  const value = keyNamed(links.assembly, name)?.item.value;
  return value?.kind === 'seq'
    ? value.items.flatMap((item) => (item.kind === 'scalar' && !isEmpty(item) ? [textOf(item)] : []))
    : [];
}

function checkDeclared(
  use: Use,
  at: Placed<unknown>,
  declared: Declared,
  task: PlacedTask | undefined,
  links: Links,
  findings: Finding[],
): void {
  const [name] = use.names;
  const span = use.spans[1];
  if (name === undefined || span === undefined) return;
  switch (use.root) {
    case 'inputs':
      if (!declared.inputs.includes(name) && !use.guarded)
        tellUndeclared('CODE045', 'input', name, span, declared.inputs, at, links, findings);
      return;
    case 'secrets':
      if (!declared.secrets.includes(name))
        tellUndeclared('CODE044', 'secret', name, span, declared.secrets, at, links, findings);
      return;
    case 'env': {
      const known = [...declared.env, ...(task?.item.env ?? [])];
      if (known.includes(name) || use.guarded) return;
      const meant = nearest(name, known);
      const fixes: FindingFix[] =
        meant === undefined
          ? []
          : [{ title: `Write ${meant}`, edits: [{ spot: spotOf(at, span), newText: meant }], preferred: true }];
      findings.push(
        finding(
          'CODE047',
          spotOf(at, span),
          `${name} is set neither by the workflow nor by the task${meant === undefined ? '; it must come from the environment of the run' : `: did you mean ${meant}?`}`,
          { fixes },
        ),
      );
      return;
    }
    default:
      return;
  }
}

function tellUndeclared(
  code: 'CODE044' | 'CODE045',
  what: 'secret' | 'input',
  name: string,
  span: Span,
  known: readonly string[],
  at: Placed<unknown>,
  links: Links,
  findings: Finding[],
): void {
  const meant = nearest(name, known);
  const fixes: FindingFix[] = [];
  if (meant !== undefined)
    fixes.push({ title: `Write ${meant}`, edits: [{ spot: spotOf(at, span), newText: meant }], preferred: true });
  const declare = declaration(what, name, links);
  if (declare !== undefined) fixes.push(declare);
  findings.push(
    finding(
      code,
      spotOf(at, span),
      `there is no ${what} ${name} declared${meant === undefined ? ` under ${what}s` : `: did you mean ${meant}?`}`,
      { fixes },
    ),
  );
}

/** Declares a secret or an input: in the list that is there, else in a new one above `parallel_deployment`. */
function declaration(what: 'secret' | 'input', name: string, links: Links): FindingFix | undefined {
  const title = `Declare the ${what} ${name}`;
  const key = keyNamed(links.assembly, `${what}s`);
  if (key === undefined) {
    const deployment = keyNamed(links.assembly, 'parallel_deployment');
    if (deployment?.block.kind !== 'section') return undefined;
    const newText = what === 'secret' ? `secrets: [${name}]\n` : `inputs:\n  ${name}: { type: string }\n`;
    return { title, edits: [{ spot: spotOf(deployment, { start: 0, end: 0 }), newText }] };
  }
  const { value } = key.item;
  if (value.kind === 'seq' && value.flow && value.end > value.start) {
    return {
      title,
      edits: [
        {
          spot: spotOf(key, { start: value.end - 1, end: value.end - 1 }),
          newText: value.items.length === 0 ? name : `, ${name}`,
        },
      ],
    };
  }
  const last =
    value.kind === 'seq'
      ? value.items.at(-1)
      : value.kind === 'map' && !value.flow
        ? value.entries.at(-1)?.value
        : undefined;
  const start =
    value.kind === 'seq' ? value.items[0]?.start : value.kind === 'map' ? value.entries[0]?.key.start : undefined;
  if (last === undefined || start === undefined) return undefined;
  const { character } = key.block.position(start);
  const indent = ' '.repeat(value.kind === 'seq' ? Math.max(character - 2, 0) : character);
  return {
    title,
    edits: [
      {
        spot: spotOf(key, { start: last.end, end: last.end }),
        newText: `\n${indent}${what === 'secret' ? `- ${name}` : `${name}: { type: string }`}`,
      },
    ],
  };
}

const TASK_MEMBERS = ['status', 'outputs'];

function checkTaskUse(use: Use, task: PlacedTask, links: Links, upstream: Upstream, findings: Finding[]): void {
  const [name, member, output] = use.names;
  const nameSpan = use.spans[1];
  if (name === undefined || nameSpan === undefined) return;
  const other = links.byName.get(name);
  if (other === undefined) {
    tellUnknownTask(use, name, nameSpan, task, links, findings);
    return;
  }
  const self = other.index === task.index;
  if (member !== undefined && !TASK_MEMBERS.includes(member)) {
    const at = spotOf(task, use.spans[2] ?? use);
    const meant = nearest(member, TASK_MEMBERS, {
      result: 'status',
      results: 'outputs',
      conclusion: 'status',
      outcome: 'status',
      state: 'status',
      output: 'outputs',
    });
    const fixes: FindingFix[] =
      meant === undefined ? [] : [{ title: `Write ${meant}`, edits: [{ spot: at, newText: meant }], preferred: true }];
    findings.push(finding('CODE041', at, `a task has status and outputs, not "${member}"`, { fixes }));
    return;
  }
  if (member === 'outputs' && output !== undefined) checkOutput(output, use, other, task, self, findings);
  if (
    self ? use.under === 'outputs' || use.under === 'approval' || use.under === 'rollback' : upstream.has(task, other)
  )
    return;
  tellNotUpstream(use, nameSpan, other, task, self, links, upstream, findings);
}

function tellUnknownTask(
  use: Use,
  name: string,
  span: Span,
  task: PlacedTask,
  links: Links,
  findings: Finding[],
): void {
  if (use.minus !== undefined) {
    const whole = [...links.byName.keys()].find(
      (known) => known.startsWith(`${name}-${use.minus?.name ?? ''}`) && isWritten(known, task, span.start),
    );
    if (whole !== undefined) {
      const root = use.spans[0]?.start ?? use.start;
      const at = spotOf(task, { start: root, end: span.start + whole.length });
      const newText = `tasks[${task.block.text.slice(0, root).lastIndexOf('"') > task.block.text.slice(0, root).lastIndexOf('\n') ? `'${whole}'` : `"${whole}"`}]`;
      findings.push(
        finding(
          'CODE041',
          spotOf(task, { start: span.start, end: span.start + whole.length }),
          `${whole} reads as a subtraction here; a name with a minus is written ${newText}`,
          { fixes: [{ title: `Write ${newText}`, edits: [{ spot: at, newText }], preferred: true }] },
        ),
      );
      return;
    }
  }
  const at = spotOf(task, span);
  const meant = nearest(name, links.byName.keys());
  const fixes: FindingFix[] =
    meant === undefined ? [] : [{ title: `Write ${meant}`, edits: [{ spot: at, newText: meant }], preferred: true }];
  findings.push(
    finding('CODE041', at, `there is no task ${name}${meant === undefined ? '' : `: did you mean ${meant}?`}`, {
      fixes,
    }),
  );
}

const isWritten = (name: string, task: PlacedTask, start: number): boolean => task.block.text.startsWith(name, start);

function checkOutput(
  output: string,
  use: Use,
  other: PlacedTask,
  task: PlacedTask,
  self: boolean,
  findings: Finding[],
): void {
  const { info, outputs } = other.item;
  if (info === undefined || use.guarded || (outputs.includes(output) && !self)) return;
  const builtIn = isObject(info.outputs.properties) ? Object.keys(info.outputs.properties) : [];
  if (builtIn.includes(output) || info.outputs.additionalProperties !== false) return;
  const known = [...new Set([...outputs, ...builtIn])];
  const at = spotOf(task, use.spans[3] ?? use);
  const meant = nearest(output, known);
  const fixes: FindingFix[] =
    meant === undefined ? [] : [{ title: `Write ${meant}`, edits: [{ spot: at, newText: meant }], preferred: true }];
  findings.push(
    finding(
      'CODE046',
      at,
      `${other.item.name?.value ?? 'the task'} has no output ${output}: ${meant === undefined ? `it has ${listOf(known)}` : `did you mean ${meant}?`}`,
      { fixes },
    ),
  );
}

function tellNotUpstream(
  use: Use,
  span: Span,
  other: PlacedTask,
  task: PlacedTask,
  self: boolean,
  links: Links,
  upstream: Upstream,
  findings: Finding[],
): void {
  const name = other.item.name?.value ?? '';
  if (self) {
    findings.push(finding('CODE043', spotOf(task, span), `${name} cannot read its own outputs before it has run`));
    return;
  }
  const mayDepend =
    other.stage >= 0 === task.stage >= 0 &&
    (other.stage < 0 || other.stage <= task.stage) &&
    !upstream.has(other, task);
  const stage = other.stage < 0 ? 'finally' : (links.assembly.stages[other.stage]?.item.name ?? '');
  const why = mayDepend ? `depend on ${name} to read from it` : `${name} is in ${stage}, which comes later`;
  const fix = mayDepend ? dependencyFix(task, name) : undefined;
  findings.push(
    finding('CODE043', spotOf(task, span), `${name} may not have run yet: ${why}`, {
      fixes: fix === undefined ? [] : [fix],
    }),
  );
}

/** Adds a name to `depends_on`. */
function dependencyFix(task: PlacedTask, name: string): FindingFix | undefined {
  const { item } = task;
  const title = `Depend on ${name}`;
  const last = item.dependsOn.at(-1);
  const { text } = task.block;
  if (last !== undefined) {
    if (!item.dependsOnList)
      return {
        title,
        preferred: true,
        edits: [{ spot: spotOf(task, last), newText: `[${text.slice(last.start, last.end)}, ${name}]` }],
      };
    const line = text.slice(text.lastIndexOf('\n', last.start - 1) + 1, last.start);
    const newText = /^\s*-\s*$/.test(line) ? `\n${line}${name}` : `, ${name}`;
    return { title, preferred: true, edits: [{ spot: spotOf(task, { start: last.end, end: last.end }), newText }] };
  }
  const after = item.type ?? item.name;
  if (
    after === undefined ||
    item.node?.flow === true ||
    item.node?.entries.some(({ key }) => textOf(key) === 'depends_on') === true
  )
    return undefined;
  const key = item.node?.entries.find(({ value }) => value.start === after.start)?.key;
  if (key === undefined) return undefined;
  const column = task.block.position(key.start).character;
  return {
    title,
    preferred: true,
    edits: [
      {
        spot: spotOf(task, { start: after.end, end: after.end }),
        newText: `\n${' '.repeat(column)}depends_on: [${name}]`,
      },
    ],
  };
}

/** Tasks that can never run, and those that need what such a task gives. */
function tellUnreachable(links: Links, findings: Finding[]): void {
  const never = new Set<string>();
  for (const task of links.assembly.tasks) {
    if (task.item.never === undefined) continue;
    const name = task.item.name?.value ?? 'the task';
    if (links.byName.get(name) === task) never.add(name);
    findings.push(finding('CODE020', spotOf(task, task.item.never), `${name} never runs: ${task.item.never.reason}`));
  }
  if (never.size === 0) return;
  for (const task of links.assembly.tasks) {
    if (task.item.never !== undefined) continue;
    const use = task.item.uses.find(
      ({ root, names, guarded, under }) =>
        root === 'tasks' &&
        names[1] === 'outputs' &&
        !guarded &&
        under !== 'when' &&
        under !== 'outputs' &&
        never.has(names[0] ?? ''),
    );
    if (use === undefined) continue;
    const name = task.item.name?.value ?? 'the task';
    never.add(name);
    findings.push(
      finding(
        'CODE020',
        spotOf(task, use.spans[1] ?? use),
        `${name} never runs: it needs an output of ${use.names[0] ?? ''}, which never runs`,
      ),
    );
  }
}
