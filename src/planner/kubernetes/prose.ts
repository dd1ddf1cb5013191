/** Prose about objects in the short words that the grammars know: "the first one", "shows up as files under", "a pod that serves that claim from". */

const OBJECT = String.raw`(?:config ?-?map|secret|pvc|(?:persistent ?volume ?)?claim|deployment|stateful ?set|daemon ?set|service(?! ?account)|pod|cron ?job|job|container|volume|service ?account|namespace)`;
const ID = String.raw`["'\x60]?([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)["'\x60]?`;
const NAMED = new RegExp(String.raw`(?<![\w-])(${OBJECT})\s+(?:(?:called|named)\s+)?(?:["'\x60]([a-z0-9][a-z0-9.-]*)["'\x60]|([a-z0-9]+(?:-[a-z0-9]+)+)|(?<=(?:called|named)\s)([a-z0-9][a-z0-9-]*)|([a-z0-9]+)(?=\s*\())`, 'gi'); // prettier-ignore
const SIZE_WORDS = String.raw`\d+(?:\.\d+)?\s?[KMGT]i?B?`;

/** "the color key of the config map x as variable COLOR" */
const KEY_AS_VARIABLE = new RegExp(
  String.raw`(?:the\s+)?(?:keys?\s+)?(?<![\w.])(?!(?:keys?|all|out|one|each|list|name)\b)["'\x60]?([\w.-]*\w)["'\x60]?(?:\s+key)?\s+(?:of|in|from|out of)\s+(?:the\s+)?(?:existing\s+)?([Cc]onfig ?-?[Mm]ap|[Ss]ecret)\s+(?:(?:named|called)\s+)?${ID}\s+(?:as|in|into|to)\s+(?:its\s+|the\s+|an?\s+)?(?:env(?:ironment)?\s+)?(?:variable\s+)?["'\x60]?([A-Z][A-Z0-9_]+)\b`,
  'g',
);
/** "mounts only the key a of the secret x as /b/c" */
const KEY_AS_FILE = new RegExp(
  String.raw`\bmount(?:s|ed|ing)?\s+(?:only\s+|just\s+)?(?:the\s+)?(?:key|entry)\s+["'\x60]?([\w.-]*\w)["'\x60]?\s+(?:of|from|in|out of)\s+(?:the\s+)?(?:existing\s+)?(config ?-?map|secret)\s+${ID}\s+(?:as|at|to)\s+(?:the\s+)?(?:file\s+)?["'\x60]?(\/[\w./-]*?)\/([\w.-]*\w)(?![\w/])`,
  'gi',
);

/** Phrases and what they mean. */
const PHRASES: readonly (readonly [RegExp, string | ((match: string) => string)])[] = [
  [/^\s*(?:hi|hello|hey|good (?:morning|evening)|dear (?:all|team|colleagues))(?: (?:all|team|there|everybody|folks))?\s*[!,.]+\s*|\b(?:thx|thanks(?: a lot| in advance)?|thank you|cheers|many thanks)\b[!,.]*/gi, ''],
  [/\bincl\.\s+/gi, 'including '],
  [/\b(?:max|min|approx|resp|ca|no|nr)\.\s+(?=\d)/gi, (m) => m.replace('.', '')],
  // Files and variables out of ConfigMaps and Secrets.
  [KEY_AS_VARIABLE, (m) => m.replace(KEY_AS_VARIABLE, '$4 from key $1 of the $2 $3')],
  [KEY_AS_FILE, (m) => m.replace(KEY_AS_FILE, 'mounts the $2 $3 at $4 with its key $1 as file $5')],
  [new RegExp(String.raw`\b(?:every|each|all)(?: the| of the)? (?:keys?|entry|entries|values?|files?) (?:of|in|from) (?:the )?(config ?-?map|secret) ${ID} (?:shows? up|appears?|is|are|becomes?|lands?|ends? up|should (?:be|appear|show up|land)|must be)(?: (?:available|mounted|visible|placed|there))?(?: each)?(?: as (?:an? )?(?:single |own )?files?)? (?:under|in|at|inside|below) (?=/)`, 'gi'), '$1 $2 mounted at '],
  [/\b(?:comes?|taken|is|read|set|filled)?\s*(?:from|out of)\s+(?:the\s+)?["'`]?([\w.-]+)["'`]?\s+key\s+(?:of|in|from)\s+(?=the\s|config|secret)/gi, ' from key $1 of '],
  [new RegExp(String.raw`\b(?:serves?|publish(?:es)?|hosts?|delivers?|shows?)\s+(?:the contents? of\s+|the files? (?:of|in|on|from)\s+)?(?:the|that|this)\s+(claim|pvc|volume|config ?-?map)\s+(?:${ID}\s+)?(?:from|at|under|in)\s+(?=/)`, 'gi'), 'mounts the $1 $2 at '],
  [new RegExp(String.raw`\b(?:the )?(?:\w+ )?(?:lies?|lives?|is|are|sits?|kept) (?:in|on) (?:the |an? )?(?:existing )?(claim|pvc|secret|config ?-?map) ${ID}\s*[;,]?\s*(?:and |which |please )?mount(?:s|ed)? (?:it|that|this)\s+(?:in)?to`, 'gi'), '$1 $2 mounted at'],
  [new RegExp(String.raw`\b(?:an? )?(?:empty |scratch |temporary |shared )+volume\s+${ID}\s+(?:goes (?:to|in(?:to)?)|is mounted (?:at|to|under)|at|under|lives at)\s+(?=/)`, 'gi'), 'emptyDir volume $1 mounted at '],
  [/\bat the same (?:path|place|location)\b/gi, 'at the same path'],
  [/\b(?:the )?(host(?:'s)?|node(?:'s)?) (?:directory|folder|path) (\/[\w./-]*\w)(?: is)? mounted (?:at|under|in) (?:the same path|the same place)/gi, 'host path $2 mounted at $2'],
  [new RegExp(String.raw`\b(?:read|writ)\w*\s+(?:[\w-]+\s+){0,3}?(?:(\/[\w./-]*\w)\s+)?(?:from|to|into|on|in|out of)\s+(?:the|that|this|a|an)\s+(?:same\s+)?(?:shared\s+)?volume(?:\s+(?:called |named )?${ID})?(?:\s+(?:at|under)\s+(?=\/)|(?=\s*[,.;]|\s+and\b))`, 'gi'), '\uE010$1\uE011$2\uE012'],
  // Sidecars.
  [/\b(?:next to|beside|alongside) (?:it|that|them|the main (?:container|one))(?: (?:is|runs|sits|comes|lives|goes))?,?\s+(?:an?\s+|the\s+)?(?:container\s+)?["'`]?([a-z][a-z0-9-]*)["'`]?\s*,\s*(?:also\s+)?/gi, 'sidecar container named $1, image '],
  [/(?<=[:.]\s|^)["'`]?([a-z][a-z0-9]*(?:-[a-z0-9]+)+)["'`]?,\s*(?:namespace |ns |in )?(kube-system|kube-public|default|[a-z]+(?:-[a-z]+)*-(?:system|ns|prod|dev|staging)|monitoring|logging|observability|ingress-nginx)["'`]?,\s*(?:image\s+)?(?=[a-z0-9.-]+(?:\/|:)\S)/gim, 'named $1 in namespace $2, image '],
  [/\bthe [\w ]{3,24}? \(([A-Z][A-Z0-9_]+)\)\s*,?\s+(?:(?:comes|is taken|is read|taken|read)\s+)?(?=from\b)/g, '$1 '],
  [new RegExp(String.raw`\b(?:after|at) (\d+|one|two|three|five) (retries|tries|attempts|failures) or (?:after )?(\d+)\s?(seconds?|minutes?|hours?)\b`, 'gi'), 'after $1 $2, deadline $3 $4'],
  [/\bnodes?\s*\(\s*labels?(?:led)?\s+(["'`]?[\w./-]+=[\w./-]+["'`]?)\s*(?:,\s*and|,|and)\s*taint(?:ed|s)?(?: with)?\s+/gi, 'nodes with label $1 (tolerates '],
  [/\bmount(s|ed|ing)? (?:every|each|all)(?: of)?(?: the)? (?:keys?|entry|entries|files?|values?) (?:of|in|from) /gi, 'mount$1 '],
  [/\b(cpu|memory)\s*:\s*(\d[\w.]*)\s*(?:cores?\s+)?(?:requested|requests?)\s*,\s*(\d[\w.]*)\s*(?:cores?\s+)?(?:as )?limits?\b/gi, 'requests.$1 $2, limits.$1 $3'],
  [/\bscale (the (?:deployment|stateful ?set) \S+) (?:between|from) (\d+) (?:and|to|-) (\d+)/gi, 'autoscale $1 from $2 to $3'],
  [/\b(one|two|three|\d+) (?:extra|additional|surplus) (?:pods?|replicas?)(?: are| is)? allowed(?: at most)?/gi, 'maxSurge $1'],
  [/\bnodes?\s*\(\s*nodes? labels?\s+(["'`]?[\w./-]+=[\w./-]+["'`]?)\s*(?:,\s*and|,|and)\s*taint(?:ed|s)?(?: with)?\s+/gi, 'nodes with label $1 (tolerates '],
  [/\bnodes? of the (?:node )?pool \S+ \(\s*nodes? labels?\s+(["'`]?[\w./-]+=[\w./-]+["'`]?)\s*(?:,\s*and|,|and)\s*taint(?:ed|s)?(?: with)?\s+/gi, 'node with label $1 (tolerates '],
  [/\b(?:by default )?limited to (\S+?)(?: cpu)?\s+(?:with|and)\s+(\S+?)(?: cpu)?\s+(?:requested|as request)\b/gi, 'default limit $1, default request $2'],
  [/(?:^|(?<=[.;]\s))mount the (secret|config ?-?map|claim|pvc) (\S+) (?:in|into|to) (?:the )?(deployment|pod|stateful ?set|daemon ?set|cron ?job|job) (["'`]?[a-z0-9][a-z0-9-]*["'`]?(?: \([^)]*\))?) (?:at|under|in) (?=\/)/gim, '$3 $4 mounts the $1 $2 at '],
  [/[;,]\s*(?:but )?only ([\w.-]+\.\w+) as ([\w.-]*\w) and ([\w.-]+\.\w+) as ([\w.-]*\w)/gi, ', key $1 as $2, key $3 as $4'],
  [/\band the service (?:that|which) (?:the ingress|it|this) needs\b/gi, 'and a service'],
  [/\b(config ?-?map|secret|pvc|claim) (["'`]?[a-z0-9][a-z0-9.-]*["'`]?)((?: (?:with|holding|of|that)\b[^.;]*?)?),?\s+(?:is |should be |to be |which is |that is )?mounted (?:in|into|to) (?:the |an? )?(deployment|pod|stateful ?set|daemon ?set|cron ?job|job) (["'`]?[a-z0-9][a-z0-9-]*["'`]?(?: \([^)]*\))?) (?:at|under|in) (\/[\w./-]*\w)/gi, '$1 $2$3. $4 $5 mounts the $1 $2 at $6'],
  [/\bport-?forward(?:ing)?(?: to)? (?:and|or) exec(?:ute commands)?(?: in(?:to)?)? (?:the )?pods\b|\bexec(?:ute commands)?(?: in(?:to)?)? (?:and|or) port-?forward(?:ing)?(?: to)? (?:the )?pods\b/gi, 'create pods/portforward and pods/exec'],
  [/\bexec(?:ute commands)? in(?:to)? (?:the )?pods\b/gi, 'create pods/exec'],
  [/\bport-?forward(?:ing)? (?:in)?to (?:the )?pods\b/gi, 'create pods/portforward'],
  [/\b(?:the )?(?:developer|colleague|engineer|admin|employee|operator|analyst) ([a-z][\w.@-]*) \(user\)/gi, 'the user $1'],
  // Rights.
  [/\bprivilege escalation (?:must |should |has to |needs to )?(?:be |is )?(?:off|disabled|forbidden|not allowed|denied|false)\b/gi, 'no privilege escalation'],
  [/\b(?:(?:must|may|can|should|does|do) ?(?:not|n't)|cannot|never|(?:is|are) not allowed to) (?:be able to )?(?:escalates? (?:its |their |any )?privileges?|gains? (?:any |more |new |additional )*privileges?)\b/gi, 'no privilege escalation'],
  [/\bfiles? (?:on|in|of) (?:its|the|all) volumes? (?:should |must )?belongs? to (?:the )?group (\d+)/gi, 'fsGroup $1'],
  [/\b(?:volumes?|files?) (?:are |is )?(?:owned by|belong(?:s|ing)? to) (?:the )?group (\d+)/gi, 'fsGroup $1'],
  [/\bpods? (?=["'`]?[a-z][\w./-]*=[\w.-]+)/gi, 'pods labelled '],
  [/(?<!class(?: name)?:? ?["'`]?|[\w-])system-(node|cluster)-critical\b/gi, 'priority class system-$1-critical'],
  [/[;,]\s*(?:and )?the TLS secret (["'`]?[a-z0-9][a-z0-9.-]*["'`]?) is mounted (?=(?:at|under|in) \/)/gi, ', mounts the secret $1 '],
  [/\bfrom the pod itself\b/gi, 'from the downward API'],
  // Rollouts.
  [/\b(?:at most|max(?:imum)?|no more than|up to)\s+(one|two|three|\d+%?)\s+(?:pods?\s+)?(?:extra|additional|surplus|more)\b(?:\s+(?:pods?|replicas?|one))?(?:\s+(?:at a time|during the \S+))?/gi, 'maxSurge $1'],
  [/\b(one|two|three|\d+)\s+(?:extra|additional|surplus)\s+(?:pods?|replicas?)\s+(?:at most|at a time|is allowed|are allowed|may be started)\b/gi, 'maxSurge $1'],
  [/\b(?:so\s+)?no overlapping roll-?outs?\b|\b(?:never|no) two versions (?:running )?at (?:once|the same time)\b|\bold (?:one|pod|version) (?:must be |has to be |is )?(?:gone|stopped|killed) before the new(?: one)? starts\b/gi, 'Recreate strategy'],
  [/\brolling (?:updates? )?(?:one|1)(?: pod)? at a time,? ?(?:and )?(?:with )?(?:no|without(?: any)?) (?:surge|extra pods?)\b/gi, 'rolling update with maxSurge 0 and maxUnavailable 1'],
  [/\b(?:no|without(?: any)?|zero) surge\b(?! ?\d)/gi, 'maxSurge 0'],
  [/\b(?:counts? as |is |are )?(?:ready|available) only after (\d+)\s?(?:s|sec|seconds?)\b/gi, 'minReadySeconds $1'],
  // Waiting and sleeping.
  [/,?\s*\bjust sleep(?:s|ing)\b/gi, ', running sleep infinity'],
  // Times.
  [/\b(\d+)\s?(s|sec|seconds?|minutes?)(?: of)? (?:termination ?)grace(?: ?period)?\b/gi, 'termination grace period $1 $2'],
  [/\bhistory(?: limits?)?(?: of)?:? (\d+) (?:good|ok|success\w*)(?: ones| jobs| runs)?(?:,? and|,) (\d+) (?:bad|failed|failures?)(?: ones| jobs| runs)?\b/gi, 'successfulJobsHistoryLimit $1, failedJobsHistoryLimit $2'],
  [/\b(\d+)\s?(s|sec|seconds?|minutes?) to (?:terminate|stop|shut ?down|finish)\b/gi, 'grace period $1 $2'],
  [/\bruns? (sleep \d+[smhd]?)\b/gi, 'runs "$1"'],
  [/\b(?:should |must |to )?(?:clean(?:s|ed)? (?:itself |themselves )?up|(?:be )?(?:removed|deleted|gone)|disappears?|remove itself|delete itself) (?:after|in|within) (one|two|three|five|ten|fifteen|twenty|thirty|\d+)\s?(seconds?|minutes?|hours?|days?|weeks?)\b/gi, 'removed after $1 $2'],
  [/\b(?:give|gives|giving) up after (one|two|three|four|five|six|ten|\d+) (?:failures?|failed (?:tries|attempts|pods)|tries|attempts|errors)\b/gi, 'backoffLimit $1'],
  [/\bno restarts? (?:inside|within|in) the (?:pod|container)\b|\b(?:a )?failed (?:container|pod) is not restarted\b/gi, 'restart policy Never'],
  [new RegExp(String.raw`\b(one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|\d+) (?:numbered|indexed) (?:work )?(?:items|tasks|pieces|chunks|shards|parts)\b`, 'gi'), 'indexed with $1 completions'],
  [/\b(one|two|three|four|five|six|\d+) at a time\b/gi, '$1 in parallel'],
  [/\b(?:that |which )?runs? (?:the image )?((?:[\w.-]+\/)*[a-z0-9][\w.-]*:[\w.-]*\w) with (?:the )?command\b/gi, 'with image $1 and command'],
  [/\b(?:for )?each one\b/gi, 'each'],
  [new RegExp(String.raw`\btakes? (${SIZE_WORDS}) (?:out of|from|of) (?:the )?(?:storage )?class ["'\x60]?([a-z0-9][a-z0-9-]*)["'\x60]?`, 'gi'), 'of $1 with storage class $2'],
  [/(?<!storage |priority |runtime |ingress |gateway |[\w-])class(?: name)?d? (?:named |called |is )?["'`]?(manual|standard|fast|slow|gold|silver|bronze|premium|local|[a-z0-9]+(?:-[a-z0-9]+)*-(?:ssd|hdd|storage|path|sc|disk)|gp[23]|resizable|expandable)["'`]?/gi, 'storage class $1'],
]; // prettier-ignore

/** @returns the text with its phrases made plain and its references resolved */
export function prosaic(text: string): string {
  let plain = text;
  for (const [words, short] of PHRASES.slice(0, 1)) plain = replaced(plain, words, short);
  plain = ordinals(plain);
  for (const [words, short] of PHRASES.slice(1)) plain = replaced(plain, words, short);
  return strokes(native(thatFile(sharedVolumes(namedVolumes(plain)))));
}

/** "500m/1Gi": CPU and memory with a stroke between them. */
const strokes = (text: string): string =>
  /\blimit ?-?range\b/i.test(text)
    ? text
    : text.replace(/(?<![\w./:-])(\d+(?:\.\d+)?m?)\s*\/\s*(\d+(?:\.\d+)?[KMGT]i)\b/g, '$1 cpu and $2 memory');

/** "mounts logs at /logs": a volume that was called one before. */
function namedVolumes(text: string): string {
  const names = new Set([...text.matchAll(/\bvolumes?\s+(?:called |named )?["'`]?([a-z][a-z0-9-]*)["'`]?(?=\s+(?:at|mounted|under|is|,|and)|[\s,.;)])|\uE011([a-z][^\uE012]*)\uE012/g)].map((m) => m[1] ?? m[2] ?? '')); // prettier-ignore
  return text.replace(/\b(mount(?:s|ed|ing)?|shar(?:es|ing)|see(?:s)?)\s+(?:the\s+)?["'`]?([a-z][a-z0-9-]*)["'`]?(?=\s+(?:at|to|under|in|on)\s+["'`]?\/)/gi, (whole, verb: string, name: string) => names.has(name) && !/^(?:it|them|that|volume|both)$/.test(name) ? `${verb} the volume ${name}` : whole); // prettier-ignore
}

/** "writes to the same volume at /a": the volume that was named last; a path before the volume is where it is mounted. */
function sharedVolumes(text: string): string {
  return text.replace(
    /\uE010([^\uE011]*)\uE011([^\uE012]*)\uE012/g,
    (_whole, path: string, name: string, at: number) => {
      const known = [
        ...text
          .slice(0, at)
          .matchAll(/\bvolumes?\s+(?:called |named )?["'`]?([a-z][a-z0-9-]*)|\uE011([a-z][^\uE012]*)\uE012/g),
      ].at(-1);
      const volume = name !== '' ? name : (known?.[1] ?? known?.[2] ?? 'shared');
      return path === '' ? `mounts the volume ${volume} at ` : `mounts the volume ${volume} at ${path}`;
    },
  );
}

/** "tailing that file": the file that was named last. */
const thatFile = (text: string): string =>
  text.replace(
    /\b(tail(?:s|ing)?|follow(?:s|ing)?|read(?:s|ing)?|print(?:s|ing)?)\s+(?:that|this|the same|the) (?:log )?file\b/gi,
    (whole, verb: string, at: number) => {
      const file = [...text.slice(0, at).matchAll(/(?:^|\s)(\/[\w./-]*\.\w+)/g)].at(-1)?.[1];
      return file === undefined ? whole : `${verb} ${file}`;
    },
  );

/** "as a real sidecar: an init container that keeps running": said of the sidecar before it. */
function native(text: string): string {
  const said =
    /\b(?:do|run|make|implement|define|configure|start|write)\s+(?:it|this|that|the sidecar)\s+as\s+(?:an?\s+)?(?:real|native|proper|true)\s+side-?car\b[^.;]*(?:[.;]|$)/i;
  return said.test(text)
    ? text.replace(said, '').replace(/\b(?<!native )side-?car/i, 'native sidecar')
    : text.replace(/\b(?:real|proper|true) (side-?car)/gi, 'native $1');
}

const replaced = (text: string, words: RegExp, short: string | ((match: string) => string)): string =>
  typeof short === 'string' ? text.replace(words, short) : text.replace(words, short);

interface Named {
  readonly kind: string;
  readonly name: string;
  readonly at: number;
}

/** "the first one", "the latter", "the second": of two or more objects of one kind that were named before. */
function ordinals(text: string): string {
  const word = String.raw`\bthe (first|second|third|former|latter|last)(?: (?:one|of (?:them|these|those|the two)))?(?=\s*[,.;:)]|\s+(?:into|below|inside|with|by|through|on|as|at|in|to|from|is|are|gets?|has|needs?|shows?|should|must|may|can|and|mounted|under|via|using|for|which|of|between|from|up|only|when|after|before|listens?|runs?|uses|mounts|reads|read-?only|takes|\d+m?)\b|\s*$)`;
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
  // "containers left (…) and right (…)"
  for (const m of before.matchAll(
    /\b(containers|pods|deployments|services)\s+(?:called |named )?((?:["'`]?[a-z][a-z0-9-]*["'`]?\s*\([^)]*\)\s*(?:,\s*and\s+|,\s*|and\s+)?){2,})/gi,
  )) {
    for (const one of (m[2] ?? '').matchAll(/([a-z][a-z0-9-]*)["'`]?\s*\([^)]*\)/gi))
      if (!all.some((o) => o.name === one[1]))
        all.push({ kind: (m[1] ?? '').replace(/s$/i, ''), name: one[1] ?? '', at: m.index });
  }
  const counts = new Map<string, Named[]>();
  for (const one of all) counts.set(kindOf(one.kind), [...(counts.get(kindOf(one.kind)) ?? []), one]);
  const several = [...counts.values()].filter((g) => g.length > 1);
  return several.sort((a, b) => (a.at(-1)?.at ?? 0) - (b.at(-1)?.at ?? 0)).at(-1) ?? [];
}
