/** Follows objects as they change: a list, then a watch from there on, begun anew whenever the server ends it or goes away. */
import { isObject, parseJson } from '../../../core/json.ts';
import { sleep, type Cluster } from './client.ts';
import type { ApiFailure } from './errors.ts';
import { at, isKubeObject, listAt, textAt, type KubeObject } from './objects.ts';

export interface Follower {
  /** An object of the collection as it is now. */
  seen(object: KubeObject): void;
  gone(object: KubeObject): void;
  /** The list was read to its end: what was not seen is not there. */
  listed(names: ReadonlySet<string>): void;
  /** The server cannot be asked just now; following goes on. */
  lost(failure: ApiFailure): void;
  back(): void;
}

export interface Collection {
  readonly path: string;
  readonly apiVersion: string;
  readonly kind: string;
  /** One object only. */
  readonly name?: string;
}

/** Runs until the signal; resolves with a failure where the server refuses for good (no rights, no such kind). */
export async function follow(
  cluster: Cluster,
  collection: Collection,
  follower: Follower,
  signal: AbortSignal,
): Promise<ApiFailure | undefined> {
  let delayMs = 250;
  let isLost = false;
  const ended = (): boolean => signal.aborted;
  while (!ended()) {
    const began = Date.now();
    const trouble = await round(cluster, collection, follower, signal, () => {
      if (isLost) follower.back();
      isLost = false;
      delayMs = 250;
    });
    if (ended()) return undefined;
    if (trouble === undefined) {
      // A server that ends every watch at once is not asked in a tight loop.
      if (Date.now() - began < 1000) await sleep(250, signal);
      continue;
    }
    if (!trouble.transient) return trouble;
    if (!isLost) follower.lost(trouble);
    isLost = true;
    await sleep(trouble.retryAfterMs ?? delayMs, signal);
    delayMs = Math.min(delayMs * 2, 5000);
  }
  return undefined;
}

/** One list and the watch after it; `undefined` where the watch ended in good order. */
async function round(
  cluster: Cluster,
  { path, apiVersion, kind, name }: Collection,
  follower: Follower,
  signal: AbortSignal,
  answered: () => void,
): Promise<ApiFailure | undefined> {
  const select = name === undefined ? {} : { fieldSelector: `metadata.name=${name}` };
  const list = await cluster.request('GET', path, { query: select, patienceMs: 0, timeoutMs: 10_000 });
  if (!list.ok) return list.failure;
  answered();
  const typed = (raw: unknown): KubeObject | undefined => {
    const object = isObject(raw) ? { ...raw, apiVersion, kind } : raw;
    return isKubeObject(object) ? object : undefined;
  };
  const objects = listAt(list.value, 'items').flatMap((raw) => typed(raw) ?? []);
  follower.listed(new Set(objects.map(nameKey)));
  for (const object of objects) follower.seen(object);
  const resourceVersion = textAt(list.value, 'metadata', 'resourceVersion');
  const watch = { ...select, watch: 1, resourceVersion, allowWatchBookmarks: true, timeoutSeconds: 240 };
  const lines = await cluster.lines(path, watch, signal);
  if (!lines.ok) return lines.failure;
  try {
    for await (const line of lines.value) {
      const event = parseJson(line);
      const type = textAt(event, 'type');
      // Our place in the server's history is too old, or the server has trouble: begin anew with a list.
      if (type === 'ERROR') return undefined;
      const object = type === 'BOOKMARK' ? undefined : typed(at(event, 'object'));
      if (object === undefined) continue;
      if (type === 'DELETED') follower.gone(object);
      else follower.seen(object);
    }
  } catch {
    // The connection broke; the next list shows whether the server is there.
  }
  return undefined;
}

/** What `listed` names objects by. */
export const nameKey = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;
