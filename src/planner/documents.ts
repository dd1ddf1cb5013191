/** YAML by somebody else, a person's description or a model's file, as values: whatever it is, reading it ends, and in words. */
import { parseAllDocuments } from 'yaml';
import { err, ok, type Result } from '../core/result.ts';
import { tooDeep } from '../language/yaml-tree.ts';

/** @returns what each document that is not empty holds; else the first fault, in one line */
export function readDocuments(text: string, version: '1.1' | '1.2' = '1.1'): Result<unknown[], string> {
  // The parser calls itself for each level, and near the end of the stack the process dies instead of throwing.
  if (tooDeep(text) !== undefined) return err('is nested too deeply');
  try {
    const parsed = parseAllDocuments(text, { version, logLevel: 'silent' });
    const documents = 'empty' in parsed ? [] : parsed;
    const [broken] = documents.flatMap(({ errors }) => errors);
    if (broken !== undefined) return err(firstLine(broken));
    const values = documents.map((document): unknown => document.toJS({ maxAliasCount: 100 }));
    if (!isTree(values)) return err('refers to itself');
    return ok(values.filter((value) => value !== null && value !== undefined));
  } catch (error) {
    return err(firstLine(error)); // too many aliases
  }
}

/** An alias of what it stands in makes a ring, in which whoever looks at everything never ends. */
function isTree(value: unknown): boolean {
  try {
    JSON.stringify(value);
    return true;
  } catch {
    return false;
  }
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? 'is no YAML';
