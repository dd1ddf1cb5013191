/** Waits until objects are ready (or gone), tells what changes, and says in seconds what is stuck and why. */
import { setMaxListeners } from 'node:events';
import { formatDuration } from '../../../core/duration.ts';
import { failure } from '../../../core/failure.ts';
import { err, ok } from '../../../core/result.ts';
import type { StepContext, TaskFailure, TaskResult } from '../../../core/task-type.ts';
import { sleep, type Cluster } from './client.ts';
import { diagnose, lastLines } from './diagnose.ts';
import type { ApiFailure } from './errors.ts';
import { follow, nameKey, type Collection, type Follower } from './follow.ts';
import { listAt, nameOf, type KubeObject } from './objects.ts';
import { meets, readiness, type Expectation, type Readiness } from './ready.ts';
import { pathTo, type Resource } from './resources.ts';
import { isFatal, troubleText, type Trouble } from './stuck.ts';

export interface Awaited {
  readonly object: KubeObject;
  readonly resource: Resource;
  /** Instead of the kind's own rule. */
  readonly expected?: Expectation;
}

export interface WaitOptions {
  readonly timeoutMs: number;
  /** End at the first trouble that a person must mend, rather than at the timeout. */
  readonly failEarly: boolean;
  readonly until: 'ready' | 'gone';
  /** What a user gives more time by. Default: `wait_timeout`. */
  readonly parameter?: string;
}

/** When the pods and events are first asked, and how long after each answer they are asked again. */
const FIRST_LOOK_MS = 1200;
const NEXT_LOOK_MS = 2000;

interface Item {
  readonly awaited: Awaited;
  readonly name: string;
  now: KubeObject;
  state: Readiness;
  troubles: readonly Trouble[];
  readonly told: Set<string>;
}

type Place = Pick<StepContext, 'signal' | 'log' | 'warn'>;

/** @returns how many are ready; a failure names each one that is not, with the reason */
export async function waitFor(
  cluster: Cluster,
  objects: readonly Awaited[],
  options: WaitOptions,
  place: Place,
): Promise<TaskResult<number>> {
  if (objects.length === 0) return ok(0);
  const watch = new Waiting(cluster, objects, options, place);
  try {
    return await watch.run();
  } finally {
    watch.dispose();
  }
}

class Waiting {
  readonly #items: readonly Item[];
  readonly #began = Date.now();
  readonly #end = new AbortController();
  readonly #following: Promise<void>[] = [];
  #wake: () => void = () => undefined;
  #refusal: ApiFailure | undefined;
  #lost = 0;
  constructor(
    private readonly cluster: Cluster,
    objects: readonly Awaited[],
    private readonly options: WaitOptions,
    private readonly place: Place,
  ) {
    // Every request under way listens to it.
    setMaxListeners(0, this.#end.signal);
    const why = options.until === 'gone' ? 'it is still there' : 'it was applied a moment ago';
    this.#items = objects.map((awaited) => ({
      awaited,
      name: nameOf(awaited.object),
      now: awaited.object,
      state: { state: 'waiting', why },
      troubles: [],
      told: new Set<string>(),
    }));
  }

  async run(): Promise<TaskResult<number>> {
    const stop = (): void => this.#end.abort();
    this.place.signal.addEventListener('abort', stop, { once: true });
    const timer = setTimeout(stop, this.options.timeoutMs);
    this.#end.signal.addEventListener('abort', () => this.#wake(), { once: true });
    for (const group of groups(this.#items)) this.#following.push(this.#follow(group));
    const looking = this.#look();
    try {
      for (;;) {
        const ended = this.#ended();
        if (ended !== undefined) return ended;
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      clearTimeout(timer);
      this.place.signal.removeEventListener('abort', stop);
      this.dispose();
      await Promise.allSettled([...this.#following, looking]);
    }
  }

  dispose(): void {
    this.#end.abort();
  }

  #ended(): TaskResult<number> | undefined {
    if (this.#refusal !== undefined) return err(this.#refusal);
    const open = this.#items.filter(({ state }) => state.state !== 'ready');
    if (open.length === 0) return ok(this.#items.length);
    const broken = open.find(({ state }) => state.state === 'failed');
    if (broken !== undefined) return err(this.#failure('tool', [broken], 'Failed'));
    const stuck = this.options.failEarly ? open.filter(({ troubles }) => troubles.some(isFatal)) : [];
    if (stuck.length > 0) return err(this.#failure('tool', stuck, `${count(stuck.length)} will not become ready`));
    if (!this.#end.signal.aborted) return undefined;
    const what = `${open.length} of ${count(this.#items.length)} ${open.length === 1 ? 'is' : 'are'} not ${this.options.until}`;
    if (this.place.signal.aborted) return err(this.#failure('cancelled', open, `Ended while waiting: ${what}`));
    return err(this.#failure('timeout', open, `${what} after ${formatDuration(this.options.timeoutMs)}`));
  }

  #failure(kind: 'tool' | 'timeout' | 'cancelled', open: readonly Item[], message: string): TaskFailure {
    const each = open.map(({ name, state, troubles }) => {
      const [trouble] = troubles;
      const own = 'why' in state && (state.state === 'failed' || trouble === undefined) ? [state.why] : [];
      return `${name}: ${[...own, ...(trouble === undefined ? [] : [troubleText(trouble)])].join('; ')}`;
    });
    const shown = each.length <= 3 ? each.join('; ') : `${each.slice(0, 3).join('; ')}; and ${each.length - 3} more`;
    const lost = this.#lost > 0 ? ' The API server did not answer at the end.' : '';
    const parameter = this.options.parameter ?? 'wait_timeout';
    const next = `The reasons are above in the log. Mend them, or give more time with \`${parameter}\`.`;
    return {
      ...failure(kind, `${message}: ${shown}.${lost}`, { next, detail: each.join('\n') }),
      retriable: kind !== 'cancelled',
    };
  }

  #follow({ collection, items }: Group): Promise<void> {
    const byName = new Map(items.map((item) => [nameKey(item.now), item]));
    const follower: Follower = {
      seen: (object) => this.#update(byName.get(nameKey(object)), object),
      gone: (object) => this.#gone(byName.get(nameKey(object))),
      listed: (names) => {
        for (const [name, item] of byName) if (!names.has(name)) this.#gone(item);
      },
      lost: ({ message }) => this.#serverLost(message),
      back: () => this.#serverBack(),
    };
    return follow(this.cluster, collection, follower, this.#end.signal).then((refusal) => {
      this.#refusal ??= refusal;
      this.#wake();
    });
  }

  #serverLost(message: string): void {
    this.#lost += 1;
    if (this.#lost > 1) return;
    const left = this.options.timeoutMs - (Date.now() - this.#began);
    this.place.warn(`${message} Still waiting; trying again for up to ${formatDuration(Math.max(left, 0))}.`);
  }

  #serverBack(): void {
    this.#lost -= 1;
    if (this.#lost === 0) this.place.warn(`The API server at ${this.cluster.server} answers again.`);
  }

  #update(item: Item | undefined, object: KubeObject): void {
    if (item === undefined) return;
    item.now = object;
    this.#set(item, this.options.until === 'gone' ? heldBack(object) : judge(item.awaited, object));
  }

  #gone(item: Item | undefined): void {
    if (item === undefined) return;
    if (this.options.until === 'gone') this.#set(item, { state: 'ready' });
    // What a user waits for by name need not be there yet; what we applied was.
    else if (item.awaited.expected !== undefined) this.#set(item, { state: 'waiting', why: 'it is not there yet' });
    else this.#set(item, { state: 'failed', why: 'somebody deleted it' });
  }

  #set(item: Item, state: Readiness): void {
    const before = item.state;
    item.state = state;
    if (state.state !== 'ready') {
      if (before.state === 'ready' || before.why !== state.why) this.place.log(`${item.name}: ${state.why}`);
      item.told.add('waited');
    } else if (before.state !== 'ready' && item.told.has('waited')) {
      this.place.log(`${item.name}: ${this.options.until} (${formatDuration(Date.now() - this.#began)})`);
    }
    this.#wake();
  }

  /** Looks again and again at the pods and events of what is not ready. */
  async #look(): Promise<void> {
    if (this.options.until === 'gone') return;
    let delayMs = FIRST_LOOK_MS;
    while (await sleep(delayMs, this.#end.signal)) {
      delayMs = NEXT_LOOK_MS;
      if (this.#lost > 0) continue;
      const open = this.#items.filter(
        ({ state, now }) => state.state !== 'ready' && now.metadata.namespace !== undefined,
      );
      for (const namespace of new Set(open.map(({ now }) => now.metadata.namespace ?? ''))) {
        await this.#lookAt(
          namespace,
          open.filter(({ now }) => now.metadata.namespace === namespace),
        );
      }
      this.#wake();
    }
  }

  async #lookAt(namespace: string, items: readonly Item[]): Promise<void> {
    const { troubles, resting } = await diagnose(
      this.cluster,
      namespace,
      items.map(({ now }) => now),
    );
    for (const item of items) {
      const uid = item.now.metadata.uid ?? '';
      if (item.now.kind === 'PersistentVolumeClaim' && resting.has(uid)) {
        this.place.log(`${item.name}: its volume is made when a pod uses it; not waited for`);
        item.state = { state: 'ready' };
        continue;
      }
      item.troubles = troubles.get(uid) ?? [];
      for (const trouble of item.troubles) await this.#tell(namespace, item, trouble);
    }
  }

  async #tell(namespace: string, item: Item, trouble: Trouble): Promise<void> {
    // The text of one trouble changes with each try (back-off times); it is told once.
    const key = `${trouble.about}/${trouble.reason}`;
    if (item.told.has(key)) return;
    item.told.add(key);
    this.place.warn(`${item.name}: ${troubleText(trouble)}`);
    for (const line of await lastLines(this.cluster, namespace, trouble)) this.place.warn(`    ${line}`);
  }
}

const count = (n: number): string => `${n} object${n === 1 ? '' : 's'}`;

function judge({ expected }: Awaited, object: KubeObject): Readiness {
  return expected === undefined ? readiness(object) : meets(object, expected);
}

function heldBack(object: KubeObject): Readiness {
  const holders = listAt(object, 'metadata', 'finalizers').map(String);
  return {
    state: 'waiting',
    why: holders.length === 0 ? 'it is being deleted' : `it is being deleted, held by ${holders.join(', ')}`,
  };
}

interface Group {
  readonly collection: Collection;
  readonly items: readonly Item[];
}

/** One list and watch for all objects of a kind in a namespace; a single one is followed by its name. */
function groups(items: readonly Item[]): Group[] {
  const byPath = new Map<string, Item[]>();
  for (const item of items) {
    const path = pathTo(item.awaited.resource, item.now.metadata.namespace);
    byPath.set(path, [...(byPath.get(path) ?? []), item]);
  }
  return [...byPath].map(([path, group]) => {
    const [first] = group;
    const { apiVersion, kind } = first?.awaited.resource ?? { apiVersion: '', kind: '' };
    const single = group.length === 1 && first !== undefined ? { name: first.now.metadata.name } : {};
    return { collection: { path, apiVersion, kind, ...single }, items: group };
  });
}
