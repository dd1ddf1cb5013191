/** How a tool answers: data as text and as structure, credentials taken out; a failure as words that a model can act on. */
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { FailureError } from '../../core/failure.ts';
import { redact } from '../../planner/context/pack.ts';

/** The most text that one answer carries, in characters. */
const MOST = 100_000;

/** Nothing that looks like a credential leaves in an answer, whoever put it where. */
export const clean = (text: string): string => redact(text).text;

/** Runs a tool's work: data becomes the answer, an expected failure an error with what to do next. */
export async function answering(work: () => Promise<object> | object): Promise<CallToolResult> {
  try {
    const structured = cleaned(await work()) as Record<string, unknown>;
    const text = JSON.stringify(structured, null, 1);
    return {
      content: [
        { type: 'text', text: text.length > MOST ? `${text.slice(0, MOST)}\n… (cut off; ask for less)` : text },
      ],
      structuredContent: structured,
    };
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    const { message, next } = error.failure;
    return { isError: true, content: [{ type: 'text', text: next === undefined ? message : `${message}\n${next}` }] };
  }
}

/** Every text in the value without credentials. */
function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return clean(value);
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, cleaned(inner)]));
  return value;
}
