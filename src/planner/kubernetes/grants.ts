/** What a role lets people do, right by right: several lists of verbs, each for resources of its own, single objects, addresses. */
import type { DraftObject } from './model.ts';
import { isNameWord } from './names.ts';

export interface Grant {
  readonly verbs: readonly string[];
  readonly resources: readonly string[];
  /** Only these objects. */
  readonly names?: readonly string[];
}

const VERB =
  /(?<![\w/-])(get|list|watch|create|update|patch|deletecollection|delete|read[- ]?only|read|view|restart|manage|full (?:access|rights)|all rights|all verbs|every verb|any verb)(?:s|ing|ting)?(?![\w/-])/i;
const ALL = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];

function verbsOf(word: string): readonly string[] {
  const verb = word.toLowerCase();
  if (/^(?:read|view)/.test(verb)) return ['get', 'list', 'watch'];
  if (/^(?:full|all|every|any)/.test(verb)) return ['*'];
  if (verb === 'restart') return ['patch'];
  return verb === 'manage' ? ALL : [verb];
}

/**
 * Verbs and resources in the order of the text: a verb behind resources begins the next right.
 * @param resource finds the words for resources @param plural their names in the API
 */
export function readGrants(text: string, resource: RegExp, plural: (word: string) => string): Grant[] {
  const grants: { verbs: Set<string>; resources: Set<string>; names: Set<string> }[] = [];
  const tokens = [
    ...[...text.matchAll(new RegExp(VERB.source, 'gi'))].map((m) => ({ at: m.index, verb: m[1] ?? '', word: '' })),
    ...[...text.matchAll(new RegExp(resource.source, 'gi'))].map((m) => ({ at: m.index, verb: '', word: m[1] ?? '' })),
  ].sort((a, b) => a.at - b.at);
  for (const token of tokens) {
    const before = text.slice(0, token.at);
    const after = text.slice(token.at + Math.max(token.verb.length, token.word.length));
    if (token.verb !== '') {
      // "Create a service account": an object is made, nothing is granted.
      if (/^create$/i.test(token.verb) && /^\s+(?:an?|the)\s/i.test(after)) continue;
      if (/\b(?:not|never|no|nothing|cannot|can't|without)\b[^.;,]*$/i.test(before)) continue;
      const last = grants.at(-1);
      // "restart deployments (patch)": said once more of what stands before it.
      if (last !== undefined && last.resources.size > 0 && /\(\s*(?:\w+(?:\s*,\s*|\s+and\s+))*$/.test(before)) {
        for (const verb of verbsOf(token.verb)) last.verbs.add(verb);
        continue;
      }
      if (last === undefined || last.resources.size > 0)
        grants.push({ verbs: new Set(), resources: new Set(), names: new Set() });
      for (const verb of verbsOf(token.verb)) grants.at(-1)?.verbs.add(verb);
    } else if (grants.length > 0 && !isOwnObject(token.word, before, after)) {
      grants.at(-1)?.resources.add(plural(token.word.toLowerCase().replace(/[\s-]/g, '')));
      for (const name of namesBehind(after)) grants.at(-1)?.names.add(name);
    }
  }
  return grants
    .filter((g) => g.verbs.size > 0 && g.resources.size > 0)
    .map((g) => ({
      verbs: [...g.verbs],
      resources: [...g.resources],
      ...(g.names.size === 0 ? {} : { names: [...g.names] }),
    }));
}

/** "pods web-0 and web-1", "config map named flags": the objects that a right is for. */
const namesBehind = (after: string): string[] =>
  (
    /^\s+(?:(?:named|called)\s+)?((?:["'`]?[a-z0-9]+(?:-[a-z0-9]+)+["'`]?(?:\s*,\s*and\s+|\s*,\s*|\s+and\s+|\s+or\s+)?)+)/.exec(
      after,
    )?.[1] ?? ''
  ).match(/[a-z0-9]+(?:-[a-z0-9]+)+/g) ?? [];

/** Roles, bindings, accounts and namespaces that are named are part of the wish, not what it gives access to. */
const isOwnObject = (word: string, before: string, after: string): boolean =>
  (/^(?:service ?-?accounts?|(?:cluster ?)?roles?|(?:cluster ?)?role ?bindings?)$/i.test(word) &&
    !/(?:\b(?:get|list|watch|update|delete|patch|manage|read|and)|,)\s*$/i.test(before)) ||
  (/^namespaces?$/i.test(word) &&
    (/\b(?:in|to|for|the|within|of|from)\s+(?:the\s+|its\s+|that\s+)?(?:[\w-]+\s+)?$/i.test(before) || /^\s+["'`]?[a-z0-9]+-?[a-z0-9-]*["'`]?/.test(after))); // prettier-ignore

/** "only the config map named feature-flags": single objects by name. */
export function readObjectNames(text: string): string[] {
  const found = new Set<string>();
  for (const m of text.matchAll(
    /\b(?:config ?-?map|secret|deployment|pod|lease|service|stateful ?set|job|pvc|persistent ?volume ?claim|cron ?job)s?\s+(?:(named|called)\s+)?(["'`]?)([a-z0-9][a-z0-9.-]*[a-z0-9])\2((?:\s*(?:,|and|or)\s*["'`]?[a-z0-9]+(?:-[a-z0-9]+)+["'`]?)*)/gi,
  )) {
    const name = m[3] ?? '';
    const marked = m[1] !== undefined || m[2] !== '' || /-/.test(name);
    if (marked && isNameWord(name) && !/^service$/i.test(m[0].split(/\s/)[0] ?? '')) found.add(name);
    if (marked && found.size > 0)
      for (const one of (m[4] ?? '').match(/[a-z0-9]+(?:-[a-z0-9]+)+/g) ?? []) found.add(one);
  }
  for (const m of text.matchAll(
    /\b(?:resource ?names?|only the (?:ones?|objects?) (?:named|called))\s*(?:is|are|=|:)?\s*["'`]?([a-z0-9][a-z0-9.-]*)/gi,
  ))
    // prettier-ignore
    found.add(m[1] ?? '');
  return [...found];
}

/** "the non resource url /healthz" */
export function readUrls(text: string): DraftObject[] {
  const list =
    /\b(?:non-? ?resource ?)?urls?\s*(?:is|are|=|:)?\s*((?:["'`]?\/[\w/*-]*["'`]?(?:\s*(?:,\s*and|,|and)\s*)?)+)/i.exec(
      text,
    )?.[1];
  const urls = list?.match(/\/[\w/*-]*/g) ?? [];
  return urls.length === 0 ? [] : [{ nonResourceURLs: [...urls], verbs: ['get'] }];
}

/** "nodes and their metrics (metrics.k8s.io)": what the metrics server knows of nodes and pods. */
export function readMetricsRule(text: string, verbs: readonly string[]): DraftObject[] {
  if (
    !/\bmetrics\.k8s\.io\b|\b(?:node|pod)s?(?:'s?)? metrics\b|\b(?:nodes|pods)\b[^.;]{0,16}\btheir metrics\b/i.test(
      text,
    )
  )
    return [];
  const resources = ['nodes', 'pods'].filter((r) => new RegExp(`\\b${r.slice(0, -1)}s?\\b`, 'i').test(text));
  if (resources.length === 0) return [];
  return [{ apiGroups: ['metrics.k8s.io'], resources, verbs: verbs.length === 0 ? ['get', 'list'] : [...verbs] }];
}

/** Where the object whose word is looked for lives: "RoleBinding x in namespace prod". */
export function namespaceOf(text: string, kind: RegExp): string | undefined {
  const at = text.search(kind);
  if (at < 0) return undefined;
  const rest = text.slice(at).replace(kind, '');
  const next = rest.search(/[.;]|,\s|\b(?:service ?-?account|(?:cluster ?-?)?role(?: ?-?binding)?|user|group)\b/i);
  const words = next < 0 ? rest : rest.slice(0, next);
  return (
    /\b(?:in|of|from)\s+(?:the\s+)?(?:namespace|ns)\s+["'`]?([a-z0-9][a-z0-9-]*)/i.exec(words)?.[1] ??
    /\(\s*(?:namespace|ns)\s+["'`]?([a-z0-9][a-z0-9-]*)/i.exec(words)?.[1] ??
    /\b(?:in|of|from)\s+(?:the\s+)?["'`]?(?!(?:every|each|all|any|same|own|this|that|other)\b)([a-z0-9][a-z0-9-]*)["'`]?\s+namespace\b/i.exec(
      words,
    )?.[1]
  );
}
