/**
 * Stand-ins for command lines that no package registry has: a small program that answers from a recording, and writes down what it was
 * asked. The recordings follow the published output of the versions that each test names; nothing was run to make them.
 */
import { chmod, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

export interface Recording {
  /** The first whose words all stand in the arguments answers. */
  readonly when: readonly string[];
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exitCode?: number;
  /** A file that the program writes. */
  readonly writes?: { readonly file: string; readonly text: string };
}

export interface Recorded {
  readonly program: string;
  /** The PATH with it in front. */
  readonly path: string;
  /** The arguments of every call, in order. */
  calls(): Promise<string[][]>;
}

export async function recorded(program: string, recordings: readonly Recording[]): Promise<Recorded> {
  const folder = await mkdtemp(join(tmpdir(), 'code-recorded-'));
  await mkdir(folder, { recursive: true });
  const log = join(folder, 'calls.jsonl');
  await writeFile(join(folder, 'recordings.json'), JSON.stringify(recordings));
  const source = `const { appendFileSync, readFileSync, writeFileSync } = require('node:fs');
const args = process.argv.slice(2);
appendFileSync(${JSON.stringify(log)}, JSON.stringify(args) + '\\n');
const all = JSON.parse(readFileSync(${JSON.stringify(join(folder, 'recordings.json'))}, 'utf8'));
const found = all.find(({ when }) => when.every((word) => args.includes(word)));
if (found === undefined) { console.error('nothing recorded for ' + args.join(' ')); process.exit(64); }
if (found.writes) writeFileSync(found.writes.file, found.writes.text);
process.stdout.write(found.stdout ?? '');
process.stderr.write(found.stderr ?? '');
process.exitCode = found.exitCode ?? 0;
`;
  await writeFile(join(folder, 'answer.cjs'), source);
  const start = `#!/bin/sh\nexec '${process.execPath}' '${join(folder, 'answer.cjs')}' "$@"\n`;
  await writeFile(join(folder, program), start);
  await chmod(join(folder, program), 0o755);
  return {
    program: join(folder, program),
    path: `${folder}${delimiter}${process.env.PATH ?? ''}`,
    calls: async () => {
      const text = await readFile(log, 'utf8').catch(() => '');
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as string[]);
    },
  };
}
