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
export const spelledOut = (text: string): string => patterned(ranged(perEach(text)));

/** "a namespace per stage: shop-dev, shop-test and shop-prod" */
const perEach = (text: string): string =>
  text.replace(
    new RegExp(
      String.raw`\b(?:an?\s+|one\s+)?namespaces?\s+(?:per|for each|for every)\s+\w+\s*[:(]\s*(${ITEMS})\)?`,
      'gi',
    ),
    (_whole, items: string) => `namespaces ${listed(itemsOf(items))}`,
  );

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

const PLURALS: readonly (readonly [string, string])[] = [
  ['priority ?classes', 'priority class'],
  ['storage ?classes', 'storage class'],
  ['config ?maps', 'config map'],
  ['secrets', 'secret'],
  ['pvcs|persistent ?volume ?claims|volume claims', 'PVC'],
  ['persistent ?volumes|pvs', 'persistent volume'],
  ['service ?accounts', 'service account'],
  ['network ?policies', 'network policy'],
  ['services', 'service'],
  ['cron ?jobs', 'cron job'],
  ['jobs', 'job'],
  ['pods', 'pod'],
  ['deployments', 'deployment'],
];

/** "two PVCs: "a" 20Gi with … and "b" 5Gi": one object after the other, each with its kind. */
export function itemized(text: string): string {
  return text.replace(
    new RegExp(
      String.raw`(?<![\w-])(?:an? |(?:two|three|four|five|2|3|4|5)\s+)?(${PLURALS.map(([p]) => p).join('|')})((?:\s+in\s+(?:the\s+)?namespace\s+["'\x60]?[a-z0-9-]+["'\x60]?)?)(?:\s+(?:named|called))?\s*([:,]?)\s+(?=["'\x60]?[a-z])((?:\([^)]*\)|[^.;\n]|\.(?=\S))+)`,
      'gi',
    ),
    (whole, kinds: string, where: string, colon: string, rest: string) => {
      const kind = PLURALS.find(([p]) => new RegExp(`^(?:${p})$`, 'i').test(kinds))?.[1];
      const items = itemsAt(rest);
      if (kind === undefined || items.length < 2 || (colon !== ':' && !items.every((i) => /^["'`]|^\S+\s*\(/.test(i))))
        return whole;
      return items.map((item) => `${kind} named ${item.replace(/^["'`]([a-z0-9-]+)["'`]/, '$1')}${where}`).join('; ');
    },
  );
}

/** Items that each begin with a name: in quotes, before a bracket, or before an amount. */
function itemsAt(text: string): string[] {
  const start = String.raw`(?:["'\x60][a-z][a-z0-9-]*["'\x60]|[a-z][a-z0-9-]*(?=\s*\()|[a-z][a-z0-9]*(?:-[a-z0-9]+)+(?=\s+(?:\d|with\b|of\b|for\b|RW|read))|[a-z][a-z0-9-]*(?=\s+\d+\s?[GMT]i?\b))`;
  if (!new RegExp(`^${start}`).test(text)) return [];
  const items: string[] = [];
  let from = 0;
  let depth = 0;
  for (const m of text.matchAll(new RegExp(String.raw`[()]|(?:\s*,\s*(?:and\s+)?|\s+and\s+)(?=${start})`, 'g'))) {
    if (m[0] === '(') depth++;
    else if (m[0] === ')') depth--;
    else if (depth === 0) {
      items.push(text.slice(from, m.index));
      from = m.index + m[0].length;
    }
  }
  return [...items, text.slice(from)];
}
