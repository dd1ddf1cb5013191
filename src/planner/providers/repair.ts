/** Mending a model's answer: what was wrong, and of which component, so that only that one goes back. */
import type { z } from 'zod';
import { err, ok, type Result } from '../../core/result.ts';
import type { ModelAnswer } from './provider.ts';
import { selectionSchema, type Selection } from './selection.ts';

/** What is wrong with an answer. */
export interface Fault {
  readonly message: string;
  /** The component that it is about, by its place; nothing where it is about the whole. */
  readonly component?: number;
  /** Nothing is wrong with it but that something of the description is missing. */
  readonly leftOut?: boolean;
  /** What was chosen, where it could be read at all. */
  readonly selection?: unknown;
}

/** @param known ids that may be chosen */
export function readSelection(answer: ModelAnswer, known: ReadonlySet<string>): Result<Selection, Fault> {
  const { json } = answer;
  if (json === undefined) return err({ message: 'it was no JSON' });
  const read = selectionSchema.safeParse(json);
  if (!read.success) return err(schemaFault(read.error.issues[0], json));
  const foreign = read.data.components.findIndex((c) => !known.has(c.id));
  if (foreign >= 0)
    return err({
      message: `there is no component ${(read.data.components[foreign]?.id ?? '').slice(0, 60)}`,
      component: foreign,
      selection: json,
    });
  if (read.data.target !== 'clarify' && read.data.components.length === 0 && read.data.files.length === 0)
    return err({ message: 'no component was chosen and no file written' });
  if (read.data.target === 'clarify' && read.data.questions.length === 0)
    return err({ message: 'clarify needs a question' });
  return ok(read.data);
}

/** An earlier answer goes back up to here, in characters. */
const LONGEST_ANSWER = 60_000;

function schemaFault(issue: z.core.$ZodIssue | undefined, selection: unknown): Fault {
  const path = issue?.path ?? [];
  const message = `${path.join('.')}: ${issue?.message ?? 'it does not fit the schema'}`;
  const [list, place] = path;
  return list === 'components' && typeof place === 'number' ? { message, component: place, selection } : { message };
}

/** The words that go back to the model: the fault, and the one component that is to be chosen again. */
export function faultText({ message, component, selection, leftOut }: Fault): string {
  const chosen = component === undefined ? undefined : componentAt(selection, component);
  if (chosen === undefined) {
    const before = selection === undefined ? '' : ` It was ${JSON.stringify(selection).slice(0, LONGEST_ANSWER)}.`;
    return leftOut === true
      ? `Your last answer was sound, but ${message}.${before} Answer again, whole.`
      : `Your last answer was not usable: ${message}.${before} Answer again.`;
  }
  return `One component of your last answer was not usable: ${message}. It was ${JSON.stringify(chosen).slice(0, 500)}. Answer with this one component mended, and no other; the rest is kept.`;
}

function componentAt(selection: unknown, place: number): unknown {
  const components = (selection as { components?: unknown } | undefined)?.components;
  return Array.isArray(components) ? (components as unknown[])[place] : undefined;
}

/** The earlier answer with its failing component replaced by the mended one. */
export function mended(fault: Fault | undefined, answer: ModelAnswer): ModelAnswer {
  if (fault?.component === undefined || fault.selection === undefined) return answer;
  const fresh = componentAt(answer.json, 0);
  const count = (answer.json as { components?: unknown[] } | undefined)?.components?.length;
  if (fresh === undefined || count !== 1) return answer;
  const before = fault.selection as { components: unknown[] };
  return {
    ...answer,
    json: { ...before, components: before.components.map((c, i) => (i === fault.component ? fresh : c)) },
  };
}
