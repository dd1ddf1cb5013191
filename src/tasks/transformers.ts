import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { failureFrom } from '../core/failure.ts';
import { isObject, parseJson } from '../core/json.ts';
import { err, ok, type Result } from '../core/result.ts';
import { defineTask, path, text, type StepContext, type TaskResult } from '../core/task-type.ts';
import { writeText } from './shared/files.ts';
import { NODE, programsOf, PYTHON, runScript, type Language } from './shared/script.ts';
import { refuse } from './shared/tool.ts';
import { transformersRunner } from './shared/transformers-runner.ts';

const PIPELINES = [
  'feature-extraction',
  'text-classification',
  'zero-shot-classification',
  'token-classification',
  'text-generation',
  'summarization',
] as const;

/** Outputs are journalled; what is longer lies in the file alone. */
const RESULT_CHARACTERS = 65_536;

const parameters = z.strictObject({
  model: path('folder', 'Folder of the model, with its `config.json`. Default: the only one under `models/`.'),
  pipeline: z
    .enum(PIPELINES)
    .meta({ description: 'What to do. Default: what the model was made for; `feature-extraction` gives embeddings.' })
    .optional(),
  files: z
    .array(path('file', 'A text file.'))
    .meta({ description: 'Files to work on; the text of each is one input.' })
    .default([]),
  texts: z.array(z.string()).meta({ description: 'Texts to work on, besides the files.' }).default([]),
  labels: z
    .array(text('A label.'))
    .meta({ description: 'Labels to choose from, for `zero-shot-classification`.' })
    .default([]),
  options: z
    .record(z.string(), z.json())
    .meta({ description: 'Options of the pipeline’s call: `max_new_tokens: 64`, `top_k: 3`.' })
    .default({}),
  engine: z
    .enum(['python', 'node'])
    .meta({ description: 'The library: Python’s, or JavaScript’s for ONNX models. Default: by the model’s files.' })
    .optional(),
  dtype: text('Which weights the JavaScript library takes: `fp32`, `q8`, `q4`.').default('fp32'),
  output: path('any', 'File that the results are written to, one JSON line an input.').optional(),
});
type Parameters = z.output<typeof parameters>;

const outputs = z.strictObject({
  result: z
    .array(z.strictObject({ input: z.string(), output: z.unknown() }))
    .nullable()
    .meta({ description: 'What came out for each input; `null` where it is too long: then it is in the file alone.' }),
  count: z.int().meta({ description: 'Number of inputs.' }),
  file: z.string().meta({ description: 'File with the results, one JSON line an input.' }),
  pipeline: z.string().meta({ description: 'What was done.' }),
  version: z.string().meta({ description: 'Version of the library.' }),
});
const written = z.looseObject({ outputs: z.array(z.json()), version: z.string() });

/** Hugging Face Transformers: a model of the workspace over its files, on this machine. */
export const transformers = defineTask({
  type: 'transformers',
  aliases: ['huggingface'],
  category: 'ai',
  systems: ['Hugging Face Transformers'],
  summary: 'Run a local pipeline over files: embeddings, classification, text generation.',
  docs: 'https://huggingface.co/docs/transformers/main_classes/pipelines',
  licence: 'Apache-2.0',
  class: 'cpu',
  requires: [PYTHON, NODE],
  needs: (p) => (p.engine === undefined ? [] : programsOf(p.engine)),
  parameters,
  outputs,
  conventions: [
    {
      parameter: 'model',
      from: 'files',
      globs: ['models/*/config.json', 'model/config.json'],
      take: 'folder',
      required: true,
    },
  ],
  examples: [
    { title: 'Embeddings of the documentation', with: { files: ['README.md'], pipeline: 'feature-extraction' } },
    {
      title: 'What a report is about',
      with: {
        model: 'models/mnli',
        pipeline: 'zero-shot-classification',
        files: ['report.txt'],
        labels: ['outage', 'performance', 'security'],
      },
    },
  ],
  preflight: async (p, context) => {
    // A task before this one may make the model; only a folder that is there can be wrong already.
    if (!existsSync(resolve(context.cwd, p.model))) return ok(undefined);
    const model = await modelOf(p, context);
    return model.ok ? ok(undefined) : model;
  },
  execution: {
    kind: 'steps',
    async run(p, context) {
      const model = await modelOf(p, context);
      if (!model.ok) return model;
      const inputs = await inputsOf(p, context);
      if (!inputs.ok) return inputs;
      const { language, pipeline } = model.value;
      const ran = await runScript(
        {
          language,
          runner: transformersRunner(language),
          request: {
            task: pipeline,
            model: model.value.folder,
            texts: inputs.value.map((one) => one.text),
            labels: p.labels,
            options: p.options,
            dtype: p.dtype,
            cwd: context.cwd,
          },
          needs: { python: 'transformers torch', node: '@huggingface/transformers' },
          // What is not in the folder is not fetched behind the user’s back.
          env: { HF_HUB_OFFLINE: '1', TRANSFORMERS_OFFLINE: '1', TOKENIZERS_PARALLELISM: 'false' },
          what: `The pipeline ${pipeline} failed`,
        },
        context,
      );
      return ran.ok ? resultOf(p, pipeline, inputs.value, ran.value, context) : ran;
    },
  },
});

interface Model {
  readonly folder: string;
  readonly language: Language;
  readonly pipeline: (typeof PIPELINES)[number];
}

async function modelOf(p: Parameters, context: StepContext): Promise<Result<Model>> {
  const folder = resolve(context.cwd, p.model);
  const config = parseJson(await readFile(join(folder, 'config.json'), 'utf8').catch(() => ''));
  if (!isObject(config)) {
    return refuse('missing', `${p.model} is no folder of a model: it has no config.json.`, {
      next: 'Put the files of the model there: huggingface-cli download NAME --local-dir FOLDER',
    });
  }
  const pipeline = p.pipeline ?? madeFor(config.architectures);
  if (pipeline === 'zero-shot-classification' && p.labels.length === 0)
    return refuse('invalid', 'zero-shot-classification needs `labels` to choose from.');
  const language = p.engine ?? (existsSync(join(folder, 'onnx')) ? 'node' : 'python');
  return ok({ folder, language, pipeline });
}

/** By the name of the network’s last part, as Transformers writes it into every `config.json`. */
function madeFor(architectures: unknown): (typeof PIPELINES)[number] {
  const name = Array.isArray(architectures) ? String(architectures[0]) : '';
  if (name.endsWith('ForSequenceClassification')) return 'text-classification';
  if (name.endsWith('ForTokenClassification')) return 'token-classification';
  if (name.endsWith('ForCausalLM') || name.endsWith('LMHeadModel')) return 'text-generation';
  if (name.endsWith('ForConditionalGeneration')) return 'summarization';
  return 'feature-extraction';
}

interface Input {
  readonly name: string;
  readonly text: string;
}

async function inputsOf(p: Parameters, context: StepContext): Promise<Result<Input[]>> {
  const inputs: Input[] = [];
  for (const file of p.files) {
    try {
      inputs.push({ name: file, text: await readFile(resolve(context.cwd, file), 'utf8') });
    } catch (error) {
      return err(failureFrom(error, `read ${file}`));
    }
  }
  inputs.push(...p.texts.map((one) => ({ name: one.slice(0, 80), text: one })));
  if (inputs.length > 0) return ok(inputs);
  return refuse('missing', 'There is nothing to work on.', { next: 'Give `files` or `texts`.' });
}

async function resultOf(
  p: Parameters,
  pipeline: string,
  inputs: readonly Input[],
  value: unknown,
  context: StepContext,
): Promise<TaskResult<z.output<typeof outputs>>> {
  const read = written.safeParse(value);
  if (!read.success) return refuse('tool', `The pipeline ${pipeline} gave nothing that can be written as data.`);
  const result = inputs.map(({ name }, index) => ({ input: name, output: read.data.outputs[index] ?? null }));
  const lines = result.map((one) => JSON.stringify(one)).join('\n');
  const file = p.output === undefined ? join(context.stateDir, 'result.jsonl') : resolve(context.cwd, p.output);
  const kept = await writeText(file, `${lines}\n`, 'the results');
  if (!kept.ok) return kept;
  return ok({
    result: lines.length <= RESULT_CHARACTERS ? result : null,
    count: inputs.length,
    file,
    pipeline,
    version: read.data.version,
  });
}
