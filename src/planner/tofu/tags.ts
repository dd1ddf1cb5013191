/** Tags and variables that the words declare. */
import type { Raw, Value } from './hcl.ts';

/** What tags are read with: a module. */
interface Words {
  readonly text: { readonly text: string };
  take(pattern: RegExp): RegExpExecArray | undefined;
  declared(): ReadonlyMap<string, Raw>;
}

const PAIRS =
  /\btag(?:s|ged)?(?: (?:it|them|everything|all(?: resources)?|(?:the|every|each|all|both)(?: (?!with\b|as\b|of\b)[a-z][\w-]*){1,3}(?=[ :])))?(?: with| as| are| of| including)?(?: (?:the )?tags?)?\s*:?\s*((?:["'`]?[A-Za-z][\w-]*["'`]?\s*[=:]\s*["'`]?[\w./@-]+["'`]?(?:\s*(?:,\s*and|,|and)\s*)?)+)/i;
const ONE =
  /\b(?:an?|the)\s+["'`]?([A-Z]\w*)["'`]?\s+tag\s+(?:of|set to|with (?:the )?value|=|:|is)\s*(?:of )?["'`]?([\w.@-]+(?: [A-Z][\w-]*)*)["'`]?|\btag(?:ged)?(?: with)?(?: key| named)?\s+["'`]?([A-Z]\w*)["'`]?\s+(?:set to|with (?:the )?value(?: of)?|of|as)\s+["'`]?([\w.@-]+)["'`]?/;

/** @returns by key; a value is text, or a variable that the words declare */
export function readTags(m: Words): Record<string, Value> {
  const tags: Record<string, Value> = {};
  const said = m.take(PAIRS)?.[1] ?? '';
  for (const [, key = '', value = ''] of said.matchAll(/([A-Za-z][\w-]*)["'`]?\s*[=:]\s*["'`]?([\w./@-]*\w)/g))
    tags[key] = value;
  const one = m.take(ONE);
  if (one !== undefined) tags[one[1] ?? one[3] ?? 'Name'] = one[2] ?? one[4] ?? '';
  for (const [name, variable] of m.declared()) {
    const tagged = new RegExp(`\\btag(?:s|ged)?\\b[^.;]{0,30}?\\b(?:the |its |var(?:iable)? )?${name}\\b`, 'i');
    if (m.take(tagged) !== undefined) tags[name.charAt(0).toUpperCase() + name.slice(1)] = variable;
  }
  return tags;
}

const DECLARED =
  /(?<!environment )(?<!env )\b(?:input )?variables?\s+(?:called |named |for |: ?)?((?:["'`]?[a-z][a-z0-9_]*["'`]?(?:\s*\((?:[^()]*)\))?(?:\s*,\s*(?:and\s+)?|\s+and\s+)?)+)/i;
const NO_VARIABLE = /^(?:that|which|with|for|and|the|a|an|from|in|to|of|given|is|are|as|value|values|instead|each|so|where|used|creates?|called|named|all|names?)$/i; // prettier-ignore

/** "variables region (default eu-central-1), environment and instance_count (default 2)": name and default, if one is said. */
export function readVariables(m: Pick<Words, 'take' | 'text'>): { name: string; default: string | undefined }[] {
  const referred = [...new Set([...m.text.text.matchAll(/\bvar\.([a-z]\w*)/g)].map((v) => v[1] ?? ''))];
  const list = m.take(DECLARED)?.[1] ?? '';
  const found: { name: string; default: string | undefined }[] = referred.map((name) => ({ name, default: undefined }));
  for (const [, name = '', note = ''] of list.matchAll(/["'`]?([a-z][a-z0-9_]*)["'`]?(?:\s*\(([^()]*)\))?/g)) {
    if (NO_VARIABLE.test(name)) {
      if (found.length > 0 && !/^(?:and)$/.test(name)) break;
      continue;
    }
    if (referred.includes(name)) continue;
    found.push({ name, default: /\b(?:default(?:s|ing)?(?: to)?|=)\s*:?\s*["'`]?([\w./-]+)/i.exec(note)?.[1] });
  }
  return found;
}

export const typeOf = (name: string, value: string | undefined): string =>
  /^(?:\d+)$/.test(value ?? '') || /(?:count|size|number|port|days|capacity|min|max)$/.test(name)
    ? 'number'
    : /^(?:true|false)$/.test(value ?? '') || /^(?:enable|is|has)_/.test(name)
      ? 'bool'
      : /(?:_ids|_arns|_cidrs|subnets|zones|names|users)$/.test(name)
        ? 'list(string)'
        : 'string';
