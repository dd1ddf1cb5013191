/**
 * Variables of a Taskfile. Its templates put texts into texts before any shell sees them, which is what our expressions do, too; a
 * variable that a command computes is computed in the script itself. https://taskfile.dev/reference/templating
 */
import type { Json } from '../../core/json.ts';
import type { Inputs } from '../inputs.ts';
import type { Path, Report } from '../report.ts';
import { isObject } from '../../core/json.ts';
import { textOf } from '../source.ts';

/** What a name stands for. */
export type Variable =
  /** A text that is known, with its own templates already replaced. */
  | { readonly kind: 'text'; readonly text: string }
  /** An expression of ours, without braces. */
  | { readonly kind: 'expression'; readonly expression: string }
  /** The command that computes it. */
  | { readonly kind: 'command'; readonly command: string };

export type Variables = ReadonlyMap<string, Variable>;

export interface Rendering {
  readonly variables: Variables;
  readonly inputs: Inputs;
  readonly report: Report;
}

const TEMPLATE = /\{\{-?\s*(.*?)\s*-?\}\}/gs;
const NAME = /^\.(\w+)$/;
const DEFAULT = /^(?:\.(\w+)\s*\|\s*default\s+(?:"([^"]*)"|(\S+))|default\s+(?:"([^"]*)"|(\S+))\s+\.(\w+))$/;

/** Variables that Task itself sets, whose value is the same here. */
const OWN: Readonly<Record<string, string>> = {
  ROOT_DIR: '.',
  TASKFILE_DIR: '.',
  USER_WORKING_DIR: '.',
  TASKFILE: 'Taskfile.yml',
};

/** @returns the text with every template replaced, and the variables that the script has to compute first */
export function render(text: string, at: Path, from: Rendering): { text: string; computed: ReadonlySet<string> } {
  const computed = new Set<string>();
  const rendered = text.replaceAll(TEMPLATE, (_whole, inner: string) => {
    const fallback = DEFAULT.exec(inner);
    const name = NAME.exec(inner)?.[1] ?? fallback?.[1] ?? fallback?.[6];
    const known = name === undefined ? undefined : lookUp(name, from);
    const otherwise = fallback?.[2] ?? fallback?.[3] ?? fallback?.[4] ?? fallback?.[5];
    if (known === undefined)
      return otherwise !== undefined && name !== undefined ? given(name, otherwise, from) : standIn(inner, at, from);
    if (known.kind === 'text') return known.text === '' && otherwise !== undefined ? otherwise : known.text;
    if (known.kind === 'expression') return `\${{ ${known.expression} }}`;
    computed.add(name ?? '');
    return `\${${name ?? ''}}`;
  });
  return { text: rendered, computed };
}

function lookUp(name: string, { variables, inputs }: Rendering): Variable | undefined {
  const variable = variables.get(name);
  if (variable !== undefined) return variable;
  const own = OWN[name];
  if (own !== undefined) return { kind: 'text', text: own };
  if (name !== 'CLI_ARGS') return undefined;
  const definition = {
    type: 'string',
    default: '',
    description: 'What stands behind -- on the command line of task',
  } as const;
  return { kind: 'expression', expression: inputs.standIn(name, definition).expression };
}

/** A variable that nobody sets: whoever runs it may, as on the command line of task. */
const given = (name: string, fallback: string, { inputs }: Rendering): string =>
  `\${{ ${inputs.standIn(name, { type: 'string', default: fallback, description: `The variable ${name}` }).expression} }}`;

function standIn(inner: string, at: Path, { inputs, report }: Rendering): string {
  const name = NAME.exec(inner)?.[1];
  const { expression, fresh } = inputs.standIn(name ?? inner, {
    type: 'string',
    default: '',
    description: `Was: ${inner}`.slice(0, 200),
  });
  if (fresh)
    report.add(
      'changed',
      at,
      `{{${inner}}} is not known here: it is an input now, ${expression.slice('inputs.'.length)}.`,
    );
  return `\${{ ${expression} }}`;
}

/** Definitions under `vars`, on top of those that are known already. */
export function define(value: Json | undefined, at: Path, from: Rendering): Variables {
  const variables = new Map(from.variables);
  if (!isObject(value)) return variables;
  for (const [name, given] of Object.entries(value)) {
    const here = [...at, name];
    const text = textOf(given);
    const command = isObject(given) ? textOf(given['sh']) : undefined;
    const reference = isObject(given) ? NAME.exec(textOf(given['ref']) ?? '')?.[1] : undefined;
    const inner = { ...from, variables };
    if (text !== undefined) variables.set(name, { kind: 'text', text: render(text, here, inner).text });
    else if (command !== undefined) variables.set(name, { kind: 'command', command });
    else if (reference !== undefined && variables.has(reference))
      variables.set(name, variables.get(reference) ?? { kind: 'text', text: '' });
    else {
      variables.set(name, { kind: 'text', text: JSON.stringify(given) });
      from.report.add('changed', here, 'Lists and mappings are their JSON text here.');
    }
  }
  return variables;
}

/** Lines that compute variables at the beginning of a script, those that others need first. */
export function preamble(
  names: ReadonlySet<string>,
  at: Path,
  from: Rendering,
  seen: ReadonlySet<string> = new Set(),
): string[] {
  return [...names].flatMap((name) => {
    const variable = from.variables.get(name);
    if (variable?.kind !== 'command' || seen.has(name)) return [];
    const command = render(variable.command, at, from);
    return [
      ...preamble(command.computed, at, from, new Set([...seen, name])),
      `${name}="$(${command.text.trimEnd()})"`,
    ];
  });
}
