/** Dashboards of CloudWatch: a widget for each metric and each query of logs that the words speak of. */
import { DIMENSIONS, METRICS, NAMESPACES, type Metric } from './alarm-metrics.ts';
import { expression, raw, type Value } from './hcl.ts';
import type { TofuModule } from './module.ts';
import type { Component } from './components.ts';

/** Queries of Logs Insights, by what they look for. */
const QUERIES: readonly (readonly [words: RegExp, title: string, query: string])[] = [
  [/\btop\b[^.;,)]{0,24}\bsource\b|\bsource (?:ip |addresses|ips)/i, 'Top sources', 'stats sum(bytes) as sent by srcAddr | sort sent desc | limit 10'],
  [/\btop\b[^.;,)]{0,24}\bdestination\b|\bdestination (?:ip |addresses|ips)/i, 'Top destinations', 'stats sum(bytes) as sent by dstAddr | sort sent desc | limit 10'],
  [/\breject\w*|\bdenied\b|\bblocked connections?\b/i, 'Rejected connections', 'filter action = "REJECT" | stats count(*) as attempts by srcAddr, dstPort | sort attempts desc | limit 20'],
  [/\b(?:talkers|traffic by port|ports?)\b/i, 'Traffic by port', 'stats sum(bytes) as sent by dstPort | sort sent desc | limit 10'],
  [/\b(?:slow(?:est)?|longest) (?:requests?|invocations?|queries)/i, 'Slowest', 'fields @timestamp, @duration, @requestId | sort @duration desc | limit 20'],
  [/\bcold starts?\b/i, 'Cold starts', 'filter ispresent(@initDuration) | stats count(*) as starts, avg(@initDuration) by bin(5m)'],
  [/\berrors?\b|\bexceptions?\b/i, 'Errors', 'fields @timestamp, @message | filter @message like /(?i)(error|exception)/ | sort @timestamp desc | limit 50'],
]; // prettier-ignore

/** A log group that the widgets read: one of the module's own, or one that is named. */
function groupOf(m: TofuModule): Value | undefined {
  const named = m.take(/\blog ?groups?\s+(?:called |named )?["'`]?(\/?[\w-]+(?:\/[\w/.-]*\w)+|[\w-]+-[\w-]+)/i)?.[1];
  const own = [
    'aws_cloudwatch_log_group.main',
    'aws_cloudwatch_log_group.flow',
    'aws_cloudwatch_log_group.function',
    'aws_cloudwatch_log_group.service',
  ];
  const found = own.find((a) => m.parts.resources.has(a));
  return found === undefined ? named : raw(`\${${found}.name}`).text;
}

const place = (i: number): Record<string, number> => ({
  x: (i % 2) * 12,
  y: Math.floor(i / 2) * 6,
  width: 12,
  height: 6,
});

function queries(m: TofuModule): Value[] {
  if (!m.has(/\binsights\b|\bquer(?:y|ies)\b|\blog widgets?\b|\blogs?\b[^.;]{0,30}\bwidgets?\b/i)) return [];
  for (const id of ['logs', 'flowlogs', 'lambda', 'ecs']) if (m.present.has(id)) m.need(id);
  const group = groupOf(m) ?? '/app/logs';
  const said = m.text
    .takeAll(/["`]((?:fields|stats|filter|parse|sort)\b[^"`]{8,})["`]/gi)
    .map((q) => ['Query', q[1] ?? ''] as const);
  const known = QUERIES.filter(([words]) => m.take(words) !== undefined).map(
    ([, title, query]) => [title, query] as const,
  );
  const found = said.length > 0 ? said : known;
  return (found.length > 0 ? found : [['Latest', 'fields @timestamp, @message | sort @timestamp desc | limit 50'] as const]).map(([title, query], i) => ({
    type: 'log',
    ...place(i),
    properties: { title, region: raw('var.region'), view: 'table', query: `SOURCE '${group as string}' | ${query}` },
  })); // prettier-ignore
}

/** Whose metric it is: the first that the words name. */
const ownersOf = (m: TofuModule, metric: Metric): string[] =>
  Object.keys(metric.of).filter((id) => m.present.has(id) || m.namesOf(id)?.test(m.text.text) === true);

function graphs(m: TofuModule, from: number): Value[] {
  const found = METRICS.flatMap((metric) => (m.has(metric.words) ? ownersOf(m, metric).slice(0, 2).map((owner) => ({ metric, owner })) : [])); // prettier-ignore
  const usual = found.length > 0 || from > 0 ? found : Object.keys(NAMESPACES).filter((id) => m.present.has(id)).flatMap((owner) => METRICS.filter((x) => x.of[owner] !== undefined).slice(0, 3).map((metric) => ({ metric, owner }))); // prettier-ignore
  return usual.map(({ metric, owner }, i) => {
    m.take(metric.words);
    if (m.present.has(owner)) m.need(owner);
    const dimensions = DIMENSIONS[owner]?.find(([address]) => m.hasResource(address))?.[1] ?? {};
    const name = metric.of[owner] ?? 'CPUUtilization';
    const path: Value[] = [NAMESPACES[owner] ?? 'AWS/EC2', name, ...Object.entries(dimensions).flatMap(([k, v]) => [k, raw(v)])];
    return {
      type: 'metric',
      ...place(from + i),
      properties: { title: `${owner}: ${name}`, region: raw('var.region'), period: 300, stat: metric.statistic ?? 'Average', metrics: [path] },
    };
  }); // prettier-ignore
}

function dashboard(m: TofuModule): void {
  const logs = queries(m);
  const all = [...logs, ...graphs(m, logs.length)];
  const widgets = all.length > 0 ? all : [{ type: 'metric', ...place(0), properties: { title: 'CPU', region: raw('var.region'), period: 300, stat: 'Average', metrics: [['AWS/EC2', 'CPUUtilization']] } }]; // prettier-ignore
  m.resource('aws_cloudwatch_dashboard', 'main', {
    dashboard_name: m.name('dashboard', m.called('dashboard')),
    dashboard_body: raw(`jsonencode(${expression({ widgets }, 0)})`),
  });
}

export const DASHBOARDS: readonly Component[] = [
  { id: 'dashboard', names: /\bcloud ?watch dashboards?\b|\bdashboards?\b/i, make: dashboard },
];
