/** What the page that reviews a plan (a webview) and the extension say to each other. Both check what they get. */
import {
  byType,
  checked,
  count,
  finite,
  flag,
  listOf,
  oneOf,
  optional,
  shape,
  text,
  type Check,
  type Shaped,
} from '../core/check.ts';
import type { Result } from '../core/result.ts';
import { planWords } from '../run/answers.ts';

const file = shape({ path: text, origin: text, isNew: flag, same: flag, added: count, removed: count });

const reviewed = shape({ ...planWords, files: listOf(file), tokens: optional(finite) });
/** A plan without the texts of its files: those are for the editor's own difference. */
export type ReviewedPlan = NonNullable<(typeof reviewed)['is']>;

/** From the extension to the page. */
const TO_PAGE = {
  /** A description is being planned; how far it has come, and which components are chosen by now. */
  planning: { description: text, phase: text, components: listOf(text) },
  plan: { description: text, plan: reviewed as Check<ReviewedPlan>, now: finite },
  /** There is no plan, and why. */
  failed: { description: text, message: text, next: optional(text) },
} as const;

/** From the page to the extension. */
const TO_EXTENSION = {
  ready: {},
  /** Plan this instead. */
  ask: { description: text },
  stop: {},
  /** Shows a file's difference, or all of them. */
  difference: { path: optional(text) },
  /** Writes these files; `then` runs the workflow. */
  accept: { paths: listOf(text), then: oneOf('open', 'preview', 'run') },
  refuse: {},
  provider: {},
} as const;

type Members<M extends Readonly<Record<string, Readonly<Record<string, Check<unknown>>>>>> = {
  [K in keyof M & string]: { readonly type: K } & Shaped<M[K]>;
}[keyof M & string];
export type ToReview = Members<typeof TO_PAGE>;
export type FromReview = Members<typeof TO_EXTENSION>;

const toPage = byType(TO_PAGE);
const toExtension = byType(TO_EXTENSION);
export const readToReview = (value: unknown): Result<ToReview, string> =>
  checked(value, toPage as Check<ToReview>, 'message');
export const readFromReview = (value: unknown): Result<FromReview, string> =>
  checked(value, toExtension as Check<FromReview>, 'message');

/** The description with what a person changed in what was assumed: it is asked anew as one text, which they see. */
export function amended(description: string, changes: readonly string[]): string {
  const said = changes.map((change) => change.trim()).filter((change) => change !== '');
  const sentence = description.trim().replace(/[.;]+$/, '');
  return said.length === 0
    ? description.trim()
    : `${[sentence, ...said.map((text) => text.replace(/[.;]+$/, ''))].join('. ')}.`;
}
