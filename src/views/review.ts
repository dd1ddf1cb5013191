/** What the page that reviews a plan (a webview) and the extension say to each other. Both check what they get. */
import {
  checked,
  count,
  discriminatedUnion,
  finite,
  flag,
  listOf,
  oneOf,
  optional,
  shape,
  text,
  type Checked,
} from '../core/check.ts';
import type { Result } from '../core/result.ts';
import { planWords } from '../run/answers.ts';

const file = shape({ path: text, origin: text, isNew: flag, same: flag, added: count, removed: count });

const reviewed = shape({ ...planWords, files: listOf(file), tokens: optional(finite) });
/** A plan without the texts of its files: those are for the editor's own difference. */
export type ReviewedPlan = Checked<typeof reviewed>;

/** From the extension to the page. */
const TO_PAGE = {
  /** A description is being planned; how far it has come, and which components are chosen by now. */
  planning: { description: text, phase: text, components: listOf(text) },
  plan: { description: text, plan: reviewed, now: finite },
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

const toPage = discriminatedUnion('type', TO_PAGE);
const toExtension = discriminatedUnion('type', TO_EXTENSION);

export type ToReview = Checked<typeof toPage>;
export type FromReview = Checked<typeof toExtension>;

export const readToReview = (value: unknown): Result<ToReview, string> => checked(value, toPage, 'message');
export const readFromReview = (value: unknown): Result<FromReview, string> => checked(value, toExtension, 'message');

/** The description with what a person changed in what was assumed: it is asked anew as one text, which they see. */
export function amended(description: string, changes: readonly string[]): string {
  const said = changes.map((change) => change.trim()).filter((change) => change !== '');
  const sentence = description.trim().replace(/[.;]+$/, '');
  return said.length === 0
    ? description.trim()
    : `${[sentence, ...said.map((text) => text.replace(/[.;]+$/, ''))].join('. ')}.`;
}
