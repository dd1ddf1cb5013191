/** Names that people give to things. */

const NAME = String.raw`[a-zA-Z0-9](?:[a-zA-Z0-9_.-]*[a-zA-Z0-9])?`;

/** Words that can follow or precede a kind without being its name. */
const NOT_NAMES = new Set(
  `a an the and or of for to in on at by with without from into onto via as is are be was it its this that these those there which who whose what when where while
  has have having had do does should must shall may might can could will would need needs running runs run using use uses used exposing exposes exposed expose
  exists exist existing called named name behind before after in-front front inside outside per each every both all any some only just also then so if not no
  listening listens mounted mounts mounting mount reading reads scaled scaling scale between under over up down out about being connected connecting plus same
  headless public internal external private new simple single basic second first third another other default separate own dedicated shared stateless stateful
  mysql-compatible generic multi-container canary stable green blue test prod production staging dev development read-only readonly read write label labels
  giving providing setting granting holding indexed parallel native lets letting called removed deleted created killed cleaned kept stored started stopped finished completed failed succeeded entire whole corrected broken faulty missing
  labelled labeled spec selector template controller resource resources object objects manifest manifests policy rules rule traffic port ports image images
  version type types kind value values key keys data env environment variable namespace pod pods container containers deployment deployments service services
  secret configmap volume claim replica replicas node nodes account accounts user users group role access accessible reachable available autoscaled
  running-as must-have including includes include containing contains limiting limits limit requests requesting requires require restricting
  allowing allows allow denying deny granting grants bound binds selecting selects matching targeting targets pointing routes routing serving serves
  named: with: tls once twice never always minimum maximum min max least most web-based kubernetes k8s cluster let give make create add set deploy ensure
  against across instead within applied called: following below above here their his her our your my one two three four five six seven eight nine ten
  restarts restart restarted starts start started stops stop keeps keep waits wait goes go sends send gets get reads writes fails finishes ends dies answers responds becomes carries carry
  contains shares share sharing provides provide also always automatically immediately manually size sized storage requesting request capacity backed provisioned cpu memory plain configuration definition specification file yaml instance instances setup
  itself too existing without selectors pod's below shown wherever whenever while allowed limited accepts accept`.split(
    /\s+/,
  ),
);

export const isNameWord = (word: string): boolean =>
  /^[a-z0-9]/.test(word) &&
  /[a-z]/.test(word) &&
  !NOT_NAMES.has(word.toLowerCase()) &&
  !/^\d+(?:[.,]\d+)*(?:[mkgt]i?b?|%|s|h|d)?$/i.test(word);

/** A name that no English word looks like: it has a dash, a digit or an underscore inside. */
export const looksLikeName = (word: string): boolean =>
  /^[a-z][a-z0-9]*(?:[-._][a-z0-9]+)+$/.test(word) || /^[a-z]+\d+$/.test(word);

export interface Named {
  readonly name: string;
  /** Offsets in the text that was searched. */
  readonly start: number;
  readonly end: number;
}

const MARKED = new RegExp(
  String.raw`^[\s,]*(?:(?:is |are )?(?:called|named|with (?:the )?name|name(?:d)?(?: is)?|titled|labelled as)[:=]?\s*|[:=]\s*)["'\x60]?(${NAME})["'\x60]?`,
  'i',
);
const QUOTED = new RegExp(String.raw`^\s*["'\x60](${NAME})["'\x60]`);
const PLAIN = new RegExp(String.raw`^\s+(${NAME})(?![\w-])`);

const FUNCTION =
  /^(?:and|or|with|for|of|in|on|at|to|from|by|using|running|runs|is|are|the|an?|called|named|image|images|that|which)$/;

/** "a pod knowing its index": what it does, not what it is called. */
const DOES = /^\s+(?:its|their|the|an?|all|every|each)\s/;

/** The name that follows a kind: `called web`, `"web"`, `web-1`, `web`. */
export function nameAfter(text: string, from: number): Named | undefined {
  const rest = text.slice(from, from + 120);
  for (const pattern of [MARKED, QUOTED, PLAIN]) {
    const match = pattern.exec(rest);
    const name = match?.[1];
    if (match === null || name === undefined) continue;
    const colon = /^[\s,]*[:=]/.test(match[0]) && pattern === MARKED;
    // "deployment front (nginx:1.27)": what runs stands in brackets behind its name.
    const bracketed = pattern === PLAIN && /^\s*(?:\(\s*(?:image:?\s*)?[a-z0-9][\w./-]*[:/][\w./:@-]+\s*[,;)]|,\s+(?:image:?\s+)?[a-z0-9][\w./-]*:[\w.-]+)/.test(rest.slice(match.index + match[0].length)) && /^[a-z][a-z0-9-]*$/.test(name) && !FUNCTION.test(name); // prettier-ignore
    if ((pattern === PLAIN || colon) && !bracketed && !isNameWord(name)) continue;
    if (colon && !looksLikeName(name)) continue;
    if (pattern === PLAIN && /[a-z]ing$/.test(name) && DOES.test(rest.slice(match[0].length))) continue;
    const start = from + match.index + match[0].lastIndexOf(name);
    return { name: dnsName(name), start, end: start + name.length };
  }
  return undefined;
}

/** A name with its quotes and what determines it. */
const LONGEST_NAME = 300;

const DETERMINER = /(?:^|\s)(?:the|a|an|my|our|this|that|its|existing|new|stable)\s+$/i;

/** The name that stands before a kind: `the checkout service`, `"web" deployment`, `web-app deployment`. */
export function nameBefore(
  text: string,
  to: number,
  appWord: (word: string) => boolean,
  plainly = false,
): Named | undefined {
  const from = Math.max(0, to - LONGEST_NAME); // looked for once before every kind that is mentioned
  const match = new RegExp(String.raw`(["'\x60]?)(${NAME})\1\s+$`).exec(text.slice(from, to));
  const name = match?.[2];
  if (match === null || name === undefined) return undefined;
  const start = from + match.index + (match[1]?.length ?? 0);
  const quoted = (match[1] ?? '') !== '';
  const before = text.slice(from, from + match.index);
  if (
    !quoted &&
    !looksLikeName(name) &&
    !((plainly || DETERMINER.test(before)) && isNameWord(name) && !appWord(name) && name === name.toLowerCase())
  )
    return undefined;
  if (!quoted && !isNameWord(name)) return undefined;
  return { name: dnsName(name), start, end: start + name.length };
}

/** A name made fit for Kubernetes: lower case, dashes for what is not allowed, at most 63 characters. */
export const dnsName = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, '-')
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '')
    .slice(0, 63);

/** A name for secrets in workflows and variables: upper case and underscores. */
export const envName = (name: string): string =>
  name
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toUpperCase();

const SHORT: readonly (readonly [RegExp, string])[] = [
  [/front[ -]?end/i, 'frontend'],
  [/back[ -]?end/i, 'backend'],
  [/worker|consumer/i, 'worker'],
  [/\bapi\b/i, 'api'],
  [/^(?:this |the |my |our )?(?:web ?)?(?:apps?|applications?|site|web ?site|web)$/i, 'web'],
];

/** A short name for an application that the text only describes. */
export function buildName(word: string): string {
  const known = SHORT.find(([pattern]) => pattern.test(word))?.[1];
  const first = dnsName(
    word
      .replace(/\b(?:apps?|applications?|micro-?services?|web ?sites?|servers?)\b/gi, '')
      .replace(/\.js\b/gi, '')
      .trim(),
  );
  const own =
    /^(?:checkout|payments?|orders?|users?|billing|inventory|catalog(?:ue)?|cart|auth|search|email|notification|shop|video|image)/i.exec(
      word,
    )?.[0];
  if (own !== undefined)
    return known === undefined || known === 'web' ? own.toLowerCase() : `${own.toLowerCase()}-${known}`;
  return known ?? (first === '' ? 'web' : first.replace(/[.]+/g, '-').replace(/^asp-net.*$/, 'dotnet'));
}
