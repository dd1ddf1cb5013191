/** What expressions may name: the roots, their fixed members, the functions; and what a file declares under them. */
import { isObject } from '../../core/json.ts';
import { keyNamed, type PlacedTask } from '../assembly.ts';
import type { WorkflowDocument } from '../document.ts';
import { find, textOf, toJson } from '../node.ts';
import type { TaskFacts } from '../reading.ts';
import { propertiesOf } from './schemas.ts';

export interface Named {
  readonly name: string;
  readonly docs: string;
}

export const ROOT_DOCS: Readonly<Record<string, string>> = {
  inputs: 'The inputs of the run: `--input name=value`, or their defaults.',
  env: 'Environment variables of the workflow, the task and the surroundings of the run.',
  secrets: 'Secrets; wherever they appear in a log they are masked.',
  matrix: 'The values of this instance of a matrix.',
  tasks: 'Other tasks: `tasks.NAME.status` and `tasks.NAME.outputs.X`.',
  run: 'This run.',
  target: 'Where the task runs.',
};

export const MEMBER_DOCS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  run: { id: 'The run’s id.', attempt: 'The attempt of this task, from 1.' },
  target: {
    os: '`linux`, `macos` or `windows`.',
    wsl: 'Whether the task runs in WSL.',
    distro: 'The distribution of WSL it runs in.',
  },
};

export const TASK_MEMBERS: Readonly<Record<string, string>> = {
  status: '`succeeded`, `cached`, `failed`, `timed_out`, `cancelled` or `skipped`.',
  outputs: 'Values that the task gives.',
};

export interface FunctionDocs {
  readonly name: string;
  readonly signature: string;
  readonly docs: string;
}

const fn = (name: string, parameters: string, docs: string): FunctionDocs => ({
  name,
  signature: `${name}(${parameters})`,
  docs,
});

export const FUNCTIONS: readonly FunctionDocs[] = [
  fn('contains', 'a, b', 'Whether the text or list `a` has `b` in it, without regard to case.'),
  fn('startsWith', 'a, b', 'Whether the text `a` begins with `b`, without regard to case.'),
  fn('endsWith', 'a, b', 'Whether the text `a` ends with `b`, without regard to case.'),
  fn('format', 'pattern, a, …', 'Puts values into a text: `format("{0}-{1}", a, b)`.'),
  fn('join', 'list, separator', 'The items of a list as one text.'),
  fn('split', 'text, separator', 'A text as a list.'),
  fn('replace', 'text, a, b', 'The text with every `a` replaced by `b`.'),
  fn('lower', 'text', 'The text in small letters.'),
  fn('upper', 'text', 'The text in capital letters.'),
  fn('trim', 'text', 'The text without blanks at its ends.'),
  fn('size', 'a', 'The length of a text, a list or a mapping.'),
  fn('toJSON', 'a', 'A value as JSON text.'),
  fn('fromJSON', 'text', 'The value that a JSON text says.'),
  fn('string', 'a', 'A value as text.'),
  fn('int', 'a', 'A value as a whole number.'),
  fn('double', 'a', 'A value as a number.'),
  fn('has', 'a.b', 'Whether a value is there.'),
  fn('success', '', 'The run has gone well so far; for `when` in `finally`.'),
  fn('failure', '', 'Something has failed; for `when` in `finally`.'),
  fn('cancelled', '', 'The run was cancelled; for `when` in `finally`.'),
  fn('always', '', 'True, however the run stands.'),
];

/** Names under a top-level key or a task's own key, each with its value as documentation. */
function entriesUnder(value: ReturnType<typeof keyNamed>, docs: (value: unknown) => string): Named[] {
  const node = value?.item.value;
  return node?.kind === 'map'
    ? node.entries.map((entry) => ({ name: textOf(entry.key), docs: docs(toJson(entry.value)) }))
    : [];
}

/** What may stand behind `root.`; names of tasks are looked up with `byName`. */
export function namesUnder(document: WorkflowDocument, root: string, task: TaskFacts | undefined): Named[] {
  const { assembly } = document;
  switch (root) {
    case 'inputs':
      return entriesUnder(keyNamed(assembly, 'inputs'), inputDocs);
    case 'env':
      return [
        ...(task?.env ?? []).map((name) => ({ name, docs: 'Set by this task.' })),
        ...entriesUnder(keyNamed(assembly, 'env'), (value) => `Set by the workflow: \`${String(value)}\``),
      ];
    case 'secrets': {
      const list = keyNamed(assembly, 'secrets')?.item.value;
      if (list?.kind !== 'seq') return [];
      return list.items.flatMap((item) =>
        item.kind === 'scalar' ? [{ name: textOf(item), docs: 'A secret; masked in logs.' }] : [],
      );
    }
    case 'matrix': {
      const matrix = task?.node === undefined ? undefined : find(task.node, 'matrix')?.value;
      if (matrix?.kind !== 'map') return [];
      return matrix.entries.map(({ key, value }) => ({
        name: textOf(key),
        docs: `One of \`${JSON.stringify(toJson(value))}\`.`,
      }));
    }
    default:
      return Object.entries(MEMBER_DOCS[root] ?? {}).map(([name, docs]) => ({ name, docs }));
  }
}

export function inputDocs(value: unknown): string {
  if (!isObject(value)) return `An input; default \`${String(value)}\`.`;
  const { type, description, default: fallback, options } = value;
  const kind = typeof type === 'string' ? type : fallback === undefined ? 'string' : typeof fallback;
  return [
    typeof description === 'string' ? description : '',
    `An input of type ${kind}${fallback === undefined ? ', which must be given' : `; default \`${JSON.stringify(fallback)}\``}.`,
    Array.isArray(options) ? `One of ${options.map((each) => `\`${String(each)}\``).join(', ')}.` : '',
  ]
    .filter((line) => line !== '')
    .join('\n\n');
}

/** The outputs of a task: its own and those of its type. */
export function outputsOf({ item }: PlacedTask): Named[] {
  const own = item.outputs.map((name) => ({ name, docs: 'An output that the task names itself.' }));
  const built = Object.entries(item.info === undefined ? {} : propertiesOf(item.info.outputs));
  return [
    ...own,
    ...built.map(([name, { description }]) => ({
      name,
      docs: typeof description === 'string' ? description : `An output of ${item.info?.type ?? ''}.`,
    })),
  ];
}

/** Whether a task is surely done when another starts, so that its outputs may be read. */
export function isUpstream({ links }: WorkflowDocument, task: PlacedTask, other: PlacedTask): boolean {
  if (task.stage < 0 && other.stage >= 0) return true;
  const waits = !links.graph || task.item.dependsOn.length === 0;
  if (waits && other.stage >= 0 && other.stage < task.stage) return true;
  const seen = new Set<number>();
  const queue = [task.index];
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    for (const need of links.needs.of(at)) {
      if (need === other.index) return true;
      if (!seen.has(need)) {
        seen.add(need);
        queue.push(need);
      }
    }
  }
  return false;
}
