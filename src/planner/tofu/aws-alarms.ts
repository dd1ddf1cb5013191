/** Alarms of CloudWatch: one for each metric that the words are afraid of, each with its own limit, time and dimension. */
import type { Passage } from '../text.ts';
import { DIMENSIONS, METRICS, NAMESPACES, type Metric } from './alarm-metrics.ts';
import { raw, type Body, type Value } from './hcl.ts';
import type { TofuModule } from './module.ts';
import { DURATION_PATTERN, NUMBER, SIZE, numberOf, secondsOf } from './words.ts';

/** One thing that an alarm is set on, with the words about it. */
interface Asked {
  readonly metric: Metric;
  readonly part: Passage;
  /** Sentence that it stands in, up to its own words. */
  readonly before: string;
}

const ALARM =
  /\balarms?\b|\balerts? (?:me |us |on |when|if|for)|\b(?:notif\w+|warn\w*|page|tell|mail) (?:me |us |\S+ )?(?:when|if)\b/i;
const PARTED =
  /\s*(?:[;,]\s*(?:and\s+|or\s+)?|(?<!\bread )\b(?:and|plus|or|as well as)\b)\s*(?:an(?:other)? (?:alarm|one)?\s*)?/gi;
const MORE = '(?:above|over|exceed(?:s|ing)?|pass(?:es|ed)?|hits?|cross(?:es)?|ris(?:es|ing) above|go(?:es)? (?:above|over)|beyond|greater than|more than|higher than|longer than|older than|at least|reach(?:es)?|>=?|threshold(?: of| is)?:?)'; // prettier-ignore
const LESS = '(?:below|under|less than|lower than|fewer than|falls? (?:below|under|to)|drops? (?:below|under|to)|at most|<=?)'; // prettier-ignore

const lastMatch = (pattern: RegExp, text: string): number => Math.max(-1, ...[...text.matchAll(new RegExp(pattern.source, 'gi'))].map((m) => m.index)); // prettier-ignore

/** A metric by its own name: "PercentIOLimit". */
function namedMetric(piece: string): Metric[] {
  const name = /\b(?!CloudWatch|CloudFront|DynamoDB|OpenTofu|ElastiCache|EventBridge|OpenSearch|PostgreSQL|RabbitMQ|MariaDB|AutoScaling)([A-Z][a-z]+(?:[A-Z]+[a-z]*)+(?:\.\w+)?)\b/.exec(piece)?.[1]; // prettier-ignore
  if (name === undefined) return [];
  const known = METRICS.find((m) => Object.values(m.of).includes(name));
  if (known !== undefined) return [known];
  const usual = /^(?:Percent|Burst)/.test(name) ? 'efs' : /^(?:Approximate|NumberOfMessages)/.test(name) ? 'sqs' : /Lag$|^(?:Read|Write|Database|Free)/.test(name) ? 'rds' : 'ec2'; // prettier-ignore
  return [{ words: new RegExp(`\\b${name}\\b`), of: Object.fromEntries([usual, ...Object.keys(NAMESPACES)].map((id) => [id, name])), statistic: /^(?:Count|NumberOf|Errors)/.test(name) ? 'Sum' : 'Average' }]; // prettier-ignore
}

/** The parts of a sentence about alarms, each with its metric; what has no metric of its own belongs to the part before it. */
function askedIn(sentence: Passage): Asked[] {
  const cuts = [0, ...[...sentence.text.matchAll(PARTED)].map((m) => m.index + m[0].length)];
  const found: { metric: Metric; at: number }[] = [];
  for (const [i, at] of cuts.entries()) {
    const piece = sentence.text.slice(at, cuts[i + 1]);
    const all = [...namedMetric(piece), ...METRICS.filter((m) => m.words.test(piece))];
    const metrics = all.filter(
      (m, k) => k === 0 || (m.of['kinesis'] !== undefined && all[0]?.of['kinesis'] !== undefined),
    );
    if (metrics.length === 0 || (!ALARM.test(sentence.text.slice(0, at) + piece) && !/\balarm/i.test(sentence.text))) continue; // prettier-ignore
    for (const metric of metrics) found.push({ metric, at });
  }
  return found.map(({ metric, at }, i) => ({
    metric,
    part: sentence.slice(at, found.slice(i + 1).find((f) => f.at > at)?.at),
    before: sentence.text.slice(0, at),
  }));
}

/** Sentences that speak of alarms, and those that go on about them. */
function sentencesOf(text: Passage): Passage[] {
  const parts = text.split(/(?<!\b\w)\.(?=\s|$)|\n/);
  return parts.filter((p) => ALARM.test(p.text));
}

/** Whose metric it is: what the part names, else what was spoken of last, else what there is. */
function ownerOf(m: TofuModule, { metric, part, before }: Asked): string | undefined {
  const able = Object.keys(metric.of);
  const named = able.filter((id) => m.namesOf(id)?.test(part.text) === true);
  if (named.length > 0) return named[0];
  const near = able
    .map((id) => ({ id, at: m.namesOf(id) === undefined ? -1 : lastMatch(m.namesOf(id) ?? /$^/, before) }))
    .filter((c) => c.at >= 0)
    .sort((a, b) => b.at - a.at)[0]?.id;
  return near ?? able.find((id) => m.present.has(id)) ?? able.at(able.length > 1 && able.includes('ec2') ? able.indexOf('ec2') : 0); // prettier-ignore
}

function dimensionsOf(m: TofuModule, owner: string, part: Passage): Value | undefined {
  if (owner === 'billing') return { Currency: 'USD' };
  const instance = m.take(/\b(?:instance |machine )?(i-[0-9a-f]{6,17})\b/i)?.[1];
  if (owner === 'ec2' && instance !== undefined) return { InstanceId: instance };
  if (m.present.has(owner)) m.need(owner);
  if (owner === 'opensearch') m.data('aws_caller_identity', 'current', {});
  if (owner === 'sqs' && /\bdlq\b|\bdead[- ]?letter/i.test(part.text) && m.hasResource('aws_sqs_queue.dead_letter'))
    return { QueueName: raw('aws_sqs_queue.dead_letter.name') };
  const found = DIMENSIONS[owner]?.find(([address]) => m.hasResource(address));
  return found === undefined ? undefined : Object.fromEntries(Object.entries(found[1]).map(([k, v]) => [k, raw(v)]));
}

interface Limit {
  readonly threshold: number;
  readonly operator: string;
}

/** "above 80 %", "under 10 GB", "older than 15 minutes", "at least 3". */
function limitOf(metric: Metric, part: Passage): Limit | undefined {
  const bound = (words: string): RegExpExecArray | undefined =>
    part.take(new RegExp(`(${words})\\s*(?:a |the )?\\$?(\\d[\\d,]*(?:\\.\\d+)?|${NUMBER})\\s?(%|percent\\b|[KMGT]i?B\\b|ms\\b|milliseconds?\\b|s\\b|secs?\\b|seconds?\\b|m\\b|min(?:ute)?s?\\b|hours?\\b|h\\b|days?\\b)?`, 'i')); // prettier-ignore
  const low = bound(LESS);
  const found = low ?? bound(MORE) ?? part.take(/()\b(\d{1,3})\s?(%|percent\b)/i);
  if (found === undefined) return undefined;
  const amount = /\d/.test(found[2] ?? '') ? Number((found[2] ?? '0').replace(/,/g, '')) : numberOf(found[2] ?? '1');
  const equal = /at least|at most|reach|>=|<=/i.test(found[1] ?? '');
  const less = low !== undefined || (metric.falls === true && (found[1] ?? '') === '');
  return {
    threshold: converted(amount, found[3] ?? '', metric, part),
    operator: `${less ? 'LessThan' : 'GreaterThan'}${equal ? 'OrEqualTo' : ''}Threshold`,
  };
}

function converted(amount: number, unit: string, metric: Metric, part: Passage): number {
  if (/^[KMGT]i?B$/i.test(unit)) return amount * 1024 ** ('KMGT'.indexOf(unit.charAt(0).toUpperCase()) + 1);
  if (unit === '' && metric.unit === 'bytes') {
    const size = new RegExp(SIZE, 'i').exec(part.text);
    return size === null ? amount : converted(amount, size[2]?.slice(0, 1).concat('B') ?? 'GB', metric, part);
  }
  if (unit === '' || /^(?:%|percent)$/i.test(unit)) return amount;
  const milliseconds = /^(?:ms|milli)/i.test(unit) ? amount : secondsOf('1', unit) * amount * 1000;
  return metric.unit === 'milliseconds' || /latency/i.test(Object.values(metric.of)[0] ?? '') ? milliseconds : milliseconds / 1000; // prettier-ignore
}

/** "for 10 minutes", "in 5 minutes", "3 periods of 60 seconds", "2 of 3 datapoints". */
function timeOf(m: TofuModule, part: Passage, usual: number): Body {
  const found = (lead: string): number | undefined => {
    const match = part.take(new RegExp(`\\b(?:${lead})\\s+(?:an? |the )?(?:last )?${DURATION_PATTERN}`, 'i'));
    return match?.[1] === undefined ? undefined : secondsOf(match[1], match[2] ?? 's');
  };
  const points = part.take(new RegExp(`\\b(${NUMBER})\\s+(?:out )?of\\s+(${NUMBER})\\s+(?:data ?points|periods)`, 'i'));
  const periods = part.take(new RegExp(`\\b(${NUMBER})\\s+(?:(?:consecutive|evaluation|\\d+[- ]?(?:second|minute)s?)\\s+)*(?:periods?|times in a row)\\b`, 'i')) ?? part.take(/\bevaluation periods?\s*(?:of|=|:)?\s*(\d+)/i); // prettier-ignore
  const each = part.take(new RegExp(`\\b(?:period(?:s)?(?: length)?(?: of| is)?|each(?: of)?)\\s*${DURATION_PATTERN}|${DURATION_PATTERN}[- ]periods?`, 'i')); // prettier-ignore
  const said = each === undefined ? undefined : secondsOf(each[1] ?? each[3] ?? '5', each[2] ?? each[4] ?? 'm');
  const within = found('in|within|per|every|during');
  const lasting = found('for|over|longer than|at least');
  const whole = (seconds: number): number => (seconds < 60 ? 60 : seconds - (seconds % 60));
  if (points !== undefined)
    return { period: whole(said ?? within ?? usual), evaluation_periods: numberOf(points[2] ?? '1'), datapoints_to_alarm: numberOf(points[1] ?? '1') }; // prettier-ignore
  if (periods?.[1] !== undefined)
    return { period: whole(said ?? within ?? lasting ?? usual), evaluation_periods: numberOf(periods[1]) };
  if (lasting !== undefined && within === undefined && said === undefined) {
    const period = lasting % 300 === 0 ? 300 : whole(Math.min(lasting, 60));
    return { period, evaluation_periods: Math.max(1, Math.round(lasting / period)) };
  }
  return { period: whole(said ?? within ?? usual), evaluation_periods: said === undefined || within !== undefined ? 1 : Math.max(1, Math.round((lasting ?? said) / said)) }; // prettier-ignore
}

/** Who is told, or what is done. */
function actionsOf(m: TofuModule, part: Passage): Body {
  const actions: Value[] = [];
  if (part.take(/\brecover(?:s|ed|y)?\b(?: (?:the |that )?(?:instance|machine))?/i))
    actions.push(raw('"arn:aws:automate:${var.region}:ec2:recover"'));
  else if (part.take(/\breboots?\b(?: (?:the |that )?(?:instance|machine))?/i)) actions.push(raw('"arn:aws:automate:${var.region}:ec2:reboot"')); // prettier-ignore
  if (m.present.has('sns') || m.has(/\bnotif|\be-?mails?\b|\balert me\b|\bsns\b|@[\w-]+\.\w/i)) {
    m.present.add('sns');
    m.need('sns');
    actions.push(raw('aws_sns_topic.main.arn'));
  }
  if (actions.length === 0) return {};
  const told = m.has(/\bok (?:state|actions?|notification)|\b(?:back to|when it (?:is|goes)) (?:ok|normal)\b|\bclears?\b/i); // prettier-ignore
  return { alarm_actions: actions, ...(told ? { ok_actions: actions } : {}) };
}

const slug = (name: string): string =>
  name
    .replace(/\W+/g, '_')
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .toLowerCase();

/** A limit that is told once for two: "CPU and memory above 80 %". */
const shared = (limits: readonly (Limit | undefined)[], i: number): Limit | undefined =>
  limits[i] ?? limits.slice(i + 1).find((l) => l !== undefined);

/** "at 5, 10, 20 and 40 dollars": an alarm at each of them. */
function severalLimits(text: Passage): readonly number[] {
  const list = text.take(/\b(?:at|of|above|over|exceed\w*|reach\w*|limits?|thresholds?)\s+(\$?\d[\d.]*\s?(?:%|\$|USD|dollars?)?(?:\s*,\s*\$?\d[\d.]*\s?(?:%|\$|USD|dollars?)?)*\s*,?\s*and\s+\$?\d[\d.]*)\b/i)?.[1]; // prettier-ignore
  return (list?.match(/\d+(?:\.\d+)?/g) ?? []).map(Number);
}

/** @returns whether the words speak of metrics that are known */
export function metricAlarms(m: TofuModule): boolean {
  const first = sentencesOf(m.text);
  const many = first.map(severalLimits).find((l) => l.length > 1) ?? [];
  const asked = first.flatMap(askedIn).filter((a, i) => many.length === 0 || i === 0);
  const limits = asked.map(({ metric, part }) => limitOf(metric, part));
  const made = new Set<string>();
  for (const [i, each] of asked.entries()) {
    const owner = ownerOf(m, each);
    const name = owner === undefined ? undefined : each.metric.of[owner];
    if (owner === undefined || name === undefined) continue;
    const dead = owner === 'sqs' && /\bdlq\b|\bdead[- ]?letter/i.test(each.part.text);
    const label = asked.length === 1 ? 'main' : `${owner}_${slug(name)}${dead ? '_dead_letter' : ''}`;
    if (made.has(label)) continue;
    made.add(label);
    const limit = shared(limits, i);
    const usual = each.metric.usual ?? 0;
    const time = timeOf(m, many.length > 0 ? m.text : each.part, owner === 'billing' ? 21_600 : 300);
    for (const threshold of many.length > 0 ? many : [limit?.threshold ?? usual])
      m.resource('aws_cloudwatch_metric_alarm', many.length > 0 ? `at_${String(threshold).replace('.', '_')}` : label, {
        alarm_name: many.length > 0 ? m.name(`${slug(name).replace(/_/g, '-')}-${threshold}`) : asked.length === 1 ? m.name('alarm', m.called('alarm')) : m.name(label.replace(/_/g, '-')), // prettier-ignore
        alarm_description: `${name} of ${owner}.`,
        namespace: owner === 'alb' && m.has(/\bnlb\b|\bnetwork load balancer\b/i) ? 'AWS/NetworkELB' : name === 'mem_used_percent' ? 'CWAgent' : (NAMESPACES[owner] ?? 'AWS/EC2'), // prettier-ignore
        metric_name: name,
        dimensions: dimensionsOf(m, owner, each.part),
        statistic: each.metric.statistic === 'p99' ? undefined : (each.metric.statistic ?? 'Average'),
        ...time,
        threshold,
        comparison_operator:
          limit?.operator ?? (each.metric.falls === true ? 'LessThanThreshold' : 'GreaterThanThreshold'),
        treat_missing_data: 'notBreaching',
        ...actionsOf(m, each.part),
      });
  }
  return made.size > 0;
}
