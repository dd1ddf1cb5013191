/** Values of a manifest in the types and the spelling that the API takes. */
import type { Draft, DraftObject } from '../model.ts';
import { argv } from '../program.ts';
import { models } from '../schema.ts';
import { isMap, wordOf } from './shape.ts';

/** Words that are written in one way only, whatever the field. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  type: ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName', 'RollingUpdate', 'Recreate', 'OnDelete', 'Utilization', 'AverageValue', 'Value', 'Resource', 'Pods', 'External', 'Container', 'Pod', 'PersistentVolumeClaim', 'RuntimeDefault', 'Unconfined', 'Localhost', 'DirectoryOrCreate', 'Directory', 'FileOrCreate', 'File', 'Socket', 'Opaque', 'Percent'],
  protocol: ['TCP', 'UDP', 'SCTP'],
  scheme: ['HTTP', 'HTTPS'],
  restartPolicy: ['Always', 'OnFailure', 'Never'],
  imagePullPolicy: ['Always', 'IfNotPresent', 'Never'],
  concurrencyPolicy: ['Allow', 'Forbid', 'Replace'],
  pathType: ['Prefix', 'Exact', 'ImplementationSpecific'],
  effect: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'],
  operator: ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt', 'Equal'],
  whenUnsatisfiable: ['DoNotSchedule', 'ScheduleAnyway'],
  accessModes: ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod'],
  policyTypes: ['Ingress', 'Egress'],
  persistentVolumeReclaimPolicy: ['Retain', 'Delete', 'Recycle'],
  reclaimPolicy: ['Retain', 'Delete'],
  volumeBindingMode: ['WaitForFirstConsumer', 'Immediate'],
  externalTrafficPolicy: ['Local', 'Cluster'],
  internalTrafficPolicy: ['Local', 'Cluster'],
  sessionAffinity: ['ClientIP', 'None'],
  podManagementPolicy: ['Parallel', 'OrderedReady'],
  dnsPolicy: ['Default', 'ClusterFirst', 'ClusterFirstWithHostNet', 'None'],
  medium: ['Memory'],
  completionMode: ['Indexed', 'NonIndexed'],
}; // prettier-ignore

const SHORT: Readonly<Record<string, string>> = {
  rwo: 'ReadWriteOnce',
  rox: 'ReadOnlyMany',
  rwx: 'ReadWriteMany',
  rwop: 'ReadWriteOncePod',
};

/** `loadbalancer` as `LoadBalancer`; what is no such word stays. */
export function spelled(field: string, value: string): string {
  if (field === 'accessModes' && SHORT[value.toLowerCase()] !== undefined) return SHORT[value.toLowerCase()] ?? value;
  const plain = value.toLowerCase().replace(/[\s_-]/g, '');
  return WORDS[field]?.find((w) => w.toLowerCase() === plain) ?? value;
}

/** `512mb` as `512Mi`, `0,5` as `500m`, `1GB` as `1Gi`. @param what the amount is of, such as memory */
export function amount(what: string, value: string): string {
  const [, number, unit = ''] = /^\s*(\d+(?:[.,]\d+)?)\s*([A-Za-z]*)\s*$/.exec(value) ?? [];
  if (number === undefined) return value;
  const plain = number.replace(',', '.');
  if (/cpu/.test(what)) {
    if (/^(?:m|millicores?|mcpu|mcores?|millicpu)$/i.test(unit)) return `${plain}m`;
    return unit === '' || /^(?:cores?|cpus?)$/i.test(unit) ? plain : value;
  }
  if (!/memory|storage|hugepages/.test(what)) return value;
  if (/^(?:[EPTGMK]i?|k|m|e\d*)?$/.test(unit)) return plain === number ? value.trim() : `${plain}${unit}`;
  const letter = /^([kmgtp])(?:i|b|ib|bytes?)?$/i.exec(unit)?.[1]?.toUpperCase();
  return letter === undefined ? value : `${plain}${letter}i`;
}

const QUANTITIES = /(?:^|\.)(?:limits|requests|capacity|hard|default|defaultRequest|max|min)$/;

/** A value of a type without a model of its own. @param path where it stands */
export function plainValue(value: Draft, type: string, field: string, path: string): Draft {
  switch (type) {
    case 'string':
      return typeof value === 'string'
        ? spelled(field, value)
        : isMap(value) || Array.isArray(value)
          ? value
          : wordOf(value);
    case 'number':
      return typeof value === 'string' && /^-?\d+$/.test(value.trim()) ? Number(value) : value;
    case 'boolean':
      return typeof value === 'string' && /^(?:true|yes|on|false|no|off)$/i.test(value)
        ? /^(?:true|yes|on)$/i.test(value)
        : value;
    case 'IntOrString':
      return typeof value === 'string' && /^\d+$/.test(value.trim()) ? Number(value) : value;
    case 'Array<string>':
      return words(value, field);
    case '{ [key: string]: string; }':
      return texts(value, path);
    default:
      return value;
  }
}

function words(value: Draft, field: string): Draft {
  if (typeof value === 'string') return field === 'command' || field === 'args' ? argv(value) : [spelled(field, value)];
  return Array.isArray(value)
    ? value.map((v) => (isMap(v) || Array.isArray(v) || v === null ? v : spelled(field, wordOf(v))))
    : value;
}

function texts(value: Draft, path: string): Draft {
  if (!isMap(value)) return value;
  // A selector of a Service is a plain map.
  const inner = isMap(value['matchLabels']) && Object.keys(value).length === 1 ? value['matchLabels'] : value;
  return Object.fromEntries(
    Object.entries(inner).map(([key, v]): [string, Draft | undefined] => [
      key,
      QUANTITIES.test(path) ? amount(key, wordOf(v)) : isMap(v) || Array.isArray(v) ? v : wordOf(v),
    ]),
  );
}

/** A list that was written as a map, a number or a word; an object that was written as its name. */
export function asModel(value: Draft, model: string): Draft {
  if (isMap(value) || value === null) return value;
  const fields = models[model] ?? {};
  if (typeof value === 'number') {
    if (fields['containerPort'] !== undefined) return { containerPort: value };
    if (fields['number'] !== undefined) return { number: value };
    return fields['port'] === undefined ? value : { port: value };
  }
  if (typeof value !== 'string') return value;
  if (fields['containerPort'] !== undefined && /^\d+$/.test(value)) return { containerPort: Number(value) };
  if (model === 'V1ServicePort' && /^\d+(?::\d+)?$/.test(value)) {
    const [port, target] = value.split(':').map(Number);
    return { port: port ?? 0, ...(target === undefined ? {} : { targetPort: target }) };
  }
  const pair = /^([A-Za-z_][\w.]*)=(.*)$/.exec(value);
  if (model === 'V1EnvVar' && pair !== null) return { name: pair[1] ?? '', value: pair[2] ?? '' };
  const key = ['name', 'secretName', 'claimName', 'path'].find((k) => fields[k] !== undefined);
  return key === undefined ? value : { [key]: value };
}

export function asList(value: Draft, model: string): Draft {
  if (Array.isArray(value)) return value.map((v) => asModel(v, model));
  if (isMap(value)) {
    const fields = models[model] ?? {};
    const own = Object.keys(value).some((k) => fields[k] !== undefined);
    if (own) return [value];
    if (model === 'V1EnvVar')
      return Object.entries(value).map(([name, v]): DraftObject => ({ name, value: wordOf(v) }));
    // A map of named things: each with its key as its name.
    return fields['name'] === undefined
      ? value
      : Object.entries(value).map(([name, v]): DraftObject => ({ name, ...(isMap(v) ? v : {}) }));
  }
  return value === null ? value : [asModel(value, model)];
}
