/** What is said about one service of a Compose project. */
import { Said, readCommand, readEnv, readResources } from '../kubernetes/attributes.ts';
import type { DraftObject } from '../kubernetes/model.ts';
import { NUMBER, numberOf } from '../grammar/quantities.ts';
import type { Passage } from '../text.ts';

export interface ServiceWords {
  readonly ports: { readonly port: number; readonly target?: number }[];
  /** It is said in so many words that it can be reached from outside. */
  readonly published: boolean;
  readonly environment: Readonly<Record<string, string>>;
  readonly binds: readonly string[];
  readonly dataPath: string | undefined;
  readonly command: readonly string[] | undefined;
  readonly replicas: number | undefined;
  readonly limits: { readonly cpus?: string; readonly memory?: string } | undefined;
  readonly secrets: readonly string[];
}

export function readServiceWords(passages: readonly Passage[]): ServiceWords {
  const said = new Said(passages);
  const ports: { port: number; target?: number }[] = [];
  const add = (port: number, target?: number): void => {
    if (port > 0 && port < 65_536 && !ports.some((p) => p.port === port))
      ports.push({ port, ...(target === undefined ? {} : { target }) });
  };
  for (const m of said.takeAll(/\b(\d{2,5}):(\d{2,5})\b/g)) add(Number(m[1]), Number(m[2]));
  for (const m of said.takeAll(
    /\b(?:host )?port\s+(\d{2,5})\s*(?:->|=>|to|maps to|mapped to|forwarded to)\s*(?:container )?(?:port )?(\d{2,5})\b/gi,
  ))
    add(Number(m[1]), Number(m[2]));
  for (const m of said.takeAll(/\bports?\s+((?:\d{2,5}(?:\s*(?:,|and|&)\s*)?)+)/gi))
    for (const n of (m[1] ?? '').matchAll(/\d{2,5}/g)) add(Number(n[0]));
  for (const m of said.takeAll(
    /\b(?:on|at|publish(?:ed|es|ing)?(?: on)?|expos(?:e|ed|es|ing)(?: on)?|localhost:|reachable (?:at|on))\s*:?(\d{2,5})\b(?!\s*(?:%|Gi|Mi|GB|MB))/gi,
  ))
    add(Number(m[1]));
  const amounts = readResources(said);
  const cpus = amounts.limits['cpu'];
  const memory = amounts.limits['memory'];
  const replicas = said.take(
    new RegExp(`\\b(${NUMBER})\\s+(?:[a-z]+\\s+)?(?:replicas|instances|copies|containers)\\b`, 'i'),
  )?.[1];
  const named = said
    .takeAll(/\bsecret\s+(?:named |called )?["'`]?([a-z][a-z0-9_]*_[a-z0-9_]+)/gi)
    .map((m) => m[1] ?? '');
  return {
    ports,
    published: said.has(/\bpublish|\bexpos|\breachable (?:at|on|from)|\bon the host\b|\bhost port\b/i),
    environment: Object.fromEntries(
      (readEnv(said, { configMaps: new Set(), secrets: new Set() }) as DraftObject[]).flatMap((e) =>
        typeof e['name'] === 'string' && typeof e['value'] === 'string' ? [[e['name'], e['value']] as const] : [],
      ),
    ),
    binds: said
      .takeAll(/(?:^|\s)(\.{0,2}\/[\w./-]+)\s*(?:mounted (?:at|to|on|in)|->|:|to)\s*(\/[\w./-]+)(:ro|\s+read-?only)?/g)
      .map((m) => `${m[1] ?? ''}:${m[2] ?? ''}${m[3] === undefined ? '' : ':ro'}`),
    dataPath: said.take(/\bdata (?:is )?(?:in|at|under)\s+(\/[\w./-]+)/i)?.[1],
    command: readCommand(said),
    replicas: replicas === undefined ? undefined : numberOf(replicas),
    limits:
      cpus === undefined && memory === undefined
        ? undefined
        : {
            ...(cpus === undefined
              ? {}
              : { cpus: cpus.endsWith('m') ? String(Number(cpus.slice(0, -1)) / 1000) : cpus }),
            ...(memory === undefined ? {} : { memory: memory.replace(/Mi$/, 'M').replace(/Gi$/, 'G') }),
          },
    secrets: named,
  };
}
