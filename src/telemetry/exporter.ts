/** Sends spans as they end, in batches, one request at a time. It waits for nobody and fails nobody: what cannot be sent is counted. */
import { gzipSync } from 'node:zlib';
import type { TraceConfig } from './config.ts';
import { toJson, toProtobuf, type Batch } from './otlp.ts';
import type { Span } from './spans.ts';

const BATCH = 512;
const FLUSH_MS = 2000;
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
  #timer: NodeJS.Timeout | undefined;
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
    if (this.#waiting.length >= BATCH) this.#start();
    else this.#timer ??= setTimeout(() => this.#start(), FLUSH_MS).unref();
  }

  /** Asks with nothing to say, so that a person reads of an endpoint that is not there while the run still goes on. */
  async greet(): Promise<void> {
    const answer = await post(this.#options.config.url, this.#request([]), this.#options.config.timeoutMs);
    if (answer.kind !== 'taken') this.#tellTrouble(answer.why);
  }

  /** Sends what is left. @returns when it is sent, or has failed once: nobody should have to wait for an endpoint that is not there */
  settle(): Promise<void> {
    this.#closing = (async () => {
      await this.#sending;
      this.#start();
      await this.#sending;
    })();
    return Promise.race([this.#closing, new Promise<void>((resolve) => (this.#firstFailure = resolve))]);
  }

  /** After `settle`: the retries too, for as long as the patience lasts. */
  async finish(patience: AbortSignal): Promise<void> {
    const late = new Promise<void>((resolve) => {
      if (patience.aborted) resolve();
      patience.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([this.#closing, late]);
    this.lost += this.#waiting.length;
    this.#waiting = [];
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
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

  #request(spans: readonly Span[]): RequestInit {
    const { config, about } = this.#options;
    const json = config.protocol === 'http/json';
    const plain = json ? Buffer.from(toJson({ ...about, spans })) : toProtobuf({ ...about, spans });
    return {
      method: 'POST',
      headers: {
        ...config.headers,
        'content-type': json ? 'application/json' : 'application/x-protobuf',
        ...(config.gzip ? { 'content-encoding': 'gzip' } : {}),
      },
      body: config.gzip ? gzipSync(plain) : plain,
    };
  }
}

type Answer =
  | { readonly kind: 'taken' }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'busy'; readonly why: string; readonly afterMs?: number };

/** What may be tried again is told by the protocol: 429, 502, 503 and 504, and a connection that failed. */
async function post(url: string, request: RequestInit, timeoutMs: number): Promise<Answer> {
  try {
    const response = await fetch(url, { ...request, signal: AbortSignal.timeout(timeoutMs) });
    await response.body?.cancel();
    if (response.ok) return { kind: 'taken' };
    const why = `it answered ${response.status} ${response.statusText}`.trim();
    if (![429, 502, 503, 504].includes(response.status)) return { kind: 'refused', why };
    const after = Number(response.headers.get('retry-after'));
    return { kind: 'busy', why, ...(after > 0 ? { afterMs: Math.min(after * 1000, 30_000) } : {}) };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { kind: 'busy', why: cause instanceof Error ? cause.message : String(cause) };
  }
}
