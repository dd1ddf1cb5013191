/** What is said about one service of a Compose project. */
import { SIZE } from '../grammar/quantities.ts';
import { Said, readEnv } from '../kubernetes/attributes.ts';
import type { DraftObject } from '../kubernetes/model.ts';
import { escaped, Passage } from '../text.ts';
import { readBinds, type Bind } from './binds.ts';
import { composeCommand, entrypoint, flags } from './commands.ts';
import { readPorts, type PortWord } from './ports.ts';
import { readVolumes, type VolumeWord } from './volumes.ts';

export interface BuildWords {
  /** Said with a word such as "build". */
  readonly context: string | undefined;
  /** A folder that is named: what an application is built from. */
  readonly folder: string | undefined;
  /** A folder by its bare name: taken where the workspace has it. */
  readonly named: string | undefined;
  readonly dockerfile: string | undefined;
  readonly target: string | undefined;
  readonly args: Readonly<Record<string, string>>;
  /** What the built image is called. */
  readonly image: string | undefined;
}

export interface ServiceWords {
  /** Ports that other containers see and the host does not. */
  readonly exposed: readonly number[];
  readonly said: Said;
  readonly ports: PortWord[];
  /** Where the program listens, where that is said. */
  readonly listens: number | undefined;
  /** It is said in so many words that it can be reached from outside. */
  readonly published: boolean;
  /** It is said that nobody outside can reach it. */
  hidden: boolean;
  readonly environment: Readonly<Record<string, string>>;
  /** Folders and files of the host: the target is left out where the words leave it out. */
  readonly binds: readonly Bind[];
  readonly dataPath: string | undefined;
  readonly volumes: readonly VolumeWord[];
  readonly command: readonly string[] | undefined;
  readonly entrypoint: readonly string[] | undefined;
  /** For the program that the image starts. */
  readonly flags: readonly string[];
  readonly build: BuildWords;
  readonly secrets: readonly string[];
  /** Memory of a program that manages its own, such as a Java heap. */
  readonly heap: string | undefined;
}

export function readServiceWords(passages: readonly Passage[]): ServiceWords {
  const said = new Said(passages);
  const start = entrypoint(said);
  const command = composeCommand(said);
  const options = command === undefined ? flags(said) : [];
  const exposed = exposedOnly(new Said(passages));
  const rest = new Said(without(passages, [start, command, options]));
  const build = readBuild(rest);
  const volumes = readVolumes(rest);
  const { ports, listens } = bothSides(readPorts(withoutPairs(rest)));
  return {
    said,
    build,
    exposed,
    ports: ports.filter((p) => !exposed.includes(p.port)),
    listens,
    published: passages.some((p) =>
      /\bpublish|\bexpos|\breachable (?:at|on|from)|\bon the host\b|\bhost port\b|\d\s*(?:->|=>|:)\s*\d/i.test(
        p.text.replace(new RegExp(HIDDEN.source, 'gi'), ' '),
      ),
    ),
    hidden: isHidden(said),
    environment: environment(said, build),
    binds: readBinds(rest).filter((b) => !volumes.some((v) => v.target === b.source)),
    dataPath: said.take(/\bdata (?:is )?(?:in|at|under)\s+(\/[\w./-]+)/i)?.[1],
    volumes,
    command,
    entrypoint: start,
    flags: options,
    secrets: said
      .takeAll(/\bsecret\s+(?:named |called )?["'`]?([a-z][a-z0-9]*(?:[_-][a-z0-9]+)+)(?![\w./-])/gi)
      .map((m) => m[1] ?? ''),
    heap: readHeap(said),
  };
}

/** Passages with what a command line took left blank, so that its words are read once. */
function without(passages: readonly Passage[], lines: readonly (readonly string[] | undefined)[]): Passage[] {
  const taken = lines.flatMap((l) => (l === undefined || l.length === 0 ? [] : [l]));
  if (taken.length === 0) return [...passages];
  return passages.map((p) => {
    let { text } = p;
    // A line of thousands of words is too much for one pattern.
    for (const line of taken)
      for (let from = 0; from < line.length; from += 100) {
        const spelled = line
          .slice(from, from + 100)
          .map(escaped)
          .join('["\'`\\s,]+(?:and\\s+)?');
        text = text.replace(new RegExp(spelled), (m) => ' '.repeat(m.length));
      }
    return text === p.text ? p : new Passage(text, p.at, p.ledger);
  });
}

/** Variables with their values left blank: `ADDRESS=0.0.0.0:8000` publishes nothing. */
const withoutPairs = (said: Said): Said =>
  new Said(
    said.passages.map((p) => {
      const text = p.text.replace(/\b[A-Z][A-Z0-9_]+\s*=\s*[^\s,;)]+|\b[a-z][a-z0-9+]*:\/\/(?!localhost|127\.|0\.0)[^\s,;)]+/g, (m) => ' '.repeat(m.length)); // prettier-ignore
      return text === p.text ? p : new Passage(text, p.at, p.ledger);
    }),
  );

/** "ports 3306 and 33060 only exposed to other containers". */
function exposedOnly(said: Said): number[] {
  const match = said.take(
    /(?:\bports?\s+)?((?:(?<!\d)\d{2,5}(?!\d)(?:\s*(?:,\s*and|,|and|&)\s*|\s+)){1,12})(?:is |are )?(?:only |just )?expos\w+ (?:only |just )?(?:to|for|inside|within|between) (?:the )?(?:other |linked )*(?:containers|services|network|stack|each other)\b|\bexpos\w+ (?:only |just )?(?:ports?\s+)?((?:(?<!\d)\d{2,5}(?!\d)(?:\s*(?:,\s*and|,|and|&)\s*|\s+)){1,12})(?:only |just )?(?:to|for|inside|within|between) (?:the )?(?:other |linked )*(?:containers|services|network|stack)\b/i,
  );
  return ((match?.[1] ?? match?.[2])?.match(/\d+/g) ?? []).map(Number);
}

/** "listens on 80, published on 8085: one port with two sides. */
function bothSides(all: readonly PortWord[]): { ports: PortWord[]; listens: number | undefined } {
  const listens = all.find((p) => p.inside === true)?.port;
  const outside = all.filter((p) => p.inside !== true);
  if (listens === undefined) return { ports: outside, listens };
  if (outside.length === 0) return { ports: all.filter((p) => p.inside === true), listens };
  const open = outside.filter((p) => p.target === undefined);
  const own = open.length === 1 && open[0]?.port !== listens && !outside.some((p) => p.target === listens);
  return { ports: outside.map((p) => (own && p === open[0] ? { ...p, target: listens } : p)), listens };
}

const HIDDEN =
  /\b(?:not|never|isn't|aren't|must not be|should not be|without being|needn't be)\s+(?:be\s+|to be\s+)?(?:directly\s+|itself\s+)?(?:expos\w+|publish\w+|reachable|mapped|accessible|open(?:ed)?|visible|public)\b(?!\s+containers?)(?:\s+(?:to|on|from) (?:the )?(?:host|outside|internet|world))?|\b(?:no|without(?: any)?) (?:published |exposed |host |open |public )?ports?\b(?: (?:published|exposed|open|mapped))?|\binternal(?:ly)? only\b|\bonly internal(?:ly)?\b|\b(?:stays?|kept|keep(?:s| it| them)?|remains?|is|be|are|strictly|completely|fully|only) (?:strictly |completely |fully |purely )?(?:private|internal|inside)\b(?! (?:network|port|to))|\b(?:neither|none|nobody)\b[^.;,]{0,30}\b(?:expos|publish|reach|open|map|public)\w*|\boff the host\b|\b(?:expos\w+|publish\w*) nothing\b/i;

/** Said of the service, and not of one of its ports: "SMTP not published". */
function isHidden(said: Said): boolean {
  let hidden = false;
  for (const m of said.takeAll(HIDDEN)) {
    const part =
      /\b(?:smtp|imap|ui|console|admin|dashboard|metrics|management|ssh|dns|debug|https?|api|grpc|amqp|mqtt|jmx|bolt|replication|client)(?: port)? (?:is |are |stays )?$/i;
    if (!part.test(m.input.slice(0, m.index))) hidden = true;
  }
  return hidden;
}

function readBuild(said: Said): BuildWords {
  const dockerfile = said.take(/\b(?:dockerfile\s+)?["'`]?((?:[\w.-]+\/)*Dockerfile\.[\w-]+|(?:[\w.-]+\/)*[\w-]+\.Dockerfile)\b/)?.[1]; // prettier-ignore
  const context = said.take(
    /\b(?:buil(?:d|t|ds|ding)|made)\s+(?:service \S+ |it |them |the \w+ )?(?:from|in|of|with|out of)?\s*(?:the\s+)?(?:folder\s+|directory\s+|context\s+)?["'`]?(\.{1,2}(?:\/[\w./-]*\w)?)(?![\w])/i,
  )?.[1];
  const folder = /\b(?:in|from|of|under)\s+(?:the\s+)?(?:folder\s+|directory\s+)?["'`]?(\.\/[\w./-]*\w)(?=[\s,;.)]|$)(?!\.\w)|[(\s](\.\/[\w-]+)(?=[\s,;)])(?!\s*(?:mounted|:))/i.exec(said.text); // prettier-ignore
  const root = said.take(/\b(?:(?:buil(?:d|t|ds|ding)|made)\s+(?:it\s+)?(?:from|in|of|with)|(?:its |the )?dockerfile\s+(?:is\s+|lies\s+|sits\s+)?(?:in|at|from)|from|in|context)\s+(?:the\s+|this\s+|our\s+|my\s+)?(?:repo(?:sitory)?(?:'s)?(?: root| top level)|root(?: folder| directory)?(?: of (?:the|this|our|my) (?:repo(?:sitory)?|project|workspace))?|(?:current|this|project(?:'s)?) (?:folder|directory|dir|root|repo(?:sitory)?)|top[- ]level folder|repo(?:sitory)?|dockerfile here)\b/i); // prettier-ignore
  const named = said.take(/\b(?:(?:in|from|of|under|built|build)\s+(?:the\s+|its\s+)?|[(,]\s*(?:in\s+)?|^\s*)?(?:sub-?)?(?:folder|directory|dir|context)\s*(?:is\s+|called\s+|named\s+|:\s*|=\s*)?["'`]?(?!of\b|is\b|with\b|and\b|on\b|in\b|for\b|mounted\b|called\b|named\b|as\b|into\b|at\b|to\b|that\b|there\b)((?:\.\/)?[a-z][\w-]*(?:\/[\w-]+)*)\/?["'`]?(?=[\s,;.)]|$)/i)?.[1] ?? said.take(/\b(?:from|in|under)\s+(?:the\s+|its\s+)?["'`]?([a-z][\w-]*(?:\/[\w-]+)*)\/?["'`]?\s+(?:sub-?)?(?:folder|directory|dir)\b/i)?.[1]; // prettier-ignore
  const args: Record<string, string> = {};
  for (const m of said.takeAll(
    /\b(?:build[- _]?)?arg(?:ument)?s?\s*(?:of|=|:)?\s*((?:[A-Za-z_]\w*=[^\s,;)]+(?:\s*(?:,\s*and\b|,|and\b)\s*)?)+)/gi,
  ))
    for (const pair of (m[1] ?? '').matchAll(/([A-Za-z_]\w*)=([^\s,;)]+)/g)) args[pair[1] ?? ''] = pair[2] ?? '';
  return {
    context: context?.replace(/\/$/, '') ?? (root === undefined ? undefined : '.'),
    folder: folder?.[1] ?? folder?.[2],
    named,
    dockerfile,
    target:
      said.take(/\b([a-z][\w-]*) (?:build )?(?:stage|target)\b(?= (?:of|in|from) )/i)?.[1] ??
      said.take(
        /\b(?:buil(?:d|ds|t|ding)|stops? at|up to|only)\s+(?:(?:only|just|up|to|from|the|its|at)\s+){1,3}["'`]?(?!(?:build|the|its|to|at|up|only|a|any)\b)([a-z][\w-]*)["'`]? (?:build )?stage\b/i,
      )?.[1] ??
      said.take(
        /\b(?:build[- ])?(?:target(?:ing|s)?(?! port)|stage)\s+(?:is\s+|the\s+)?(?:stage\s+)?(?:called |named |=|:)?\s*["'`]?(?!(?:of|in|for|and|with|is|from|on|the|called|named)\b)([a-z][\w-]*)/i,
      )?.[1],
    args,
    image: said.take(/\b(?:tagged|image tag|tag(?: it)?(?: as)?|image name|called image|as image)\s+["'`]?([a-z0-9][\w./-]*(?::[\w.-]+)?)/i)?.[1], // prettier-ignore
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
    // A schedule is several words.
    ...said
      .takeAll(/\b([A-Z][A-Z0-9_]+)=((?:[\d*/,-]+ ){4,5}[\d*/,-]+)/g)
      .map((m) => [m[1] ?? '', m[2] ?? ''] as const),
  ]);
}

function readHeap(said: Said): string | undefined {
  const match =
    said.take(new RegExp(`\\b(?:java )?heap(?: size)?\\s*(?:of|=|:|is)?\\s*${SIZE}`, 'i')) ??
    said.take(new RegExp(`${SIZE}\\s*(?:of )?(?:java )?heap`, 'i'));
  return match?.[1] === undefined ? undefined : `${match[1]}${(match[2] ?? 'm').charAt(0).toLowerCase()}`;
}
