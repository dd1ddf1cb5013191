/** One task of the plan as the spec of a task of Tekton: a shell text as it is, anything else by code-engine itself. */
import { expressionsIn } from '../../core/template.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Plan, PlannedTask } from '../../graph/plan.ts';
import { secretName, type Context } from './context.ts';
import { paramOf, render, type OutputRead, type Rendered, type Use } from './text.ts';

export interface CommandTask {
  readonly spec: JsonObject;
  /** Of the pipeline's task: the outputs of others. */
  readonly params: JsonObject[];
}

export function commandTask(task: PlannedTask, context: Context): CommandTask {
  const native = task.type === 'shell' ? shellStep(task, context) : undefined;
  return native ?? engineStep(task, context);
}

/** @returns `undefined` where the text has expressions that only the engine can evaluate */
function shellStep(task: PlannedTask, context: Context): CommandTask | undefined {
  const { plan, image } = context.request;
  const { run, command, shell, stdin, script } = task.with;
  if (stdin !== undefined || script !== undefined) return undefined;
  const texts: Rendered[] = [];
  const take = (text: string, use: Use): string | undefined => {
    const rendered = render(text, use, task, plan);
    if (rendered !== undefined) texts.push(rendered);
    return rendered?.text;
  };
  const environment = { ...plan.env, ...task.env };
  const env = Object.entries(environment).map(([name, value]) => ({ name, value: take(value, 'environment') }));
  const cwd = take(task.cwd ?? '', 'argument');
  const words = Array.isArray(command) ? command.map((word) => take(word as string, 'argument')) : [];
  const text = typeof run === 'string' ? take(run, 'script') : undefined;
  const whole = [cwd, ...words, ...env.map(({ value }) => value), ...(typeof run === 'string' ? [text] : [])];
  if (whole.includes(undefined)) return undefined;
  const reads = texts.flatMap(({ outputs }) => outputs);
  const params = paramsFor(reads, task, context);
  if (params === undefined) return undefined;
  const results = context.reads.outputsOf(task);
  const secrets = [...new Set(texts.flatMap((one) => one.secrets))];
  const workingDir = `$(workspaces.source.path)${cwd === '' || cwd === undefined ? '' : `/${cwd}`}`;
  const interpreter = typeof shell === 'string' ? shell : 'bash';
  return {
    params,
    spec: specOf(results, reads, {
      name: 'run',
      image,
      workingDir,
      ...environmentOf(env as { name: string; value: string }[], secrets, plan),
      ...(text === undefined ? { command: words as string[] } : { script: scriptText(text, interpreter, results) }),
    }),
  };
}

/** Every image has this one, and few have env. */
const PROGRAMS: Readonly<Partial<Record<string, string>>> = { sh: '/bin/sh' };

/** The text; where others read what it says, with what brings that into Tekton's results. */
function scriptText(text: string, interpreter: string, results: readonly string[]): string {
  const program = interpreter.startsWith('/') ? interpreter : (PROGRAMS[interpreter] ?? `/usr/bin/env ${interpreter}`);
  const head = `#!${program}\nset -e\n`;
  if (results.length === 0) return `${head}${text}\n`;
  const kept = results.map((name) =>
    name === 'stdout'
      ? `printf '%s' "$(cat "$CODE_STDOUT")" >"$(results.stdout.path)"`
      : `printf '%s' "$(sed -n 's/^${name}=//p' "$CODE_OUTPUT" | tail -n 1)" >"$(results.${name}.path)"`,
  );
  return [
    `${head}CODE_OUTPUT="$(mktemp)" CODE_STDOUT="$(mktemp)"`,
    'export CODE_OUTPUT',
    // Not behind `||`, where a shell would not end at the first command that fails.
    'set +e',
    '(',
    'set -e',
    text,
    ') >"$CODE_STDOUT"',
    'code=$?',
    'set -e',
    'cat "$CODE_STDOUT"',
    '[ "$code" -eq 0 ] || exit "$code"',
    ...kept,
    '',
  ].join('\n');
}

/** `code-engine run FILE --only TASK`, with the inputs of the pipeline. */
function engineStep(task: PlannedTask, context: Context): CommandTask {
  const { plan, engineImage, file } = context.request;
  const { losses, reads } = context;
  const own = expressionsIn({ with: task.with, env: task.env }).map(({ text }) => text);
  if (own.some((text) => /\btasks\./.test(text)))
    losses.push({
      task: task.id,
      kind: 'lost',
      message: 'It reads what other tasks gave, which does not reach it: pass that on by a file in the workspace.',
    });
  if (reads.outputsOf(task).length > 0)
    losses.push({
      task: task.id,
      kind: 'lost',
      message: `Its outputs ${reads.outputsOf(task).join(', ')} do not reach the tasks that read them.`,
    });
  losses.push({
    task: task.id,
    kind: 'changed',
    message: `code-engine runs it inside of ${engineImage}, which must have the tools of ${task.type}.`,
  });
  const inputs = Object.keys(plan.inputDefinitions).flatMap((name) => ['--input', `${name}=$(params.${name})`]);
  return {
    params: [],
    spec: specOf([], [], {
      name: 'run',
      image: engineImage,
      workingDir: '$(workspaces.source.path)',
      ...environmentOf([], plan.secrets, plan),
      command: ['code-engine'],
      args: ['run', file, '--only', task.id, '--yes', ...inputs],
    }),
  };
}

function specOf(results: readonly string[], reads: readonly OutputRead[], step: JsonObject): JsonObject {
  const params = [...new Set(reads.map(paramOf))].map((name) => ({ name }));
  return {
    ...(params.length === 0 ? {} : { params }),
    workspaces: [{ name: 'source' }],
    ...(results.length === 0 ? {} : { results: results.map((name) => ({ name })) }),
    steps: [step],
  };
}

/** Parameters that bring in the outputs of other tasks; none where one of these is no single task of the shell. */
function paramsFor(
  reads: readonly OutputRead[],
  task: PlannedTask,
  { reads: all, names, losses }: Context,
): JsonObject[] | undefined {
  const params = new Map<string, JsonObject>();
  for (const read of reads) {
    const producer = all.producerOf(read.task);
    if (producer?.type !== 'shell') {
      losses.push({ task: task.id, kind: 'lost', message: `${read.output} of ${read.task} does not reach it.` });
      return undefined;
    }
    params.set(paramOf(read), {
      name: paramOf(read),
      value: `$(tasks.${names.get(producer.id) ?? ''}.results.${read.output})`,
    });
  }
  return [...params.values()];
}

function environmentOf(
  env: readonly { readonly name: string; readonly value: string }[],
  secrets: readonly string[],
  plan: Plan,
): JsonObject {
  const all = [
    ...secrets.map((key) => ({ name: key, valueFrom: { secretKeyRef: { name: secretName(plan), key } } })),
    ...env.map(({ name, value }) => ({ name, value })),
  ];
  return all.length === 0 ? {} : { env: all };
}
