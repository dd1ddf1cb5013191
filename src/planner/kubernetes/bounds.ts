/**
 * How many may be away and how many must stay, however it is put: "never drop below four ready pods", "of five three always have to
 * survive", "evictions may take at most a quarter". What the bound is for (a rollout, a drain) is in other words of the same sentence.
 */
import { NUMBER, numberOf } from '../grammar/quantities.ts';

const COUNT = String.raw`(\d+\s?(?:%|percent\b)|\d+|${NUMBER}|none|nobody|no|zero)(?![\w.:/=-])`;
const UNDER = String.raw`(?:under|below|fewer than|less than)`;
const OVER = String.raw`(?:above|over|more than|beyond)`;
const LEAST = new RegExp(
  String.raw`\b(?:at least|min(?:imum|imal(?:ly)?)?(?: of| is)?|min ?-?available(?: of| is|:|=)?|(?:never|not|no|nor) (?:[a-z]+ ){0,3}?${UNDER}|always|(?:drop|fall|go|sink)s?(?:ping|ing)? ${UNDER})\s+(?:be\s+|of\s+|the\s+)?${COUNT}`,
  'i',
);
const MOST = new RegExp(
  String.raw`\b(?:at (?:the )?most|max(?:imum|imal(?:ly)?)?(?: of| is)?|max ?-?unavailable(?: of| is|:|=)?|(?:never|not|no) (?:[a-z]+ ){0,2}?${OVER}|only|just|up to)\s+(?:of\s+)?${COUNT}`,
  'i',
);
const BARE = new RegExp(String.raw`(?<![\w.:/=-])${COUNT}`, 'gi');
const STAYS =
  /\b(?:stay(?:s|ing)?|remain(?:s|ing)?|surviv\w+|keeps?|kept|up|ready|available|alive|running|left|serving|healthy|there)\b/i;
const GOES =
  /\b(?:missing|down|away|unavailable|evict\w*|lost|los(?:e|es|ing)|takes?|taken|taking|out|gone|disrupt\w*|remov\w+|interrupted|offline|absent)\b/i;

export interface Bound {
  readonly field: 'minAvailable' | 'maxUnavailable';
  /** A number or a share with `%`. */
  readonly value: string;
}

const valueOf = (word: string): string =>
  /%|percent/i.test(word)
    ? `${Number.parseInt(word, 10)}%`
    : /^(?:no|none|nobody|zero)$/i.test(word)
      ? '0'
      : String(numberOf(word));

/** @param bare a number alone may be one. The bound that a clause sets on pods; nothing where it says neither what stays nor what goes. */
export function boundIn(clause: string, bare = true): Bound | undefined {
  const least = LEAST.exec(clause)?.[1];
  const most = MOST.exec(clause)?.[1];
  const [stays, goes] = [STAYS.test(clause), GOES.test(clause)];
  if (least !== undefined && (stays || goes)) return { field: 'minAvailable', value: valueOf(least) };
  if (most !== undefined && goes) return { field: 'maxUnavailable', value: valueOf(most) };
  const away =
    /\b(?:no|not|never|none|without)\b[^.;]{0,40}\b(?:any|a single|one|tak\w+|los\w+|missing|down|unavailable)\b/i;
  if (goes && away.test(clause)) return { field: 'maxUnavailable', value: '0' };
  if (/\bone (?:at a time|by one|after (?:the other|another))\b/i.test(clause)) return { field: 'maxUnavailable', value: '1' }; // prettier-ignore
  const numbers = [...clause.matchAll(BARE)].map((m) => m[1] ?? '').filter((word) => !/^(?:no|none|nobody)$/i.test(word)); // prettier-ignore
  const only = numbers.at(-1);
  if (!bare || only === undefined || (!stays && !goes)) return undefined;
  return { field: stays ? 'minAvailable' : 'maxUnavailable', value: valueOf(only) };
}

const UPDATE =
  /\b(?:updat(?:e|es|ed|ing)|roll(?:s|ed|ing)?[ -]?outs?|rolls? out|rolling(?: ?-?updates?)?|upgrad(?:e|es|ing)|new (?:version|release|revision)s?|(?:old|new) (?:pod|one|replica|version)s?|deploys?)\b/i;
const DRAIN =
  /\b(?:drain(?:s|ed|ing)?|evict\w*|disruptions?|maintenance|nodes? (?:are|is|get|gets|may|can|must|have|has)\b|voluntary)\b/i;
const FIELD = /\bsurge\b|unavailable\b|\bminAvailable\b|\brecreate\b/i;
const LITERAL = /(?<![\w./-])[a-z0-9][\w.-]*(?:\/[\w.-]+)*:[\w.-]*\w|["'`]|\bports?\b|\bimage\b/i;
const PODS_SAID = new RegExp(String.raw`\b(\d+|${NUMBER})\s+(?:replicas?|copies|pods?|instances)\b`, 'i');

/** A whole clause about rollouts in the words of the strategy's fields; other clauses as they are. */
function rolloutOf(clause: string, text: string): string {
  if (!UPDATE.test(clause) || FIELD.test(clause) || DRAIN.test(clause) || LITERAL.test(clause)) return clause;
  const old = /\bold\b/i.exec(clause);
  if (old !== null && /\b(?:kill|stop|end|gone|shut|remov|terminat|delet|down|away|clos)\w*/i.test(clause) && /\bbefore\b/i.test(clause) && /\bnew\b/i.test(clause)) return ' Recreate strategy'; // prettier-ignore
  const more = new RegExp(String.raw`\b(\d+\s?%|${NUMBER})\s+(?:(?:pods?|replicas?)\s+)?(?:more|extra|additional|surplus|new|on top)\b`, 'i').exec(clause)?.[1]; // prettier-ignore
  const surge = more === undefined ? '' : `, maxSurge ${valueOf(more)}`;
  if (/\b(?:no|without(?: any)?|zero) (?:loss of|losing|lost|reduced) (?:capacity|pods?|replicas?)\b|\b(?:full|whole) capacity\b/i.test(clause)) return ` maxUnavailable 0${surge}`; // prettier-ignore
  if (more !== undefined) return `${clause}${surge}`;
  const bound = boundIn(clause, false);
  if (bound === undefined) return clause;
  if (bound.field === 'maxUnavailable') return ` maxUnavailable ${bound.value}`;
  const all = PODS_SAID.exec(text)?.[1];
  const away = bound.value.endsWith('%')
    ? `${100 - Number.parseInt(bound.value, 10)}%`
    : String(all === undefined ? 0 : Math.max(0, numberOf(all) - Number(bound.value)));
  return ` maxUnavailable ${away}`;
}

/** Words that a budget of its own is asked for with. */
const BUDGETED = /\b(?:disruption ?budgets?|pdbs?|minAvailable|maxUnavailable)\b/i;

/** Words of a sentence that is about more than a budget. */
const OTHERS =
  /\b(?:deployments?|(?:stateful|daemon|replica) ?sets?|(?:cron ?)?jobs?|replicas?|services?|taints?|tolerat\w+|spread|(?:label|cordon|drain|uncordon) (?:the )?nodes?)\b/i;

/** A whole sentence about drains and evictions as a budget, with the pods, the namespace and the name that it holds. */
function budgetOf(sentence: string): string {
  const plain = sentence.replace(/^(\s*)(?:a |the )?budget (?=["'`]?[a-z])/i, '$1pod disruption budget ');
  if (
    BUDGETED.test(plain) ||
    !DRAIN.test(plain) ||
    LITERAL.test(plain) ||
    OTHERS.test(plain.replace(/\bnamespace \S+/gi, ''))
  )
    return plain;
  const bound = boundIn(plain.replace(/^[^,]*\bnodes?\b[^,]*,/i, ''));
  if (bound === undefined) return plain;
  const pairs = plain.match(/(?<![\w./-])[a-z][\w./-]*=[\w.-]*\w/gi) ?? [];
  const where = /\b(?:in|of)(?: the)? namespace ["'`]?([a-z0-9-]+)|\bnamespace:? ["'`]?([a-z0-9-]+)/i.exec(plain);
  const space = where?.[1] ?? where?.[2];
  return ` a pod disruption budget with ${bound.field} ${bound.value}${pairs.length === 0 ? '' : ` for pods labelled ${pairs.join(', ')}`}${space === undefined ? '' : ` in namespace ${space}`}`;
}

/** @returns the text with what it says of pods that stay or go during rollouts and drains in the words of the fields */
export const boundsSaid = (text: string): string =>
  text
    .replace(/[^.;\n]+(?:[.;](?=\S)[^.;\n]*)*/g, budgetOf)
    .replace(/[^.;,:\n]+(?:[.,;:](?=\S)[^.;,:\n]*)*/g, (clause) => rolloutOf(clause, text));
