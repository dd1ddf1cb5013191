/**
 * Expressions of GitHub Actions in ours (the Common Expression Language with the same functions): what differs is how a quote inside a
 * text is written, names with a minus, and the contexts. https://docs.github.com/actions/reference/workflows-and-actions/expressions
 */
import { checkExpression } from '../../core/expressions.ts';
import { templateParts } from '../../core/template.ts';
import type { InputDefinition } from '../../core/input.ts';
import type { Inputs } from '../inputs.ts';
import type { Path, Report } from '../report.ts';

/** Where an expression stands: what its names mean there. */
export interface Scope {
  readonly inputs: Inputs;
  readonly secrets: Set<string>;
  readonly report: Report;
  /** The keys of the matrix, where there is one. */
  readonly matrix: ReadonlySet<string>;
  /** The task that a step of this group became. */
  stepTask(id: string): string | undefined;
  /** `needs.NAME.…`: the expression for the parts after the name. */
  need(job: string, rest: readonly string[]): string | undefined;
}

const TOKEN =
  /\s+|'(?:[^']|'')*'|\d+(?:\.\d+)?|[A-Za-z_][\w-]*(?:\s*\.\s*(?:[A-Za-z_][\w-]*|\*)|\s*\[\s*'[^']*'\s*\])*|&&|\|\||[!=<>]=|[!<>(),[\]]/g;

/** @returns our expression, or `undefined` where it cannot be said */
export function translate(expression: string, scope: Scope): string | undefined {
  const tokens = [...expression.matchAll(TOKEN)];
  if (tokens.reduce((length, [token]) => length + token.length, 0) < expression.length) return undefined;
  const out: string[] = [];
  for (const { 0: token, index } of tokens) {
    const isCall = /^\s*\(/.test(expression.slice(index + token.length));
    const word = token.startsWith("'")
      ? quoted(token.slice(1, -1).replaceAll("''", "'"))
      : wordOf(token, isCall, scope);
    if (word === undefined) return undefined;
    out.push(word);
  }
  const text = out.join('').trim();
  return checkExpression(text) === undefined ? text : undefined;
}

/** A text in double quotes, as our expressions have it. */
export const quoted = (text: string): string => JSON.stringify(text);

const FUNCTIONS = new Set(
  'contains startsWith endsWith format join toJSON fromJSON success failure cancelled always'.split(' ').map(lower),
);

function lower(text: string): string {
  return text.toLowerCase();
}

function wordOf(token: string, isCall: boolean, scope: Scope): string | undefined {
  if (!/^[A-Za-z_]/.test(token)) return token;
  if (isCall) return FUNCTIONS.has(token.toLowerCase()) ? token : undefined;
  if (/^(?:true|false|null)$/.test(token)) return token;
  const parts = token
    .replaceAll(/\s*\[\s*'([^']*)'\s*\]/g, '.$1')
    .split('.')
    .map((part) => part.trim());
  return parts.includes('*') ? undefined : contextOf(parts, scope);
}

function contextOf(parts: readonly string[], scope: Scope): string | undefined {
  const [root = '', name = '', ...rest] = parts;
  switch (root) {
    case 'matrix':
      return rest.length === 0 && scope.matrix.has(name) ? member(root, name) : undefined;
    case 'env':
      return rest.length === 0 && name !== '' ? member(root, name) : undefined;
    case 'inputs':
      return scope.inputs.has(name) ? `inputs.${name}` : undefined;
    case 'secrets':
      if (name === '' || rest.length > 0) return undefined;
      scope.secrets.add(name);
      return `secrets.${name}`;
    case 'needs':
      return scope.need(name, rest);
    case 'steps': {
      const task = scope.stepTask(name);
      return task === undefined ? undefined : resultOf(task, rest);
    }
    case 'github':
      if (name === 'event' && rest[0] === 'inputs' && rest[1] !== undefined && scope.inputs.has(rest[1]))
        return `inputs.${rest[1]}`;
      return /^run_(?:id|number|attempt)$/.test(name) ? (name === 'run_attempt' ? 'run.attempt' : 'run.id') : undefined;
    default:
      return undefined;
  }
}

const member = (root: string, name: string): string => (/^\w+$/.test(name) ? `${root}.${name}` : `${root}["${name}"]`);

/** `outputs.NAME`, `outcome`, `conclusion` and `result` of what became a task. */
export function resultOf(task: string, rest: readonly string[]): string | undefined {
  const [what, name, ...more] = rest;
  if (what === 'outputs' && name !== undefined && more.length === 0) return member(`tasks.${task}.outputs`, name);
  if (/^(?:outcome|conclusion|result)$/.test(what ?? '') && name === undefined)
    return `(tasks.${task}.status == "succeeded" ? "success" : "failure")`;
  return undefined;
}

/** What is known of GitHub's own values, so that a person need give fewer. */
const KNOWN: Readonly<Partial<Record<string, InputDefinition>>> = {
  'github.ref': { type: 'string', default: 'refs/heads/main', description: 'The branch or tag that is built' },
  'github.ref_name': { type: 'string', default: 'main', description: 'The short name of the branch or tag' },
  'github.event_name': { type: 'string', default: 'workflow_dispatch', description: 'What would have started it' },
  'github.workspace': { type: 'string', default: '.', description: 'The folder with the sources' },
  'github.server_url': { type: 'string', default: 'https://github.com', description: 'The server of the repository' },
  'runner.os': { type: 'string', default: 'Linux', description: 'The system that it runs on' },
  'runner.temp': { type: 'string', default: '/tmp', description: 'A folder for temporary files' },
};

/** A text with expressions; one that cannot be said becomes an input, and the report says which. */
export function translateText(text: string, scope: Scope, at: Path): string {
  return templateParts(text)
    .map((part) => {
      if (part.kind === 'text') return part.text;
      const inner = part.text.trim();
      return `\${{ ${translate(inner, scope) ?? standIn(inner, scope, at)} }}`;
    })
    .join('');
}

/** Names of GitHub's contexts inside an expression that are values of their own, such as `github.ref`. */
const PLAIN_PATH = /(?<![\w.'])(?:github|runner|vars|job|strategy|inputs|steps|needs)(?:\.[A-Za-z_][\w-]*)+/g;

/** @returns an expression that reads an input instead */
function standIn(expression: string, scope: Scope, at: Path): string {
  const definition = KNOWN[expression] ?? {
    type: 'string',
    default: '',
    description: `Was: ${expression}`.slice(0, 200),
  };
  const { expression: read, fresh } = scope.inputs.standIn(expression, definition);
  if (fresh)
    scope.report.add(
      'changed',
      at,
      `\${{ ${expression} }} is not known here: it is an input now, ${read.slice('inputs.'.length)}.`,
    );
  return read;
}

/** A condition. Its unknown values become inputs where the rest can be said; else it is one input that a person switches on. */
export function translateCondition(condition: string, scope: Scope, at: Path): string {
  const bare = /^\s*\$\{\{([\s\S]*)\}\}\s*$/.exec(condition)?.[1] ?? condition;
  const inner = bare
    .trim()
    .replaceAll(/\$\{\{|\}\}/g, ' ')
    .trim();
  const whole = translate(inner, scope);
  if (whole !== undefined) return asCondition(whole);
  // Where only names of values are unknown, the condition stays, over inputs; else it is one input.
  const unknown = (inner.match(PLAIN_PATH) ?? []).filter((path) => translate(path, scope) === undefined);
  const sayable = unknown.every((path) => KNOWN[path] !== undefined || /^(?:github|vars)\.\w+$/.test(path));
  const second = sayable
    ? translate(
        inner.replaceAll(PLAIN_PATH, (path) => (unknown.includes(path) ? standIn(path, scope, at) : path)),
        scope,
      )
    : undefined;
  if (second !== undefined) return asCondition(second);
  const { expression, fresh } = scope.inputs.standIn(`if ${inner}`, {
    type: 'boolean',
    default: false,
    description: `Was the condition ${inner}`.slice(0, 200),
  });
  if (fresh)
    scope.report.add(
      'changed',
      at,
      `The condition cannot be said here: the input ${expression.slice('inputs.'.length)} switches it on, and is off.`,
    );
  return expression;
}

/** A lone value is a condition in GitHub's eyes when it is not empty. */
const asCondition = (expression: string): string =>
  /^(?:inputs|env|secrets|matrix|tasks)[\w.[\]"-]*$/.test(expression) && !expression.startsWith('inputs.if_')
    ? `string(${expression}) != "" && string(${expression}) != "false"`
    : expression;
