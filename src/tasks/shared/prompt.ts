/** What the types that ask a language model have in common: the question, a form for the answer, and where the answer goes. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import * as z from 'zod';
import { writeText } from './files.ts';
import { failure, failureFrom } from '../../core/failure.ts';
import { parseJson, type Json, type JsonObject } from '../../core/json.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { duration, path, text, type TaskContext, type TaskFailure } from '../../core/task-type.ts';

/** The answer that outputs hold; all of it is in `output`, where that is given. */
const OUTPUT_CHARACTERS = 65_536;

export const promptParameters = {
  prompt: text('What to ask. Without it the task only sees to it that the model is there and loads.').optional(),
  prompt_file: path('file', 'A file with what to ask; comes before `prompt`.').optional(),
  files: z
    .array(path('file', 'A file.'))
    .meta({ description: 'Files whose text goes with the question, each under its name.' })
    .default([]),
  system: text('Instructions that stand above the question.').optional(),
  schema: z
    .union([z.record(z.string(), z.json()), path('file', 'A JSON Schema.')])
    .meta({ description: 'JSON Schema of the answer, or a file with one: the answer is then data, under `json`.' })
    .optional(),
  temperature: z.number().min(0).max(2).meta({ description: '0 for the most likely answer.' }).default(0),
  seed: z.int().meta({ description: 'Seed of chance, for answers that can be had again.' }).optional(),
  max_tokens: z.int().min(1).meta({ description: 'Longest answer, in tokens.' }).optional(),
  output: path('any', 'File that the answer is written to.').optional(),
  answer_timeout: duration('Longest time for one answer, loading the model included.').default('10m'),
};

export const promptOutputs = {
  response: z.string().meta({ description: 'The answer; its first 64 KiB.' }),
  json: z.unknown().meta({ description: 'The answer as data, where a `schema` was given.' }).optional(),
  model: z.string().meta({ description: 'The model that answered.' }),
  tokens: z
    .strictObject({ prompt: z.int(), response: z.int() })
    .meta({ description: 'Tokens read and written, as the server counts them.' }),
};

export interface PromptParameters {
  readonly prompt?: string | undefined;
  readonly prompt_file?: string | undefined;
  readonly files: readonly string[];
  readonly schema?: string | Readonly<Record<string, unknown>> | undefined;
  readonly output?: string | undefined;
}

export interface Question {
  readonly prompt: string;
  readonly schema: JsonObject | undefined;
}

/** @returns `undefined` where nothing is asked */
export async function questionOf(
  p: PromptParameters,
  context: TaskContext,
): Promise<Result<Question | undefined, TaskFailure>> {
  try {
    const read = (file: string): Promise<string> => readFile(resolve(context.cwd, file), 'utf8');
    const parts: string[] = [];
    if (p.prompt_file !== undefined) parts.push(await read(p.prompt_file));
    if (p.prompt !== undefined) parts.push(p.prompt);
    if (parts.length === 0) return ok(undefined);
    for (const file of p.files) parts.push(`${file}:\n\n${await read(file)}`);
    const given = typeof p.schema === 'string' ? parseJson(await read(p.schema)) : p.schema;
    const schema = z.record(z.string(), z.json()).optional().safeParse(given);
    if (!schema.success || (p.schema !== undefined && given === undefined)) {
      const message = `${typeof p.schema === 'string' ? p.schema : 'schema'} is no JSON Schema.`;
      return err({ ...failure('invalid', message, { next: 'A JSON Schema is a JSON object.' }), retriable: false });
    }
    return ok({ prompt: parts.join('\n\n'), schema: schema.data });
  } catch (error) {
    return err({ ...failureFrom(error, 'read what to ask'), retriable: false });
  }
}

interface Tokens {
  readonly prompt: number;
  readonly response: number;
}

interface Answer {
  readonly response: string;
  readonly json?: Json;
}

/** Keeps the answer, and reads it as data where that was wanted: small models do not always hold to a schema. */
async function answerOf(
  p: PromptParameters,
  question: Question,
  response: string,
  context: TaskContext,
): Promise<Result<Answer, TaskFailure>> {
  if (p.output !== undefined) {
    const text = response.endsWith('\n') ? response : `${response}\n`;
    const written = await writeText(resolve(context.cwd, p.output), text, 'the answer');
    if (!written.ok) return err({ ...written.failure, retriable: false });
  }
  const kept = response.slice(0, OUTPUT_CHARACTERS);
  if (question.schema === undefined) return ok({ response: kept });
  const json = parseJson(unfenced(response));
  const fault = json === undefined ? 'it is not JSON' : faultIn(json, question.schema);
  if (fault === undefined) return ok({ response: kept, json: json as Json }); // JSON.parse gives nothing else
  return err(
    failure('tool', `The model’s answer does not hold to the schema: ${fault}.`, {
      next: 'Try again, allow more tokens with `max_tokens`, or take a model that follows schemas.',
      detail: response.slice(0, 4096),
    }),
  );
}

/** The answer of a model that was asked, as outputs; what was cut is told. */
export async function concluded(
  p: PromptParameters,
  question: Question | undefined,
  asked: { readonly response: string; readonly reason: string; readonly tokens: Tokens },
  context: TaskContext,
): Promise<Result<Answer & { readonly tokens: Tokens }, TaskFailure>> {
  if (question === undefined) return ok({ response: '', tokens: asked.tokens });
  if (asked.reason === 'length') context.warn('The answer was cut: it came to the longest length that is allowed.');
  const answer = await answerOf(p, question, asked.response, context);
  return answer.ok ? ok({ ...answer.value, tokens: asked.tokens }) : answer;
}

/** Some models put their JSON between fences although they were asked for nothing else. */
const unfenced = (text: string): string => /^\s*```(?:json)?\s*\n([\s\S]*?)\n```\s*$/.exec(text)?.[1] ?? text;

function faultIn(json: unknown, schema: JsonObject): string | undefined {
  let checker: z.ZodType;
  try {
    checker = z.fromJSONSchema(schema);
  } catch {
    return undefined; // a schema beyond what can be checked here; the server took it
  }
  const checked = checker.safeParse(json);
  const issue = checked.error?.issues[0];
  return issue === undefined
    ? undefined
    : `${issue.path.length === 0 ? 'the whole' : issue.path.join('.')}: ${issue.message}`;
}

/** A longer line of an answer goes over several of the log: a person is to see it grow. */
const LOG_COLUMNS = 100;

/** Puts pieces of a stream together to lines for the log. */
export function lineLog(log: (line: string) => void): { add(text: string): void; end(): void } {
  let open = '';
  return {
    add(piece) {
      const lines = (open + piece).split('\n');
      open = lines.pop() ?? '';
      for (const line of lines) log(line);
      const blank = open.length > LOG_COLUMNS ? open.lastIndexOf(' ') : -1;
      if (blank <= 0) return;
      log(open.slice(0, blank));
      open = open.slice(blank + 1);
    },
    end() {
      if (open !== '') log(open);
      open = '';
    },
  };
}
