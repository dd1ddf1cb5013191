/** Several containers in one pod: `container web is nginx; container logger is busybox running …`, sidecars and init containers. */
import type { Passage } from '../text.ts';
import { Said, namePorts, readPorts } from './attributes.ts';
import { readMounts } from './volumes.ts';
import { appOfImage } from '../catalogue/index.ts';
import { bareImage, findImages } from './images.ts';
import type { ContainerFacts, Draft, DraftObject } from './model.ts';
import { dnsName, isNameWord, looksLikeName } from './names.ts';
import { addMounts, fillContainer, type References } from './fill.ts';

interface Part {
  readonly init: boolean;
  readonly sidecar: boolean;
  /** An init container that goes on running beside the others. */
  readonly native?: boolean;
  readonly name: string | undefined;
  /** Where it stands beside the name. */
  readonly image?: string;
  readonly passage: Passage;
}

const HEAD =
  /\b(init(?:ialization|ialisation)?[\s-]?containers?|(?:native )?side-?cars?(?: containers?)?|(?:main|app(?:lication)?|first|second|third|another|other) containers?|containers?)\b(?!\s*(?:port|images?|registry|restarts?|runtime|'s|name))(?:\s*(?:,\s*)?(?:called|named|:)?\s*["'`]?([a-z0-9][a-z0-9-]*)["'`]?)?/gi;
const PLURAL = /^containers$|containers$/i;

export interface ContainersRead {
  readonly containers: ContainerFacts[];
  readonly init: ContainerFacts[];
  /** What is said about the pod as a whole. */
  readonly rest: readonly Passage[];
  /** The name of the only container, where nothing else tells it from the pod. */
  readonly name: string | undefined;
  /** Its image, where other containers have theirs. */
  readonly image?: string | undefined;
  /** They are all sidecars: the main container is the pod's own. */
  readonly beside: boolean;
}

/** Finds the containers that the words tell apart; without any there is one, that all words are about. */
export function readContainers(passages: readonly Passage[], refs: References): ContainersRead {
  const bracketed = new Map(passages.map((p) => [p, inParentheses(p)]));
  const several = [...bracketed.values()].flat().length > 1;
  const parts = passages.flatMap((p) => {
    const listed = bracketed.get(p) ?? [];
    return several && listed.length > 0 ? listed : partsOf(p);
  });
  const made = parts
    .map((part) => ({ part, container: containerOf(part, refs, mainImage(parts, passages)) }))
    .filter((m): m is { part: Part; container: ContainerFacts } => m.container !== undefined);
  asDoes(made);
  for (const { part, container } of made) if (isNative(part)) container.fields['restartPolicy'] = 'Always';
  const early = (part: Part): boolean => part.init || isNative(part);
  const init = made.filter((m) => early(m.part)).map((m) => m.container);
  const own = made.filter((m) => !early(m.part));
  const alone = own.length === 1 && !own.some((m) => m.part.sidecar);
  const beside = own.length > 0 && own.every((m) => m.part.sidecar);
  const taken = made.filter((m) => !alone || early(m.part)).map((m) => m.part.passage);
  const rest = passages.flatMap((p) => without(p, taken));
  // "container named x" of a pod with one image is only its name, and every word is about it.
  if (alone)
    return {
      containers: [],
      init,
      rest,
      name: own[0]?.part.name,
      image: init.length > 0 ? own[0]?.container.image : undefined,
      beside,
    };
  if (own.length === 0 || (init.length > 0 && own.length === 0))
    return { containers: [], init, rest, name: parts.find((p) => !p.init)?.name, beside };
  const containers = own.map((m) => m.container);
  mountIt(own);
  const left = followUps(rest, [...containers, ...init], refs);
  waitInOrder(
    passages,
    containers,
    own.map((m) => m.part),
  );
  return { containers, init, rest: left, name: undefined, beside };
}

/** A sidecar that starts before the others, as Kubernetes itself has it. */
const isNative = (part: Part): boolean =>
  part.native === true ||
  (part.init && /\bkeeps? running\b|\brestart ?-?policy\s*:?\s*always\b/i.test(part.passage.text));

/** What an init container runs in where nothing else is said: the image of the pod. */
function mainImage(parts: readonly Part[], passages: readonly Passage[]): string | undefined {
  const first = parts.find((p) => !p.init && !p.sidecar && p.image !== undefined)?.image;
  return first ?? passages.flatMap((p) => findImages(p.text).map((i) => i.image))[0];
}

/** Every container that the words speak of, each by itself. */
export function containersIn(
  passages: readonly Passage[],
  refs: References,
): { init: ContainerFacts[]; own: ContainerFacts[] } {
  const made = passages
    .flatMap((p) => (inParentheses(p).length > 0 ? inParentheses(p) : partsOf(p)))
    .map((part) => ({ part, container: containerOf(part, refs) }));
  const of = (init: boolean): ContainerFacts[] =>
    made.flatMap((m) => (m.container !== undefined && m.part.init === init ? [m.container] : []));
  return { init: of(true), own: of(false) };
}

/** "The container left gets 50m cpu, right 100m cpu, both 64Mi memory limit": what is said of containers after they were named. */
function followUps(rest: readonly Passage[], containers: readonly ContainerFacts[], refs: References): Passage[] {
  const names = containers.map((c) => c.name);
  const lead = new RegExp(
    String.raw`(?:^|[,;]\s*|\band\s+)\s*(?:the\s+)?(?:container\s+)?(?:["'\x60]?(${names.join('|')})["'\x60]?(?:\s+container)?(?=\s+(?:gets?|has|needs?|is|uses?|should|must|may|runs?|listens?|\d\S*|requests?|limits?|with)\b)|(both|each|all)(?: of them| containers)?(?=\s+(?:gets?|ha(?:s|ve)|needs?|should|must|\d\S*|requests?|limits?|with)\b))`,
    'gi',
  );
  return rest.flatMap((passage) => {
    const marks = [...passage.text.matchAll(lead)];
    if (marks.length === 0) return [passage];
    marks.forEach((mark, i) => {
      const part = passage.slice(mark.index, marks[i + 1]?.index);
      for (const container of containers.filter((c) => mark[1] === undefined || c.name === mark[1]))
        addWords(container, part, refs);
    });
    const before = passage.slice(0, marks[0]?.index);
    return before.text.trim() === '' ? [] : [before];
  });
}

/** More words about a container that is known: amounts, variables, probes, rights. */
function addWords(container: ContainerFacts, words: Passage, refs: References): void {
  const more: ContainerFacts = { name: '', image: '', ports: [...container.ports], secrets: [], fields: {} };
  fillContainer(more, new Said([words]), refs);
  const resources = more.fields['resources'] as DraftObject;
  const own = (container.fields['resources'] ?? {}) as DraftObject;
  for (const part of ['requests', 'limits'])
    own[part] = { ...(own[part] as DraftObject | undefined), ...(resources[part] as DraftObject | undefined) };
  container.fields['resources'] = own;
  delete more.fields['resources'];
  for (const [key, value] of Object.entries(more.fields)) {
    const known = container.fields[key];
    container.fields[key] = Array.isArray(known) && Array.isArray(value) ? [...known, ...value] : value;
  }
}

/** "… mounts shared-data at /a; b mounts it at /b": the volume that was spoken of before. */
function mountIt(own: readonly { part: Part; container: ContainerFacts }[]): void {
  let last: Draft | undefined;
  for (const { part, container } of own) {
    const path = part.passage.take(
      /\bmounts?\s+(?:it|that|the same(?: volume)?|them)\s+(?:at|to|under|on|in|into)\s+["'`]?(\/[\w./-]*\w)/i,
    )?.[1];
    const mounts = (container.fields['volumeMounts'] ?? []) as DraftObject[];
    last = mounts[0]?.['name'] ?? last;
    if (path !== undefined && typeof last === 'string') addMounts(container, [{ name: last, mountPath: path }]);
  }
}

/** "main mounts work at /data, as does init-perms": the same folder in another container. */
function asDoes(made: readonly { part: Part; container: ContainerFacts }[]): void {
  for (const { part, container } of made) {
    const other = part.passage.take(
      /\b(?:as does|as do|so does|just like|same as|like)\s+(?:the\s+)?(?:container\s+)?["'`]?([a-z0-9][a-z0-9-]*)/i,
    )?.[1];
    const twin = made.find((m) => m.container.name === other)?.container;
    if (twin !== undefined) addMounts(twin, (container.fields['volumeMounts'] ?? []) as DraftObject[]);
  }
}

/** A passage without the stretches that belong to single containers. */
function without(passage: Passage, taken: readonly Passage[]): Passage[] {
  const inside = taken
    .filter((t) => t.at >= passage.at && t.at < passage.at + passage.text.length)
    .sort((a, b) => a.at - b.at);
  const parts: Passage[] = [];
  let from = 0;
  for (const t of inside) {
    parts.push(passage.slice(from, t.at - passage.at));
    from = t.at - passage.at + t.text.length;
  }
  parts.push(passage.slice(from));
  return parts.filter((p) => p.text.trim() !== '');
}

/** Where words about an init container or sidecar end: at a comma after which the pod is spoken of again. */
function endOfPart(text: string): number {
  const bracket = /^[^(,;]{0,40}\([^)]*\)/.exec(text)?.[0].length ?? 0;
  for (const m of text.matchAll(/,\s+(?:and\s+)?/g)) {
    const next = text.slice(m.index + m[0].length);
    if (m.index < bracket) continue;
    if (
      !/^(?:it\s+|also\s+)?(?:[a-z0-9][\w./-]*:v?\d[\w.-]*|runs?|running|execut\w+|commands?|args?|images?|which|that|using|mount\w*|shar\w+|writ\w+|read\w*|wait\w*|sleep\w*|with (?:command|image|args)|tail\w*|print\w*|echo\w*|limit\w*|request\w*|port \d|listen\w*|with (?:a |an )?(?:\d|port|limit|request|env|volume|mount|the env)|cpu|memory|env\w*|\d+m\b|\d+[MG]i\b)\b/i.test(
        next,
      )
    )
      return m.index;
  }
  return text.length;
}

const NAME_AND_IMAGE =
  /(?<![\w./-])["'`]?([a-z0-9][a-z0-9-]*)["'`]?\s*\(\s*(?:image:?\s*)?([a-z0-9][\w./:@-]*)\s*(?=[,;)])/g;

/** "web (nginx) mounts …; logger (busybox) runs …": each name with its image begins a container. */
function inParentheses(passage: Passage): Part[] {
  const heads = [...passage.text.matchAll(NAME_AND_IMAGE)].filter(
    (m) =>
      isNameWord(m[1] ?? '') &&
      /[a-z]/.test(m[2] ?? '') &&
      !/kubernetes\.io\//.test(m[2] ?? '') &&
      !/\bvolume\s+$/i.test(passage.text.slice(0, m.index)),
  );
  return heads.map((head, index) => {
    const body = passage.slice(head.index + head[0].length, heads[index + 1]?.index);
    passage.ledger.use(passage.at + head.index, passage.at + head.index + head[0].length);
    const kinds = [
      ...passage.text
        .slice(0, head.index)
        .matchAll(/\b(init(?:iali[sz]ation)?[\s-]?containers?|(?:native )?side-?cars?|containers?)\b/gi),
    ];
    const kind = kinds.at(-1);
    // "an init container a (x) copies …, then b (y) serves": the word is said of one.
    const used = index > 0 && (heads[index - 1]?.index ?? 0) > (kind?.index ?? 0) && !/s$/i.test(kind?.[1] ?? '');
    const init = !used && /^init/i.test(kind?.[1] ?? '');
    const sidecar = /side-?car/i.test(kinds.at(-1)?.[1] ?? '');
    const native = /^native/i.test(kinds.at(-1)?.[1] ?? '');
    return { init, sidecar, native, name: dnsName(head[1] ?? 'main'), image: head[2] ?? '', passage: body };
  });
}

function partsOf(passage: Passage): Part[] {
  const listed =
    /\b(?:two |three |\d )?containers\s*:?\s+(?=["'`]?[a-z0-9-]+["'`]?\s*(?:\(|\s(?:running|using|with image|from|=|:|is)\s))/i.exec(
      passage.text,
    );
  if (listed !== null) return listParts(passage.slice(listed.index + listed[0].length));
  const heads = [...passage.text.matchAll(HEAD)].filter(
    (m) => !PLURAL.test(m[1] ?? '') || /:$/.test(m[0]) || m[2] !== undefined,
  );
  return heads.map((head, index) => {
    const start = head.index;
    const end = heads[index + 1]?.index ?? passage.text.length;
    const word = head[1] ?? '';
    const name =
      head[2] !== undefined &&
      isNameWord(head[2]) &&
      !/^(?:image|images|running)$/.test(head[2]) &&
      isCalled(head, passage.text)
        ? dnsName(head[2])
        : undefined;
    passage.ledger.use(passage.at + start, passage.at + start + head[0].length);
    const init = /^init/i.test(word);
    const later =
      name === undefined
        ? /^[^,;.]{0,50}?\b(?:named|called)\s+["'`]?([a-z0-9][a-z0-9-]*)/i.exec(
            passage.text.slice(start + word.length, end),
          )?.[1]
        : undefined;
    const sidecar = /side-?car/i.test(word);
    const body = passage.slice(start + (name === undefined ? word.length : head[0].length), end);
    return {
      init,
      sidecar,
      native: /^native/i.test(word),
      name: name ?? later,
      passage: init || sidecar ? body.slice(0, endOfPart(body.text)) : body,
    };
  });
}

/** The word after "container" is its name where it is marked as one, looks like one, or something is said of it. */
const isCalled = (head: RegExpMatchArray, text: string): boolean =>
  looksLikeName(head[2] ?? '') ||
  /\b(?:called|named)\b|:\s*\S+$|["'`]/.test(head[0]) ||
  /^\s*(?:[(:=]|[,.;)]?$|[,.;)]\s|(?:is|uses?|using|runs?|running|with|from|image|has|mounts?|listens?|may|can|must|should|gets?|needs?|exposes?|based|built|serves|on|at|for|writes?|reads?|tails?|that|which|clones?)\b)/i.test(
    text.slice((head.index ?? 0) + head[0].length),
  );

/** `containers web (nginx) and logger (busybox)` */
function listParts(passage: Passage): Part[] {
  return passage
    .split(
      /\s*(?:,\s*(?:and\s+)?|\s+and\s+)(?=["'`]?[a-z][a-z0-9-]*["'`]?\s*(?:\(|\s(?:running|using|with|from|is|based on)\s))/,
    )
    .map((part) => {
      const name = /^\s*["'`]?([a-z0-9][a-z0-9-]*)/.exec(part.text)?.[1];
      return { init: false, sidecar: false, name, passage: part };
    });
}

function containerOf(part: Part, refs: References, fallback?: string): ContainerFacts | undefined {
  const { passage } = part;
  const mention = findImages(passage.text)[0];
  const bare = bareImage(passage.text);
  const image = part.image ?? mention?.image ?? bare?.image ?? (part.init ? fallback : undefined);
  if (image === undefined) return undefined;
  const app = part.image !== undefined ? appOfImage(part.image) : mention === undefined ? bare?.app : mention.app;
  if (mention !== undefined) passage.ledger.use(passage.at + mention.start, passage.at + mention.end);
  const said = new Said([passage]);
  const ports = namePorts(said, readPorts(said));
  const known = Object.entries(app?.ports ?? {}).slice(0, 1);
  const container: ContainerFacts = {
    name:
      part.name ??
      (part.init && part.image === undefined && mention === undefined && bare === undefined ? 'init' : undefined) ??
      dnsName(
        app?.id ??
          image
            .replace(/[:@].*$/, '')
            .split('/')
            .at(-1) ??
          'main',
      ),
    image,
    ...(app === undefined ? {} : { app }),
    ports: part.init
      ? []
      : ports.length > 0
        ? ports.map((p, i) => ({
            ...p,
            name: i === 0 && p.name === `port-${p.port}` ? (known[0]?.[0] ?? 'http') : p.name,
          }))
        : known.map(([name, port]) => ({ name, port })),
    secrets: [...(app?.secrets ?? [])],
    fields: {},
  };
  fillContainer(container, said, refs);
  const waiting = part.init ? waitFor(said) : undefined;
  if (waiting !== undefined) container.fields['command'] = waiting;
  const { mounts } = readMounts(said, refs);
  addMounts(container, mounts);
  if (part.init) delete container.fields['livenessProbe'];
  return container;
}

/** "waits until orders-db answers on 5432": a loop that ends when the port can be reached. */
export function waitFor(said: Said): Draft | undefined {
  const match =
    said.take(
      /\b(?:wait\w*|until|checks?)\b[^.;]*?\b(?:service\s+)?["'`]?([a-z][a-z0-9.-]*[a-z0-9])["'`]?:(\d{2,5})\b[^.;,]*/i,
    ) ??
    said.take(
      /\b(?:wait\w*|until|checks?)\b[^.;]*?\b(?:for|until|that|if)\s+(?:the\s+)?(?:service\s+|host\s+|database\s+)?["'`]?([a-z][a-z0-9.-]*[a-z0-9])["'`]?\s+(?:service\s+)?(?:answers?|responds?|is|to be|can be|accepts?|on|at|listens?)\b[^.;\d]*(\d{2,5})[^.;,]*/i,
    );
  if (match?.[1] !== undefined)
    return ['sh', '-c', `until nc -z ${match[1]} ${match[2] ?? '80'}; do echo waiting for ${match[1]}; sleep 2; done`];
  const name = said.take(
    /\b(?:wait\w*|until)\b[^.;]*?\b(?:for|until)\s+(?:the\s+)?(?:service\s+)["'`]?([a-z][a-z0-9-]*[a-z0-9])["'`]?|\bresolv\w+\s+["'`]?([a-z][a-z0-9.-]*)|\b(?:wait\w*|until)\b[^.;]*?\b(?:name|host(?:name)?|service|record|for|until)\s+["'`]?([a-z][a-z0-9-]*(?:\.[a-z0-9-]+)*)["'`]?\s+(?:can be |is |to be )?(?:resolv\w+|(?:known|found) (?:by|in) dns)/i,
  );
  const host = name?.[1] ?? name?.[2] ?? name?.[3];
  return host === undefined
    ? undefined
    : ['sh', '-c', `until nslookup ${host}; do echo waiting for ${host}; sleep 2; done`];
}

/** "must not start before that": later containers wait until the first one answers, by its start-up hook. */
function waitInOrder(passages: readonly Passage[], containers: ContainerFacts[], parts: readonly Part[]): void {
  const said = new Said(passages);
  const ordered = said.take(
    /\b(?:must|may|should|does|can)?\s*(?:not|never|n't)\s+(?:be )?start(?:ed)? (?:before|until)[^.;]*|\bstarts? (?:only )?(?:after|once|when)[^.;]*/i,
  );
  const ready = said.take(
    /\b(?:counts as |is |be(?:comes)? |considered )?ready (?:only )?(?:when|once|if|after)[^.;,]*/i,
  );
  const first = containers[0];
  if (first === undefined || parts.length < 2 || (ordered === undefined && ready === undefined)) return;
  const port = first.ports[0]?.port ?? 80;
  first.fields['readinessProbe'] ??= { httpGet: { path: '/', port }, initialDelaySeconds: 1, periodSeconds: 2 };
  if (ordered !== undefined)
    first.fields['lifecycle'] ??= {
      postStart: {
        exec: {
          command: [
            '/bin/sh',
            '-c',
            `until (echo > /dev/tcp/127.0.0.1/${port}) 2>/dev/null || curl -fs -o /dev/null http://127.0.0.1:${port}/ || wget -q -O /dev/null http://127.0.0.1:${port}/; do sleep 1; done`,
          ],
        },
      },
    };
}
