import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { glob } from 'tinyglobby';
import { secretsIn } from '../core/secret-shapes.ts';
import { defineTask, path, run, text, type StepContext } from '../core/task-type.ts';
import { sarifOf, type Finding } from './shared/sarif.ts';
import { concluded, scanOutputs, scanParameters } from './shared/scan.ts';

/** Larger ones are data or programs: what a person writes a password into is small. */
const MOST_BYTES = 1_048_576;
const BATCH = 64;
const NEVER = ['**/node_modules/**', '**/.git/**', '**/.code/{runs,cache,state}/**', '**/*.{lock,sum,map,svg,min.js}'];

const parameters = z.strictObject({
  path: path('folder', 'Folder to look through.').default('.'),
  skip: z.array(text('A pattern.')).meta({ description: 'Files and folders to leave out; globs.' }).default([]),
  ...scanParameters,
});

/** Credentials written into files, found by their shape without any program. A line that says `secret-ok` is one that somebody has looked at. */
export const secrets = defineTask({
  type: 'secrets',
  category: 'security',
  systems: [],
  summary: 'Look for credentials that were written into files, by their shape; needs no tool.',
  licence: 'Apache-2.0',
  class: 'cpu',
  parameters,
  outputs: z.strictObject(scanOutputs),
  examples: [
    { title: 'Look through the whole workspace', with: {} },
    { title: 'Without what the tests make up', with: { skip: ['test/**'] } },
  ],
  execution: {
    kind: 'steps',
    async run(p, context) {
      const folder = join(context.cwd, p.path);
      const files = await filesIn(folder, p.skip, context);
      const findings: Finding[] = [];
      for (let at = 0; at < files.length; at += BATCH) {
        const found = await Promise.all(files.slice(at, at + BATCH).map((file) => inFile(folder, file)));
        findings.push(...found.flat().map((one) => ({ ...one, file: join(p.path, one.file ?? '') })));
        if (context.signal.aborted) break;
      }
      context.log(`${files.length} files looked through`);
      return concluded(sarifOf('secrets', findings), p, 'secrets', context);
    },
  },
});

/** What Git knows or would add, since what it ignores goes nowhere; every file where there is no Git. */
async function filesIn(folder: string, skip: readonly string[], context: StepContext): Promise<string[]> {
  const ignore = [...NEVER, ...skip];
  const all = await glob('**/*', {
    cwd: folder,
    dot: true,
    expandDirectories: false,
    ignore,
    followSymbolicLinks: false,
  });
  const git = await context.which('git');
  if (git === undefined) return all.sort();
  const listed = await context.exec(
    run(git, ['-C', folder, 'ls-files', '-z', '--cached', '--others', '--exclude-standard']),
    { capture: true },
  );
  if (listed.exitCode !== 0) return all.sort(); // no repository
  const known = new Set(listed.stdout.split('\0'));
  return all.filter((file) => known.has(file)).sort();
}

async function inFile(folder: string, file: string): Promise<Finding[]> {
  let bytes: Buffer;
  try {
    bytes = await readFile(join(folder, file));
  } catch {
    return []; // gone meanwhile, or not ours to read
  }
  if (bytes.length > MOST_BYTES || bytes.subarray(0, 8000).includes(0)) return [];
  const lines = bytes.toString('utf8').split('\n');
  return lines.flatMap((line, at) =>
    line.includes('secret-ok')
      ? []
      : secretsIn(line).map(({ kind, start, length, sure }) => ({
          rule: kind.toLowerCase().replaceAll(' ', '-'),
          severity: sure ? ('high' as const) : ('medium' as const),
          // Never the value itself, nor a part of it.
          message: `This looks like ${/^(?:[aeiou]|npm)/i.test(kind) ? 'an' : 'a'} ${kind}`,
          file,
          line: at + 1,
          columns: [start + 1, start + length + 1] as const,
          explanation: MEND,
          secret: true,
        })),
  );
}

const MEND =
  'Whoever can read the repository, now or in its history, can use it. Revoke it where it was issued, make a new one, and keep that ' +
  'outside of files: in a workflow as ${{ secrets.NAME }}, with its value in the environment, a secrets file or the keychain. ' +
  'Where it is no credential, write secret-ok into a comment on the line.';
