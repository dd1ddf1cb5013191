/** Names and dependencies over the whole file. */
import { keyNamed, nameSpot, spotOf, type Assembly, type PlacedTask } from './assembly.ts';
import { circles } from './circles.ts';
import { Edges, orderOf } from './edges.ts';
import type { Word } from './reading.ts';
import { finding, type Finding, type FindingFix, type Spot } from './report.ts';
import { MOST_ADVICE } from './publish.ts';
import { nearest } from './suggest.ts';

/** Spelling is compared for so many unknown names; a file with more has another trouble. */
const MOST_SUGGESTIONS = 50;
/** Met dependencies are told so many times; to make a hint for each of thousands would cost more than all else. */
const MOST_MET = MOST_ADVICE;

export interface Links {
  readonly assembly: Assembly;
  readonly graph: boolean;
  /** The first task of a name. */
  readonly byName: ReadonlyMap<string, PlacedTask>;
  /** Tasks that a task names, those that exist and may be waited for. */
  readonly needs: Edges;
  /** Names of tasks that expressions anywhere read from. */
  readonly read: ReadonlySet<string>;
  /** Tasks of the stages, each after what it waits for; `undefined` where tasks wait in a circle. */
  readonly order: Int32Array | undefined;
  readonly findings: Finding[];
}

export function link(assembly: Assembly): Links {
  const findings: Finding[] = [];
  const byName = new Map<string, PlacedTask>();
  for (const task of assembly.tasks) {
    const name = task.item.name;
    if (name === undefined) continue;
    const before = byName.get(name.value);
    if (before === undefined) byName.set(name.value, task);
    else tellDuplicate(task, name, before, byName, findings);
  }
  const graph = scheduleIsGraph(assembly);
  const needs = new Edges(assembly.tasks.length);
  const base = { assembly, byName, findings, needs, graph, read: namesRead(assembly) };
  const resolver = new Resolver(base);
  for (const task of assembly.tasks) resolver.resolve(task);
  needs.close();
  const groups = [...assembly.stages.map(({ tasks }) => tasks), assembly.finally];
  const order = orderOf(needs, groups);
  // Circles are looked for only where there can be one: tasks that no order reaches, or edges against the order of the stages.
  if (order === undefined || resolver.later.length > 0) tellCircles(base, resolver.later);
  if (order !== undefined) tellRedundant(base);
  return { ...base, order };
}

type Base = Omit<Links, 'order'>;

function namesRead(assembly: Assembly): Set<string> {
  const names = new Set<string>();
  for (const { item } of assembly.tasks)
    for (const use of item.uses) if (use.root === 'tasks') names.add(use.names[0] ?? '');
  return names;
}

function tellCircles(base: Base, later: readonly (readonly [number, number])[]): void {
  const all = base.assembly.tasks.map(({ index }) => base.needs.of(index));
  for (const [from, to] of later) all[from]?.push(to);
  for (const circle of circles(all.length, all)) tellCircle(circle, base);
}

function scheduleIsGraph(assembly: Assembly): boolean {
  const value = keyNamed(assembly, 'schedule')?.item.value;
  return value?.kind === 'scalar' && value.value === 'graph';
}

function tellDuplicate(
  task: PlacedTask,
  name: Word,
  before: PlacedTask,
  byName: ReadonlyMap<string, PlacedTask>,
  findings: Finding[],
): void {
  let number = 2;
  while (byName.has(`${name.value}_${number}`) && number < 100) number++;
  const at = spotOf(task, name);
  findings.push(
    finding('CODE010', at, `there is a task ${name.value} already`, {
      related: [{ spot: nameSpot(before), message: 'the first one' }],
      fixes: [
        {
          title: `Rename to ${name.value}_${number}`,
          edits: [{ spot: at, newText: `${name.value}_${number}` }],
          preferred: true,
        },
      ],
    }),
  );
}

class Resolver {
  /** Edges to later stages, which may close a circle. */
  readonly later: (readonly [number, number])[] = [];
  readonly #links: Base;
  #suggestions = 0;
  #met = 0;

  constructor(links: Base) {
    this.#links = links;
  }

  resolve(task: PlacedTask): void {
    const words = task.item.dependsOn;
    const { findings } = this.#links;
    for (let i = 0; i < words.length; i++) {
      const word = words[i];
      if (word === undefined) continue;
      if (words.length > 1 && words.findIndex((other) => other.value === word.value) < i) {
        findings.push(
          finding('CODE017', spotOf(task, word), `${word.value} is named twice`, { fixes: [removal(task, i)] }),
        );
        continue;
      }
      this.#resolveWord(task, word, i);
    }
  }

  #resolveWord(task: PlacedTask, word: Word, i: number): void {
    const { byName, findings, needs, graph, assembly } = this.#links;
    const other = byName.get(word.value);
    if (word.value === task.item.name?.value) {
      findings.push(
        finding('CODE014', spotOf(task, word), `${word.value} depends on itself, so it could never start`, {
          fixes: [removal(task, i)],
        }),
      );
      return;
    }
    if (other === undefined) {
      this.#tellUnknown(task, word, i);
      return;
    }
    if (other.stage < 0 !== task.stage < 0) {
      const text =
        task.stage < 0
          ? `tasks of finally run after all others, so ${word.value} has ended anyway`
          : `${word.value} stands in finally, which runs after this`;
      findings.push(
        finding('CODE018', spotOf(task, word), text, {
          fixes: [removal(task, i)],
          related: [{ spot: nameSpot(other), message: word.value }],
        }),
      );
      return;
    }
    if (other.stage > task.stage) {
      this.later.push([task.index, other.index]);
      const [mine, theirs] = [
        assembly.stages[task.stage]?.item.name ?? '',
        assembly.stages[other.stage]?.item.name ?? '',
      ];
      findings.push(
        finding(
          'CODE015',
          spotOf(task, word),
          `${word.value} is in ${theirs}, which comes after ${mine}: a task can wait for its own stage or an earlier one`,
          { related: [{ spot: nameSpot(other), message: `${word.value} stands here` }] },
        ),
      );
      return;
    }
    needs.add(task.index, other.index);
    if (other.stage < task.stage && !graph && this.#met++ < MOST_MET) {
      const stage = assembly.stages[other.stage]?.item.name ?? '';
      findings.push(
        finding(
          'CODE017',
          spotOf(task, word),
          `${word.value} is in the earlier stage ${stage}, so it is done by then anyway (it would matter with schedule: graph)`,
          { fixes: [removal(task, i)] },
        ),
      );
    }
  }

  #tellUnknown(task: PlacedTask, word: Word, i: number): void {
    const { assembly, byName, findings } = this.#links;
    const at = spotOf(task, word);
    if (assembly.stages.some(({ item }) => item.name === word.value)) {
      findings.push(
        finding(
          'CODE013',
          at,
          `${word.value} is a stage; stages wait for each other by their order, depends_on names tasks`,
          { fixes: [removal(task, i)] },
        ),
      );
      return;
    }
    const meant = this.#suggestions++ < MOST_SUGGESTIONS ? nearest(word.value, candidates(task, byName)) : undefined;
    const fixes: FindingFix[] =
      meant === undefined
        ? []
        : [{ title: `Change to ${meant}`, edits: [{ spot: at, newText: meant }], preferred: true }];
    findings.push(
      finding('CODE013', at, `there is no task ${word.value}${meant === undefined ? '' : `: did you mean ${meant}?`}`, {
        fixes,
      }),
    );
  }
}

/** Tasks that may be waited for. */
function* candidates(task: PlacedTask, byName: ReadonlyMap<string, PlacedTask>): Generator<string> {
  for (const [name, other] of byName)
    if (other !== task && other.stage < 0 === task.stage < 0 && other.stage <= task.stage) yield name;
}

/** Takes one name out of `depends_on`, and the key too where it was the only one. */
function removal(task: PlacedTask, i: number): FindingFix {
  const words = task.item.dependsOn;
  const word = words[i];
  const title = `Remove ${word?.value ?? ''}`;
  const before = words[i - 1];
  const after = words[i + 1];
  const { text } = task.block;
  const span = { start: word?.start ?? 0, end: word?.end ?? 0 };
  if (words.length === 1) return { title, edits: [{ spot: keyLine(task, span), newText: '' }] };
  if (isDashed(text, span.start)) return { title, edits: [{ spot: lineOf(task, span), newText: '' }] };
  if (before !== undefined)
    return { title, edits: [{ spot: spotOf(task, { start: before.end, end: span.end }), newText: '' }] };
  return { title, edits: [{ spot: spotOf(task, { start: span.start, end: after?.start ?? span.end }), newText: '' }] };
}

function isDashed(text: string, start: number): boolean {
  return /^\s*-\s*$/.test(text.slice(text.lastIndexOf('\n', start - 1) + 1, start));
}

function lineOf(task: PlacedTask, span: { start: number; end: number }): Spot {
  const { text } = task.block;
  const start = text.lastIndexOf('\n', span.start - 1) + 1;
  const newline = text.indexOf('\n', span.end);
  return spotOf(task, { start, end: newline < 0 ? text.length : newline + 1 });
}

/** The whole of `depends_on: x` where it stands on one line, else only the name. */
function keyLine(task: PlacedTask, span: { start: number; end: number }): Spot {
  const line = lineOf(task, span);
  return /^\s*depends_on\s*:/.test(task.block.text.slice(line.start, line.end)) ? line : spotOf(task, span);
}

function tellCircle(circle: readonly number[], { assembly, findings }: Base): void {
  const nameOf = (i: number): string => assembly.tasks[i]?.item.name?.value ?? '?';
  const names = circle.map(nameOf);
  const shown = names.length > 12 ? [...names.slice(0, 11), `… (${names.length - 11} more)`] : names;
  const path = [...shown, names[0] ?? ''].join(' → ');
  const members = circle.flatMap((i, k) => {
    const task = assembly.tasks[i];
    const next = nameOf(circle[(k + 1) % circle.length] ?? 0);
    const word = task?.item.dependsOn.find(({ value }) => value === next);
    return task === undefined || word === undefined ? [] : [{ spot: spotOf(task, word), name: nameOf(i), next }];
  });
  members.forEach((member, k) => {
    const others = [...members.slice(k + 1), ...members.slice(0, k)].slice(0, 20);
    findings.push(
      finding('CODE016', member.spot, `tasks wait for each other in a circle: ${path}`, {
        related: others.map((other) => ({ spot: other.spot, message: `${other.name} waits for ${other.next}` })),
      }),
    );
  });
}

/** A dependency that another dependency has already, within one stage (or anywhere with `schedule: graph`). */
function tellRedundant({ assembly, needs, graph, findings }: Base): void {
  let budget = 200_000;
  const seen = new Int32Array(assembly.tasks.length).fill(-1);
  for (const task of assembly.tasks) {
    if (needs.end(task.index) - needs.from(task.index) < 2 || budget <= 0) continue;
    const direct = needs.of(task.index);
    const same = (i: number): boolean => graph || assembly.tasks[i]?.stage === task.stage;
    const targets = new Set(direct.filter(same));
    if (targets.size === 0) continue;
    const stack = direct.filter(same).flatMap((i) => needs.of(i).map((via) => ({ at: via, by: i })));
    for (let next = stack.pop(); next !== undefined && budget > 0; next = stack.pop()) {
      budget--;
      const { at, by } = next;
      if (seen[at] === task.index || !same(at)) continue;
      seen[at] = task.index;
      if (targets.has(at)) {
        const name = assembly.tasks[at]?.item.name?.value ?? '';
        const i = task.item.dependsOn.findIndex(({ value }) => value === name);
        const word = task.item.dependsOn[i];
        const via = assembly.tasks[by]?.item.name?.value ?? '';
        if (word !== undefined)
          findings.push(
            finding('CODE017', spotOf(task, word), `${name} is waited for already, by way of ${via}`, {
              fixes: [removal(task, i)],
            }),
          );
      }
      for (const further of needs.of(at)) stack.push({ at: further, by });
    }
  }
}
