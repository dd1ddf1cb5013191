import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import * as z from 'zod';
import { failure, failureFrom } from '../core/failure.ts';
import { parseJson } from '../core/json.ts';
import { err, ok, type Result } from '../core/result.ts';
import { defineTask, duration, path, secret, text, type TaskContext } from '../core/task-type.ts';
import { expectation, unmet } from './shared/expectation.ts';
import { request, shown, type HttpRequest, type HttpResponse, type TlsOptions } from './shared/request.ts';
import { milliseconds, until } from './shared/until.ts';

/** The body that outputs hold. */
const OUTPUT_BYTES = 65_536;
/** Never into outputs, which are journalled. */
const SECRET_HEADERS = new Set(['set-cookie', 'authorization', 'www-authenticate', 'proxy-authenticate']);

const parameters = z.strictObject({
  url: text('Address, `http://` or `https://`.'),
  method: z
    .enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
    .meta({ description: 'Method.' })
    .optional(),
  headers: z
    .record(z.string(), z.string())
    .meta({ description: 'Headers; their values are never logged.' })
    .default({}),
  bearer: secret('Token for `Authorization: Bearer`.').optional(),
  user: text('User for basic authentication.').optional(),
  password: secret('Password for basic authentication.').optional(),
  body: z.string().meta({ description: 'Body as text.' }).optional(),
  json: z.unknown().meta({ description: 'Body as data, sent as JSON.' }).optional(),
  expect: expectation.meta({ description: 'What the response must be like. Default: a 2xx status.' }).prefault({}),
  for: duration('Ask again until the expectation holds, for so long. Default: ask once.').default('0s'),
  interval: duration('Pause between two requests while `for` lasts.').default('2s'),
  request_timeout: duration('Longest time for one request.').default('30s'),
  redirects: z.int().min(0).max(20).meta({ description: 'How many redirects are followed.' }).default(5),
  tls: z
    .strictObject({
      ca: path('file', 'Certificates (PEM) of the authorities to trust.').optional(),
      cert: path('file', 'Client certificate (PEM).').optional(),
      key: path('file', 'Key of the client certificate (PEM).').optional(),
      server_name: text('Name that the server’s certificate must have.').optional(),
      insecure: z.boolean().meta({ description: 'Accept any certificate. For tests only.' }).default(false),
    })
    .meta({ description: 'How the server proves itself, and we to it.' })
    .optional(),
});

const outputs = z.strictObject({
  status: z.int().meta({ description: 'Status code.' }),
  headers: z
    .record(z.string(), z.string())
    .meta({ description: 'Response headers, names in lower case, without cookies.' }),
  body: z.string().meta({ description: 'The first 64 KiB of the body.' }),
  json: z.unknown().meta({ description: 'The body as data, where it is JSON.' }).optional(),
  url: z.string().meta({ description: 'Where the last redirect led.' }),
});

type Parameters = z.output<typeof parameters>;
type Outputs = z.output<typeof outputs>;

/** A request whose answer must be as expected: a smoke test, a call of an API, a gate that waits until a service is healthy. */
export const http = defineTask({
  type: 'http',
  aliases: ['request', 'curl'],
  category: 'glue',
  systems: ['HTTP'],
  summary: 'Make an HTTP request and check its status, headers, body or JSON, once or until it holds.',
  docs: 'https://www.rfc-editor.org/rfc/rfc9110',
  licence: 'Apache-2.0',
  class: 'io',
  parameters,
  outputs,
  examples: [
    {
      title: 'A smoke test that waits until the service is healthy',
      with: { url: 'http://localhost:8080/health', expect: { json: { status: 'ok' } }, for: '2m' },
    },
    {
      title: 'Call an API with a token',
      with: {
        url: 'https://api.example.com/deployments',
        method: 'POST',
        bearer: '${{ secrets.API_TOKEN }}',
        json: { ref: 'main' },
        expect: { status: 201 },
      },
    },
  ],
  execution: {
    kind: 'inline',
    async run(p, context) {
      const tls = await tlsFrom(p.tls, context);
      if (!tls.ok) return tls;
      const times = [
        milliseconds(p.request_timeout, 'request_timeout'),
        milliseconds(p.for, 'for'),
        milliseconds(p.interval, 'interval'),
      ];
      const [timeoutMs = 0, forMs = 0, intervalMs = 0] = times.map((time) => (time.ok ? time.value : 0));
      for (const time of times) if (!time.ok) return time;
      const answer = await until(
        async (signal) =>
          expected(p, await request({ ...requestOf(p), timeoutMs, tls: tls.value, env: context.env, signal }), context),
        { forMs, intervalMs },
        context,
      );
      return answer.ok ? ok(outputsOf(answer.value)) : answer;
    },
  },
});

function requestOf(p: Parameters): Omit<HttpRequest, 'timeoutMs' | 'signal' | 'tls'> {
  const body = p.json === undefined ? p.body : JSON.stringify(p.json);
  const given = new Set(Object.keys(p.headers).map((name) => name.toLowerCase()));
  const headers: Record<string, string> = { 'user-agent': 'code-engine', accept: '*/*' };
  if (p.json !== undefined) headers['content-type'] = 'application/json';
  if (body !== undefined) headers['content-length'] = String(Buffer.byteLength(body));
  if (p.bearer !== undefined) headers.authorization = `Bearer ${p.bearer}`;
  if (p.user !== undefined)
    headers.authorization = `Basic ${Buffer.from(`${p.user}:${p.password ?? ''}`).toString('base64')}`;
  const ours = Object.entries(headers).filter(([name]) => !given.has(name));
  return {
    url: p.url,
    method: p.method ?? (body === undefined ? 'GET' : 'POST'),
    headers: { ...Object.fromEntries(ours), ...p.headers },
    redirects: p.redirects,
    ...(body === undefined ? {} : { body }),
  };
}

function expected(p: Parameters, response: Result<HttpResponse>, context: TaskContext): Result<HttpResponse> {
  if (!response.ok) return response;
  const { status, durationMs, body } = response.value;
  const line = `${p.method ?? requestOf(p).method ?? 'GET'} ${shown(response.value.url)}: ${status} in ${durationMs} ms, ${body.length} characters`;
  const missed = unmet(p.expect, response.value);
  if (missed === undefined) {
    context.log(line);
    return response;
  }
  return err(
    failure('tool', `${shown(p.url)} did not answer as expected: ${missed}.`, {
      next: 'See the body in the details; mend the service or the expectation under `expect`.',
      detail: `${line}\n${body.slice(0, 2048)}`,
    }),
  );
}

function outputsOf(response: HttpResponse): Outputs {
  const json = parseJson(response.body);
  return {
    status: response.status,
    headers: Object.fromEntries(Object.entries(response.headers).filter(([name]) => !SECRET_HEADERS.has(name))),
    body: response.body.slice(0, OUTPUT_BYTES),
    ...(json === undefined ? {} : { json }),
    url: response.url,
  };
}

async function tlsFrom(tls: Parameters['tls'], context: TaskContext): Promise<Result<TlsOptions>> {
  if (tls === undefined) return ok({});
  const texts: Record<string, string> = {};
  for (const part of ['ca', 'cert', 'key'] as const) {
    const file = tls[part];
    if (file === undefined) continue;
    try {
      texts[part] = await readFile(resolve(context.cwd, file), 'utf8');
    } catch (error) {
      return err(failureFrom(error, `read tls.${part} (${file})`));
    }
  }
  if (tls.insecure) context.warn('tls.insecure is set: the server may be anybody.');
  return ok({
    ...texts,
    insecure: tls.insecure,
    ...(tls.server_name === undefined ? {} : { serverName: tls.server_name }),
  });
}
