/** The steps of a job as tasks that follow one another. */
import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import type { Names, TaskDraft } from '../draft.ts';
import type { Path, Report } from '../report.ts';
import { objectOf, textOf } from '../source.ts';
import { translateCondition, translateText, type Scope } from './expressions.ts';
import { knownAction, type ActionTask } from './known.ts';

/** What all tasks of a job have in common. */
export interface Common {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly shell?: string;
  readonly when?: string;
  readonly matrix?: Readonly<Record<string, readonly Json[]>>;
  readonly allowFailure: boolean;
  readonly lock?: string;
  readonly approval?: JsonObject;
  readonly timeout?: string;
}

export interface StepsRequest {
  readonly job: string;
  readonly steps: readonly Json[];
  readonly at: Path;
  readonly common: Common;
  /** The tasks that the first step waits for. */
  readonly after: readonly string[];
  readonly names: Names;
  readonly report: Report;
  readonly scope: Scope;
  /** Told for each step that has an id and became a task. */
  onStep(id: string, task: string): void;
}

export interface Steps {
  readonly tasks: readonly TaskDraft[];
  /** Those that asked to run even after a failure. */
  readonly finally: readonly TaskDraft[];
  /** What has to be done for the job to be done. */
  readonly last: readonly string[];
}

export function stepsToTasks(request: StepsRequest): Steps {
  const { steps, at, report } = request;
  const tasks: TaskDraft[] = [];
  const last: TaskDraft[] = [];
  let after = request.after;
  steps.forEach((value, i) => {
    const step = objectOf(value);
    const here = [...at, i];
    const made = tasksOf(step, here, request);
    if (made === undefined) return;
    const condition = textOf(step['if']);
    const always = condition !== undefined && /\b(?:always|failure|cancelled)\s*\(/.test(condition);
    if (always) {
      report.add(
        'changed',
        [...here, 'if'],
        'It runs at the end of the whole run, whatever happened, and not at the end of its job.',
      );
    }
    for (const [n, one] of made.entries()) {
      const task = draftOf(one, { step, here, n, many: made.length > 1 || steps.length > 1, request });
      if (always) last.push({ ...task, dependsOn: [] });
      else {
        const first =
          tasks.length === 0
            ? { ...(request.common.approval === undefined ? {} : { approval: request.common.approval }) }
            : {};
        tasks.push({ ...task, ...first, dependsOn: after });
        after = [task.task];
      }
      const id = textOf(step['id']);
      if (id !== undefined && n === 0 && one.type !== 'approval') request.onStep(id, task.task);
    }
  });
  return { tasks, finally: last, last: after };
}

/** @returns nothing where the step is not carried over, which the report then says */
function tasksOf(step: JsonObject, here: Path, { report }: StepsRequest): readonly ActionTask[] | undefined {
  const run = textOf(step['run']);
  if (run !== undefined) return [{ type: 'shell', with: { run } }];
  const uses = textOf(step['uses']);
  if (uses === undefined) {
    report.add('lost', here, 'The step has neither run nor uses.');
    return undefined;
  }
  const known = knownAction(uses, objectOf(step['with']));
  if (known?.kind === 'tasks') return known.tasks;
  if (known === undefined) {
    report.add(
      'lost',
      [...here, 'uses'],
      `There is nothing for ${uses} here: a person is asked to do it. Put a task in its place.`,
    );
    const name = plainText(textOf(step['name']) ?? uses);
    return [{ type: 'approval', with: { message: `Do by hand: ${name}`, details: `It was done by ${uses}.` } }];
  }
  report.add('dropped', [...here, 'uses'], `${uses}: ${known.message}`);
  return undefined;
}

interface Place {
  readonly step: JsonObject;
  readonly here: Path;
  readonly n: number;
  readonly many: boolean;
  readonly request: StepsRequest;
}

function draftOf(made: ActionTask, { step, here, n, many, request }: Place): TaskDraft {
  const { common, scope, names, job } = request;
  const label =
    textOf(step['id']) ??
    textOf(step['name']) ??
    (made.type === 'shell' ? `step_${Number(here.at(-1)) + 1}` : made.type);
  const task = names.take(many ? `${job}_${(n === 0 ? label : made.type).toLowerCase()}` : job);
  const condition = textOf(step['if']);
  const own = condition === undefined ? undefined : translateCondition(condition, scope, [...here, 'if']);
  const conditions = [common.when, own].filter((one) => one !== undefined && one !== 'always()' && one !== 'success()');
  const when = conditions.length > 1 ? conditions.map((one) => `(${one})`).join(' && ') : conditions[0];
  const cwd = textOf(step['working-directory']) ?? common.cwd;
  const description = textOf(step['name']);
  const env = { ...common.env, ...environmentOf(step['env'], scope, [...here, 'env']) };
  const minutes = textOf(step['timeout-minutes']);
  return {
    task,
    type: made.type,
    dependsOn: [],
    ...(description === undefined || n > 0 ? {} : { description: plainText(description) }),
    ...(when === undefined ? {} : { when }),
    ...(common.matrix === undefined ? {} : { matrix: common.matrix }),
    ...(cwd === undefined ? {} : { cwd: translateText(cwd, scope, [...here, 'working-directory']) }),
    ...(minutes !== undefined && Number(minutes) > 0
      ? { timeout: `${minutes}m` }
      : common.timeout === undefined
        ? {}
        : { timeout: common.timeout }),
    ...(common.allowFailure || step['continue-on-error'] === true ? { allowFailure: true } : {}),
    ...(common.lock === undefined ? {} : { lock: common.lock }),
    ...(made.type === 'shell'
      ? shellOf(made.with, env, { step, here, request })
      : { env, with: deep(made.with, scope, [...here, 'with']) }),
  };
}

/** One line, without expressions, which a description has none of. */
const plainText = (text: string): string =>
  text
    .replaceAll(/\$\{\{\s*(.*?)\s*\}\}/g, '$1')
    .replaceAll(/\s+/g, ' ')
    .trim();

const SHELLS: Readonly<Record<string, string>> = { bash: 'bash', sh: 'sh', pwsh: 'pwsh', zsh: 'zsh' };

function shellOf(
  given: JsonObject,
  env: Readonly<Record<string, string>>,
  { step, here, request }: Pick<Place, 'step' | 'here' | 'request'>,
): Pick<TaskDraft, 'with' | 'env'> {
  const { report, scope } = request;
  const run = textOf(given['run']) ?? '';
  const more: Record<string, string> = {};
  for (const [name, why] of Object.entries(NOT_HERE)) {
    if (!run.includes(name)) continue;
    more[name] = '/dev/null';
    report.add(name === 'GITHUB_STEP_SUMMARY' ? 'dropped' : 'lost', [...here, 'run'], why);
  }
  const shell = textOf(step['shell']) ?? request.common.shell;
  if (shell !== undefined && SHELLS[shell] === undefined)
    report.add('changed', [...here, 'shell'], `The text was for ${shell}; here a POSIX shell runs it.`);
  const text = translateText(run.replaceAll(/\bGITHUB_OUTPUT\b/g, 'CODE_OUTPUT'), scope, [...here, 'run']);
  return {
    env: { ...env, ...more },
    with: {
      run: text,
      ...(shell !== undefined && shell !== 'bash' && SHELLS[shell] !== undefined
        ? { shell: SHELLS[shell] ?? shell }
        : {}),
    },
  };
}

const NOT_HERE: Readonly<Record<string, string>> = {
  GITHUB_ENV:
    'Variables written to $GITHUB_ENV do not reach later tasks: write them to $CODE_OUTPUT and read them as outputs.',
  GITHUB_PATH: 'Folders written to $GITHUB_PATH do not reach later tasks: set PATH under env.',
  GITHUB_STEP_SUMMARY: 'There is no page for a summary; the log is kept.',
};

export function environmentOf(value: Json | undefined, scope: Scope, at: Path): Record<string, string> {
  return Object.fromEntries(
    Object.entries(objectOf(value)).map(([name, item]) => [
      name,
      translateText(textOf(item) ?? '', scope, [...at, name]),
    ]),
  );
}

function deep(value: JsonObject, scope: Scope, at: Path): JsonObject {
  const one = (item: Json): Json => {
    if (typeof item === 'string') return translateText(item, scope, at);
    if (Array.isArray(item)) return item.map(one);
    return isObject(item) ? deep(item, scope, at) : item;
  };
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, one(item)]));
}
