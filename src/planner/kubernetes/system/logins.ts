/** What the first database of a store is called, who logs in to it, and the one secret that holds how: for the store and for its users. */
import { LOGIN_TOLD, LOGIN_VARIABLES, loginName } from '../../grammar/logins.ts';
import { sentences } from '../../text.ts';
import type { ClusterBuilder } from '../builder.ts';
import { secretObject } from '../config.ts';
import { Said } from '../attributes.ts';
import type { DraftObject, Workload } from '../model.ts';

const KINDS = ['database', 'user'] as const;

const envOf = (workload: Workload): DraftObject[] => (workload.containers[0]?.fields['env'] ?? []) as DraftObject[];

/** "Postgres 16 (database shop, user clerk)". */
export function nameDatabases(builder: ClusterBuilder): void {
  for (const [entity, workload] of builder.workloads) {
    const variables = LOGIN_VARIABLES[workload.app?.id ?? ''];
    const container = workload.containers[0];
    if (variables === undefined || container === undefined || entity.explicit) continue;
    const said = new Said(entity.passages);
    for (const of of KINDS) {
      const at = envOf(workload).find((e) => e['name'] === variables[of]);
      const usual = workload.app?.env?.[variables[of]];
      if (at !== undefined && at['value'] !== usual) continue;
      const name = loginName(said, of);
      if (name === undefined) continue;
      container.fields['env'] = [...envOf(workload).filter((e) => e !== at), { name: variables[of], value: name }];
    }
  }
}

/** What an application is told of a store's database or user, as that is called. */
export function asCalled(peer: Workload, name: string, usual: string): string {
  const variables = LOGIN_VARIABLES[peer.app?.id ?? ''];
  const of = KINDS.find((k) => variables !== undefined && LOGIN_TOLD[k].test(name) && peer.app?.env?.[variables[k]] === usual); // prettier-ignore
  const told = of === undefined ? undefined : envOf(peer).find((e) => e['name'] === variables?.[of])?.['value'];
  return typeof told === 'string' ? told : usual;
}

const IN_ONE = /\b(?:users?|logins?|passwords?|credentials)\b[^.;]{0,60}?\b(?:in|out of|from|by|via|as)\s+(?:an?|one|the same|a single|one single)\s+(?:k8s |kubernetes )?secret\s+(?:called |named )["'`]?([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)/i; // prettier-ignore

/** "user and password for both out of one secret called mongo-root": made by that name, and read by all who log in. */
export function oneSecret(builder: ClusterBuilder): void {
  const found = sentences(builder.text).find((s) => s.has(IN_ONE) && !s.has(/\b(?:existing|exists?|already there|given)\b/i)); // prettier-ignore
  const name = found?.take(IN_ONE)?.[1];
  if (found === undefined || name === undefined || builder.objects.some((o) => o.kind === 'Secret' && o.metadata.name === name)) return; // prettier-ignore
  found.take(
    /\b(?:to be |must be |should be )?(?:generated|created)\b(?:,? not (?:hard-?coded|written down))?|\bnot hard-?coded\b/i,
  );
  const holders = [...builder.workloads.values()].filter((w) => (w.containers[0]?.secrets.length ?? 0) > 0);
  const keys = new Set<string>();
  for (const workload of holders)
    for (const container of workload.containers) {
      const env = (container.fields['env'] ?? []) as DraftObject[];
      const own = container.secrets.filter((s) => !env.some((e) => e['name'] === s));
      for (const key of own) keys.add(key);
      container.fields['env'] = [...env, ...own.map((key): DraftObject => ({ name: key, valueFrom: { secretKeyRef: { name, key } } }))]; // prettier-ignore
      container.secrets = [];
    }
  if (keys.size === 0) return;
  const { object, variables } = secretObject(name, holders[0]?.namespace, [...keys]);
  builder.objects.push(object);
  for (const v of variables) builder.variables.add(v);
}
