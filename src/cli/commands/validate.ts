/** `code-engine validate`: what is wrong with workflow files, word by word. */
import { statSync } from 'node:fs';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { librariesFor } from '../../language/libraries.ts';
import { hasErrors, type Target } from '../../language/read.ts';
import { WorkflowDocument } from '../../language/document.ts';
import { host } from '../../platform/host.ts';
import { FirstLook, fullFiles } from '../lazy-files.ts';
import { catalogue } from '../../tasks/catalogue.ts';
import { command, fail, runAction, withExamples } from '../command.ts';
import { EXIT, type CommandFunction, type Io } from '../io.ts';
import { decode, readWorkflowText } from '../read-file.ts';
import type { Checked } from '../render/checked.ts';
import { rootOf } from '../workspace.ts';

interface Options {
  readonly json?: true;
  readonly quiet?: true;
}

export const validate: CommandFunction = (args, io) => {
  const made = command('validate', 'Check workflow files; the exit code is 2 where there is an error.', io)
    .argument('<files...>', 'workflow files, or folders that hold some; - is standard input')
    .option('--json', 'diagnostics as data')
    .option('--quiet', 'errors only, and nothing where there is none');
  withExamples(made, [
    ['validate deploy.code.yaml', ''],
    ['validate .', 'every workflow in this folder, and below it'],
    ['types kubernetes', 'what stands under `with` of a type'],
  ]);
  return runAction(made, args, io, (files, options: Options) => validateFiles(files, options, io));
};

async function validateFiles(files: readonly string[], options: Options, io: Io): Promise<number> {
  let code: number = EXIT.held;
  const checked: Checked[] = [];
  for (const file of await withoutFolders(files, io)) {
    const one = await check(file, io);
    if (one === undefined) code = EXIT.usage;
    else checked.push(one);
  }
  if (checked.some(({ diagnostics }) => hasErrors(diagnostics))) code = EXIT.usage;
  if (options.json === true) io.out.write(`${JSON.stringify({ files: checked.map(toJson) })}\n`);
  else if (options.quiet !== true || code !== EXIT.held) {
    const { printChecked } = await import('../render/checked.ts');
    for (const one of checked) printChecked(one, options, io);
  }
  await io.out.drained();
  return code;
}

/** In a folder's place, every workflow below it; a folder that holds none stays, and is told when it is read. */
async function withoutFolders(names: readonly string[], io: Io): Promise<readonly string[]> {
  const files: string[] = [];
  for (const name of names) {
    if (name === '-' || !isDirectory(path.resolve(io.cwd, name))) files.push(name);
    else {
      const { workflowsBelow } = await import('../nearby.ts');
      const below = await workflowsBelow(name, io.cwd);
      files.push(...(below.length === 0 ? [name] : below));
    }
  }
  return files;
}

function isDirectory(file: string): boolean {
  try {
    return statSync(file).isDirectory();
  } catch {
    return false; // told when it is read
  }
}

async function check(name: string, io: Io): Promise<Checked | undefined> {
  const file = name === '-' ? path.join(io.cwd, 'standard-input.code.yaml') : path.resolve(io.cwd, name);
  const read =
    name === '-' ? { ok: true as const, value: decode(await buffer(io.stdin)) } : await readWorkflowText(file, io.cwd);
  if (!read.ok) {
    fail(io, read.failure);
    return undefined;
  }
  const text = read.value;
  const root = rootOf(file);
  const quick = new FirstLook(root);
  const document = new WorkflowDocument(
    text,
    { path: file, root, catalogue, files: quick, target: await target() },
    await librariesFor(text),
  );
  const first = document.diagnostics;
  // Only what asked for files is read again: less than to wait for the glob library every time.
  if (quick.askedForMore) document.refresh({ files: await fullFiles(root) });
  const diagnostics = quick.askedForMore ? document.diagnostics : first;
  const { assembly } = document;
  return { file: name, text, diagnostics, tasks: assembly.tasks.length, stages: assembly.stages.length };
}

/** This machine; only inside WSL is there more to find out. */
async function target(): Promise<Target> {
  const { os, wsl } = host();
  return wsl === undefined ? { os } : (await import('../this-target.ts')).thisTarget();
}

const toJson = ({ file, diagnostics }: Checked): object => ({
  file,
  diagnostics: diagnostics.map(({ code, severity, message, range, fixes }) => ({
    code,
    severity,
    message,
    range,
    fixes: fixes.map(({ title }) => ({ title })),
  })),
});
