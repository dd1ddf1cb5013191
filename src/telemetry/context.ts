/** W3C Trace Context as environment variables carry it. https://www.w3.org/TR/trace-context/#traceparent-header */
import { sha256 } from '../core/hash.ts';

export interface TraceParent {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  readonly sampled: boolean;
}

/** `undefined` for what is no context by the standard: such a value starts a trace of its own. */
export function parseTraceparent(text: string | undefined): TraceParent | undefined {
  const parts = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/.exec(text?.trim() ?? '');
  const [, version, traceId = '', spanId = '', flags = '', more] = parts ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, sampled: (parseInt(flags, 16) & 1) === 1 };
}

export const formatTraceparent = ({ traceId, spanId, sampled }: TraceParent): string =>
  `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;

/**
 * Identifiers follow from what they name, so that a task's `TRACEPARENT` needs no bookkeeping and a resumed run goes on in its trace.
 * @param seed what is different for every run, such as its folder
 */
export const traceIdOf = (seed: string): string => sha256(`trace ${seed}`).slice(0, 32);

export const spanIdOf = (traceId: string, ...names: readonly (string | number)[]): string =>
  sha256(JSON.stringify([traceId, ...names])).slice(0, 16);
