/** `code-engine init`: what CODE and Claude Code read about a workspace, from looking at it. Shown first, written when accepted. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { analyse, type Analysis } from '../../claude/analysis.ts';
import { initChanges, type FileChange } from '../../claude/init.ts';
import { failure, FailureError, must } from '../../core/failure.ts';
import { listFiles, readWorkspaceFile } from '../../planner/context/workspace.ts';
import { currentText, writeInside } from '../../planner/files.ts';
import { command, runAction } from '../command.ts';
import { EXIT, type CommandFunction, type Io } from '../io.ts';
import { fileDiff } from '../render/plan.ts';
import { paint } from '../render/style.ts';
import { reviewFiles } from '../review-files.ts';
import { findWorkspace } from '../workspace.ts';

interface Options {
  readonly yes?: true;
  readonly dryRun?: true;
  readonly settings?: true;
  readonly json?: true;
}

export const init: CommandFunction = (args, io) => {
  const made = command(
    'init',
    'Look at this workspace and write what CODE and Claude Code read about it: .claude/, CLAUDE.md, .mcp.json, .code/.',
    io,
  )
    .option('--yes', 'write without asking')
    .option('--dry-run', 'show what would be written, and write nothing')
    .option('--settings', 'also .claude/settings.json: Claude asks before a run, and reads no .env file')
    .option('--json', 'the changes as data; nothing is written without --yes');
  return runAction(made, args, io, (_none, options: Options) => initialise(options, io));
};

async function initialise(options: Options, io: Io): Promise<number> {
  const root = findWorkspace(io.cwd);
  const analysis = analyseWorkspace(root);
  const changes = initChanges(analysis, (file) => currentText(root, file), { settings: options.settings === true });
  const news = changes.filter((c) => c.action === 'create' || c.action === 'update');
  if (options.json === true) {
    if (options.yes === true && options.dryRun !== true) writeAll(root, news);
    io.out.write(`${JSON.stringify(answer(root, analysis, changes, options))}\n`);
    return EXIT.held;
  }
  for (const { path: file, why } of changes.filter((c) => c.action === 'kept'))
    io.err.write(`${paint(io, 'attention', 'kept')} ${file}: ${why ?? 'it is as somebody left it'}\n`);
  if (news.length === 0) {
    io.out.write('Everything is up to date.\n');
    return EXIT.held;
  }
  if (options.dryRun === true || options.yes === true || io.keyboard === undefined)
    for (const c of news) io.out.write(`${fileDiff(c.path, c.before, c.after, io)}\n`);
  if (options.dryRun === true) {
    io.out.write(`${news.length} files would be written. Nothing was.\n`);
    return EXIT.held;
  }
  const accepted = options.yes === true ? news : await ask(news, io);
  if (accepted === undefined) return EXIT.cancelled;
  writeAll(root, accepted);
  io.out.write(`Wrote ${accepted.length} of ${news.length} files.\n`);
  return EXIT.held;
}

/** Everything that code can say about a folder, denied files left out. */
export function analyseWorkspace(root: string): Analysis {
  const { files, truncated } = listFiles(root);
  const all = [...files, ...ownWorkflows(root)];
  return analyse(path.basename(root), all, (file) => readWorkspaceFile(root, file), truncated);
}

/** Files under `.code/` are no part of a workspace's listing; its workflows are worth a word. */
function ownWorkflows(root: string): string[] {
  try {
    return readdirSync(path.join(root, '.code', 'workflows'))
      .filter((name) => /\.ya?ml$/.test(name))
      .map((name) => `.code/workflows/${name}`);
  } catch {
    return []; // there is no such folder
  }
}

async function ask(news: readonly FileChange[], io: Io): Promise<FileChange[] | undefined> {
  if (io.keyboard === undefined)
    throw new FailureError(
      failure('usage', 'Nothing was written: there is no terminal to ask on.', {
        next: 'Use --yes to write every file, or --dry-run to only look.',
      }),
    );
  const files = news.map((c) => ({ path: c.path, text: c.after }));
  const accepted = await reviewFiles(files, (file) => news.find((c) => c.path === file)?.before, io);
  return accepted === undefined ? undefined : news.filter((c) => accepted.some((a) => a.path === c.path));
}

function writeAll(root: string, changes: readonly FileChange[]): void {
  for (const { path: file, after } of changes) must(writeInside(root, file, after));
}

/** The shape that others build on. */
function answer(root: string, a: Analysis, changes: readonly FileChange[], options: Options): object {
  const wrote = options.yes === true && options.dryRun !== true;
  return {
    workspace: root,
    files: changes.map((c) => ({
      path: c.path,
      action: c.action,
      ...(c.why === undefined ? {} : { why: c.why }),
      ...(c.action === 'create' || c.action === 'update' ? { text: c.after } : {}),
      ...(c.action === 'update' ? { before: c.before } : {}),
    })),
    written: wrote ? changes.filter((c) => c.action === 'create' || c.action === 'update').map((c) => c.path) : [],
    analysis: {
      name: a.name,
      languages: a.languages,
      frameworks: a.frameworks,
      tools: a.tools,
      stores: a.stores,
      parts: a.parts,
      entryPoints: a.entryPoints,
      commands: a.commands,
      deployment: a.deployment,
      conventions: a.conventions,
      platforms: a.platforms,
      truncated: a.truncated,
    },
  };
}
