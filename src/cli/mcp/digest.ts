/** One hash of all files of a plan: what was shown is what is written. */
import { sha256 } from '../../core/hash.ts';
import { canonical } from '../../core/json.ts';
import type { PlannedFile } from '../../planner/plan.ts';

export const digestOf = (files: readonly PlannedFile[]): string =>
  sha256(canonical(files.map(({ path, text }) => ({ path, text }))));
