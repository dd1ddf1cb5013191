/** What "it", "that" and "them" stand for: a workload that uses the object which was spoken of before it. */
import { Said } from './attributes.ts';
import type { ClusterBuilder } from './builder.ts';
import { addMounts } from './fill.ts';
import type { DraftObject, Entity, Workload } from './model.ts';
import { isWorkload } from './entities.ts';
import { detailsOf } from './volumes.ts';

const IT = String.raw`(?:it|that|this|them|these|those|both|all of (?:it|them|those)|(?:the|that|this) (?:same )?(?:config ?map|secret|claim|pvc|volume|file|priority ?class|service ?account|(?:priority |runtime )?class))`;
const USES = new RegExp(
  String.raw`\b(?:us(?:es|ing)|with|runs? (?:as|under|with)|assign(?:ed)? to)\s+${IT}(?![\w-])|\bused by (?:an?|the)\b`,
  'i',
);
const MOUNTS = new RegExp(
  String.raw`\bmount(?:s|ed|ing)?\s+(?:only\s+|just\s+)?(?:${IT}|["'\x60]?([a-z0-9][a-z0-9.-]*)["'\x60]?)(?![\w-])(?:\s+(?:in)?to\s+[^;/]{0,60}?)?(?:(?:[^.;/]|\w\/\w|\.(?=\S)){0,70}?\b(?:at|to|under|into|on|in)\s+["'\x60]?(\/[\w./-]*\w))`,
  'i',
);
const ENV = new RegExp(
  String.raw`\b(?:gets?|reads?|receiv(?:es?|ing)|tak(?:es?|ing)|load(?:s|ing)?|inject(?:s|ed|ing)?|us(?:es|ing)|consum(?:es?|ing)|with|has)\s+(?:all\s+(?:of\s+)?)?(?:the\s+)?(?:${IT}|(?:its|their) (?:keys|values|entries))(?:[^.;,]{0,20}?)\s+as\s+(?:environment variables?|env(?:ironment)?(?: vars?)?)\b|\b(?:environment variables?|env(?: vars?)?)\s+(?:come |are |is )?(?:all )?from\s+${IT}`,
  'i',
);
const NAMED_ENV = new RegExp(
  String.raw`\b(?:reads?|reading|gets?|getting|us(?:es|ing)|receives?|with|expos(?:es|ing))\s+(?:${IT}|its keys|the keys)\s+as\s+((?:[A-Z][A-Z0-9_]+(?:\s*(?:,|and)\s*)*)+)`,
);

/** Joins workloads to the objects before them that their words only point at. */
export function resolvePronouns(builder: ClusterBuilder, entities: readonly Entity[]): void {
  for (const [index, entity] of entities.entries()) {
    const workload = builder.workloads.get(entity);
    if (workload === undefined) continue;
    const said = new Said([...entity.passages, ...leadIn(builder, entity, entities[index - 1])]);
    const before = entities.filter((e) => !isWorkload(e) && (e.id < entity.id || e.owners.includes(entity)));
    const last = (kinds: readonly string[]): Entity | undefined =>
      before.filter((e) => kinds.includes(e.kind?.kind ?? '') && e.name !== undefined).at(-1);
    useIt(workload, said, last);
    mountIt(builder, workload, said, last(['ConfigMap', 'Secret', 'PersistentVolumeClaim']));
    asEnvironment(builder, workload, said, last(['ConfigMap', 'Secret']));
  }
}

/** "mount it into an nginx deployment": the words between two things speak of both. */
function leadIn(builder: ClusterBuilder, entity: Entity, before: Entity | undefined): Said['passages'] {
  const from = before?.passages.at(-1)?.at;
  const to = entity.passages[0]?.at;
  const end = entity.passages.at(-1);
  return from === undefined || to === undefined || end === undefined || from > to
    ? []
    : [builder.text.slice(from - builder.text.at, end.at + end.text.length - builder.text.at)];
}

type Last = (kinds: readonly string[]) => Entity | undefined;

function useIt(workload: Workload, said: Said, last: Last): void {
  const { pod } = workload;
  const fields: readonly (readonly [string, string])[] = [
    ['PriorityClass', 'priorityClassName'],
    ['RuntimeClass', 'runtimeClassName'],
    ['ServiceAccount', 'serviceAccountName'],
  ];
  for (const [kind, field] of fields) {
    const name = last([kind])?.name;
    if (name !== undefined && pod[field] === undefined && said.take(USES) !== undefined) pod[field] = name;
  }
}

const SOURCES: Readonly<Record<string, (name: string) => DraftObject>> = {
  ConfigMap: (name) => ({ configMap: { name } }),
  Secret: (name) => ({ secret: { secretName: name } }),
  PersistentVolumeClaim: (name) => ({ persistentVolumeClaim: { claimName: name } }),
};

function mountIt(builder: ClusterBuilder, workload: Workload, said: Said, entity: Entity | undefined): void {
  const kind = entity?.kind?.kind ?? '';
  const name = entity?.name;
  const source = SOURCES[kind];
  if (name === undefined || source === undefined || JSON.stringify(workload.volumes).includes(`"${name}"`)) return;
  const match = said.take(MOUNTS);
  const path = match?.[2];
  const file = match?.[1] !== undefined && match[1] !== name && kind !== 'PersistentVolumeClaim' && entity?.said.includes(match[1]) === true && /\.\w+$/.test(match[1]) ? match[1] : undefined; // prettier-ignore
  if (path === undefined || (match?.[1] !== undefined && match[1] !== name && file === undefined)) return;
  const volume = name.replace(/\./g, '-').slice(0, 63);
  const { mount: plain } = detailsOf(said, match as RegExpExecArray, path);
  const mount = file === undefined || !path.endsWith(`/${file}`) ? plain : { ...plain, subPath: file };
  workload.claims = kind === 'PersistentVolumeClaim' ? [] : workload.claims;
  workload.volumes.push({ name: volume, ...source(name) });
  (kind === 'ConfigMap' ? builder.refs.configMaps : kind === 'Secret' ? builder.refs.secrets : builder.refs.claims).add(name); // prettier-ignore
  const container = workload.containers[0];
  if (container !== undefined)
    addMounts(container, [{ name: volume, mountPath: path, ...mount, ...(kind === 'PersistentVolumeClaim' ? {} : { readOnly: true }) }]); // prettier-ignore
}

function asEnvironment(builder: ClusterBuilder, workload: Workload, said: Said, entity: Entity | undefined): void {
  const container = workload.containers[0];
  const name = entity?.name;
  if (container === undefined || name === undefined) return;
  const secret = entity?.kind?.kind === 'Secret';
  const names = said.take(NAMED_ENV)?.[1]?.match(/[A-Z][A-Z0-9_]+/g);
  if (names !== undefined && names !== null) {
    const keys = keysOf(entity);
    const env = (container.fields['env'] ?? []) as DraftObject[];
    container.fields['env'] = [
      ...env,
      ...names.map((variable, i): DraftObject => ({
        name: variable,
        valueFrom: { [secret ? 'secretKeyRef' : 'configMapKeyRef']: { name, key: keys[i] ?? variable } },
      })),
    ];
  } else if (container.fields['envFrom'] === undefined && said.take(ENV) !== undefined)
    container.fields['envFrom'] = [{ [secret ? 'secretRef' : 'configMapRef']: { name } }];
  else return;
  (secret ? builder.refs.secrets : builder.refs.configMaps).add(name);
}

/** The keys that a ConfigMap or Secret is said to have, in their order. */
const keysOf = (entity: Entity | undefined): string[] =>
  (/\bkeys?\s+((?:["'`]?[A-Za-z_][\w.-]*["'`]?(?:\s*(?:,|and)\s*)?)+)/.exec(entity?.said ?? '')?.[1] ?? '')
    .split(/\s*(?:,|\band\b)\s*/)
    .map((k) => k.trim().replace(/["'`]/g, ''))
    .filter((k) => /^[A-Za-z_][\w.-]*$/.test(k));
