/** Where traces go, by the variables that all of OpenTelemetry reads. https://opentelemetry.io/docs/specs/otel/protocol/exporter/ */
import { failure } from '../core/failure.ts';
import { err, ok, type Result } from '../core/result.ts';

export type Env = Readonly<Record<string, string | undefined>>;

export interface TraceConfig {
  readonly url: string;
  readonly protocol: 'http/protobuf' | 'http/json';
  readonly headers: Readonly<Record<string, string>>;
  readonly gzip: boolean;
  /** Of one request. */
  readonly timeoutMs: number;
  /** Beside what is known of this program: `service.name` and whatever the environment says. */
  readonly resource: Readonly<Record<string, string>>;
}

/** @returns `undefined` where no endpoint is set or traces are switched off; a failure where what is set cannot be done */
export function traceConfig(env: Env): Result<TraceConfig | undefined> {
  const off = env.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || env.OTEL_TRACES_EXPORTER === 'none';
  const own = set(env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT);
  const base = set(env.OTEL_EXPORTER_OTLP_ENDPOINT);
  if (off || (own ?? base) === undefined) return ok(undefined);
  const url = parseUrl(own ?? `${(base ?? '').replace(/\/+$/, '')}/v1/traces`);
  if (url === undefined)
    return err(failure('usage', `The endpoint for traces, ${own ?? base ?? ''}, is no http address.`, { next: HINT }));
  const protocol =
    set(env.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL) ?? set(env.OTEL_EXPORTER_OTLP_PROTOCOL) ?? 'http/protobuf';
  if (protocol !== 'http/protobuf' && protocol !== 'http/json')
    return err(failure('usage', `Traces cannot be sent by ${protocol}.`, { next: HINT }));
  const compression = set(env.OTEL_EXPORTER_OTLP_TRACES_COMPRESSION) ?? set(env.OTEL_EXPORTER_OTLP_COMPRESSION);
  return ok({
    url,
    protocol,
    headers: {
      ...pairs(env.OTEL_EXPORTER_OTLP_HEADERS, decoded),
      ...pairs(env.OTEL_EXPORTER_OTLP_TRACES_HEADERS, decoded),
    },
    gzip: compression === 'gzip',
    timeoutMs: milliseconds(set(env.OTEL_EXPORTER_OTLP_TRACES_TIMEOUT) ?? set(env.OTEL_EXPORTER_OTLP_TIMEOUT)),
    resource: {
      'service.name': 'code-engine',
      ...pairs(env.OTEL_RESOURCE_ATTRIBUTES, decoded),
      ...(set(env.OTEL_SERVICE_NAME) === undefined ? {} : { 'service.name': set(env.OTEL_SERVICE_NAME) ?? '' }),
    },
  });
}

const HINT =
  'Set OTEL_EXPORTER_OTLP_ENDPOINT to an http address (a collector listens on port 4318) and OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf or http/json.';

/** An empty variable counts as one that is not set. */
const set = (value: string | undefined): string | undefined => (value?.trim() === '' ? undefined : value?.trim());

function parseUrl(text: string): string | undefined {
  try {
    const url = new URL(text);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** `a=b,c=d`, values percent-encoded. */
function pairs(text: string | undefined, decode: (value: string) => string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const pair of (text ?? '').split(',')) {
    const at = pair.indexOf('=');
    if (at > 0) found[decode(pair.slice(0, at).trim())] = decode(pair.slice(at + 1).trim());
  }
  return found;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function milliseconds(text: string | undefined): number {
  const value = Number(text);
  return text !== undefined && Number.isFinite(value) && value > 0 ? value : 10_000;
}
