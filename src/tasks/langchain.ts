import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import * as z from 'zod';
import type { JsonObject } from '../core/json.ts';
import { ok, type Result } from '../core/result.ts';
import { defineTask, path, text, type StepContext, type TaskResult } from '../core/task-type.ts';
import { writeText } from './shared/files.ts';
import { langchainRunner } from './shared/langchain-runner.ts';
import { languageOf, NODE, programsOf, PYTHON, runScript, type Language } from './shared/script.ts';
import { refuse } from './shared/tool.ts';

const parameters = z.strictObject({
  script: path('file', 'The script, in Python or JavaScript. Default: the only one under `chains/`.'),
  export: text(
    'Name of the chain, agent or function in it. Default: the first of `chain`, `agent`, `graph`, `app`, `main`, `run`.',
  ).optional(),
  inputs: z
    .union([z.record(z.string(), z.json()), z.string()])
    .meta({ description: 'What it is invoked with: named values, or one text.' })
    .default({}),
  variables: z
    .record(z.string(), z.string())
    .meta({ description: 'Environment variables for it, such as keys of models: secrets may be among them.' })
    .default({}),
  output: path('any', 'File that the result is written to as JSON.').optional(),
});
type Parameters = z.output<typeof parameters>;

const outputs = z.strictObject({
  result: z.unknown().meta({ description: 'What the chain gave, as data; messages as their text.' }),
  export: z.string().meta({ description: 'Name of what was run.' }),
  version: z.string().meta({ description: 'Version of LangChain’s core.' }),
});
const written = z.looseObject({ result: z.json(), version: z.string(), export: z.string() });

/** LangChain: a chain or an agent of the workspace as a task, with its inputs and its result as data. */
export const langchain = defineTask({
  type: 'langchain',
  category: 'ai',
  systems: ['LangChain'],
  summary: 'Run a chain or an agent of the workspace, with its inputs and its result as data.',
  docs: 'https://docs.langchain.com/',
  licence: 'MIT',
  class: 'mixed',
  requires: [PYTHON, NODE],
  needs: (p) => languagesOf(p).flatMap(programsOf),
  parameters,
  outputs,
  conventions: [
    {
      parameter: 'script',
      from: 'files',
      globs: ['chains/*.{py,mjs,js,ts}', 'chain.{py,mjs,js,ts}'],
      take: 'file',
      required: true,
    },
  ],
  examples: [
    { title: 'Run the chain under chains/', with: {} },
    {
      title: 'An agent with a question and a key',
      with: {
        script: 'chains/triage.py',
        export: 'agent',
        inputs: { question: 'Which of these alerts belong together?' },
        variables: { OPENAI_API_KEY: '${{ secrets.OPENAI_API_KEY }}' },
      },
    },
  ],
  preflight: (p, context) => Promise.resolve(scriptOf(p, context)).then((found) => (found.ok ? ok(undefined) : found)),
  execution: {
    kind: 'steps',
    async run(p, context) {
      const script = scriptOf(p, context);
      if (!script.ok) return script;
      const { file, language } = script.value;
      const ran = await runScript(
        {
          language,
          runner: langchainRunner(language),
          request: { script: file, export: p.export ?? null, inputs: p.inputs },
          needs: { python: 'langchain-core langchain', node: '@langchain/core langchain' },
          env: p.variables,
          what: `${p.script} failed`,
        },
        context,
      );
      return ran.ok ? resultOf(p, ran.value, context) : ran;
    },
  },
});

const languagesOf = (p: Parameters): Language[] => [languageOf(p.script)].filter((one) => one !== undefined);

function scriptOf(p: Parameters, context: StepContext): Result<{ file: string; language: Language }> {
  const language = languageOf(p.script);
  if (language === undefined)
    return refuse('invalid', `${p.script} is neither Python nor JavaScript.`, {
      next: 'Name a file that ends in .py, .mjs, .js or .ts.',
    });
  const file = resolve(context.cwd, p.script);
  return existsSync(file) ? ok({ file, language }) : refuse('missing', `There is no script ${p.script}.`);
}

async function resultOf(
  p: Parameters,
  value: unknown,
  context: StepContext,
): Promise<TaskResult<z.output<typeof outputs>>> {
  const read = written.safeParse(value);
  if (!read.success) return refuse('tool', `${p.script} gave nothing that can be written as data.`);
  const { result, version, export: name } = read.data;
  if (p.output !== undefined) {
    const kept = await writeText(resolve(context.cwd, p.output), `${JSON.stringify(result, null, 2)}\n`, 'the result');
    if (!kept.ok) return kept;
  }
  context.log(`${name}: ${JSON.stringify(result).slice(0, 500)}`);
  return ok({ result, export: name, version } satisfies JsonObject);
}
