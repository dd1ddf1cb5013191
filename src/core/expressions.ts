/**
 * `${{ … }}` in texts and conditions: the Common Expression Language (https://cel.dev), as Kubernetes and Tekton use it, by
 * `@marcbachmann/cel-js`. Importing this file loads that library; `template.ts` finds expressions without it.
 */
import { EvaluationError, ParseError, TypeError as CelTypeError } from '@marcbachmann/cel-js';
import { fromCel, makeEnvironment, textOf, toCel, type Moment, type RunSoFar } from './expression-functions.ts';
import type { Json, JsonObject } from './json.ts';
import { referencesIn, type Reference } from './references.ts';
import { err, ok, type Result } from './result.ts';
import { conditionOf, hasExpression, templateParts, type ExpressionPart } from './template.ts';

export { conditionOf, expressionsIn, hasExpression, templateParts } from './template.ts';
export type { ExpressionPart, TemplatePart } from './template.ts';
export type { Reference, Segment } from './references.ts';
export type { RunSoFar } from './expression-functions.ts';

/** What went wrong in an expression, and where: offsets into the text that was given. */
export interface ExpressionProblem {
  readonly kind: 'syntax' | 'unknown-function' | 'missing-value' | 'type' | 'evaluation';
  readonly message: string;
  readonly start: number;
  readonly end: number;
  /** The expression, without braces. */
  readonly expression: string;
}

/** What expressions may name. A root that is not given is not there: reading from it is a problem that names it. */
export interface ExpressionContext {
  readonly inputs?: JsonObject;
  readonly env?: JsonObject;
  readonly secrets?: JsonObject;
  readonly matrix?: JsonObject;
  /** By task name: `status`, `outputs`. */
  readonly tasks?: JsonObject;
  readonly run?: JsonObject;
  readonly target?: JsonObject;
  /** What `success()`, `failure()` and `cancelled()` answer; `success` where it is not given. */
  readonly soFar?: RunSoFar;
}

/** The names that an expression may begin with. */
export const ROOTS = ['inputs', 'env', 'secrets', 'matrix', 'tasks', 'run', 'target'] as const;

const moment: Moment = { soFar: 'success' };
const environment = makeEnvironment(moment);

type Parsed = ReturnType<typeof environment.parse>;

/** What is known about one expression, found once: the tasks of a file say the same again and again. */
interface Known {
  readonly parsed: Result<Parsed, ExpressionProblem>;
  problem?: ExpressionProblem | 'none';
  references?: readonly Reference[];
}

/** Expressions that are kept; when there are more, all are forgotten. */
const MOST_KNOWN = 1000;
/** Longer ones are rare and would be kept for nothing. */
const LONGEST_KNOWN = 500;
const known = new Map<string, Known>();

function knownOf(expression: string): Known {
  const before = known.get(expression);
  if (before !== undefined) return before;
  const made: Known = { parsed: parse(expression) };
  if (expression.length > LONGEST_KNOWN) return made;
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(expression, made);
  return made;
}

function parse(expression: string): Result<Parsed, ExpressionProblem> {
  if (expression.trim() === '')
    return err(problem('syntax', 'the expression is empty', expression, 0, expression.length));
  try {
    return ok(environment.parse(expression));
  } catch (error) {
    return err(problemFrom(error, expression));
  }
}

/** Syntax, and what can be known without values: functions that do not exist, operators that can never fit. */
export function checkExpression(expression: string): ExpressionProblem | undefined {
  const all = knownOf(expression);
  if (!all.parsed.ok) return all.parsed.failure;
  if (all.problem === undefined) {
    const { error } = all.parsed.value.check();
    all.problem = error === undefined ? 'none' : problemFrom(error, expression);
  }
  return all.problem === 'none' ? undefined : all.problem;
}

/** What an expression (without braces) names; one that does not parse names nothing. */
export function referencesOf(expression: string): readonly Reference[] {
  const all = knownOf(expression);
  return (all.references ??= all.parsed.ok ? referencesIn(all.parsed.value.ast) : []);
}

/** Values in the expression language's own types, made once for many expressions of one context. */
export class Values {
  readonly soFar: RunSoFar;
  readonly roots: Readonly<Record<string, unknown>>;

  constructor(context: ExpressionContext) {
    this.soFar = context.soFar ?? 'success';
    this.roots = Object.fromEntries(ROOTS.map((root) => [root, toCel(context[root] ?? {})]));
  }
}

function evaluate(expression: string, context: ExpressionContext | Values): Result<Json, ExpressionProblem> {
  const { parsed } = knownOf(expression);
  if (!parsed.ok) return parsed;
  const values = context instanceof Values ? context : new Values(context);
  moment.soFar = values.soFar;
  try {
    return ok(fromCel(parsed.value(values.roots)));
  } catch (error) {
    return err(problemFrom(error, expression));
  }
}

/**
 * Gives a text with `${{ }}` its value. A text that is exactly one expression keeps the type of its value; otherwise the values are
 * put into the text: lists and maps as JSON, null as nothing.
 */
export function renderTemplate(text: string, context: ExpressionContext | Values): Result<Json, ExpressionProblem> {
  if (!hasExpression(text)) return ok(text);
  const parts = templateParts(text);
  const values = context instanceof Values ? context : new Values(context);
  const out: Json[] = [];
  for (const part of parts) {
    if (part.kind === 'text') {
      out.push(part.text);
      continue;
    }
    const value = renderPart(part, values);
    if (!value.ok) return value;
    out.push(value.value);
  }
  const [only] = out;
  return ok(out.length === 1 && only !== undefined ? only : out.map(textOf).join(''));
}

function renderPart(part: ExpressionPart, values: Values): Result<Json, ExpressionProblem> {
  if (!part.closed)
    return err(problem('syntax', 'the expression is not closed: }} is missing', part.text, part.start, part.end));
  const value = evaluate(part.text, values);
  return value.ok ? value : err(shifted(value.failure, part.innerStart));
}

/** Renders every string in a value; keys of objects stay as they are. */
export function renderDeep(value: Json, context: ExpressionContext | Values): Result<Json, ExpressionProblem> {
  if (typeof value === 'string') return renderTemplate(value, context);
  if (value === null || typeof value !== 'object') return ok(value);
  const values = context instanceof Values ? context : new Values(context);
  const entries: [string, Json][] = [];
  for (const [key, item] of Object.entries<Json>(value)) {
    const rendered = renderDeep(item, values);
    if (!rendered.ok) return rendered;
    entries.push([key, rendered.value]);
  }
  return ok(Array.isArray(value) ? entries.map(([, item]) => item) : Object.fromEntries(entries));
}

/** Decides a condition, written with or without `${{ }}`; the texts `true` and `false` count as such, since outputs are often texts. */
export function evaluateCondition(
  text: string,
  context: ExpressionContext | Values,
): Result<boolean, ExpressionProblem> {
  const condition = conditionOf(text);
  if (condition === undefined) {
    return err(
      problem('syntax', 'a condition is one expression: write the whole of it inside one ${{ }}', text, 0, text.length),
    );
  }
  const value = evaluate(condition.expression, context);
  if (!value.ok) return err(shifted(value.failure, condition.offset));
  if (value.value === true || value.value === 'true') return ok(true);
  if (value.value === false || value.value === 'false') return ok(false);
  const shown = JSON.stringify(value.value);
  const end = condition.offset + condition.expression.length;
  return err(
    problem(
      'type',
      `a condition must be true or false, but this is ${shown}`,
      condition.expression,
      condition.offset,
      end,
    ),
  );
}

const shifted = (p: ExpressionProblem, by: number): ExpressionProblem => ({
  ...p,
  start: p.start + by,
  end: p.end + by,
});

function problem(
  kind: ExpressionProblem['kind'],
  message: string,
  expression: string,
  start: number,
  end: number,
): ExpressionProblem {
  return { kind, message, expression: expression.trim(), start, end };
}

function problemFrom(error: unknown, expression: string): ExpressionProblem {
  const known = error instanceof ParseError || error instanceof EvaluationError || error instanceof CelTypeError;
  const code = known ? error.code : '';
  const summary = known ? error.summary : error instanceof Error ? error.message : String(error);
  const range = (known ? error.range : undefined) ?? { start: 0, end: expression.length };
  const start = Math.min(range.start, expression.length);
  const end = Math.min(Math.max(range.end, start + 1), Math.max(expression.length, start));
  if (error instanceof ParseError) return problem('syntax', syntaxMessage(summary), expression, start, end);
  const wording = wordingOf(code, summary, expression, range.start);
  return problem(wording.kind, wording.message, expression, start, end);
}

function syntaxMessage(summary: string): string {
  if (/EOF/.test(summary)) return 'the expression ends too early';
  const reserved = /got IN$|Reserved identifier: (.*)/.exec(summary);
  if (reserved !== null) return `${reserved[1] ?? 'in'} is a reserved word; write it as ["${reserved[1] ?? 'in'}"]`;
  return `the expression cannot be read: ${summary.charAt(0).toLowerCase()}${summary.slice(1)}`;
}

function wordingOf(
  code: string,
  summary: string,
  expression: string,
  at: number,
): Pick<ExpressionProblem, 'kind' | 'message'> {
  switch (code) {
    case 'no_such_key': {
      const key = summary.replace('No such key: ', '');
      const before = expression
        .slice(0, at)
        .replace(/[.[]\s*$/, '')
        .trim();
      const path = /[\w.\]["'-]+$/.exec(before)?.[0] ?? before;
      return {
        kind: 'missing-value',
        message: `there is no ${JSON.stringify(key)} in ${path === '' ? 'the context' : path}`,
      };
    }
    case 'no_matching_overload': {
      const name = /'(.+)'/.exec(summary)?.[1] ?? summary;
      return { kind: 'unknown-function', message: `there is no function ${name}` };
    }
    case 'no_such_overload':
      return {
        kind: 'type',
        message: `these types do not fit together: ${summary.replace('no such overload: ', '').replaceAll(/dyn<(\w+)>/g, '$1')}`,
      };
    default:
      return {
        kind: code.includes('type') || code.includes('incompatible') ? 'type' : 'evaluation',
        message: lowerFirst(summary),
      };
  }
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
