/** What is taken out of a manifest: by the API's word for it, by its name, by its place. */
import type { Draft, DraftObject } from '../model.ts';
import { drop, allContainers, isMap, listOf, mapOf, podSpecOf, wordOf } from '../mend/shape.ts';
import { escaped } from '../../text.ts';
import type { Change } from './clauses.ts';

/** Fields of one word that are clear enough to be taken out by it. */
const SINGLE: ReadonlySet<string> = new Set(['tolerations', 'affinity', 'resources', 'limits', 'requests', 'args', 'command', 'tls', 'strategy', 'privileged', 'volumes', 'annotations', 'lifecycle', 'replicas', 'capabilities', 'paused', 'suspend', 'subdomain', 'hostname', 'env', 'stdin', 'tty', 'behavior', 'metrics', 'ports']); // prettier-ignore

/** Takes out what a clause names. @returns whether there was anything of the kind */
export function remove({ text, object, containers }: Change): boolean {
  const pod = podSpecOf(object);
  const done = [
    ...containers.map((c) => variables(text, c)),
    pod !== undefined && parts(text, pod),
    ...containers.map((c) => amounts(text, c)),
    ...containers.map((c) => probes(text, c)),
    pairs(text, object),
    ports(text, object, containers),
    ...(pod === undefined ? [fields(text, object)] : [...containers.map((c) => fields(text, c)), fields(text, pod, ['containers', 'initContainers']), fields(text, object, ['containers', 'initContainers'])]), // prettier-ignore
  ];
  return done.includes(true);
}

/** "remove the environment variable DEBUG" */
function variables(text: string, container: DraftObject): boolean {
  const env = listOf(container['env']);
  const kept = env.filter((e) => !new RegExp(`(?<![\\w])${escaped(wordOf(e['name']))}(?![\\w])`).test(text));
  if (kept.length === env.length) return false;
  if (kept.length === 0) delete container['env'];
  else container['env'] = kept;
  return true;
}

const without = (owner: DraftObject, key: string, keep: (one: DraftObject) => boolean): boolean => {
  const all = listOf(owner[key]);
  const kept = all.filter(keep);
  if (kept.length === all.length) return false;
  if (kept.length === 0) drop(owner, key);
  else owner[key] = kept;
  return true;
};

/** Whole containers, volumes with their mounts, mounts at a path. */
function parts(text: string, pod: DraftObject): boolean {
  const says = (name: Draft | undefined): boolean => new RegExp(`(?<![\\w./-])["'\`]?${escaped(wordOf(name))}["'\`]?(?![\\w./-]*[\\w-])`, 'i').test(text); // prettier-ignore
  let done = false;
  const whole = /\b(?:remove|drop|delete|get rid of|take out)\s+(?:the\s+|its\s+)?(?:(?:init|side-?car|second|extra|log\w*)[ -]?)*(?:container|side-?car)\b|\b(?:remove|drop|delete|get rid of)\s+(?:the\s+)?["'`]?[\w-]+["'`]?\s+(?:init[ -]?|side-?car\s*)?(?:container|side-?car)\b/i; // prettier-ignore
  if (whole.test(text)) {
    for (const key of ['containers', 'initContainers']) {
      const all = listOf(pod[key]);
      const gone = all.filter((c) => says(c['name']));
      const meant = gone.length > 0 ? gone : /\bside-?car/i.test(text) && key === 'containers' && all.length > 1 ? all.slice(1, 2) : /\binit/i.test(text) && key === 'initContainers' ? all : []; // prettier-ignore
      if (meant.length > 0 && (key === 'initContainers' || meant.length < all.length))
        done = without(pod, key, (c) => !meant.includes(c)) || done;
    }
    if (done) return true;
  }
  if (/\bvolumes?\b|\bmounts?\b|\bhost ?path\b|\bempty ?dir\b/i.test(text)) {
    const path = /\s["'`]?(\/[\w./-]+)/.exec(text)?.[1];
    const volumes = listOf(pod['volumes']).filter(
      (v) => says(v['name']) || (/\bhost ?path\b/i.test(text) && v['hostPath'] !== undefined) || (/\bempty ?dir\b/i.test(text) && v['emptyDir'] !== undefined) || (path !== undefined && mapOf(v['hostPath'])['path'] === path), // prettier-ignore
    );
    const gone = volumes.map((v) => v['name']);
    for (const container of allContainers(pod))
      done = without(container, 'volumeMounts', (m) => !gone.includes(m['name']) && m['mountPath'] !== path) || done;
    done = without(pod, 'volumes', (v) => !gone.includes(v['name'])) || done;
    const used = allContainers(pod).flatMap((c) => listOf(c['volumeMounts']).map((m) => m['name']));
    if (path !== undefined && done) without(pod, 'volumes', (v) => used.includes(v['name']));
  }
  return done;
}

/** "remove the CPU limit", "drop the requests" */
function amounts(text: string, container: DraftObject): boolean {
  const resources = mapOf(container['resources']);
  let done = false;
  for (const [part, word] of [
    ['limits', /\blimits?\b/i],
    ['requests', /\brequests?\b/i],
  ] as const) {
    if (!word.test(text) || resources[part] === undefined) continue;
    const kinds = [
      ['cpu', /\bcpu\b/i],
      ['memory', /\b(?:memory|ram)\b/i],
    ] as const;
    const said = kinds.filter(([, w]) => w.test(text)).map(([k]) => k);
    if (said.length === 0) drop(resources, part);
    for (const kind of said) drop(mapOf(resources[part]), kind);
    if (Object.keys(mapOf(resources[part])).length === 0) drop(resources, part);
    done = true;
  }
  if (done && Object.keys(resources).length === 0) delete container['resources'];
  return done;
}

function probes(text: string, container: DraftObject): boolean {
  const all = /\b(?:all|both|the)\s+(?:health\s+)?(?:probes|checks)\b/i.test(text);
  let done = false;
  for (const probe of ['liveness', 'readiness', 'startup'])
    if ((all || new RegExp(`\\b${probe}\\b`, 'i').test(text)) && container[`${probe}Probe`] !== undefined) {
      drop(container, `${probe}Probe`);
      done = true;
    }
  return done;
}

/** Labels and annotations by their keys; capabilities by their names. */
function pairs(text: string, object: DraftObject): boolean {
  let done = false;
  const walk = (value: Draft | undefined): void => {
    if (Array.isArray(value)) value.forEach(walk);
    if (!isMap(value)) return;
    for (const part of ['labels', 'annotations', 'nodeSelector', 'data', 'stringData', 'parameters', 'hard']) {
      const map = mapOf(value[part]);
      for (const key of Object.keys(map))
        if (
          new RegExp(`(?<![\\w./-])${escaped(key)}(?![\\w/-]|\\.\\w)`).test(text) &&
          (part !== 'labels' || /\blabel/i.test(text))
        ) {
          // prettier-ignore
          drop(map, key);
          done = true;
        }
      if (done && isMap(value[part]) && Object.keys(map).length === 0) drop(value, part);
    }
    const add = mapOf(value['capabilities'])['add'];
    if (Array.isArray(add)) {
      const kept = add.filter((c) => !new RegExp(`\\b${escaped(wordOf(c))}\\b`).test(text));
      if (kept.length < add.length) {
        done = true;
        if (kept.length === 0) delete mapOf(value['capabilities'])['add'];
        else mapOf(value['capabilities'])['add'] = kept;
      }
    }
    Object.values(value).forEach(walk);
  };
  walk(object);
  return done;
}

/** "remove port 9090" */
function ports(text: string, object: DraftObject, containers: readonly DraftObject[]): boolean {
  const gone = [...text.matchAll(/\bports?\s+((?:["'`]?[\w-]+["'`]?(?:\s*(?:,|and)\s*)?)+)/gi)].flatMap(
    (m) => (m[1] ?? '').match(/[\w-]+/g) ?? [],
  );
  if (gone.length === 0 || /\bnode ?-?port\b/i.test(text)) return false;
  const keep = (p: DraftObject): boolean => ![p['port'], p['containerPort'], p['name']].some((v) => v !== undefined && gone.includes(wordOf(v))); // prettier-ignore
  const done = without(mapOf(object['spec']), 'ports', keep);
  return containers.map((c) => without(c, 'ports', keep)).includes(true) || done;
}

/** `hostNetwork` as "host network": every field of the manifest whose name the clause says. */
function fields(text: string, value: DraftObject, skip: readonly string[] = []): boolean {
  let done = false;
  for (const key of Object.keys(value)) {
    if (skip.includes(key)) continue;
    if (says(text, key)) {
      drop(value, key);
      done = true;
      continue;
    }
    const inner = value[key];
    if (Array.isArray(inner))
      done =
        inner
          .filter(isMap)
          .map((v) => fields(text, v, skip))
          .includes(true) || done;
    else if (isMap(inner)) {
      const before = Object.keys(inner).length;
      const own = fields(text, inner, skip);
      if (own && before > 0 && Object.keys(inner).length === 0 && !/^(?:emptyDir|podSelector)$/.test(key)) drop(value, key); // prettier-ignore
      done = own || done;
    }
  }
  return done;
}

function says(text: string, key: string): boolean {
  const parts = key.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2').toLowerCase().split(' '); // prettier-ignore
  if (parts.length === 1)
    return SINGLE.has(key) && new RegExp(`\\b${key.replace(/s$/, '')}(?:s|es)?\\b`, 'i').test(text.replace(/\b(?:image|node|host|target|container)[ -]?ports?\b/gi, ' ')); // prettier-ignore
  const shown = /^(?:seconds|name)$/.test(parts.at(-1) ?? '') && parts.length > 2 ? parts.slice(0, -1) : parts;
  return new RegExp(`(?<![\\w])${shown.join('[ _-]?').replace(/s$/, '')}s?`, 'i').test(text);
}
