import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { sha256 } from '../core/hash.ts';
import type { JsonObject } from '../core/json.ts';
import { err, ok } from '../core/result.ts';
import { defineTask, text, type StepContext, type TaskResult } from '../core/task-type.ts';
import { writeText } from './shared/files.ts';
import { apiOf, credentials, type Api } from './shared/json-api.ts';
import { generate, listModels, pull, removeModel, sameName, versionOf, type Model } from './shared/ollama-api.ts';
import { concluded, lineLog, promptOutputs, promptParameters, questionOf, type Question } from './shared/prompt.ts';
import { refuse } from './shared/tool.ts';
import { milliseconds } from './shared/until.ts';

const parameters = z.strictObject({
  url: text('Address of the server. Default: `OLLAMA_HOST`, else this machine.').optional(),
  ...credentials,
  model: text(
    'The model: `qwen3:4b`. Default: `CODE_ENGINE_OLLAMA_MODEL`, else the only one that the server has.',
  ).optional(),
  pull: z
    .enum(['missing', 'always', 'never'])
    .meta({ description: 'When the model is fetched: where it is not there, always (a newer one may be), or never.' })
    .default('missing'),
  ...promptParameters,
  options: z
    .record(z.string(), z.json())
    .meta({ description: 'More options of the model: `num_ctx: 8192`.' })
    .default({}),
  keep_alive: text('How long the model stays loaded afterwards: `10m`, `0`. Default: as the server has it.').optional(),
});
type Parameters = z.output<typeof parameters>;

const outputs = z.strictObject({
  ...promptOutputs,
  digest: z.string().meta({ description: 'Digest of the model.' }),
  pulled: z.boolean().meta({ description: 'Whether the model had to be fetched.' }),
});

/** Ollama: a model on one's own machine, fetched, loaded, and asked for text or for data. */
export const ollama = defineTask({
  type: 'ollama',
  category: 'ai',
  systems: ['Ollama'],
  summary: 'Fetch a model, see that it loads, and ask it for text or for data by a schema.',
  docs: 'https://docs.ollama.com/api',
  licence: 'MIT',
  class: 'mixed',
  // Only the server counts, which may be another machine: doctor asks it itself.
  parameters,
  outputs,
  examples: [
    { title: 'Have a model ready', with: { model: 'qwen3:4b' } },
    {
      title: 'Sum up what changed, as data',
      with: {
        model: 'qwen3:4b',
        prompt: 'Sum up these release notes in one sentence, and say whether anything breaks.',
        files: ['CHANGELOG.md'],
        schema: {
          type: 'object',
          properties: { summary: { type: 'string' }, breaking: { type: 'boolean' } },
          required: ['summary', 'breaking'],
        },
      },
    },
  ],
  execution: { kind: 'steps', run },
  async preview(p, context) {
    const api = apiFor(p, context);
    const model = await chosen(p, api, context);
    if (!model.ok) return model;
    const fetchIt = p.pull === 'always' || (p.pull === 'missing' && model.value.there === undefined);
    const text = fetchIt ? `fetch ${model.value.name}` : `${model.value.name} is there`;
    return ok({
      summary: text,
      changes: { create: fetchIt ? 1 : 0, update: 0, replace: 0, destroy: 0 },
      text,
      digest: `sha256:${sha256(`${text} ${model.value.there?.digest ?? ''}`)}`,
    });
  },
  async rollback(p, outputs, context) {
    const name = await readFile(pulledFile(context), 'utf8').catch(() => undefined);
    if (name === undefined) {
      context.log('Nothing to undo: the model was there before.');
      return ok(undefined);
    }
    const removed = await removeModel(apiFor(p, context), name);
    if (!removed.ok) return removed;
    context.log(`${outputs.model ?? name}: removed`);
    await rm(pulledFile(context), { force: true });
    return ok(undefined);
  },
});

/** `OLLAMA_HOST` may be a host, a host with a port, or a whole address; `0.0.0.0` is what a server listens on. */
function addressOf(p: Pick<Parameters, 'url'>, env: Readonly<Record<string, string | undefined>>): string {
  if (p.url !== undefined) return p.url;
  const host = (env.OLLAMA_HOST ?? '').trim().replace('0.0.0.0', '127.0.0.1');
  if (host === '') return 'http://127.0.0.1:11434';
  if (/^https?:\/\//.test(host)) return host;
  return `http://${/:\d+$/.test(host) ? host : `${host}:11434`}`;
}

const apiFor = (p: Parameters, context: StepContext): Api =>
  apiOf('Ollama', { ...p, url: addressOf(p, context.env) }, context);

interface Chosen {
  readonly name: string;
  readonly there: Model | undefined;
}

async function chosen(p: Parameters, api: Api, context: StepContext): Promise<TaskResult<Chosen>> {
  const version = await versionOf(api);
  if (!version.ok) {
    const next = `Start it with \`ollama serve\`, or say where it is with \`url\` or OLLAMA_HOST.`;
    return err(version.failure.kind === 'unreachable' ? { ...version.failure, next } : version.failure);
  }
  const models = await listModels(api);
  if (!models.ok) return models;
  const set = context.env.CODE_ENGINE_OLLAMA_MODEL;
  const only = models.value.length === 1 ? models.value[0]?.name : undefined;
  const name = p.model ?? (set === '' ? undefined : set) ?? only;
  if (name !== undefined) return ok({ name, there: models.value.find((one) => sameName(one.name, name)) });
  const known =
    models.value.length === 0 ? 'It has none.' : `It has ${models.value.map((one) => one.name).join(', ')}.`;
  return refuse('missing', `Which model is meant? ${known}`, {
    next: 'Name it with `model`, or set CODE_ENGINE_OLLAMA_MODEL.',
  });
}

const pulledFile = (context: StepContext): string => join(context.stateDir, 'pulled');

async function run(p: Parameters, context: StepContext): Promise<TaskResult<z.output<typeof outputs>>> {
  const question = await questionOf(p, context);
  if (!question.ok) return question;
  const api = apiFor(p, context);
  const model = await ready(p, api, context);
  if (!model.ok) return model;
  const base = { model: model.value.name, digest: model.value.digest, pulled: model.value.pulled };
  const asked = await ask(p, question.value, model.value.name, api, context);
  if (!asked.ok) return asked;
  const answer = await concluded(p, question.value, asked.value, context);
  return answer.ok ? ok({ ...base, ...answer.value }) : answer;
}

/** The model is on the server, fetched where need be. */
async function ready(p: Parameters, api: Api, context: StepContext): Promise<TaskResult<Model & { pulled: boolean }>> {
  const model = await chosen(p, api, context);
  if (!model.ok) return model;
  const { name, there } = model.value;
  if (there !== undefined && p.pull !== 'always') return ok({ ...there, pulled: false });
  if (p.pull === 'never') {
    return refuse('missing', `The server does not have ${name}.`, { next: `Fetch it: ollama pull ${name}` });
  }
  if (there === undefined) {
    const noted = await writeText(pulledFile(context), name, 'that the model was fetched');
    if (!noted.ok) return noted;
  }
  const pulled = await pull(api, name, (line) => context.log(line));
  if (!pulled.ok) return pulled;
  const models = await listModels(api);
  if (!models.ok) return models;
  const now = models.value.find((one) => sameName(one.name, name));
  return now === undefined
    ? refuse('tool', `${name} was fetched, but the server does not list it.`, { next: 'Look into the log of Ollama.' })
    : ok({ ...now, pulled: now.digest !== there?.digest });
}

async function ask(
  p: Parameters,
  question: Question | undefined,
  model: string,
  api: Api,
  context: StepContext,
): ReturnType<typeof generate> {
  const timeoutMs = milliseconds(p.answer_timeout, 'answer_timeout');
  if (!timeoutMs.ok) return timeoutMs;
  const options = {
    temperature: p.temperature,
    ...(p.seed === undefined ? {} : { seed: p.seed }),
    ...(p.max_tokens === undefined ? {} : { num_predict: p.max_tokens }),
    ...p.options,
  };
  const body = {
    model,
    options,
    ...(p.keep_alive === undefined ? {} : { keep_alive: p.keep_alive }),
    ...(question === undefined ? {} : { prompt: question.prompt }),
    ...(question?.schema === undefined ? {} : { format: question.schema }),
    ...(p.system === undefined ? {} : { system: p.system }),
  } as JsonObject;
  const shown = lineLog((line) => context.log(line));
  const asked = await generate(api, body, timeoutMs.value, (piece) => shown.add(piece));
  shown.end();
  return asked;
}
