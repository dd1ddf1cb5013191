/**
 * Marked blocks: the part of a text file that a later `init` may write again. What stands around a block is a person's and is never
 * touched; a block that a person edited (its text no longer has the hash that its mark carries) is theirs from then on.
 *
 *     <!-- code-engine:begin facts 3f2a90c1 -->
 *     …
 *     <!-- code-engine:end facts -->
 */
import { sha256 } from '../core/hash.ts';

export type BlockChange =
  /** The file's new text; equal to the old where nothing is new. */
  | { readonly kind: 'text'; readonly text: string }
  /** Left as it is, and why. */
  | { readonly kind: 'kept'; readonly why: string };

const hashOf = (text: string): string => sha256(text.trim().replaceAll('\r\n', '\n')).slice(0, 12);

/** A block as text, with its marks. */
export const block = (name: string, content: string): string =>
  `<!-- code-engine:begin ${name} ${hashOf(content)} -->\n${content.trim()}\n<!-- code-engine:end ${name} -->`;

/**
 * Puts a block into a file.
 * @param before the file as it is; nothing where there is none
 * @param fresh a new file around the block, with `{block}` in its place
 * @param where an existing file without the block gets it
 */
export function withBlock(
  before: string | undefined,
  name: string,
  content: string,
  { fresh, where }: { readonly fresh: string; readonly where: 'start' | 'end' },
): BlockChange {
  const made = block(name, content);
  if (before === undefined || before.trim() === '') return { kind: 'text', text: fresh.replace('{block}', () => made) };
  const newline = before.includes('\r\n') ? '\r\n' : '\n';
  const asIs = made.replaceAll('\n', newline);
  const begins = [...before.matchAll(new RegExp(`<!-- code-engine:begin ${name} ([0-9a-f]+) -->`, 'g'))];
  const [begin] = begins;
  if (begin === undefined) {
    if (before.includes(`code-engine:begin ${name}`))
      return { kind: 'kept', why: `the mark of its block ${name} cannot be read` };
    const rest = before.trimEnd();
    return {
      kind: 'text',
      text: where === 'end' ? `${rest}${newline}${newline}${asIs}${newline}` : `${asIs}${newline}${newline}${before}`,
    };
  }
  const endMark = `<!-- code-engine:end ${name} -->`;
  const end = before.indexOf(endMark, begin.index);
  if (end < 0 || begins.length > 1) return { kind: 'kept', why: `its block ${name} has no end, or is there twice` };
  const inside = before.slice(begin.index + begin[0].length, end);
  if (hashOf(inside) !== begin[1])
    return {
      kind: 'kept',
      why: `somebody edited its block ${name}: it is theirs now (delete the block to have it written again)`,
    };
  if (inside.trim().replaceAll('\r\n', '\n') === content.trim()) return { kind: 'text', text: before };
  return { kind: 'text', text: before.slice(0, begin.index) + asIs + before.slice(end + endMark.length) };
}

const OWN = /<!-- code-engine:file ([0-9a-f]+) -->\r?\n?/;

/** A file that is ours as a whole, with a mark after its head; edited by a person, it is theirs. */
export function ownFile(before: string | undefined, head: string, body: string): BlockChange {
  const text = `${head.trim()}\n\n<!-- code-engine:file ${hashOf(head.trim() + body.trim())} -->\n${body.trim()}\n`;
  if (before === undefined || before.trim() === '') return { kind: 'text', text };
  const mark = OWN.exec(before);
  if (mark === null) return { kind: 'kept', why: 'it was there before' };
  const [headNow, bodyNow] = [before.slice(0, mark.index), before.slice(mark.index + mark[0].length)];
  if (hashOf(headNow.trim().replaceAll('\r\n', '\n') + bodyNow.trim().replaceAll('\r\n', '\n')) !== mark[1])
    return { kind: 'kept', why: 'somebody edited it: it is theirs now (delete it to have it written again)' };
  return { kind: 'text', text: text === before.replaceAll('\r\n', '\n') ? before : text };
}
