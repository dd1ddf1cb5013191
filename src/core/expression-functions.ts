/**
 * The functions that expressions know beyond the Common Expression Language's own: those that users of GitHub Actions expect
 * (`contains(a, b)`, `format`, `toJSON`, `success()`, …) and string methods of the same names.
 */
import { Environment } from '@marcbachmann/cel-js';
import type { Json } from './json.ts';

/** How the run stands when a condition is evaluated: what `success()`, `failure()` and `cancelled()` answer. */
export type RunSoFar = 'success' | 'failure' | 'cancelled';

/** Where the functions of the run's state look; set around each evaluation, which is synchronous. */
export interface Moment {
  soFar: RunSoFar;
}

type Plain =
  string | number | bigint | boolean | null | undefined | readonly Plain[] | { readonly [key: string]: Plain };

/** JSON to the expression language's values: whole numbers are its integers. */
export function toCel(value: Json): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item: Json) => toCel(item));
  return Object.fromEntries(Object.entries(value).map(([key, item]: [string, Json]) => [key, toCel(item)]));
}

/** The expression language's values back to JSON: a date and a duration become their texts. */
export function fromCel(value: unknown): Json {
  switch (typeof value) {
    case 'bigint':
      return Number(value);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'string':
    case 'boolean':
      return value;
    case 'object': {
      if (value === null) return null;
      if (Array.isArray(value)) return value.map(fromCel);
      if (value instanceof Date) return value.toISOString();
      if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
      if (value instanceof Map)
        return Object.fromEntries([...value].map(([key, item]) => [String(key), fromCel(item)]));
      const prototype: unknown = Object.getPrototypeOf(value);
      if (prototype === Object.prototype || prototype === null) {
        return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fromCel(item)]));
      }
      return textOfObject(value);
    }
    default:
      return null;
  }
}

/** Durations and unsigned integers have a text of their own. */
const textOfObject = (value: object): string => (value as { toString(): string }).toString();

/** A value inside a longer text: strings as they are, nothing for null, JSON for lists and maps. */
export function textOf(value: Json): string {
  if (value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const text = (value: unknown): string => textOf(fromCel(value));

/** `{0}` and `{1}` stand for the values, `{{` and `}}` for braces. */
function format(pattern: string, values: readonly unknown[]): string {
  return pattern.replaceAll(/\{\{|\}\}|\{(\d+)\}/g, (match, index: string | undefined) => {
    if (index === undefined) return match.charAt(0);
    const value = values[Number(index)];
    if (value === undefined) throw new Error(`format: there is no value for {${index}}`);
    return text(value);
  });
}

function parse(json: string): unknown {
  try {
    return toCel(JSON.parse(json) as Json);
  } catch {
    throw new Error('fromJSON: the text is not JSON');
  }
}

/** Joins texts and numbers with `+`, and whole with broken numbers in arithmetic: the language itself refuses both. */
function registerOperators(environment: Environment): void {
  for (const other of ['int', 'double', 'bool']) {
    environment.registerOperator(`string + ${other}`, (a: string, b: Plain) => a + text(b));
    environment.registerOperator(`${other} + string`, (a: Plain, b: string) => text(a) + b);
  }
  const arithmetic: Readonly<Record<string, (a: number, b: number) => number>> = {
    '+': (a, b) => a + b,
    '-': (a, b) => a - b,
    '*': (a, b) => a * b,
    '/': (a, b) => a / b,
  };
  for (const [sign, apply] of Object.entries(arithmetic)) {
    environment.registerOperator(`int ${sign} double`, (a: bigint, b: number) => apply(Number(a), b));
    environment.registerOperator(`double ${sign} int`, (a: number, b: bigint) => apply(a, Number(b)));
  }
}

function registerTexts(environment: Environment): void {
  const define = (signature: string, handler: (...args: never[]) => unknown): unknown =>
    environment.registerFunction(signature, handler, { async: false });
  define('contains(string, string): bool', (a: string, b: string) => a.toLowerCase().includes(b.toLowerCase()));
  define('contains(list, dyn): bool', (a: readonly unknown[], b: unknown) => a.some((item) => text(item) === text(b)));
  define('startsWith(string, string): bool', (a: string, b: string) => a.toLowerCase().startsWith(b.toLowerCase()));
  define('endsWith(string, string): bool', (a: string, b: string) => a.toLowerCase().endsWith(b.toLowerCase()));
  define('join(list): string', (a: readonly unknown[]) => a.map(text).join(','));
  define('join(list, string): string', (a: readonly unknown[], b: string) => a.map(text).join(b));
  define('split(string, string): list<string>', (a: string, b: string) => a.split(b));
  define('replace(string, string, string): string', (a: string, b: string, c: string) => a.replaceAll(b, () => c));
  define('string.replace(string, string): string', (a: string, b: string, c: string) => a.replaceAll(b, () => c));
  for (const name of ['lower', 'toLowerCase']) {
    define(`${name}(string): string`, (a: string) => a.toLowerCase());
    define(`string.${name}(): string`, (a: string) => a.toLowerCase());
  }
  for (const name of ['upper', 'toUpperCase']) {
    define(`${name}(string): string`, (a: string) => a.toUpperCase());
    define(`string.${name}(): string`, (a: string) => a.toUpperCase());
  }
  define('trim(string): string', (a: string) => a.trim());
  for (const name of ['toJSON', 'toJson'])
    define(`${name}(dyn): string`, (a: unknown) => JSON.stringify(fromCel(a), null, 2));
  for (const name of ['fromJSON', 'fromJson']) define(`${name}(string): dyn`, parse);
  for (const type of ['list', 'map', 'null']) define(`string(${type}): string`, (a: unknown) => text(a));
  for (let count = 1; count <= 8; count++) {
    const values = Array.from({ length: count }, () => 'dyn').join(', ');
    define(`format(string, ${values}): string`, (pattern: string, ...rest: unknown[]) => format(pattern, rest));
  }
}

function registerStatus(environment: Environment, moment: Moment): void {
  const define = (name: string, handler: () => boolean): unknown =>
    environment.registerFunction(`${name}(): bool`, handler, { async: false });
  define('success', () => moment.soFar === 'success');
  define('failure', () => moment.soFar === 'failure');
  define('cancelled', () => moment.soFar === 'cancelled');
  define('always', () => true);
}

/** An environment in which every variable may hold anything: which names there are, the language checks with better words. */
export function makeEnvironment(moment: Moment): Environment {
  const environment = new Environment({
    unlistedVariablesAreDyn: true,
    homogeneousAggregateLiterals: false,
    enableOptionalTypes: true,
    limits: { maxAstNodes: 5000, maxDepth: 100 },
  });
  registerOperators(environment);
  registerTexts(environment);
  registerStatus(environment, moment);
  return environment;
}
