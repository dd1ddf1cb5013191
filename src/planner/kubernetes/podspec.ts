/** Pod-level wishes: where it runs, as whom, with which rights, how it ends. */
import { DURATION, NUMBER, numberOf, readPairs, secondsOf, type Said } from './attributes.ts';
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
      : said.take(/\brestarts? (?:only )?on failure\b/i)
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
  if (said.take(/\bhost ?pid\b/i)) spec['hostPID'] = true;
  if (said.take(/\bshares? (?:the )?process namespace\b|\bshareprocessnamespace\b/i))
    spec['shareProcessNamespace'] = true;
  const runtime = said.take(/\bruntime ?class\s+(?:named )?["'`]?([a-z0-9][a-z0-9-]*)/i);
  if (runtime?.[1] !== undefined) spec['runtimeClassName'] = runtime[1];
  Object.assign(spec, scheduling(said, labels));
  const security = podSecurity(said);
  if (Object.keys(security).length > 0) spec['securityContext'] = security;
  return spec;
}

function scheduling(said: Said, labels: Record<string, string>): DraftObject {
  const spec: DraftObject = {};
  const affinity: DraftObject = {};
  const soft = said.has(/\bprefer/i);
  const selector = {
    ...readPairs(
      said,
      '(?:node ?selector|nodes? (?:labell?ed|with (?:the )?labels?|that (?:has|have)(?: the)?(?: label)?)|scheduled (?:only )?on(?: nodes)?(?: with)?)',
    ),
  };
  const nodeAffinity = said.take(/\bnode ?affinity\b/i);
  const pairs =
    Object.keys(selector).length > 0
      ? selector
      : nodeAffinity === undefined
        ? {}
        : readPairs(said, '(?:affinity|require[sd]?|prefer(?:s|red)?|for)');
  if (Object.keys(pairs).length > 0 && nodeAffinity === undefined && !soft) spec['nodeSelector'] = pairs;
  else if (Object.keys(pairs).length > 0) {
    const term = {
      matchExpressions: Object.entries(pairs).map(([key, value]) => ({ key, operator: 'In', values: [value] })),
    };
    affinity['nodeAffinity'] = soft
      ? { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, preference: term }] }
      : { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } };
  }
  const tolerations = readTolerations(said);
  if (tolerations.length > 0) spec['tolerations'] = tolerations;
  const zone = said.has(/\b(?:availability )?zones?\b/i);
  const topologyKey = zone ? 'topology.kubernetes.io/zone' : 'kubernetes.io/hostname';
  if (said.take(/\btopology spread(?: constraints?)?\b|\bspread (?:evenly )?(?:across|over|out|between)\b/i)) {
    const skew = said.take(/\bmax ?skew\s*(?:of|=|:)?\s*(\d+)/i);
    spec['topologySpreadConstraints'] = [
      {
        maxSkew: Number(skew?.[1] ?? 1),
        topologyKey,
        whenUnsatisfiable: /\bmust|required|donotschedule/i.test(said.text) ? 'DoNotSchedule' : 'ScheduleAnyway',
        labelSelector: { matchLabels: { ...labels } },
      },
    ];
  }
  if (
    said.take(
      /\b(?:pod )?anti-?affinity\b|\b(?:never|not|no two)[^.;]{0,40}\b(?:same|one|on one) node\b|\b(?:one|a single|at most one) (?:pod )?per node\b|\b(?:different|separate) nodes\b/i,
    )
  ) {
    const term = { labelSelector: { matchLabels: { ...labels } }, topologyKey };
    affinity['podAntiAffinity'] = soft
      ? { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term }] }
      : { requiredDuringSchedulingIgnoredDuringExecution: [term] };
  }
  if (Object.keys(affinity).length > 0) spec['affinity'] = affinity;
  return spec;
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
  if (
    said.take(
      /\b(?:including|also|and)\b[^.;]{0,24}\bcontrol[- ]?plane(?: nodes?)?|\btolerat\w+[^.;]{0,30}\bcontrol[- ]?plane/i,
    )
  )
    found.push({ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: 'NoSchedule' });
  if (
    found.length === 0 &&
    said.take(/\btolerat\w+ (?:all|every|any) taints?\b|\b(?:every|all) nodes?, (?:even )?tainted/i)
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
  if (said.take(/\bnon-?root\b|\bnot (?:run )?as root\b|\bwithout root\b/i)) security['runAsNonRoot'] = true;
  return security;
}

/** Rights of a container that are asked for. */
export function readSecurity(said: Said): DraftObject {
  const security: DraftObject = {};
  if (said.take(/\bread-?only root ?(?:file ?system)?\b|\breadonlyrootfilesystem\b/i))
    security['readOnlyRootFilesystem'] = true;
  if (said.take(/\bprivileged\b(?! port)/i) && !said.has(/\b(?:un|non-?|not |no )privileged\b/i))
    security['privileged'] = true;
  if (said.take(/\b(?:no|without|disallow(?:s|ed)?|forbid(?:s|den)?) privilege escalation\b/i))
    security['allowPrivilegeEscalation'] = false;
  const add = said
    .takeAll(
      /\b(?:NET_ADMIN|NET_RAW|NET_BIND_SERVICE|SYS_TIME|SYS_ADMIN|SYS_PTRACE|SYS_NICE|CHOWN|SETUID|SETGID|DAC_OVERRIDE|IPC_LOCK|SYS_MODULE|AUDIT_WRITE|KILL|MKNOD|SYS_RESOURCE)\b/g,
    )
    .map((m) => m[0]);
  const drop = said.take(/\bdrop(?:s|ped|ping)?\s+(?:all|every)(?:\s+(?:linux\s+)?capabilities)?\b/i);
  if (add.length > 0 || drop !== undefined)
    security['capabilities'] = {
      ...(add.length > 0 ? { add: [...new Set(add)] } : {}),
      ...(drop === undefined ? {} : { drop: ['ALL'] }),
    };
  return security;
}

/** Rollout strategy, history and the like, as fields of a workload's spec. */
export function readWorkloadSpec(said: Said, kind: string): DraftObject {
  const spec: DraftObject = {};
  const surge = said.take(new RegExp(String.raw`\bmax ?-?surge\s*(?:of|=|:|is)?\s*(\d+%?)`, 'i'))?.[1];
  const away = said.take(
    new RegExp(String.raw`\bmax ?-?unavailable\s*(?:of|=|:|is)?\s*(\d+%?|zero|one|none)`, 'i'),
  )?.[1];
  const strategy = kind === 'Deployment' ? 'strategy' : 'updateStrategy';
  const percent = (text: string): number | string =>
    text.endsWith('%') ? text : /^(?:zero|none)$/i.test(text) ? 0 : numberOf(text);
  if (kind === 'Deployment' || kind === 'DaemonSet') {
    if (said.take(/\brecreate(?: strategy)?\b/i) && kind === 'Deployment') spec[strategy] = { type: 'Recreate' };
    else if (surge !== undefined || away !== undefined)
      spec[strategy] = {
        type: 'RollingUpdate',
        rollingUpdate: {
          ...(surge === undefined ? {} : { maxSurge: percent(surge) }),
          ...(away === undefined ? {} : { maxUnavailable: percent(away) }),
        },
      };
    else if (said.take(/\b(?:zero|no|without)[ -]down ?time\b|\bwithout (?:any )?interruption\b/i))
      spec[strategy] = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
    else if (said.take(/\brolling ?-?updates?\b/i))
      spec[strategy] = {
        type: 'RollingUpdate',
        rollingUpdate: kind === 'Deployment' ? { maxSurge: 1, maxUnavailable: 0 } : { maxUnavailable: 1 },
      };
  }
  if (kind === 'StatefulSet') {
    if (said.take(/\bparallel(?: pod management)?\b/i)) spec['podManagementPolicy'] = 'Parallel';
    if (said.take(/\bon ?delete\b/i)) spec['updateStrategy'] = { type: 'OnDelete' };
    const partition = said.take(/\bpartition\s*(?:of|=|:)?\s*(\d+)/i);
    if (partition?.[1] !== undefined)
      spec['updateStrategy'] = { type: 'RollingUpdate', rollingUpdate: { partition: Number(partition[1]) } };
  }
  const history = said.take(/\brevision ?history(?: ?limit)?\s*(?:of|=|:)?\s*(\d+)/i);
  if (history?.[1] !== undefined) spec['revisionHistoryLimit'] = Number(history[1]);
  const ready = said.take(/\bmin ?ready ?seconds\s*(?:of|=|:)?\s*(\d+)/i);
  if (ready?.[1] !== undefined) spec['minReadySeconds'] = Number(ready[1]);
  return spec;
}

/** Fields of a JobSpec. */
export function readJobSpec(said: Said): DraftObject {
  const spec: DraftObject = {};
  const set = (field: string, pattern: RegExp): void => {
    const match = said.take(pattern);
    const value = match?.[1] ?? match?.[2];
    if (value !== undefined) spec[field] = numberOf(value);
  };
  set(
    'completions',
    new RegExp(
      `\\b(?:completions?\\s*(?:of|=|:)?\\s*(${NUMBER})|(${NUMBER}) (?:successful )?(?:completions?|times in total|runs))`,
      'i',
    ),
  );
  set(
    'parallelism',
    new RegExp(
      `\\b(?:parallelism\\s*(?:of|=|:)?\\s*(${NUMBER})|(${NUMBER})\\s+(?:pods |of them |workers )?(?:at (?:a|the same) time|in parallel|at once|concurrently|parallel))`,
      'i',
    ),
  );
  set(
    'backoffLimit',
    new RegExp(
      `\\b(?:back-?off ?limit\\s*(?:of|=|:)?\\s*(\\d+)|(?:at most |up to )?(${NUMBER}) (?:retries|retry|attempts))`,
      'i',
    ),
  );
  const deadline =
    said.take(
      new RegExp(
        `\\b(?:active ?deadline(?: ?seconds)?(?: of|=|:)?|deadline(?: of)?|(?:killed|stopped|terminated|ends?|fails?|timeout|time limit|give up|no longer than|at most) (?:after|of|in)?)\\s*${DURATION}`,
        'i',
      ),
    ) ?? said.take(/\bactive ?deadline ?seconds\s*(?:of|=|:)?\s*(\d+)()/i);
  if (deadline?.[1] !== undefined)
    spec['activeDeadlineSeconds'] = secondsOf(
      deadline[1],
      deadline[2] === undefined || deadline[2] === '' ? 's' : deadline[2],
    );
  const ttl =
    said.take(
      new RegExp(
        `\\b(?:ttl(?: ?seconds ?after ?finished)?(?: of|=|:)?|(?:removed|cleaned up|deleted|clean(?:s|ed)? (?:itself )?up|removes itself|deletes itself|kept(?: for)?)(?: automatically)?(?: after)?)\\s*${DURATION}`,
        'i',
      ),
    ) ?? said.take(/\bttl ?seconds ?after ?finished\s*(?:of|=|:)?\s*(\d+)()/i);
  if (ttl?.[1] !== undefined)
    spec['ttlSecondsAfterFinished'] = secondsOf(ttl[1], ttl[2] === undefined || ttl[2] === '' ? 's' : ttl[2]);
  if (said.take(/\bindexed\b/i)) spec['completionMode'] = 'Indexed';
  return spec;
}

/** Fields of a CronJobSpec other than its schedule and template. */
export function readCronSpec(said: Said): DraftObject {
  const spec: DraftObject = {};
  if (
    said.take(
      /\bforbid(?:s|den)?\b|\b(?:never|not|no|must not|without) (?:two |runs? )?(?:overlap\w*|concurren\w*|run(?:s|ning)? (?:twice|at the same time|in parallel))|\bskip(?:ped)? (?:when|while|if)[^.;]*(?:running|previous)/i,
    )
  )
    spec['concurrencyPolicy'] = 'Forbid';
  else if (
    said.take(
      /\breplac(?:e|es|ing) (?:the |a )?(?:running|previous|old|current)|\bconcurrency(?: ?policy)?(?: of|=|:)?\s*replace/i,
    )
  )
    spec['concurrencyPolicy'] = 'Replace';
  else if (said.take(/\bconcurrency(?: ?policy)?(?: of|=|:)?\s*allow/i)) spec['concurrencyPolicy'] = 'Allow';
  const good = said.take(
    new RegExp(
      `\\b(?:keep(?:ing|s)?(?: the)?(?: last)?\\s+(${NUMBER})\\s+success\\w*|(${NUMBER})\\s+successful|successful ?jobs ?history ?limit\\s*(?:of|=|:)?\\s*(\\d+))`,
      'i',
    ),
  );
  if (good !== undefined) spec['successfulJobsHistoryLimit'] = numberOf(good[1] ?? good[2] ?? good[3] ?? '3');
  const bad = said.take(
    new RegExp(`\\b(?:(${NUMBER})\\s+failed|failed ?jobs ?history ?limit\\s*(?:of|=|:)?\\s*(\\d+))`, 'i'),
  );
  if (bad !== undefined) spec['failedJobsHistoryLimit'] = numberOf(bad[1] ?? bad[2] ?? '1');
  const late = said.take(new RegExp(`\\bstarting ?deadline(?: ?seconds)?\\s*(?:of|=|:)?\\s*(\\d+)`, 'i'));
  if (late?.[1] !== undefined) spec['startingDeadlineSeconds'] = Number(late[1]);
  if (said.take(/\bsuspended\b/i)) spec['suspend'] = true;
  const zone = said.take(
    /\b((?:Europe|America|Asia|Africa|Australia|Pacific|Atlantic)\/[A-Z]\w+(?:\/\w+)?)|\b(?:in|time ?zone) (UTC)\b/,
  );
  if (zone !== undefined) spec['timeZone'] = zone[1] === undefined ? 'Etc/UTC' : zone[1];
  return spec;
}
