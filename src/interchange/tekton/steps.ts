/** The steps of a Task as tasks that follow one another, on this machine and not in their images. */
import type { Json, JsonObject } from '../../core/json.ts';
import type { Names as TaskNames, TaskDraft } from '../draft.ts';
import type { Path, Report } from '../report.ts';
import { objectOf, objectsOf, textOf } from '../source.ts';
import { paramsOf, render, renderList, valueOf, type Names, type Value } from './variables.ts';

export interface StepsRequest {
  readonly name: string;
  readonly spec: JsonObject;
  readonly at: Path;
  readonly after: readonly string[];
  readonly names: Names;
  readonly taskNames: TaskNames;
  readonly report: Report;
  readonly secrets: Set<string>;
  /** The StepActions of the file. */
  readonly actions: ReadonlyMap<string, JsonObject>;
  /** What all of them have in common. */
  readonly common: Partial<TaskDraft>;
}

export interface Steps {
  readonly tasks: readonly TaskDraft[];
  readonly last: readonly string[];
  /** The task that writes a result. */
  readonly results: ReadonlyMap<string, string>;
}

export function stepsToTasks(request: StepsRequest): Steps {
  const { spec, at, report, name, taskNames } = request;
  const steps = objectsOf(spec['steps']);
  const template = objectOf(spec['stepTemplate']);
  const results = new Map<string, string>();
  const stepTasks = new Map<string, string>();
  const tasks: TaskDraft[] = [];
  let after = request.after;
  for (const key of ['sidecars', 'volumes'] as const)
    if (spec[key] !== undefined)
      report.add('lost', [...at, key], 'Volumes and sidecars are not carried over: the tasks share the workspace.');
  const images = new Set(steps.map(({ image }) => textOf(image) ?? '').filter((image) => image !== ''));
  if (images.size > 0)
    report.add(
      'changed',
      [...at, 'steps'],
      `It ran in ${[...images].join(', ')}; here its commands run on this machine, which needs their tools.`,
    );
  steps.forEach((given, i) => {
    const action = request.actions.get(textOf(objectOf(given['ref'])['name']) ?? '');
    const step = { ...action, ...given };
    const here = [...at, 'steps', i];
    const task = taskNames.take(steps.length > 1 ? `${name}_${textOf(step['name']) ?? `step_${i + 1}`}` : name);
    const names: Names = {
      ...request.names,
      ...(action === undefined ? {} : { params: paramsOfAction(action, given, here, request.names) }),
      result: (path) => stepResult(path, stepTasks) ?? request.names.result(path),
    };
    const made = commandOf(step, here, names, report);
    for (const result of made.results) results.set(result, task);
    const stepName = textOf(step['name']);
    if (stepName !== undefined) stepTasks.set(stepName, task);
    const cwd = render(textOf(step['workingDir']) ?? textOf(template['workingDir']) ?? '', here, names).replace(
      /^\.\/?/,
      '',
    );
    const timeout = textOf(step['timeout']);
    tasks.push({
      ...request.common,
      task,
      type: made.type ?? 'shell',
      dependsOn: after,
      ...(cwd === '' || cwd.startsWith('/') ? {} : { cwd }),
      ...(timeout === undefined ? {} : { timeout }),
      ...(step['onError'] === 'continue' ? { allowFailure: true } : {}),
      env: { ...environment(template['env'], here, request, names), ...environment(step['env'], here, request, names) },
      with: made.with,
    });
    after = [task];
  });
  return { tasks, last: after, results };
}

/** What a StepAction is called with, over its own defaults. */
function paramsOfAction(action: JsonObject, step: JsonObject, at: Path, names: Names): Map<string, Value> {
  const params = new Map<string, Value>();
  for (const param of paramsOf(action))
    params.set(textOf(param['name']) ?? '', valueOf(param['default'], at, names) ?? '');
  for (const param of paramsOf(step)) params.set(textOf(param['name']) ?? '', valueOf(param['value'], at, names) ?? '');
  return params;
}

/** `steps.NAME.results.RESULT`, of a step before. */
function stepResult(
  [root, step = '', what, result]: readonly string[],
  tasks: ReadonlyMap<string, string>,
): string | undefined {
  const task = tasks.get(step);
  return root === 'steps' && what === 'results' && task !== undefined && result !== undefined
    ? outputOf(task, result)
    : undefined;
}

export const outputOf = (task: string, result: string): string =>
  /^[A-Za-z_]\w*$/.test(result)
    ? `tasks.${task}.outputs.${result}`
    : `tasks.${task}.outputs[${JSON.stringify(result)}]`;

interface Made {
  /** Where it is not a shell's. */
  readonly type?: string;
  readonly with: JsonObject;
  readonly results: readonly string[];
}

/** Interpreters that take a program as an argument, and the flag for it. */
const FLAGS: Readonly<Record<string, string>> = {
  python: '-c',
  python3: '-c',
  node: '-e',
  nodejs: '-e',
  perl: '-e',
  ruby: '-e',
};
const RESULT = /\$\(\s*(?:step\.)?results\.([\w-]+)\.path\s*\)/g;

function commandOf(step: JsonObject, at: Path, names: Names, report: Report): Made {
  const script = textOf(step['script']);
  if (script !== undefined) return scriptOf(script, at, names, report);
  const all = [
    ...renderList(step['command'], [...at, 'command'], names),
    ...renderList(step['args'], [...at, 'args'], names),
  ];
  if (step['command'] === undefined) {
    const what = textOf(step['ref'] === undefined ? step['image'] : objectOf(step['ref'])['name']) ?? 'it';
    report.add(
      'lost',
      at,
      `What ${what} runs is not in this file: a person is asked to do it. Put a task in its place.`,
    );
    return { type: 'approval', with: { message: `Do by hand what ${what} did` }, results: [] };
  }
  const text = JSON.stringify(all);
  const results = [...text.matchAll(RESULT)].map((match) => match[1] ?? '');
  if (results.length === 0) return { with: { command: all }, results };
  return scriptOf(
    all
      .map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`)
      .join(' ')
      .replaceAll(RESULT, (whole) => `'"${whole}"'`),
    at,
    names,
    report,
  );
}

function scriptOf(script: string, at: Path, names: Names, report: Report): Made {
  const results = [...new Set([...script.matchAll(RESULT)].map((match) => match[1] ?? ''))];
  const shebang = /^#!\s*(?:\/usr\/bin\/env\s+(?:-S\s+)?)?(\S+)[^\n]*\n/.exec(script);
  const interpreter = (shebang?.[1] ?? 'sh').replace(/^.*\//, '');
  const body = render(
    script.slice(shebang?.[0].length ?? 0).replaceAll(RESULT, (_whole, result: string) => `\${RESULTS}/${result}`),
    at,
    names,
  );
  const flag = FLAGS[interpreter];
  if (flag !== undefined) {
    if (results.length > 0)
      report.add(
        'lost',
        at,
        `The results ${results.join(', ')} are not read from a program in ${interpreter}: write them to $CODE_OUTPUT.`,
      );
    return { with: { command: [interpreter, flag, body] }, results: [] };
  }
  if (results.length === 0) return { with: { run: body }, results };
  const kept = results.map(
    (result) =>
      `if [ -e "\${RESULTS}/${result}" ]; then { echo '${result}<<END_OF_RESULT'; cat "\${RESULTS}/${result}"; echo; echo END_OF_RESULT; } >>"$CODE_OUTPUT"; fi`,
  );
  return {
    with: { run: ['RESULTS="$(mktemp -d)"', '(', body.trimEnd(), ')', ...kept, 'rm -rf "$RESULTS"'].join('\n') },
    results,
  };
}

function environment(
  value: Json | undefined,
  at: Path,
  { report, secrets }: StepsRequest,
  names: Names,
): Record<string, string> {
  return Object.fromEntries(
    objectsOf(value).flatMap((item) => {
      const name = textOf(item['name']) ?? '';
      const text = textOf(item['value']);
      if (text !== undefined) return [[name, render(text, [...at, 'env'], names)]];
      const reference = objectOf(objectOf(item['valueFrom'])['secretKeyRef']);
      if (reference['key'] !== undefined) {
        const secret = `${textOf(reference['name']) ?? ''}_${textOf(reference['key']) ?? ''}`
          .replaceAll(/[^A-Za-z0-9]+/g, '_')
          .toUpperCase();
        secrets.add(secret);
        return [[name, `\${{ secrets.${secret} }}`]];
      }
      report.add('lost', [...at, 'env'], `${name} came from the cluster: give it under env.`);
      return [];
    }),
  );
}
