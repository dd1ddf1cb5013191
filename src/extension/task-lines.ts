/** Where tasks stand in a file as it is now: found in one pass over its text, once for each version of it. */
import type * as vscodeApi from 'vscode';

type Text = Pick<vscodeApi.TextDocument, 'version' | 'lineCount' | 'getText'>;

interface Known {
  readonly version: number;
  readonly lines: ReadonlyMap<string, readonly number[]>;
}

const known = new WeakMap<Text, Known>();
const NAMED = /\btask["']?[ \t]*:[ \t]*["']?([^\s"',}#]+)/g;

/** The line that names the task, nearest to where it was; that place itself where none does. Lines count from 0. */
export function lineOf(document: Text, name: string, near: number): number {
  const lines = linesOf(document).get(name) ?? [];
  const nearest = [...lines].sort((a, b) => Math.abs(a - near) - Math.abs(b - near))[0];
  return nearest ?? Math.max(0, Math.min(document.lineCount - 1, near));
}

function linesOf(document: Text): Known['lines'] {
  const { version } = document;
  const last = known.get(document);
  if (last !== undefined && last.version === version) return last.lines;
  const lines = new Map<string, number[]>();
  const text = document.getText();
  let [line, counted] = [0, 0];
  for (const { index, 1: name = '' } of text.matchAll(NAMED)) {
    for (let at = text.indexOf('\n', counted); at >= 0 && at < index; at = text.indexOf('\n', counted)) {
      line++;
      counted = at + 1;
    }
    const places = lines.get(name);
    if (places) places.push(line);
    else lines.set(name, [line]);
  }
  known.set(document, { version, lines });
  return lines;
}
