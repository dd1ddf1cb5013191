/**
 * Workflows of GitHub Actions: each step becomes a task that waits for the one before, each job begins when those it needs are done.
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax
 */
import type { Json, JsonObject } from '../../core/json.ts';
import type { InputDefinition } from '../../core/input.ts';
import { layersOf, Names, type TaskDraft, type WorkflowDraft } from '../draft.ts';
import { Inputs } from '../inputs.ts';
import type { Report } from '../report.ts';
import { listOf, objectOf, textOf, type Source } from '../source.ts';
import { quoted, resultOf, translate, translateCondition, translateText, type Scope } from './expressions.ts';
import { environmentOf, stepsToTasks, type Common } from './steps.ts';

export const isActions = (value: JsonObject): boolean =>
  value['jobs'] !== null && typeof value['jobs'] === 'object' && !Array.isArray(value['jobs']);

/** What a job became. */
interface Done {
  readonly tasks: readonly TaskDraft[];
  readonly last: readonly string[];
  readonly steps: ReadonlyMap<string, string>;
}

export function importActions(source: Source, name: string, report: Report): WorkflowDraft {
  const conversion = new Conversion(source, report);
  return conversion.draft(name);
}

class Conversion {
  readonly #inputs = new Inputs();
  readonly #secrets = new Set<string>();
  readonly #names = new Names();
  readonly #done = new Map<string, Done>();
  readonly #finally: TaskDraft[] = [];
  readonly #value: JsonObject;
  readonly #jobs: JsonObject;

  constructor(
    source: Source,
    private readonly report: Report,
  ) {
    this.#value = source.value;
    this.#jobs = objectOf(source.value['jobs']);
  }

  draft(name: string): WorkflowDraft {
    this.#triggers();
    const keys = Object.keys(this.#jobs);
    const layers = layersOf(
      keys,
      (key) => this.#needsOf(key),
      (key) => key,
    );
    const stageNames = new Names();
    const stages = layers.map((layer, i) => ({
      name: stageNames.take(layer.length === 1 ? (layer[0] ?? '') : `stage_${i + 1}`),
      tasks: layer.flatMap((key) => this.#job(key)),
    }));
    const env = environmentOf(this.#value['env'], this.#scope('', new Map(), new Set()), ['env']);
    for (const key of ['permissions', 'run-name'] as const)
      if (this.#value[key] !== undefined) this.report.add('dropped', [key], 'It has no meaning outside of GitHub.');
    return {
      name: textOf(this.#value['name']) ?? name,
      inputs: this.#inputs.all,
      env,
      secrets: [...this.#secrets],
      stages,
      finally: this.#finally,
    };
  }

  #triggers(): void {
    const on = this.#value['on'] ?? this.#value['true'];
    if (on === undefined) return;
    const events = typeof on === 'string' ? [on] : Array.isArray(on) ? on.map(String) : Object.keys(objectOf(on));
    const other = events.filter((event) => event !== 'workflow_dispatch' && event !== 'workflow_call');
    if (other.length > 0)
      this.report.add(
        'lost',
        ['on'],
        `Nothing starts it by itself (${other.join(', ')}): run it with code-engine run, from cron or from a hook.`,
      );
    for (const event of ['workflow_dispatch', 'workflow_call']) {
      for (const [name, given] of Object.entries(objectOf(objectOf(objectOf(on)[event])['inputs'])))
        this.#inputs.define(name, inputFrom(objectOf(given)));
    }
  }

  #needsOf = (key: string): string[] => listOf(objectOf(this.#jobs[key])['needs']).map(String);

  #job(key: string): readonly TaskDraft[] {
    const job = objectOf(this.#jobs[key]);
    const at = ['jobs', key];
    const needs = this.#needsOf(key);
    const after = [...new Set(needs.flatMap((need) => this.#done.get(need)?.last ?? []))];
    if (textOf(job['uses']) !== undefined) {
      this.report.add(
        'lost',
        [...at, 'uses'],
        `Import ${textOf(job['uses']) ?? 'it'} too, and call it with a task of type workflow.`,
      );
      this.#done.set(key, { tasks: [], last: after, steps: new Map() });
      return [];
    }
    for (const [part, why] of Object.entries(LOST))
      if (job[part] !== undefined) this.report.add('lost', [...at, part], why);
    if (job['permissions'] !== undefined)
      this.report.add('dropped', [...at, 'permissions'], 'It has no meaning outside of GitHub.');
    const steps = new Map<string, string>();
    const { matrix, except } = this.#matrix(job, at);
    const scope = this.#scope(key, steps, new Set(Object.keys(matrix ?? {})));
    const condition = textOf(job['if']);
    const always = condition !== undefined && /\b(?:always|failure|cancelled)\s*\(/.test(condition);
    const made = stepsToTasks({
      job: key,
      steps: listOf(job['steps']),
      at: [...at, 'steps'],
      common: this.#common(job, at, scope, matrix, except),
      after: always ? [] : after,
      names: this.#names,
      report: this.report,
      scope,
      onStep: (id, task) => steps.set(id, task),
    });
    if (always)
      this.report.add('changed', [...at, 'if'], 'The job runs at the end of the whole run, whatever happened.');
    this.#finally.push(...(always ? made.tasks : []), ...made.finally);
    this.#done.set(key, { tasks: made.tasks, last: always ? after : made.last, steps });
    return always ? [] : made.tasks;
  }

  #common(
    job: JsonObject,
    at: readonly string[],
    scope: Scope,
    matrix: Common['matrix'],
    except: string | undefined,
  ): Common {
    const run = {
      ...objectOf(objectOf(this.#value['defaults'])['run']),
      ...objectOf(objectOf(job['defaults'])['run']),
    };
    const cwd = textOf(run['working-directory']);
    const shell = textOf(run['shell']);
    const condition = textOf(job['if']);
    const own = condition === undefined ? undefined : translateCondition(condition, scope, [...at, 'if']);
    const when = [own, except].filter((one) => one !== undefined && one !== 'always()').join(' && ');
    const minutes = Number(textOf(job['timeout-minutes']));
    const lock = this.#lock(job, at, scope);
    const approval = this.#approval(job, at);
    return {
      env: environmentOf(job['env'], scope, [...at, 'env']),
      allowFailure: job['continue-on-error'] === true,
      ...(cwd === undefined ? {} : { cwd }),
      ...(shell === undefined ? {} : { shell }),
      ...(when === '' ? {} : { when }),
      ...(matrix === undefined ? {} : { matrix }),
      ...(minutes > 0 ? { timeout: `${minutes}m` } : {}),
      ...(lock === undefined ? {} : { lock }),
      ...(approval === undefined ? {} : { approval }),
    };
  }

  #lock(job: JsonObject, at: readonly string[], scope: Scope): string | undefined {
    const where = job['concurrency'] === undefined ? ['concurrency'] : [...at, 'concurrency'];
    const given = job['concurrency'] ?? this.#value['concurrency'];
    const group = textOf(given) ?? textOf(objectOf(given)['group']);
    if (group === undefined) return undefined;
    if (objectOf(given)['cancel-in-progress'] !== undefined)
      this.report.add('changed', where, 'A run waits for the one before it; none is cancelled by the next.');
    return translateText(group, scope, where);
  }

  #approval(job: JsonObject, at: readonly string[]): JsonObject | undefined {
    const environment = textOf(job['environment']) ?? textOf(objectOf(job['environment'])['name']);
    if (environment === undefined) return undefined;
    this.report.add(
      'changed',
      [...at, 'environment'],
      `Whether ${environment} asks a reviewer is set on GitHub; here the first task of the job asks a person.`,
    );
    return { message: `Go on with ${environment.replaceAll(/\$\{\{\s*(.*?)\s*\}\}/g, '$1')}?` };
  }

  #matrix(job: JsonObject, at: readonly string[]): { matrix: Common['matrix']; except: string | undefined } {
    const strategy = objectOf(job['strategy']);
    const given = strategy['matrix'];
    if (given === undefined) return { matrix: undefined, except: undefined };
    const { include, exclude, ...axes } = objectOf(given);
    const matrix: Record<string, readonly Json[]> = {};
    for (const [key, values] of Object.entries(axes)) {
      const items = Array.isArray(values) ? listOf(values) : [];
      if (items.length > 0 && /^[A-Za-z_]\w*$/.test(key) && items.every((one) => textOf(one) !== undefined))
        matrix[key] = items;
      else
        this.report.add(
          'lost',
          [...at, 'strategy', 'matrix', key],
          'Only lists of words and numbers can be a matrix here.',
        );
    }
    if (include !== undefined || textOf(given) !== undefined)
      this.report.add(
        'lost',
        [...at, 'strategy', 'matrix'],
        'Combinations that are listed one by one or computed are not carried over: write them as tasks.',
      );
    const many = listOf(job['steps']).length > 1;
    if (many && Object.keys(matrix).length > 0)
      this.report.add(
        'changed',
        [...at, 'strategy'],
        'A step begins when the step before it is done for all combinations.',
      );
    const except = listOf(exclude).map((one) => {
      const parts = Object.entries(objectOf(one)).map(
        ([key, value]) => `matrix.${key} == ${typeof value === 'string' ? quoted(value) : JSON.stringify(value)}`,
      );
      return `!(${parts.join(' && ')})`;
    });
    return {
      matrix: Object.keys(matrix).length === 0 ? undefined : matrix,
      except: except.length === 0 ? undefined : except.join(' && '),
    };
  }

  #scope(job: string, steps: ReadonlyMap<string, string>, matrix: ReadonlySet<string>): Scope {
    return {
      inputs: this.#inputs,
      secrets: this.#secrets,
      report: this.report,
      matrix,
      stepTask: (id) => steps.get(id),
      need: (name, rest) => {
        const done = this.#done.get(name);
        if (done === undefined || !this.#needsOf(job).includes(name)) return undefined;
        const [what, output] = rest;
        if (what === 'outputs' && output !== undefined) {
          const text = textOf(objectOf(objectOf(this.#jobs[name])['outputs'])[output]) ?? '';
          const inner = /^\s*\$\{\{([\s\S]*)\}\}\s*$/.exec(text)?.[1];
          return inner === undefined ? undefined : translate(inner.trim(), this.#scope(name, done.steps, new Set()));
        }
        const last = done.tasks.at(-1);
        return last === undefined ? undefined : resultOf(last.task, rest);
      },
    };
  }
}

const LOST: Readonly<Record<string, string>> = {
  container: 'The tasks run on this machine and not in that container.',
  services: 'Start what the job needs beside it with a task of its own (docker run), and stop it under finally.',
};

function inputFrom(given: JsonObject): InputDefinition {
  const type = given['type'] === 'boolean' || given['type'] === 'number' ? given['type'] : 'string';
  const description = textOf(given['description']);
  const options = listOf(given['options']);
  const fallback =
    given['default'] ??
    (given['required'] === true ? undefined : type === 'boolean' ? false : type === 'number' ? 0 : '');
  const value = typeof fallback === 'string' && fallback.includes('${{') ? '' : fallback;
  return {
    type,
    ...(value === undefined || (options.length > 0 && !options.includes(value)) ? {} : { default: value }),
    ...(description === undefined ? {} : { description }),
    ...(options.length === 0 ? {} : { options }),
  };
}
