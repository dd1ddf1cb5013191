/** The weights of a small language model, as the test bed has them. */
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Context } from 'mocha';

const folder = join(process.env.CODE_TESTBED ?? join(homedir(), '.cache', 'code-testbed'), 'models');

/** The path of a GGUF file; undefined where there is none. */
export function weightsAt(): string | undefined {
  const own = process.env.CODE_TEST_GGUF;
  if (own !== undefined) return own;
  const all = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [];
  const found = all.find((one) => /smollm.*\.gguf$/i.test(one));
  return found === undefined ? undefined : join(folder, found);
}

export function needWeights(test: Context): void {
  if (weightsAt() !== undefined) return;
  console.log('    skipped: no weights of a model (npm run test:all sets up the test bed)');
  test.skip();
}
