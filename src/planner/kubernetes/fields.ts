/**
 * Fields that a description calls by their own names, at any depth: "external traffic policy Local", "minReadySeconds: 10", "reclaim
 * policy Retain". The names and types are the API's own, so every field of every built-in kind can be asked for.
 */
import { DURATION, NUMBER, numberOf, secondsOf } from '../grammar/quantities.ts';
import { readPairs, type Said } from './attributes.ts';
import type { Draft, DraftObject } from './model.ts';
import { models } from './schema.ts';

/** What a field may say, for those that know only a few words. */
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  concurrencyPolicy: ['Allow', 'Forbid', 'Replace'],
  restartPolicy: ['Always', 'OnFailure', 'Never'],
  imagePullPolicy: ['Always', 'IfNotPresent', 'Never'],
  externalTrafficPolicy: ['Local', 'Cluster'],
  internalTrafficPolicy: ['Local', 'Cluster'],
  sessionAffinity: ['ClientIP', 'None'],
  dnsPolicy: ['Default', 'ClusterFirst', 'ClusterFirstWithHostNet', 'None'],
  reclaimPolicy: ['Retain', 'Delete', 'Recycle'],
  persistentVolumeReclaimPolicy: ['Retain', 'Delete', 'Recycle'],
  volumeBindingMode: ['WaitForFirstConsumer', 'Immediate'],
  volumeMode: ['Filesystem', 'Block'],
  podManagementPolicy: ['Parallel', 'OrderedReady'],
  completionMode: ['Indexed', 'NonIndexed'],
  podReplacementPolicy: ['Failed', 'TerminatingOrFailed'],
  ipFamilyPolicy: ['SingleStack', 'PreferDualStack', 'RequireDualStack'],
  terminationMessagePolicy: ['FallbackToLogsOnError', 'File'],
  preemptionPolicy: ['Never', 'PreemptLowerPriority'],
  unhealthyPodEvictionPolicy: ['AlwaysAllow', 'IfHealthyBudget'],
  procMount: ['Default', 'Unmasked'],
  trafficDistribution: ['PreferClose', 'PreferSameZone', 'PreferSameNode'],
};

/** Names of one word that mean nothing else in a description. */
const SINGLE: ReadonlySet<string> = new Set(['paused', 'suspend', 'parallelism', 'completions', 'subdomain', 'hostname', 'provisioner', 'immutable', 'stdin', 'tty', 'description']); // prettier-ignore

/** Fields that have grammars of their own, or that are never said by name. */
const ELSEWHERE: ReadonlySet<string> = new Set(['template', 'status', 'metadata', 'selector', 'containers', 'apiVersion', 'managedBy', 'hosts', 'nodeSelector', 'nodeName', 'matchLabels', 'clusterIPs', 'clusterIP', 'windowsOptions', 'storageClassName', 'stabilizationWindowSeconds', 'selectPolicy', 'backoffLimitPerIndex', 'affinity', 'serviceAccount', 'livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle', 'capabilities', 'command', 'args', 'runAsUser', 'runAsGroup', 'accessModes', 'persistentVolumeClaimRetentionPolicy', 'mountOptions', 'shortNames']); // prettier-ignore

interface Field {
  readonly path: readonly string[];
  readonly type: string;
  /** The name as people write it, without groups. */
  readonly words: string;
}

const known = new Map<string, readonly Field[]>();

function fieldsOf(model: string, depth = 3): readonly Field[] {
  const key = `${model}/${depth}`;
  const ready = known.get(key);
  if (ready !== undefined) return ready;
  const found: Field[] = [];
  for (const [name, declared] of Object.entries(models[model] ?? {})) {
    const type = declared.replace(/!$/, '');
    if (ELSEWHERE.has(name)) continue;
    if (models[type] !== undefined) {
      if (ELSEWHERE.has(name)) continue;
      if (depth > 0 && !/Source$/.test(type))
        found.push(...fieldsOf(type, depth - 1).map((f) => ({ ...f, path: [name, ...f.path] })));
    } else {
      const words = wordsOf(name);
      if (words !== undefined) found.push({ path: [name], type, words });
    }
  }
  known.set(key, found);
  return found;
}

/** `progressDeadlineSeconds` as "progress deadline seconds", "progress-deadline", in any case; nothing for what is too common a word. */
function wordsOf(name: string): string | undefined {
  const parts = name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(' ');
  if (parts.length === 1) return SINGLE.has(name) ? (name === 'suspend' ? 'suspend(?:ed)?' : name) : undefined;
  const optional = /^(?:seconds|name)$/.test(parts.at(-1) ?? '') && parts.length > 2;
  const shown = optional ? parts.slice(0, -1) : parts;
  const start = name === 'persistentVolumeReclaimPolicy' ? 'reclaim[ _-]?policy' : shown.join('[ _-]?'); // prettier-ignore
  return `${start}${optional ? `(?:[ _-]?${parts.at(-1) ?? ''})?` : ''}`;
}

const IS = String.raw`["'\x60]?\s*(?:(?:(?:of|is|are|to|set to|should be|must be|at|as|called|named)\b|=|:)\s*)?`;
const WORD = String.raw`["'\x60]?([A-Za-z0-9/][\w./:-]*\w|[A-Za-z0-9])["'\x60]?`;
const NO_VALUE =
  /^(?:and|or|the|a|an|with|for|in|on|of|to|that|which|it|its|is|are|must|should|from|at|by|not|no|too|tokens?)$/i;

/** Everything of a model that the words name, set in `into`; what is there already stays unless `override`. */
export function fillFields(into: DraftObject, model: string, said: Said, override = false): void {
  // Most fields are never spoken of: a look for the first word spares compiling a pattern for each.
  const lower = said.text.toLowerCase();
  for (const field of fieldsOf(model)) {
    if (!lower.includes(/^(?:\(\?:)?[a-z]+/.exec(field.words)?.[0].replace('(?:', '') ?? '')) continue;
    if (!said.has(new RegExp(`(?<![\\w.])${field.words}`, 'i'))) continue;
    const value = valueOf(field, said);
    if (value !== undefined) put(into, field.path, value, override);
  }
}

function put(into: DraftObject, path: readonly string[], value: Draft, override: boolean): void {
  let at = into;
  for (const key of path.slice(0, -1)) {
    const next = at[key];
    at = at[key] = typeof next === 'object' && next !== null && !Array.isArray(next) ? { ...next } : {};
  }
  const last = path.at(-1) ?? '';
  if (override || at[last] === undefined) at[last] = value;
}

function valueOf({ path, type, words }: Field, said: Said): Draft | undefined {
  const name = path.at(-1) ?? '';
  const lead = `(?<![\\w.])${words}`;
  if (CHOICES[name] !== undefined) return choice(CHOICES[name], lead, words, said);
  switch (type) {
    case 'boolean':
      return flag(lead, said);
    case 'number':
    case 'IntOrString': {
      if (/seconds/i.test(words)) {
        const time = said.take(new RegExp(`${lead}${IS}${DURATION}`, 'i'));
        if (time?.[1] !== undefined) return secondsOf(time[1], time[2] ?? 's');
      }
      const match = said.take(new RegExp(`${lead}${IS}(${NUMBER}|zero|none)(\\s?%)?`, 'i'));
      if (match?.[1] === undefined) return undefined;
      return match[2] !== undefined && type === 'IntOrString' ? `${numberOf(match[1])}%` : numberOf(match[1]);
    }
    case 'string': {
      if (name === 'description') return said.take(new RegExp(`${lead}${IS}(?:"([^"]+)"|'([^']+)')`, 'i'))?.[1];
      const match = said.take(new RegExp(`${lead}${IS}${WORD}`, 'i'))?.[1];
      return match === undefined || NO_VALUE.test(match) ? undefined : match;
    }
    case 'Array<string>': {
      const match = said.take(new RegExp(`${lead}${IS}((?:${WORD.replace(/\((?!\?)/g, '(?:')}(?:\\s*(?:,|and|,\\s*and)\\s+(?=\\S*[/.:\\d]))?)+)`, 'i'))?.[1]; // prettier-ignore
      const all = (match ?? '').split(/\s*(?:,|\band\b)\s*/).filter((v) => v !== '' && !NO_VALUE.test(v));
      return all.length === 0 ? undefined : all;
    }
    case '{ [key: string]: string; }': {
      const pairs = readPairs(said, words);
      return Object.keys(pairs).length === 0 ? undefined : pairs;
    }
    default:
      return undefined;
  }
}

/** "reclaim policy retain", "Retain reclaim policy", "binding mode wait for first consumer". */
function choice(choices: readonly string[], lead: string, words: string, said: Said): string | undefined {
  for (const one of [...choices].sort((a, b) => b.length - a.length)) {
    const spoken = one.replace(/([a-z])([A-Z])/g, '$1 $2').split(' ').join('[ _-]?'); // prettier-ignore
    if (said.take(new RegExp(`${lead}${IS}["'\`]?${spoken}\\b|\\b${spoken}\\b["'\`]?\\s+${words}`, 'i')) !== undefined)
      return one;
  }
  return undefined;
}

/** "tty", "publishNotReadyAddresses: true", "do not automount the service account token", "enable service links off". */
function flag(lead: string, said: Said): boolean | undefined {
  const match = said.take(
    new RegExp(
      `(\\b(?:no|not|never|without|disable[sd]?|don't|doesn't)\\s+(?:be\\s+|the\\s+|an?\\s+)?)?${lead}(?:${IS}(true|false|yes|no|on|off|enabled|disabled)\\b)?`,
      'i',
    ),
  );
  if (match === undefined) return undefined;
  return match[1] === undefined && !/^(?:false|no|off|disabled)$/i.test(match[2] ?? '');
}
