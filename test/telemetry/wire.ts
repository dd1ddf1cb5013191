/** Protobuf's wire form read by the published field numbers, independent of the code that writes it. https://protobuf.dev/programming-guides/encoding/ */

export type Field = bigint | Buffer;

/** A message's fields by number, repeated ones in order. */
export function fieldsOf(bytes: Buffer): Map<number, Field[]> {
  const fields = new Map<number, Field[]>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Buffer => bytes.subarray(at, (at += length));
  while (at < bytes.length) {
    const tag = Number(varint());
    const number = tag >> 3;
    const value = ((): Field => {
      switch (tag & 7) {
        case 0:
          return varint();
        case 1:
          return take(8).readBigUInt64LE();
        case 2:
          return take(Number(varint()));
        case 5:
          return BigInt(take(4).readUInt32LE());
        default:
          throw new Error(`wire type ${tag & 7}`);
      }
    })();
    fields.set(number, [...(fields.get(number) ?? []), value]);
  }
  return fields;
}

const all = (fields: Map<number, Field[]>, number: number): Buffer[] => (fields.get(number) ?? []) as Buffer[];
const words = (fields: Map<number, Field[]>, number: number): string => all(fields, number)[0]?.toString('utf8') ?? '';

function attributesOf(fields: Map<number, Field[]>, number: number): { key: string; value: object }[] {
  return all(fields, number).map((bytes) => {
    const pair = fieldsOf(bytes);
    const value = fieldsOf(all(pair, 2)[0] ?? Buffer.alloc(0));
    return { key: words(pair, 1), value: valueOf(value) };
  });
}

function valueOf(value: Map<number, Field[]>): object {
  if (value.has(1)) return { stringValue: words(value, 1) };
  if (value.has(2)) return { boolValue: value.get(2)?.[0] === 1n };
  if (value.has(3)) return { intValue: String(BigInt.asIntN(64, value.get(3)?.[0] as bigint)) };
  const double = Buffer.alloc(8);
  double.writeBigUInt64LE(value.get(4)?.[0] as bigint);
  return { doubleValue: double.readDoubleLE() };
}

/** An `ExportTraceServiceRequest` in its JSON form. */
export function decodeRequest(bytes: Buffer): object {
  return {
    resourceSpans: all(fieldsOf(bytes), 1).map((one) => {
      const resourceSpans = fieldsOf(one);
      return {
        resource: { attributes: attributesOf(fieldsOf(all(resourceSpans, 1)[0] ?? Buffer.alloc(0)), 1) },
        scopeSpans: all(resourceSpans, 2).map((scoped) => {
          const fields = fieldsOf(scoped);
          const scope = fieldsOf(all(fields, 1)[0] ?? Buffer.alloc(0));
          return { scope: { name: words(scope, 1), version: words(scope, 2) }, spans: all(fields, 2).map(spanOf) };
        }),
      };
    }),
  };
}

function spanOf(bytes: Buffer): object {
  const span = fieldsOf(bytes);
  const hex = (number: number): string | undefined => all(span, number)[0]?.toString('hex');
  const parentSpanId = hex(4);
  const status = fieldsOf(all(span, 15)[0] ?? Buffer.alloc(0));
  return {
    traceId: hex(1),
    spanId: hex(2),
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    flags: Number(span.get(16)?.[0]),
    name: words(span, 5),
    kind: Number(span.get(6)?.[0]),
    startTimeUnixNano: String(span.get(7)?.[0]),
    endTimeUnixNano: String(span.get(8)?.[0]),
    attributes: attributesOf(span, 9),
    events: all(span, 11).map((one) => {
      const event = fieldsOf(one);
      return { timeUnixNano: String(event.get(1)?.[0]), name: words(event, 2), attributes: attributesOf(event, 3) };
    }),
    status: {
      ...(status.has(3) ? { code: Number(status.get(3)?.[0]) } : {}),
      ...(status.has(2) ? { message: words(status, 2) } : {}),
    },
  };
}
