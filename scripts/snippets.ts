/** Snippets of the editor, one for each task type, from its examples: what one types is `task-helm`. */
import type { TaskTypeInfo } from '../src/core/catalogue.ts';
import type { Json, JsonObject } from '../src/core/json.ts';

interface Snippet {
  readonly prefix: readonly string[];
  readonly description: string;
  readonly body: readonly string[];
}

/** `${{ … }}` and dollars of a shell text are text to the editor, not its own placeholders. */
const literal = (text: string): string => text.replace(/[\\$}]/g, '\\$&');

/** Needs quotes in YAML to stay what it is. */
const isPlain = (text: string): boolean =>
  /^[\w./${][^:#\n]*$/.test(text) &&
  !/^(?:true|false|null|yes|no|on|off|~|[-+.\d].*)$/i.test(text) &&
  text.trim() === text;

class Body {
  readonly lines: string[] = [];
  #stop = 1;

  /** A value that is typed over. */
  slot(text: string): string {
    return `\${${++this.#stop}:${literal(text)}}`;
  }

  add(indent: number, text: string): void {
    this.lines.push(`${'  '.repeat(indent)}${text}`);
  }

  fields(values: JsonObject, indent: number): void {
    for (const [key, value] of Object.entries(values)) this.#field(key, value, indent);
  }

  #field(key: string, value: Json, indent: number): void {
    if (typeof value === 'string' && value.includes('\n')) {
      this.add(indent, `${key}: |`);
      for (const line of value.trimEnd().split('\n')) this.add(indent + 1, literal(line));
    } else if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) {
      this.add(indent, `${key}: [${value.map((item) => this.#scalar(item as Json)).join(', ')}]`);
    } else if (typeof value === 'object' && value !== null) {
      this.add(indent, `${key}: ${literal(JSON.stringify(value))}`);
    } else {
      this.add(indent, `${key}: ${this.#scalar(value)}`);
    }
  }

  #scalar(value: Json): string {
    if (typeof value !== 'string') return this.slot(JSON.stringify(value));
    return isPlain(value) ? this.slot(value) : `"${this.slot(JSON.stringify(value).slice(1, -1))}"`;
  }
}

function snippetOf(info: TaskTypeInfo): Snippet {
  const body = new Body();
  body.add(0, `- task: \${1:${info.type.replaceAll('-', '_')}}`);
  body.add(1, `type: ${info.type}`);
  const parameters = info.examples[0]?.with ?? {};
  if (Object.keys(parameters).length > 0) {
    body.add(1, 'with:');
    body.fields(parameters, 2);
  }
  body.add(0, '$0');
  return {
    prefix: [info.type, ...info.aliases].map((name) => `task-${name}`),
    description: info.summary,
    body: body.lines,
  };
}

const WHOLE: Readonly<Record<string, Snippet>> = {
  workflow: {
    prefix: ['workflow', 'parallel_deployment'],
    description: 'A workflow of two stages.',
    body: [
      'parallel_deployment:',
      '  ${1:stage_1}:',
      '    - task: ${2:first}',
      '      type: ${3:shell}',
      '      with:',
      '        run: ${4:echo hello}',
      '  ${5:stage_2}:',
      '    - task: ${6:second}',
      '      type: ${7:shell}',
      '      with:',
      '        run: ${8:echo done}',
      '$0',
    ],
  },
  retry: {
    prefix: ['retry'],
    description: 'Try a task again when it fails.',
    body: ['retry: { attempts: ${1:3}, delay: ${2:2s}, backoff: ${3:2} }$0'],
  },
  matrix: {
    prefix: ['matrix'],
    description: 'One instance of the task for each combination.',
    body: ['matrix: { ${1:region}: [${2:eu, us}] }$0'],
  },
  approval: {
    prefix: ['approval'],
    description: 'The task waits for a person.',
    body: ['approval: { message: "${1:Ready?}", required_for: ${2|always,changes,destroy|} }$0'],
  },
  finally: {
    prefix: ['finally'],
    description: 'Tasks that run after all else, whatever happened.',
    body: ['finally:', '  - task: ${1:notify}', '    type: ${2:shell}', '    with:', '      run: ${3:echo done}', '$0'],
  },
};

/** The text of `snippets/code-workflow.json`. */
export function snippets(types: readonly TaskTypeInfo[]): string {
  const all: Record<string, Snippet> = { ...WHOLE };
  for (const info of [...types].sort((a, b) => a.type.localeCompare(b.type)))
    all[`task ${info.type}`] = snippetOf(info);
  return `${JSON.stringify(all, null, 1)}\n`;
}
