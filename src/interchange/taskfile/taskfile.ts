/**
 * Taskfiles, version 3. What `task NAME` runs is chosen by an input, as on its command line; each task waits for its `deps`, and calls
 * between its commands split it. https://taskfile.dev/reference/schema
 */
import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import { layersOf, Names, type TaskDraft, type WorkflowDraft } from '../draft.ts';
import { Inputs } from '../inputs.ts';
import type { Path, Report } from '../report.ts';
import { listOf, objectOf, textOf, type Source } from '../source.ts';
import { commandsOf, type Command } from './commands.ts';
import { define, preamble, render, type Rendering, type Variables } from './variables.ts';

export const isTaskfile = (value: JsonObject): boolean =>
  ['tasks', 'includes'].some((key) => isObject(value[key])) &&
  ['jobs', 'kind'].every((key) => value[key] === undefined);

export function importTaskfile(source: Source, name: string, report: Report): WorkflowDraft {
  return new Conversion(source, report).draft(name);
}

/** What a call of a task with certain variables became. */
interface Instance {
  /** What has to be done for it to be done. */
  readonly last: readonly string[];
}

type Text = Extract<Command, { kind: 'text' }>;

class Conversion {
  readonly #inputs = new Inputs();
  readonly #names = new Names();
  readonly #tasks: JsonObject;
  readonly #made = new Map<string, Instance>();
  readonly #drafts = new Map<string, TaskDraft>();
  /** The goals that need a task. */
  readonly #goals = new Map<string, Set<string>>();
  #variables: Variables = new Map();

  constructor(
    private readonly source: Source,
    private readonly report: Report,
  ) {
    this.#tasks = objectOf(source.value['tasks']);
  }

  draft(name: string): WorkflowDraft {
    const { value } = this.source;
    for (const [key, why] of Object.entries(LOST)) if (value[key] !== undefined) this.report.add('lost', [key], why);
    this.#variables = define(value['vars'], ['vars'], this.#rendering(new Map()));
    const goals = Object.keys(this.#tasks).filter(
      (key) => !key.includes('*') && objectOf(this.#tasks[key])['internal'] !== true,
    );
    for (const key of Object.keys(this.#tasks))
      if (key.includes('*'))
        this.report.add('lost', ['tasks', key], 'A task whose name is a pattern cannot be chosen here.');
    const reached = new Map(goals.map((goal) => [goal, this.#reach(goal)]));
    for (const goal of goals) this.#instance(goal, {}, [], ['tasks', goal], new Set());
    for (const [goal, own] of reached)
      for (const task of own) (this.#goals.get(task) ?? this.#goals.set(task, new Set()).get(task))?.add(goal);
    const choice = goals.length > 1 ? this.#choice(goals) : undefined;
    const drafts = [...this.#drafts.values()];
    const byName = new Map(drafts.map((draft) => [draft.task, draft]));
    const layers = layersOf(
      [...byName.keys()],
      (key) => byName.get(key)?.dependsOn ?? [],
      (key) => byName.get(key),
    );
    return {
      name,
      inputs: this.#inputs.all,
      env: this.#environment(value['env'], ['env'], this.#variables),
      secrets: [],
      stages: layers.map((layer, i) => ({
        name: `stage_${i + 1}`,
        tasks: layer.flatMap((draft) => (draft === undefined ? [] : [this.#chosen(draft, choice, goals)])),
      })),
      finally: [],
    };
  }

  #choice(goals: readonly string[]): string {
    const fallback = goals.includes('default') ? { default: 'default' } : {};
    return this.#inputs.define('task', { type: 'string', ...fallback, options: goals, description: 'The task to run' });
  }

  /** Which goals need the task: a condition, where not all of them do. */
  #chosen(draft: TaskDraft, choice: string | undefined, goals: readonly string[]): TaskDraft {
    const owner = this.#owners.get(draft.task) ?? '';
    const needed = goals.filter((goal) => this.#goals.get(owner)?.has(goal) === true);
    if (choice === undefined || needed.length === goals.length) return draft;
    const chosen =
      needed.length === 1 ? `${choice} == ${JSON.stringify(needed[0])}` : `${choice} in ${JSON.stringify(needed)}`;
    return { ...draft, when: draft.when === undefined ? chosen : `${chosen} && (${draft.when})` };
  }

  /** The task of the file that a task of the workflow came from. */
  readonly #owners = new Map<string, string>();

  /** Everything that a task calls, itself included. */
  #reach(name: string, seen = new Set<string>()): Set<string> {
    if (seen.has(name) || this.#tasks[name] === undefined) return seen;
    seen.add(name);
    const task = this.#tasks[name];
    const quiet: Report = { add: () => undefined };
    const calls = commandsOf(task, [], quiet).flatMap((command) => (command.kind === 'call' ? [command.task] : []));
    for (const next of [...dependenciesOf(objectOf(task)).map(({ task: dep }) => dep), ...calls])
      this.#reach(next, seen);
    return seen;
  }

  #instance(name: string, vars: JsonObject, after: readonly string[], at: Path, above: ReadonlySet<string>): Instance {
    const task = this.#tasks[name];
    if (task === undefined) {
      this.report.add(
        'lost',
        at,
        `There is no task ${name} in this file${name.includes(':') ? ': import the file that has it' : ''}.`,
      );
      return { last: after };
    }
    const key = `${name} ${JSON.stringify(vars)}`;
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    if (above.has(name)) {
      this.report.add('lost', at, `${name} calls itself.`);
      return { last: after };
    }
    const made = this.#build(name, task, vars, after, new Set(above).add(name));
    this.#made.set(key, made);
    return made;
  }

  #build(name: string, task: Json, vars: JsonObject, after: readonly string[], above: ReadonlySet<string>): Instance {
    const at = ['tasks', name];
    const fields = objectOf(task);
    for (const [key, why] of Object.entries(LOST_IN_TASK))
      if (fields[key] !== undefined) this.report.add('lost', [...at, key], why);
    const variables = this.#variablesOf(name, fields, vars, at);
    let last: readonly string[] = [...after];
    const waits = dependenciesOf(fields).flatMap(
      (dep, i) => this.#instance(dep.task, dep.vars, after, [...at, 'deps', i], above).last,
    );
    if (waits.length > 0) last = [...new Set(waits)];
    let texts: Text[] = [];
    const flush = (): void => {
      if (texts.length === 0) return;
      last = [this.#emit({ name, fields, variables, texts, after: last, at })];
      texts = [];
    };
    for (const command of commandsOf(task, at, this.report)) {
      if (command.kind === 'text') texts.push(command);
      else {
        flush();
        const passed = Object.fromEntries(
          Object.entries(command.vars).map(([key, value]) => [key, this.#renderValue(value, command.at, variables)]),
        );
        last = this.#instance(command.task, passed, last, command.at, above).last;
      }
    }
    flush();
    return { last };
  }

  #variablesOf(name: string, fields: JsonObject, vars: JsonObject, at: Path): Variables {
    const outer = new Map(this.#variables).set('TASK', { kind: 'text', text: name });
    const own = define(fields['vars'], [...at, 'vars'], this.#rendering(outer));
    const all = new Map(define(vars, at, this.#rendering(own)));
    for (const required of requiredOf(fields)) {
      if (all.has(required.name)) continue;
      const { expression } = this.#inputs.standIn(required.name, {
        type: 'string',
        default: '',
        description: `The variable ${required.name}`,
        ...(required.options.length === 0 ? {} : { options: ['', ...required.options] }),
      });
      all.set(required.name, { kind: 'expression', expression });
    }
    return all;
  }

  #renderValue(value: Json, at: Path, variables: Variables): Json {
    return typeof value === 'string' ? render(value, at, this.#rendering(variables)).text : value;
  }

  /** One task of the workflow: a stretch of commands as one script. */
  #emit(part: {
    name: string;
    fields: JsonObject;
    variables: Variables;
    texts: readonly Text[];
    after: readonly string[];
    at: Path;
  }): string {
    const { name, fields, variables, after, at } = part;
    const task = this.#names.take(name);
    this.#owners.set(task, name);
    const rendering = this.#rendering(variables);
    const one = (text: string, where: Path): string => render(text, where, rendering).text;
    const list = (key: string): string[] =>
      listOf(fields[key]).flatMap((item, i) =>
        textOf(item) === undefined ? [] : [one(textOf(item) ?? '', [...at, key, i])],
      );
    const description = textOf(fields['desc']) ?? textOf(fields['summary'])?.split('\n')[0];
    const dir = textOf(fields['dir']);
    const prompt = listOf(fields['prompt']).map(textOf).join(' ');
    const sources = list('sources');
    const platforms = listOf(fields['platforms']).map((platform) => (textOf(platform) ?? '').split('/')[0] ?? '');
    this.#drafts.set(task, {
      task,
      type: 'shell',
      dependsOn: after,
      ...(description === undefined
        ? {}
        : { description: one(description, at).replaceAll(/\$\{\{\s*(.*?)\s*\}\}/g, '$1') }),
      ...(platforms.length === 0
        ? {}
        : { when: `target.os in ${JSON.stringify(platforms.map((os) => OS[os] ?? os))}` }),
      ...(dir === undefined ? {} : { cwd: one(dir, [...at, 'dir']) }),
      ...(fields['ignore_error'] === true ? { allowFailure: true } : {}),
      ...(prompt === '' ? {} : { approval: { message: one(prompt, [...at, 'prompt']) } }),
      ...(sources.length === 0 ? {} : { cache: { inputs: sources, outputs: list('generates') } }),
      env: this.#environment(fields['env'], [...at, 'env'], variables),
      with: { run: this.#script(part, rendering) },
    });
    return task;
  }

  #script(
    { fields, texts, at }: { fields: JsonObject; texts: readonly Text[]; at: Path },
    rendering: Rendering,
  ): string {
    const computed = new Set<string>();
    const text = (source: string, where: Path): string => {
      const rendered = render(source.trimEnd(), where, rendering);
      for (const name of rendered.computed) computed.add(name);
      return rendered.text;
    };
    const lines = [
      ...requiredOf(fields).flatMap(({ name }) => {
        const variable = rendering.variables.get(name);
        return variable?.kind === 'expression'
          ? [`if [ -z "\${{ ${variable.expression} }}" ]; then echo '${name} is required' >&2; exit 1; fi`]
          : [];
      }),
      ...checks(fields, at, text),
      ...texts
        .filter(({ deferred }) => deferred)
        .map((command) => `trap ${quote(text(command.text, command.at))} EXIT`),
      ...texts
        .filter(({ deferred }) => !deferred)
        .map((command) => {
          const rendered = text(command.text, command.at);
          // Each command has a shell of its own there, so a change of folder ends with it.
          const own = /^\s*(?:cd|export|set)\b/m.test(rendered) && texts.length > 1 ? `(\n${rendered}\n)` : rendered;
          return command.ignoreError ? `{\n${own}\n} || true` : own;
        }),
    ];
    return [...preamble(computed, at, rendering), ...lines].join('\n');
  }

  #environment(value: Json | undefined, at: Path, variables: Variables): Record<string, string> {
    const rendering = this.#rendering(variables);
    return Object.fromEntries(
      Object.entries(objectOf(value)).flatMap(([name, given]) => {
        const text = textOf(given);
        if (text !== undefined) return [[name, render(text, [...at, name], rendering).text]];
        this.report.add('lost', [...at, name], `${name} is computed by a command: compute it in the script.`);
        return [];
      }),
    );
  }

  #rendering = (variables: Variables): Rendering => ({ variables, inputs: this.#inputs, report: this.report });
}

/** Conditions before a task: what must hold, and what tells that nothing is to be done. */
function checks(fields: JsonObject, at: Path, text: (source: string, where: Path) => string): string[] {
  const must = listOf(fields['preconditions']).map((item, i) => {
    const command = text(textOf(item) ?? textOf(objectOf(item)['sh']) ?? 'true', [...at, 'preconditions', i]);
    const message = text(textOf(objectOf(item)['msg']) ?? `precondition not met: ${command}`, [
      ...at,
      'preconditions',
      i,
    ]);
    return `if ! { ${command}; }; then echo ${quote(message)} >&2; exit 1; fi`;
  });
  const status = listOf(fields['status']).flatMap((item, i) =>
    textOf(item) === undefined ? [] : [`{ ${text(textOf(item) ?? '', [...at, 'status', i])}; }`],
  );
  return [...must, ...(status.length === 0 ? [] : [`if ${status.join(' && ')}; then echo 'up to date'; exit 0; fi`])];
}

/** Variables that whoever runs the task has to give. */
function requiredOf(fields: JsonObject): { readonly name: string; readonly options: readonly Json[] }[] {
  return listOf(objectOf(fields['requires'])['vars']).flatMap((item) => {
    const name = textOf(item) ?? textOf(objectOf(item)['name']);
    return name === undefined ? [] : [{ name, options: listOf(objectOf(item)['enum']) }];
  });
}

function dependenciesOf(fields: JsonObject): { readonly task: string; readonly vars: JsonObject }[] {
  return listOf(fields['deps']).flatMap((item) => {
    const task = textOf(item) ?? textOf(objectOf(item)['task']);
    return task === undefined ? [] : [{ task, vars: objectOf(objectOf(item)['vars']) }];
  });
}

const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

const OS: Readonly<Record<string, string>> = { darwin: 'macos' };

const LOST: Readonly<Record<string, string>> = {
  includes: 'Import the included files too, and call them with tasks of type workflow.',
  dotenv: 'Give what these files hold as env, as secrets, or with --secrets-file.',
};

const LOST_IN_TASK: Readonly<Record<string, string>> = {
  dotenv: 'Give what these files hold as env, as secrets, or with --secrets-file.',
  interactive: 'A task has no terminal to ask on: use an approval or an input.',
  watch: 'Nothing watches the sources: run it again, which is quick where they are cached.',
};
