/** What is said about one service of a Compose project. */
import { SIZE } from '../grammar/quantities.ts';
import { Said, readEnv } from '../kubernetes/attributes.ts';
import { argv, readCommand } from '../kubernetes/program.ts';
import type { DraftObject } from '../kubernetes/model.ts';
import type { Passage } from '../text.ts';
import { ARGUMENT, PROGRAM } from './spans.ts';

export interface PortWord {
  readonly port: number;
  readonly target?: number;
  /** The address of the host that it is bound to. */
  readonly address?: string;
  readonly protocols?: readonly string[];
  /** One of several that are told together: "ports 9200 and 5601". */
  readonly listed?: true;
}

export interface BuildWords {
  /** Said with a word such as "build". */
  readonly context: string | undefined;
  /** A folder that is named: what an application is built from. */
  readonly folder: string | undefined;
  readonly dockerfile: string | undefined;
  readonly target: string | undefined;
  readonly args: Readonly<Record<string, string>>;
  /** What the built image is called. */
  readonly image: string | undefined;
}

export interface ServiceWords {
  readonly said: Said;
  readonly ports: PortWord[];
  /** It is said in so many words that it can be reached from outside. */
  readonly published: boolean;
  /** It is said that nobody outside can reach it. */
  readonly hidden: boolean;
  readonly environment: Readonly<Record<string, string>>;
  /** Folders and files of the host: the target is left out where the words leave it out. */
  readonly binds: readonly {
    readonly source: string;
    readonly target: string | undefined;
    readonly readOnly: boolean;
  }[];
  readonly dataPath: string | undefined;
  /** The named volume that data goes to. */
  readonly volume: string | undefined;
  readonly command: readonly string[] | undefined;
  readonly build: BuildWords;
  readonly secrets: readonly string[];
  /** Memory of a program that manages its own, such as a Java heap. */
  readonly heap: string | undefined;
}

export function readServiceWords(passages: readonly Passage[]): ServiceWords {
  const said = new Said(passages);
  const build = readBuild(said);
  return {
    said,
    build,
    ports: readPorts(said),
    published: said.has(
      /\bpublish|\bexpos|\breachable (?:at|on|from)|\bon the host\b|\bhost port\b|\d\s*(?:->|=>|:)\s*\d/i,
    ),
    hidden: said.take(HIDDEN) !== undefined,
    environment: environment(said, build),
    binds: readBinds(said),
    dataPath: said.take(/\bdata (?:is )?(?:in|at|under)\s+(\/[\w./-]+)/i)?.[1],
    volume: said.take(/\b(?:named )?volume\s+(?:called |named )?["'`]?([a-z][a-z0-9]*(?:[_-][a-z0-9]+)+)|\b(?:in|to|on|using) (?:an? |the )?(?:named |docker )?volume\s+(?:called |named )?["'`]?([a-z][a-z0-9_-]+)/i)?.slice(1).find((v: string | undefined) => v !== undefined && !/^(?:so|that|and|which|with|for)$/.test(v)), // prettier-ignore
    command: readCommand(said) ?? bracketed(said) ?? program(said),
    secrets: said
      .takeAll(/\bsecret\s+(?:named |called )?["'`]?([a-z][a-z0-9_]*_[a-z0-9_]+)(?![\w./-])/gi)
      .map((m) => m[1] ?? ''),
    heap: readHeap(said),
  };
}

const HIDDEN =
  /\b(?:not|never|isn't|must not be|should not be)\s+(?:be\s+)?(?:directly\s+)?(?:expos\w+|publish\w+|reachable|mapped|accessible|open)(?:\s+(?:to|on|from) (?:the )?(?:host|outside|internet|world))?\b|\b(?:no|without) (?:published |exposed |host )?ports?\b|\binternal(?:ly)? only\b|\bonly internal(?:ly)?\b/i;

/** "worker (celery -A proj worker)": a program in brackets. */
function bracketed(said: Said): string[] | undefined {
  const line = said.take(
    new RegExp(String.raw`\((?:[^()]*,\s*)?(${PROGRAM}\s+${ARGUMENT}[^(),]*?)\s*(?:,[^()]*)?\)`),
  )?.[1];
  return line === undefined ? undefined : argv(line);
}

/** "run npm run dev": a program that is told without quotes. */
function program(said: Said): string[] | undefined {
  const line = said.take(
    new RegExp(
      String.raw`\b(?:runs?|running|starts?|starting|launch(?:es)?)\s+(?:it\s+with\s+|with\s+)?(${PROGRAM}\s+${ARGUMENT}[^(),;]*?)(?=\s*(?:[,;)]|\.(?:\s|$)|$)|\s+(?:and|with|on|in|at|inside|for|so|when|which)\s)`,
      'i',
    ),
  )?.[1];
  return line === undefined ? undefined : argv(line);
}

function readPorts(said: Said): PortWord[] {
  const ports: PortWord[] = [];
  const both = said.has(/\b(?:tcp\s*(?:and|\/|&|\+)\s*udp|udp\s*(?:and|\/|&|\+)\s*tcp)\b/i)
    ? ['tcp', 'udp']
    : undefined;
  const add = (port: number, target?: number, more: Partial<PortWord> = {}): void => {
    if (port > 0 && port < 65_536 && !ports.some((p) => p.port === port))
      ports.push({ port, ...(target === undefined ? {} : { target }), ...more });
  };
  for (const m of said.takeAll(/(?<!\/\/)\b(\d{1,3}(?:\.\d{1,3}){3}|localhost):(\d{2,5})(?:(?::|\s*(?:->|=>)\s*|\s+to\s+(?:container )?(?:port )?)(\d{2,5}))?\b/g))
    add(Number(m[2]), m[3] === undefined ? undefined : Number(m[3]), { address: m[1] === 'localhost' ? '127.0.0.1' : (m[1] ?? '') }); // prettier-ignore
  for (const m of said.takeAll(/\b(?:port\s+)?(\d{2,5})(?:\s*(?::|->)\s*(\d{2,5}))?,?\s*(?:but\s+)?(?:is\s+)?(?:only\s+)?(?:published\s+|bound\s+|exposed\s+|reachable\s+)?(?:only\s+)?(?:on|to|from|at|via)\s+(?:the\s+)?(?:localhost|loopback(?: interface)?|127\.0\.0\.1)\b/gi)) add(Number(m[1]), m[2] === undefined ? undefined : Number(m[2]), { address: '127.0.0.1' }); // prettier-ignore
  for (const m of said.takeAll(/(?<![\d.:])(\d{2,5})\s*(?::|->|=>)\s*(\d{2,5})\b/g)) add(Number(m[1]), Number(m[2]));
  for (const m of said.takeAll(/\b(?:expos\w+|publish\w*|map\w*|container port|port)\s+(?:port\s+)?(\d{2,5})\s+(?:on|as|to|at)\s+(?:the\s+)?host(?:'s)?(?: port)?\s+(\d{2,5})\b/gi)) add(Number(m[2]), Number(m[1])); // prettier-ignore
  for (const m of said.takeAll(
    /\b(?:on|at|port)\s+(\d{2,5})\s*\((?:container|target|internal)(?: port)?:?\s*(\d{2,5})\)/gi,
  ))
    add(Number(m[1]), Number(m[2]));
  for (const m of said.takeAll(/\b(?:host )?port\s+(\d{2,5})\s*(?:to|maps to|mapped to|forwarded to|forwards to)\s*(?:container )?(?:port )?(\d{2,5})\b/gi)) add(Number(m[1]), Number(m[2])); // prettier-ignore
  for (const m of said.takeAll(
    /\b(udp|tcp)?\s*ports?\s+((?:\d{2,5}(?!\d|\.\d)(?:\/(?:udp|tcp))?(?:\s*(?:,|and|&)\s*)?)+)(?:\s*(udp|tcp)\b(?!\s*(?:and|\/)))?/gi,
  ))
    // prettier-ignore
    for (const n of (m[2] ?? '').matchAll(/(\d{2,5})(?:\/(udp|tcp))?/gi)) {
      const protocol = (n[2] ?? m[1] ?? m[3])?.toLowerCase();
      const listed = (m[2] ?? '').trim() === n[0] ? {} : { listed: true as const };
      add(Number(n[1]), undefined, { ...listed, ...(protocol === 'udp' ? { protocols: ['udp'] } : {}) });
    }
  for (const m of said.takeAll(/\b(?:on|at|publish(?:ed|es|ing)?(?: on)?|expos(?:e|ed|es|ing)(?: on)?|reachable (?:at|on)|(?<=\bon \d{2,5} )and|(?<=\bon \d{2,5},))\s*:?(\d{2,5})\b(?!\s*(?:%|Gi|Mi|GB|MB|\.))(\s*(?:tcp\s*(?:and|\/)\s*udp|udp))?/gi)) // prettier-ignore
    add(Number(m[1]), undefined, m[2] === undefined ? (both !== undefined && Number(m[1]) === 53 ? { protocols: both } : {}) : { protocols: /tcp/i.test(m[2]) ? ['tcp', 'udp'] : ['udp'] }); // prettier-ignore
  for (const m of said.takeAll(/\b(?:on|at|under)\s+https?:\/\/localhost:(\d{2,5})\b\/?/gi)) add(Number(m[1]));
  return ports;
}

function readBuild(said: Said): BuildWords {
  const dockerfile = said.take(/\b(?:dockerfile\s+)?["'`]?((?:[\w.-]+\/)*Dockerfile\.[\w-]+|(?:[\w.-]+\/)*[\w-]+\.Dockerfile)\b/)?.[1]; // prettier-ignore
  const context = said.take(
    /\b(?:buil(?:d|t|ds|ding)|made)\s+(?:service \S+ |it |them |the \w+ )?(?:from|in|of|with|out of)?\s*(?:the\s+)?(?:folder\s+|directory\s+|context\s+)?["'`]?(\.{1,2}(?:\/[\w./-]*\w)?)(?![\w])/i,
  )?.[1];
  const folder = /\b(?:in|from|of|under)\s+(?:the\s+)?(?:folder\s+|directory\s+)?["'`]?(\.\/[\w./-]*\w)(?=[\s,;.)]|$)(?!\.\w)|[(\s](\.\/[\w-]+)(?=[\s,;)])(?!\s*(?:mounted|:))/i.exec(said.text); // prettier-ignore
  const args: Record<string, string> = {};
  for (const m of said.takeAll(
    /\bbuild[- _]?arg(?:ument)?s?\s*(?:of|=|:)?\s*((?:[A-Za-z_]\w*=[^\s,;)]+(?:\s*(?:,\s*and\b|,|and\b)\s*)?)+)/gi,
  ))
    for (const pair of (m[1] ?? '').matchAll(/([A-Za-z_]\w*)=([^\s,;)]+)/g)) args[pair[1] ?? ''] = pair[2] ?? '';
  return {
    context: context?.replace(/\/$/, ''),
    folder: folder?.[1] ?? folder?.[2],
    dockerfile,
    target: said.take(
      /\b(?:build )?(?:target(?:ing)?|stage)\s+(?:the\s+)?(?:stage\s+)?(?:called |named |=|:)?\s*["'`]?([a-z][\w-]*)/i,
    )?.[1],
    args,
    image: said.take(/\b(?:tagged|tag(?: it)?(?: as)?|image name|called image|as image)\s+["'`]?([a-z0-9][\w./-]*(?::[\w.-]+)?)/i)?.[1], // prettier-ignore
  };
}

/** Variables of the container, without those that are arguments of the build. */
function environment(said: Said, build: BuildWords): Record<string, string> {
  const found = (readEnv(said, { configMaps: new Set(), secrets: new Set() }) as DraftObject[]).flatMap((e) =>
    typeof e['name'] === 'string' && typeof e['value'] === 'string' ? [[e['name'], e['value']] as const] : [],
  );
  const zone = said.take(/\b((?:Europe|America|Asia|Africa|Australia|Pacific|Atlantic)\/[A-Z]\w+(?:\/\w+)?)\b/)?.[1];
  if (zone !== undefined) said.take(/\btime ?zone\b/i);
  return Object.fromEntries([
    ...(zone === undefined ? [] : [['TZ', zone] as const]),
    ...found.filter(([name]) => build.args[name] === undefined),
  ]);
}

function readBinds(said: Said): ServiceWords['binds'] {
  const full = said
    .takeAll(
      /(?:^|[\s("'`])(\.{1,2}\/[\w./-]+|\/[\w./-]+|~\/[\w./-]+)\s*(?:mounted (?:at|to|on|in|into|under)|mounts? to|->|=>|:|to|as)\s*(\/[\w./-]+)(:ro|,?\s*\(?read[- ]?only\)?)?/g,
    ) // prettier-ignore
    .map((m) => ({ source: m[1] ?? '', target: m[2], readOnly: m[3] !== undefined }));
  const bare = [
    ...said.takeAll(/(?:^|[\s("'`])(\.{1,2}\/[\w./-]*\w)\s+(?:is\s+)?mounted(?!\s+(?:at|to|on|in|into|under)\b)(,?\s*\(?read[- ]?only\)?)?/gi),
    ...said.takeAll(/\b(?:init(?:iali[sz]ation)?|seed|schema|startup)[ -](?:scripts?|sql|files?|folder|directory)\s+(?:from |in |at )?["'`]?((?:\.{1,2}\/)?[\w./-]*\w)()/gi),
    ...said.takeAll(/\bmount(?:s|ed|ing)?\s+(?:the\s+)?(?:file\s+|folder\s+)?(\.{1,2}\/[\w./-]*\w)(?!\s*(?::|to|at|on|in|into|->)\b)(,?\s*\(?read[- ]?only\)?)?/gi),
    ...said.takeAll(/\b(?:persist\w*|data|world|config\w*|stor(?:es?|ed)|kept|keeps?|library|media|models?|content)\b[^.;,]{0,24}?\b(?:in|under|at|to)\s+(?:the\s+)?(?:folder\s+)?(\.{1,2}\/[\w./-]*\w)()/gi),
  ].map((m) => ({ source: m[1] ?? '', target: undefined, readOnly: (m[2] ?? '') !== '' })); // prettier-ignore
  const served = said.take(
    /\bserv(?:es|ing|ed)?\s+(?:(?:the|static|files|from)\s+)*(?:folder\s+)?(\.{1,2}\/[\w./-]*\w)/i,
  )?.[1];
  const absolute = said
    .takeAll(
      /\b(?!mounted|placed|available|served|running|started|located|put|it|them)([a-z]+)\s+(?:is\s+|are\s+)?(?:from|in|at|under|on)\s+(\/(?:srv|mnt|home|opt|media|data|var)\/[\w./-]*\w)(,?\s*\(?read[- ]?only\)?)?/gi,
    )
    .map((m) => ({ source: m[2] ?? '', target: `/${(m[1] ?? 'data').toLowerCase()}`, readOnly: m[3] !== undefined }));
  const here = said.take(
    /\b(?:current|this|project|source|app|application)(?:'s)? (?:folder|directory|dir|code)\b(?:\s*\(\.\))?[^.;]{0,24}?\bmounted\b(?:\s*(?:at|to|into?|under)\s+(\/[\w./-]*\w|there))?|\bmount(?:s|ed|ing)? (?:the |my |our |its )?(?:(?:current|project|source|app) )*(?:folder|directory|dir|code|sources?)\b(?! (?:of|from)\b)(?:\s*(?:at|to|into?|under)\s+(?:the container(?: at)?\s*)?(\/[\w./-]*\w|there)?)?/i,
  );
  const there = here?.[1] ?? here?.[2];
  const inside = /\b(?:in|dir(?:ectory)?)\s+(\/[\w./-]*\w)/i.exec(said.text)?.[1];
  const socket = said.take(/\b(?:docker(?:'s)? socket|docker\.sock)\b(?:[^.;,]{0,20}(read[- ]?only))?/i);
  return [
    ...full,
    ...(served === undefined ? [] : [{ source: served, target: undefined, readOnly: true }]),
    ...absolute.filter((b) => !full.some((f) => f.source === b.source)),
    ...bare.filter((b) => !full.some((f) => f.source === b.source)),
    ...(here === undefined ? [] : [{ source: '.', target: there?.startsWith('/') === true ? there : (inside ?? '/app'), readOnly: false }]), // prettier-ignore
    ...(socket === undefined ? [] : [{ source: '/var/run/docker.sock', target: '/var/run/docker.sock', readOnly: socket[1] !== undefined }]), // prettier-ignore
  ];
}

function readHeap(said: Said): string | undefined {
  const match =
    said.take(new RegExp(`\\b(?:java )?heap(?: size)?\\s*(?:of|=|:|is)?\\s*${SIZE}`, 'i')) ??
    said.take(new RegExp(`${SIZE}\\s*(?:of )?(?:java )?heap`, 'i'));
  return match?.[1] === undefined ? undefined : `${match[1]}${(match[2] ?? 'm').charAt(0).toLowerCase()}`;
}
