/** Where a run keeps its files: `<workspace>/.code/runs/<runId>/` (or elsewhere: `engine/place.ts`). Pure path arithmetic with `/`, which Node takes on every system. */
import type { Stream } from './events.ts';

export interface RunLayout {
  readonly folder: string;
  /** Checksummed lines, append-only: the truth. */
  readonly journal: string;
  /** The frozen plan. */
  readonly plan: string;
  /** What the supervisor was started with (`LaunchOptions`), and after a resume what it was resumed with. */
  readonly options: string;
  /** Socket, token and identity of the living supervisor; private. */
  readonly control: string;
  readonly logs: string;
  readonly state: string;
}

/** The word that is left in `.code/runs` of a workspace whose runs lie elsewhere. */
export const ELSEWHERE = 'elsewhere.txt';

/** @param data where a workspace's own files lie, mostly its `.code` */
export const runsIn = (data: string): string => `${data}/runs`;

export function layoutIn(data: string, runId: string): RunLayout {
  const folder = `${runsIn(data)}/${runId}`;
  return {
    folder,
    journal: `${folder}/journal.log`,
    plan: `${folder}/plan.json`,
    options: `${folder}/options.json`,
    control: `${folder}/control.json`,
    logs: `${folder}/logs`,
    state: `${folder}/state`,
  };
}

export type AttemptFile = Stream | 'outputs' | 'end';

const EXTENSION: Readonly<Record<AttemptFile, string>> = {
  stdout: 'out',
  stderr: 'err',
  outputs: 'outputs',
  end: 'end',
};

/**
 * The log file of one stream of one attempt; `outputs` is the file that `$CODE_OUTPUT` names, and `end` is where an attempt whose
 * supervisor died leaves how it ended (`engine/end-record.ts`). Outputs lie apart: most tasks write none, and to learn that in the
 * folder in which logs are being made would have to wait for their making.
 */
export function logFile(layout: RunLayout, task: string, attempt: number, stream: AttemptFile): string {
  const folder = stream === 'outputs' ? layout.state : layout.logs;
  return `${folder}/${slug(task)}.${attempt}.${EXTENSION[stream]}`;
}

/** A folder of the task's own, kept over its attempts. */
export const stateFolder = (layout: RunLayout, task: string): string => `${layout.state}/${slug(task)}`;

/**
 * A file name for a task id: plain names stay as they are, the brackets and values of a matrix instance are percent-coded; what gets
 * too long for a file system is cut and told apart by a hash.
 */
export function slug(task: string): string {
  if (/^[A-Za-z0-9_-]{1,100}$/.test(task)) return task;
  const coded = encodeURIComponent(task).replace(/[*'().~!]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
  if (coded.length <= 100) return coded;
  let hash = 0xcbf29ce484222325n;
  for (const char of task) hash = BigInt.asUintN(64, (hash ^ BigInt(char.codePointAt(0) ?? 0)) * 0x100000001b3n);
  return `${coded.slice(0, 80)}~${hash.toString(16)}`;
}

/**
 * `20261129-104512-2f4a1b`: date, time, then milliseconds (three hexadecimal digits) and chance (three), so that ids sort by time also
 * within a second, and can be typed. `random` is at least 2 bytes.
 */
export function makeRunId(now: Date, random: Uint8Array): string {
  const stamp = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  const milliseconds = now.getUTCMilliseconds().toString(16).padStart(3, '0');
  return `${stamp}-${milliseconds}${Buffer.from(random.slice(0, 2)).toString('hex').slice(0, 3)}`;
}

export const isRunId = (text: string): boolean => /^\d{8}-\d{6}-[0-9a-f]{6}$/.test(text);
