/**
 * The loop that is guided by coverage: V8 counts which blocks ran (precise coverage over the inspector), and an input that reached a
 * block that none did before is kept to be harmed further. Counters are read per batch, since reading them costs more
 * than running an input; a batch that found something is divided until what found it is alone.
 */
import { Session, type Profiler } from 'node:inspector';
import { workerData, parentPort } from 'node:worker_threads';
import { chance, mutated } from './mutate.ts';
import { targets, type Target } from './targets.ts';

export interface WorkerData {
  readonly target: string;
  readonly seed: number;
  readonly untilMs: number;
  /** First a counter, then a length, then the input that is being run: what a hanging worker can no longer say. */
  readonly current: SharedArrayBuffer;
  /** Inputs that earlier runs kept. */
  readonly kept: readonly Uint8Array[];
}

export type Said =
  | { readonly kind: 'found'; readonly input: Uint8Array; readonly why: string }
  | { readonly kind: 'kept'; readonly input: Uint8Array }
  | { readonly kind: 'done'; readonly runs: number; readonly blocks: number; readonly kept: number };

const BATCH = 100;
/** An input of some thousand bytes that takes so much of the processor is as bad as a crash; the clock would blame a busy machine. */
const SLOW_MS = 1000;

const say = (said: Said): void => parentPort?.postMessage(said);

class Coverage {
  readonly #session = new Session();
  readonly #seen = new Set<string>();

  constructor() {
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  get blocks(): number {
    return this.#seen.size;
  }

  /** What ran since the last look: is any of it new? */
  look(note: boolean): boolean {
    let news = false;
    this.#session.post('Profiler.takePreciseCoverage', (_error, taken?: Profiler.TakePreciseCoverageReturnType) => {
      for (const { url, scriptId, functions } of taken?.result ?? []) {
        if (!url.includes('/src/')) continue;
        for (const { ranges } of functions)
          for (const { startOffset, endOffset, count } of ranges) {
            if (count === 0) continue;
            const key = `${scriptId} ${startOffset} ${endOffset}`;
            if (this.#seen.has(key)) continue;
            news = true;
            if (note) this.#seen.add(key);
          }
      }
    });
    return news;
  }
}

class Fuzz {
  readonly #target: Target;
  readonly #data: WorkerData;
  readonly #numbers: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #coverage = new Coverage();
  readonly #told = new Set<string>();
  readonly pool: Buffer[] = [];
  runs = 0;

  constructor(target: Target, data: WorkerData) {
    this.#target = target;
    this.#data = data;
    this.#numbers = new Int32Array(data.current, 0, 2);
    this.#bytes = new Uint8Array(data.current, 8);
  }

  get blocks(): number {
    return this.#coverage.blocks;
  }

  run(input: Buffer): void {
    this.#bytes.set(input.subarray(0, this.#bytes.length));
    this.#numbers[1] = Math.min(input.length, this.#bytes.length);
    Atomics.add(this.#numbers, 0, 1);
    this.runs++;
    const before = process.cpuUsage();
    try {
      this.#target.run(input);
      const { user, system } = process.cpuUsage(before);
      const took = Math.round((user + system) / 1000);
      if (took > SLOW_MS) this.#found(input, `it took ${took} ms`, 'slow');
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#found(input, text, text.split('\n').slice(0, 3).join('\n'));
    }
  }

  /** One of each kind is enough to mend it. */
  #found(input: Buffer, why: string, kind: string): void {
    const key = kind.replace(/\d+/g, '#').slice(0, 200);
    if (this.#told.has(key)) return;
    this.#told.add(key);
    say({ kind: 'found', input, why });
  }

  /** All that is known already: one look for all of them. */
  begin(inputs: readonly Buffer[]): void {
    for (const input of inputs) this.run(input);
    this.#coverage.look(true);
    this.pool.push(...inputs);
  }

  /** Finds the ones of a batch that reached something new, by halves, and keeps them. */
  #sift(batch: readonly Buffer[]): void {
    for (const input of batch) this.run(input);
    if (!this.#coverage.look(batch.length === 1)) return;
    const [only] = batch;
    if (batch.length === 1 && only !== undefined) {
      this.pool.push(only);
      say({ kind: 'kept', input: only });
      return;
    }
    const middle = batch.length >> 1;
    this.#sift(batch.slice(0, middle));
    this.#sift(batch.slice(middle));
  }

  loop(): void {
    const random = chance(this.#data.seed);
    while (Date.now() < this.#data.untilMs) {
      const batch: Buffer[] = [];
      while (batch.length < BATCH) {
        // The newest inputs stand nearest to what is not known yet.
        const at = random() < 0.5 ? 1 - random() ** 3 : random();
        const input = this.pool[Math.min(this.pool.length - 1, Math.floor(at * this.pool.length))] ?? Buffer.alloc(0);
        batch.push(mutated(input, this.pool, this.#target.words, random));
      }
      this.#sift(batch);
    }
  }
}

const data = workerData as WorkerData;
const target = targets.find(({ name }) => name === data.target);
if (target === undefined) throw new Error(`there is no target ${data.target}`);
const fuzz = new Fuzz(target, data);
fuzz.begin([...target.seeds(), ...data.kept].map((input) => Buffer.from(input)));
fuzz.loop();
say({ kind: 'done', runs: fuzz.runs, blocks: fuzz.blocks, kept: fuzz.pool.length });
