/** Inputs of a run: given values (texts from a command line, or already typed) against their definitions. */
import type { Diagnostic, Range } from '../core/diagnostic.ts';
import type { Json } from '../core/json.ts';
import { listOf, nearest } from '../language/suggest.ts';
import type { InputDefinition } from '../core/input.ts';

/** Inputs have no place of their own in a workflow's data; the file's beginning stands for it. */
const START: Range = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };

export function resolveInputs(
  definitions: Readonly<Record<string, InputDefinition>>,
  given: Readonly<Record<string, Json>>,
  faults: Diagnostic[],
): Record<string, Json> {
  const values: Record<string, Json> = {};
  const tell = (code: string, message: string): number =>
    faults.push({ code, severity: 'error', message, range: START, fixes: [] });
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(definitions, name)) continue;
    const known = Object.keys(definitions);
    const meant = name.length < 3 ? undefined : nearest(name, known); // any letter is near any other
    const instead = meant === undefined ? `; the workflow has ${listOf(known)}` : `: did you mean ${meant}?`;
    tell('CODE081', `there is no input ${name}${known.length === 0 ? ': the workflow declares none' : instead}`);
  }
  for (const [name, definition] of Object.entries(definitions)) {
    const raw = Object.hasOwn(given, name) ? given[name] : definition.default;
    if (raw === undefined) {
      tell(
        'CODE080',
        `the input ${name} is not given and has no default: --input ${name}=VALUE${definition.description === undefined ? '' : ` (${definition.description})`}`,
      );
      continue;
    }
    const value = coerce(raw, definition);
    if (value === undefined)
      tell(
        'CODE081',
        `the input ${name} must be ${definition.type === 'boolean' ? 'true or false' : `a ${definition.type}`}, but it is ${JSON.stringify(raw)}`,
      );
    else if (definition.options !== undefined && !definition.options.includes(value)) {
      tell(
        'CODE081',
        `the input ${name} must be one of ${definition.options.map(String).join(', ')}, but it is ${JSON.stringify(value)}`,
      );
    } else values[name] = value;
  }
  return values;
}

function coerce(raw: Json, { type }: InputDefinition): Json | undefined {
  switch (type) {
    case 'string':
      return typeof raw === 'object' ? undefined : String(raw);
    case 'number': {
      const value = typeof raw === 'string' && raw.trim() !== '' ? Number(raw) : raw;
      return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
    }
    case 'boolean':
      if (typeof raw === 'boolean') return raw;
      return raw === 'true' ? true : raw === 'false' ? false : undefined;
  }
}
