import * as z from 'zod';
import { ok } from '../core/result.ts';
import type { JsonObject } from '../core/json.ts';
import { defineTask, text, type StepContext, type TaskResult } from '../core/task-type.ts';
import { apiOf, credentials, type Api } from './shared/json-api.ts';
import { complete, installModel, listModels } from './shared/openai-api.ts';
import { concluded, lineLog, promptOutputs, promptParameters, questionOf, type Question } from './shared/prompt.ts';
import { refuse } from './shared/tool.ts';
import { milliseconds } from './shared/until.ts';

const parameters = z.strictObject({
  url: text(
    'Address of the API, with its version. Default: `OPENAI_BASE_URL` or `LOCALAI_BASE_URL`, else this machine.',
  ).optional(),
  ...credentials,
  model: text('The model. Default: `CODE_ENGINE_OPENAI_MODEL`, else the only one that the server has.').optional(),
  install: text('A model of LocalAI’s gallery to install where `model` is not there: `localai@qwen3-4b`.').optional(),
  ...promptParameters,
  options: z
    .record(z.string(), z.json())
    .meta({ description: 'More fields of the request: `top_p: 0.9`.' })
    .default({}),
});
type Parameters = z.output<typeof parameters>;

const outputs = z.strictObject(promptOutputs);

/** LocalAI and all servers that speak the same API: llama.cpp, vLLM, LM Studio, Ollama. */
export const localai = defineTask({
  type: 'localai',
  aliases: ['openai-compatible'],
  category: 'ai',
  systems: ['LocalAI'],
  summary: 'Ask a model over the API that OpenAI published, for text or for data by a schema.',
  docs: 'https://localai.io/docs/getting-started/',
  licence: 'MIT',
  class: 'io',
  parameters,
  outputs,
  examples: [
    { title: 'See that the model is there', with: { model: 'qwen3-4b' } },
    {
      title: 'Judge a log, as data',
      with: {
        model: 'qwen3-4b',
        prompt: 'Does this log show a failed start? Give the reason in one sentence.',
        files: ['smoke.log'],
        schema: {
          type: 'object',
          properties: { failed: { type: 'boolean' }, reason: { type: 'string' } },
          required: ['failed', 'reason'],
        },
      },
    },
  ],
  execution: { kind: 'steps', run },
});

const addressOf = (p: Parameters, context: StepContext): string =>
  p.url ?? context.env.OPENAI_BASE_URL ?? context.env.LOCALAI_BASE_URL ?? 'http://localhost:8080/v1';

/** A key from the environment goes where the address came from the environment too: never to another server. */
function apiFor(p: Parameters, context: StepContext): Api {
  const key = p.url === undefined ? context.env.OPENAI_API_KEY : undefined;
  const bearer = p.bearer ?? (key === '' ? undefined : key);
  return apiOf('the server', { ...p, bearer, url: addressOf(p, context) }, context);
}

async function run(p: Parameters, context: StepContext): Promise<TaskResult<z.output<typeof outputs>>> {
  const question = await questionOf(p, context);
  if (!question.ok) return question;
  const api = apiFor(p, context);
  const model = await ready(p, api, context);
  if (!model.ok) return model;
  if (question.value === undefined) {
    context.log(`${model.value} is there`);
    return ok({ response: '', model: model.value, tokens: { prompt: 0, response: 0 } });
  }
  const asked = await ask(p, question.value, model.value, api, context);
  if (!asked.ok) return asked;
  const answer = await concluded(p, question.value, asked.value, context);
  return answer.ok ? ok({ ...answer.value, model: model.value }) : answer;
}

async function ready(p: Parameters, api: Api, context: StepContext): Promise<TaskResult<string>> {
  const listed = await listModels(api);
  if (!listed.ok) {
    const next = 'Start the server, or say where it is with `url` or OPENAI_BASE_URL.';
    return { ok: false, failure: listed.failure.kind === 'unreachable' ? { ...listed.failure, next } : listed.failure };
  }
  const known = listed.value;
  const wanted = p.model ?? context.env.CODE_ENGINE_OPENAI_MODEL ?? (known.length === 1 ? known[0] : undefined);
  const among = known.length === 0 ? 'It has none.' : `It has ${known.slice(0, 10).join(', ')}.`;
  if (wanted === undefined)
    return refuse('missing', `Which model is meant? ${among}`, { next: 'Name it with `model`.' });
  if (known.includes(wanted)) return ok(wanted);
  if (p.install === undefined) {
    const next = 'Correct `model`, or have LocalAI fetch it with `install`.';
    return refuse('missing', `The server has no model ${wanted}. ${among}`, { next });
  }
  const installed = await installModel(api, p.install, context);
  return installed.ok ? ok(wanted) : installed;
}

async function ask(
  p: Parameters,
  question: Question,
  model: string,
  api: Api,
  context: StepContext,
): ReturnType<typeof complete> {
  const timeoutMs = milliseconds(p.answer_timeout, 'answer_timeout');
  if (!timeoutMs.ok) return timeoutMs;
  const { schema } = question;
  const body = {
    model,
    messages: [
      ...(p.system === undefined ? [] : [{ role: 'system', content: p.system }]),
      { role: 'user', content: question.prompt },
    ],
    temperature: p.temperature,
    ...(p.seed === undefined ? {} : { seed: p.seed }),
    ...(p.max_tokens === undefined ? {} : { max_tokens: p.max_tokens }),
    ...(schema === undefined
      ? {}
      : { response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema } } }),
    ...p.options,
  } as JsonObject;
  const shown = lineLog((line) => context.log(line));
  const asked = await complete(api, body, timeoutMs.value, (piece) => shown.add(piece));
  shown.end();
  return asked;
}
