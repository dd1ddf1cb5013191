/** Changes that are told as a story: how things stand in one sentence, what is wanted in the next. "It runs 4 replicas. Cut that by half." */
import { NUMBER, SIZE, numberOf, sizeOf } from '../grammar/quantities.ts';
import type { TaskDraft } from '../plan.ts';
import type { Passage } from '../text.ts';
import { findImages } from './images.ts';
import { kubectl } from './kubectl.ts';
import type { K8sObject } from './model.ts';
import { dnsName, isNameWord } from './names.ts';
import { object } from './render.ts';
import { accessMode } from './volumes.ts';

export interface Narrated {
  readonly tasks: readonly TaskDraft[];
  readonly objects: readonly K8sObject[];
  readonly assumptions: readonly string[];
  readonly spans: readonly (readonly [number, number])[];
}

const ID = String.raw`["'\x60]?([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)["'\x60]?`;
const KIND = String.raw`(deployment|stateful ?set|replica ?set)`;
const where = (namespace: string | undefined): string[] => (namespace === undefined ? [] : ['--namespace', namespace]);
const idOf = (name: string): string => dnsName(name).replace(/[^a-z0-9]+/g, '_');
const spanOf = (s: Passage): readonly [number, number] => [s.at, s.at + s.text.length];

/** The workload that a text is about, by its kind and name. */
function workloadIn(text: string): { kind: string; name: string } | undefined {
  for (const m of [
    ...text.matchAll(new RegExp(`\\b${KIND}\\s+(?:named |called )?${ID}`, 'gi')),
    ...[...text.matchAll(new RegExp(`${ID}\\s+${KIND}\\b`, 'gi'))].map((b) => [b[0], b[2], b[1]] as const),
  ]) {
    const name = m[2] ?? '';
    if (isNameWord(name)) return { kind: (m[1] ?? 'deployment').toLowerCase().replace(/\s/g, ''), name };
  }
  return undefined;
}

type Where = (passage: Passage) => string | undefined;
type Story = (all: readonly Passage[], namespaceOf: Where) => Narrated | undefined;

const awaited = (id: string, ref: string, name: string, namespace: string | undefined, after: string): TaskDraft => ({
  ...kubectl(`await_${id}`, `Wait until ${name} is rolled out.`, [
    'rollout',
    'status',
    ref,
    ...where(namespace),
    '--timeout=5m',
  ]),
  dependsOn: [after],
});

const NOW = new RegExp(String.raw`\b(?:runs?|running|has|have|with|at|is (?:on|at)|are)\s+(?:currently\s+|now\s+|at present\s+|already\s+)?(${NUMBER})\s+(?:replicas?|pods|copies|instances)\b|\b(${NUMBER})\s+(?:replicas?|pods|copies|instances)\b[^.;]{0,30}\b(?:at the moment|now|currently|today|at present)\b`, 'i'); // prettier-ignore

/** How many there should be, from how many there are. */
function scaled(text: string, now: number): number | undefined {
  const down =
    /\b(?:cut|reduc\w*|lower\w*|shrink|decreas\w*|scale (?:it |them |that )?(?:down|in)|bring \w+ down|halve\w*)\b/i.test(
      text,
    );
  const up = /\b(?:doubl\w*|tripl\w*|increas\w*|rais\w*|grow|scale (?:it |them |that )?(?:up|out)|add)\b/i.test(text);
  if (!down && !up) return undefined;
  const percent = /\bby\s+(\d{1,3})\s?(?:%|percent)/i.exec(text)?.[1];
  const step = new RegExp(
    `\\bby\\s+(${NUMBER})\\b(?!\\s?(?:%|percent))|\\badd\\s+(${NUMBER})\\s+(?:more|replicas|pods)`,
    'i',
  ).exec(text);
  if (/\bhalve\w*|\b(?:by|in|to) (?:a )?half\b/i.test(text)) return Math.max(1, Math.floor(now / 2));
  if (/\bdoubl|\btwice\b/i.test(text)) return now * 2;
  if (/\btripl/i.test(text)) return now * 3;
  if (percent !== undefined)
    return Math.max(1, Math.round(now * (1 + ((up && !down ? 1 : -1) * Number(percent)) / 100)));
  const by = step?.[1] ?? step?.[2];
  return by === undefined ? undefined : Math.max(0, now + (up && !down ? numberOf(by) : -numberOf(by)));
}

/** "deployment web runs 4 replicas at the moment. Please cut that by 50 %." */
const rescale: Story = (all, namespaceOf) => {
  const told = all.find((s) => NOW.test(s.text) && workloadIn(s.text) !== undefined && findImages(s.text).length === 0);
  const about = told === undefined ? undefined : workloadIn(told.text);
  const match = told === undefined ? null : NOW.exec(told.text);
  if (told === undefined || about === undefined || match === null) return undefined;
  const now = numberOf(match[1] ?? match[2] ?? '1');
  const wish = all.find((s) => scaled(s === told ? s.text.slice(match.index) : s.text, now) !== undefined);
  const count = wish === undefined ? undefined : scaled(wish === told ? wish.text.slice(match.index) : wish.text, now);
  if (wish === undefined || count === undefined) return undefined;
  const namespace = namespaceOf(told);
  const id = idOf(about.name);
  const ref = `${about.kind}/${about.name}`;
  return {
    tasks: [
      kubectl(`scale_${id}`, `Scale ${about.name} to ${count} replicas.`, [
        'scale',
        ref,
        ...where(namespace),
        `--replicas=${count}`,
      ]),
      awaited(id, ref, about.name, namespace, `scale_${id}`),
    ],
    objects: [],
    assumptions: [`${about.name} has ${now} replicas now.`],
    spans: [...new Set([told, wish])].map(spanOf),
  };
};

/** "web-app in rollout-test: nginx:1.21 -> nginx:1.22. Keep its 4 replicas." */
const replaced: Story = (all, namespaceOf) => {
  for (const sentence of all) {
    const images = findImages(sentence.text);
    const [before, after] = images;
    if (images.length !== 2 || before === undefined || after === undefined) continue;
    const between = sentence.text.slice(before.end, after.start);
    if (!/^["'`]?\s*(?:->|=>|to)\s*["'`]?$/i.test(between) || before.image.replace(/:[^/:]*$/, '') !== after.image.replace(/:[^/:]*$/, '')) continue; // prettier-ignore
    const about = workloadIn(sentence.text) ?? named(sentence.text.slice(0, before.start));
    if (about === undefined) continue;
    const rest = all.filter((s) => s !== sentence && /\broll-?out\b|\brollout\b|\bkeep\b[^.;]*\breplicas\b|\bmaxSurge\b|\bmaxUnavailable\b|\bready pods\b|\bdown ?time\b/i.test(s.text)); // prettier-ignore
    const words = [sentence, ...rest].map((s) => s.text).join('; ');
    const namespace = namespaceOf(sentence);
    const id = idOf(about.name);
    const ref = `${about.kind}/${about.name}`;
    const limits = limitsOf(words);
    const tasks: TaskDraft[] = [];
    // Both at once: the new image comes in by the new rules.
    const patch = [
      { op: 'add', path: '/spec/strategy', value: { type: 'RollingUpdate', rollingUpdate: limits } },
      { op: 'replace', path: '/spec/template/spec/containers/0/image', value: after.image },
    ];
    tasks.push(
      limits === undefined
        ? kubectl(`update_${id}`, `Roll ${about.name} to ${after.image}.`, ['set', 'image', ref, `*=${after.image}`, ...where(namespace)]) // prettier-ignore
        : kubectl(`update_${id}`, `Roll ${about.name} to ${after.image} while it keeps serving.`, ['patch', ref, ...where(namespace), '--type', 'json', '--patch', JSON.stringify(patch)]), // prettier-ignore
    );
    tasks.push(awaited(id, ref, about.name, namespace, `update_${id}`));
    return {
      tasks,
      objects: [],
      assumptions: [`${about.name} runs ${before.image} now.`],
      spans: [sentence, ...rest].map(spanOf),
    };
  }
  return undefined;
};

/** "somebody typed nginxx instead of nginx in deployment landing (tag 1.27)" */
const misspelt: Story = (all, namespaceOf) => {
  const told = all.find((s) => /\binstead of\b/i.test(s.text) && workloadIn(s.text) !== undefined);
  const right =
    told === undefined
      ? undefined
      : /["'`]?[\w./:-]+["'`]?\s+instead of\s+["'`]?([a-z0-9][\w./:-]*\w)/i.exec(told.text)?.[1];
  const about = told === undefined ? undefined : workloadIn(told.text);
  if (told === undefined || right === undefined || about === undefined || !/\bimage|\bpull|\btyp/i.test(all.map((s) => s.text).join(' '))) return undefined; // prettier-ignore
  const tag = /\btag\s+["'`]?([\w.-]*\w)/i.exec(told.text)?.[1];
  const image = tag === undefined || right.includes(':') ? right : `${right}:${tag}`;
  const namespace = namespaceOf(told);
  const id = idOf(about.name);
  const ref = `${about.kind}/${about.name}`;
  return {
    tasks: [
      kubectl(`update_${id}`, `Roll ${about.name} to ${image}.`, [
        'set',
        'image',
        ref,
        `*=${image}`,
        ...where(namespace),
      ]),
      awaited(id, ref, about.name, namespace, `update_${id}`),
    ],
    objects: [],
    assumptions: [`${about.name} has one container.`],
    spans: all.map(spanOf),
  };
};

/** "web-app in shop:": the name that a sentence begins with. */
function named(text: string): { kind: string; name: string } | undefined {
  const name = new RegExp(
    `^\\s*(?:please\\s+)?(?:update\\s+|roll\\s+|upgrade\\s+|move\\s+)?(?:the\\s+)?${ID}(?=\\s|:|,|$)`,
    'i',
  ).exec(text)?.[1];
  return name !== undefined && isNameWord(name) ? { kind: 'deployment', name } : undefined;
}

/** "never fewer than four ready pods and at most one pod extra" of four replicas. */
function limitsOf(text: string): object | undefined {
  const value = (word: string): number | string => (word.includes('%') ? word : numberOf(word));
  const surge = new RegExp(`\\bmax ?surge\\s*(?:of|=|:)?\\s*(\\d+%|${NUMBER})`, 'i').exec(text)?.[1];
  const away = new RegExp(`\\bmax ?unavailable\\s*(?:of|=|:)?\\s*(\\d+%|${NUMBER}|zero)`, 'i').exec(text)?.[1];
  const least = new RegExp(`\\b(?:(?:never|not) (?:fewer|less) than|at least|always)\\s+(${NUMBER})\\s+(?:of (?:the |its )?(?:${NUMBER} )?)?(?:ready\\s+|running\\s+|available\\s+)?(?:pods|replicas|copies)`, 'i').exec(text)?.[1]; // prettier-ignore
  const count = new RegExp(`\\b(${NUMBER})\\s+replicas`, 'i').exec(text)?.[1];
  const none = /\b(?:zero|no|without)[ -]down ?time\b|\bwithout interruption\b/i.test(text);
  const unavailable =
    away !== undefined
      ? /^zero$/i.test(away) ? 0 : value(away)
      : least !== undefined
        ? Math.max(0, numberOf(count ?? least) - numberOf(least))
        : none ? 0 : undefined; // prettier-ignore
  if (surge === undefined && unavailable === undefined) return undefined;
  return { maxSurge: surge === undefined ? 1 : value(surge), maxUnavailable: unavailable ?? 0 };
}

const CLAIM = new RegExp(String.raw`\b(?:pvc|(?:persistent ?volume ?)?claim)\s+(?:named |called )?${ID}`, 'i');

/** "It uses the claim x, RWO, 10Gi. The volume is nearly full. Make it 15Gi." */
const grown: Story = (all, namespaceOf) => {
  const told = all.find((s) => CLAIM.test(s.text));
  const name = told === undefined ? undefined : CLAIM.exec(told.text)?.[1];
  if (told === undefined || name === undefined || !isNameWord(name)) return undefined;
  const wish = all.find((s) => new RegExp(`\\b(?:make|bring|take|grow|extend|increase|raise|enlarge|expand|resize|set|give|needs?|should (?:be|have|get)|must (?:be|have))\\b[^.;]*?${SIZE}`, 'i').test(s.text) && /\b(?:it|that|the (?:volume|claim|disk|pvc)|this)\b/i.test(s.text) && (s !== told || /[,;]\s*(?:please\s+)?(?:make|grow|bring|extend|increase|raise|enlarge|expand|resize)\b/i.test(s.text))); // prettier-ignore
  const size = wish === undefined ? undefined : [...wish.text.matchAll(new RegExp(SIZE, 'gi'))].at(-1);
  const whole = all.map((s) => s.text).join('; ');
  if (wish === undefined || size?.[1] === undefined || !/\bfull\b|\btoo small\b|\bout of (?:space|disk)\b|\brunning out\b|\bexpan\w+|\bresiz\w+|\bgrow\w*|\blarger\b|\bbigger\b|\bmore (?:space|room)\b/i.test(whole)) return undefined; // prettier-ignore
  const mode = /\b(read ?-?write ?-?once|read ?-?write ?-?many|read ?-?only ?-?many|RWO|RWX|ROX|RWOP)\b/i.exec(
    whole,
  )?.[1];
  const className = /\bclass(?:name)?\s+(?:named |called |is )?["'`]?([a-z0-9][a-z0-9-]*)/i.exec(whole)?.[1];
  const namespace = all.map(namespaceOf).find((n) => n !== undefined);
  return {
    tasks: [],
    objects: [
      object('PersistentVolumeClaim', name, namespace, {
        spec: {
          accessModes: [mode === undefined ? 'ReadWriteOnce' : accessMode(mode)],
          ...(className === undefined ? {} : { storageClassName: className }),
          resources: { requests: { storage: sizeOf(size[1], size[2] ?? 'Gi') } },
        },
      }),
    ],
    assumptions: [`The storage class of ${name} allows expansion; a claim cannot be made smaller again.`],
    spans: all.map(spanOf),
  };
};

/** @returns what a story asks for; nothing where the sentences are no story of a change */
export function readNarrated(all: readonly Passage[], namespaceOf: Where): Narrated | undefined {
  for (const story of [rescale, replaced, misspelt, grown]) {
    const found = story(all, namespaceOf);
    if (found !== undefined) return found;
  }
  return undefined;
}
