import * as z from 'zod';
import { formatDuration } from '../core/duration.ts';
import { ok, type Result } from '../core/result.ts';
import { defineTask, duration, text, type TaskContext } from '../core/task-type.ts';
import { expectedFigures, gate, gateTimes, holds } from './shared/gate.ts';
import { findTraces, percentile, services, traceById, type Trace } from './shared/jaeger-api.ts';
import { apiOf, credentials, type Api } from './shared/json-api.ts';
import { shown } from './shared/request.ts';
import { milliseconds } from './shared/until.ts';

const parameters = z.strictObject({
  url: text('Address of the query service.').default('http://localhost:16686'),
  ...credentials,
  service: text('The service whose traces count. Default: the name of the workflow.'),
  operation: text('Only traces with a span of this name: `GET /checkout`.').optional(),
  tags: z
    .record(z.string(), z.string())
    .meta({ description: 'Only traces with a span that has these tags: `http.status_code: "500"`.' })
    .default({}),
  trace: text('The id of the one trace that counts, instead of a search.').optional(),
  since: duration('How far back traces count.').default('15m'),
  limit: z.int().min(1).max(1500).meta({ description: 'Traces that are looked at, at most.' }).default(200),
  expect: expectedFigures('How many traces there must be: `some`, `none`, `>= 10`.').default('some'),
  errors: expectedFigures('How many of them may have a failed span: `none`, `< 3`. Default: any number.').optional(),
  p95: duration('Time that 95 of 100 traces must stay within. Default: any.').optional(),
  ...gateTimes,
});
type Parameters = z.output<typeof parameters>;

/** Jaeger: the traces of a deployment as a gate. */
export const jaeger = defineTask({
  type: 'jaeger',
  category: 'observability',
  systems: ['Jaeger'],
  summary: 'Find traces of a service, and stop the run where they fail or take too long.',
  docs: 'https://www.jaegertracing.io/docs/latest/apis/',
  licence: 'Apache-2.0',
  class: 'io',
  parameters,
  outputs: z.strictObject({
    traces: z.int().meta({ description: 'Number of traces found.' }),
    errors: z.int().meta({ description: 'Number of those with a failed span.' }),
    p95: z
      .number()
      .nullable()
      .meta({ description: 'Milliseconds that 95 of 100 traces stay within; `null` without any.' }),
    ids: z.array(z.string()).meta({ description: 'Ids of the traces, the slowest first; at most 20.' }),
  }),
  conventions: [{ parameter: 'service', from: 'workflow' }],
  examples: [
    { title: 'The deployed service answers, and leaves traces', with: { service: 'shop', within: '1m' } },
    {
      title: 'No checkout fails, and most take less than half a second',
      with: {
        service: 'shop',
        operation: 'POST /checkout',
        expect: '>= 10',
        errors: 'none',
        p95: '500ms',
        within: '2m',
      },
    },
  ],
  execution: {
    kind: 'inline',
    async run(p, context) {
      const api = apiOf('Jaeger', p, context);
      const found = await gateOf(p, api, context);
      if (!found.ok) return found;
      const p95 = percentile(found.value, 0.95);
      context.log(`${found.value.length} traces of ${p.service}${p95 === null ? '' : `, p95 ${formatDuration(p95)}`}`);
      return ok({
        traces: found.value.length,
        errors: failing(found.value).length,
        p95,
        ids: slowestFirst(found.value)
          .slice(0, 20)
          .map((one) => one.id),
      });
    },
  },
});

async function gateOf(p: Parameters, api: Api, context: TaskContext): Promise<Result<Trace[]>> {
  const since = milliseconds(p.since, 'since');
  if (!since.ok) return since;
  const p95 = p.p95 === undefined ? ok(undefined) : milliseconds(p.p95, 'p95');
  if (!p95.ok) return p95;
  return gate(
    p,
    async () => {
      const found =
        p.trace === undefined ? await findTraces(api, { ...p, sinceMs: since.value }) : await traceById(api, p.trace);
      if (!found.ok) return found;
      const missed = unmet(p, found.value, p95.value);
      if (missed === undefined) return ok({ seen: found.value });
      return ok({
        seen: found.value,
        missed: found.value.length > 0 ? missed : `${missed}${await knownServices(p, api)}`,
      });
    },
    `Look at the traces: ${shown(api.url)}/search?service=${encodeURIComponent(p.service)}`,
    context,
  );
}

/** @returns what is not as expected, with the trace that shows it */
function unmet(p: Parameters, traces: readonly Trace[], p95Ms: number | undefined): string | undefined {
  if (!holds(traces.length, p.expect))
    return `there are ${traces.length} traces of ${p.service}, not ${p.expect.trim()}`;
  const failed = failing(traces);
  if (p.errors !== undefined && !holds(failed.length, p.errors)) {
    const [first] = failed;
    const example = first === undefined ? '' : `; first: ${first.errors[0] ?? ''} in trace ${first.id}`;
    return `${failed.length} of ${traces.length} traces failed, not ${p.errors.trim()}${example}`;
  }
  const actual = percentile(traces, 0.95);
  if (p95Ms === undefined || actual === null || actual <= p95Ms) return undefined;
  const [slowest] = slowestFirst(traces);
  const example = slowest === undefined ? '' : `; the slowest: ${slowest.operation}, trace ${slowest.id}`;
  return `95 of 100 traces take up to ${formatDuration(actual)}, more than ${p.p95 ?? ''}${example}`;
}

/** A wrong name is the most common reason for no traces. */
async function knownServices(p: Parameters, api: Api): Promise<string> {
  const known = await services(api);
  if (!known.ok || known.value.includes(p.service)) return '';
  return known.value.length === 0
    ? '; no service has sent any'
    : `; services that have sent some: ${known.value.slice(0, 8).join(', ')}`;
}

const failing = (traces: readonly Trace[]): Trace[] => traces.filter((one) => one.errors.length > 0);

const slowestFirst = (traces: readonly Trace[]): Trace[] => [...traces].sort((a, b) => b.durationMs - a.durationMs);
