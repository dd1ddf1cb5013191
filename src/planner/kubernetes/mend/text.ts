/** YAML that does not parse: tabs, missing blanks, indents that are off by a little. */
import { parseAllDocuments, type Document } from 'yaml';
import { tooDeep } from '../../../language/yaml-tree.ts';
import type { Note } from './shape.ts';

type Documents = readonly Document.Parsed[];

function read(text: string): { documents: Documents; errors: number; line: number } {
  try {
    const all = parseAllDocuments(text, { logLevel: 'silent' });
    const documents = 'empty' in all ? [] : all;
    const first = documents.flatMap((d) => d.errors)[0];
    return {
      documents,
      errors: documents.reduce((n, d) => n + d.errors.length, 0),
      line: (first?.linePos?.[0].line ?? 1) - 1,
    };
  } catch {
    return { documents: [], errors: Number.MAX_SAFE_INTEGER, line: 0 };
  }
}

/** Blanks for tabs, a blank behind a key's colon. */
const plainly = (text: string): string =>
  text
    .replace(/^[ \t]*\t[ \t]*/gm, (indent) => indent.replaceAll('\t', '  '))
    .replace(/^(\s*(?:- )?[A-Za-z][\w./-]*):(?=[^\s/:])/gm, '$1: ')
    .replace(/^(\s*)-(?=[A-Za-z][\w./-]*:)/gm, '$1- ');

const indentOf = (line: string): number => line.length - line.trimStart().length;

/** @returns the documents of a text, its indents put right where nothing else makes it parse */
export function parseLoosely(text: string, note: Note): Documents {
  if (tooDeep(text) !== undefined) return [];
  const as = read(text);
  if (as.errors === 0) return as.documents;
  let best = plainly(text);
  let state = read(best);
  for (let tries = 0; state.errors > 0 && tries < 8; tries++) {
    const better = [state.line, state.line - 1, state.line + 1].flatMap((at) => indented(best, at));
    const found = better.map((t) => ({ text: t, state: read(t) })).sort((a, b) => a.state.errors - b.state.errors)[0];
    if (found === undefined || found.state.errors >= state.errors) break;
    best = found.text;
    ({ state } = found);
  }
  if (state.errors === 0) note('The manifest is indented as YAML has to be.');
  return state.errors === 0 ? state.documents : as.documents;
}

/** The text with one line moved to where its neighbours begin. */
function indented(text: string, at: number): string[] {
  const lines = text.split('\n');
  const line = lines[at];
  if (line === undefined || line.trim() === '') return [];
  const near = [...new Set([lines[at - 1], lines[at + 1], lines[at - 2]].flatMap((l) => (l === undefined ? [] : [indentOf(l), indentOf(l) + 2, Math.max(0, indentOf(l) - 2)])))]; // prettier-ignore
  return near
    .filter((n) => n !== indentOf(line))
    .map((n) => lines.map((l, i) => (i === at ? `${' '.repeat(n)}${line.trimStart()}` : l)).join('\n'));
}
