/** A whole task of a type as a snippet, filled in from the type's first example. */
import type { TaskTypeInfo } from '../../core/catalogue.ts';
import { isObject, type Json } from '../../core/json.ts';

/** `${{ … }}` and dollars of a shell text are text to the editor, not its own placeholders. */
const literal = (text: string): string => text.replace(/[\\$}]/g, '\\$&');

/** @param dash whether the item's dash has to be written, too */
export function taskSnippet(info: TaskTypeInfo, dash: '' | '- '): string {
  const slots = { next: 2 };
  const lines = [`task: \${1:${info.type.replaceAll('-', '_')}}`, `type: ${info.type}`];
  const given = Object.entries(info.examples[0]?.with ?? {});
  if (given.length > 0) lines.push('with:', ...given.flatMap(([key, value]) => field(key, value, '  ', slots)));
  // The editor indents lines after the first like the line that the snippet begins on, which is where the dash stands.
  return `${lines.map((line, i) => (i === 0 ? dash + line : `  ${line}`)).join('\n')}\n`;
}

function field(key: string, value: Json, indent: string, slots: { next: number }): string[] {
  if (typeof value === 'string' && value.includes('\n'))
    return [
      `${indent}${key}: |`,
      ...value
        .trimEnd()
        .split('\n')
        .map((line) => `${indent}  ${literal(line)}`),
    ];
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object'))
    return [`${indent}${key}: [${value.map((item: Json) => slot(item, slots)).join(', ')}]`];
  if (Array.isArray(value)) return [`${indent}${key}: ${literal(JSON.stringify(value))}`];
  if (isObject(value))
    return [
      `${indent}${key}:`,
      ...Object.entries(value).flatMap(([name, item]) => field(name, item, `${indent}  `, slots)),
    ];
  return [`${indent}${key}: ${slot(value, slots)}`];
}

const isPlain = (text: string): boolean =>
  /^[\w./][^:#\n]*$/.test(text) &&
  !/^(?:true|false|null|yes|no|on|off|~|[-+.\d].*)$/i.test(text) &&
  text.trim() === text;

function slot(value: Json, slots: { next: number }): string {
  const number = slots.next++;
  if (typeof value !== 'string') return `\${${number}:${literal(JSON.stringify(value))}}`;
  return isPlain(value)
    ? `\${${number}:${literal(value)}}`
    : `"\${${number}:${literal(JSON.stringify(value).slice(1, -1))}}"`;
}
