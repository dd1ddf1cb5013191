/** Jaeger's query API, which versions 1 and 2 share. https://www.jaegertracing.io/docs/latest/apis/ */
import * as z from 'zod';
import { ok, type Result } from '../../core/result.ts';
import { fetched, type Api } from './json-api.ts';

const span = z.looseObject({
  spanID: z.string(),
  operationName: z.string(),
  /** Microseconds since 1970. */
  startTime: z.number(),
  /** Microseconds. */
  duration: z.number(),
  references: z.array(z.looseObject({ refType: z.string(), spanID: z.string() })).nullish(),
  tags: z.array(z.looseObject({ key: z.string(), value: z.unknown() })).nullish(),
});
const answer = z.looseObject({
  data: z.array(z.looseObject({ traceID: z.string(), spans: z.array(span) })).nullable(),
});

export interface Trace {
  readonly id: string;
  /** The name of its first span. */
  readonly operation: string;
  readonly spans: number;
  readonly durationMs: number;
  /** What its failed spans are called. */
  readonly errors: readonly string[];
}

export interface TraceQuery {
  readonly service: string;
  readonly operation?: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly sinceMs: number;
  readonly limit: number;
}

export async function findTraces(api: Api, wanted: TraceQuery): Promise<Result<Trace[]>> {
  const now = Date.now();
  const query = {
    service: wanted.service,
    operation: wanted.operation,
    tags: Object.keys(wanted.tags).length === 0 ? undefined : JSON.stringify(wanted.tags),
    start: (now - wanted.sinceMs) * 1000,
    // Clocks of servers differ a little.
    end: (now + 60_000) * 1000,
    limit: wanted.limit,
  };
  const got = await fetched(api, { path: '/api/traces', query }, answer, 'The traces cannot be read');
  return got.ok ? ok((got.value.data ?? []).map(traceOf)) : got;
}

/** @returns an empty list where there is none with this id */
export async function traceById(api: Api, id: string): Promise<Result<Trace[]>> {
  const got = await fetched(
    api,
    { path: `/api/traces/${encodeURIComponent(id)}` },
    answer,
    `The trace ${id} cannot be read`,
  );
  if (got.ok) return ok((got.value.data ?? []).map(traceOf));
  return got.failure.kind === 'missing' ? ok([]) : got;
}

/** The services that have sent anything. */
export async function services(api: Api): Promise<Result<string[]>> {
  const got = await fetched(
    api,
    { path: '/api/services' },
    z.looseObject({ data: z.array(z.string()).nullable() }),
    'The services cannot be read',
  );
  return got.ok ? ok(got.value.data ?? []) : got;
}

function traceOf({ traceID, spans }: { traceID: string; spans: readonly z.output<typeof span>[] }): Trace {
  const start = Math.min(...spans.map((one) => one.startTime));
  const end = Math.max(...spans.map((one) => one.startTime + one.duration));
  const known = new Set(spans.map((one) => one.spanID));
  const root =
    spans.find((one) => !(one.references ?? []).some((ref) => ref.refType === 'CHILD_OF' && known.has(ref.spanID))) ??
    spans[0];
  const errors = spans.filter(hasFailed).map((one) => one.operationName);
  return {
    id: traceID,
    operation: root?.operationName ?? '',
    spans: spans.length,
    durationMs: spans.length === 0 ? 0 : (end - start) / 1000,
    errors,
  };
}

/** `error=true` of OpenTracing; OpenTelemetry's status is told in both ways, by version. */
const hasFailed = (one: z.output<typeof span>): boolean =>
  (one.tags ?? []).some(
    ({ key, value }) =>
      (key === 'error' && (value === true || value === 'true')) || (key === 'otel.status_code' && value === 'ERROR'),
  );

/** The duration that so much of the traces stay within, by the nearest rank; `null` without any. */
export function percentile(traces: readonly Trace[], share: number): number | null {
  const sorted = traces.map((one) => one.durationMs).sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}
