/** What the relay asks of the window, the way back of `protocol.ts`: one question to a model of the editor. */
import { anything, checked, count, finite, shape, text, type Checked } from '../core/check.ts';
import type { Result } from '../core/result.ts';

export const MODEL_ASK = 'model/ask';

/** `schema` is the JSON schema that the answer should fit; the planner checks it again, whatever the model promised. */
const question = shape({ model: text, system: text, user: text, schema: anything, maxTokens: count });
const reply = shape({ text, inputTokens: finite, outputTokens: finite });

export type ModelQuestion = Checked<typeof question>;
export type ModelReply = Checked<typeof reply>;

export const readModelQuestion = (value: unknown): Result<ModelQuestion, string> => checked(value, question, MODEL_ASK);
export const readModelReply = (value: unknown): Result<ModelReply, string> => checked(value, reply, MODEL_ASK);
