/** One HTTP request as a task makes it: bounded in time and size, abortable, redirects under control, and nothing secret in its failures. */
import { request as plainRequest, type IncomingMessage } from 'node:http';
import { request as tlsRequest, type RequestOptions } from 'node:https';
import { StringDecoder } from 'node:string_decoder';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { formatDuration } from '../../core/duration.ts';
import { errnoOf, failure, type Failure } from '../../core/failure.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { proxyFor, proxyHeaders, tunnel } from './proxy.ts';

export interface HttpRequest {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For the whole exchange, redirects too. */
  readonly timeoutMs: number;
  /** How many redirects are followed. */
  readonly redirects?: number;
  /** Bytes of the body that are kept; the rest is read and dropped. Default: 1 MiB. */
  readonly maxBytes?: number;
  /** Called with each piece of the body of a 2xx answer as it comes; nothing of it is kept then. */
  readonly onText?: (text: string) => void;
  readonly tls?: TlsOptions;
  /** Variables that may name a proxy; without them the way is direct. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

export interface TlsOptions {
  /** PEM texts. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly serverName?: string;
  readonly insecure?: boolean;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; a header that came more than once is joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly truncated: boolean;
  /** Where the last redirect led. */
  readonly url: string;
  readonly durationMs: number;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** @returns the response whatever its status; a failure only where none came: `unreachable`, `timeout`, `cancelled` or `invalid` */
export async function request(wanted: HttpRequest): Promise<Result<HttpResponse>> {
  const start = performance.now();
  const clock = AbortSignal.timeout(wanted.timeoutMs);
  const signal = AbortSignal.any([wanted.signal, clock]);
  let hop: Hop = { url: wanted.url, method: wanted.method ?? 'GET', headers: { ...wanted.headers }, body: wanted.body };
  for (let left = wanted.redirects ?? 0; ; left--) {
    const url = addressOf(hop.url);
    if (!url.ok) return url;
    try {
      const response = await exchange(url.value, hop, wanted, signal);
      const location = response.headers.location;
      if (left <= 0 || location === undefined || !REDIRECTS.has(response.status)) {
        return ok({ ...response, url: hop.url, durationMs: Math.round(performance.now() - start) });
      }
      hop = follow(hop, response.status, new URL(location, url.value));
    } catch (error) {
      if (wanted.signal.aborted) return err(failure('cancelled', `The request to ${shown(hop.url)} was ended.`));
      if (clock.aborted) {
        return err(failure('timeout', `${shown(hop.url)} gave no answer within ${formatDuration(wanted.timeoutMs)}.`));
      }
      return err(trouble(error, hop.url));
    }
  }
}

interface Hop {
  readonly url: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
}

/** As browsers do it: 303 (and 301, 302 after a POST) go on as GET; credentials never leave their origin. */
function follow(hop: Hop, status: number, to: URL): Hop {
  const toGet = status === 303 || (status < 303 && hop.method === 'POST');
  const sameOrigin = new URL(hop.url).origin === to.origin;
  const headers = Object.fromEntries(
    Object.entries(hop.headers).filter(([name]) => {
      const lower = name.toLowerCase();
      if (toGet && /^content-/.test(lower)) return false;
      return sameOrigin || !['authorization', 'cookie', 'proxy-authorization', 'x-api-key'].includes(lower);
    }),
  );
  return { url: to.href, method: toGet ? 'GET' : hop.method, headers, body: toGet ? undefined : hop.body };
}

async function exchange(
  url: URL,
  hop: Hop,
  wanted: HttpRequest,
  signal: AbortSignal,
): Promise<Omit<HttpResponse, 'url' | 'durationMs'>> {
  const secure = url.protocol === 'https:';
  const way = await wayTo(url, wanted, signal);
  return new Promise((resolve, reject) => {
    const headers = { ...hop.headers, ...way.headers };
    const options: RequestOptions = {
      method: hop.method,
      signal,
      ...tlsOf(wanted.tls),
      ...way.options,
      headers,
    };
    const start = secure ? tlsRequest : plainRequest;
    const sent = start(url, options, (incoming) => {
      const good = incoming.statusCode !== undefined && incoming.statusCode >= 200 && incoming.statusCode < 300;
      read(incoming, wanted.maxBytes ?? 1_048_576, good ? wanted.onText : undefined).then(resolve, reject);
    });
    sent.on('error', reject);
    sent.end(hop.body);
  });
}

/** Directly, or by a proxy: TLS goes through a tunnel, plain HTTP is asked of the proxy with the whole address. */
async function wayTo(
  url: URL,
  wanted: HttpRequest,
  signal: AbortSignal,
): Promise<{ options: RequestOptions; headers: Record<string, string> }> {
  const proxy = proxyFor(url, wanted.env ?? {});
  if (proxy === undefined) return { options: { agent: false }, headers: {} };
  if (url.protocol === 'http:') {
    const options = { agent: false, hostname: proxy.hostname, port: proxy.port || 80, path: url.href };
    return { options, headers: { host: url.host, ...proxyHeaders(proxy) } };
  }
  // A connection of one's own is used only where there is no agent at all.
  const socket = await tunnel(proxy, url, signal);
  const servername = wanted.tls?.serverName ?? url.hostname;
  return { options: { createConnection: () => connectTls({ ...tlsOf(wanted.tls), socket, servername }) }, headers: {} };
}

function tlsOf(tls: TlsOptions | undefined): ConnectionOptions {
  if (tls === undefined) return {};
  return {
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    ...(tls.insecure === true ? { rejectUnauthorized: false } : {}),
  };
}

async function read(
  incoming: IncomingMessage,
  maxBytes: number,
  onText?: (text: string) => void,
): Promise<Omit<HttpResponse, 'url' | 'durationMs'>> {
  const chunks: Buffer[] = [];
  const decoder = new StringDecoder('utf8');
  let kept = 0;
  let truncated = false;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    if (onText !== undefined) {
      onText(decoder.write(chunk));
      continue;
    }
    const part = chunk.subarray(0, maxBytes - kept);
    if (part.length > 0) chunks.push(part);
    kept += part.length;
    truncated ||= part.length < chunk.length;
  }
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
  return { status: incoming.statusCode ?? 0, headers, body: Buffer.concat(chunks).toString('utf8'), truncated };
}

function addressOf(text: string): Result<URL> {
  if (URL.canParse(text)) {
    const url = new URL(text);
    if (url.protocol === 'http:' || url.protocol === 'https:') return ok(url);
  }
  return err(
    failure('invalid', `${shown(text)} is not an http:// or https:// address.`, { next: 'Give the whole URL.' }),
  );
}

/** An address as logs and messages may show it: no user, no password, no query (tokens travel there). */
export function shown(address: string): string {
  if (!URL.canParse(address)) return address.replace(/\?.*$/s, '?…').slice(0, 200);
  const url = new URL(address);
  return `${url.origin}${url.pathname}${url.search === '' ? '' : '?…'}`;
}

/** Certificates that Node refuses, by their error codes. */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/;

function trouble(error: unknown, address: string): Failure {
  const code = errnoOf(error) ?? '';
  const detail = error instanceof Error ? error.message || code : String(error);
  const where = shown(address);
  if (CERTIFICATE.test(code)) {
    return failure('denied', `The certificate of ${where} is not trusted: ${detail}.`, {
      next: 'Give the authority that signed it in tls.ca.',
      detail: code,
    });
  }
  const because: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'nothing listens there',
    ENOTFOUND: 'no such host',
    EAI_AGAIN: 'the name could not be looked up',
    ECONNRESET: 'the connection was cut',
    EHOSTUNREACH: 'no way to the host',
    ETIMEDOUT: 'no answer',
  };
  return failure('unreachable', `${where} cannot be reached: ${because[code] ?? detail}.`, {
    detail: `${code} ${detail}`.trim(),
  });
}
