/** Who may reach whom, said in whole sentences: "only pods in the namespace gateway may reach them on 9000, and nobody else". */
import type { Draft, DraftObject } from './model.ts';
import { bare, dnsRule, peersIn, REACH, targetOf } from './allowed-peers.ts';
import { LABELS, pairs, portsOf } from './peers.ts';

const MAY = String.raw`(?:may|can|could|should|must|shall|(?:is|are)(?: still| only)? allowed to|(?:has|have) to|(?:is|are|be) able to|needs? to)`;
const ONLY = String.raw`(?:\s*(?:only|still|just|also|then|exclusively))*\s*`;
/** The pods that the policy is for, said again. */
const THEM = String.raw`(?:them|they|it|this|these|those|the (?:pods?|service|database|workload)|(?:these|those|its) pods?|all pods(?: there| in it)?)`;

/** What a description allows to the pods that it speaks of. */
export interface Allowed {
  readonly ingress: DraftObject[] | undefined;
  readonly egress: DraftObject[] | undefined;
  readonly target: Record<string, string> | undefined;
}

/** @returns nothing where a clause about traffic is of none of the shapes known here */
export function readAllowances(text: string, own: string | undefined, namespaces: string[]): Allowed | undefined {
  const target = targetOf(text);
  const state: State = {
    own,
    namespaces,
    target,
    ingress: undefined,
    egress: undefined,
    closed: false,
    ports: portsOf(listening(text)),
  };
  let understood = 0;
  for (const clause of clausesOf(text)) {
    if (FORMS.some((form) => form(clause, state))) understood++;
    else if (TRAFFIC.test(clause)) return undefined;
  }
  if (state.closed) state.ingress ??= [{ from: [{ namespaceSelector: {} }] }];
  if (understood === 0 || (state.ingress === undefined && state.egress === undefined)) return undefined;
  return { ingress: state.ingress, egress: state.egress, target };
}

/** Whether a sentence beside one about traffic goes on about it: where the pods listen, what stays as it is, what is closed. */
export function goesOn(text: string): boolean {
  const state: State = {
    own: undefined,
    namespaces: [],
    target: undefined,
    ingress: undefined,
    egress: undefined,
    closed: false,
    ports: [],
  };
  return (
    [neutral, closing, names, outside].some((form) => form(text.trim(), state)) ||
    /^\s*(?:the )?pods?\b[^.;]*\b(?:listen\w*|serv\w+|answer\w*)\b/i.test(text)
  );
}

/** Words that ask for a policy without its name. */
export const CLOSES =
  /\bno external traffic\b|\b(?:nothing|nobody|no one)\b[^.;]{0,30}\bfrom (?:the )?outside\b|\bnot be able to (?:reach|access|call|connect to)\b|\bonly (?:the )?pods?\b[^.;]{0,80}\b(?:may|can|must|should|are allowed to|be able to) (?:reach|call|connect|access|talk|query|contact)\b|\bother pods\b[^.;]{0,40}\b(?:may|can|are allowed to) (?:reach|call|connect|access|talk)\b|\bpods?\b[^.;]{0,80}\baccepts?\b[^.;]{0,50}\bfrom\b|\bpods?\b[^.;]{0,60}\b(?:may|can|should|must)(?: only)? (?:talk|connect|reach|call)\b/i;

interface State {
  readonly own: string | undefined;
  readonly namespaces: string[];
  readonly target: Record<string, string> | undefined;
  ingress: DraftObject[] | undefined;
  egress: DraftObject[] | undefined;
  /** Nothing comes in from outside the cluster. */
  closed: boolean;
  /** Where the pods listen, for what names no port. */
  readonly ports: DraftObject[];
}

/** "listen on 9000", "(port 5432)". */
const listening = (text: string): string =>
  /\b(?:listen\w*|serv\w+|answers?)\b[^.;]{0,20}?\bon\s+(?:port\s+)?[^.;,]*/i.exec(text)?.[0] ?? '';

const TRAFFIC =
  /\b(?:traffic|ingress|egress|connections?|reach\w*|connect|internet|outside|incoming|outgoing|inbound|outbound|accept\w*|allow\w*|den(?:y|ies|ied)|block\w*|from|dns)\b/i;

/** Sentences, and what is joined in them by a word after which somebody else is spoken of. */
const clausesOf = (text: string): string[] =>
  text
    .split(
      new RegExp(
        String.raw`[.;:](?=\s|$)|,?\s+(?:and|but|while|whereas)\s+(?=(?:nobody|nothing|no one|everything|everyone|all other|any other|only|lets?\b|allows?\b|permits?\b|its pods|their pods|they|it|dns|name resolution|egress|ingress|outgoing|incoming|other pods|pods|the pods)\b)|,\s+(?=(?:nobody|nothing|no one else|on that port)\b)|,?\s+(?:that|which)\s+(?=(?:only\s+)?(?:lets?|allows?|permits?)\b)`,
        'i',
      ),
    )
    .map((c) => c.trim())
    .filter((c) => c !== '');

type Form = (clause: string, state: State) => boolean;

const NEUTRAL =
  /\b(?:stays?|remains?|is|are|be|left|keep\w*)\b[^.;]{0,24}\b(?:as (?:it|they) (?:is|are|was|were)|untouched|unaffected|unchanged|unrestricted|open|free|alone|no concern|not (?:restricted|affected|concerned|of interest))\b|\bno concern\b|\bdoes(?: not|n't) matter\b/i;

/** "Incoming traffic must stay as it is." */
const neutral: Form = (clause) =>
  /\b(?:incoming|ingress|inbound|outgoing|egress|outbound)\b/i.test(clause) && NEUTRAL.test(clause);

/** "and nobody else", "any other outgoing traffic is dropped". */
const closing: Form = (clause, state) => {
  if (
    /^(?:and\s+)?(?:nobody|no one|nothing|no other (?:pods?|namespace|traffic))(?: else)?(?: (?:may|can|is allowed|should|must)\b.*)?$/i.test(
      clause,
    ) &&
    !/\boutside\b|\binternet\b/i.test(clause)
  )
    return true;
  if (/^on (?:that|this|the same) port$/i.test(clause)) return true;
  const all = /\b(?:any|all|every)(?:thing)? (?:other|else)\b|\beverything else\b|\bthe rest\b/i.test(clause);
  if (
    !all ||
    !/\b(?:drop\w*|block\w*|den\w+|forbid\w*|forbidden|refus\w*|reject\w*|not allowed|is out|closed)\b/i.test(clause)
  )
    return false;
  if (/\b(?:outgoing|egress|outbound)\b/i.test(clause)) state.egress ??= [];
  if (/\b(?:incoming|ingress|inbound)\b/i.test(clause)) state.ingress ??= [];
  return true;
};

/** "DNS has to keep working" */
const names: Form = (clause, state) => {
  if (
    !/^(?:and\s+|but\s+)?(?:the\s+)?(?:dns|name resolution)\b[^.;]*\b(?:work\w*|allowed|possible|stay\w*|open|excepted|ok|fine|available)\b/i.test(
      clause,
    )
  )
    return false;
  (state.egress ??= []).push(dnsRule(clause));
  return true;
};

/** "nothing from outside the cluster may come in", "must not be able to reach the internet", "no external traffic". */
const outside: Form = (clause, state) => {
  if (
    /\bno external traffic\b|\bno traffic from (?:the )?outside\b/i.test(clause) &&
    !/\bfrom\b.*\bnamespace/i.test(clause)
  )
    return true;
  if (
    /\b(?:nothing|nobody|no one|no (?:traffic|connections?))\b[^.;]{0,40}\b(?:outside|internet|external)\b/i.test(
      clause,
    )
  ) {
    state.closed = true;
    return true;
  }
  if (
    /\b(?:not|never|no(?:r)?|cannot|can't)\b[^.;]{0,40}\b(?:reach|access|connect to|call|talk to|go to|get to)\b[^.;]{0,20}\b(?:internet|outside|external|world)/i.test(
      clause,
    )
  ) {
    (state.egress ??= []).unshift({ to: [{ namespaceSelector: {} }] });
    return true;
  }
  return false;
};

/** "only pods in the namespace gateway may reach them", "other pods in finance may call it" */
const reachThem: Form = (clause, state) => {
  const found = new RegExp(
    String.raw`^(?:from today on\s+|then\s+|and\s+|that\s+|so that\s+|only\s+|just\s+)*(.+?)\s+${MAY}${ONLY}${REACH}\s+(?:${THEM}\b|(?:the\s+)?(?:pods?\s+)?(?:labell?ed\s+|with\s+)?${LABELS.replace('((?:', '(?:(?:')}|the [\w-]+ pods?)(.*)$`,
    'i',
  ).exec(clause);
  if (found === null) return false;
  // "pods a=b may talk to pods c=d": the other way round where the first ones are what the policy is for.
  const object = new RegExp(`${MAY}${ONLY}${REACH}\\s+(?:the\\s+)?(?:pods?\\s+)?(?:labell?ed\\s+|with\\s+)?${LABELS}`, 'i').exec(clause)?.[1]; // prettier-ignore
  if (
    object !== undefined &&
    state.target !== undefined &&
    JSON.stringify(pairs(object)) !== JSON.stringify(state.target)
  )
    return false;
  const peers = peersIn(`from ${found[1] ?? ''}`, state);
  if (peers.length === 0) return false;
  addRule(state, 'ingress', peers, clause);
  return true;
};

/** "may open connections only to pods in namespace ns2, plus DNS (port 53, TCP and UDP)" */
const reachOut: Form = (clause, state) => {
  const found = new RegExp(
    String.raw`^(?:.*?[:,]\s+)?(?:only\s+)?(?:${THEM}|the pods?\b.*?|pods?\b.*?)\s+${MAY}${ONLY}${REACH}${ONLY}(.+)$`,
    'i',
  ).exec(clause);
  const rest = found?.[1];
  if (rest === undefined || new RegExp(`^${THEM}(?:\\b|$)`, 'i').test(rest)) return false;
  const parts = rest.split(
    /,\s*(?:and\s+|plus\s+|as well as\s+)?|\s+(?:and|plus|as well as)\s+(?=(?:to\b|dns|the (?:dns|cluster)|pods?\b|namespace|port 53))/i,
  );
  let added = false;
  let last: Draft[] = [];
  for (const part of joined(parts)) {
    if (/^(?:to\s+)?(?:the\s+)?(?:cluster(?:'s)?\s+)?(?:kube-?|core-?)?dns\b/i.test(part))
      (state.egress ??= []).push(dnsRule(part));
    else {
      const peers = peersIn(`to ${part.replace(/^to\s+/i, '')}`, state);
      if (peers.length === 0 && last.length === 0) return false;
      if (peers.length > 0) addRule(state, 'egress', (last = peers), part);
    }
    added = true;
  }
  return added;
};

/** Pieces in brackets stay together. */
function joined(parts: readonly string[]): string[] {
  const found: string[] = [];
  for (const part of parts) {
    const last = found.at(-1);
    const open = last !== undefined && (last.match(/\(/g) ?? []).length > (last.match(/\)/g) ?? []).length;
    if (open) found[found.length - 1] = `${last}, ${part}`;
    else if (part.trim() !== '') found.push(part.trim());
  }
  return found;
}

/** The heading, and where the pods listen: nothing is allowed by it. */
const heading: Form = (clause) =>
  /^(?:(?:please\s+)?(?:create|write|add|make|set up|i need|we need|i want)\s+)?(?:an?\s+|the\s+)?network ?-?polic(?:y|ies)(?:\s+(?:called\s+|named\s+)?["'`]?[a-z0-9][a-z0-9-]*["'`]?)?(?:\s+(?:in|for)\s+(?:the\s+)?(?:namespace\s+)?["'`]?[a-z0-9-]+["'`]?(?:\s+namespace)?)?$/i.test(
    clause,
  ) || /^(?:the )?pods?\b[^.;]*\blisten\w* (?:on|at)\b(?![^]*\b(?:from|only|allow|deny)\b)/i.test(clause);

/** "only lets pods labelled a=b reach the pods labelled c=d on 80", "lets ledger talk only to app=postgres on 5432 and to DNS" */
const lets: Form = (clause, state) => {
  const found = new RegExp(
    String.raw`\b(?:lets?|allows?|permits?|letting|allowing)\s+(?:only\s+)?(?:traffic\s+)?(.+?)\s+(?:to\s+)?${REACH}${ONLY}(.+)$`,
    'i',
  ).exec(clause);
  const [subject, object] = [found?.[1], found?.[2]];
  if (subject === undefined || object === undefined) return false;
  const own =
    new RegExp(`^${THEM}$`, 'i').test(subject) ||
    (state.target !== undefined && Object.values(state.target).includes(subject.replace(/^the\s+|\s+pods?$/gi, '')));
  if (own) return reachOut(`it may talk to ${object}`, state);
  if (state.target === undefined) return false;
  const peers = peersIn(`from ${subject}`, state);
  if (peers.length === 0) return false;
  addRule(state, 'ingress', peers, object);
  return true;
};

/** "accept connections on 3306 only from app=api in namespace shop and from 10.8.0.0/16" */
const accepts: Form = (clause, state) => {
  const found = /\baccepts?\b[^.;]*?\b(?:connections?|traffic|requests?|calls?)?\b(.*?)\bfrom\s+(.+)$/i.exec(clause);
  // Another port with sources of its own is another rule.
  if (found?.[2] === undefined || /\bports?\s+\d+\b[^.;]*\bfrom\b/i.test(found[2])) return false;
  const peers = found[2]
    .split(/,?\s+(?:and|or)\s+from\s+|,\s+from\s+/i)
    .filter((p) => !/^(?:nowhere|nobody|no one|nothing)\b/i.test(p))
    .flatMap((p) => peersIn(`from ${p}`, state));
  if (peers.length === 0) return false;
  const ports = portsOf(found[1] ?? '').concat(bare(found[1] ?? ''));
  (state.ingress ??= []).push({
    from: peers,
    ...(ports.length > 0 ? { ports } : state.ports.length > 0 ? { ports: state.ports } : {}),
  });
  return true;
};

/** "may talk to each other": in and out among themselves. */
const amongThem: Form = (clause, state) => {
  if (!/\b(?:each other|one another|among (?:them|each other)|among themselves)\b/i.test(clause)) return false;
  (state.ingress ??= []).push({ from: [{ podSelector: {} }] });
  (state.egress ??= []).push({ to: [{ podSelector: {} }] });
  if (/\bdns\b/i.test(clause)) state.egress.push(dnsRule(clause));
  return true;
};

/** "may only be contacted on 5432 by pods with role=backend", "is reachable only from the namespace edge" */
const passive: Form = (clause, state) => {
  const found = new RegExp(
    String.raw`(?:${MAY}|\b(?:is|are|be))${ONLY}(?:be\s+)?${ONLY}(?:contacted|reached|accessed|called|queried|reachable|accessible|used|connected to|visited)\b(.*?)\b(?:by|from)\s+(.+)$`,
    'i',
  ).exec(clause);
  if (found?.[2] === undefined || /\bnot\b|\bnever\b/i.test(found[0].slice(0, 24))) return false;
  const shared = portsOf(found[1] ?? '').concat(bare(found[1] ?? ''));
  // "by a on 80 and by b on 81": each with ports of its own.
  const rules = found[2].split(/,?\s+and\s+(?:by|from)\s+|,\s+(?:by|from)\s+/i).map((part): DraftObject | undefined => {
    const peers = peersIn(`from ${part}`, state);
    const said = portsOf(part).concat(bare(part));
    const ports = said.length > 0 ? said : shared.length > 0 ? shared : state.ports;
    return peers.length === 0 ? undefined : { from: peers, ...(ports.length > 0 ? { ports } : {}) };
  });
  const known = rules.filter((r) => r !== undefined);
  if (known.length === 0 || known.length < rules.length) return false;
  (state.ingress ??= []).push(...known);
  return true;
};

const FORMS: readonly Form[] = [
  neutral,
  closing,
  names,
  outside,
  heading,
  lets,
  accepts,
  passive,
  amongThem,
  reachThem,
  reachOut,
];

function addRule(state: State, way: 'ingress' | 'egress', peers: Draft[], clause: string): void {
  const said = portsOf(clause).concat(bare(clause));
  const ports = said.length > 0 ? said : way === 'ingress' ? state.ports : [];
  (state[way] ??= []).push({ [way === 'ingress' ? 'from' : 'to']: peers, ...(ports.length === 0 ? {} : { ports }) });
}
