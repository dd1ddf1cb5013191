/** How much a namespace and what runs in it may use: quotas and limit ranges. */
import { NUMBER, SIZE, numberOf, sizeOf } from '../grammar/quantities.ts';
import { readResources } from './amounts.ts';
import { Said } from './attributes.ts';
import type { Reader } from './companions.ts';
import type { DraftObject } from './model.ts';
import { object } from './render.ts';

/** Amounts of clauses that each say whether they are requests or limits, before or after. */
function mergedAmounts(clauses: readonly Said['passages'][number][]): {
  requests: Record<string, string>;
  limits: Record<string, string>;
} {
  const all = { requests: {} as Record<string, string>, limits: {} as Record<string, string> };
  for (const clause of clauses) {
    const found = readResources(new Said([clause]));
    const request = /\brequest/i.test(clause.text);
    const limit = /\blimit/i.test(clause.text);
    const one = { ...found.requests, ...found.limits };
    if (request && !limit) Object.assign(all.requests, one);
    else if (limit && !request) Object.assign(all.limits, one);
    else {
      Object.assign(all.requests, found.requests);
      Object.assign(all.limits, found.limits);
    }
  }
  return all;
}

/** How many objects there may be. */
function countsIn(said: Said, hard: DraftObject): void {
  const countable =
    'pods?|services?|config ?maps?|secrets?|persistent ?volume ?claims?|pvcs?|deployments?|jobs?|load ?balancers?|node ?ports?';
  for (const m of said.takeAll(
    /\b(?:no|zero|without(?: any)?)\s+(load ?balancers?|node ?ports?|pods?|services?|persistent volume claims?)\b/gi,
  )) {
    const word = (m[1] ?? '').toLowerCase().replace(/\s/g, '').replace(/s?$/, 's');
    hard[/^(?:load|node)/.test(word) ? `services.${word}` : word] = '0';
  }
  for (const m of said.takeAll(
    new RegExp(
      `\\b(${NUMBER})\\s+(?:running\\s+|new\\s+|services? of type\\s+)?(${countable})\\b|\\b(${countable})\\s*(?:to|=|:|of|limited to|at most|max(?:imum)?)*\\s*(\\d+)\\b`,
      'gi',
    ),
  )) {
    const word = (m[2] ?? m[3] ?? '')
      .toLowerCase()
      .replace(/\s/g, '')
      .replace(/^pvcs?$/, 'persistentvolumeclaims')
      .replace(/s?$/, 's');
    const key =
      word === 'loadbalancers'
        ? 'services.loadbalancers'
        : word === 'nodeports'
          ? 'services.nodeports'
          : word === 'deployments'
            ? 'count/deployments.apps'
            : word === 'jobs'
              ? 'count/jobs.batch'
              : word;
    hard[key] = String(numberOf(m[1] ?? m[4] ?? '1'));
  }
  for (const m of said.takeAll(
    /\b((?:requests|limits|count|services)[./][a-z][\w./-]*[a-z])\s*(?:=|:|of|to|is|at|limited to)?\s*["'`]?(\d+(?:\.\d+)?(?:[KMGT]i?|m)?)\b/gi,
  ))
    hard[m[1] ?? ''] = m[2] ?? '0';
  for (const m of said.takeAll(
    /\b(load ?balancers?|node ?ports?)(?: services?)?\s*:?\s*(?:are |is )?(?:none|zero|0|no\b|not allowed|forbidden)(?: allowed)?/gi,
  ))
    hard[`services.${(m[1] ?? '').toLowerCase().replace(/\s/g, '').replace(/s?$/, 's')}`] = '0';
}

export const quota: Reader = (entity, said, context) => {
  const hard: DraftObject = {};
  // "4 cpu and 8Gi memory requested": the word may come last.
  const last = said.passages.flatMap((p) =>
    p.split(
      /,\s*(?:and\s+)?(?=limit|request|not|no |at most|\d+ (?:pods|services|pvc|persistent|config|secret)|\d+(?:\.\d+)?\s?(?:[a-z]+\s+)?(?:of\s+)?(?:memory\s+|cpu\s+)?(?:as\s+|in\s+)?(?:limit|request))/,
    ),
  );
  const amounts = mergedAmounts(last);
  if (
    Object.keys(amounts.requests).length > 0 &&
    said.take(/\b(?:twice|double)\b[^.;,]{0,24}\blimits?\b|\blimits?\b[^.;,]{0,24}\b(?:twice|double)\b[^.;,]*/i)
  )
    // prettier-ignore
    for (const [key, value] of Object.entries(amounts.requests))
      amounts.limits[key] = value.replace(/^\d+(?:\.\d+)?/, (n) => String(Number(n) * 2));
  const both = !/\brequests?\b|\blimits?\b/i.test(said.text);
  for (const [key, value] of Object.entries(amounts.requests))
    hard[both && key === 'cpu' ? 'requests.cpu' : `requests.${key}`] = value;
  for (const [key, value] of Object.entries(amounts.limits)) hard[`limits.${key}`] = value;
  countsIn(said, hard);
  const gpus = said.take(/\b(\d+)\s+(?:nvidia\s+)?gpus?\b/i)?.[1];
  if (gpus !== undefined) hard['requests.nvidia.com/gpu'] ??= gpus;
  const storage = said.take(
    new RegExp(
      `${SIZE}\\s*(?:of\\s+)?(?:requested\\s+|persistent\\s+|total\\s+)*(?:storage|disk)|(?:requests?\\.storage|storage requests?|requested storage|storage)\\s*(?:of|to|at|is|=|:|limited to|at most)*\\s*${SIZE}`,
      'i',
    ),
  );
  const amount = storage?.[1] ?? storage?.[3];
  if (amount !== undefined) hard['requests.storage'] = sizeOf(amount, storage?.[2] ?? storage?.[4] ?? 'Gi');
  return object('ResourceQuota', entity.name ?? 'quota', context.namespace, { spec: { hard } });
};

/** "200m cpu and 256Mi as request and 500m/512Mi as limit": what the amounts are stands behind them. */
function limitsAfter(said: Said): DraftObject | undefined {
  const match = said.take(
    /([^.;]*?)\bas (?:the |a )?(?:default )?requests?\b([^.;]*?)\bas (?:the |a )?(?:default )?limits?\b/i,
  );
  if (match === undefined) return undefined;
  const amounts = (text = ''): Record<string, string> =>
    Object.fromEntries(
      [...text.matchAll(/(?<![\w.])(\d+(?:\.\d+)?)\s?(m\b|[KMGT]i?B?\b|cpus?\b|cores?\b)/gi)].map((m) =>
        /^(?:m|c)/.test(m[2] ?? '') && !/^M/.test(m[2] ?? '')
          ? ['cpu', `${m[1] ?? ''}${m[2] === 'm' ? 'm' : ''}`]
          : ['memory', sizeOf(m[1] ?? '1', m[2] ?? 'Mi')],
      ),
    );
  return { defaultRequest: amounts(match[1]), default: amounts(match[2]) };
}

/** "100m/128Mi requests and 500m/512Mi limits": CPU and memory with a stroke between them. */
function limitsByStroke(said: Said): DraftObject | undefined {
  const pair = String.raw`(\d+(?:\.\d+)?m?)\s*\/\s*(\d+(?:\.\d+)?[KMGT]i?)`;
  const of = (word: string): DraftObject | undefined => {
    const m = said.take(new RegExp(`${pair}\\s+(?:as\\s+|for\\s+)?(?:default\\s+)?${word}s?\\b|\\b(?:default\\s+)?${word}s?\\s*(?:of|:|=)?\\s*${pair}`, 'i')); // prettier-ignore
    const [cpu, memory] = [m?.[1] ?? m?.[3], m?.[2] ?? m?.[4]];
    return cpu === undefined || memory === undefined ? undefined : { cpu, memory };
  };
  const [requests, limits] = [of('request'), of('limit')];
  if (requests === undefined || limits === undefined) return undefined;
  return { defaultRequest: requests, default: limits };
}

/** Whose amounts a clause speaks of. */
const SUBJECTS: readonly (readonly [RegExp, string])[] = [
  [/\b(?:persistent ?volume ?claims?|pvcs?|claims?)\b/i, 'PersistentVolumeClaim'],
  [/\bpods?\b(?! ?quota)/i, 'Pod'],
  [/\bcontainers?\b/i, 'Container'],
];

/** Clauses by what they are about; one that names nobody goes on about the one before. */
function bySubject(said: Said): [string, string][] {
  const found: [string, string][] = [];
  let type = 'Container';
  for (const clause of said.text.split(
    /(?:[.;]\s+|,\s+(?:and\s+)?|\s+and\s+|\n)(?!\d)(?=(?:[\w-]+\s+){0,4}?(?:persistent ?volume ?claims?|pvcs?|claims?|pods?|containers?)\b)/i,
  )) {
    const named = SUBJECTS.filter(([word]) => word.test(clause)).map(([, name]) => name);
    type = named.includes('Container') ? 'Container' : (named[0] ?? type);
    const last = found.at(-1);
    if (last !== undefined && last[0] === type) last[1] = `${last[1]}; ${clause}`;
    else found.push([type, clause]);
  }
  return found;
}

/** Amounts in the order of the text, each under the word that leads to it: "default cpu limit 1, default request 500m, min 200m". */
export const limitRange: Reader = (entity, said, context) => {
  const name = entity.name ?? 'limits';
  const after = limitsByStroke(said) ?? limitsAfter(said);
  const limits: DraftObject[] =
    after !== undefined
      ? [{ type: 'Container', ...after }]
      : bySubject(said)
          .map(([type, text]) => oneLimit(type, text.replace(new RegExp(`\\b${name}\\b`, 'g'), ' ')))
          .filter((l) => Object.keys(l).length > 1);
  said.takeAll(AMOUNTS);
  return object('LimitRange', name, context.namespace, {
    spec: { limits: limits.length > 0 ? limits : [{ type: 'Container' }] },
  });
};

const AMOUNTS =
  /\b(default\s+(?:(?:cpu|memory|container)\s+)*requests?|requests?)\b|\b(max(?:imum)?|at most|no more than|up to|not exceed)\b|\b(min(?:imum)?|at least|no less than)\b|\b(defaults?|limits?)\b|\b(cpu|memory|mem|ram|storage)\b|(?<![\w.])(\d+(?:\.\d+)?)\s?([KMGT]i?B?|m)?\b(?!\s*%)|\b(between|from)\b/gi;

function oneLimit(type: string, text: string): DraftObject {
  const limit: DraftObject = { type };
  const only =
    /\bcpu\b/i.test(text) !== /\b(?:memory|mem|ram)\b/i.test(text)
      ? /\bcpu\b/i.test(text)
        ? 'cpu'
        : 'memory'
      : undefined;
  let mode = type === 'PersistentVolumeClaim' ? 'max' : 'default';
  let subject = type === 'PersistentVolumeClaim' ? 'storage' : (only ?? 'cpu');
  let between = false;
  for (const m of text.matchAll(AMOUNTS)) {
    if (m[1] !== undefined)
      mode =
        /default/i.test(m[1]) ||
        (mode !== 'max' && mode !== 'min') ||
        /^\s*(?:of|is|:|=)/.test(m.input.slice(m.index + m[0].length))
          ? 'defaultRequest'
          : mode;
    else if (m[2] !== undefined) mode = 'max';
    else if (m[3] !== undefined) mode = 'min';
    else if (m[4] !== undefined)
      mode = mode === 'max' || mode === 'min' ? (/default/i.test(m[4]) ? 'default' : mode) : 'default';
    else if (m[8] !== undefined) {
      between = /^[^.;]{0,40}\d[^.;]{0,14}\b(?:and|to)\b\s*\d/i.test(m.input.slice(m.index + m[0].length));
      if (between) mode = 'min';
    } else if (m[5] !== undefined)
      subject = /^cpu/i.test(m[5])
        ? 'cpu'
        : /^st/i.test(m[5])
          ? 'storage'
          : type === 'PersistentVolumeClaim'
            ? 'storage'
            : 'memory';
    else if (m[6] !== undefined) {
      const unit = m[7] ?? '';
      // What follows the amount may say what it is of: "2 cpu", "1Gi memory".
      const named = /^\s*(?:of\s+)?(cpus?|cores?|memory|mem|ram)\b/i.exec(m.input.slice(m.index + m[0].length))?.[1];
      const kind = kindOf(named, unit, subject);
      limit[mode] = {
        ...(limit[mode] as DraftObject | undefined),
        [kind]: unit === '' || unit === 'm' ? `${m[6]}${unit}` : sizeOf(m[6], unit),
      };
      if (between) {
        mode = mode === 'min' ? 'max' : 'default';
        between = mode === 'max';
      }
    }
  }
  return limit;
}

function kindOf(named: string | undefined, unit: string, subject: string): string {
  if (named !== undefined) return /^c/i.test(named) ? 'cpu' : 'memory';
  if (/^[KMGT]/i.test(unit) && unit !== 'm') return subject === 'cpu' ? 'memory' : subject;
  return unit === 'm' ? 'cpu' : subject;
}
