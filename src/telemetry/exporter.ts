/** Sends spans as they end, in batches, one request at a time. It waits for nobody and fails nobody: what cannot be sent is counted. */
import http from 'node:http';
import https from 'node:https';
import { gzipSync } from 'node:zlib';
import type { TraceConfig } from './config.ts';
import { toJson, toProtobuf, type Batch } from './otlp.ts';
import type { Span } from './spans.ts';

const BATCH = 512;
/** Spans that wait for an endpoint that does not answer; further ones take the place of the oldest. */
const MOST_WAITING = 8192;
const PAUSES_MS: readonly number[] = [250, 1000, 4000];

export interface ExporterOptions {
  readonly config: TraceConfig;
  readonly about: Omit<Batch, 'spans'>;
  /** Told once, at the first batch that could not be sent. */
  readonly onTrouble: (why: string) => void;
}

export class Exporter {
  readonly #options: ExporterOptions;
  #waiting: Span[] = [];
  #sending: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #firstFailure: () => void = () => undefined;
  sent = 0;
  lost = 0;
  trouble: string | undefined;

  constructor(options: ExporterOptions) {
    this.#options = options;
  }

  add(spans: readonly Span[]): void {
    if (spans.length === 0) return;
    this.#waiting.push(...spans);
    const over = this.#waiting.length - MOST_WAITING;
    if (over > 0) {
      this.#waiting.splice(0, over);
      this.lost += over;
    }
    this.#start();
  }

  /** Asks with nothing to say, so that a person reads of an endpoint that is not there while the run still goes on. */
  async greet(): Promise<void> {
    const answer = await post(this.#options.config.url, this.#request([]), this.#options.config.timeoutMs);
    if (answer.kind !== 'taken') this.#tellTrouble(answer.why);
  }

  /**
   * Sends what is left.
   * @returns when it is sent, has failed once, or the patience is over: nobody should have to wait for an endpoint that is not there
   */
  settle(patience: AbortSignal): Promise<void> {
    this.#closing = (async () => {
      await this.#sending;
      this.#start();
      await this.#sending;
    })();
    const failed = new Promise<void>((resolve) => (this.#firstFailure = resolve));
    return Promise.race([this.#closing, failed, over(patience)]);
  }

  /** After `settle`: the retries too, for as long as the patience lasts. */
  async finish(patience: AbortSignal): Promise<void> {
    await Promise.race([this.#closing, over(patience)]);
    this.lost += this.#waiting.length;
    this.#waiting = [];
  }

  #start(): void {
    if (this.#sending !== undefined || this.#waiting.length === 0) return;
    this.#sending = this.#sendAll().finally(() => (this.#sending = undefined));
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const spans = this.#waiting.splice(0, BATCH);
      const why = await this.#send(spans);
      if (why === undefined) {
        this.sent += spans.length;
        continue;
      }
      this.lost += spans.length;
      this.#tellTrouble(why);
      return; // the next batch tries again
    }
  }

  #tellTrouble(why: string): void {
    if (this.trouble === undefined) this.#options.onTrouble(why);
    this.trouble = why;
  }

  /** @returns why it could not be sent */
  async #send(spans: readonly Span[]): Promise<string | undefined> {
    const { config } = this.#options;
    const request = this.#request(spans);
    for (let tries = 0; ; tries++) {
      const answer = await post(config.url, request, config.timeoutMs);
      if (answer.kind === 'taken') return undefined;
      this.#firstFailure();
      const pause = PAUSES_MS[tries];
      if (answer.kind === 'refused' || pause === undefined) return answer.why;
      await new Promise((resolve) => setTimeout(resolve, answer.afterMs ?? pause));
    }
  }

  #request(spans: readonly Span[]): Request {
    const { config, about } = this.#options;
    const json = config.protocol === 'http/json';
    const plain = json ? Buffer.from(toJson({ ...about, spans })) : toProtobuf({ ...about, spans });
    return {
      headers: {
        ...config.headers,
        'content-type': json ? 'application/json' : 'application/x-protobuf',
        ...(config.gzip ? { 'content-encoding': 'gzip' } : {}),
      },
      body: config.gzip ? gzipSync(plain) : plain,
    };
  }
}

const over = (patience: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (patience.aborted) resolve();
    patience.addEventListener('abort', () => resolve(), { once: true });
  });

interface Request {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

type Answer =
  | { readonly kind: 'taken' }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'busy'; readonly why: string; readonly afterMs?: number };

/** What may be tried again is told by the protocol: 429, 502, 503 and 504, and a connection that failed. */
async function post(url: string, { headers, body }: Request, timeoutMs: number): Promise<Answer> {
  try {
    const { status, reason, retryAfter } = await answerOf(url, headers, body, timeoutMs);
    if (status >= 200 && status < 300) return { kind: 'taken' };
    const why = `it answered ${status} ${reason}`.trim();
    if (![429, 502, 503, 504].includes(status)) return { kind: 'refused', why };
    const after = Number(retryAfter);
    return { kind: 'busy', why, ...(after > 0 ? { afterMs: Math.min(after * 1000, 30_000) } : {}) };
  } catch (error) {
    return { kind: 'busy', why: error instanceof Error ? error.message : String(error) };
  }
}

/** Node's own client and not `fetch`, whose loading alone takes as long as forty short tasks. */
function answerOf(
  url: string,
  headers: Request['headers'],
  body: Buffer,
  timeoutMs: number,
): Promise<{ status: number; reason: string; retryAfter: string | undefined }> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const client = url.startsWith('https:') ? https : http;
    const request = client.request(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': body.length },
      signal,
    });
    request.on('error', (error) => reject(signal.aborted ? new Error(`no answer within ${timeoutMs} ms`) : error));
    request.on('response', (response) => {
      response.resume();
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode: status = 0, statusMessage: reason = '' } = response;
        resolve({ status, reason, retryAfter: response.headers['retry-after'] });
      });
    });
    request.end(body);
  });
}
