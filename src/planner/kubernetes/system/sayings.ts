/**
 * How people say of several services what the readers of a system know: "users acme/users:1 x2", "UI is public (LoadBalancer, 80)",
 * "the keys are in secret k (exists)", "a disruption budget so that two always remain".
 */
import { NUMBER, numberOf, TIME } from '../../grammar/quantities.ts';

type Saying = readonly [RegExp, string | ((...parts: string[]) => string)];

const THERE = String.raw`(?:(?:that |which )?(?:already )?exists?(?: already)?|existing|(?:is |it's )?(?:already )?there(?: already)?|(?:(?:that |which )?(?:we |has been |was )?)?(?:already )?(?:created|made|have)(?: already)?|given)`;
const SECRET = String.raw`\b(?:the )?secret ((?:named |called )?["'\x60]?[a-z0-9][\w.-]*[a-z0-9]["'\x60]?)`;

const IMAGE = String.raw`((?:[a-z0-9][\w.-]*\/)*[a-z0-9][\w.-]*:[\w.-]*\w)(?![\w/:])`;
const CLOCK = String.raw`(?:on|at|in|the|of|and|past|half|quarter|\d[\d:.]*\d|\d|[ap]\.?m\b\.?|o'clock|(?:mon|tues|wednes|thurs|fri|satur|sun|week|other )?days?|nights?|mornings?|evenings?|hours?|minutes?|weeks?|months?|midnight|noon|first|UTC)`;

const SAYINGS: readonly Saying[] = [
  // How many, behind what is counted.
  [/(?<=[\w.:/-])(,?) [x×](\d{1,2})(?=\s*(?:[,;.)\n]|$)|\s+(?:on|with|and|behind|at|that|which|plus)\b)/g, (_m, comma = '', count = '') => `${comma} with ${count} replicas`],
  [new RegExp(String.raw`\b(${NUMBER}) (replicas?|copies|instances|pods?) behind (an? (?:kubernetes )?service|a load ?-?balancer)\b`, 'gi'), (_m, count = '', noun = '', front = '') => /balancer/i.test(front) ? `${count} ${noun}, reachable from outside by a load balancer` : `${count} ${noun}, with a service`],
  // Folders of the workspace, by their names.
  [/(?<![\w./:@-])([a-z][\w-]*)\/(?=[\s,;:)]|\.(?:\s|$)|$)/g, '$1'],
  [/(?<=(?:^|[.;:,\n])\s*)(?:please )?build ([\w-]+(?:, [\w-]+)*,? and [\w-]+),? and (?:then )?(?=(?:run|deploy|start|put|roll out) (?:them|both|all)\b)/gi, ''],
  [/(?:(?<=[.;,:\n]\s*)|\(|^)(?:both|all|the|these|their)(?: of the)?(?: \w+)? images? (?:(?:are|come|get|must be|should be|have to be)\s+)+(?:built|made|out of|from)\b[^.;:,\n]*[.,:]?/gi, ' '],
  [/\s*\((?:both|all|each) (?:with|have|has) (?:an? |its |their )?(?:own )?dockerfiles?\)/gi, ''],
  // What something is there for.
  [/,? as (?:its|the|a|their)(?: own)? (?:(?:web|admin|graphical|management) ?-?)?(?:ui|interface|page|console|dashboard|front ?-?end|client)(?=\s*(?:[,.;)]|$)|\s+(?:in|on|and|with|at|for)\b)/gi, ''],
  // What each is called and runs.
  [new RegExp(String.raw`\b(?:(?:the |an? )?(?:front|back)[ -]?end|service|server|worker|api|app|tier|program) ["'\x60]([a-z][a-z0-9-]*)["'\x60],? (?:with |has |runs )?(${NUMBER}) (?:replicas?|copies|instances|pods?) of (?:the image )?${IMAGE}`, 'gi'), (_m, name = '', count = '1', image = '') => `${name} (${image}, ${numberOf(count)} replicas)`],
  [new RegExp(String.raw`(?<![\w:/-] )\b((?:each|every|nightly|daily|hourly|weekly|monthly)\b(?:,? ${CLOCK})*) ${IMAGE}(?=\s+[a-z]+s\b)`, 'gi'), (_m, when = '', image = '') => `${image} ${when.replace(/([ap])\.m\.?/gi, '$1m')}, which`],
  // Where it is opened.
  [/\b(load ?-?balancer|node ?-?port),\s*(?:port\s+)?(\d{2,5})(?=\s*[).;]|\s*$)/gi, '$1 on port $2'],
  [/(,\s+)(?:kubernetes )?service ["'`]?(?=[a-z0-9]+(?:-[a-z0-9]+)+["'`]?\s*(?:[,.;)]|$))/gi, '$1service named '],
  // What is there already.
  [new RegExp(String.raw`${SECRET}\s*(?:,\s*(?:which|that)|\()\s*${THERE}\s*(?:\)|(?=[,.;]))`, 'gi'), 'the existing secret $1'],
  // What is open.
  [/(?<!\bnot )\b(?:is|are|must be|should be|will be|being) the (?:only|one|single|sole) (?:thing|one|part|service|component|piece)s? (?:that (?:is|can be|may be) |which (?:is|can be) |to be )?(?:reach(?:able|ed)|open|visible|exposed|accessible|published)(?: from)?(?: the)? (?:outside|internet|to the (?:outside|world|internet))(?:,? (?:and )?(?=on port))?/gi, 'is reachable from outside by a load balancer '],
  // One address for a service that is there.
  [/(?:\balso, )?["'`]?\b([a-z][a-z0-9-]*)["'`]? \(port (\d{2,5})\) (?:should|must|is to|shall|has to) be (?:reachable|available|served) (?:at|under|on|via) https?:\/\/([a-z0-9.-]+\.[a-z]{2,})\s*[-–—,:]\s*(?:with )?(?:the |an )?ingress named ["'`]?([a-z0-9-]+)["'`]?/gi, 'An ingress named $4 for host $3, path / to service $1 port $2'],
  [/\b(?<!\b(?:no|not|nobody|none|nothing|neither|never)\b[^.;,]{0,24})from (?:the )?outside (?:also |too |must |should |can |may |will |shall |want to |have to |need to )*(?:joins?|connects?|plays?|reach(?:es)? it|gets? in|uses? it|logs? in)(?: to it)?(?: too| also| as well)?(?=\s*[,.;!)]|\s+and\b|\s*$)/gi, 'reachable from outside by a load balancer'],
  // Budgets.
  [new RegExp(String.raw`\b((?:pod )?disruption budget)((?: for (?:the )?[\w-]+)?)(?: please)?,? (?:so )?that (?:always )?(?:at least )?${`(${NUMBER})`}(?: (?:pods?|of (?:them|these)|nodes?|replicas?))? (?:always )?(?:remain|stay|are left|are kept|keep running)(?: up| running| available)?`, 'gi'), (_m, budget = '', whose = '', count = '1') => `${budget}${whose}: at least ${numberOf(count)} stay up`],
  // Signals of life.
  [/\bhealth(?: is)?(?: (?:checked|answers|lives?|found|shown))? (?:on|at|under|via) ["'`]?(\/[\w./-]*\w)["'`]?,? (?:on|at)(?: port)? (\d{2,5})\b/gi, 'health check on $1 port $2'],
  [/(?<=[,(;]\s*)health (?:on|at|under|via) (?=["'`]?\/)/gi, 'health check on '],
  [/\b(?:gets?|runs?|is (?:told|sent)|executes?) (\uE000\d+\uE001|["'`][^"'`\n]+["'`]) before it (?:stops|ends|is stopped|shuts down|is terminated)\b/gi, 'preStop hook runs $1'],
  // Traffic.
  [/[;:.,-]?\s+(?:and |but )?(?:the )?(?:only|one|sole|single) exceptions? (?:is|are)\b/gi, ', the one exception is'],
  // Files.
  [/\b(?:its |the |their )?root file ?systems? (?:should |must |has to |have to |is |are |shall )(?:to )?(?:be )?read-?only(?: too| also| as well)?/gi, 'read-only root filesystem'],
  [/\bwith (?:a )?writable (?=["'`]?\/)/gi, 'with an emptyDir at '],
  // Monitoring by an operator that is there.
  [new RegExp(String.raw`\b(?:with monitoring[:,] )?(?:the )?prometheus(?: operator)? (?:\([^)]*\boperator\b[^)]*\)|is (?:already )?(?:installed|there|running)\b[^.;:]{0,30}[:,;.])\s*(?:(?:it |and )?(?:should|must|shall|is to|please)\s+)?scrapes? (\/[\w./-]+) (?:every|each) (${TIME})`, 'gi'), ' with a ServiceMonitor for path $1 every $2'],
  [new RegExp(String.raw`,?\s*(?:and )?(?:(?:we|i) (?:want|need|would like)(?: to have)? |please |raise |fire )?(?:an )?alerts?(?: us)? (?:when|if) (?:there are )?(?:fewer|less) than ${`(${NUMBER})`} (?:pods?|replicas?|copies|instances)(?: (?:are|is))?(?: (?:available|ready|up|running|there))? for (${TIME})`, 'gi'), (_m, count = '1', time = '') => `. A PrometheusRule named availability, alert with fewer than ${numberOf(count)} available for ${time}`],
]; // prettier-ignore

/** @returns the text with its sayings in the words that the readers of systems know */
export function inPartsWords(text: string): string {
  let plain = text;
  for (const [pattern, to] of SAYINGS) plain = typeof to === 'string' ? plain.replace(pattern, to) : plain.replace(pattern, to); // prettier-ignore
  return plain;
}
