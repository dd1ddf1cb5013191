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
  const out = new Writer(256 + spans.length * 512);
  out.message(1, () => {
    out.message(1, () => writeAttributes(out, 1, resource));
    out.message(2, () => {
      out.message(1, () => {
        out.text(1, 'code-engine');
        out.text(2, version);
      });
      for (const span of spans) out.message(2, () => writeSpan(out, span));
    });
  });
  return out.bytes;
}

function writeSpan(out: Writer, span: Span): void {
  out.hex(1, span.traceId);
  out.hex(2, span.spanId);
  if (span.parentSpanId !== undefined) out.hex(4, span.parentSpanId);
  out.text(5, span.name);
  out.number(6, KINDS[span.kind]);
  out.fixed64(7, nanoseconds(span.startMs));
  out.fixed64(8, nanoseconds(span.endMs));
  writeAttributes(out, 9, span.attributes);
  for (const { timeMs, name, attributes } of span.events) {
    out.message(11, () => {
      out.fixed64(1, nanoseconds(timeMs));
      out.text(2, name);
      writeAttributes(out, 3, attributes);
    });
  }
  out.message(15, () => {
    if (span.message !== undefined) out.text(2, span.message);
    if (span.status !== undefined) out.number(3, STATUS[span.status]);
  });
  out.fixed32(16, 1);
}

function writeAttributes(out: Writer, field: number, attributes: Attributes): void {
  for (const [key, value] of Object.entries(attributes)) {
    out.message(field, () => {
      out.text(1, key);
      out.message(2, () => writeValue(out, value));
    });
  }
}

function writeValue(out: Writer, value: AttributeValue): void {
  if (typeof value === 'string') out.text(1, value);
  else if (typeof value === 'boolean') out.number(2, value ? 1 : 0);
  else if (Number.isInteger(value)) out.number(3, value);
  else out.double(4, value);
}

/** Fields one after the other in one buffer; a message's length is put in front of it once it is known. */
class Writer {
  #buffer: Buffer;
  #at = 0;

  constructor(size: number) {
    this.#buffer = Buffer.allocUnsafe(size);
  }

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#at);
  }

  message(field: number, write: () => void): void {
    this.#tag(field, 2);
    const start = this.#at;
    write();
    const length = this.#at - start;
    const room = length < 0x80 ? 1 : length < 0x4000 ? 2 : length < 0x20_0000 ? 3 : 4;
    this.#need(room);
    this.#buffer.copyWithin(start + room, start, this.#at);
    this.#at = start;
    this.#varint(length);
    this.#at = start + room + length;
  }

  text(field: number, value: string): void {
    this.#tag(field, 2);
    const length = Buffer.byteLength(value);
    this.#varint(length);
    this.#need(length);
    this.#at += this.#buffer.write(value, this.#at);
  }

  hex(field: number, value: string): void {
    this.#tag(field, 2);
    this.#varint(value.length / 2);
    this.#need(value.length / 2);
    this.#at += this.#buffer.write(value, this.#at, 'hex');
  }

  /** A whole number; a negative one takes ten bytes, as the format has it. */
  number(field: number, value: number): void {
    this.#tag(field, 0);
    if (value >= 0) this.#varint(value);
    else this.#varint64(BigInt.asUintN(64, BigInt(value)));
  }

  double(field: number, value: number): void {
    this.#tag(field, 1);
    this.#need(8);
    this.#at = this.#buffer.writeDoubleLE(value, this.#at);
  }

  fixed64(field: number, value: bigint): void {
    this.#tag(field, 1);
    this.#need(8);
    this.#at = this.#buffer.writeBigUInt64LE(BigInt.asUintN(64, value), this.#at);
  }

  fixed32(field: number, value: number): void {
    this.#tag(field, 5);
    this.#need(4);
    this.#at = this.#buffer.writeUInt32LE(value, this.#at);
  }

  #tag(field: number, wire: 0 | 1 | 2 | 5): void {
    this.#varint(field * 8 + wire);
  }

  /** Seven bits a byte, the lowest first; the top bit says that more follow. */
  #varint(value: number): void {
    this.#need(10);
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#buffer[this.#at++] = (rest % 0x80) | 0x80;
    this.#buffer[this.#at++] = rest;
  }

  #varint64(value: bigint): void {
    this.#need(10);
    let rest = value;
    for (; rest >= 0x80n; rest >>= 7n) this.#buffer[this.#at++] = Number(rest & 0x7fn) | 0x80;
    this.#buffer[this.#at++] = Number(rest);
  }

  #need(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#at + bytes));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}
