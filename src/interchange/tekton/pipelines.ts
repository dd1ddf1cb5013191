/** Tekton's Pipelines and Tasks, and runs of them. https://tekton.dev/docs/pipelines/pipeline-api/ */
import { checkExpression } from '../../core/expressions.ts';
import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import type { InputDefinition } from '../../core/input.ts';
import { layersOf, Names as TaskNames, type TaskDraft, type WorkflowDraft } from '../draft.ts';
import { Inputs } from '../inputs.ts';
import type { Losses, Path, Report } from '../report.ts';
import { listOf, objectOf, objectsOf, textOf, type Source } from '../source.ts';
import { outputOf, stepsToTasks, type Steps } from './steps.ts';
import { expressionOf, paramsOf, render, valueOf, type Names, type Value } from './variables.ts';

const KINDS = new Set(['Pipeline', 'PipelineRun', 'Task', 'TaskRun', 'ClusterTask', 'StepAction']);

export const isTekton = (value: JsonObject): boolean =>
  /^tekton\.dev\//.test(textOf(value['apiVersion']) ?? '') && KINDS.has(textOf(value['kind']) ?? '');

/** A thing that has a spec, and where the spec is. */
interface Located {
  readonly spec: JsonObject;
  readonly at: Path;
  readonly report: Report;
}

export function importTekton(sources: readonly Source[], name: string, losses: Losses): WorkflowDraft {
  const all = sources.map((source) => ({ source, report: losses.of(source) }));
  const named = (kinds: readonly string[]): Map<string, Located> =>
    new Map(
      all
        .filter(({ source }) => kinds.includes(textOf(source.value['kind']) ?? ''))
        .map(({ source, report }) => [
          nameOf(source.value),
          { spec: objectOf(source.value['spec']), at: ['spec'], report },
        ]),
    );
  const tasks = named(['Task', 'ClusterTask']);
  const pipelines = named(['Pipeline']);
  const first = (kind: string): { source: Source; report: Report } | undefined =>
    all.find(({ source }) => source.value['kind'] === kind);
  const run = first('PipelineRun') ?? first('Pipeline') ?? first('TaskRun') ?? first('Task') ?? all[0];
  const value = run?.source.value ?? {};
  const more = all.filter(({ source }) => source !== run?.source && /Run$/.test(textOf(source.value['kind']) ?? ''));
  for (const { report } of more)
    report.add('lost', ['kind'], 'One run becomes one workflow: import this one from a file of its own.');
  const report = run?.report ?? losses.of({ lineOf: () => 1 });
  const actions = new Map([...named(['StepAction'])].map(([key, { spec }]) => [key, spec]));
  const conversion = new Conversion(tasks, actions, report);
  return conversion.draft(nameOf(value) || name, pipelineOf(value, pipelines, report), objectOf(value['spec']));
}

const nameOf = (value: JsonObject): string => {
  const { name, generateName } = objectOf(value['metadata']);
  return textOf(name) ?? (textOf(generateName) ?? '').replace(/-+$/, '');
};

/** Whatever was found as a pipeline: a lone task is one of one task. */
function pipelineOf(value: JsonObject, pipelines: ReadonlyMap<string, Located>, report: Report): Located {
  const spec = objectOf(value['spec']);
  switch (value['kind']) {
    case 'Pipeline':
      return { spec, at: ['spec'], report };
    case 'PipelineRun': {
      if (isObject(spec['pipelineSpec'])) return { spec: spec['pipelineSpec'], at: ['spec', 'pipelineSpec'], report };
      const reference = textOf(objectOf(spec['pipelineRef'])['name']) ?? '';
      const found = pipelines.get(reference);
      if (found === undefined)
        report.add(
          'lost',
          ['spec', 'pipelineRef'],
          `The pipeline ${reference} is not in this file: import it together with this one.`,
        );
      return found ?? { spec: {}, at: ['spec'], report };
    }
    default: {
      const lone =
        value['kind'] === 'TaskRun'
          ? { taskSpec: spec['taskSpec'] ?? null, taskRef: spec['taskRef'] ?? null }
          : { taskSpec: spec };
      const inner = objectOf(value['kind'] === 'TaskRun' ? spec['taskSpec'] : spec);
      const params = paramsOf(inner).map((param) => ({
        name: param['name'] ?? '',
        value: `$(params.${textOf(param['name']) ?? ''})`,
      }));
      const task = { name: nameOf(value) || 'task', ...lone, params } as unknown as Json;
      return { spec: { params: inner['params'] ?? [], tasks: [task] }, at: [], report };
    }
  }
}

class Conversion {
  readonly #inputs = new Inputs();
  readonly #secrets = new Set<string>();
  readonly #taskNames = new TaskNames();
  readonly #done = new Map<string, Steps>();

  constructor(
    private readonly tasks: ReadonlyMap<string, Located>,
    private readonly actions: ReadonlyMap<string, JsonObject>,
    private readonly report: Report,
  ) {}

  draft(name: string, pipeline: Located, run: JsonObject): WorkflowDraft {
    const { spec, at } = pipeline;
    const params = this.#pipelineParams(spec, run, pipeline);
    const own = objectsOf(spec['tasks']);
    const byName = new Map(
      own.map((task, i) => [textOf(task['name']) ?? `task_${i + 1}`, { task, at: [...at, 'tasks', i] as Path }]),
    );
    const layers = layersOf(
      [...byName.keys()],
      (key) => needsOf(byName.get(key)?.task ?? {}),
      (key) => key,
    );
    const stages = layers.map((layer, i) => ({
      name: `stage_${i + 1}`,
      tasks: layer.flatMap((key) => this.#pipelineTask(key, byName.get(key), params, pipeline.report)),
    }));
    const last = objectsOf(spec['finally']).flatMap((task, i) =>
      this.#pipelineTask(
        textOf(task['name']) ?? `finally_${i + 1}`,
        { task, at: [...at, 'finally', i] },
        params,
        pipeline.report,
        true,
      ),
    );
    if (spec['results'] !== undefined)
      pipeline.report.add(
        'dropped',
        [...at, 'results'],
        'Outputs of every task are kept with the run: code-engine runs show.',
      );
    return { name, inputs: this.#inputs.all, env: {}, secrets: [...this.#secrets], stages, finally: last };
  }

  /** Parameters of the pipeline are inputs; lists and mappings, which an input cannot be, are their values. */
  #pipelineParams(spec: JsonObject, run: JsonObject, { at, report }: Located): Map<string, Value> {
    const given = new Map(paramsOf(run).map((param) => [textOf(param['name']) ?? '', param['value']]));
    const params = new Map<string, Value>();
    for (const param of [
      ...paramsOf(spec),
      ...paramsOf(run).filter((one) => !paramsOf(spec).some((other) => other['name'] === one['name'])),
    ]) {
      const name = textOf(param['name']) ?? '';
      const value = given.get(name) ?? param['default'];
      if (Array.isArray(value) || isObject(value)) {
        params.set(name, valueOf(value, [...at, 'params'], this.#names(params, report)) ?? '');
        report.add(
          'changed',
          [...at, 'params'],
          `${name} is a ${Array.isArray(value) ? 'list' : 'mapping'}: its values stand in the tasks, and are no input.`,
        );
        continue;
      }
      const text = textOf(value);
      const description = textOf(param['description']);
      const definition: InputDefinition = {
        type: 'string',
        ...(text === undefined ? {} : { default: text }),
        ...(description === undefined ? {} : { description: description.split('\n')[0] ?? '' }),
        ...(Array.isArray(param['enum']) ? { options: param['enum'] } : {}),
      };
      params.set(name, `\${{ ${this.#inputs.define(name, definition)} }}`);
    }
    return params;
  }

  #names(params: ReadonlyMap<string, Value>, report: Report): Names {
    return { params, inputs: this.#inputs, report, result: (path) => this.#result(path) };
  }

  /** `tasks.NAME.results.RESULT` and `tasks.NAME.status`. */
  #result([root, name = '', what, result]: readonly string[]): string | undefined {
    const done = this.#done.get(name);
    if (root !== 'tasks' || done === undefined) return undefined;
    const last = done.tasks.at(-1)?.task;
    if (what === 'status' && last !== undefined)
      return `(tasks.${last}.status == "succeeded" ? "Succeeded" : "Failed")`;
    const writer = result === undefined ? undefined : done.results.get(result.replace(/\[.*$/, ''));
    return what === 'results' && writer !== undefined && result !== undefined && !result.includes('[')
      ? outputOf(writer, result)
      : undefined;
  }

  #pipelineTask(
    name: string,
    found: { readonly task: JsonObject; readonly at: Path } | undefined,
    params: ReadonlyMap<string, Value>,
    report: Report,
    last = false,
  ): readonly TaskDraft[] {
    if (found === undefined) return [];
    const { task, at } = found;
    const after = last ? [] : [...new Set(needsOf(task).flatMap((need) => this.#done.get(need)?.last ?? []))];
    const spec = this.#specOf(task, at, report);
    if (spec === undefined) return this.#byHand(name, after);
    const outer = this.#names(params, report);
    const { matrix, own } = this.#taskParams(task, spec, at, outer);
    const when = this.#when(task['when'], [...at, 'when'], outer);
    const retries = Number(textOf(task['retries']) ?? 0);
    const timeout = textOf(task['timeout']);
    const made = stepsToTasks({
      name,
      spec: spec.spec,
      at: spec.at,
      after,
      names: this.#names(own, spec.report),
      taskNames: this.#taskNames,
      report: spec.report,
      secrets: this.#secrets,
      actions: this.actions,
      common: {
        ...(when === undefined ? {} : { when }),
        ...(matrix === undefined ? {} : { matrix }),
        ...(retries > 0 ? { retry: { attempts: retries + 1 } } : {}),
        ...(timeout === undefined || /^0/.test(timeout)
          ? {}
          : { timeout: timeout.replaceAll(/(?<=[a-z])0+[a-z]+/g, '') }),
        ...(task['onError'] === 'continue' ? { allowFailure: true } : {}),
      },
    });
    this.#done.set(name, made);
    return made.tasks;
  }

  /** A task whose content is not at hand: a person is asked to do it. */
  #byHand(name: string, after: readonly string[]): readonly TaskDraft[] {
    const task = this.#taskNames.take(name);
    const made: TaskDraft = { task, type: 'approval', dependsOn: after, with: { message: `Do by hand: ${name}` } };
    this.#done.set(name, { tasks: [made], last: [task], results: new Map() });
    return [made];
  }

  #specOf(task: JsonObject, at: Path, report: Report): Located | undefined {
    if (isObject(task['taskSpec'])) return { spec: task['taskSpec'], at: [...at, 'taskSpec'], report };
    const reference = textOf(objectOf(task['taskRef'])['name']) ?? '';
    const found = this.tasks.get(reference);
    if (found === undefined)
      report.add(
        'lost',
        [...at, 'taskRef'],
        `The task ${reference === '' ? 'that it resolves' : reference} is not in this file: a person is asked to do it. Import the two together.`,
      );
    return found;
  }

  #taskParams(
    task: JsonObject,
    spec: Located,
    at: Path,
    outer: Names,
  ): { own: Map<string, Value>; matrix: TaskDraft['matrix'] } {
    const own = new Map<string, Value>();
    for (const param of paramsOf(spec.spec)) {
      const value = valueOf(param['default'], spec.at, { ...outer, params: own });
      if (value !== undefined) own.set(textOf(param['name']) ?? '', value);
    }
    // A task of a pipeline sees the pipeline's parameters, too.
    for (const [name, value] of outer.params) if (!own.has(name)) own.set(name, value);
    for (const param of paramsOf(task))
      own.set(textOf(param['name']) ?? '', valueOf(param['value'], [...at, 'params'], outer) ?? '');
    const axes: Record<string, readonly string[]> = {};
    for (const param of paramsOf(objectOf(task['matrix']))) {
      const name = (textOf(param['name']) ?? '').replaceAll(/\W/g, '_');
      const value = valueOf(param['value'], [...at, 'matrix'], outer);
      const single =
        typeof value === 'string'
          ? outer.params.get(/^\$\(params\.(.+)\[\*\]\)$/.exec(textOf(param['value']) ?? '')?.[1] ?? '')
          : value;
      if (Array.isArray(single) && !single.some((one: string) => one.includes('${{'))) {
        axes[name] = single as readonly string[];
        own.set(textOf(param['name']) ?? '', `\${{ matrix.${name} }}`);
      } else
        outer.report.add(
          'lost',
          [...at, 'matrix'],
          `The values of ${name} are known only in a run: write them as a list.`,
        );
    }
    if (objectOf(task['matrix'])['include'] !== undefined)
      outer.report.add(
        'lost',
        [...at, 'matrix', 'include'],
        'Combinations that are listed one by one are not carried over: write them as tasks.',
      );
    return { own, matrix: Object.keys(axes).length === 0 ? undefined : axes };
  }

  #when(value: Json | undefined, at: Path, names: Names): string | undefined {
    const parts = objectsOf(value).map((one, i) => {
      const here = [...at, i];
      const cel = textOf(one['cel']);
      if (cel !== undefined) return this.#cel(render(cel, here, names), here, names);
      const values = listOf(one['values']).map((item) => expressionOf(render(textOf(item) ?? '', here, names)));
      const inside = `${expressionOf(render(textOf(one['input']) ?? '', here, names))} in [${values.join(', ')}]`;
      return one['operator'] === 'notin' ? `!(${inside})` : inside;
    });
    return parts.length === 0 ? undefined : parts.join(' && ');
  }

  /** Variables inside of quotes there are values here. */
  #cel(text: string, at: Path, names: Names): string {
    const said = text.replaceAll(/(['"])\$\{\{\s*(.*?)\s*\}\}\1/g, '$2').replaceAll(/\$\{\{\s*(.*?)\s*\}\}/g, '$1');
    if (checkExpression(said) === undefined) return `(${said})`;
    names.report.add('changed', at, 'The condition cannot be said here: an input switches it on, and is off.');
    return this.#inputs.standIn(`when ${text}`, {
      type: 'boolean',
      default: false,
      description: `Was the condition ${text}`.slice(0, 200),
    }).expression;
  }
}

/** `runAfter`, and the tasks whose results it reads. */
function needsOf(task: JsonObject): string[] {
  const read = [...JSON.stringify(task).matchAll(/\$\(tasks\.([\w-]+)\.results\b/g)].map((match) => match[1] ?? '');
  return [...new Set([...listOf(task['runAfter']).map(String), ...read])];
}
