/**
 * How people say what a field of Kubernetes means, in the field's own words: "guaranteed 100m and may burst to 400m", "skip if the
 * previous run is still going", "stays behind when its claim is deleted", "just an alias for db.example.com".
 */
import { DURATION, NUMBER, numberOf, TIME } from '../grammar/quantities.ts';
import { boundsSaid } from './bounds.ts';
import { preparedFirst } from './prepared.ts';
import { escaped } from '../text.ts';
import { inZones } from '../grammar/zones.ts';

type Saying = readonly [RegExp, string | ((...parts: string[]) => string)];

const N = `(${NUMBER})`;
const MUST = String.raw`(?:should|must|shall|will|is to|are to|has to|have to|needs? to|may|can)`;
const AMOUNT = String.raw`\d+(?:\.\d+)?\s?(?:m\b|milli-?(?:cores?|cpus?)\b|v?cpus?\b|cores?\b|[KMGT]i?B?\b|(?:kibi|mebi|gibi|mega|giga)bytes?\b|gigs?\b)`;
const RUN = String.raw`(?:(?:the|a|an|any|one|its|another)\s+)?(?:(?:previous|last|earlier|former|old|preceding|prior|running)\s+)?(?:run|job|one|instance|execution|backup|it|start)(?:\s+before)?`;
const STILL = String.raw`(?:is |are |has |have |was |does )?(?:still (?:be )?(?:going|running|busy|active|working|in progress|at work)|(?:not|n't) (?:yet )?(?:been )?(?:finish(?:ed)?|done|over|end(?:ed)?|complete[d]?|through)(?: yet)?)`;
const STILL_RUN = String.raw`${RUN}(?:(?:\s+(?:that|which))?\s+|(?=n't))${STILL}`;
const PRINTS = String.raw`(?:prints?|printing|echo(?:e?s|ing)?|outputs?|outputting|shows?|showing)`;
const SLEEPS = String.raw`(?:sleeps?|sleeping)`;
const VOLUME = String.raw`(?:the |its |their |a )?(?:volumes?|disks?|data|they|it)`;
const CLAIM = String.raw`(?:the|their|its|a|that)\s+(?:pvc|(?:volume )?claim)s?`;
const GONE = String.raw`(?:(?:is|are|gets?|goes|go) )?(?:deleted|removed|gone|away|dropped)`;
const HOST = String.raw`["'\x60]?([a-z0-9-]+(?:\.[a-z0-9-]+)+)["'\x60]?`;
const LABEL = String.raw`["'\x60]?([\w./-]+\s?[=:]\s?[\w.-]*\w)["'\x60]?`;
const TAINT = String.raw`["'\x60]?([\w./-]+(?:=[\w.-]+)?:(?:NoSchedule|NoExecute|PreferNoSchedule))["'\x60]?`;
const SHUT = String.raw`(?:shut ?down|shutting down|termination|stopping|it (?:is )?(?:stop(?:s|ped)|shut(?:s|ting)? down|terminat(?:es|ed)|ends)|being stopped)`;

const seconds = (text: string): string => {
  const [, n = '1', unit = 's'] = new RegExp(DURATION, 'i').exec(text) ?? [];
  const times = { m: 60, h: 3600, d: 86_400 }[unit.charAt(0).toLowerCase()] ?? 1;
  return String(numberOf(n) * times);
};

const SAYINGS: readonly Saying[] = [
  [/\b(?:with|has|and|uses)?\s*(?:without (?:an? |any )?|with no |no |(?:an? |the )?empty )storage ?class(?: ?name)?\b/gi, ' no storage class'],
  [/\b(after|within|for|than|takes|in|gets|have|has|it|sleep(?:s|ing)?) an? (second|minute|hour|day|week)\b(?! (?:ago|long))/gi, '$1 1 $2'],
  [/(\d)\s?(ki|me|gi|te)bibytes?\b/gi, (_m, n = '', unit = '') => `${n}${unit.charAt(0).toUpperCase()}i`],
  [/(\d)\s?(mega|giga|tera)bytes?\b/gi, (_m, n = '', unit = '') => `${n} ${unit.charAt(0).toUpperCase()}B`],
  // Amounts that are promised, and those that are not passed.
  [new RegExp(String.raw`\b(?:starts?|begins?) (?:out |off )?(?:at|with) (?=${AMOUNT})`, 'gi'), 'requests '],
  [new RegExp(String.raw`(\brequests ([^.;\n]{1,30}?))\s*,?\s*(?:and |but )?(?:it )?(?:may |can |could |might )?(?:(?:burst(?:s|ing)?|grow|go up|use|go|take|peak(?:s|ing)?)(?: up)? to|(?:is |be )?(?:cut off|capped|limited|stopped) at|at most|no more than|never more than|up to) (\d+(?:\.\d+)?)(?![\d.]*\s?[a-z%]|\.\d|\d)`, 'gi'), (_m, lead = '', amount = '', to = '') => `${lead} and limits ${to}${/\d\s?(m(?:illi\w*)?|[KMGT]i?B?|(?:mebi|gibi|mega|giga)bytes?|cpus?|cores?)\b/i.exec(amount)?.[1] ?? ''}`],
  [new RegExp(String.raw`\b(?:and |but )?(?:it )?(?:may |can |could |might |is allowed to )?(?:burst(?:s|ing)?|use|grow|take|go)(?: up)? (?:up )?to (?=${AMOUNT})`, 'gi'), ', limits '],
  // Scaling.
  [/\b(\d{1,3}) ?(?:percent|per cent|pct)\b/gi, '$1 %'],
  [/\bscale (?:the )?(existing )?(deployment|stateful ?set) (["'`]?[a-z0-9][a-z0-9-]*["'`]?) (?:automatically|by itself|up and down)/gi, 'autoscale the $1$2 $3'],
  [new RegExp(String.raw`\b(?:have |run (?:with )?|be )?(?:anything |anywhere )(?:from|between) ${N} (?:up )?(?:to|and) ${N} (pods|replicas|instances|copies)`, 'gi'), (_m, from = '1', to = '2', what = 'pods', ...rest) => `${/\b(?:hpa|auto-?scal\w*)\b/i.test(rest.at(-1) ?? '') ? '' : 'autoscaler '}from ${numberOf(from)} to ${numberOf(to)} ${what}`],
  [/\b(\d{1,3}) ?% of (?:the|their|its) (?:requested )?(cpu|memory)(?: (?:that )?(?:they|it|each) (?:requests?|asks? for)| requests?| requested)?/gi, '$1 % $2'],
  // Names.
  [/,?\s+(?:goes|go|known|is known) by the name (?:of )?/gi, ' named '],
  [/,?\s+whose container (?=named\b)/gi, ', container '],
  // Probes.
  [/\b(liveness|readiness|startup)(?: and (liveness|readiness))?,? (?=(?:on|at|via|by|against|asks?|under)\s+(?:port \d+ |http |GET )?(?:\/|port|:))/gi, (_m, one = '', two?: string) => `${one}${two === undefined ? '' : ` and ${two}`} probe `],
  [/\balive (?:as long as|while|if|when) (?:GET )?["'`]?(\/[\w./-]*\w)["'`]? (?:answers?|responds?|works?)(?:,? (?:and )?(?:is )?(?:checked|asked|polled|looked at))?/gi, 'liveness probe on $1'],
  // Ends.
  [new RegExp(String.raw`\b(?:a |the )?(?:pod|container)s? (?:that|which) (?:is|are) (?:told to (?:stop|end)|being stopped|stopped|shut down|terminated|asked to stop),?\s+(?:${MUST}\s+)?(?:first )?(?:waits?|sleeps?|pauses?)(?: for)? (${TIME})(?: first)?`, 'gi'), (_m, time = '') => `preStop hook sleeps ${seconds(time)}`],
  [new RegExp(String.raw`(preStop hook sleeps \d+[^.;\n]{0,40}?)\b(?:and )?(?:is|are|gets?|be) killed (?:at the latest )?after (${TIME})(?: at the latest)?`, 'gi'), (_m, lead = '', time = '') => `${lead}, termination grace period ${time}`],
  [new RegExp(String.raw`\b(?:on|at|upon|before|during|when|once)\s+(?:its\s+|the\s+)?${SHUT},?\s+(?:(?:it|the pod|the container)\s+)?(?:${MUST}\s+)?(?:first\s+)?(?:let it\s+|please\s+)?(?:waits?|sleeps?|pauses?)(?:\s+for)?\s+(${TIME})(?:\s+first)?(?:\s*\([^)]*\))?`, 'gi'), (_m, time = '') => `preStop hook sleeps ${seconds(time)}`],
  [new RegExp(String.raw`\bpre-?stop(?: hook)?(?: (?:that|which|of|with))? (?:waits?|pauses?|waiting|sleep of)(?: for)? (${TIME})`, 'gi'), (_m, time = '') => `preStop hook sleeps ${seconds(time)}`],
  [new RegExp(String.raw`\b(?:give|grant|allow|leave)s? (?:it|them|the pods?|each pod) (?:up to )?(${TIME})(?: (?:altogether|in total|overall|in all|all in all))?(?: (?:to|for) (?:shut(?:ting)? ?down|stop(?:ping)?|terminat\w+|finish(?:ing)?|end(?:ing)?)| altogether| in total| overall)`, 'gi'), (_m, time = '') => `termination grace period ${time}`],
  [new RegExp(String.raw`\b(?:it|they|(?:the |each |every )?pods?) (?:${MUST} )?(?:gets?|has|have|is given|be given) (${TIME}) (?:(?:altogether|in total) )?(?:to|for) (?:shut(?:ting)? ?down|stop(?:ping)?|terminat\w+|end|finish|(?:a )?clean (?:stop|end|shut ?down))`, 'gi'), (_m, time = '') => `termination grace period ${time}`],
  [new RegExp(String.raw`\b(?:shutting down|shut ?down|stopping|termination|its end) (?:may|can|might|could) take (?:up to )?(${TIME})`, 'gi'), (_m, time = '') => `termination grace period ${time}`],
  [/\brestart(?:s|ed)?:? never\b|\b(?:it )?(?:must|should|is|are|shall)(?: to)? (?:not|never) (?:be )?(?:to be )?(?:started again|restarted|start again)\b(?: (?:when|if|after|once) (?:it|they) (?:ends?|fails?|stops?|exits?|is done))?/gi, 'restart policy Never'],
  [new RegExp(String.raw`\b(?:(?:with|gets?|have|has|allow) )?(${TIME}) (?:of )?grace(?: period)?(?= ?[,.;)]|$| (?:to|for|before|when|and)\b)`, 'gi'), (_m, time = '') => `termination grace period ${time}`],
  [/\ball (?:the )?(?:pods|members|replicas|copies|of them) (?:are |is |be |to be |may )*(?:start(?:ed|ing)?|launch(?:ed|ing)?|brought up|come up) (?:at once|at the same time|in parallel|together|simultaneously)/gi, 'parallel pod management'],
  // Runs of a cron job.
  [new RegExp(String.raw`\b(?:if|when|while|as long as|should|in case)\s+${STILL_RUN}\s*,?\s*(?:then\s+)?(?:please\s+)?(?:just\s+)?(?:skip|leave|omit|don't|do not|drop|pass|no |not|the (?:new|next) one (?:is|must be|should be) (?:skipped|left out|dropped))[^.;,\n]{0,50}`, 'gi'), 'concurrency policy Forbid'],
  [new RegExp(String.raw`\b(?:skip|leave out|omit|drop|don't (?:start|run|begin|launch)|do not (?:start|run|begin|launch)|never (?:start|run|begin|launch)|(?:must|should) not (?:start|run|begin))[^.;\n]{0,40}?\s(?:if|when|while|as long as|until|before)\s+${STILL_RUN}`, 'gi'), 'concurrency policy Forbid'],
  [new RegExp(String.raw`\b${STILL_RUN}\s+(?:${MUST}\s+be|is|gets|will be)\s+(?:stopped|killed|cancell?ed|replaced|ended|aborted|terminated)(?:[^.;\n]{0,20}?\b(?:next|new)\b[^.;,\n]{0,20})?`, 'gi'), 'concurrency policy Replace'],
  [new RegExp(String.raw`\b${N} (?:that|which) (?:succeeded|were successful|went well|worked)\b`, 'gi'), '$1 successful'],
  [new RegExp(String.raw`\b${N} (?:that|which) (?:failed|went wrong)\b`, 'gi'), '$1 failed'],
  [new RegExp(String.raw`\b(?:of (?:the )?finished (?:ones|jobs|runs),? )?(?:keep|remember|retain)(?:s|ing)? (?:only )?(?:the )?(?:last )?${N} (?:successful|good|green|finished)(?: runs?| jobs?| ones?)? and (?:the )?(?:last )?${N} (?:failed|bad|red|broken)(?: jobs?| runs?| ones?)?(?: (?:in|as) (?:the )?history)?`, 'gi'), (_m, good = '3', bad = '1') => `successful jobs history limit ${numberOf(good)}, failed jobs history limit ${numberOf(bad)}`],
  [/\b(?:remember|keep|retain)s? (?:only )?the last (successful|failed) (?:run|job|one)\b/gi, 'keep 1 $1'],
  [/,? ?\b(?:but |and )?(?:it is |is )?(?:paused|switched off|on hold|inactive|not active)(?: (?:for now|at first|for the moment|initially|for the time being|yet))+/gi, ', suspended'],
  [/\b(?:runs?|jobs?|they|executions) (?:may|can|are allowed to) (?:overlap|run (?:at the same time|side by side))\b/gi, 'concurrency policy Allow'],
  // What small containers do.
  [new RegExp(String.raw`\b(?:that |which )?(?:only |just |simply )?${PRINTS} (?:the )?(?:current )?(?:date|time)(?: and time)? (?:once )?(?:every|each) (${TIME}|second|minute|hour)`, 'gi'), (_m, time = '') => `running \uE002while true; do date; sleep ${seconds(/\d|\s/.test(time) ? time : `1 ${time}`)}; done\uE002`],
  [new RegExp(String.raw`\b(?:that |which )?(?:only |just )?(?:${PRINTS}|says?|saying|writes?|logs?) ("[^"\n]+"|'[^'\n]+'|\uE000\d+\uE001|(?<=['"\x60\uE001]))(?: to (?:the|its) (?:log|console|standard output|output))? (?:once )?(?:every|each) (${TIME}|second|minute|hour)`, 'gi'), (whole, text = '', time = '') => text === '' ? whole : `running \uE002while true; do echo ${text}; sleep ${seconds(/\d|\s/.test(time) ? time : `1 ${time}`)}; done\uE002`],
  [/\b(?:that |which )?(?:only |just |simply )?(?:prints?|printing|shows?|lists?|outputs?) (?:its|the|all) (?:own )?environment(?: variables?)?(?: (?:out|to the log))?/gi, 'running env'],
  [new RegExp(String.raw`\b(?:that |which )?(?:only |just )?${PRINTS} (?:the )?(?:current )?(?:date|time)(?: and time)? and (?:then )?(?:the text |the words |the line )?("[^"\n]+"|'[^'\n]+'|\uE000\d+\uE001)`, 'gi'), (_m, text = '') => `running \uE002date; echo ${text}\uE002`],
  [new RegExp(String.raw`\b(?:that |which )?(?:only |just )?(?:${PRINTS}|says?|saying|writes?|writing) (?:the text |the words |the line )?("[^"\n]+"|'[^'\n]+'|\uE000\d+\uE001)(?: to (?:the|its) (?:log|console|standard output|output))?\s*,?\s*(?:and |then |and then )${SLEEPS}\s+(?:for )?(forever|for ever|infinitely|an? (?:hour|day|minute)|${TIME})`, 'gi'), (_m, text = '', time = '') => `running \uE002echo ${text}; sleep ${/ever|infin/i.test(time) ? 'infinity' : seconds(time.replace(/^an? /i, '1 '))}\uE002`],
  [new RegExp(String.raw`\b(?:that |which )?(?:only |just |simply )?${PRINTS} (?:its |the )host ?name\b`, 'gi'), 'running hostname'],
  [new RegExp(String.raw`\b(?:that |which )?(?:only |just |simply )?${SLEEPS}(?: for)? (an? (?:hour|day|minute)|${TIME})(?=\s*(?:[.,;)]|$))`, 'gi'), (_m, time = '') => `running sleep ${seconds(time.replace(/^an? /i, '1 '))}`],
  [new RegExp(String.raw`(?<!\uE002|; |do )\b(?:that |which )?(?:only |just |simply )?${PRINTS} (?:the text |the words |the line )?("[^"\n]+"|'[^'\n]+'|\uE000\d+\uE001)(?=\s*(?:[.,;)]|$|and (?:then )?(?:ends|exits|stops|quits)\b))`, 'gi'), (_m, text = '') => `running \uE002echo ${text}\uE002`],
  // Storage.
  [/\b(?:it (?:should|must|has to|needs to) be )?possible to (?:make|grow|enlarge|extend|expand|resize|increase) (?:the |its |their )?(?:volumes?|disks?|claims?)(?: (?:bigger|larger|grow))?(?: (?:later|afterwards|on|at any time))*/gi, 'allow volume expansion'],
  [/\b(?:deleting|removing|dropping) (?:a|the|its|their) (?:claim|pvc)s? (?:must|should|may|does|do|shall|will) not (?:delete|remove|destroy|lose|touch)[^.;,\n]{0,30}/gi, 'reclaim policy Retain'],
  [/\b(?:to be |is |be )?used (?:where|when|if|by|for) (?:an? |every |all |any )?(?:claims?|pvcs?) (?:that |which )?(?:names?|says?|asks? for|sets?|has|have) (?:none|no class|no other|nothing)\b/gi, 'the default class'],
  [new RegExp(String.raw`\b${VOLUME} ${MUST} be (?:grown|enlarged|extended|expanded|resized|made larger|made bigger|increased)(?: (?:later|afterwards?|on|later on|at any time))*|\b(?:resizing|enlarging|expansion|growing)(?: (?:them|volumes))? (?:must|should|has to|is|needs to) (?:be )?(?:possible|allowed|supported|on|enabled)`, 'gi'), 'allow volume expansion'],
  [new RegExp(String.raw`\b(?:${VOLUME} )?(?:${MUST} )?(?:stays?|remains?|be kept|are kept|is kept|kept|survives?|outlives?|are retained|is retained|be retained|lives? on)(?: behind| on| there)?(?:,? (?:when|after|if|once|even when|even if) ${CLAIM} ${GONE}| (?:after )?(?:its|their|the) (?:pvc|claim)s?(?:'s? (?:deletion|end))?)`, 'gi'), 'reclaim policy Retain'],
  [new RegExp(String.raw`\b${VOLUME} (?:${MUST} )?(?:goes|go|is deleted|are deleted|is removed|are removed|disappears?|be deleted)(?: away)? (?:together |along )?(?:with|when|after|as soon as) ${CLAIM}(?: ${GONE})?`, 'gi'), 'reclaim policy Delete'],
  [new RegExp(String.raw`\b(?:${VOLUME} )?(?:${MUST} )?(?:only )?(?:gets?|be|are|is)? ?(?:only )?(?:created|made|provisioned|bound|placed|allocated)(?: only)?,? (?:in the (?:same )?zone (?:where|in which|of|that) [^.;,\n]{0,40}?\bpods?\b(?: (?:ends? up|runs?|lands?|is|are|goes|is scheduled))?|(?:once|when|as soon as|after|until) (?:a|the|some|their|its) pods? (?:(?:that|which) (?:needs?|wants?|uses?|mounts?) (?:them|it|one) )?(?:needs?|wants?|uses?|asks? for|claims?|mounts?|(?:is|has been|was|are) (?:scheduled|placed|started|known))(?: (?:them|it|one))?)`, 'gi'), 'volume binding mode WaitForFirstConsumer'],
  [/\b(\d{3,6}) IOPS\b/gi, 'iops $1'],
  [/\b(?:claims?|pvcs?|they) (?:may|can) (?:ask for|get|request|be given) more(?: space| storage| room)?(?: (?:later|afterwards|on))*/gi, 'allow volume expansion'],
  [new RegExp(String.raw`\bnothing (?:is|gets|must be|may be) (?:deleted|removed|lost) (?:when|if|with|after) ${CLAIM}(?: ${GONE}| is)?`, 'gi'), 'reclaim policy Retain'],
  [/\b(?:late binding|binds? late|bound late)(?:,? (?:only )?(?:when|once|as soon as) (?:a|the) pods? (?:shows? up|appears?|comes?|is there|needs? (?:it|one)))?/gi, 'volume binding mode WaitForFirstConsumer'],
  // Priorities.
  [/\b(?:must|should|may|shall|can|does|do|will) ?(?:not|n't) preempt(?:s|ing)?(?: (?:anything|anybody|others?|other pods|any|running pods))?/gi, 'never preempts'],
  [/\b(?:which|that) (?:every|all|any) pods? (?:gets?|has|have|uses?)(?: by default)? (?:that|which|if it|unless it) [^.;,\n]{0,24}\b(?:none|no other|no class|another|nothing else)\b/gi, 'global default'],
  [/\b(priority ?class (?:named |called )?["'`]?[a-z0-9-]+["'`]?),? (?:worth|at|of|is|counts?) (?=\d)/gi, '$1 value '],
  [/\b(?:rather|instead)(?: of| than)? (?:to )?(?:preempt|evict|push|kick)\w*(?: out)?(?: (?:others?|other pods|running pods|anybody|any))?/gi, ', preemption policy Never'],
  [/,?\s*\(?(?:and )?\b(?:it |which |that )?(?:must |should |may |shall |can |does |do )?(?:never|not|n't) (?:be allowed to )?(?:push(?:es)? out|kicks? out|evict(?:s\b|\b)|displaces?|drives? out|throws? out|push(?:es)? aside)(?: (?:any|other|others|running|lower|the|existing|pods?))*(?: \(no preemption\))?\)?/gi, ', preemption policy Never'],
  [/\b(?:with )?(?:no|without|never any) preemption\b(?! ?policy)/gi, 'preemption policy Never'],
  [/\b(?:applied|applies|given|goes) to (?:every|all|any) pods? (?:that|which) (?:names?|says?|has|have|sets?|asks? for) (?:none|no other|no class)\b/gi, 'global default'],
  // Accounts.
  [/\b(?:whose|its|the|their) (?:(?:service ?account|api|access)\s+)*token (?:is|must|should|shall|may|must be|should be)?\s*(?:never|not)(?: be)?(?: (?:auto-?|automatically ))?\s*mounted(?: (?:automatically|into (?:the )?pods?|by itself|unless asked|by default))*|\bpods? (?:must|should|may|do|shall) not (?:get|receive|see|have) (?:its|the) (?:api )?token(?: (?:by (?:themselves|default)|automatically))?/gi, ' (do not automount its token)'],
  [/\b(?:pulls?|pulling) (?:its|the|their) images? (?:with|using|by|through) (?:the |an )?(?:existing )?(?:image )?(?:pull )?secret (?=["'`]?[a-z0-9])/gi, 'pull secret '],
  [/\b(?:its |the )?images? (?:is|are|must be|should be) pulled (?:with|using|by|through) (?:the )?(?:existing )?(?:pull )?secret (?=["'`]?[a-z0-9])/gi, 'pull secret '],
  [/\b(?:the )?(?:credentials|login|password) (?:for|of) (?:the|our|its) registry (?:are|is|lie|lies) in (?:the )?(?:existing )?(?:secret )?(?=["'`]?[a-z0-9])/gi, 'pull secret '],
  [/\b(?:no|without(?: an?| the)?) (?:api )?token in (?:its|the|their) pods?\b|\b(?:the )?(?:api )?token (?:auto-?)?mount(?:ing)? (?:is |must be |should be )?(?:switched |turned )?(?:off|disabled)\b/gi, 'do not automount its token'],
  [/\b(?:its )?(?:images? )?(?:comes? |is )?from (?:a|the|our) private registry,? (?:and )?(?:the )?secret (["'`]?[a-z0-9][a-z0-9-]*["'`]?) (?:has|holds|contains|knows|gives) (?:the |its )?(?:login|credentials|password)(?: (?:for|to|of) it)?/gi, 'pull secret $1'],
  [/\b(?:do not|don't|never) (?:auto-?)?mount (?:its|the|their) (?:(?:service ?account|api) )*token(?: (?:into|in|to) (?:the |any )?pods?| automatically)*/gi, 'do not automount its token'],
  [/\b(?:logs? in(?:to)?|authenticates?|signs? in)(?: to| at| with)? (?:the |our |its )?(?:image )?registry (?:with|using|by|through) (?:the )?(?:existing )?(?:credentials in )?(?:the )?(?:secret )?(?=["'`]?[a-z0-9])/gi, 'pull secret '],
  // Where pods run.
  [/\b(same|different|separate|distinct) (?:machine|server|computer)(s?)\b/gi, '$1 node$2'],
  [new RegExp(String.raw`\bnodes?,? (?:that are |which are )?(?:labell?ed(?: with)?|with (?:the )?label) ${LABEL},? (?:that|which|and|they)?(?: are| is)?(?: also)? tainted(?: with)? ${TAINT}`, 'gi'), (_m, label = '', taint = '') => `nodes labelled ${label.replace(/\s/g, '')}, tolerates the taint ${taint}`],
  [new RegExp(String.raw`\b(?:may|can|should|must)?(?: also)? run on (?:the |our )?(?:[\w-]+ )?nodes? (?:with|that have|having) (?:the |a )?taint ${TAINT}`, 'gi'), (_m, taint = '') => `tolerates the taint ${taint}`],
  [new RegExp(String.raw`\b(?:only |just )?(?:(?:on|to|onto|for) (?:the |our |those )?)?(?:[\w-]+ )?nodes?,? (?:(?:that|which) are |are )?tainted(?: with)? ${TAINT}\s*,?\s*(?:which|that|and|they)?\s*(?:also )?(?:have|carry|carries|has|bear|wear)?(?: also)?\s*(?:the |a )?label(?:led)? ${LABEL}(?:,? and nowhere else)?`, 'gi'), (_m, taint = '', label = '') => `nodes labelled ${label.replace(/\s/g, '')}, tolerates the taint ${taint}`],
  [new RegExp(String.raw`\b(?:on )?(?:the |our |all )?(?:[\w-]+ )?nodes? (?:that |which )?(?:have|carry|has|wear|bear) (?:the |a )?taint ${TAINT} and (?:the |a )?label ${LABEL}`, 'gi'), (_m, taint = '', label = '') => `nodes labelled ${label.replace(/\s/g, '')}, tolerates the taint ${taint}`],
  [/,?\s+(?:and )?(?:it belongs |it runs |run it )?there,? and nowhere else\b|,? and nowhere else\b/gi, ''],
  [new RegExp(String.raw`\b(?:these|those|the nodes|these nodes|those nodes|which|they) (?:are|have been|is) (?:also )?tainted(?: with)? ${TAINT}`, 'gi'), 'tolerates the taint $1'],
  [/\beach (?:one |of them |pod )?on (?:its|an?) (?:very )?own (?:node|machine|host)\b/gi, 'no two on the same node'],
  // Spreading: what is said of the rule goes on about it.
  [/(?<!\b(?:spread|distributed|spreads|distribute|them)(?: out)? )\b(?:run )?(?:as )?evenly (?:as possible )?(across|over|between|among) (?=(?:the |all |our )?(?:\w+ )?(?:availability )?(?:zones|nodes|hosts|regions))/gi, 'spread evenly $1 '],
  [new RegExp(String.raw`,?;?\s*(?:(?:which|they|that|numbers?|and|the|biggest|smallest|largest|fullest|emptiest|zones?|nodes?) ){1,8}may (?:only )?differ (?:only )?by (?:at most |up to )?(?:an? )?${N}(?: pods?| replicas?)?(?: at most)?`, 'gi'), ' maxSkew $1'],
  [/(\b(?:spread|maxSkew)\b[^.;\n]{0,90}?)\s*[;,]?\s*(?:and )?(?:this|that|which|it) is (?:a must|mandatory|required|strict|a hard (?:rule|requirement))/gi, '$1 DoNotSchedule'],
  [new RegExp(String.raw`\s*[,-]?\s*(?:with )?(?:a |the )?(?:maximum |max(?:imal)? )?(?:difference|skew|imbalance|deviation)(?: of)?(?: is| may be| must be)? (?:at most|no more than|max(?:imum)?|up to|not more than) ${N}(?: pods?)?`, 'gi'), ' maxSkew $1'],
  [new RegExp(String.raw`,?\s*(?:with )?(?:no more than|at most) ${N} (?:pods? )?(?:of )?(?:a )?difference\b`, 'gi'), ' maxSkew $1'],
  [/\s*[,;]?\s*(?:and |but )?\b(?:rather|better|preferably)\b (?:do not|don't|not to|not|leave (?:one|it|a pod|them|pods)|keep (?:one|it|a pod)|let (?:it|one|a pod)|to leave|have)(?: to)? ?(?:schedul\w*|pending|wait\w*|run\w*|place\w*)?[^.;,\n]{0,24}? than (?:to )?(?:break|violat\w+|go against|ignore|bend)\w*(?: (?:that|it|this|the rule))?/gi, ' DoNotSchedule'],
  [/\s*[,;]?\s*(?:and |but )?\bif (?:that|this|it) (?:is|isn't|is not) (?:impossible|not possible|possible),? (?:it|they|the pod|pods?|a pod)(?: (?:must|should|has to|shall|is to|stays?|remains?|waits?|stay|remain|wait|be|kept|left))+(?: pending| unscheduled)?/gi, ' DoNotSchedule'],
  [/\b(?:the )?nodes? (?:whose|where the) label ["'`]?([\w./-]+)["'`]? (?:is|equals|has the value|=) ["'`]?([\w.-]*\w)/gi, 'nodes labelled $1=$2'],
  [/[;,.]?\s*(?:it|the service)(?: itself)? listens on (?:port )?(\d{2,5})(?:,| and|;)? (?:and )?(?:the |its )?(?:containers?|pods?) (?:listen |listens )?(?:on|at) (?:port )?(\d{2,5})/gi, ', port $1 to target port $2'],
  [/\b(?:with|has|gets|and) (?:an?|one|the) volume (?:called |named )?["'`]?([a-z][a-z0-9-]*)["'`]? (?:which is |that is )?mounted (?:at|on|under|in|to) (?=["'`]?\/)/gi, 'mounts the volume $1 at '],
  // Traffic.
  [/\b(?:nobody|no one|no-?body|nothing|none) (?:may|can|must|should|is to|is allowed to) (?:connect to|reach|talk to|access|contact|call) (?:any|a|the|its)(?: of the)? pods?(?: there)?\b(?! (?:from|except|but))/gi, 'deny all ingress traffic to all pods'],
  [/\bno (incoming|inbound|ingress|outgoing|outbound|egress) (?:traffic|connections?)(?: (?:to|for|into|from|out of) (?:any|all|its|the)(?: of the)? pods?)?(?: (?:is|are) allowed)?(?: by default)?(?! ?(?:,|but|except|from|to|other|is|may))/gi, (_m, way = '') => `deny all ${/^(?:o|e)/i.test(way) ? 'egress' : 'ingress'} traffic`],
  [/\b(?:by default )?(?:the )?pods?(?: there| in it)? (?:can|may|must|should) neither be (?:reached|contacted|called)[^.;\n]{0,20} nor (?:reach|contact|call|connect to|send)[^.;\n]*/gi, 'deny all ingress traffic and egress traffic to all pods'],
  // Rights.
  [/\b(?:the )?(?:(service ?account|user|group) )?["'`]?([a-z][\w.@-]*\w)["'`]? (?:may|can|is allowed to|should be able to|is to) do (?:everything|anything|all|whatever (?:it|he|she|they) (?:wants?|likes?)) ?(?:(there|in it)|(?:only )?(?:inside|in|within)(?: the)?(?: namespace)? ([a-z0-9][a-z0-9-]*))?(?:[ ,]+(?:but |and )?(?:nothing|not|no more) (?:elsewhere|anywhere else|outside(?: of it)?|in (?:any )?other namespaces?))?/gi, (_m, kind?: string, name = '', there?: string, space?: string, ...rest) => everything(kind, name, space, rest.at(-1) ?? '')],
  // Autoscalers.
  [new RegExp(String.raw`\b(?:${MUST}\s+)?(?:get|gets|have|has|run|runs|be|vary|varies)(?: with)? (?:(?:between|from) )?(\d+) (?:and|to) (\d+) (?:replicas|pods|copies|instances),? (?:depending on|according to|as needed by|following|by|based on)(?: the)? (?=cpu|load|memory)`, 'gi'), 'is autoscaled from $1 to $2 pods on '],
  // Budgets.
  [/\b(?:its |the |all )?(?:files?|volumes?|data)(?: (?:on|in|of) (?:its|the|all) volumes?)? (?:are |is |must be |should be )?(?:owned by|belongs? to|belonging to|(?:must|should) belong to) (?:the )?group (?:id )?(\d+)/gi, 'fsGroup $1'],
  [/\b(?:its |whose |the |all )?(?:volumes?'?s? )?files? (?:are to|is to|are|must|should|shall|has to|have to) (?:belong|be owned)(?: to| by) (?:the )?group (?:id )?(\d+)/gi, 'fsGroup $1'],
  [/\b(?:with )?(?:the )?group (\d+) (?:owning|owns|to own) (?:its|the|all|their) (?:volumes?|files)\b/gi, 'fsGroup $1'],
  // Rollouts.
  [new RegExp(String.raw`\b${N} (?:pods? |replicas? )?(?:more|extra|additional)(?: pods?| replicas?)? at most\b`, 'gi'), 'maxSurge $1'],
  // Services.
  [/\b(?:opened |open |reachable |available |exposed )?(?:at|on|under) (?:port )?(3[0-2]\d{3}) (?:of|on) (?:every|each|all|any|the) nodes?/gi, 'NodePort $1'],
  [/\b(?:an? |each |every |the same )?(?:clients?|callers?|users?) (?:always |should |must |is to )*(?:gets?|goes|go|stays?|sticks?|lands?|is sent|are sent|reach(?:es)?|be sent)(?: always)? (?:to |with |at |on |by )?the same pod\b/gi, 'session affinity ClientIP'],
  [/\bingress name (?=["'`]?[a-z0-9])/gi, 'ingress named '],
  [/\b(?:the |its )?(?:tls )?certificate (?:is|lies|lives|sits|comes) (?:in|from) (?:the )?(?:existing )?secret (?=["'`]?[a-z0-9])/gi, 'TLS secret '],
  [new RegExp(String.raw`\b(?:is |that is |which is |that |which |it )?(?:just |simply |only |merely )?(?:(?:is )?an alias(?:,|:| for| of| to)|another name (?:for|of)|points? (?:only )?to (?:the )?(?:host ?name|dns name|external (?:host|name)))\s+(?:the )?(?:host ?(?:name)? )?${HOST}(?: outside (?:of )?the cluster)?`, 'gi'), ' (ExternalName $1)'],
  [/\b(?:but |and )?(?:also )?(?:reachable |open |available |exposed )?(?:on|at) (?:every|each|all|any) nodes?(?:'s?)?,? (?:at |on |under )?(?:port )?(3[0-2]\d{3})\b/gi, 'NodePort $1'],
  [/\b(?:cluster-only|cluster only|(?:only )?reachable (?:only )?(?:inside|within|from inside) the cluster|only inside the cluster)(?=,|\s*$|\.)/gi, 'ClusterIP'],
  [/\bport (\d{2,5}) (?:(?:goes |is sent |leads |forwards? )?(?:to|onto|->) )(?:the |their )?(?:(?:pods?'?|container'?s?)\s+)?(?:port )?(\d{2,5}) of (?:the )?pods?(?: with(?: the label)?| labell?ed)? ([\w./-]+=[\w.-]*\w)/gi, 'port $1 to target port $2, selector $3'],
  [/\bport (\d{2,5}) to (?:the )?(?:pods?|containers?)(?:'s?)? (?:port )?(\d{2,5})\b/gi, 'port $1 to target port $2'],
  [/\b(?:without|with no) (?:an? |any )?cluster ?-?ip\b/gi, 'headless'],
  // Jobs.
  [new RegExp(String.raw`(\b(?:which|that|it|and)|,) may fail (once|twice|${NUMBER} times)\b(?! in a row)(?: before [^.;,\n]{0,30})?`, 'gi'), (_m, lead = '', times = '') => `${lead} ${numberOf(times.split(' ')[0] ?? '1')} retries`],
  [new RegExp(String.raw`\b(?:has|have|gets?) (${TIME}) at (?:the )?most\b`, 'gi'), (whole, time = '', ...rest) => /\bjob\b/i.test(rest.at(-1) ?? '') ? `deadline ${time}` : whole],
  [/\b(?:no|without(?: an?| any)?) (?:second|further|more|other) (?:try|tries|attempts?)\b/gi, 'no retries'],
  [new RegExp(String.raw`\b(?:must|has to|should|needs to) be (?:through|done|over|finished|complete|ready) (?:after|within|in) (${TIME})`, 'gi'), (_m, time = '') => `deadline ${time}`],
  [new RegExp(String.raw`\b(?:may|can|must|should|is to) be (?:tried|run|started) again (?:at most |up to )?(once|twice|${NUMBER} times)|\b(?:try|run) (?:it )?again (?:at most |up to )?(once|twice|${NUMBER} times)`, 'gi'), (_m, a?: string, b?: string) => `${numberOf((a ?? b ?? '1').split(' ')[0] ?? '1')} retries`],
  [/\b(?:do not|don't|never|not) (?:try|run|start) (?:it )?again(?: (?:if|when|after|on) (?:it|they|a) (?:fails?|failure|failed))?/gi, 'no retries'],
  [/\b(?:an? |1 )(second|minute|hour|day|week) after (?:its|the|their|it) (?:end|finish\w*|completion|ended|is done|done)(?: (?:it|they))?(?: (?:is|are|must be|should be|gets))? (?:removed|deleted|gone|cleaned up)/gi, 'removed after 1 $1'],
  [new RegExp(String.raw`\b(${TIME}) after (?:its|the|their|it) (?:end|finish\w*|completion|ended|is done|done)(?: (?:it|they))?(?: (?:is|are|must be|should be|gets))? (?:removed|deleted|gone|cleaned up)`, 'gi'), (_m, time = '') => `removed after ${time}`],
  [new RegExp(String.raw`\b(?:finished |done |completed )?(?:jobs?|it|they) (?:vanish(?:es)?|disappears?|goes away|go away) (?:after|within) (${TIME})`, 'gi'), (_m, time = '') => `removed after ${time}`],
  [new RegExp(String.raw`\b(?:and )?no (container|pod) (?:there |in it )?(?:may|can|must|should|is allowed to) (?:have|use|get|take|ask for|claim|request)(?: for)? more than (${AMOUNT})`, 'gi'), (_m, kind = '', amount = '') => `${kind} max ${amount}`],
  // What containers get that say nothing.
  [/\bgive (?:every|each|all) containers? (?:there|in it)?\s*(?:(?:in|of) (?:the )?(namespace \S+|\S+ namespace) )?(?:these |the following )?defaults:? /gi, (_m, where?: string) => `a limit range ${where === undefined ? '' : `in ${where} `}with default `],
]; // prettier-ignore

const LATE =
  /\b(?:slow|long|ages|a while|forever|lazy|slowly)\b[^.;:\n]{0,24}\b(?:come|comes|coming|start\w*|boot\w*|get|up|warm\w*)\b|\bstart(?:ing|s|up)?\b[^.;:\n]{0,16}\b(?:slow\w*|long|a while|ages)\b|\bbefore (?:anything else|(?:the )?(?:other (?:checks|probes)|liveness|readiness|rest))\b|\bneeds? (?:up to )?\d+ \w+ to (?:boot|start|come up|get up|warm up)\b|\bno other (?:probe|check)\b|\bduring (?:the |its )?(?:start-?up|boot)\b|\bwhile (?:it is |it's )?(?:starting|booting)\b/i;
const TRIES = new RegExp(String.raw`\b${N} (?:times|tries|attempts|checks|failures)\b`, 'i');
const EVERY = new RegExp(
  String.raw`\b(?:every|each|intervals? of|one every|once every)\s+(${TIME})|\b(${TIME}) apart\b`,
  'i',
);
const FIRST_PATH = /(?:^|\s)(?:GET )?["'`]?(\/[\w./-]*\w|\/(?=\s))/;

/** "It is slow to come up: let it try 30 times every 10 seconds on /healthz before anything else": a startup probe. */
const slowStart = (text: string): string =>
  text.replace(/[^.;\n]+(?:\.(?=\S)[^.;\n]*)*/g, (sentence) => {
    const late = LATE.exec(sentence);
    const path = FIRST_PATH.exec(sentence);
    const tries = TRIES.exec(sentence);
    if (late === null || path === null || tries === null || /\bstart-?up ?probe\b/i.test(sentence)) return sentence;
    const every = EVERY.exec(sentence);
    const time = every?.[1] ?? every?.[2];
    // What stands before it may be about the workload, and another probe may be named behind it.
    const lead = sentence.slice(0, Math.min(late.index, path.index, tries.index));
    const kept = /[\w/]:[\w]|\b(?:image|port|replicas?|deployment|pod)\b/i.test(lead) ? `${lead.slice(0, Math.max(lead.lastIndexOf(','), lead.lastIndexOf(':'), 0))},` : '';
    const other = /\b(?:liveness|readiness)(?: probe| check)? (?:on|at|via) (?:GET )?\/[\w./-]*(?:\s+(?:every|each)\s+\d+\s?\w+)?/i.exec(sentence)?.[0];
    return `${kept} startup probe on ${path[1] ?? '/'}${time === undefined ? '' : ` every ${time}`} failure threshold ${numberOf(tries[1] ?? '30')}${other === undefined ? '' : `; ${other}`}`;
  }); // prettier-ignore

const IMAGE = /(?<![\w./-])[a-z0-9][\w.-]*(?:\/[\w.-]+)*:[\w.-]*\w/g;

/** "two init containers, same image: a waits until the name x resolves, b waits for y": each with its image and its loop. */
const initWaits = (text: string): string =>
  text.replace(
    /\b(?:two|three|four|\d) init(?:-| )?containers?\b([^:.;\n]{0,90}):\s*([^.\n]{1,400})/gi,
    (whole, lead: string, list: string, at: number) => {
      const image = [...`${text.slice(0, at)}${lead}`.matchAll(IMAGE)].at(-1)?.[0];
      const items = list.replace(/\([^()]*\)/g, '').split(/\s*(?:;|,\s*(?:and\s+)?|\s+and\s+)\s*(?=[a-z][\w-]*\s+wait)/);
      const made = items.map((item) => {
        const m = /^["'`]?([a-z][a-z0-9-]*)["'`]? waits? (?:for|until) (?:the )?(?:(?:dns )?name |service |host )?["'`]?([a-z][a-z0-9.-]*)["'`]?/i.exec(item.trim());
        return m === null || image === undefined ? undefined : `an init container ${m[1] ?? ''}, ${image}, that waits until the DNS name ${m[2] ?? ''} resolves`;
      });
      return made.every((one) => one !== undefined) ? made.join('. Before it ') : whole;
    },
  ); // prettier-ignore

const SERVICES =
  'services|config ?maps|secrets|pvcs|claims|deployments|priority classes|jobs|cron jobs|service accounts';

/** "three services:" with a line for each: one object after the other; "same pods, same ports" as in the line before. */
const oneEach = (text: string): string =>
  text.replace(
    new RegExp(String.raw`(?<![\w-])(?:two|three|four|five|six|\d) (${SERVICES})\b[^.:\n]{0,40}:[ \t]*\n((?:[ \t]*(?:[-*•]|\d{1,2}[.)])?[ \t]*["'\x60]?[a-z0-9][a-z0-9-]*["'\x60]?[ \t]*(?::|-)[ \t][^\n]+(?:\n|$))+)`, 'gi'),
    (_whole, kinds: string, lines: string) => {
      const kind = kinds.replace(/sses$/i, 'ss').replace(/(?<!s)s$/i, '');
      let before = '';
      return lines
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map((line) => {
          const [, name = '', rest = ''] = /^[ \t]*(?:[-*•]|\d{1,2}[.)])?[ \t]*["'`]?([a-z0-9][a-z0-9-]*)["'`]?[ \t]*(?::|-)[ \t](.+)$/i.exec(line) ?? [];
          const ports = /\bport \d+(?: to target port \d+)?/i.exec(before)?.[0] ?? '';
          const pods = /\bselector [\w./-]+=[\w.-]*\w/i.exec(before)?.[0] ?? '';
          const said = rest.replace(/\b(?:the )?same ports?\b/i, ports).replace(/\b(?:the )?same (?:pods?|selector|labels)\b/i, pods);
          before = said;
          return `${kind} named ${name}, ${said.replace(/[.;]\s*$/, '')}.\n`;
        })
        .join('');
    },
  ); // prettier-ignore

/** "a claim data using it": the storage class that the description makes. */
const itsClass = (text: string): string => {
  const classes = [...text.matchAll(/\bstorage ?class (?:named |called )?["'`]?([a-z0-9]+(?:-[a-z0-9]+)*)/gi)];
  return text.replace(
    /(\b(?:claim|pvc)\b[^.;\n]{0,60}?) (?:that |which )?(?:using|uses|of|from|with) (?:it|this class|that class|the class|this storage class|that storage class)(?=\s*[,.;)]|\s*$)/gi,
    (whole, claim: string) => (classes.length === 1 && classes[0]?.[1] !== undefined ? `${claim} with storage class ${classes[0][1]}` : whole),
  ); // prettier-ignore
};

const WORKLOAD = /\b(?:deployments?|stateful ?sets?|daemon ?sets?|(?:cron ?)?jobs?|compose|chart|helm)\b/i;

/** "I'd like edge-proxy (image …)": what has an image and nothing says what else is a deployment. */
const wished = (text: string): string =>
  WORKLOAD.test(text)
    ? text
    : text.replace(
        /\b(I'd like|I would like|I want|I need|we need|we want|give me|please deploy|deploy|run) (?:an? |the )?["'`]?([a-z][a-z0-9]*(?:-[a-z0-9]+)+)["'`]? \((?:image:? )?(?=[a-z0-9][\w.-]*[:/]\S)/gi,
        '$1 a deployment named $2 (image ',
      );

/** "alice-sa may do everything inside dev-a": who that is was said before, and so was where "there" is. */
function everything(kind: string | undefined, name: string, space: string | undefined, text: string): string {
  const known = new RegExp(
    `\\b(service ?account|user|group)s? (?:called |named )?["'\`]?${escaped(name)}\\b`,
    'i',
  ).exec(text);
  const where = space ?? /\bnamespace:? (?:called |named )?["'`]?([a-z0-9][a-z0-9-]*)/i.exec(text)?.[1];
  return `${kind ?? known?.[1] ?? 'user'} ${name} has full access to any resource${where === undefined ? '' : ` in namespace ${where}`}`;
}

/** Letters that a pattern cannot match without, the longest such run outside of its groups; most texts rule most patterns out by them. */
function neededBy({ source }: RegExp): string {
  let [depth, run, longest] = [0, '', ''];
  const end = (): void => {
    if (run.length > longest.length) longest = run;
    run = '';
  };
  for (let at = 0; at < source.length; at++) {
    const sign = source.charAt(at);
    if (sign === '\\') at++;
    else if (sign === '(' || sign === '[') depth++;
    else if (sign === ')' || sign === ']') depth--;
    else if (depth === 0 && sign === '|') return '';
    if (depth === 0 && /[a-z]/i.test(sign)) run += sign.toLowerCase();
    else if (/[?*{]/.test(sign)) {
      run = run.slice(0, -1); // what may be left out
      end();
    } else end();
  }
  end();
  return longest;
}

const NEEDED = new Map<RegExp, string>();

/** @returns the text with its sayings in the words of the fields; quoted commands stand in it as marks */
export function inFieldsWords(text: string): string {
  let plain = wished(initWaits(inZones(slowStart(boundsSaid(preparedFirst(text))))));
  let low = plain.toLowerCase();
  for (const [pattern, to] of SAYINGS) {
    const needed = NEEDED.get(pattern) ?? neededBy(pattern);
    NEEDED.set(pattern, needed);
    if (!low.includes(needed)) continue;
    const before = plain;
    plain = typeof to === 'string' ? plain.replace(pattern, to) : plain.replace(pattern, to);
    if (plain !== before) low = plain.toLowerCase();
  }
  return itsClass(oneEach(plain));
}
