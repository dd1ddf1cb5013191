/**
 * Opens places that tools print, on the side where this window is: a path of a distribution in a window of Windows, a path of Windows in
 * one of a distribution. The conversion is the engine's (`code-engine path`, by the mounts that really are); none is guessed here.
 */
import type * as vscodeApi from 'vscode';
import { failure } from '../core/failure.ts';
import { isObject } from '../core/json.ts';
import { looksLikeWindowsPath } from '../core/paths.ts';
import { err, ok, type Result } from '../core/result.ts';
import { host } from '../platform/host.ts';
import { placesIn, type Place } from '../views/log/places.ts';
import { askCli } from './engine/ask-cli.ts';
import { namedDistro, program } from './engine/cli.ts';
import { showFailure, type App, type VsCode } from './host.ts';
import { OPEN_PLACE } from './ids.ts';

type Os = ReturnType<typeof host>['os'];
type Window = Pick<App, 'vscode' | 'context' | 'log'>;
type Spot = Pick<Place, 'path' | 'line' | 'column'>;

/** The same file's path on this side. */
async function onThisSide({ vscode, context }: Window, path: string, os: Os): Promise<Result<string>> {
  const windows = os === 'windows';
  const foreign = windows ? path.startsWith('/') && !path.startsWith('//') : looksLikeWindowsPath(path);
  if (!foreign) return ok(path);
  const cli = program(vscode, context);
  const distro = windows ? namedDistro(cli) : undefined;
  const args = ['path', '--to', windows ? 'windows' : 'wsl', '--json'];
  const answer = await askCli(cli, [...args, ...(distro === undefined ? [] : ['--distro', distro]), path]);
  if (!answer.ok) return answer;
  const { path: here, error } = isObject(answer.value) ? answer.value : {};
  if (typeof here === 'string') return ok(here);
  return err(failure('missing', isObject(error) && typeof error['message'] === 'string' ? error['message'] : path));
}

/**
 * Opens the file at the place, or says why it cannot be.
 * @param roots folders that a relative path may start from, the likeliest first
 * @param os where this window is
 */
export async function openPlace(
  app: Window,
  { path, line, column }: Spot,
  roots: readonly string[],
  os: Os = host().os,
): Promise<void> {
  const { vscode } = app;
  const here = await onThisSide(app, path, os);
  if (!here.ok) return showFailure(app, here.failure);
  const isAbsolute = here.value.startsWith('/') || looksLikeWindowsPath(here.value);
  const uri = isAbsolute ? vscode.Uri.file(here.value) : await findRelative(vscode, here.value, roots);
  const at = new vscode.Position(line - 1, column - 1);
  try {
    if (!uri) throw new Error(path);
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { selection: new vscode.Range(at, at) });
  } catch {
    await showFailure(app, failure('missing', vscode.l10n.t('{0} is not there, or no text.', here.value)));
  }
}

/** Tools say paths from wherever they work: from the roots on, then the one nearest to the top that ends so. */
async function findRelative(
  vscode: VsCode,
  path: string,
  roots: readonly string[],
): Promise<vscodeApi.Uri | undefined> {
  for (const root of roots) {
    const uri = vscode.Uri.joinPath(vscode.Uri.file(root), path);
    const there = await Promise.resolve(vscode.workspace.fs.stat(uri)).catch(() => undefined);
    if (there) return uri;
  }
  const tail = path.replaceAll('\\', '/').replace(/^(?:\.{1,2}\/)+/, '');
  const found = await vscode.workspace.findFiles(`**/${tail}`, '**/{node_modules,.git,.code}/**', 20);
  return [...found].sort((a, b) => a.path.length - b.path.length)[0];
}

/** Where the tasks of a run may be at work: the workflow's folder, the workspace's. */
export const rootsOf = (vscode: VsCode, file: string, workspace: string): readonly string[] => [
  vscode.Uri.joinPath(vscode.Uri.file(file), '..').fsPath,
  workspace,
];

/** Links in the log as text; the editor's own keys and gestures open them. */
export function logLinks({ vscode }: App, document: vscodeApi.TextDocument): vscodeApi.DocumentLink[] {
  const runId = new URLSearchParams(document.uri.query).get('run') ?? '';
  const links: vscodeApi.DocumentLink[] = [];
  for (let line = 0; line < document.lineCount; line++) {
    for (const { start, length, ...spot } of placesIn(document.lineAt(line).text)) {
      const query = JSON.stringify([{ runId, ...spot }]);
      const target = vscode.Uri.from({ scheme: 'command', path: OPEN_PLACE, query });
      const link = new vscode.DocumentLink(new vscode.Range(line, start, line, start + length), target);
      link.tooltip = vscode.l10n.t('Open the file');
      links.push(link);
    }
  }
  return links;
}

/** A place in what a run printed. */
export async function openPlaceOfRun(app: App, argument: unknown): Promise<void> {
  if (!isObject(argument) || typeof argument['path'] !== 'string') return;
  const { path, line, column, runId } = argument;
  const run = typeof runId === 'string' ? app.runs.get(runId) : undefined;
  const number = (value: unknown): number => (typeof value === 'number' && value >= 1 ? Math.floor(value) : 1);
  const roots = run ? rootsOf(app.vscode, run.summary.file, run.workspace) : [];
  await openPlace(app, { path, line: number(line), column: number(column) }, roots);
}
