/** Snippets of the editor, one for each task type, from its examples: what one types is `task-helm`. */
import type { TaskTypeInfo } from '../src/core/catalogue.ts';
import { taskSnippet } from '../src/language/editor/snippets.ts';

interface Snippet {
  readonly prefix: readonly string[];
  readonly description: string;
  readonly body: readonly string[];
}

function snippetOf(info: TaskTypeInfo): Snippet {
  return {
    prefix: [info.type, ...info.aliases].map((name) => `task-${name}`),
    description: info.summary,
    body: `${taskSnippet(info, '- ')}$0`.split('\n'),
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
