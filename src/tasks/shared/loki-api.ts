/** Loki's HTTP API, as far as it is needed: lines in, LogQL out. https://grafana.com/docs/loki/latest/reference/loki-http-api/ */
import * as z from 'zod';
import { ok, type Result } from '../../core/result.ts';
import type { LogPiece } from '../../core/task-type.ts';
import { call, fetched, refused, type Api } from './json-api.ts';

export type Labels = Readonly<Record<string, string>>;

export interface Entry {
  readonly labels: Labels;
  /** Nanoseconds since 1970. */
  readonly time: bigint;
  readonly line: string;
}

/** Loki refuses longer lines by default (`limits_config.max_line_size`). */
const MAX_LINE = 262_144;
const BATCH_ENTRIES = 2000;
const BATCH_CHARACTERS = 1_000_000;

/**
 * Puts pieces of output together to lines. Each gets the time at which the engine saw its beginning; lines of one moment are told apart
 * by nanoseconds, in order, so that pushing the same log again gives the same entries, which Loki takes for one.
 */
export async function* linesOf(
  pieces: AsyncIterable<LogPiece>,
): AsyncGenerator<Omit<Entry, 'labels'> & { piece: LogPiece }> {
  const open = new Map<string, { text: string; piece: LogPiece; last: bigint }>();
  const cut = (state: { last: bigint }, line: string, piece: LogPiece): Omit<Entry, 'labels'> & { piece: LogPiece } => {
    const at = BigInt(piece.timeMs) * 1_000_000n;
    state.last = at > state.last ? at : state.last + 1n;
    return { time: state.last, line: line.slice(0, MAX_LINE), piece };
  };
  for await (const piece of pieces) {
    const key = `${piece.task} ${piece.attempt} ${piece.stream}`;
    const state = open.get(key) ?? { text: '', piece, last: 0n };
    open.set(key, state);
    const lines = (state.text + piece.text).split('\n');
    const rest = lines.pop() ?? '';
    for (const [index, line] of lines.entries())
      yield cut(state, line, index === 0 && state.text !== '' ? state.piece : piece);
    if (state.text === '' || lines.length > 0) state.piece = piece;
    state.text = rest;
  }
  for (const state of open.values()) if (state.text !== '') yield cut(state, state.text, state.piece);
}

/** How Loki is told of which run a line is: beside the line (since 2.9, where it is turned on), else as a label. */
type RunMark = 'metadata' | 'label';

/** Pushes entries in batches. @returns how many */
export async function push(api: Api, entries: AsyncIterable<Entry>, run: string): Promise<Result<number>> {
  let mark: RunMark = 'metadata';
  let pushed = 0;
  const send = async (batch: readonly Entry[]): Promise<Result<void>> => {
    const answer = await call(api, { path: '/loki/api/v1/push', json: { streams: streamsOf(batch, run, mark) } });
    if (!answer.ok) return answer;
    if (answer.value.status < 300) {
      pushed += batch.length;
      return ok(undefined);
    }
    if (mark === 'metadata' && answer.value.status === 400 && /structured metadata/i.test(answer.value.body)) {
      mark = 'label';
      return send(batch);
    }
    return refused(api, answer.value, 'The lines were not taken');
  };
  let batch: Entry[] = [];
  let characters = 0;
  for await (const entry of entries) {
    batch.push(entry);
    characters += entry.line.length;
    if (batch.length < BATCH_ENTRIES && characters < BATCH_CHARACTERS) continue;
    const sent = await send(batch);
    if (!sent.ok) return sent;
    batch = [];
    characters = 0;
  }
  const sent = batch.length === 0 ? ok(undefined) : await send(batch);
  return sent.ok ? ok(pushed) : sent;
}

function streamsOf(batch: readonly Entry[], run: string, mark: RunMark): unknown[] {
  const streams = new Map<string, { stream: Labels; values: unknown[] }>();
  for (const { labels, time, line } of batch) {
    const key = JSON.stringify(labels);
    const stream = streams.get(key) ?? { stream: mark === 'label' ? { ...labels, run } : labels, values: [] };
    streams.set(key, stream);
    stream.values.push(mark === 'label' ? [String(time), line] : [String(time), line, { run }]);
  }
  return [...streams.values()];
}

const labels = z.record(z.string(), z.string());
const answer = z.looseObject({
  data: z.discriminatedUnion('resultType', [
    z.looseObject({
      resultType: z.literal('streams'),
      result: z.array(
        z.looseObject({ stream: labels, values: z.array(z.tuple([z.string(), z.string()]).rest(z.unknown())) }),
      ),
    }),
    z.looseObject({
      resultType: z.literal('vector'),
      result: z.array(z.looseObject({ metric: labels, value: z.tuple([z.number(), z.string()]) })),
    }),
    z.looseObject({ resultType: z.literal('scalar'), result: z.tuple([z.number(), z.string()]) }),
  ]),
});

/** What a query gave: lines of streams, or figures. */
export type Found =
  | {
      readonly kind: 'lines';
      readonly streams: readonly { readonly labels: Labels; readonly lines: number }[];
      readonly first?: string;
    }
  | {
      readonly kind: 'figures';
      readonly samples: readonly { readonly labels: Labels; readonly value: number | null }[];
    };

/** A query of lines begins with a selector, one of figures with a function. */
const asksForLines = (query: string): boolean => /^[\s(]*\{/.test(query);

/**
 * Asks once.
 * @param sinceMs how far back lines are looked for; figures have their own range in the query
 */
export async function ask(api: Api, query: string, sinceMs: number, limit: number): Promise<Result<Found>> {
  const now = BigInt(Date.now()) * 1_000_000n;
  const wanted = asksForLines(query)
    ? {
        path: '/loki/api/v1/query_range',
        query: { query, start: String(now - BigInt(sinceMs) * 1_000_000n), end: String(now), limit },
      }
    : { path: '/loki/api/v1/query', query: { query, time: String(now) } };
  const got = await fetched(api, wanted, answer, 'The query was refused');
  if (!got.ok) return got;
  const { data } = got.value;
  switch (data.resultType) {
    case 'streams': {
      const streams = data.result.map(({ stream, values }) => ({ labels: stream, lines: values.length }));
      const first = data.result[0]?.values[0]?.[1];
      return ok({ kind: 'lines', streams, ...(first === undefined ? {} : { first }) });
    }
    case 'vector':
      return ok({
        kind: 'figures',
        samples: data.result.map(({ metric, value }) => ({ labels: metric, value: numberOf(value[1]) })),
      });
    case 'scalar':
      return ok({ kind: 'figures', samples: [{ labels: {}, value: numberOf(data.result[1]) }] });
  }
}

const numberOf = (text: string): number | null => (Number.isFinite(Number(text)) ? Number(text) : null);
