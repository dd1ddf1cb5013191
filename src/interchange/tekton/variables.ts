/** Variables of Tekton, `$(params.name)` and the like, in our expressions. https://tekton.dev/docs/pipelines/variables/ */
import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import type { Inputs } from '../inputs.ts';
import type { Path, Report } from '../report.ts';
import { isList, objectsOf, textOf } from '../source.ts';

/** A value that a name stands for: texts may hold our expressions. */
export type Value = string | readonly string[] | Readonly<Record<string, string>>;

export interface Names {
  readonly params: ReadonlyMap<string, Value>;
  readonly inputs: Inputs;
  readonly report: Report;
  /** `tasks.NAME.results.RESULT` and the like: the expression that reads it. */
  result(path: readonly string[]): string | undefined;
}

const VARIABLE = /\$\(\s*([^()\s]+?)\s*\)/g;
const braced = (expression: string): string => `\${{ ${expression} }}`;

/** @returns the text with its variables replaced */
export function render(text: string, at: Path, names: Names): string {
  return text.replaceAll(VARIABLE, (whole, inner: string) => {
    const found = lookUp(inner, names);
    if (typeof found === 'string') return found;
    if (found !== undefined) return Array.isArray(found) ? found.join(' ') : JSON.stringify(found);
    if (!/^(?:params|tasks|context|workspaces|results|steps|finally)\b/.test(inner)) return whole; // a command of the shell
    const { expression, fresh } = names.inputs.standIn(inner, {
      type: 'string',
      default: '',
      description: `Was $(${inner})`,
    });
    if (fresh)
      names.report.add(
        'changed',
        at,
        `$(${inner}) is not known here: it is an input now, ${expression.slice('inputs.'.length)}.`,
      );
    return braced(expression);
  });
}

/** Arguments: a list that stands alone becomes several. */
export function renderList(value: Json | undefined, at: Path, names: Names): string[] {
  if (!isList(value)) return [];
  return value.flatMap((item, i) => {
    const text = textOf(item) ?? '';
    const inner = /^\$\(\s*([^()\s]+)\[\*\]\s*\)$/.exec(text)?.[1];
    const found = inner === undefined ? undefined : lookUp(inner, names);
    return Array.isArray(found) ? (found as readonly string[]) : [render(text, [...at, i], names)];
  });
}

function lookUp(inner: string, names: Names): Value | undefined {
  const quoted = /^params\[["']([^"']+)["']\]$/.exec(inner)?.[1];
  const parts = quoted === undefined ? inner.split('.') : ['params', quoted];
  const [root = '', ...rest] = parts;
  switch (root) {
    case 'params':
    case 'inputs':
      return param(rest.join('.').replace(/^params\./, ''), names);
    case 'context':
      return braced('run.id');
    case 'workspaces':
      return rest.at(-1) === 'path' ? '.' : rest.at(-1) === 'bound' ? 'true' : undefined;
    default: {
      const expression = names.result(parts);
      return expression === undefined ? undefined : braced(expression);
    }
  }
}

function param(name: string, { params }: Names): Value | undefined {
  const whole = params.get(name.replace(/\[\*\]$/, ''));
  if (whole !== undefined) return whole;
  const index = /^(.+)\[(\d+)\]$/.exec(name);
  if (index !== null) {
    const list = params.get(index[1] ?? '');
    return Array.isArray(list) ? (list[Number(index[2])] as string | undefined) : undefined;
  }
  const dot = name.lastIndexOf('.');
  const object = dot < 0 ? undefined : params.get(name.slice(0, dot));
  return isObject(object) ? object[name.slice(dot + 1)] : undefined;
}

/** A value of a parameter, its own variables replaced. */
export function valueOf(value: Json | undefined, at: Path, names: Names): Value | undefined {
  if (Array.isArray(value)) return renderList(value, at, names);
  if (isObject(value))
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, render(textOf(item) ?? '', at, names)]));
  const text = textOf(value);
  return text === undefined ? undefined : render(text, at, names);
}

/** A rendered text as an expression: `${{ inputs.a }}-b` is `inputs.a + "-b"`. */
export function expressionOf(text: string): string {
  const parts = text.split(/(\$\{\{.*?\}\})/).filter((part) => part !== '');
  if (parts.length === 0) return '""';
  return parts
    .map((part) => /^\$\{\{\s*(.*?)\s*\}\}$/.exec(part)?.[1] ?? JSON.stringify(part))
    .map((part, i, all) => (all.length > 1 && !part.startsWith('"') ? `string(${part})` : part))
    .join(' + ');
}

export const paramsOf = (spec: JsonObject): readonly JsonObject[] => objectsOf(spec['params']);
