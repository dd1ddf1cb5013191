/** Several things said by a pattern: "namespaces team-1 to team-4", "for each of dev, test and prod a namespace shop-<env>". */

/** Stands for what differs from one namespace to the next. */
export const EACH = 'each-of-them';

const MOST = 30;
const ITEMS = String.raw`["'\x60]?[a-z][a-z0-9-]*["'\x60]?(?:\s*,\s*["'\x60]?[a-z][a-z0-9-]*["'\x60]?)*\s*,?\s*(?:and|&|or)\s+["'\x60]?[a-z][a-z0-9-]*["'\x60]?`;
const HOLE = String.raw`(?:<[\w-]+>|\{\{?\s*[\w-]+\s*\}?\}|\$\{?\w+\}?|\[[\w-]+\])`;
const GROUP = String.raw`(?:teams?|environments?|envs?|customers?|tenants?|stages?|projects?|departments?|squads?|clients?|regions?|apps?|users?)`;

const GROUPS = String.raw`(?:teams|environments|envs|customers|tenants|stages|projects|departments|squads|clients)`;

const listed = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;

const itemsOf = (text: string): string[] =>
  (text.match(/[a-z][a-z0-9-]*/g) ?? []).filter((w) => !/^(?:and|or)$/.test(w));

/** The text with every namespace said by its own name. */
export const spelledOut = (text: string): string => patterned(ranged(text));

/** "team-1 to team-4", "team-1 through 4" */
const ranged = (text: string): string =>
  text.replace(
    /\b(namespaces?\s+(?:called |named |from )?)["'`]?([a-z][a-z0-9-]*?)(\d{1,3})["'`]?\s*(?:to|through|until|up to|-|\.{2,3})\s*["'`]?(?:\2)?(\d{1,3})["'`]?(?![\w-])/gi,
    (whole, lead: string, stem: string, from: string, to: string) => {
      const [first, last] = [Number(from), Number(to)];
      if (last <= first || last - first >= MOST) return whole;
      const names = Array.from(
        { length: last - first + 1 },
        (_, i) => `${stem}${String(first + i).padStart(from.length, '0')}`,
      );
      return `${/^namespaces/i.test(lead) ? lead : lead.replace(/namespace/i, 'namespaces')}${listed(names)}`;
    },
  );

function patterned(text: string): string {
  const group = new RegExp(
    String.raw`\b(?:for\s+)?(?:each|every|all|both)\s+(?:of\s+)?(?:the\s+|our\s+|my\s+)?(?:\w+\s+)?${GROUP}\s*(?:of\s+|:\s*|called\s+|named\s+|\()?\s*(${ITEMS})\)?|\b(?:for\s+)?(?:the\s+|our\s+|my\s+)?(?:\w+\s+)?${GROUPS}\s*(?:of\s+|:\s*|called\s+|named\s+|\()?\s*(${ITEMS})\)?|\bfor\s+(?:each|every|all|both)\s+of\s+(${ITEMS})`,
    'i',
  ).exec(text);
  const items = itemsOf(group?.[1] ?? group?.[2] ?? group?.[3] ?? '');
  if (group === null || items.length < 2 || !/\bnamespaces?\b/i.test(text)) return text;
  const rest = text.slice(0, group.index) + text.slice(group.index + group[0].length);
  const hole = new RegExp(String.raw`["'\x60]?((?:[a-z0-9]+-)*)${HOLE}((?:-[a-z0-9]+)*)["'\x60]?`, 'i').exec(rest);
  const example = items.map((i) => new RegExp(String.raw`(?<![\w-])((?:[a-z0-9]+-)+)${i}((?:-[a-z0-9]+)*)(?![\w-])|(?<![\w-])${i}((?:-[a-z0-9]+)+)(?![\w-])`).exec(rest)).find((m): m is RegExpExecArray => m !== null); // prettier-ignore
  const [before, after] = hole !== null ? [hole[1] ?? '', hole[2] ?? ''] : example === undefined ? ['', ''] : [example[1] ?? '', example[2] ?? example[3] ?? '']; // prettier-ignore
  if (hole === null && example === undefined && !/\b(?:an?|one|its own|own|separate|dedicated)\s+(?:[\w-]+\s+){0,2}namespaces?\b|\bnamespace\s+(?:each|for each|per)\b|\bnamespaces? (?:for|of) (?:each|the|our)\b/i.test(text)) return text; // prettier-ignore
  // A namespace that is named by itself is where things go, not what there is one of for each.
  if (hole === null && /\bnamespace\s+["'`]?[a-z0-9]+-[a-z0-9-]+/i.test(rest) && example === undefined) return text;
  const names = items.map((i) => `${before}${i}${after}`);
  const plain = rest
    .replace(
      /\b(?:an?|one|its own|their own|own|a separate|a dedicated|separate|dedicated)\s+(?:own\s+)?namespaces?(?:\s+(?:called|named))?\s*(?:each\s*)?(?:["'`]?(?:[a-z0-9]+-)*(?:<[\w-]+>|\{+[\w\s-]+\}+|\$\{?\w+\}?|\[[\w-]+\])(?:-[a-z0-9]+)*["'`]?)?(?:\s*\([^)]*\))?|\bnamespaces?\s+(?:each|(?:called |named )?["'`]?(?:[a-z0-9]+-)*(?:<[\w-]+>|\{+[\w\s-]+\}+|\[[\w-]+\])(?:-[a-z0-9]+)*["'`]?)(?:\s*\([^)]*\))?/i,
      ` namespaces ${listed(names)}, each `,
    )
    .replace(new RegExp(HOLE, 'g'), EACH);
  return plain === rest ? `namespaces ${listed(names)}, each: ${rest}` : plain;
}

/** What tells a name from its neighbours: `dev` of shop-dev beside shop-prod. */
export function ownPart(name: string, all: readonly string[]): string {
  const others = all.filter((o) => o !== name);
  if (others.length === 0) return name;
  let start = 0;
  while (others.every((o) => o[start] === name[start]) && start < name.length) start++;
  start = name.lastIndexOf('-', start - 1) + 1;
  let end = 0;
  while (others.every((o) => o.at(-1 - end) === name.at(-1 - end)) && end < name.length - start) end++;
  const tail = end === 0 ? name.length : name.indexOf('-', name.length - end);
  return name.slice(start, tail < 0 ? name.length : tail);
}
