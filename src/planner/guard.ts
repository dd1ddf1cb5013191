/** Wishes that no plan is made for without a word from a person: what deletes, what contradicts itself, what nobody should want. */
import { NUMBER, numberOf } from './grammar/quantities.ts';
import { findApps } from './catalogue/index.ts';
import { findImages } from './kubernetes/images.ts';
import { findKinds } from './kubernetes/kinds.ts';
import { BUILD } from './kubernetes/mentions.ts';
import type { Passage } from './text.ts';

const WIPE =
  /\b(?:delete|destroy|wipe|erase|purge|nuke|remove|drop|tear down|clean(?: up| out)?|terminate|truncate|format|uninstall|shut down|re-?format|overwrite|reset|nuke)\b[^.;]{0,40}\b(?:everything|all|every|entire|whole|production|prod|cluster|namespaces?|databases?|volumes?|data|infrastructure|stack|state|buckets?|resources|disk|pvcs?|claims?|releases?|tables?|backups?|snapshots?|old images|deployments|pods|nodes|repositor(?:y|ies)|main branch|environments?|staging|accounts?)\b|\b(?:tofu|terraform|opentofu|pulumi) destroy\b|\b(?:rm -rf|drop (?:the )?(?:database|table)|start over|from scratch and delete|force[- ]push\w*)\b|\bscal(?:e|ing)\b[^.;]{0,20}\b(?:all|every|everything|the whole|entire)\b[^.;]{0,40}\bto (?:zero|0|nothing)\b/i;

/** Words about deleting that wish for nothing to be deleted now: rights, retention, commands in quotes, cleaning up what the plan itself made. */
const HARMLESS: readonly RegExp[] = [
  /\b(?:drop|remov)\w*\s+(?:all|every)(?:\s+(?:linux\s+)?)?capabilit\w+/gi,
  /\ball (?:linux )?capabilities\b[^.;,]{0,10}\bdropp?\w*|\bdrop(?:s|ped)? all\b/gi,
  /\b(?:delete|remove|destroy|tear down|clean up) (?:the |this |that )?(?:kind |local |test |temporary )*cluster\b(?=[^.;]*\b(?:after|again|at the end|when)\b|[.;]?$)(?<=\bkind\b[^;]*)/gi,
  /"[^"\n]*"|`[^`\n]*`|(?<=\s)'[^'\n]*'|(?<=\s)-{1,2}delete\b/g,
  /\b(?:create|get|list|watch|update|patch|read|write|put|view)\b(?:\w|[\s,/]|\band\b|\bor\b){0,50}\bdelet\w+/gi,
  /\b(?:can|may|might|could|allowed to|able to|rights? to|permission to|only|want to)\s+(?:also\s+)?delete\b/gi,
  /\b(?:do not|don't|never|not|without|must not|cannot|can't|nothing)\s+(?:be\s+|ever\s+)?(?:delet|destroy|wip|eras|purg|nuk|remov|drop|terminat|truncat)\w*/gi,
  /\b(?:refus|forbid|prevent|declin|disallow|impossible|protect)\w*(?:\s+\w+){0,4}?\s+(?:delet|destroy|wip|eras|remov|drop)\w*/gi,
  /\b(?:delet|remov|clean|expir|purg|destroy|drop|wip)\w*(?:\s+\w+){0,4}?\s+(?:automatically|by itself|themselves|itself|(?:when|once|after|older|afterwards?|again|at the end|finally)\b)/gi,
  /\b(?:after|older than|for)\s+\S+\s+(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?)\b[^.;]{0,30}?\b(?:delet|remov|expir|purg)\w*/gi,
  /\b(?:reclaim|deletion|delete|lifecycle)[ -](?:policy|protection|rule|marker)s?\b[^.;,]*/gi,
  /\b(?:final|lifecycle|object|s3:object)\S*\s*(?:remov|delet)\w*/gi,
  /\bfrom scratch\b(?! and delete)/gi,
  // What a program is told, and what a manifest holds.
  /\b(?:remov|delet|drop|unset|tak)\w*\b[^.;]{0,30}\b(?:env\w*\s*var\w*|variables?|probes?|labels?|annotations?|limits?|requests?|tolerations?|ports?|side-?cars?|containers?|mounts?|flags?)\b/gi,
  /\b(?:args?|arguments?|command)\s*[:=]?\s+[^.;,]*/gi,
  /\bdelet\w+ (?:on release|when released|once released)\b/gi,
  // Where something named is, not what goes.
  /\b(?:from|in|inside|within|out of)\s+(?:the\s+)?(?:[\w-]+\s+namespace\b|namespaces?\s+(?!(?:and|with)\b)[\w-]+)/gi,
];

/** Something that cannot be undone is asked for without naming exactly what. */
export function isWipe(text: Passage): boolean {
  const wishes = HARMLESS.reduce((t, harmless) => t.replace(harmless, ' '), text.text);
  return WIPE.test(wishes);
}

const PUBLIC =
  /\b(?:public(?:ly)?|from (?:the )?(?:outside|internet)|on the (?:public )?internet|to the (?:internet|world|outside)|world-?wide|internet-facing)\b/i;
/** What is said to be impossible is no wish for it. */
const DENIED =
  /\b(?:no|not|nothing|nobody|no[ -]?one|none|never|neither|nor|without|cannot|can't|don't|doesn't|isn't|aren't|mustn't|deny|denies|block(?:s|ed)?|forbid\w*|prevent\w*)\b[^.;,:]{0,70}/gi;
const CLOSED =
  /\b(?:nobody|no ?one|nothing)(?: (?:from|on))?(?: the)? (?:outside|internet)\b[^.;,]{0,20}\b(?:reach|see|access|connect)\w*|\b(?:no|without|deny|block(?:s|ed)?|never)\b[^.;,]{0,16}\b(?:external|outside|internet|public|inbound)\b[^.;,]{0,12}(?:traffic|access|connections?)?|\b(?:only|purely) (?:internal|inside the cluster|cluster-internal)\b|\binternal only\b/i;

interface Clash {
  readonly one: RegExp;
  readonly other: RegExp;
  /** Of several things one may be so and another not. */
  readonly single?: true;
  readonly question: string;
}

const CLASHES: readonly Clash[] = [
  { one: PUBLIC, other: CLOSED, question: 'Should it be reachable from the internet or not? The description says both.' },
  { one: /\b(?:runs?|run(?:ning)?|start\w*) as root\b(?! ?file)|\bas user root\b|\buid 0\b/i, other: /\b(?:non-?root|not (?:run )?as root|never (?:run )?as root|runAsNonRoot)\b/i, question: 'Should it run as root or not? The description says both.' },
  { one: /\b(?:un-?encrypted|without encryption|no encryption|encryption off)\b/i, other: /(?<!un)(?<!un-)\b(?:encrypted|with encryption|encryption on)\b/i, question: 'Should it be encrypted or not? The description says both.' },
  { one: /\b(?:stateless|no persistence|without persistence|ephemeral only|keeps? nothing)\b/i, other: /\b(?:keeps? (?:its|all|the) data|data (?:must )?surviv\w+|persistent (?:volume|storage)|with persistence)\b/i, question: 'Should its data be kept or not? The description says both.' },
  { one: /\b(?:must not|may not|cannot|can't|never|not allowed to|no|without(?: any)?)\b(?:\s+(?:use|have|need|get|write to|be|any|a))*\s+(?:persistent )?(?:volumes?|claims?|pvcs?|persistent storage)\b|\b(?:volumes?|claims?|pvcs?)\s+(?:are|is)\s+(?:not allowed|forbidden|not permitted)\b/i, other: /\bdata\b[^.;,]{0,24}\b(?:surviv\w+|outliv\w+|kept|persist\w*|never (?:be )?lost)\b|\bkeeps? (?:its|all|the) data\b/i, single: true, question: 'Should its data outlive the pod or not? Without a volume it cannot, and the description wants both.' },
  { one: /\bprivate\b[^.;,]{0,20}\bbucket\b|\bbucket\b[^.;,]{0,20}\bprivate\b/i, other: /(?<!not )(?<!never )(?<!no )\bpublic(?:ly)? (?:readable|accessible|writable|read access)\b|(?<!not )\breadable by (?:anyone|everyone|everybody)\b/i, question: 'Should the bucket be private or public? The description says both.' },
  { one: /\b(?:and )?nothing (?:else|more)\b|\bnothing but\b/i, other: /\balso\s+(?:contains?|includes?|has|have|runs?|holds?|needs?|adds?)\b|\b(?:contains?|includes?|has|have|runs?|adds?)\b[^.;]{0,40}\b(?:too|as well|also)\b/i, question: 'Should there be anything besides, or not? The description says both.' },
  { one: /\bdelet\w+ (?:it|everything|all)\b/i, other: /\bkeep (?:it|everything|all)\b(?! (?:in|on|at))/i, question: 'Should it be deleted or kept? The description says both.' },
]; // prettier-ignore

function clashes({ one, other, single }: Clash, text: string): boolean {
  if (single === true && findApps(text).length + findImages(text).length > 1) return false;
  if (one !== PUBLIC) return one.test(text.replace(other, ' ')) && other.test(text);
  if (!CLOSED.test(text) || !PUBLIC.test(text.replace(DENIED, ' ').replace(CLOSED, ' '))) return false;
  // Of several things one may be public and another not.
  return findApps(text).length + findImages(text).length + [...text.matchAll(BUILD)].length < 3;
}

/** Where a description says two things that cannot both be done. */
export function contradictions(text: string): string[] {
  const found = CLASHES.filter((c) => clashes(c, text)).map((c) => c.question);
  const counts = countsOf(text);
  if (counts.length > 1)
    found.push(`How many replicas should there be: ${counts.join(' or ')}? The description says both.`);
  return found;
}

const isOther = (between: string): boolean =>
  /[\n()]/.test(between) ||
  findImages(between).length + findApps(between).length > 0 ||
  new RegExp(BUILD.source, 'i').test(between);

/** Different counts for one thing; ranges, changes and several things have a right to more than one. */
function countsOf(text: string): number[] {
  // "… but exactly N" takes back what was said before it, whatever that was.
  const takenBack = /\bbut\b[^.;]{0,40}\bexactly\b/i.test(text) && !/\beach\b/i.test(text);
  if (
    !takenBack &&
    /\b(?:between|from (?=\d|one|two|three|four|five)|min\w*|max\w*|up to|at least|at most|auto-?scal\w*|hpa|scale[sd]?|canary|blue|green|each|leader|primary|master|followers?|to \d+|staging|production|dev)\b|\d\s*(?:-|to)\s*\d/i.test(
      text,
    )
  )
    return [];
  // Each with an image of its own is counted by itself.
  if (new Set(findImages(text).map((i) => i.image)).size > 1) return [];
  const workloads = findKinds(text).filter((k) => k.info.workload === true).length;
  const commas = /\bexactly\b|\bonly\b|\bsingle\b/i.test(text);
  if (workloads > 1 || !commas) return [];
  const all = [
    ...text.matchAll(new RegExp(`\\b(${NUMBER})\\s+(?:\\w+\\s+)?(?:replicas?|instances?|copies|pods)\\b`, 'gi')),
  ];
  // Counts with a line, a bracket or another thing's name between them are not said of the same.
  const apart = all.some((m, i) => {
    const before = all[i - 1];
    return before !== undefined && isOther(text.slice(before.index + before[0].length, m.index));
  });
  return apart ? [] : [...new Set(all.map((m) => numberOf(m[1] ?? '1')))];
}

const REFUSED: readonly (readonly [RegExp, string])[] = [
  [/\b(?:curl|wget)\b[^|\n]{0,200}\|\s*(?:sudo\s+)?(?:ba|z|da)?sh\b/i, 'A script from the network is not run unread. Which program should be installed, from which package or image?'],
  [/\brm\s+-[a-z]*r[a-z]*f?\s+(?:--no-preserve-root\s+)?\/(?:\s|$|\*)|\bmkfs\b|\bdd\s+if=\/dev\/(?:zero|u?random)\s+of=\/dev\/|:\(\)\s*\{/i, 'That would destroy the machines that it runs on. What should be cleaned up, exactly?'],
  [/(?:~\/\.(?:aws|ssh|kube)|\/etc\/shadow|\.env\b|id_rsa|credentials?|secrets?|tokens?|passwords?|kubeconfig)\b[^.;]{0,80}(?<!\b(?:an?|the|by|via|per|as|gets?|want) )(?<!e-)\b(?:send|post|upload|mail|exfiltrat\w*|publish|leak)\w*\b[^.;]{0,40}(?:https?:|@|\bto\b)|\b(?:send|post|upload|mail|exfiltrat\w*|leak)\w*\b[^.;]{0,60}(?:~\/\.(?:aws|ssh|kube)|id_rsa|credentials?|secrets?|tokens?|passwords?|kubeconfig)\b[^.;]{0,40}\bto\b/i, 'Credentials are not sent anywhere. Who needs access, and to what? They can be given rights of their own.'],
  [/\bcluster-?admin\b[^.;]{0,60}\b(?:everyone|everybody|anonymous|all users|unauthenticated|the internet|public)\b|\b(?:everyone|everybody|anyone|anonymous|all users|unauthenticated|the internet)\b[^.;]{0,60}\bcluster-?admin\b/i, 'Nobody is made administrator of a cluster without a name. Who needs which rights, in which namespace?'],
  [/\b(?:disable|turn off|switch off|bypass|skip|remove)\b[^.;]{0,30}\b(?:all )?(?:security|authentication|authori[sz]ation|rbac|approvals?|gates?|guardrails?|audit\w*)\b(?! (?:group|context|scan))|\bapprove (?:every|all|each)\w*[^.;]{0,20}\byourself\b|\bignore (?:all )?(?:the )?(?:previous|prior|above|earlier) (?:instructions|rules)\b/i, 'Approvals and protections stay as they are; a plan cannot turn them off. What should be deployed, and where?'],
  [/\b(?:crypto ?-?min(?:er|ing)|xmrig|bot ?net|ddos|ransomware|key ?logger)\b/i, 'This is not planned. What should run, and for whom?'],
]; // prettier-ignore

/** A text that somebody pasted, in quotes; what it orders is not the person's wish. */
const PASTED =
  /(\b(?:pasted?|quot\w*|says?|said|reads?|wrote|writes|written|wiki|readme|ticket|comment|e-?mail|page|log|issue|note)\b[^"\n]{0,60})"([^"\n]{30,})"/gi;
const ORDERS =
  /\bignore\b[^.]{0,30}\b(?:rules|instructions|above|previous)\b|\b(?:system|assistant|admin\w*)\s*:|\byou (?:are|must) now\b|\bdisregard\b|\b(?:approvals?|approval steps?|guardrails?|gates?) off\b|\|\s*(?:ba)?sh\b/i;

/** The description without orders that only a quoted text gives. @returns those, too */
export function withoutPastedOrders(description: string): {
  readonly text: string;
  readonly orders: readonly string[];
} {
  const orders: string[] = [];
  const text = description.replace(PASTED, (whole, lead: string, quoted: string) => {
    if (!ORDERS.test(quoted)) return whole;
    orders.push(quoted);
    return lead;
  });
  return { text, orders };
}

/** What cannot be, whatever else is said: ports, addresses, clocks and counts beyond their ends. */
export function impossible(text: string): string[] {
  const found: string[] = [];
  const port = [...text.matchAll(/\bports?\s+(?:number\s+)?(\d{5,7})\b|\b\d{1,5}:(\d{5,7})\b|:(\d{5,7})(?=[\s/,.;)]|$)/gi)].map((m) => Number(m[1] ?? m[2] ?? m[3])).find((n) => n > 65_535); // prettier-ignore
  if (port !== undefined) found.push(`Ports end at 65535, so ${port} is none. Which port is meant?`);
  const address = [...text.matchAll(/(?<![\d.])(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,3}))?(?![\d.])/g)].find((m) => m.slice(1, 5).some((n) => Number(n) > 255) || Number(m[5] ?? 0) > 32); // prettier-ignore
  if (address !== undefined) found.push(`${address[0]} is no address of a network. Which range is meant?`);
  const time = /\bat (2[5-9]|[3-9]\d):(\d{2})\b|\bat (\d{1,2}):([6-9]\d)\b/.exec(text);
  if (time !== null) found.push(`There is no ${time[0].slice(3)} o'clock. When is it meant to run?`);
  const negative = /(?:\bminus |(?<=\s)-)(\d+) (?:replicas?|instances?|copies|pods|nodes|tasks)\b/i.exec(text);
  if (negative !== null) found.push('There cannot be fewer than none of something. How many are meant?');
  const bounds = /\bmin(?:imum)?(?: of| size| capacity| replicas)?\s*[=:]?\s*(\d+)\b[^.;\d]{0,24}\bmax(?:imum)?(?: of| size| capacity| replicas)?\s*[=:]?\s*(\d+)\b/i.exec(text); // prettier-ignore
  if (bounds !== null && Number(bounds[1]) > Number(bounds[2]))
    found.push(
      `The fewest (${bounds[1] ?? ''}) are more than the most (${bounds[2] ?? ''}). How many should there be?`,
    );
  return found;
}

/** What is answered with a question instead of a plan, whatever else is wished for. */
export const refusals = (text: string): string[] =>
  REFUSED.filter(([words]) => words.test(text)).map(([, question]) => question);
