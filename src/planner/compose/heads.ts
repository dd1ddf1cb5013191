/** Services that a description names: `service api`, `db (postgres:16)`, `- web: build ./web`, `worker from image x`. */
import { findApps } from '../catalogue/index.ts';
import type { Head } from '../kubernetes/mentions.ts';
import { isNameWord } from '../kubernetes/names.ts';

const NAME = String.raw`["'\x60]?([a-z][a-z0-9_-]*)["'\x60]?`;
const PATTERNS: readonly RegExp[] = [
  new RegExp(String.raw`(?<![\w./-])${NAME}\s*\((?=[^)]*(?:\bimage\b|\bbuil[dt]\b|\d\s*(?:->|=>|:)\s*\d|[a-z][\w./-]*:[\w.-]+|[a-z0-9.-]+\/[a-z]))`, 'gi'),
  new RegExp(String.raw`\b(?:one-off )?services?\s+(?:called |named )?${NAME}(?!\s*(?:discovery|mesh|account))`, 'gi'),
  new RegExp(String.raw`(?:^|\n)\s*[-*]\s*${NAME}\s*:\s`, 'gi'),
  new RegExp(String.raw`(?<![\w./-])${NAME}\s+(?:from|using|with|running|based on|uses|is)\s+(?:the\s+)?image\b`, 'gi'),
]; // prettier-ignore

const NOT_SERVICES = /^(?:image|images|build|ports?|data|volumes?|networks?|secrets?|compose|stack|file|app|both|each|container|version|docker|up|down)$/i; // prettier-ignore

/** In the order of the text; a component's own name is a head only where brackets or quotes give it another image. */
export function findHeads(text: string): Head[] {
  const found: Head[] = [];
  for (const pattern of PATTERNS) {
    for (const match of text.matchAll(pattern)) {
      const name = match[1] ?? '';
      const start = match.index + match[0].lastIndexOf(name);
      const end = start + name.length;
      if (!isNameWord(name) || NOT_SERVICES.test(name)) continue;
      if (found.some((h) => start < h.end && h.start < end)) continue;
      const bracket = text.slice(end).search(/^["'`]?\s*\(/) === 0;
      const close = bracket ? text.indexOf(')', end) : -1;
      if (findApps(name).length > 0 && !bracket) continue;
      found.push({ name: name.toLowerCase(), start, end, until: close < 0 ? end : close });
    }
  }
  return found.sort((a, b) => a.start - b.start);
}
