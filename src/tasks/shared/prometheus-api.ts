/** Prometheus' HTTP API, as far as a gate needs it. https://prometheus.io/docs/prometheus/latest/querying/api/ */
import * as z from 'zod';
import { failure } from '../../core/failure.ts';
import { parseJson } from '../../core/json.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { TaskContext } from '../../core/task-type.ts';
import { gate, holds, type GateTimes } from './gate.ts';
import { request, shown } from './request.ts';

export interface Sample {
  metric: Record<string, string>;
  /** `null` for NaN and infinities, which JSON does not have. */
  value: number | null;
}

export interface Server {
  readonly url: string;
  readonly bearer?: string | undefined;
}

export interface Gate extends Server, GateTimes {
  readonly expect: string;
}

const point = z.tuple([z.number(), z.string()]);
const answer = z.discriminatedUnion('status', [
  z.looseObject({
    status: z.literal('success'),
    data: z.discriminatedUnion('resultType', [
      z.looseObject({
        resultType: z.literal('vector'),
        result: z.array(z.looseObject({ metric: z.record(z.string(), z.string()), value: point })),
      }),
      z.looseObject({ resultType: z.literal('scalar'), result: point }),
      z.looseObject({ resultType: z.literal('string'), result: point }),
      z.looseObject({ resultType: z.literal('matrix'), result: z.array(z.unknown()) }),
    ]),
  }),
  z.looseObject({ status: z.literal('error'), errorType: z.string(), error: z.string() }),
]);

const headersOf = (server: Server): Record<string, string> => ({
  'user-agent': 'code-engine',
  ...(server.bearer === undefined ? {} : { authorization: `Bearer ${server.bearer}` }),
});

const base = (server: Server): string => server.url.replace(/\/+$/, '');

/** Asks once. @returns samples; a failure of kind `invalid` where the query itself is wrong */
export async function ask(server: Server, query: string, signal: AbortSignal): Promise<Result<readonly Sample[]>> {
  const body = new URLSearchParams({ query }).toString();
  const headers = {
    ...headersOf(server),
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(Buffer.byteLength(body)),
  };
  const response = await request({
    url: `${base(server)}/api/v1/query`,
    method: 'POST',
    headers,
    body,
    timeoutMs: 30_000,
    redirects: 3,
    maxBytes: 8_388_608,
    signal,
  });
  if (!response.ok) return response;
  const parsed = answer.safeParse(parseJson(response.value.body));
  if (!parsed.success) {
    const denied = response.value.status === 401 || response.value.status === 403;
    return err(
      failure(
        denied ? 'denied' : 'tool',
        `${shown(server.url)} did not answer as Prometheus does: status ${response.value.status}.`,
        { next: denied ? 'Give a token in `bearer`.' : 'Check `url`.' },
      ),
    );
  }
  if (parsed.data.status === 'error') {
    const { errorType, error } = parsed.data;
    return err(
      failure(errorType === 'bad_data' ? 'invalid' : 'tool', `Prometheus refused the query: ${error}`, {
        next: 'Mend `query`.',
      }),
    );
  }
  const { data } = parsed.data;
  switch (data.resultType) {
    case 'vector':
      return ok(data.result.map(({ metric, value }) => ({ metric, value: numberOf(value[1]) })));
    case 'scalar':
    case 'string':
      return ok([{ metric: {}, value: numberOf(data.result[1]) }]);
    case 'matrix':
      return err(
        failure('invalid', 'The query gives ranges; a gate needs one value each.', {
          next: 'Use a function such as rate() or max_over_time() around the range.',
        }),
      );
  }
}

const numberOf = (text: string): number | null => (Number.isFinite(Number(text)) ? Number(text) : null);

/** @returns what is not as expected; `undefined` where all is */
export function expected(expect: string, samples: readonly Sample[]): string | undefined {
  if (expect === 'none')
    return samples.length === 0 ? undefined : `${samples.length} samples instead of none, first: ${told(samples[0])}`;
  if (samples.length === 0) return 'the query has no sample';
  if (expect === 'some') return undefined;
  const bad = samples.find(({ value }) => value === null || !holds(value, expect));
  return bad === undefined ? undefined : `${told(bad)} is not ${expect.trim()}`;
}

function told(sample: Sample | undefined): string {
  if (sample === undefined) return '';
  const labels = Object.entries(sample.metric).map(([name, value]) => `${name}="${value}"`);
  return `${labels.length === 0 ? '' : `{${labels.join(', ')}} `}${sample.value ?? 'NaN'}`;
}

/** The query as a gate. */
export const gateOf = (p: Gate, query: string, context: TaskContext): Promise<Result<readonly Sample[]>> =>
  gate(
    p,
    async (signal) => {
      const samples = await ask(p, query, signal);
      if (!samples.ok) return samples;
      const missed = expected(p.expect, samples.value);
      return ok({ seen: samples.value, ...(missed === undefined ? {} : { missed }) });
    },
    `Look at the query in ${shown(p.url)}.`,
    context,
  );

/** Has the server read its configuration again. */
export async function reload(server: Server, context: TaskContext): Promise<Result<void>> {
  const response = await request({
    url: `${base(server)}/-/reload`,
    method: 'POST',
    headers: { ...headersOf(server), 'content-length': '0' },
    timeoutMs: 30_000,
    signal: context.signal,
  });
  if (!response.ok) return response;
  if (response.value.status === 200) {
    context.log(`${shown(server.url)} has read its configuration again`);
    return ok(undefined);
  }
  const disabled = response.value.status === 403 || response.value.status === 405;
  return err(
    failure(
      disabled ? 'denied' : 'tool',
      `${shown(server.url)} did not reload: ${response.value.body.trim().slice(0, 300) || response.value.status}`,
      {
        next: disabled ? 'Start Prometheus with --web.enable-lifecycle.' : 'Mend its configuration.',
      },
    ),
  );
}
