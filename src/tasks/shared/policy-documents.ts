/** Which files a policy is asked about, and what is in them: every document of every YAML or JSON file. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { glob } from 'tinyglobby';
import { parseAllDocuments } from 'yaml';
import { failure, failureFrom } from '../../core/failure.ts';
import { err, ok, type Result } from '../../core/result.ts';

export interface PolicyDocument {
  readonly file: string;
  readonly content: unknown;
}

const IGNORED = ['**/node_modules/**', '**/.git/**'];

/**
 * @param wanted files, folders (their YAML and JSON) and globs, relative to `cwd`
 * @returns files relative to `cwd`, sorted
 */
export async function filesFor(wanted: readonly string[], cwd: string): Promise<string[]> {
  const found = await Promise.all(
    wanted.map(async (one) => {
      const folder = await stat(join(cwd, one)).then(
        (s) => s.isDirectory(),
        () => false,
      );
      const options = { dot: true, expandDirectories: false, ignore: IGNORED };
      if (!folder) return glob(one, { cwd, ...options });
      const inside = await glob('**/*.{yaml,yml,json}', { cwd: join(cwd, one), ...options });
      return inside.map((file) => join(one, file));
    }),
  );
  return [...new Set(found.flat())].sort();
}

export async function documentsOf(files: readonly string[], cwd: string): Promise<Result<PolicyDocument[]>> {
  const documents: PolicyDocument[] = [];
  for (const file of files) {
    try {
      // The alias limit keeps an alias bomb from filling the memory.
      for (const document of parseAllDocuments(await readFile(join(cwd, file), 'utf8'))) {
        const [wrong] = document.errors;
        if (wrong !== undefined)
          return err(failure('invalid', `${file} cannot be read: ${wrong.message.split('\n')[0] ?? ''}`));
        const content: unknown = document.toJS({ maxAliasCount: 1000 });
        if (content !== null && content !== undefined) documents.push({ file, content });
      }
    } catch (error) {
      return err(failureFrom(error, `read ${file}`));
    }
  }
  return ok(documents);
}
