/** Fields of a manifest that are misspelt, in the wrong place or of the wrong type, put where the API has them. */
import { distance } from '../../grammar/spelling.ts';
import type { Draft, DraftObject } from '../model.ts';
import { models } from '../schema.ts';
import { drop, isMap, listOf, mapOf, wordOf, type Note } from './shape.ts';
import { asList, asModel, plainValue } from './values.ts';

interface Place {
  readonly value: DraftObject;
  readonly model: string;
  readonly path: string;
}

const modelOf = (declared: string | undefined): { item: string | undefined; plain: string } => {
  const plain = (declared ?? '').replace(/!$/, '');
  const item = /^Array<(.+)>$/.exec(plain)?.[1];
  return { item: item !== undefined && models[item] !== undefined ? item : undefined, plain };
};

/** Everything of an object in the shape of its model. @param note is told what was changed */
export function mendFields(object: DraftObject, model: string, note: Note): void {
  mendAt({ value: object, model, path: '' }, [], note);
}

function mendAt(place: Place, above: readonly Place[], note: Note): void {
  const { value, model, path } = place;
  special(place, note);
  const fields = models[model] ?? {};
  for (const [key, inner] of Object.entries(value)) {
    if (fields[key] !== undefined || inner === undefined) continue;
    const right = nearest(key, Object.keys(fields), value);
    if (right === undefined) continue;
    renameKey(value, key, right);
    note(`${join(path, key)} is written ${right}.`);
  }
  for (const [key, inner] of Object.entries(value)) {
    const at = join(path, key);
    if (inner === null || inner === undefined) {
      drop(value, key);
      continue;
    }
    if (fields[key] === undefined) {
      drop(value, key);
      adopt(key, inner, place, above, note);
      continue;
    }
    value[key] = mended(inner, fields[key], key, at, [...above, place], note);
  }
}

function mended(inner: Draft, declared: string, key: string, at: string, above: readonly Place[], note: Note): Draft {
  const { item, plain } = modelOf(declared);
  if (item !== undefined) {
    const list = asList(inner, item);
    if (Array.isArray(list))
      list.forEach((v, i) => {
        if (isMap(v)) mendAt({ value: v, model: item, path: `${at}[${i}]` }, above, note);
      });
    return told(inner, list, at, note);
  }
  if (models[plain] !== undefined) {
    const made = asModel(Array.isArray(inner) && inner.length === 1 && isMap(inner[0]) ? inner[0] : inner, plain);
    if (isMap(made)) mendAt({ value: made, model: plain, path: at }, above, note);
    return told(inner, made, at, note);
  }
  return told(inner, plainValue(inner, plain, key, at), at, note);
}

/** A change of type or spelling is told where the value is a small one. */
function told(before: Draft, after: Draft, at: string, note: Note): Draft {
  if (isMap(before) && isMap(after)) {
    for (const [key, v] of Object.entries(after))
      if (wordOf(before[key]) !== wordOf(v) && !isMap(v) && !Array.isArray(v) && before[key] !== undefined)
        note(`${join(at, key)} is ${wordOf(v)}.`);
    return after;
  }
  if (isMap(before) !== isMap(after) || Array.isArray(before) !== Array.isArray(after))
    note(`${at} is written as ${Array.isArray(after) ? 'a list' : 'an object'}.`);
  else if (!isMap(after) && !Array.isArray(after) && before !== after) note(`${at} is ${JSON.stringify(after)}.`);
  return after;
}

/** What has no place where it stands goes to the nearest place above that knows it, else to the one below. */
function adopt(key: string, inner: Draft, place: Place, above: readonly Place[], note: Note): void {
  const at = join(place.path, key);
  const root = above[0] ?? place;
  if (/^(?:name|namespace|labels|annotations)$/.test(key) && above.length === 0) {
    root.value['metadata'] = { ...mapOf(root.value['metadata']), [key]: inner };
    note(`${key} belongs under metadata.`);
    return;
  }
  for (const higher of [...above].reverse()) {
    const declared = models[higher.model]?.[key];
    if (declared === undefined || higher.value[key] !== undefined) continue;
    higher.value[key] = mended(inner, declared, key, join(higher.path, key), above.slice(0, above.indexOf(higher) + 1), note); // prettier-ignore
    note(`${at} belongs to ${higher.path === '' ? 'the object' : higher.path}.`);
    return;
  }
  const path = below(key, place.model, place.value, 4);
  if (path === undefined) {
    note(`${at} is no field of the API and was left out.`);
    return;
  }
  let into = place.value;
  let { model } = place;
  for (const step of path) {
    const { item, plain } = modelOf(models[model]?.[step]);
    model = item ?? plain;
    if (item === undefined) into = into[step] = mapOf(into[step]);
    else {
      const first = listOf(into[step])[0] ?? {};
      if (listOf(into[step]).length === 0) into[step] = [first];
      into = first;
    }
  }
  into[key] ??= mended(inner, models[model]?.[key] ?? '', key, join(path.join('.'), key), [], note);
  note(`${at} belongs to ${join(place.path, path.join('.'))}.`);
}

/** The way down to the first part that has such a field: through objects, and through the containers of a pod. */
function below(key: string, model: string, value: DraftObject, depth: number): string[] | undefined {
  let front: { model: string; path: string[]; value: DraftObject }[] = [{ model, path: [], value }];
  for (let i = 0; i < depth; i++) {
    const next: typeof front = [];
    for (const one of front)
      for (const [name, declared] of Object.entries(models[one.model] ?? {})) {
        const { item, plain } = modelOf(declared);
        const inner = item === undefined ? plain : name === 'containers' ? item : '';
        if (models[inner] === undefined || name === 'status' || (name === 'metadata' && key === 'name')) continue;
        if (models[inner][key] !== undefined && !/Source$/.test(inner)) return [...one.path, name];
        next.push({ model: inner, path: [...one.path, name], value: mapOf(one.value[name]) });
      }
    front = next;
  }
  return undefined;
}

/** The field that is meant by a word that is none: another case, a letter more or less, its end. */
export function nearest(key: string, fields: readonly string[], taken: DraftObject): string | undefined {
  const free = fields.filter((f) => taken[f] === undefined);
  const plain = key.toLowerCase().replace(/[_-]/g, '');
  const same = free.find((f) => f.toLowerCase() === plain);
  if (same !== undefined) return same;
  const plural = free.find((f) => f.toLowerCase() === `${plain}s` || `${f.toLowerCase()}s` === plain);
  if (plural !== undefined) return plural;
  const limit = plain.length > 7 ? 2 : plain.length > 3 ? 1 : 0;
  const near = free.filter((f) => distance(f.toLowerCase(), plain) <= limit);
  if (near.length === 1) return near[0];
  const ends = free.filter((f) => plain.length > 3 && new RegExp(`[a-z]${key.charAt(0).toUpperCase()}${key.slice(1)}$`).test(f)); // prettier-ignore
  return ends.length === 1 ? ends[0] : undefined;
}

/** What older versions and other tools write in another shape. */
function special({ value, model }: Place, note: Note): void {
  switch (model) {
    case 'V1LabelSelector': {
      const plain = Object.entries(value).filter(([k, v]) => !/^match/i.test(k) && typeof v === 'string');
      if (plain.length === 0) return;
      for (const [k] of plain) drop(value, k);
      value['matchLabels'] = { ...mapOf(value['matchLabels']), ...Object.fromEntries(plain) };
      note('The labels of the selector stand under matchLabels.');
      return;
    }
    case 'V1IngressBackend': {
      const { serviceName, servicePort } = value;
      if (serviceName === undefined) return;
      delete value['serviceName'];
      delete value['servicePort'];
      const number = Number(wordOf(servicePort));
      value['service'] = {
        name: serviceName,
        port: Number.isInteger(number) ? { number } : { name: wordOf(servicePort) },
      };
      note('The backend of the Ingress names its service as networking.k8s.io/v1 does.');
      return;
    }
    case 'V1Probe': {
      if (value['path'] === undefined) return;
      const { path, port, scheme } = value;
      for (const key of ['path', 'port', 'scheme']) drop(value, key);
      value['httpGet'] ??= { path, port, ...(scheme === undefined ? {} : { scheme }) };
      return;
    }
    case 'V1CronJobSpec':
      if (value['template'] !== undefined && value['jobTemplate'] === undefined) {
        value['jobTemplate'] = { spec: { template: value['template'] } };
        delete value['template'];
        note('The template of a CronJob stands under jobTemplate.spec.');
      }
      return;
    case 'V2HorizontalPodAutoscalerSpec': {
      const percent = value['targetCPUUtilizationPercentage'];
      if (percent === undefined) return;
      delete value['targetCPUUtilizationPercentage'];
      value['metrics'] ??= [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: percent } } },
      ];
      note('The CPU target is a metric, as autoscaling/v2 has it.');
      return;
    }
    case 'V2ResourceMetricSource': {
      const { targetAverageUtilization: percent, targetAverageValue: average } = value;
      if (percent === undefined && average === undefined) return;
      delete value['targetAverageUtilization'];
      delete value['targetAverageValue'];
      value['target'] ??= percent !== undefined ? { type: 'Utilization', averageUtilization: percent } : { type: 'AverageValue', averageValue: average }; // prettier-ignore
      return;
    }
    default:
  }
}

function renameKey(value: DraftObject, key: string, right: string): void {
  const entries = Object.entries(value).map(([k, v]): [string, Draft | undefined] => [k === key ? right : k, v]);
  for (const k of Object.keys(value)) drop(value, k);
  Object.assign(value, Object.fromEntries(entries));
}

const join = (path: string, key: string): string => (path === '' ? key : key === '' ? path : `${path}.${key}`);
