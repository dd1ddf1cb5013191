/** Prose about objects in the short words that the grammars know: "the first one", "shows up as files under", "a pod that serves that claim from". */

const OBJECT = String.raw`(?:config ?-?map|secret|pvc|(?:persistent ?volume ?)?claim|deployment|stateful ?set|daemon ?set|service(?! ?account)|pod|cron ?job|job|container|volume|service ?account|namespace)`;
const ID = String.raw`["'\x60]?([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)["'\x60]?`;
const NAMED = new RegExp(String.raw`(?<![\w-])(${OBJECT})\s+(?:(?:called|named)\s+)?(?:["'\x60]([a-z0-9][a-z0-9.-]*)["'\x60]|([a-z0-9]+(?:-[a-z0-9]+)+)|(?<=(?:called|named)\s)([a-z0-9][a-z0-9-]*)|([a-z0-9]+)(?=\s*\())`, 'gi'); // prettier-ignore
const SIZE_WORDS = String.raw`\d+(?:\.\d+)?\s?[KMGT]i?B?`;

/** Phrases and what they mean. */
const PHRASES: readonly (readonly [RegExp, string])[] = [
  [/^\s*(?:hi|hello|hey|good (?:morning|evening)|dear (?:all|team|colleagues))(?: (?:all|team|there|everybody|folks))?\s*[!,.]+\s*|\b(?:thx|thanks(?: a lot| in advance)?|thank you|cheers|many thanks)\b[!,.]*/gi, ''],
  // Files and variables out of ConfigMaps and Secrets.
  [new RegExp(String.raw`\b(?:every|each|all)(?: the| of the)? (?:keys?|entry|entries|values?|files?) (?:of|in|from) (?:the )?(config ?-?map|secret) ${ID} (?:shows? up|appears?|is|are|becomes?|lands?|ends? up|should (?:be|appear|show up|land)|must be)(?: (?:available|mounted|visible|placed|there))?(?: each)?(?: as (?:an? )?(?:single |own )?files?)? (?:under|in|at|inside|below) (?=/)`, 'gi'), '$1 $2 mounted at '],
  [/\b(?:comes?|taken|is|read|set|filled)?\s*(?:from|out of)\s+(?:the\s+)?["'`]?([\w.-]+)["'`]?\s+key\s+(?:of|in|from)\s+(?=the\s|config|secret)/gi, ' from key $1 of '],
  [new RegExp(String.raw`\b(?:serves?|publish(?:es)?|hosts?|delivers?|shows?)\s+(?:the contents? of\s+|the files? (?:of|in|on|from)\s+)?(?:the|that|this)\s+(claim|pvc|volume|config ?-?map)\s+(?:${ID}\s+)?(?:from|at|under|in)\s+(?=/)`, 'gi'), 'mounts the $1 $2 at '],
  [new RegExp(String.raw`\b(?:the )?(?:\w+ )?(?:lies?|lives?|is|are|sits?|kept) (?:in|on) (?:the |an? )?(?:existing )?(claim|pvc|secret|config ?-?map) ${ID}\s*[;,]?\s*(?:and |which |please )?mount(?:s|ed)? (?:it|that|this)\s+(?:in)?to`, 'gi'), '$1 $2 mounted at'],
  [new RegExp(String.raw`\b(?:an? )?(?:empty |scratch |temporary |shared )+volume\s+${ID}\s+(?:goes (?:to|in(?:to)?)|is mounted (?:at|to|under)|at|under|lives at)\s+(?=/)`, 'gi'), 'emptyDir volume $1 mounted at '],
  [/\bat the same (?:path|place|location)\b/gi, 'at the same path'],
  [/\b(?:the )?(host(?:'s)?|node(?:'s)?) (?:directory|folder|path) (\/[\w./-]*\w)(?: is)? mounted (?:at|under|in) (?:the same path|the same place)/gi, 'host path $2 mounted at $2'],
  // Rights.
  [/\bprivilege escalation (?:must |should |has to |needs to )?(?:be |is )?(?:off|disabled|forbidden|not allowed|denied|false)\b/gi, 'no privilege escalation'],
  [/\bfiles? (?:on|in|of) (?:its|the|all) volumes? (?:should |must )?belongs? to (?:the )?group (\d+)/gi, 'fsGroup $1'],
  [/\b(?:volumes?|files?) (?:are |is )?(?:owned by|belong(?:s|ing)? to) (?:the )?group (\d+)/gi, 'fsGroup $1'],
  // Rollouts.
  [/\b(?:at most|max(?:imum)?|no more than|up to)\s+(one|two|three|\d+%?)\s+(?:pods?\s+)?(?:extra|additional|surplus|more)\b(?:\s+(?:pods?|replicas?|one))?(?:\s+(?:at a time|during the \S+))?/gi, 'maxSurge $1'],
  [/\b(one|two|three|\d+)\s+(?:extra|additional|surplus)\s+(?:pods?|replicas?)\s+(?:at most|at a time|is allowed|are allowed|may be started)\b/gi, 'maxSurge $1'],
  [/\b(?:at most|no more than|never more than|only)\s+(one|two|three|\d+)\s+(?:members?|brokers?|nodes?|pods?|replicas?|instances?|of them)\s+(?:may|can|must|should|is allowed to)\s+be\s+(?:evicted|down|away|drained|taken down|missing|disrupted)(?:\s+at (?:any|a|the same|one) time|\s+at once)?/gi, 'maxUnavailable $1'],
  [/\b(?:so\s+)?no overlapping roll-?outs?\b|\b(?:never|no) two versions (?:running )?at (?:once|the same time)\b|\bold (?:one|pod|version) (?:must be |has to be |is )?(?:gone|stopped|killed) before the new(?: one)? starts\b/gi, 'Recreate strategy'],
  // Waiting and sleeping.
  [/,?\s*\bjust sleep(?:s|ing)\b/gi, ', running sleep infinity'],
  // Times.
  [/\b(\d+)\s?(s|sec|seconds?|minutes?) to (?:terminate|stop|shut ?down|finish)\b/gi, 'grace period $1 $2'],
  [/\bruns? (sleep \d+[smhd]?)\b/gi, 'runs "$1"'],
  [/\b(?:should |must |to )?(?:clean(?:s|ed)? (?:itself |themselves )?up|(?:be )?(?:removed|deleted|gone)|disappears?|remove itself|delete itself) (?:after|in|within) (one|two|three|five|ten|fifteen|twenty|thirty|\d+)\s?(seconds?|minutes?|hours?|days?|weeks?)\b/gi, 'removed after $1 $2'],
  [/\b(?:give|gives|giving) up after (one|two|three|four|five|six|ten|\d+) (?:failures?|failed (?:tries|attempts|pods)|tries|attempts|errors)\b/gi, 'backoffLimit $1'],
  [/\bno restarts? (?:inside|within|in) the (?:pod|container)\b|\b(?:a )?failed (?:container|pod) is not restarted\b/gi, 'restart policy Never'],
  [new RegExp(String.raw`\b(one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|\d+) (?:numbered|indexed) (?:work )?(?:items|tasks|pieces|chunks|shards|parts)\b`, 'gi'), 'indexed with $1 completions'],
  [/\b(one|two|three|four|five|six|\d+) at a time\b/gi, '$1 in parallel'],
  [/\b(?:for )?each one\b/gi, 'each'],
  [new RegExp(String.raw`\btakes? (${SIZE_WORDS}) (?:out of|from|of) (?:the )?(?:storage )?class ["'\x60]?([a-z0-9][a-z0-9-]*)["'\x60]?`, 'gi'), 'of $1 with storage class $2'],
  [/(?<!storage |priority |runtime |ingress |gateway |[\w-])class(?: name)?d? (?:named |called |is )?["'`]?(manual|standard|fast|slow|gold|silver|bronze|premium|local|[a-z0-9]+(?:-[a-z0-9]+)*-(?:ssd|hdd|storage|path|sc|disk)|gp[23]|resizable|expandable)["'`]?/gi, 'storage class $1'],
]; // prettier-ignore

/** @returns the text with its phrases made plain and its references resolved */
export function prosaic(text: string): string {
  let plain = text;
  for (const [words, short] of PHRASES.slice(0, 1)) plain = plain.replace(words, short);
  plain = ordinals(plain);
  for (const [words, short] of PHRASES.slice(1)) plain = plain.replace(words, short);
  return plain;
}

interface Named {
  readonly kind: string;
  readonly name: string;
  readonly at: number;
}

/** "the first one", "the latter", "the second": of two or more objects of one kind that were named before. */
function ordinals(text: string): string {
  const word = String.raw`\bthe (first|second|third|former|latter|last)(?: (?:one|of (?:them|these|those|the two)))?(?=\s*[,.;:)]|\s+(?:with|by|through|on|as|at|in|to|from|is|are|gets?|has|needs?|shows?|should|must|may|can|and|mounted|under|via|using|for|which|of)\b|\s*$)`;
  return text.replace(new RegExp(word, 'gi'), (whole, which: string, at: number) => {
    const group = lastGroup(text.slice(0, at));
    const index = { first: 0, former: 0, second: 1, third: 2, latter: group.length - 1, last: group.length - 1 }[which.toLowerCase()] ?? 0; // prettier-ignore
    const one = group[index];
    return one === undefined || group.length < 2 ? whole : `the ${one.kind} ${one.name}`;
  });
}

const kindOf = (word: string): string => word.toLowerCase().replace(/[\s-]/g, '').slice(0, 9);

/** The last objects of one kind of which several were named. */
function lastGroup(before: string): Named[] {
  const all: Named[] = [];
  for (const m of before.matchAll(NAMED)) {
    const name = m[2] ?? m[3] ?? m[4] ?? m[5] ?? '';
    if (name !== '' && !all.some((o) => o.name === name)) all.push({ kind: m[1] ?? '', name, at: m.index });
  }
  const counts = new Map<string, Named[]>();
  for (const one of all) counts.set(kindOf(one.kind), [...(counts.get(kindOf(one.kind)) ?? []), one]);
  const several = [...counts.values()].filter((g) => g.length > 1);
  return several.sort((a, b) => (a.at(-1)?.at ?? 0) - (b.at(-1)?.at ?? 0)).at(-1) ?? [];
}
