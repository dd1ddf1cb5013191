/** Server-side apply of a set of objects: phase by phase, in one phase side by side; what was there before is recorded first. */
import { failure } from '../../../core/failure.ts';
import { err, ok } from '../../../core/result.ts';
import type { TaskFailure, TaskResult } from '../../../core/task-type.ts';
import { sleep, type ApiResult, type Cluster } from './client.ts';
import { concurrently } from './concurrently.ts';
import type { ApiFailure } from './errors.ts';
import { phases } from './manifests.ts';
import { isKubeObject, nameOf, type KubeObject } from './objects.ts';
import { placeText } from './parse.ts';
import { together, type Target } from './targets.ts';

export interface ApplyOptions {
  readonly manager: string;
  /** Take over fields that other managers own. */
  readonly force: boolean;
  readonly dryRun?: boolean;
}

export interface Applied {
  readonly target: Target;
  readonly before: KubeObject | undefined;
  readonly after: KubeObject;
  readonly change: 'created' | 'configured' | 'unchanged';
}

const SIDE_BY_SIDE = 8;

/** What is there now, by the targets' paths; absent where there is nothing yet. */
export async function liveObjects(
  cluster: Cluster,
  targets: readonly Target[],
): Promise<ApiResult<ReadonlyMap<string, KubeObject>>> {
  const answers = await concurrently(targets, SIDE_BY_SIDE, (target) => cluster.request('GET', target.path));
  const live = new Map<string, KubeObject>();
  for (const [index, answer] of answers.entries()) {
    const path = targets[index]?.path ?? '';
    if (answer.ok && isKubeObject(answer.value)) live.set(path, answer.value);
    else if (!answer.ok && answer.failure.status !== 404) return answer;
  }
  return ok(live);
}

/** One apply, or a dry run of it; the object as the server has it then. */
export async function applyOne(
  cluster: Cluster,
  target: Target,
  { manager, force, dryRun = false }: ApplyOptions,
): Promise<ApiResult<KubeObject>> {
  const query = { fieldManager: manager, force, fieldValidation: 'Strict', ...(dryRun ? { dryRun: 'All' } : {}) };
  const send = (): Promise<ApiResult> =>
    cluster.request('PATCH', target.path, { query, body: target.object, contentType: 'application/apply-patch+yaml' });
  let answer = await send();
  // The kind's definition was established a moment ago; the server serves it a moment later.
  for (
    let tries = 0;
    !answer.ok && target.ownKind && !dryRun && answer.failure.status === 404 && tries < 20;
    tries += 1
  ) {
    await sleep(250, AbortSignal.timeout(1000));
    answer = await send();
  }
  return answer.ok ? ok(answer.value as KubeObject) : answer;
}

export interface ApplyHooks {
  /** After a phase: definitions have to be established before objects of their kinds are applied. */
  phaseDone(applied: readonly Applied[]): Promise<TaskResult<void>>;
  /** After each object, done or not. */
  applied(one: Applied): void;
}

/** Applies everything, and stops after the phase in which something failed; what was applied until then stays. */
export async function applyAll(
  cluster: Cluster,
  targets: readonly Target[],
  live: ReadonlyMap<string, KubeObject>,
  options: ApplyOptions,
  hooks: ApplyHooks,
): Promise<TaskResult<Applied[]>> {
  const all: Applied[] = [];
  for (const phase of phases(targets)) {
    const answers = await concurrently(phase, SIDE_BY_SIDE, async (target) => {
      const answer = await applyOne(cluster, target, options);
      if (!answer.ok) return { target, answer } as const;
      const one = outcomeOf(target, live.get(target.path), answer.value);
      hooks.applied(one);
      return { target, answer, one } as const;
    });
    const done = answers.flatMap(({ one }) => (one === undefined ? [] : [one]));
    all.push(...done);
    const failures = answers.flatMap(({ target, answer }) => (answer.ok ? [] : [explain(target, answer.failure)]));
    if (failures.length > 0) return err(partial(failures, all.length, targets.length));
    const next = await hooks.phaseDone(done);
    if (!next.ok) return next;
  }
  return ok(all);
}

function outcomeOf(target: Target, before: KubeObject | undefined, after: KubeObject): Applied {
  if (before === undefined) return { target, before, after, change: 'created' };
  const same = before.metadata.resourceVersion === after.metadata.resourceVersion;
  return { target, before, after, change: same ? 'unchanged' : 'configured' };
}

function partial(failures: readonly TaskFailure[], applied: number, total: number): TaskFailure {
  const first = failures[0] ?? failure('tool', 'an object could not be applied');
  const { message, detail, next } = together(failures);
  const rest = `${applied} of ${total} objects were applied.`;
  const retriable = failures.every((one) => one.retriable !== false);
  return {
    ...failure(first.kind, `${message} ${rest}`, { detail, ...(next === undefined ? {} : { next }) }),
    retriable,
  };
}

/** A refusal of one object, with the line of the manifest that is meant. */
export function explain(target: Target, refusal: ApiFailure): TaskFailure {
  const name = nameOf(target.object);
  const owned = conflicts(refusal);
  if (owned.length > 0) {
    const fields = owned.map(({ field, manager }) => `${field} (${manager})`).join(', ');
    const message = `${placeText(target.locate(owned[0]?.field ?? ''))}: ${name}: other managers own fields that would change: ${fields}.`;
    const next = 'Leave these fields to them (take them out of the manifest), or take them over with `force: true`.';
    return { ...failure('conflict', message, { next }), retriable: false };
  }
  const field = refusal.causes.find((cause) => cause.field !== '')?.field ?? unknownField(refusal.message);
  const place = field === undefined || field === '<nil>' ? target.place : target.locate(field);
  return { ...refusal, message: `${placeText(place)}: ${name}: ${short(refusal.message)}` };
}

export interface FieldConflict {
  readonly field: string;
  readonly manager: string;
}

/** Who owns what, out of a refusal of kind conflict; none where it is another conflict. */
export function conflicts(refusal: ApiFailure): FieldConflict[] {
  return refusal.causes
    .filter(({ reason }) => reason === 'FieldManagerConflict')
    .map(({ field, message }) => ({
      field: field.replace(/^\./, ''),
      manager: /conflict with "([^"]*)"(?: with subresource "([^"]*)")?/.exec(message)?.[1] ?? message,
    }));
}

/** Strict decoding names a field in the text alone: `unknown field "spec.replica"`. */
function unknownField(message: string): string | undefined {
  return (
    /(?:unknown|duplicate) field "([^"]+)"/.exec(message)?.[1] ??
    /\.(spec\S*|metadata\S*|data\S*): (?:expected|field not declared)/.exec(message)?.[1]
  );
}

/** Without what the server puts before each: `Deployment.apps "web" is invalid: `. */
const short = (message: string): string =>
  message.replace(/^\S+ "[^"]*" is invalid: /, '').replace(/^failed to create typed patch object \([^)]*\): /, '');
