/** What every model looks like to the planner: a request and a schema in, data and usage out. No provider can run anything. */
import type { JsonSchema } from '../../core/catalogue.ts';
import type { Result } from '../../core/result.ts';
import type { Usage } from '../plan.ts';

export interface ModelRequest {
  /** The same for every request of a version, so that it can be cached. */
  readonly system: string;
  readonly user: string;
  /** A flat schema of the common subset: objects with all keys required, enums, arrays of objects. */
  readonly schema: JsonSchema;
  readonly schemaName: string;
  readonly maxTokens: number;
}

export interface ModelAnswer {
  /** As parsed; it has not been checked against the schema by anyone that can be relied on. */
  readonly json: unknown;
  readonly text: string;
  readonly usage: Usage;
  /** What it cost, where the model's side says so. */
  readonly costUsd?: number;
}

export interface CompleteOptions {
  readonly signal: AbortSignal;
  /** Partial text as it streams in. */
  onText?(text: string): void;
  /** The exact bytes of each request, before they leave. */
  onRequest?(bytes: string): void;
}

export interface Provider {
  readonly id: 'claude' | 'claude-code' | 'ollama' | 'openai' | 'langchain' | 'transformers' | 'editor';
  readonly model: string;
  readonly capabilities: {
    readonly schema: boolean;
    readonly streaming: boolean;
    readonly local: boolean;
    /** Decodes by a grammar that keeps lengths, counts and patterns of a schema. */
    readonly bounds?: boolean;
  };
  /** Whether it can be used now, and if not, why and what to do. */
  health(signal: AbortSignal): Promise<Result<string>>;
  countTokens(text: string): number;
  /** The model's whole window in tokens, where it is known and may be small; known once `health` has said yes. */
  window?(): number | undefined;
  /** Fetches a model that is not there yet, where the provider can; a person must have asked for it. */
  obtain?(signal: AbortSignal, tell: (words: string) => void): Promise<Result<void>>;
  complete(request: ModelRequest, options: CompleteOptions): Promise<Result<ModelAnswer>>;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** US dollars per million tokens in and out, as the person states them (`CODE_ENGINE_MODEL_PRICE=3/15`). */
export function costOf(usage: Usage, environment: Environment): number | undefined {
  const price = /^(\d+(?:\.\d+)?)\/(\d+(?:\.\d+)?)$/.exec(environment['CODE_ENGINE_MODEL_PRICE'] ?? '');
  if (price === null) return undefined;
  return (usage.inputTokens * Number(price[1]) + usage.outputTokens * Number(price[2])) / 1_000_000;
}

/** Finds the JSON in an answer: the whole of it, or what stands in a code block or between the outermost braces. */
export function jsonIn(text: string): unknown {
  const candidates = [
    text,
    /```(?:json)?\s*([\s\S]*?)```/.exec(text)?.[1],
    text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1),
  ];
  for (const candidate of candidates) {
    if (candidate === undefined || candidate.trim() === '') continue;
    try {
      return JSON.parse(candidate) as unknown;
    } catch {
      continue;
    }
  }
  return undefined;
}
