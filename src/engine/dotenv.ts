/** Reads `NAME=value` files as the shells' tools do: comments, `export`, single quotes as they are, double quotes with `\n` and the like, values over several lines in quotes. Nothing is expanded. */
import { failure } from '../core/failure.ts';
import { err, ok, type Result } from '../core/result.ts';

const ASSIGNMENT = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*=[ \t]*/;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/**
 * @param name of the file, for messages; they tell the line, never what it says
 * @returns the values; of equal names the last
 */
export function parseDotenv(text: string, name: string): Result<Map<string, string>> {
  const values = new Map<string, string>();
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (/^\s*(#|$)/.test(line)) continue;
    const match = ASSIGNMENT.exec(line);
    if (match?.[1] === undefined) return err(notUnderstood(name, at, 'is not of the form NAME=value'));
    const rest = line.slice(match[0].length);
    const quote = /^["'`]/.exec(rest)?.[0];
    if (quote === undefined) {
      values.set(match[1], rest.replace(/(^|\s+)#.*$/, '').trimEnd());
      continue;
    }
    const quoted = takeQuoted([rest.slice(1), ...lines.slice(at + 1)], quote);
    if (quoted === undefined) return err(notUnderstood(name, at, 'opens a quote that is never closed'));
    values.set(match[1], quote === '"' ? unescape(quoted.text) : quoted.text);
    at += quoted.moreLines;
  }
  return ok(values);
}

const notUnderstood = (name: string, at: number, why: string): ReturnType<typeof failure> =>
  failure('invalid', `Line ${at + 1} of ${name} ${why}.`, {
    next: 'Write one NAME=value a line; put a value with spaces or line breaks in quotes.',
  });

/** Up to the closing quote, which stands on the first line or a later one. */
function takeQuoted(lines: readonly string[], quote: string): { text: string; moreLines: number } | undefined {
  for (const [index, line] of lines.entries()) {
    const end = closingQuote(line, quote);
    if (end !== undefined) return { text: [...lines.slice(0, index), line.slice(0, end)].join('\n'), moreLines: index };
  }
  return undefined;
}

function closingQuote(line: string, quote: string): number | undefined {
  for (let at = 0; at < line.length; at++) {
    if (quote === '"' && line[at] === '\\') at += 1;
    else if (line[at] === quote) return at;
  }
  return undefined;
}

const unescape = (text: string): string =>
  text.replace(/\\([nrt"\\$`])/g, (_, escaped: string) => ESCAPES[escaped] ?? escaped);
