/** How a container shows that it is ready and alive. */
import { NUMBER, numberOf, secondsOf } from '../grammar/quantities.ts';
import type { Passage } from '../text.ts';
import { type Said } from './attributes.ts';
import { argv } from './program.ts';
import type { DraftObject } from './model.ts';

const PROBE_NAMES: Readonly<Record<string, string>> = {
  readiness: 'readinessProbe',
  ready: 'readinessProbe',
  liveness: 'livenessProbe',
  alive: 'livenessProbe',
  live: 'livenessProbe',
  startup: 'startupProbe',
};

/** Probes that are described: path, port, command and timing. */
export function readProbes(said: Said, defaultPort: number | undefined): DraftObject {
  const probes: DraftObject = {};
  for (const passage of said.passages) {
    const marks = [
      ...passage.text.matchAll(
        /\b(?:(?:an? )?(?:(?:tcp|grpc|https?|exec|command)[\s-]+(?:socket |get )?)?(readiness|liveness|startup)(?:\s*(?:,|and|\/|&)\s*(readiness|liveness|startup))?(?!-)\s*(?:probes?|checks?|commands?)?|health[- ]?checks?)\b/gi,
      ),
    ];
    marks.forEach((mark, index) => {
      const part = passage.slice(mark.index, marks[index + 1]?.index);
      passage.ledger.use(passage.at + mark.index, passage.at + mark.index + mark[0].length);
      const probe = oneProbe(
        part,
        defaultPort,
        (/\b(tcp|grpc|https?|exec|command)\b/i.exec(mark[0]) ??
          /\b(tcp|grpc|https?)\b[^.;,]{0,24}$/i.exec(
            passage.text.slice(
              marks[index - 1] === undefined ? 0 : (marks[index - 1]?.index ?? 0) + (marks[index - 1]?.[0].length ?? 0),
              mark.index,
            ),
          ))?.[1]?.toLowerCase(),
        pathOf(probes),
      );
      if (probe === undefined) return;
      const names =
        mark[1] === undefined ? ['readiness', 'liveness'] : [mark[1], mark[2]].filter((n) => n !== undefined);
      for (const name of names) probes[PROBE_NAMES[name.toLowerCase()] ?? 'readinessProbe'] ??= probe;
    });
  }
  startsWithin(probes, said);
  for (const [pattern, field] of WHEN) {
    const path = probes[field] === undefined ? said.take(pattern)?.[1] : undefined;
    if (path !== undefined) probes[field] = { httpGet: { path, port: defaultPort ?? 80 }, periodSeconds: 10 };
  }
  return probes;
}

const pathOf = (probes: DraftObject): string | undefined => {
  const all = Object.values(probes).map((p) => ((p as DraftObject)['httpGet'] as DraftObject | undefined)?.['path']);
  const last = all.filter((p) => typeof p === 'string').at(-1);
  return typeof last === 'string' ? last : undefined;
};

/** "needs up to five minutes to start": as many failures as that takes. */
function startsWithin(probes: DraftObject, said: Said): void {
  const probe = probes['startupProbe'] as DraftObject | undefined;
  if (probe === undefined || probe['failureThreshold'] !== undefined) return;
  const time = said.take(
    new RegExp(`\\b(?:up to|needs?|takes?|allow\\w*|within|for|at most|as long as)\\s+(?:it\\s+)?(?:up to\\s+|at most\\s+|about\\s+|as long as\\s+)?(${NUMBER})\\s?(minutes?|mins?|seconds?)(?=\\s+(?:to|for|before|until|at|of|in|start)|\\s*[,.;:)]|\\s*$)`, 'i'), // prettier-ignore
  );
  if (time?.[1] === undefined) return;
  const seconds = secondsOf(time[1], time[2] ?? 's');
  const period = typeof probe['periodSeconds'] === 'number' ? probe['periodSeconds'] : 10;
  if (seconds < 2 * period) return;
  probe['periodSeconds'] = period;
  probe['failureThreshold'] = Math.ceil(seconds / period);
}

/** "ready when GET /ready answers", "restarted when /live does not answer". */
const WHEN: readonly (readonly [RegExp, string])[] = [
  [
    /\b(?:ready|gets? traffic)\s+(?:only\s+)?(?:when|if|once|as soon as|after)\s+(?:GET\s+)?["'`]?(\/[\w./-]*)["'`]?\s+(?:answers?|responds?|returns?|is)\b[^.;,]*/i,
    'readinessProbe',
  ],
  [
    /\brestart(?:s|ed)?\s+(?:when|if|once|as soon as)\s+(?:GET\s+)?["'`]?(\/[\w./-]*)["'`]?\s+(?:does not|doesn't|no longer|stops?|fails?)\b[^.;,]*/i,
    'livenessProbe',
  ],
];

function oneProbe(
  part: Passage,
  defaultPort: number | undefined,
  how: string | undefined,
  same?: string,
): DraftObject | undefined {
  const timing = probeTiming(part);
  const exec =
    part.take(
      /\b(?:exec(?:utes|uting)?|commands?|running|runs|with|that)\s*:?\s*(?:"([^"]+)"|`([^`]+)`|'([^']+)'|((?:cat|ls|test|pg_isready|redis-cli|mysqladmin|curl|wget|sh|\/\S+)\s[^,;.]*[\w"]))/i,
    ) ?? part.take(/^[^"'`,;.]{0,40}(?:"([^"]+)"|`([^`]+)`)/);
  const command = exec?.[1] ?? exec?.[2] ?? exec?.[3] ?? exec?.[4];
  const told = /\b(?:command|exec\w*|runn?(?:s|ing)?|script)\b/i.test(exec?.[0] ?? '');
  if (command !== undefined && (told || (/[\s/]/.test(command) && !/^(?:GET )?\/[\w./-]*$/.test(command))))
    return { exec: { command: argv(command) }, ...timing };
  const again = same !== undefined && part.take(/\bsame (?:path|endpoint|url)\b/i) !== undefined;
  const path = again
    ? ['', same]
    : part.take(/(?:\bpath\s+|\bGET\s+|\bon\s+|\bat\s+|\s|:|["'`])(\/[\w./-]*[\w-]|\/)(?=[\s,;.):"'`]|$)/);
  const port = part.take(/(?:\bport\s*(?:=|:)?\s*|:|\bon\s+)(\d{2,5})\b/i)?.[1];
  const tcp = part.take(/\btcp(?: ?socket)?(?: check| probe)?(?: on)?(?: port)?\s*(\d{2,5})?/i);
  const grpc = part.take(/\bgrpc\b(?:[^,;.\d]{0,20}(\d{2,5}))?/i);
  const number = Number(port ?? tcp?.[1] ?? grpc?.[1] ?? defaultPort ?? 80);
  if (how === 'grpc' || grpc !== undefined) return { grpc: { port: number }, ...timing };
  if (how === 'tcp' || tcp !== undefined) return { tcpSocket: { port: number }, ...timing };
  if (path?.[1] !== undefined || how?.startsWith('http') === true || part.has(/\bhttp/i)) {
    const scheme = how === 'https' || part.has(/\bhttps\b|\bscheme:? https/i) ? { scheme: 'HTTPS' } : {};
    return { httpGet: { path: path?.[1] ?? '/', port: number, ...scheme, ...headers(part) }, ...timing };
  }
  return port === undefined ? undefined : { tcpSocket: { port: number }, ...timing };
}

/** "with the header X-Probe: yes". */
function headers(part: Passage): DraftObject {
  const found = part.takeAll(
    /\b(?:http ?)?headers?\s+(?:named |called )?["'`]?([A-Z][\w-]*)["'`]?\s*(?:=|:|with(?: the)? value|set to|of)\s*["'`]?([\w./-]*\w)/gi,
  );
  return found.length === 0 ? {} : { httpHeaders: found.map((m) => ({ name: m[1] ?? '', value: m[2] ?? '' })) };
}

const TIMES: readonly (readonly [string, string])[] = [
  ['initialDelaySeconds', String.raw`(?:initial ?delay(?: ?seconds)?|(?:starting|start(?:s|ed)?|first|begin\w*|wait(?:s|ing)?)(?: only)?(?: after)?|after|delay)`], // prettier-ignore
  ['periodSeconds', String.raw`(?:period(?: ?seconds)?|every|each|interval)`],
  ['timeoutSeconds', String.raw`(?:time ?outs?(?: ?seconds)?)`],
]; // prettier-ignore
const COUNTS: readonly (readonly [string, string])[] = [
  ['failureThreshold', String.raw`(?:failure ?threshold|fail(?:s|ing|ed)? (?:only )?after|tolerat\w+|allow(?:s|ing)?|up to|at most|max(?:imum)?(?: of)?)`], // prettier-ignore
  ['successThreshold', String.raw`(?:success ?threshold|succeed(?:s|ing|ed)? after)`],
];

/** When a probe asks, how long it waits, how often it may fail. */
export function probeTiming(part: Passage): DraftObject {
  const timing: DraftObject = {};
  const is = String.raw`\s*(?:an?\s+)?(?:of|is|=|:)?\s*`;
  for (const [field, lead] of COUNTS) {
    const match =
      part.take(new RegExp(`\\b${lead}${is}(${NUMBER})(?!\\s*(?:s\\b|sec|m\\b|min))(?:\\s*(?:consecutive )?(?:failures?|times|attempts|tries|success\\w*))?`, 'i')) ?? // prettier-ignore
      (field === 'failureThreshold'
        ? part.take(new RegExp(`\\b(${NUMBER}) (?:consecutive )?(?:failures?|times|attempts|tries|retries)`, 'i'))
        : undefined);
    if (match?.[1] !== undefined) timing[field] = numberOf(match[1]);
  }
  for (const [field, lead] of TIMES) {
    const match =
      part.take(new RegExp(`\\b${lead}${is}(${NUMBER})\\s*(s|secs?|seconds?|m|mins?|minutes?)?\\b(?! (?:failures|times|attempts))`, 'i')) ?? // prettier-ignore
      (field === 'periodSeconds'
        ? undefined
        : part.take(new RegExp(`(${NUMBER})[\\s-]?(s|secs?|seconds?|minutes?)?\\s+(?:of )?${lead}`, 'i')));
    if (match?.[1] !== undefined) timing[field] = secondsOf(match[1], match[2] ?? 's');
  }
  return timing;
}
