/** Changes to what runs already: scaling, new images, switched traffic, bigger volumes, deletion. Programs with fixed arguments, never shell texts. */
import { SIZE, sizeOf } from '../grammar/quantities.ts';
import type { TaskDraft } from '../plan.ts';
import type { Passage } from '../text.ts';
import { readPairs, Said } from './attributes.ts';
import { readEdits } from './edits.ts';
import { findImages } from './images.ts';
import { fullKind } from './kinds.ts';
import type { K8sObject } from './model.ts';
import { isNameWord } from './names.ts';
import { object } from './render.ts';
import { kubectl } from './kubectl.ts';
import { awaits, ID, idOf, subject, where, type Build, type Operation } from './operation.ts';
import { scale } from './replicas.ts';
import { ofNodes } from './nodes.ts';
import { readNarrated } from './narrated.ts';

export interface Operations {
  readonly tasks: TaskDraft[];
  /** Objects to apply: partial ones that server-side apply merges. */
  readonly objects: K8sObject[];
  /** Objects to delete. */
  readonly deletions: K8sObject[];
  readonly spans: readonly (readonly [number, number])[];
  readonly assumptions: readonly string[];
  readonly questions: readonly string[];
  readonly destructive: boolean;
}

const KIND = String.raw`(deployments?|stateful ?sets?|daemon ?sets?|replica ?sets?|pods?|services?|config ?maps?|secrets?|cron ?jobs?|jobs?|ingress(?:es)?|pvcs?|persistent ?volume ?claims?|namespaces?|hpas?|network ?polic(?:y|ies))`;

export function readOperations(all: readonly Passage[], namespaceOf: (p: Passage) => string | undefined): Operations {
  const out: Build = {
    tasks: [],
    objects: [],
    deletions: [],
    spans: [],
    assumptions: [],
    questions: [],
    destructive: false,
  };
  const whole = all.map((p) => p.text).join('; ');
  const story = readNarrated(all, namespaceOf);
  if (story !== undefined) {
    out.tasks.push(...story.tasks);
    out.objects.push(...story.objects);
    out.assumptions.push(...story.assumptions);
    out.spans.push(...story.spans.map(([from, to]): [number, number] => [from, to]));
  }
  const rest = all.filter((s) => !out.spans.some(([from]) => from === s.at));
  for (const s of all) if (!rest.includes(s)) s.ledger.use(s.at, s.at + s.text.length);
  for (const sentence of rest) {
    const namespace = namespaceOf(sentence);
    const done = OPERATIONS.some((operation) => operation(sentence, namespace, out, whole));
    if (!done) continue;
    out.spans.push([sentence.at, sentence.at + sentence.text.length]);
    sentence.ledger.use(sentence.at, sentence.at + sentence.text.length);
  }
  return out;
}

/** "delete x, then create y": the deletion is a sentence of its own. */
export const apart = (sentence: Passage): Passage[] =>
  /\b(?:delete|remove|destroy|tear down|drop)\b|^\s*(?:please )?(?:upgrade|update|scale|label|cordon|drain|taint|restart)\b.*\b(?:then|afterwards|after that)\b/i.test(
    sentence.text,
  )
    ? sentence.split(
        /,?\s*(?:\band\s+)?\b(?:then|afterwards|after that)\b,?\s*|,?\s+\band\s+(?=(?:re-?)?(?:create|run|deploy|start|launch|make|replace|scale|label|annotate|restart|set|update|change)\b)/,
      )
    : [sentence];

/** The name of the object of a kind: what follows the kind, else what stands before it. */
function nameOf(text: string, kind: string): string | undefined {
  const all = [
    ...text.matchAll(new RegExp(`\\b${kind}\\s+(?:named |called )?${ID}`, 'gi')),
    ...text.matchAll(new RegExp(`${ID}\\s+${kind}\\b`, 'gi')),
  ];
  return all.map((m) => m[1] ?? '').find((n) => n !== '' && isNameWord(n));
}

function rollingUpdate(surge: string, away: string): object {
  const num = (s: string): string | number => (s.endsWith('%') ? s : Number(s));
  return {
    spec: {
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: num(surge), maxUnavailable: num(away) } },
    },
  };
}

const roll: Operation = (sentence, namespace, out, whole) => {
  const { text } = sentence;
  if (
    !/\b(?:update|upgrade|roll(?: out)?|change|bump|set|switch|move)\b[^.;]*\b(?:image|to|version|tag)\b|\b(?:should|must|shall|is to|has to)\b[^.;]*\b(?:from now on|instead of|no longer)\b/i.test(
      text,
    ) ||
    /\btraffic\b|\bservice\b|\bcanary\b|\bcreate\b/i.test(text)
  )
    return false;
  const image = findImages(text).at(-1)?.image;
  const about = subject(text, /\b(?:update|upgrade|roll(?: out)?|change|bump|set|move)/i);
  if (image === undefined || about === undefined || about.name === image) return false;
  const container = new RegExp(`\\bcontainer\\s+(?:named |called )?${ID}`, 'i').exec(text)?.[1] ?? '*';
  const id = idOf(about.name);
  out.tasks.push(
    kubectl(`update_${id}`, `Roll ${about.name} to ${image}.`, [
      'set',
      'image',
      `${about.kind}/${about.name}`,
      `${container}=${image}`,
      ...where(namespace),
    ]),
  );
  const surge = /max ?surge\s*(?:of|=|:)?\s*(\d+%?)/i.exec(whole)?.[1];
  const away =
    /max ?unavailable\s*(?:of|=|:)?\s*(\d+%?)/i.exec(whole)?.[1] ??
    (/(?:zero|no|without)[ -]down ?time|without interruption/i.test(whole) ? '0' : undefined);
  if (surge !== undefined || away !== undefined) {
    const patch = rollingUpdate(surge ?? '1', away ?? '0');
    out.tasks.unshift(
      kubectl(`strategy_${id}`, `${about.name} keeps serving while it is updated.`, [
        'patch',
        `${about.kind}/${about.name}`,
        ...where(namespace),
        '--type',
        'merge',
        '--patch',
        JSON.stringify(patch),
      ]),
    );
    out.tasks[1] = { ...(out.tasks[1] as TaskDraft), dependsOn: [`strategy_${id}`] };
  }
  out.tasks.push(awaits(about, namespace, `update_${id}`));
  out.assumptions.push(`${about.name} exists in ${namespace ?? 'the current namespace'}.`);
  return true;
};

const switchTraffic: Operation = (sentence, namespace, out, whole) => {
  const { text } = sentence;
  if (
    !/\b(?:switch|shift|move|route|point|cut|redirect|send|flip)\b[^.;]*(?:\btraffic\b|\bservice\b)/i.test(text) ||
    /\b\d+ ?%|weight/i.test(text)
  )
    return false;
  const name = nameOf(text, 'service');
  const to =
    /\bto\s+(?:the\s+)?["'`]?([a-z0-9][a-z0-9.-]*[a-z0-9]|v?\d[\w.]*)["'`]?(?:\s+(?:deployment|version|pods?|environment))?/i.exec(
      text.replace(/\bfrom\s+\S+/i, ''),
    )?.[1];
  if (name === undefined || to === undefined) return false;
  const pairs = readPairs(new Said([sentence]), String.raw`(?:labell?(?:s|ed)?|select(?:s|or|ing)?|to|with)`);
  const version = /(?:^|-)(blue|green|canary|stable|v\d[\w.-]*)$/i.exec(to)?.[1]?.toLowerCase() ?? to;
  const key = /\b(color|colour|track|tier|slot|release)\b/i.exec(whole)?.[1]?.toLowerCase() ?? 'version';
  const base = Object.keys(pairs).length > 0 ? pairs : { [key]: version };
  const patch = { spec: { selector: base } };
  out.tasks.push(
    kubectl(`switch_${idOf(name)}`, `Point service ${name} at ${version}.`, [
      'patch',
      'service',
      name,
      ...where(namespace),
      '--type',
      'merge',
      '--patch',
      JSON.stringify(patch),
    ]),
  );
  out.assumptions.push(
    `The pods of ${to} carry ${Object.entries(base)
      .map(([k, v]) => `${k}=${v}`)
      .join(', ')}.`,
  );
  return true;
};

/** "the service selects app=a but the pods carry app=b: repair the selector". */
const mendSelector: Operation = (sentence, namespace, out, whole) => {
  const { text } = sentence;
  if (
    !/\b(?:repair|fix|correct|change|update|adjust|mend)\b[^.;]*\bselector\b|\bselector\b[^.;]*\b(?:should|must)\b[^.;]*\b(?:be|match|select)/i.test(
      text,
    )
  )
    return false;
  const name = nameOf(whole, 'service');
  const labels = readPairs(
    new Said([sentence]),
    String.raw`(?:carry|carries|have|labell?ed|pods? (?:are|is)?|selector (?:to|should be|must be)|to)`,
  );
  if (name === undefined || Object.keys(labels).length === 0) return false;
  out.tasks.push(
    kubectl(
      `select_${idOf(name)}`,
      `Service ${name} selects ${Object.entries(labels)
        .map(([k, v]) => `${k}=${v}`)
        .join(', ')}.`,
      [
        'patch',
        'service',
        name,
        ...where(namespace),
        '--type',
        'merge',
        '--patch',
        JSON.stringify({ spec: { selector: labels } }),
      ],
    ),
  );
  return true;
};

const resizeClaim: Operation = (sentence, namespace, out) => {
  const { text } = sentence;
  if (
    !/\b(?:resize[sd]?|expand(?:s|ed)?|grow(?:s|n)?|increased?|enlarged?|extend(?:ed)?|bump(?:ed)?|raised?|lift(?:ed)?|bigger|larger|too small)\b/i.test(
      text,
    ) ||
    !/\b(?:pvcs?|claims?|persistent ?volume ?claims?|volume|storage)\b/i.test(text) ||
    !/\b(?:to|at least|up to|have|need)\s+(?:hold |be )?\d/i.test(text)
  )
    return false;
  const name = nameOf(text, '(?:pvc|(?:persistent ?)?volume ?claim|claim|persistentvolumeclaim)');
  const sizes = [...text.matchAll(new RegExp(SIZE, 'g'))];
  const size = sizes.at(-1);
  if (name === undefined || size?.[1] === undefined) return false;
  out.objects.push(
    object('PersistentVolumeClaim', name, namespace, {
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: sizeOf(size[1], size[2] ?? 'Gi') } } },
    }),
  );
  out.assumptions.push(
    `The storage class of ${name} allows expansion, and its access mode is ReadWriteOnce; a claim cannot be made smaller again.`,
  );
  return true;
};

const restart: Operation = (sentence, namespace, out) => {
  const { text } = sentence;
  const undo = /\b(?:roll ?back|undo|revert)\b|\broll\w*\b[^.;]*\bback to\b/i.test(text);
  if (!undo && !/^\s*(?:please |then |and )?(?:rolling )?restart\b/i.test(text)) return false;
  const about = subject(text, /\b(?:restart|roll ?back|roll|undo|revert)/i);
  if (about === undefined) return false;
  const revision = /\brevision\s+(\d+)/i.exec(text)?.[1];
  out.tasks.push(
    kubectl(
      `${undo ? 'rollback' : 'restart'}_${idOf(about.name)}`,
      `${undo ? 'Roll back' : 'Restart'} ${about.name}.`,
      [
        'rollout',
        undo ? 'undo' : 'restart',
        `${about.kind}/${about.name}`,
        ...where(namespace),
        ...(undo && revision !== undefined ? [`--to-revision=${revision}`] : []),
      ],
    ),
  );
  out.tasks.push(awaits(about, namespace, out.tasks.at(-1)?.task ?? ''));
  return true;
};

const remove: Operation = (sentence, namespace, out, whole) => {
  const { text } = sentence;
  const verb =
    /(?:^|\b(?:and|then|please|first|to|also)\s|[,:]\s*)\s*(?:permanently\s+)?(delete|remove|destroy|tear down|drop|purge|kill|get rid of)\s+(?:[\w-]+\s+){0,3}?/i.exec(
      text,
    );
  if (
    verb === null ||
    /\b(?:not|never|don't|without|after|deletes? itself|automatically|rbac|roles?|verbs?|permissions?|service ?account|lets?|allow\w*|capabilit\w+|storage ?class|reclaim\w*|on release|when released)\b/i.test(
      text,
    )
  )
    return false;
  // What a role may delete is not deleted.
  if (/\b(?:cluster ?)?roles?\b[^.]*\b(?:get|list|watch)\b/i.test(whole) && /^\s*(?:and|but)\b/i.test(text))
    return false;
  const rest = text.slice(verb.index);
  const found = new Map<string, K8sObject>();
  for (const pattern of [`\\b${KIND}\\s+(?:named |called )?${ID}`, `${ID}\\s+${KIND}\\b`]) {
    const before = pattern.startsWith('["');
    for (const m of rest.matchAll(new RegExp(pattern, 'gi'))) {
      const [word, name] = before ? [m[2], m[1]] : [m[1], m[2]];
      const kind = fullKind(word ?? '');
      if (name === undefined || kind === undefined || !isNameWord(name)) continue;
      if (kind === 'Namespace' && /\b(?:in|from|of)\s+(?:the\s+)?$/i.test(rest.slice(0, m.index))) continue;
      found.set(`${kind}/${name}`, object(kind, name, namespace, {}));
    }
  }
  out.destructive = true;
  if (found.size === 0)
    out.questions.push(
      'What exactly is to be deleted, in which cluster and namespace? Name each object; nothing is deleted on a guess.',
    );
  out.deletions.push(...found.values());
  return true;
};

/** Variables, labels and annotations of what is there. */
const edit: Operation = (sentence, namespace, out) => {
  const edits = readEdits(sentence, namespace);
  if (edits === undefined) return false;
  out.tasks.push(...edits.tasks);
  out.assumptions.push(edits.assumption);
  return true;
};

const OPERATIONS: readonly Operation[] = [
  mendSelector,
  ofNodes,
  edit,
  resizeClaim,
  scale,
  switchTraffic,
  roll,
  restart,
  remove,
];
