/** Who may do what: Roles, bindings and service accounts from sentences about permissions. */
import type { Passage } from '../text.ts';
import type { DraftObject, K8sObject } from './model.ts';
import {
  namespaceOf as whereIs,
  readGrants,
  readObjectNames,
  readMetricsRule,
  readUrls,
  type Grant,
} from './grants.ts';
import { dnsName } from './names.ts';
import { object } from './render.ts';

const GROUPS: Readonly<Record<string, string>> = {
  pod: '', service: '', configmap: '', secret: '', namespace: '', node: '', event: '', endpoint: '', persistentvolumeclaim: '', persistentvolume: '', serviceaccount: '', 'pods/log': '', 'pods/exec': '', 'pods/portforward': '', replicationcontroller: '', limitrange: '', resourcequota: '',
  deployment: 'apps', statefulset: 'apps', daemonset: 'apps', replicaset: 'apps', 'deployments/scale': 'apps', job: 'batch', cronjob: 'batch', ingress: 'networking.k8s.io', networkpolicy: 'networking.k8s.io', horizontalpodautoscaler: 'autoscaling', poddisruptionbudget: 'policy', role: 'rbac.authorization.k8s.io', rolebinding: 'rbac.authorization.k8s.io', clusterrole: 'rbac.authorization.k8s.io', clusterrolebinding: 'rbac.authorization.k8s.io', storageclass: 'storage.k8s.io', lease: 'coordination.k8s.io', customresourcedefinition: 'apiextensions.k8s.io',
}; // prettier-ignore

const RESOURCE =
  /(?<![\w-])(pod logs?|(?:pods?|nodes?|services?|deployments?|stateful ?sets?|jobs?)\/(?:log|exec|attach|portforward|eviction|ephemeralcontainers|status|scale|proxy|metrics|stats)|pods?|services?(?! ?accounts?)|config ?-?maps?|secrets?|namespaces?|nodes?|events?|endpoints?|persistent ?volume ?claims?|pvcs?|persistent ?volumes?|service ?accounts?|deployments?(?:\/scale)?|stateful ?sets?|daemon ?sets?|replica ?sets?|cron ?jobs?|jobs?|ingress(?:es)?|network ?polic(?:y|ies)|hpas?|horizontal ?pod ?autoscalers?|pod ?disruption ?budgets?|role ?bindings?|roles?|cluster ?roles?|storage ?class(?:es)?|leases?|crds?|custom ?resource ?definitions?)(?![\w-])/gi;

const TRIGGER =
  /\b(?:rbac|role ?bindings?|cluster ?role ?bindings?|cluster ?roles?|(?<![\w./-])roles?\b(?! model|\s*[=:]|[./-]\w)|permissions?|read[- ]?only access|rights? (?:on|over|for)\b|access to (?:all )?(?:pods|secrets|config|services|deployments|nodes|jobs|the cluster|everything|any resource)|(?:may|can|able to|allowed to|allow\w*|let|lets|rights? to|permission to) (?:only )?(?:get|list|watch|view|read|see|look at|inspect|create|update|delete|patch|manage|exec))\b/i;
/** Words that speak of rights even where nobody is named. */
const RIGHTS = /\brbac|\b(?:cluster ?)?role|\bpermission|\baccess\b|\brights?\b|\bservice ?account/i;
const SUBJECT =
  /\b(service ?-?account|sa|user|group)s?\s+(?:named |called )?["'`]?([a-zA-Z0-9][\w.@:-]*[\w])["'`]?|(?<=\b(?:the|a|an|its)\s)["'`]?([a-z0-9][a-z0-9-]*)["'`]?\s+(service ?account)\b(?!\s+[a-z0-9]+-)/i;

export interface AccessResult {
  readonly objects: K8sObject[];
  /** Spans of the sentences that were read here. */
  readonly spans: readonly (readonly [number, number])[];
  /** Service accounts that were named; made unless they are said to exist. */
  readonly accounts: readonly { name: string; namespace: string | undefined }[];
}

interface Access {
  roleName: string | undefined;
  bindingName: string | undefined;
  clusterRole: boolean;
  clusterBinding: boolean;
  verbs: string[];
  resources: string[];
  names: string[];
  /** Rights that differ from each other. */
  grants: readonly Grant[];
  /** Rules for what is in no list of resources: addresses, metrics. */
  urls: readonly DraftObject[];
  subjects: { kind: string; name: string }[];
  namespace: string | undefined;
  /** Where the binding and the accounts are, if elsewhere. */
  bindingNamespace: string | undefined;
  subjectNamespace: string | undefined;
  /** Bound in each of them. */
  namespaces: readonly string[];
  existingRole: string | undefined;
}

/** Reads all sentences about access together: what one begins ("Role x …") the next may finish ("bind it to …"). */
export function readAccess(
  all: readonly Passage[],
  namespaceOf: (passage: Passage) => string | undefined,
): AccessResult {
  const somebody = all.some((s) => SUBJECT.test(s.text));
  const about = all.filter(
    (s) => TRIGGER.test(s.text) && (somebody || RIGHTS.test(s.text)) && !/\b(?:iam|aws|lambda|assume)\b/i.test(s.text),
  );
  if (about.length === 0) return { objects: [], spans: [], accounts: [] };
  // A sentence without a trigger that only says how to bind or whom belongs to them.
  const group = all.filter(
    (s) =>
      about.includes(s) ||
      /^\s*(?:bind|and bind|then bind)\b|^\s*(?:and|also|plus|as well as)\s+(?:may\s+|can\s+|to\s+)?(?:get|list|watch|create|update|patch|delete|read|manage)\b/i.test(
        s.text,
      ) ||
      (SUBJECT.test(s.text) && s.text.length < 120 && !/\b(?:deployment|pod|job|statefulset|image)\b/i.test(s.text)),
  );
  const accesses: Access[] = [];
  let current: Access | undefined;
  for (const sentence of group) {
    const access = readSentence(sentence, namespaceOf(sentence));
    const continues =
      current !== undefined &&
      (access.verbs.length === 0 ||
        access.resources.length === 0 ||
        (access.roleName !== undefined && access.roleName === current.roleName));
    const joins = /^\s*(?:and|also|plus|as well as)\b/i.test(sentence.text) && access.roleName === undefined;
    if (current !== undefined && joins && access.grants.length > 0)
      current.grants = [...current.grants, ...access.grants];
    else if (current !== undefined && continues) merge(current, access);
    else accesses.push((current = access));
    sentence.ledger.use(sentence.at, sentence.at + sentence.text.length);
  }
  const accounts = accesses.flatMap((a) =>
    a.subjects
      .filter((s) => s.kind === 'ServiceAccount')
      .map((s) => ({ name: s.name, namespace: a.subjectNamespace ?? a.namespace })),
  );
  return {
    objects: accesses.flatMap(render),
    spans: group.map((s) => [s.at, s.at + s.text.length] as const),
    accounts,
  };
}

function merge(into: Access, more: Access): void {
  into.roleName ??= more.roleName;
  into.bindingName ??= more.bindingName;
  into.namespace ??= more.namespace;
  into.existingRole ??= more.existingRole;
  into.clusterRole ||= more.clusterRole;
  into.clusterBinding ||= more.clusterBinding;
  if (into.verbs.length === 0) into.verbs = more.verbs;
  if (into.resources.length === 0) into.resources = more.resources;
  into.bindingNamespace ??= more.bindingNamespace;
  into.subjectNamespace ??= more.subjectNamespace;
  if (into.namespaces.length === 0) into.namespaces = more.namespaces;
  if (into.grants.length === 0) into.grants = more.grants;
  if (into.urls.length === 0) into.urls = more.urls;
  into.names.push(...more.names);
  for (const s of more.subjects) if (!into.subjects.some((o) => o.name === s.name)) into.subjects.push(s);
}

function readSentence(sentence: Passage, namespace: string | undefined): Access {
  const text = sentence.text.replace(/\b(creat|updat|delet)ing\b/gi, '$1e');
  const name = (pattern: RegExp): string | undefined => {
    const found = pattern.exec(text)?.[1];
    return found === undefined ||
      /^(?:and|to|that|for|in|with|which|allowing|granting|binding|is|the|a|name|called|named|can|may|on|of)$/i.test(
        found,
      )
      ? undefined
      : found;
  };
  const binding = name(/\b(?:cluster ?)?role ?-?binding\s+(?:called |named |")?["'`]?([a-z0-9][a-z0-9:.-]*[a-z0-9])/i);
  const role =
    name(/\b(?:cluster ?)?-?role(?! ?-?binding)\s+(?:called |named )?["'`]?([a-z0-9][a-z0-9:.-]*[a-z0-9])/i) ??
    name(/["'`]?([a-z0-9]+(?:-[a-z0-9]+)+)["'`]? (?:cluster ?)?role\b(?! ?binding)/i);
  const standard =
    /\b(?:the )?(?:built-?in |cluster ?role )?["'`]?(view|edit|admin|cluster-admin)["'`]?\s+(?:cluster ?)?role\b|\bcluster ?role\s+["'`]?(view|edit|admin|cluster-admin)\b/i.exec(
      text,
    );
  return {
    roleName: standard === null ? role : undefined,
    bindingName: binding,
    clusterRole:
      /\bcluster ?-?role(?! ?-?binding)|\bcluster-?wide\b|\b(?:all|every|each|any) namespaces?\b|\b(?:across|whole|entire) (?:the )?cluster\b/i.test(
        text,
      ),
    clusterBinding:
      /\bcluster ?-?role ?-?binding|\bcluster-?wide\b|\b(?:all|every|each|any) namespaces?\b|\b(?:across|whole|entire) (?:the )?cluster\b/i.test(
        text,
      ),
    verbs: readVerbs(text),
    resources: readResourceNames(text),
    names: readObjectNames(text),
    grants: readGrants(text, RESOURCE, plural),
    urls: [...readMetricsRule(text, readVerbs(text)), ...readUrls(text)],
    subjects: readSubjects(text),
    namespace: whereIs(text, /\b(?:cluster ?)?-?role(?! ?-?binding)\b/i) ?? namespace,
    bindingNamespace: whereIs(text, /\brole ?-?binding\b/i),
    subjectNamespace: whereIs(text, /\b(?:service ?-?account|sa)\b/i),
    namespaces:
      /\bnamespaces\s+(?:called |named )?((?:["'`]?[a-z0-9][a-z0-9-]*["'`]?(?:\s*(?:,\s*and|,|and)\s*)?)+)/i
        .exec(text)?.[1]
        ?.match(/[a-z0-9][a-z0-9-]*/g)
        ?.filter((n) => n !== 'and') ?? [],
    existingRole: standard?.[1] ?? standard?.[2],
  };
}

function readVerbs(text: string): string[] {
  if (
    /\b(?:full|all|any|complete|unrestricted|admin(?:istrator)?) (?:access|permissions?|rights|verbs|control)\b|\bevery(?:thing)? verb|\bany verb/i.test(
      text,
    )
  )
    return ['*'];
  const verbs = new Set<string>();
  if (/\bread[- ]?only\b|\bread access\b|\b(?:view|read|see|inspect|look at)\b(?! model)/i.test(text))
    for (const v of ['get', 'list', 'watch']) verbs.add(v);
  if (/(?<![\w-])manag(?:e|es|ing)(?![\w-])|\bread[- ]?(?:and|\/)?[- ]?write\b/i.test(text))
    for (const v of ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']) verbs.add(v);
  const negated = /\b(?:not|never|nothing|no|without|cannot|can't)\b[^.;]*/i.exec(text)?.[0] ?? '';
  const positive = negated === '' ? text : text.replace(negated, ' ');
  for (const match of positive.matchAll(
    /(?<![\w-])(get|list|watch|create|update|patch|delete|deletecollection|use|bind|escalate|impersonate)(?:s|ing|ting)?(?![\w-])/gi,
  )) {
    const verb = (match[1] ?? '').toLowerCase();
    if (verb === 'create' && /^\s*create\b/i.test(positive.slice(match.index)) && match.index < 4) continue;
    if (
      verb === 'create' &&
      /\bcreate (?:an? |the )?(?:cluster ?)?(?:role|service ?account|rbac|binding|namespace)/i.test(
        positive.slice(match.index, match.index + 40),
      )
    )
      continue;
    if (verb === 'bind' || verb === 'use') continue;
    verbs.add(verb);
  }
  if (/\bexec(?:ute)?\b/i.test(positive)) verbs.add('create');
  return [...verbs];
}

function readResourceNames(text: string): string[] {
  const found = new Set<string>();
  if (
    !/\bonly\s+(?:the\s+)?(?:pods|services|deployments|config ?maps|secrets|jobs|nodes|events)\b/i.test(text) &&
    /\b(?:access|permissions?|rights|verbs) (?:to|on|over|for) (?:everything|all resources|any resource)\b|\ball resources\b/i.test(
      text,
    )
  )
    return ['*'];
  for (const match of text
    .replace(/\b(?:except|but not|excluding|other than)\b[^:;.]*/i, (m) => ' '.repeat(m.length))
    .matchAll(RESOURCE)) {
    const word = (match[1] ?? '').toLowerCase().replace(/[\s-]/g, '');
    const around = text.slice(Math.max(0, match.index - 22), match.index + match[0].length + 22);
    // Objects that are named or made in the sentence are not what access is given to.
    if (
      /^(?:serviceaccount|role|clusterrole|rolebinding|clusterrolebinding)s?$/.test(word) &&
      !/\b(?:get|list|watch|create|delete|update|manage|read)\b[^.;]{0,24}$/i.test(text.slice(0, match.index))
    )
      continue;
    if (
      /^namespaces?$/.test(word) &&
      (/\b(?:in|to|for|the|within|of)\s+(?:the\s+)?(?:[\w-]+\s+)?namespaces?\b/i.test(around) ||
        !/s$/.test(word) ||
        /all namespaces/i.test(around))
    )
      continue;
    found.add(plural(word));
  }
  return [...found];
}

function plural(word: string): string {
  if (/^podlogs?$/.test(word)) return 'pods/log';
  if (word.includes('/')) return word.replace(/s?\//, 's/');
  if (/^pvcs?$/.test(word)) return 'persistentvolumeclaims';
  if (/^hpas?$/.test(word)) return 'horizontalpodautoscalers';
  if (/^crds?$/.test(word)) return 'customresourcedefinitions';
  if (/^ingress(es)?$/.test(word)) return 'ingresses';
  if (/polic(y|ies)$/.test(word)) return word.replace(/polic(y|ies)$/, 'policies');
  if (/class(es)?$/.test(word)) return word.replace(/class(es)?$/, 'classes');
  return word.endsWith('s') ? word : `${word}s`;
}

function readSubjects(text: string): { kind: string; name: string }[] {
  const subjects: { kind: string; name: string }[] = [];
  for (const match of text.matchAll(new RegExp(SUBJECT.source, 'gi'))) {
    const word = (match[1] ?? match[4] ?? '').toLowerCase().replace(/[\s-]/g, '');
    const name = match[2] ?? match[3] ?? '';
    if (
      name === '' ||
      /^(?:in|with|and|to|that|for|the|a|which|can|may|called|named|read|only|access|it|is|of|on|should|must|bound)$/i.test(
        name,
      )
    )
      continue;
    const kind = word === 'user' ? 'User' : word === 'group' ? 'Group' : 'ServiceAccount';
    if (!subjects.some((s) => s.name === name)) subjects.push({ kind, name });
  }
  return subjects;
}

/** The API group of a resource by its plural name; nothing for one that is not built in. */
export const groupOf = (resource: string): string | undefined =>
  resource === '*'
    ? '*'
    : (GROUPS[resource] ??
      GROUPS[
        resource
          .replace(/ies$/, 'y')
          .replace(/classes$/, 'class')
          .replace(/ingresses$/, 'ingress')
          .replace(/(?<!s)s$/, '')
      ]);

const group = (resource: string): string => groupOf(resource) ?? '';

function render(access: Access): K8sObject[] {
  if (access.namespaces.length > 1 && !access.clusterBinding)
    return access.namespaces.flatMap((namespace) =>
      renderIn({
        ...access,
        namespaces: [],
        namespace,
        bindingNamespace: namespace,
        subjectNamespace: access.subjectNamespace ?? namespace,
      }),
    );
  return renderIn(access);
}

/** Rules by API group; single objects where they are named. */
function rulesOf(access: Access): DraftObject[] {
  const several = access.grants.length > 1 && new Set(access.grants.map((g) => JSON.stringify(g.verbs))).size > 1;
  const verbs = access.verbs.length === 0 ? ['get', 'list', 'watch'] : access.verbs;
  const grants: readonly Grant[] = several ? access.grants : [{ verbs, resources: access.resources }];
  return grants.flatMap(({ verbs: allowed, resources, names: own = [] }) => {
    const byGroup = new Map<string, string[]>();
    for (const r of resources) byGroup.set(group(r), [...(byGroup.get(group(r)) ?? []), r]);
    return [...byGroup].map(([apiGroup, all]): DraftObject => ({
      apiGroups: [apiGroup],
      resources: all,
      ...(several && own.length > 0 ? { resourceNames: [...own] } : {}),
      ...(access.names.length === 0 || several ? {} : { resourceNames: [...new Set(access.names)] }),
      verbs: [...allowed],
    }));
  });
}

function renderIn(access: Access): K8sObject[] {
  const { subjects, namespace } = access;
  const cluster =
    access.clusterRole ||
    (access.resources.some((r) => /^(?:nodes|namespaces|persistentvolumes|storageclasses|clusterroles)$/.test(r)) &&
      access.resources.length > 0);
  const base =
    access.roleName ??
    (subjects[0] === undefined ? `${access.resources[0] ?? 'app'}-reader` : `${dnsName(subjects[0].name)}-role`);
  const roleName = access.existingRole ?? base;
  const objects: K8sObject[] = [];
  const where = namespace ?? 'default';
  if (access.existingRole === undefined && access.resources.length + access.urls.length > 0) {
    const rules = [...rulesOf(access), ...access.urls];
    objects.push(object(cluster ? 'ClusterRole' : 'Role', roleName, where, { rules }));
  }
  if (subjects.length > 0) {
    const kind =
      access.clusterBinding || (cluster && access.bindingName === undefined && namespace === undefined)
        ? 'ClusterRoleBinding'
        : 'RoleBinding';
    const bound = access.bindingNamespace ?? where;
    const roleKind = access.existingRole !== undefined || cluster ? 'ClusterRole' : 'Role';
    const bindingName =
      access.bindingName ??
      (/role$/.test(roleName)
        ? `${roleName}-binding`
        : access.existingRole === undefined
          ? `${roleName}-binding`
          : `${dnsName(subjects[0]?.name ?? 'subject')}-${roleName}`);
    objects.push(
      object(kind, bindingName, bound, {
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: roleKind, name: roleName },
        subjects: subjects.map((s) =>
          s.kind === 'ServiceAccount'
            ? { kind: s.kind, name: s.name, namespace: access.subjectNamespace ?? where }
            : { kind: s.kind, name: s.name, apiGroup: 'rbac.authorization.k8s.io' },
        ),
      }),
    );
  }
  return objects;
}
