/**
 * Attempts of a dead supervisor that still live, or that ended by themselves meanwhile and left word of it: the new supervisor takes
 * them over. They are not its children, so their end is seen by their identity, and how they ended by the record that they leave.
 */
import type { ProcessIdentity } from '../core/process.ts';
import type { AnyTaskType, TaskType } from '../core/task-type.ts';
import type { Tree } from '../platform/processes.ts';
import { endedFrom, type Ended } from '../platform/spawn.ts';
import type { Stream } from '../run/events.ts';
import type { AttemptRequest, AttemptResult } from './attempt-request.ts';
import { commandResult, fromReply, watch } from './attempt.ts';
import type { AttemptServices } from './attempt-services.ts';
import { endRecord, type EndRecord } from './end-record.ts';

export interface Adopted {
  readonly attempt: number;
  readonly tree: Tree;
  /** Of what the attempt started as; without it the attempt has ended and left a record. */
  readonly leader: ProcessIdentity | undefined;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Bytes of its logs that the journal tells of. */
  readonly told: Readonly<Record<Stream, number>>;
}

const LOOK_MS = 100;

/**
 * Waits for its end; its timeout counts from its start, and a cancel ends it like any other.
 * @returns nothing where it has ended and nobody can say how
 */
export async function awaitAdopted(
  services: AttemptServices,
  request: AttemptRequest,
  adopted: Adopted,
): Promise<AttemptResult | undefined> {
  const path = services.logPath(request, 'end');
  let record: EndRecord | undefined;
  const ended = untilRecorded(services, path, adopted.leader).then((found): Ended => {
    record = found;
    return found?.kind === 'status' ? endedFrom(found.status) : { kind: 'exited', exitCode: 0, signal: null };
  });
  const { timeoutMs } = request.task;
  const seen = await watch(
    services,
    {
      ...request,
      told: adopted.told,
      ...(timeoutMs === undefined ? {} : { timeoutLeftMs: Math.max(0, adopted.startedAt + timeoutMs - Date.now()) }),
    },
    { tree: adopted.tree, pid: Promise.resolve(adopted.leader?.pid), ended },
  );
  if (seen.ended === 'stopped') return seen.result;
  const known = record;
  switch (known?.kind) {
    case undefined:
    case 'discarded':
      return undefined;
    case 'reply':
      return fromReply(known.reply, seen.exit, request, services);
    case 'status': {
      const type = (await services.tasks.load(request.task.type)) as TaskType | undefined;
      return type === undefined ? undefined : commandResult(services, request, type as AnyTaskType, seen.exit);
    }
  }
}

async function untilRecorded(
  services: AttemptServices,
  path: string,
  leader: ProcessIdentity | undefined,
): Promise<EndRecord | undefined> {
  while (leader !== undefined && services.machine.isAlive(leader)) await pause(LOOK_MS);
  return endRecord(path);
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
