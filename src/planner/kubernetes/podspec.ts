/** Pod-level wishes: where it runs, as whom, with which rights, how it ends. */
import { DURATION, readPairs, secondsOf, type Said } from './attributes.ts';
import type { Draft, DraftObject } from './model.ts';

/** Fields of the PodSpec. */
export function readPodSpec(said: Said, labels: Record<string, string>): DraftObject {
  const spec: DraftObject = {};
  const account =
    said.take(
      /\b(?:using|with|under|as|runs? as|by|its|through)\s+(?:the |a |its own )?service ?-?account\s+(?:named |called )?["'`]?([a-z0-9][a-z0-9-]*)/i,
    ) ?? said.take(/\bservice ?account(?:name)?\s*[:=]\s*["'`]?([a-z0-9][a-z0-9-]*)/i);
  if (account?.[1] !== undefined) spec['serviceAccountName'] = account[1];
  const restart =
    said.take(/\brestart ?-?policy\s*(?:is|of|=|:|set to)?\s*["'`]?(never|on ?-?failure|always)/i)?.[1] ??
    (said.take(/\b(?:never|not|do not|don't) (?:be )?restart(?:ed)?\b/i)
      ? 'never'
      : said.take(/\brestarts? (?:only )?on ?failure\b/i)
        ? 'onfailure'
        : undefined);
  if (restart !== undefined)
    spec['restartPolicy'] = /^n/i.test(restart) ? 'Never' : /^o/i.test(restart) ? 'OnFailure' : 'Always';
  const grace = said.take(
    new RegExp(
      `\\b(?:termination ?grace ?period(?:seconds)?(?: of|=|:)?|grace period(?: of)?|gets?)\\s+${DURATION}(?:\\s+(?:to (?:stop|shut ?down|terminate)|grace))?`,
      'i',
    ),
  );
  if (grace?.[1] !== undefined && /grace|stop|shut|terminat/i.test(grace[0]))
    spec['terminationGracePeriodSeconds'] = secondsOf(grace[1], grace[2] ?? 's');
  const priority = said.take(/\bpriority ?class(?:name)?\s*(?:named |called |=|:)?\s*["'`]?([a-z0-9][a-z0-9-]*)/i);
  if (priority?.[1] !== undefined) spec['priorityClassName'] = priority[1];
  const pull = said.take(
    /\b(?:image ?pull ?secrets?|pull secret|registry secret)\s*(?:named |called |=|:)?\s*["'`]?([a-z0-9][a-z0-9-]*)/i,
  );
  if (pull?.[1] !== undefined) spec['imagePullSecrets'] = [{ name: pull[1] }];
  if (said.take(/\bhost ?network(?:ing)?\b/i))
    Object.assign(spec, { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' });
  dns(said, spec);
  const aliases = hostAliases(said);
  if (aliases.length > 0) spec['hostAliases'] = aliases;
  if (said.take(/\bhost(?:'s)? ?(?:pid|process)(?: namespace)?\b/i)) spec['hostPID'] = true;
  if (said.take(/\bhost(?:'s)? ?ipc(?: namespace)?\b/i)) spec['hostIPC'] = true;
  if (said.take(/\bshare[sd]? (?:the |one |an? |their )?process namespace\b|\bshareprocessnamespace\b/i))
    spec['shareProcessNamespace'] = true;
  if (
    said.take(
      /\b(?:no|without(?: an?| the)?|not|don't|do not|never|disable\w*)\b[^.;,]{0,20}?\b(?:auto-?)?(?:mount\w*\s+)?(?:the |an? |its )?(?:service ?account ?(?:api )?|api )token\b(?: (?:is |be )?(?:auto-?)?mounted)?|\bauto-?mount\w*[^.;,]{0,30}\b(?:off|false|disabled)\b/i,
    )
  )
    spec['automountServiceAccountToken'] = false;
  const runtime = said.take(/\bruntime ?class\s+(?:named )?["'`]?([a-z0-9][a-z0-9-]*)/i);
  if (runtime?.[1] !== undefined) spec['runtimeClassName'] = runtime[1];
  Object.assign(spec, scheduling(said, labels));
  const security = podSecurity(said);
  if (Object.keys(security).length > 0) spec['securityContext'] = security;
  return spec;
}

const NODES =
  '(?:node ?selector|nodes? \\(|node labels?(?= [\\w./-]+\\s*=)|nodes? (?:labell?ed|with (?:the |a )?labels?|(?:that|which) (?:has|have|carry|carries)(?: the| a)?(?: label)?|(?:with|where|having)(?: the| a)?(?: labels?)?(?= [\\w./-]+\\s*=))|(?:scheduled|run(?:s|ning)?|placed|go) (?:only )?on(?: \\w+)? nodes?(?: with)?|scheduled (?:only )?on(?: nodes)?(?: with)?)';
const APART =
  /\b(?:pod )?anti-?affinity\b|\b(?:never|not|no|n't)\b[^.;,]{0,50}\b(?:shar\w+ (?:an? |the same )?(?:host|node)|(?:same|one|on one|a) (?:node|host)\b)|\bno two\b[^.;,]{0,40}\b(?:shar\w+|on)\s+(?:an? |one |the same )?(?:node|host|machine)\b|\b(?:one|a single|at most one) (?:\w+ )?per (?:node|host)\b|\b(?:different|separate|distinct) (?:nodes|hosts|machines)\b/i;
const SPREAD =
  /\btopology spread(?: constraints?)?\b|\bspread\b(?:[^.;]|\.(?=\S)){0,120}?\b(?:across|over|between|among|by)\s+(?:[\w-]+\s+){0,2}?(?:zones?|nodes?|hosts?|regions?)\b|\bspread(?:ed)? (?:them |evenly |the pods |out )*(?:across|over|out|between|among|by)\b|\bevenly (?:spread|distributed)\b|\bdistributed? (?:evenly )?(?:across|over)\b/i;
const ZONES = /\b(?:availability )?zones?\b|\btopology\.kubernetes\.io\/zone\b/i;

/** The clause around a match, where words such as "prefer" belong to it. */
const clauseAt = (said: Said, pattern: RegExp): string =>
  said.text
    .split(/[.;](?=\s|$)|,\s*(?:and|but|also)\b|\band (?:the|they|also)\b/)
    .find((clause) => pattern.test(clause)) ?? '';

/** The piece between commas that matches, else the whole clause. */
const pieceAt = (said: Said, pattern: RegExp): string =>
  said.text.split(/[.;](?=\s|$)|,\s+/).find((piece) => pattern.test(piece)) ?? clauseAt(said, pattern);

const soft = (clause: string): boolean =>
  /\bprefer|\bsoft\b|\bif possible|\bideally|\btry\b|\bbest effort/i.test(clause);

function scheduling(said: Said, labels: Record<string, string>): DraftObject {
  const spec: DraftObject = {};
  const affinity: DraftObject = {};
  nodes(said, spec, affinity);
  const tolerations = readTolerations(said);
  const distinct = tolerations.filter(
    (t, i) => tolerations.findIndex((o) => JSON.stringify(o) === JSON.stringify(t)) === i,
  );
  if (distinct.length > 0) spec['tolerations'] = distinct;
  const key = (clause: string): string =>
    /\b(?:topology ?key)\s*(?:=|:|of)?\s*["'`]?([\w./-]+)/i.exec(clause)?.[1] ??
    (ZONES.test(clause)
      ? 'topology.kubernetes.io/zone'
      : /\bregions?\b/i.test(clause)
        ? 'topology.kubernetes.io/region'
        : 'kubernetes.io/hostname');
  const spread = clauseAt(said, SPREAD);
  if (said.take(SPREAD)) {
    said.take(ZONES);
    said.take(/\bDoNotSchedule\b/i);
    const skew = said.take(/\bmax(?:imum)? ?skew\s*(?:of|=|:)?\s*(\d+)/i);
    spec['topologySpreadConstraints'] = [
      {
        maxSkew: Number(skew?.[1] ?? 1),
        topologyKey: key(spread),
        whenUnsatisfiable: /\bmust|required|do ?not ?schedule|hard/i.test(spread) ? 'DoNotSchedule' : 'ScheduleAnyway',
        labelSelector: { matchLabels: { ...labels } },
      },
    ];
  }
  const apart = pieceAt(said, APART);
  if (said.take(APART)) {
    const term = { labelSelector: { matchLabels: { ...labels } }, topologyKey: key(apart) };
    affinity['podAntiAffinity'] = soft(apart)
      ? { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term }] }
      : { requiredDuringSchedulingIgnoredDuringExecution: [term] };
  }
  together(said, affinity);
  if (Object.keys(affinity).length > 0) spec['affinity'] = affinity;
  return spec;
}

const HOSTS =
  /\/etc\/hosts\b|\bhost ?alias(?:es)?\b|\b(?:extra |additional )?hosts? (?:file )?(?:entry|entries|records?|mappings?)\b|\bextra hosts?\b/i;

/** "DNS nameserver 1.1.1.1, search domain acme.local, ndots 2". */
function dns(said: Said, spec: DraftObject): void {
  const servers = said.take(/\b(?:dns )?(?:name ?servers?|dns servers?)\s*(?:of|is|are|=|:)?\s*((?:\d{1,3}(?:\.\d{1,3}){3}(?:\s*(?:,\s*and|,|and)\s*(?=\d))?)+)/i)?.[1]; // prettier-ignore
  const searches = said.take(/\bsearch(?:es)?\s*(?:domains?|paths?|list)?\s*(?:of|is|are|=|:)?\s*((?:[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:\s*(?:,\s*and|,|and)\s*(?=[a-z0-9-]+\.))?)+)/i)?.[1]; // prettier-ignore
  const ndots = said.take(/\bndots\s*(?:option\s*)?(?:of|is|to|set to|=|:)?\s*["'`]?(\d+)/i)?.[1];
  if (servers === undefined && searches === undefined && ndots === undefined) return;
  const flags = said
    .takeAll(/\b(edns0|single-request(?:-reopen)?|use-vc|no-tld-query|rotate)\b/g)
    .map((m) => ({ name: m[1] ?? '' }));
  said.take(/\bdns ?config\w*/i);
  said.take(/\b(?:resolver |dns )?options?\b/i);
  spec['dnsConfig'] = {
    ...(servers === undefined ? {} : { nameservers: servers.match(/[\d.]+/g) ?? [] }),
    ...(searches === undefined ? {} : { searches: searches.match(/[a-z0-9-]+(?:\.[a-z0-9-]+)+/gi) ?? [] }),
    ...(ndots === undefined && flags.length === 0
      ? {}
      : { options: [...(ndots === undefined ? [] : [{ name: 'ndots', value: ndots }]), ...flags] }),
  };
}

/** "/etc/hosts maps foo.local to 127.0.0.1", "host alias 10.1.2.3 bar.remote". */
function hostAliases(said: Said): Draft[] {
  if (!said.has(HOSTS)) return [];
  const names = new Map<string, string[]>();
  const ip = String.raw`(\d{1,3}(?:\.\d{1,3}){3})`;
  const host = String.raw`([a-z][a-z0-9-]*(?:\.[a-z0-9-]+)*)`;
  const add = (address = '', name = ''): void => void names.set(address, [...(names.get(address) ?? []), name]);
  for (const m of said.takeAll(
    new RegExp(`${host}\\s*(?:->|=>|to|=|points? (?:to|at)|resolves? to|at|is)\\s*${ip}`, 'gi'),
  ))
    add(m[2], m[1]);
  for (const m of said.takeAll(new RegExp(`${ip}\\s*(?:->|=>|to|=|:|for|as|is)?\\s*${host}`, 'gi')))
    if (!/^(?:and|to|for|with|on|in|is|as)$/i.test(m[2] ?? '') && !names.has(m[1] ?? '')) add(m[1], m[2]);
  for (const m of said.text.matchAll(
    new RegExp(
      `${ip}\\s*(?:->|=>|to|=|:|for|as|is)?\\s*${host}((?:\\s*(?:,\\s*and|,|and)\\s+${host.replace('(', '(?:')})+)`,
      'gi',
    ),
  ))
    for (const name of (m[3] ?? '').match(/[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)+/gi) ?? []) add(m[1], name);
  said.takeAll(new RegExp(HOSTS, 'gi'));
  return [...names].map(([address, hostnames]) => ({ ip: address, hostnames }));
}

/** Which nodes: a selector where they are required, an affinity where it is asked for, preferred or has several values. */
function nodes(said: Said, spec: DraftObject, affinity: DraftObject): void {
  const zones = zonesOf(said);
  const named = /\bnode ?affinity\b/i;
  const clause = pieceAt(said, new RegExp(`${named.source}|${NODES}`, 'i'));
  const wished = said.take(named) !== undefined;
  const selector = readPairs(said, NODES);
  const pairs = Object.keys(selector).length > 0 || !wished ? selector : readPairs(said, '(?:affinity|require[sd]?|prefer(?:s|red)?|for|with)'); // prettier-ignore
  const several = said.take(
    /\b(?:nodes?|label|affinity)\b[^.;]{0,40}?\b([\w.-]+(?:\/[\w.-]+)?)\s+(not )?in\s+[[({]?\s*([\w.-]+(?:\s*(?:,|or|and)\s*[\w.-]+)*)/i,
  );
  const expressions =
    several?.[1] !== undefined && wished
      ? [{ key: several[1], operator: several[2] === undefined ? 'In' : 'NotIn', values: (several[3] ?? '').replace(/,\s*(?:tolerat|prefer|spread|anti|node|pod|with|priority|on|in)\w*$/i, '').split(/\s*(?:,|\bor\b|\band\b)\s*/) }] // prettier-ignore
      : Object.entries(pairs).map(([key, value]) => ({ key, operator: 'In', values: [value] }));
  const selected = expressions.length > 0 && !wished && !soft(clause);
  if (selected) spec['nodeSelector'] = pairs;
  const placed = (gently: boolean): Draft[] => [
    ...(zones?.gently === gently ? [zones.expression] : []),
    ...(!selected && soft(clause) === gently ? expressions : []),
  ];
  const [must, may] = [placed(false), placed(true)];
  if (must.length === 0 && may.length === 0) return;
  if (may.length > 0) said.take(/\bprefer(?:abl[ey]|red)\b|\bideally\b/i);
  affinity['nodeAffinity'] = {
    ...(must.length === 0 ? {} : { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: must }] } }), // prettier-ignore
    ...(may.length === 0 ? {} : { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, preference: { matchExpressions: may } }] }), // prettier-ignore
  };
}

/** "must run in the zones eu-1a or eu-1b", "preferably in zone eu-1a" */
function zonesOf(said: Said): { readonly expression: Draft; readonly gently: boolean } | undefined {
  const zone = String.raw`["'\x60]?[a-z][a-z0-9]*(?:-[a-z0-9]+)+["'\x60]?`;
  const found = said.take(
    new RegExp(
      String.raw`\b(?:(?:must|may|should|can|has to|have to|only|be|runs?|stays?|scheduled|placed|allowed|to|prefer\w*)\s+)*(?:in|into)\s+(?:the\s+)?(?:availability\s+)?zones?\s+(${zone}(?:\s*(?:,\s*(?:or|and)?|or|and)\s*${zone})*)(?:\s*\((?:the )?(?:topology )?(?:key )?topology\.kubernetes\.io\/zone\))?`,
      'i',
    ),
  );
  if (found?.[1] === undefined) return undefined;
  const values = found[1].match(/[a-z][a-z0-9]*(?:-[a-z0-9]+)+/gi) ?? [];
  const before = found.input.slice(Math.max(0, found.index - 14), found.index);
  return {
    expression: { key: 'topology.kubernetes.io/zone', operator: 'In', values },
    gently: /prefer|should|ideally/i.test(`${before} ${found[0]}`),
  };
}

/** "on the same node as pods labelled app=cache". */
function together(said: Said, affinity: DraftObject): void {
  const same = said.take(
    /\b(?:same (?:node|host|zone) as|next to|co-?located with|pod ?affinity (?:to|with|for))\s+(?:the\s+)?(?:pods?\s+)?(?:(?:labell?ed|with(?: the)? labels?|of)\s+)?["'`]?([\w./-]+)(?:\s*[=:]\s*["'`]?([\w.-]*\w))?/i,
  );
  if (same?.[1] === undefined || /^(?:it|that|this|them|these|those|each|one)$/i.test(same[1])) return;
  const term = {
    labelSelector: { matchLabels: same[2] === undefined ? { app: same[1] } : { [same[1]]: same[2] } },
    topologyKey: /zone/i.test(same[0]) ? 'topology.kubernetes.io/zone' : 'kubernetes.io/hostname',
  };
  affinity['podAffinity'] = soft(clauseAt(said, /same (?:node|host|zone)|next to|located|affinity/i))
    ? { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term }] }
    : { requiredDuringSchedulingIgnoredDuringExecution: [term] };
}

function readTolerations(said: Said): Draft[] {
  const found: Draft[] = [];
  for (const match of said.takeAll(
    /\b(?:tolerat(?:es?|ing|ions?)|taint)\b[^.;]*?["'`]?([\w./-]+)(?:=([\w.-]+))?:(NoSchedule|NoExecute|PreferNoSchedule)/gi,
  )) {
    found.push(
      match[2] === undefined
        ? { key: match[1] ?? '', operator: 'Exists', effect: match[3] ?? 'NoSchedule' }
        : { key: match[1] ?? '', operator: 'Equal', value: match[2], effect: match[3] ?? 'NoSchedule' },
    );
  }
  for (const match of said.takeAll(
    /\b(?:tolerat\w+|taint)\b[^.;]{0,24}?\bkey\s*(?:=|:|of|is)?\s*["'`]?([\w./-]*\w)["'`]?(?:[^.;]{0,12}?\boperator\s*(?:=|:|of|is)?\s*["'`]?(Equal|Exists)["'`]?)?(?:[^.;]{0,12}?\bvalue\s*(?:=|:|of|is)?\s*["'`]?([\w.-]*\w)["'`]?)?(?:[^.;]{0,16}?\beffect\s*(?:=|:|of|is)?\s*["'`]?(NoSchedule|NoExecute|PreferNoSchedule))?(?:["'`]?[^.;,]{0,12}?\b(?:for|seconds)\s+(\d+)\s?(?:s|secs?|seconds?))?/gi,
  ))
    found.push({
      key: match[1] ?? '',
      operator: match[3] === undefined ? 'Exists' : (match[2] ?? 'Equal'),
      ...(match[3] === undefined ? {} : { value: match[3] }),
      ...(match[4] === undefined ? {} : { effect: match[4] }),
      ...(match[5] === undefined ? {} : { tolerationSeconds: Number(match[5]) }),
    });
  if (
    said.take(
      /\b(?:including|includes?|also|and|even|plus|incl\.?)\b[^.;]{0,24}\b(?:control[- ]?planes?|masters?)(?: nodes?)?|\btolerat\w+[^.;]{0,30}\b(?:control[- ]?plane|master)|\b(?:control[- ]?planes?|masters?)(?: nodes?)?,? (?:too\b|as well\b|also\b|included\b|(?:is |are )?not (?:left out|excluded|excepted|spared)\b)|\b(?:run|be|placed|started|needed)s? (?:also )?on (?:the )?(?:control[- ]?planes?|masters?)\b/i,
    )
  )
    found.push({ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: 'NoSchedule' });
  for (const match of said.takeAll(
    /\btolerat\w+\s+(?:the\s+)?(?:taints?\s+)?([\w.-]+\/[\w.-]*\w)(?![\w./-]*\s*[=:]\S)/gi,
  ))
    if (!found.some((f) => (f as DraftObject)['key'] === match[1]))
      found.push({ key: match[1] ?? '', operator: 'Exists' });
  if (
    found.length === 0 &&
    said.take(
      /\btolerat\w+ (?:all|every|any)(?: taints?)?\b|\btolerat\w+ (?:everything|anything)\b|\b(?:every|all) nodes?, (?:even )?tainted/i,
    )
  )
    found.push({ operator: 'Exists' });
  return found;
}

function podSecurity(said: Said): DraftObject {
  const security: DraftObject = {};
  const user = said.take(/\b(?:run(?:s|ning)? as )?(?:user|uid|runasuser)\s*(?:id|=|:|of)?\s*(\d+)/i);
  if (user?.[1] !== undefined)
    Object.assign(security, { runAsUser: Number(user[1]), ...(user[1] === '0' ? {} : { runAsNonRoot: true }) });
  const group = said.take(/\b(?:run(?:s|ning)? as )?(?:group|gid|runasgroup)\s*(?:id|=|:)?\s*(\d+)/i);
  if (group?.[1] !== undefined) security['runAsGroup'] = Number(group[1]);
  const fs = said.take(/\bfs ?group\s*(?:of|=|:)?\s*(\d+)/i);
  if (fs?.[1] !== undefined) security['fsGroup'] = Number(fs[1]);
  if (said.take(/\bnon-?root\b|\b(?:not|never) (?:be )?(?:run |running )?(?:as )?root\b|\bwithout root\b/i))
    security['runAsNonRoot'] = true;
  const groups = said.take(/\bsupplemental ?groups?\s*(?:of|=|:)?\s*((?:\d+(?:\s*(?:,|and)\s*)?)+)/i)?.[1];
  if (groups !== undefined) security['supplementalGroups'] = (groups.match(/\d+/g) ?? []).map(Number);
  const sysctls = sysctlsIn(said);
  if (sysctls.length > 0) security['sysctls'] = sysctls;
  const seccomp = said.take(
    /\b(runtime ?default|unconfined)\b(?=[^.;]{0,20}\bseccomp)|\bseccomp\b[^.;,]{0,24}?\b(runtime ?default|unconfined)\b/i,
  );
  if (seccomp !== undefined)
    security['seccompProfile'] = {
      type: /^u/i.test(seccomp[1] ?? seccomp[2] ?? '') ? 'Unconfined' : 'RuntimeDefault',
    };
  return security;
}

/** "set the sysctl net.core.somaxconn to 1024": the kernel's own names have dots and begin with a known word. */
function sysctlsIn(said: Said): Draft[] {
  const found = said
    .takeAll(
      /\b((?:net|kernel|vm|fs|abi|debug|dev|user)\.[a-z0-9_]+(?:\.[a-z0-9_]+)*)["'`]?\s*(?:to|=|is|set to|:|with(?: the)? value|value)\s*["'`]?(\d+(?:\s\d+)?)/gi,
    )
    .map((m): Draft => ({ name: m[1] ?? '', value: m[2] ?? '' }));
  if (found.length > 0) said.takeAll(/\bsysctls?\b/gi);
  return found;
}

/** Rights of a container that are asked for. */
export function readSecurity(said: Said): DraftObject {
  const security: DraftObject = {};
  if (
    said.take(
      /\bread[- ]?only root ?(?:file ?system)?\b|\broot ?file ?system (?:is |must be )?read[- ]?only\b|\breadonlyrootfilesystem\b/i,
    )
  )
    security['readOnlyRootFilesystem'] = true;
  if (said.take(/\bprivileged\b(?! port)/i) && !said.has(/\b(?:un|non-?|not |no )privileged\b/i))
    security['privileged'] = true;
  if (
    said.take(
      /\b(?:no|not|without|disallow(?:s|ed)?|forbid(?:s|den)?|prevents?|disabled?|don't|never)\b(?: allow(?:ing|ed)?)?(?: any)? privilege escalation\b/i,
    )
  )
    security['allowPrivilegeEscalation'] = false;
  const add = said
    .takeAll(
      /\b(?:NET_ADMIN|NET_RAW|NET_BIND_SERVICE|SYS_TIME|SYS_ADMIN|SYS_PTRACE|SYS_NICE|CHOWN|SETUID|SETGID|DAC_OVERRIDE|IPC_LOCK|SYS_MODULE|AUDIT_WRITE|KILL|MKNOD|SYS_RESOURCE)\b/g,
    )
    .map((m) => m[0]);
  const drop = said.take(
    /\bdrop(?:s|ped|ping)?\s+(?:all|every)(?: others?| other)?(?:\s+(?:linux\s+)?capabilit(?:ies|y))?\b|\b(?:all|every) (?:linux )?capabilit(?:ies|y) (?:are |is |must be )?dropped\b|\bwithout (?:any )?(?:linux )?capabilities\b/i,
  );
  if (drop !== undefined || add.length > 0) said.take(/\bcapabilit(?:y|ies)\b/i);
  if (add.length > 0 || drop !== undefined)
    security['capabilities'] = {
      ...(add.length > 0 ? { add: [...new Set(add)] } : {}),
      ...(drop === undefined ? {} : { drop: ['ALL'] }),
    };
  return security;
}
