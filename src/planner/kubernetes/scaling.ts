/** How many run: autoscalers with their metrics and behaviour, and disruption budgets. */
import { DURATION, NUMBER, numberOf, secondsOf, sizeOf } from '../grammar/quantities.ts';
import { sentences, type Passage } from '../text.ts';
import { readPairs, Said } from './attributes.ts';
import { boundIn } from './bounds.ts';
import type { CompanionContext, Reader } from './companions.ts';
import type { Draft, DraftObject } from './model.ts';
import { object } from './render.ts';

export const hpa: Reader = (entity, said, context) => {
  const range = said.take(
    new RegExp(
      `(?:from|between|min(?:imum)?(?: of)?|\\b)\\s*(\\d+)\\s*(?:replicas?|pods?)?\\s*(?:(?:and )?(?:up )?to|and|-|\\.\\.|–|,?\\s*max(?:imum)?(?: of)?)\\s*(\\d+)(?!\\s?%)`,
      'i',
    ),
  );
  const min = said.take(
    new RegExp(`\\b(?:min(?:imum)?(?: ?replicas?)?|at least|lower bound)\\s*(?:of|is|=|:)?\\s*(${NUMBER})`, 'i'),
  )?.[1];
  const max = said.take(
    new RegExp(
      `\\b(?:max(?:imum)?(?: ?replicas?)?|at most|up to|upper bound|no more than)\\s*(?:of|is|=|:)?\\s*(${NUMBER})(?!\\s*%)`,
      'i',
    ),
  )?.[1];
  const upTo =
    said.take(/\bauto-?scal\w*\s+(?:it\s+)?(?:up\s+)?to\s+(\d+)\b/i)?.[1] ??
    said.take(/\b(?:up )?to\s+(\d+)\s*(?:replicas?|pods?|instances?)?\s+(?:at|on|when)\b/i)?.[1];
  const target =
    said.take(
      /\b(?:for|of|on|target(?:s|ing)?|scal(?:es?|ing))\s+(?:the\s+)?(deployment|stateful ?set)\s+(?:named |called )?["'`]?([a-z0-9][a-z0-9-]*)/i,
    ) ?? said.take(/\b(deployment|stateful ?set)\s+["'`]?([a-z0-9][a-z0-9-]*)["'`]?/i);
  const bare = said.take(
    /\b(?:for|autoscal\w*|of|target(?:ing)?)\s+(?:the\s+)?["'`]?([a-z0-9]+(?:-[a-z0-9]+)+)["'`]?/i,
  )?.[1];
  const own = context.workload;
  const name =
    (target?.[2] !== undefined && !/^(?:in|with|on|from|to|and|at|between|is|the)$/.test(target[2])
      ? target[2]
      : undefined) ??
    own?.name ??
    bare;
  if (name === undefined) return undefined;
  const kind = /^stateful/i.test(target?.[1] ?? '') || own?.kind === 'StatefulSet' ? 'StatefulSet' : 'Deployment';
  const metrics = readMetrics(said);
  if (metrics.length === 0) context.assume(`${name} is scaled at 80 % CPU.`);
  const behavior = readBehavior(said);
  return object(
    'HorizontalPodAutoscaler',
    entity.name !== undefined && entity.name !== name ? entity.name : (entity.name ?? name),
    context.namespace,
    {
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind, name },
        minReplicas: range === undefined ? numberOf(min ?? String(own?.replicas ?? 1)) : Number(range[1]),
        maxReplicas: range === undefined ? numberOf(max ?? upTo ?? '5') : Number(range[2]),
        metrics: metrics.length === 0 ? [resourceMetric('cpu', 80)] : metrics,
        ...(Object.keys(behavior).length === 0 ? {} : { behavior }),
      },
    },
  );
};

/** "scale down slowly, at most one pod a minute, stabilization window of five minutes; up at once": clause by clause. */
function readBehavior(said: Said): DraftObject {
  const behavior: DraftObject = {};
  let way: string | undefined;
  for (const clause of said.passages.flatMap((p) =>
    p.split(/[;.](?=\s|$)|,?\s+(?:and|but)\s+(?=(?:scal\w+|to scale|up|down|in|out)\b)|,\s+(?=scal\w+)/),
  )) {
    const { text } = clause;
    const down =
      /\b(?:scal\w*|shrink\w*|remov\w*|going|go)[ -](?:down|in)\b|\b(?:down|in)-?scal\w+|\bshrink\w*|^\s*(?:and\s+)?down\b/i.test(
        text,
      );
    const up =
      /\b(?:scal\w*|grow\w*|add\w*|going|go)[ -](?:up|out)\b|\bup-?scal\w+|\bgrow\w*|^\s*(?:and\s+)?up\b/i.test(text);
    if (up || down) way = up && !down ? 'scaleUp' : 'scaleDown';
    const rule = rulesIn(clause);
    if (Object.keys(rule).length === 0) continue;
    const key = way ?? 'scaleDown';
    behavior[key] = { ...(behavior[key] as DraftObject | undefined), ...rule };
  }
  if (Object.keys(behavior).length > 0) said.takeAll(/\bscal\w+ (?:down|up)(?: slowly| quickly| fast)?\b/gi);
  return behavior;
}

/** What one clause says of going up or down. */
function rulesIn(clause: Passage): DraftObject {
  const rule: DraftObject = {};
  const both = clause.take(new RegExp(`(${NUMBER})\\s*(?:pods?|replicas?)\\s+or\\s+(\\d+)\\s?(?:%|percent)\\s+(?:a|per|every|each|in|within)\\s+(?:${DURATION}|(minute|second|hour))`, 'i')); // prettier-ignore
  if (both !== undefined) {
    const periodSeconds =
      both[3] === undefined ? secondsOf('1', both[5] ?? 'minute') : secondsOf(both[3], both[4] ?? 's');
    rule['policies'] = [
      { type: 'Pods', value: numberOf(both[1] ?? '1'), periodSeconds },
      { type: 'Percent', value: Number(both[2]), periodSeconds },
    ];
  }
  const window =
    clause.take(
      new RegExp(`\\bstabili[sz]ation(?: ?window)?(?: ?seconds)?(?:[^.;\\d]{0,20}?)(?:${DURATION}|(\\d+))`, 'i'),
    ) ??
    clause.take(new RegExp(`${DURATION}()\\s+(?:of\\s+)?stabili[sz]ation`, 'i')) ??
    clause.take(
      new RegExp(
        `\\b(?:(?:only\\s+)?after\\s+(?:waiting\\s+)?|wait(?:s|ing)?\\s+(?:for\\s+|at least\\s+)?)${DURATION}()(?:\\s+(?:of|with)\\s+(?:low|lower|less|no|quiet)\\b)?`,
        'i',
      ),
    );
  if (window !== undefined)
    rule['stabilizationWindowSeconds'] =
      window[1] === undefined ? Number(window[3]) : secondsOf(window[1], window[2] ?? 's');
  else if (
    clause.take(
      /\b(?:without|no)(?: any)? (?:stabili[sz]ation|delay|waiting)(?: window)?\b|\b(?:immediately|at once|instantly|without waiting)\b/i,
    )
  )
    rule['stabilizationWindowSeconds'] = 0;
  const steps = clause.takeAll(
    new RegExp(
      `(?:\\b(?:at most|no more than|max(?:imum)?(?: of)?|by|only|up to|adding|removing|scal\\w+ (?:up|down|out|in))\\s+|[:,]\\s*|^\\s*)(${NUMBER})\\s*(pods?|replicas?|%|percent)\\s+(?:a|per|every|each|in|within)\\s+(?:(?:${DURATION})|(minute|second|hour))`,
      'i',
    ),
  );
  if (steps.length > 0 && both === undefined)
    rule['policies'] = steps.map((step): DraftObject => ({
      type: /^(?:pods?|replicas?)$/i.test(step[2] ?? '') ? 'Pods' : 'Percent',
      value: numberOf(step[1] ?? '1'),
      periodSeconds: step[3] === undefined ? secondsOf('1', step[5] ?? 'minute') : secondsOf(step[3], step[4] ?? 's'),
    }));
  if (clause.take(/\b(?:never|not|don't|do not|disable\w*)\b[^.;,]{0,16}\bscal\w* (?:down|in)\b/i))
    rule['selectPolicy'] = 'Disabled';
  else if (/\bwhichever is (?:smaller|lower|less)\b|\bselect ?policy:? min\b/i.test(clause.text))
    rule['selectPolicy'] = 'Min';
  return rule;
}

const resourceMetric = (name: string, percent: number): Draft => ({
  type: 'Resource',
  resource: { name, target: { type: 'Utilization', averageUtilization: percent } },
});

function readMetrics(said: Said): Draft[] {
  const metrics: Draft[] = [];
  const percent = new Set<string>();
  for (const resource of ['cpu', 'memory'] as const) {
    const word = resource === 'cpu' ? 'cpu' : '(?:memory|mem|ram)';
    const match = said.take(
      new RegExp(
        `\\b(\\d{1,3})\\s?(?:%|percent)\\s*(?:of\\s+)?(?:average\\s+|mean\\s+|target\\s+)?${word}|\\b${word}\\b[^.;%\\d]{0,40}?(\\d{1,3})\\s?(?:%|percent)`,
        'i',
      ),
    );
    if (match === undefined) continue;
    percent.add(resource);
    metrics.push(resourceMetric(resource, Number(match[1] ?? match[2])));
  }
  const bare =
    metrics.length > 0 || /\bper ?second|requests?\b/i.test(said.text) ? undefined : said.take(/\b(\d{1,3})\s?%/);
  if (bare !== undefined) metrics.push(resourceMetric('cpu', Number(bare[1])));
  // Beside another metric an amount of memory may be a container's own: there it must be called an average.
  const average = percent.has('memory')
    ? undefined
    : (said.take(
        /\b(?:average|mean) memory\b[^.;\d]{0,20}(\d+)\s?(Mi|Gi)\b|\b(\d+)\s?(Mi|Gi)\s+(?:of\s+)?(?:(?:average|mean)\s+memory\b|memory\s+(?:on|in) average\b)/,
      ) ?? (metrics.length > 0 ? undefined : said.take(/\b(?:memory)\b[^.;\d]{0,20}(\d+)\s?(Mi|Gi)\b/)));
  if (average !== undefined)
    metrics.push({
      type: 'Resource',
      resource: {
        name: 'memory',
        target: {
          type: 'AverageValue',
          averageValue: sizeOf(average[1] ?? average[3] ?? '500', average[2] ?? average[4] ?? 'Mi'),
        },
      },
    });
  customMetric(said, metrics);
  return metrics;
}

/** A measure of the application's own: requests a second, the length of a queue. */
function customMetric(said: Said, metrics: Draft[]): void {
  const custom = said.take(
    /\b(?:on|by|based on|using|metric)\s+(?:the\s+(?:number of\s+)?)?(?:(?:external|custom|pods?|prometheus)\s+)?(?:metric\s+)?(?:named |called )?["'`]?((?:running|waiting|pending|active|queued|concurrent|http|inflight|in-flight|incoming|custom)?[\s-]?(?:requests?(?: per second)?|connections?|queue (?:length|depth|size)|messages?|rps|qps|[a-z]+_[a-z_]+(?:metric)?))\b(?:[^.;\d]{0,30}(\d+))?/i,
  );
  if (custom?.[1] !== undefined) {
    const target = said.take(/\b(?:average(?: value)?|target(?: value)?|value)\s*(?:of|is|=|:)?\s*(\d+)\b(?!\s*%)/i);
    const words = custom[1]
      .trim()
      .toLowerCase()
      .replace(/[\s-]+/g, '_');
    const name = /^running_requests?$|^waiting_requests?$/.test(words)
      ? `vllm:num_requests_${words.startsWith('r') ? 'running' : 'waiting'}`
      : /rps|qps|per_second|http/.test(words)
        ? 'http_requests_per_second'
        : words;
    const value = custom[2] ?? target?.[1] ?? '10';
    metrics.push(
      /\bexternal(?: metric)?\b/i.test(said.text)
        ? {
            type: 'External',
            external: { metric: { name: words }, target: { type: 'AverageValue', averageValue: value } },
          }
        : {
            type: 'Pods',
            pods: { metric: { name }, target: { type: 'AverageValue', averageValue: value } },
          },
    );
  }
}

/** "unhealthy pods may always be evicted" */
const evictions = (said: Said): DraftObject =>
  said.take(
    /\bevict\w*[^.;,]{0,30}\bunhealthy\b[^.;,]{0,20}\balways\b[^.;,]*|\bunhealthy\b[^.;,]{0,30}\balways\b[^.;,]{0,20}\bevict\w*|\balways\b[^.;,]{0,20}\bevict\w*[^.;,]{0,12}\bunhealthy\b/i,
  ) === undefined
    ? {}
    : { unhealthyPodEvictionPolicy: 'AlwaysAllow' };

/** What a budget's own words do not say may stand before it: "at most one may be away (budget zk-pdb)". */
const aroundIt = (said: Said, context: CompanionContext): Said =>
  /\d|\b(?:one|two|three|half)\b/i.test(said.text.replace(/[\w-]+-pdb\b/g, ''))
    ? said
    : new Said([
        ...sentences(context.text).filter((s) => /\bdisruption ?budget|\bpdbs?\b/i.test(s.text)),
        ...said.passages,
      ]);

export const pdb: Reader = (entity, own, context) => {
  const said = aroundIt(own, context);
  const bound = boundIn(said.text);
  if (bound !== undefined)
    said.take(
      /\b(?:min ?-?available|max ?-?unavailable|at least|at most|(?:no|never|not) more than|always|only|keep(?:s|ing)?)?\s*(?:of|is|=|:)?\s*\b(?:\d+\s?%|\d+|one|two|three|four|five|six)\b(?:\s+(?:pods?|replicas?|instances?))?[^.;,=]{0,30}\b(?:available|unavailable|up|running|stay|surviv\w+|evicted|missing|down|away)\b/i,
    );
  const value = (text: string): Draft => (text.includes('%') ? text.replace(/\s/g, '') : numberOf(text));
  const labels = readPairs(
    said,
    '(?:labell?(?:s|ed)?|select(?:s|ing|or)?|(?:for|of|on)(?= [\\w./-]+\\s*=)|pods?(?: with| labell?ed| matching| that (?:match|have))?(?: the)?(?: labels?)?|matching|match(?:es)?)',
  );
  const named = said.take(
    /\b(?:for|protect(?:s|ing)?|of)\s+(?:the\s+)?(?:deployment |stateful ?set |pods of )?["'`]?([a-z0-9][a-z0-9-]*)["'`]?(?![\w-]*\s*=)/i,
  )?.[1];
  const known = named === undefined ? undefined : context.workloadNamed(named);
  const workload = known ?? context.workload;
  const matchLabels =
    Object.keys(labels).length > 0
      ? labels
      : workload === undefined
        ? { app: named ?? entity.name ?? 'app' }
        : { app: workload.labels['app'] ?? workload.name };
  const budget = bound === undefined ? { minAvailable: 1 } : { [bound.field]: value(bound.value) };
  return object(
    'PodDisruptionBudget',
    entity.name ?? `${workload?.name ?? (Object.values(matchLabels)[0] || 'app')}-pdb`,
    context.namespace,
    {
      spec: { ...budget, ...evictions(said), selector: { matchLabels } },
    },
  );
};
