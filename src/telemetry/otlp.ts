/**
 * Spans as the OpenTelemetry protocol has them, in both of its forms over HTTP.
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto (field numbers below).
 * Some hundred lines of our own rather than the SDK: times and identifiers come from the journal, and every process that a supervisor
 * loads makes starting tasks dearer.
 */
import type { Attributes, AttributeValue, Span } from './spans.ts';

export interface Batch {
  readonly resource: Attributes;
  /** The version of this program. */
  readonly version: string;
  readonly spans: readonly Span[];
}

const KINDS = { internal: 1, server: 2 } as const;
const STATUS = { ok: 1, error: 2 } as const;

/** The JSON form: identifiers in hexadecimal, 64-bit numbers as text. */
export function toJson({ resource, version, spans }: Batch): string {
  const scopeSpans = [{ scope: { name: 'code-engine', version }, spans: spans.map(jsonSpan) }];
  return JSON.stringify({ resourceSpans: [{ resource: { attributes: jsonAttributes(resource) }, scopeSpans }] });
}

function jsonSpan(span: Span): object {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(span.parentSpanId === undefined ? {} : { parentSpanId: span.parentSpanId }),
    flags: 1,
    name: span.name,
    kind: KINDS[span.kind],
    startTimeUnixNano: nanoseconds(span.startMs).toString(),
    endTimeUnixNano: nanoseconds(span.endMs).toString(),
    attributes: jsonAttributes(span.attributes),
    events: span.events.map((event) => ({
      timeUnixNano: nanoseconds(event.timeMs).toString(),
      name: event.name,
      attributes: jsonAttributes(event.attributes),
    })),
    status: {
      ...(span.status === undefined ? {} : { code: STATUS[span.status] }),
      ...(span.message === undefined ? {} : { message: span.message }),
    },
  };
}

const jsonAttributes = (attributes: Attributes): object[] =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: jsonValue(value) }));

function jsonValue(value: AttributeValue): object {
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'string') return { stringValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

const nanoseconds = (ms: number): bigint => BigInt(Math.round(ms)) * 1_000_000n;

/** The binary form. */
export function toProtobuf({ resource, version, spans }: Batch): Buffer {
  const scope = message(text(1, 'code-engine'), text(2, version));
  const scopeSpans = message(bytes(1, scope), ...spans.map((span) => bytes(2, protoSpan(span))));
  const resourceSpans = message(bytes(1, message(...protoAttributes(1, resource))), bytes(2, scopeSpans));
  return bytes(1, resourceSpans);
}

function protoSpan(span: Span): Buffer {
  const status = message(
    ...(span.message === undefined ? [] : [text(2, span.message)]),
    ...(span.status === undefined ? [] : [varint(3, BigInt(STATUS[span.status]))]),
  );
  return message(
    bytes(1, Buffer.from(span.traceId, 'hex')),
    bytes(2, Buffer.from(span.spanId, 'hex')),
    ...(span.parentSpanId === undefined ? [] : [bytes(4, Buffer.from(span.parentSpanId, 'hex'))]),
    text(5, span.name),
    varint(6, BigInt(KINDS[span.kind])),
    fixed64(7, nanoseconds(span.startMs)),
    fixed64(8, nanoseconds(span.endMs)),
    ...protoAttributes(9, span.attributes),
    ...span.events.map(({ timeMs, name, attributes }) =>
      bytes(11, message(fixed64(1, nanoseconds(timeMs)), text(2, name), ...protoAttributes(3, attributes))),
    ),
    bytes(15, status),
    fixed32(16, 1),
  );
}

const protoAttributes = (field: number, attributes: Attributes): Buffer[] =>
  Object.entries(attributes).map(([key, value]) => bytes(field, message(text(1, key), bytes(2, protoValue(value)))));

function protoValue(value: AttributeValue): Buffer {
  if (typeof value === 'string') return text(1, value);
  if (typeof value === 'boolean') return varint(2, value ? 1n : 0n);
  if (Number.isInteger(value)) return varint(3, BigInt.asUintN(64, BigInt(value)));
  const double = Buffer.alloc(8);
  double.writeDoubleLE(value);
  return Buffer.concat([tag(4, 1), double]);
}

const message = (...fields: readonly Buffer[]): Buffer => Buffer.concat(fields);
const tag = (field: number, wire: 0 | 1 | 2 | 5): Buffer => base128(BigInt((field << 3) | wire));
const varint = (field: number, value: bigint): Buffer => Buffer.concat([tag(field, 0), base128(value)]);
const bytes = (field: number, value: Buffer): Buffer =>
  Buffer.concat([tag(field, 2), base128(BigInt(value.length)), value]);
const text = (field: number, value: string): Buffer => bytes(field, Buffer.from(value, 'utf8'));

function fixed64(field: number, value: bigint): Buffer {
  const eight = Buffer.alloc(8);
  eight.writeBigUInt64LE(BigInt.asUintN(64, value));
  return Buffer.concat([tag(field, 1), eight]);
}

function fixed32(field: number, value: number): Buffer {
  const four = Buffer.alloc(4);
  four.writeUInt32LE(value);
  return Buffer.concat([tag(field, 5), four]);
}

/** Seven bits a byte, the lowest first; the top bit says that more follow. */
function base128(value: bigint): Buffer {
  const out: number[] = [];
  let rest = value;
  for (; rest >= 0x80n; rest >>= 7n) out.push(Number(rest & 0x7fn) | 0x80);
  out.push(Number(rest));
  return Buffer.from(out);
}
