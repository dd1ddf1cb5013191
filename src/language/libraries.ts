/** The libraries that reading a text may need, handed in: a text that needs none never waits for one to load. */
import { hasExpression } from '../core/template.ts';
import type { Block } from './block.ts';
import { divide } from './divide.ts';
import { quickTreeOf } from './quick-tree.ts';
import type { ExpressionLibrary } from './uses.ts';
import type * as YamlTree from './yaml-tree.ts';

export interface Libraries {
  /** Undefined only for a text without expressions. */
  readonly expressions: ExpressionLibrary | undefined;
  /** Undefined only for a text that is plain all through, and is not edited. */
  readonly yaml: typeof YamlTree | undefined;
}

/** Characters of a text that is looked through twice rather than load the full parser for nothing. */
const LOOKED_THROUGH = 50_000;

/** Loads what a text that is read once needs. */
export async function librariesFor(text: string): Promise<Libraries> {
  const expresses = hasExpression(text) || /\b(?:when|if)["']?\s*:/.test(text);
  const plain = text.length < LOOKED_THROUGH && isPlain(text);
  const [expressions, yaml] = await Promise.all([
    expresses ? import('../core/expressions.ts') : undefined,
    plain ? undefined : import('./yaml-tree.ts'),
  ]);
  return { expressions, yaml };
}

/** No block of it needs the full parser. */
const isPlain = (text: string): boolean =>
  divide(text).every((block) => !isParsed(block) || quickTreeOf(block) !== undefined);

const isParsed = ({ kind }: Block): boolean => kind !== 'prelude' && kind !== 'rest';
