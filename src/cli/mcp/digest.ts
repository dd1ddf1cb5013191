/** One hash of all files of a plan: what was shown is what is written. */
import { createHash } from 'node:crypto';
import { canonical } from '../../core/json.ts';
import type { PlannedFile } from '../../planner/plan.ts';

export const digestOf = (files: readonly PlannedFile[]): string =>
  createHash('sha256')
    .update(canonical(files.map(({ path, text }) => ({ path, text }))))
    .digest('hex');
