/** Which words belong to which service: its own clauses, what is said of several at once, and what is an object of its own. */
import { Ledger, Passage } from '../../text.ts';
import { NUMBER, SIZE } from '../../grammar/quantities.ts';
import { kindInfo } from '../kinds.ts';
import { addPassage, leadStart } from '../leads.ts';
import { entityOf, type Entity } from '../model.ts';
import { wholeSentences } from './naming.ts';
import { isStore, type Part, type Spoken } from './part.ts';
import type { Parts } from './parts.ts';

const TLD =
  'com|org|net|io|dev|local|lan|example|internal|intra|corp|home|test|cloud|app|shop|store|tech|site|page|online|systems|services|network|digital|world|live|games|health|bank|xyz|gg|tv|co|de|uk|eu|edu|gov|ai|me|info|biz|fr|nl|ch|at|us|ca|se|no|dk|pl|it|es|be|jp|br|au';
/** An address: with its protocol whatever it ends in, without it by what addresses end in; no image, no key of a label. */
export const HOST = new RegExp(
  String.raw`(?<![\w@./-])(?:https?:\/\/(?=[\w.*-]+\.[a-z]{2,})|(?=(?:\*\.)?(?:[a-z0-9-]+\.)+(?:${TLD})(?![\w-])))((?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,})(?![\w-]|:\w|\/[\w.-]+[:/]\S*[:@]|\/[\w.-]+\s*=)`,
  'i',
);

const SERVICE =
  /\bload ?-?balancers?\b|\bnode ?-?ports?\b|\b(?:public|publicly|exposed|published)\b[^,;()]*\bport \d+|\b(?:behind|via|through) (?:an? |the )?(?:headless )?service\b|\bservice (?:called |named )[a-z]|\bheadless\b/i;
const SCALER = new RegExp(
  String.raw`\bauto-?scal\w*|\bscal(?:e|es|ing|ed)\b|\bhpa\b|\bfrom ${NUMBER} to ${NUMBER} (?:pods|replicas|copies|instances)|\bmin\w*\s+\d+\s*(?:,|and|to|-|\/)?\s*max\w*\s+\d+|\bbetween ${NUMBER} and ${NUMBER} (?:pods|replicas|copies|instances)`,
  'i',
);
const PORTS =
  /^\s*(?:also\s+)?:?(\d{3,5}|80|22|25|53|21)(?:\/(tcp|udp))?(?:\s*(?:and|&|\/|\+)\s*:?(\d{2,5}))?(?:\s+(?:for\s+(?:the\s+)?)?(?!(?:days?|hours?|minutes?|weeks?|months?|seconds?|replicas?|copies|pods?|instances?|times|users?|requests?|cpus?|cores?|gigs?|megs?|retention|workers?\b|nodes?)\b)[a-z][a-z -]{1,22}|\s+for\s+(?:the\s+)?[a-z][a-z -]{1,22})?\s*$/i;
const LISTENS = /^\s*(?:it\s+|which\s+|and\s+)?listens?\s+(?:on\s+|at\s+)?(?:port\s+)?:?(\d{2,5})\s*$/i;
const SHOWN =
  /^\s*(?:and\s+)?(?:the\s+|its\s+|an?\s+)?(?:[a-z]+\s)?(?:page|ui|console|interface|dashboard)\s+(\d{2,5})\s*$/i;
const PAGE =
  /^\s*(?:and\s+)?(?:the\s+|its\s+|an?\s+)?[a-z][\w -]{0,24}?\b(?:page|ui|console|metrics|admin|rpc|port|http|web|api|dashboard|interface|listening|gunicorn|uvicorn|puma|express|nginx|server)\s+(?:(?:listens|is|runs|served)\s+)?(?:on|at|is|=|:)\s*(?:port\s+)?:?(\d{2,5})\s*$/i;
/** "port 7000 udp", "3 of them" */
const SPELLED = new RegExp(
  String.raw`^\s*(?:ports?|[a-z][\w -]{0,24}?)\s+(\d{2,5})\s*\/?(udp|tcp)\s*$|^\s*(${NUMBER})\s+of\s+(?:them|these|those)\s*$`,
  'i',
);
/** "sampler 512Mi", where memory was spoken of before. */
const BARE = new RegExp(String.raw`^\s*(?:and\s+)?(?:[\w-]+\s+)?${SIZE}\s*\.?$`, 'i');
/** "cleanup with "bin/cleanup"": what is run stands in quotes. */
const RUNS = /\b(?:with|runs?|running|starts?|starting|executes?|calls?|calling)\s+["`]([^"`\n]+)["`]/i;
/** The name of a variable. */
const VARIABLE = /\b(?!HTTPS?\b|JSON\b|REST\b|YAML\b|GRPC\b)[A-Z][A-Z0-9_]{3,}\b/;
const TIMED = /\b(?:nightly|daily|hourly|weekly|monthly|every|each)\b/i;
/** What an application keeps beside its database. */
const FILES = new RegExp(
  String.raw`\b${SIZE}\s*(?:of\s+(?:storage|space|disk)\s*)?for\s+(?:the\s+|its\s+|their\s+)?(?:files?|repositor\w+|uploads?|media|documents?|attachments?|pictures?|photos?|images|content|plugins|themes|videos?)\b|\b(?:files?|uploads?|media|attachments?|repositor\w+)\s*(?:of|:|=|with|gets?|needs?|keeps?)?\s+${SIZE}`,
  'i',
);
/** "keeps 10Gi", "2Gi kept" */
const KEPT = new RegExp(
  String.raw`\b(?:keeps?|needs? to keep|retains?)\s+(?:its data on\s+|up to\s+)?${SIZE}(?!\s*(?:memory|ram))|${SIZE}\s+(?:are |is )?kept\b`,
  'i',
);
/** A variable of its own, said of all programs. */
const SETTING =
  /\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\s*(?:=\S|from\s+(?:the\s+)?(?:key|secret|config ?map)\b|(?:comes?|is|are|taken|read|set)\b[^.;]{0,30}\b(?:key|secret|config ?map)\b)/;
/** A command line that nobody calls one. */
const COMMAND =
  /^\s*(?:"([^"]+)"|`([^`]+)`)\s*$|^\s*((?:bundle|php|celery|rq|python3?|node|npm|yarn|pnpm|rails|rake|gunicorn|uvicorn|hypercorn|java|dotnet|flask|dramatiq|huey_consumer|arq|bin\/\S+|\.\/\S+|manage\.py|django-admin|mix|cargo|deno|bun)\s+\S.*?)\s*$/i;
const NEGATED = /\b(?:no|not|without|never|n't|only internal|cluster-internal)\b/i;

/** A synthetic text in the plain words of the grammars, standing where the real words are. */
export const plain = (text: string, at: number): Passage => new Passage(text, at, new Ledger(text));

interface Clause {
  readonly start: number;
  readonly end: number;
}

/** A stretch of the text cut at commas and brackets. */
function clausesOf(text: string, from: number, to: number): Clause[] {
  const found: Clause[] = [];
  let start = from;
  for (const m of text
    .slice(from, to)
    .matchAll(
      /"[^"\n]*"|`[^`\n]*`|[(),;]|,\s+and\s|\s+and\s+(?=an?\s+(?:headless |internal )?(?:service|load ?-?balancer|node ?-?port)\b)|:(?=\s)/g,
    )) {
    if (/^["`]/.test(m[0])) continue;
    if (from + m.index > start) found.push({ start, end: from + m.index });
    start = from + m.index + m[0].length;
  }
  if (to > start) found.push({ start, end: to });
  return found.filter((c) => text.slice(c.start, c.end).trim() !== '');
}

/** Hands out the words. @returns the objects that the words ask for around the services */
export function handOut(parts: Parts): Entity[] {
  const around: Entity[] = [];
  const { text } = parts;
  let last: Part | undefined;
  let group: readonly Part[] = [];
  for (const sentence of wholeSentences(text)) {
    const end = sentence.at + sentence.text.length;
    const here = parts.spoken.filter((s) => s.start >= sentence.at && s.start < end);
    if (labelled(parts, sentence)) continue;
    const alone = parts.parts.length === 1;
    const several = alone ? undefined : ofSeveral(parts, sentence, here);
    if (here.length === 0) {
      if (PLURAL.test(sentence.text) && group.length > 1) {
        for (const part of group) give(parts, part, { from: sentence.at, to: end, skip: [] }, around);
        continue;
      }
      if (SETTING.test(sentence.text)) {
        for (const part of parts.parts) if (part.own) addPassage(part.entity, sentence);
        continue;
      }
      if (last !== undefined && several === undefined && (alone || goesOn(sentence.text)))
        give(parts, last, { from: sentence.at, to: end, skip: [] }, around);
      continue;
    }
    here.forEach((spoken, i) => {
      const before = here[i - 1];
      const from = Math.max(before?.until ?? sentence.at, leadAt(sentence, spoken, before));
      const next = here[i + 1];
      const to = next === undefined ? end : Math.max(spoken.until, leadAt(sentence, next, spoken));
      const skip = several === undefined ? [] : [several];
      for (const part of [spoken.part, ...(spoken.part.twins ?? [])])
        for (const [start, stop] of behindImage(spoken, from, to, text.text)) give(parts, part, { from: start, to: stop, skip }, around); // prettier-ignore
    });
    last = here.find((s) => s.fresh)?.part ?? here[0]?.part;
    group = here.filter((s) => s.fresh && s.part.own === here.at(-1)?.part.own).map((s) => s.part);
  }
  return around;
}

/** Its words without its name and image, which say what it is and not what it is like. */
function behindImage(
  { image, start, end, part }: Spoken,
  from: number,
  to: number,
  text: string,
): readonly (readonly [number, number])[] {
  const timed = TIMED.test(text.slice(from, start));
  if (image === undefined) return [[part.of === undefined || from > start || timed ? from : end, to]];
  if (image.start < start) return [[image.end, start], [end, to]]; // prettier-ignore
  return image.start - end > 12 ? [[end, image.start], [image.end, to]] : [[image.end, to]]; // prettier-ignore
}

const leadAt = (sentence: Passage, spoken: Spoken, before: Spoken | undefined): number =>
  sentence.at + leadStart(sentence.text, spoken.start - sentence.at, Math.max(0, (before?.until ?? sentence.at) - sentence.at)); // prettier-ignore

/** "The browsers need /dev/shm in memory": said of all that the sentence before has named. */
const PLURAL =
  /^\s*(?:the|all|these|those|both)\s+(?:[a-z]+\s){0,2}?[a-z]{3,}s\s+(?:all\s+|each\s+|both\s+)?(?:needs?|gets?|have|mount|use|share|want|require|should|must|are to)\b/i;
const PAIR = /(?<![\w./=-])([a-z][\w./-]*)\s?=\s?([a-z0-9][\w.-]*)/gi;

/** "Labels: app=shop plus tier=web or tier=api": what several have in common, and each its own. @returns whether it says so */
function labelled(parts: Parts, sentence: Passage): boolean {
  if (!/\blabel/i.test(sentence.text)) return false;
  const pairs = [...sentence.text.matchAll(PAIR)].map((m) => ({ key: m[1] ?? '', value: m[2] ?? '' }));
  const chosen = pairs.filter((p) => pairs.some((o) => o.key === p.key && o.value !== p.value));
  const whose = chosen.map((pair) => ({ pair, part: parts.parts.find((p) => p.entity.name === pair.value || p.words.includes(pair.value.toLowerCase())) })); // prettier-ignore
  if (chosen.length < 2 || pairs.length > 60 || whose.some((w) => w.part === undefined)) return false;
  for (const { pair, part } of whose) {
    const own = [...pairs.filter((p) => !chosen.includes(p)), pair].map((p) => `${p.key}=${p.value}`);
    if (part !== undefined) addPassage(part.entity, plain(`pod labels ${own.join(', ')}`, sentence.at));
  }
  sentence.ledger.use(sentence.at, sentence.at + sentence.text.length);
  return true;
}

/** A sentence without a name that is about the service spoken of before it. */
const goesOn = (text: string): boolean =>
  !HOST.test(text) &&
  /^\s*(?:it|its|they|their|this|port|image|command|env|environment|with|runs?|needs?|keeps?|listens?|exposes?|mounts?|gets?|uses|limits?|requests?|resources|health\w*|readiness|liveness|replicas?|\d+ (?:replicas?|copies|pods|instances)|(?:one|two|three|four|five) (?:replicas?|copies|pods|instances))\b/i.test(
    text,
  );

/** "two replicas each of front and back", "every container asks for 100m CPU": one clause for several services. */
function ofSeveral(parts: Parts, sentence: Passage, here: readonly Spoken[]): Clause | undefined {
  const { text } = parts;
  const end = sentence.at + sentence.text.length;
  const clause = clausesOf(text.text, sentence.at, end).find((c) => {
    const words = text.text.slice(c.start, c.end);
    return (
      /\b(?:each|all|both|everything|every(?! \d))\b(?! (?:passwords?|data|keys|values|secrets?|settings|names|traffic|requests|night|day|week|month|hour|minute|else|other|the data))/i.test(
        words,
      ) &&
      (/\b(?:replicas?|copies|instances|pods?|twice|times|containers?|keeps?|storage|disk|volumes?|asks?|requests?|limits?|cpu|memory|port|non-?root|image|probe|health|env|label)\b/i.test(
        words,
      ) ||
        VARIABLE.test(words) ||
        /\b[A-Z][A-Z0-9_]+=\S/.test(words))
    );
  });
  if (clause === undefined) return undefined;
  const words = text.text.slice(clause.start, clause.end);
  const except = /\bexcept(?: for)?\b/i.exec(words);
  const inside = here.filter((s) => s.start >= clause.start && s.start < clause.end);
  const border = except === null ? clause.end : clause.start + except.index;
  const named = inside.filter((s) => s.start < border).map((s) => s.part);
  const others = inside.filter((s) => s.start >= border).map((s) => s.part);
  const count = except === null ? undefined : new RegExp(`\\b(?:with|has|at|gets|:|=)\\s*(${NUMBER})\\b`, 'i').exec(words.slice(except.index))?.[1]; // prettier-ignore
  for (const part of others) if (count !== undefined) addPassage(part.entity, plain(`${count} replicas`, border));
  const fresh = here.filter((s) => s.fresh && s.start < clause.start).map((s) => s.part);
  // Variables and commands are for programs, not for the stores beside them.
  const mine = VARIABLE.test(words) || /\bcommand\b|\bimage\b/.test(words);
  const most = named.length > 0 ? named : fresh.length > 1 ? fresh : parts.parts;
  const all = mine && named.length === 0 ? most.filter((p) => p.own) : most;
  // How many there are is said of programs, not of the stores beside them.
  const counted = /\b(?:replicas?|copies|instances|pods?|twice|times)\b/i.test(words) && named.length === 0;
  for (const part of new Set(all)) {
    if (others.includes(part)) continue;
    if (counted && part.entity.app?.data !== undefined && all.some((p) => p.entity.app?.data === undefined)) continue;
    const subject = /^\s*(?:and\s+)?(?:each|everything|every|all|both)\s+(?:(?:of\s+(?:them|these|the\s+\w+)|containers?|pods?|services?|programs?)\s+)?/i.exec(words)?.[0] ?? ''; // prettier-ignore
    const own = { start: clause.start + subject.length, end: border };
    const made = apart(part, text.text.slice(own.start, own.end), own, text);
    addPassage(part.entity, made instanceof Passage ? made : text.slice(own.start, own.end));
  }
  return clause;
}

interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly skip: readonly Clause[];
}

/** Gives a stretch of the text to a part, without what is an object of its own or said otherwise. */
function give(parts: Parts, part: Part, { from, to, skip }: Stretch, around: Entity[]): void {
  const { text } = parts;
  const files = FILES.exec(text.text.slice(from, to));
  const keeper = files === null || part.entity.app?.role !== 'database' ? undefined : (parts.parts.find((p) => p.entity.app?.role === 'app' && p.entity.app.data !== undefined) ?? parts.parts.find((p) => p.own && p.of === undefined)); // prettier-ignore
  if (files !== null && keeper !== undefined) {
    text.ledger.use(from + files.index, from + files.index + files[0].length);
    addPassage(keeper.entity, plain(`${files[1] ?? files[3] ?? '1'}${files[2] ?? files[4] ?? 'Gi'} of storage`, from));
    give(parts, part, { from, to: from + files.index, skip }, around);
    give(parts, part, { from: from + files.index + files[0].length, to, skip }, around);
    return;
  }
  const run = part.own ? RUNS.exec(text.text.slice(from, to)) : null;
  if (run?.[1] !== undefined && !/\bcommand\b/i.test(part.entity.said)) {
    text.ledger.use(from + run.index, from + run.index + run[0].length);
    addPassage(part.entity, plain(`command "${run[1]}"`, from));
  }
  let start = from;
  const keepTo = (end: number): void => {
    if (end > start) addPassage(part.entity, text.slice(start, end));
  };
  for (const clause of clausesOf(text.text, from, to)) {
    const words = text.text.slice(clause.start, clause.end);
    const program = programMeant(parts, part, words, clause, from);
    if (program !== undefined) {
      keepTo(clause.start);
      start = clause.end;
      give(parts, program, { from: clause.start, to: clause.end, skip }, around);
      continue;
    }
    const skipped = skip.some((s) => clause.start >= s.start && clause.start < s.end);
    const made = skipped ? undefined : apart(part, words, clause, text);
    if (!skipped && made === undefined) continue;
    keepTo(clause.start);
    start = clause.end;
    if (made === undefined || made === 'said') continue;
    if (made instanceof Passage) addPassage(part.entity, made);
    else {
      const same = around.find(
        (e) => e.kind === made.kind && e.kind?.kind !== 'Service' && e.owners[0] === part.entity,
      );
      if (same === undefined) around.push(made);
      else for (const passage of made.passages) addPassage(same, passage);
    }
  }
  keepTo(to);
}

/** "web with mongo, 3 replicas, NodePort 30080": after a comma behind a store the program is meant again. */
function programMeant(parts: Parts, part: Part, words: string, { start }: Clause, from: number): Part | undefined {
  const text = parts.text.text;
  if (part.own || part.entity.image !== undefined || !isStore(part) || start <= from) return undefined;
  if (text.lastIndexOf('(', start) > text.lastIndexOf(')', start) || !/,\s*(?:and\s+)?$/.test(text.slice(from, start))) return undefined; // prettier-ignore
  if (!/\b(?:replicas?|copies|instances|load ?balancer|node ?-?port)\b/i.test(words)) return undefined;
  const line = text.lastIndexOf('\n', start);
  const before = parts.spoken.filter((s) => s.start < start && s.start > line && !isStore(s.part) && s.part.of === undefined); // prettier-ignore
  return before.at(-1)?.part;
}

/** What a clause is, where it is more than a few words about the part itself. */
function apart(
  part: Part,
  words: string,
  { start, end }: Clause,
  text: Passage,
): Entity | Passage | 'said' | undefined {
  const ports = PORTS.exec(words);
  const page = PAGE.exec(words) ?? SHOWN.exec(words) ?? LISTENS.exec(words);
  const host = HOST.exec(words);
  const command = COMMAND.exec(words)
    ?.slice(1)
    .find((g) => (g as string | undefined) !== undefined);
  const inBracket = text.text.lastIndexOf('(', start) > text.text.lastIndexOf(')', start);
  const quoted = /^\s*["`]/.test(words);
  const named = /^\S+\s+(?:app|api|project|site|service|worker|with|and|version|\d)/i.test(command ?? '');
  if (command !== undefined && part.own && inBracket && (quoted || !named)) {
    text.ledger.use(start, end);
    return plain(`command "${command}"`, start);
  }
  const spelled = SPELLED.exec(words);
  if (spelled !== null) {
    text.ledger.use(start, end);
    return plain(
      spelled[1] === undefined
        ? `${spelled[3] ?? '1'} replicas`
        : `port ${spelled[1]}/${(spelled[2] ?? 'tcp').toLowerCase()}`,
      start,
    );
  }
  const amount = part.own ? BARE.exec(words) : null;
  if (amount !== null && /\b(?:memory|ram)\b[^.;()]{0,60}$/i.test(text.text.slice(0, start))) {
    text.ledger.use(start, end);
    return plain(`memory ${amount[1] ?? '1'}${amount[2] ?? 'Gi'}`, start);
  }
  if (host !== null && !/\bimage\b/i.test(words)) return 'said';
  if (ports !== null || page !== null) {
    const numbers = [ports?.[1] ?? page?.[1], ports?.[3]].filter(
      (n) => n !== undefined && Number(n) > 0 && Number(n) < 65_536,
    );
    if (numbers.length === 0) return undefined;
    text.ledger.use(start, end);
    return plain(
      numbers.map((n) => `port ${n ?? ''}${ports?.[2] === undefined ? '' : `/${ports[2]}`}`).join(', '),
      start,
    );
  }
  const kept = part.own ? KEPT.exec(words) : null;
  if (kept !== null) {
    text.ledger.use(start, end);
    return plain(`${kept[1] ?? kept[3] ?? '1'}${kept[2] ?? kept[4] ?? 'Gi'} of storage`, start);
  }
  const kind = SERVICE.test(words) && !NEGATED.test(words) ? 'Service' : SCALER.test(words) ? 'HorizontalPodAutoscaler' : undefined; // prettier-ignore
  const info = kind === undefined ? undefined : kindInfo(kind);
  if (info === undefined) return undefined;
  const name = /\bservice\s+(?:called |named )?["'`]?([a-z][a-z0-9-]*)/i.exec(words)?.[1];
  const entity = entityOf(-1, { kind: info, explicit: true, owners: [part.entity], name: kind === 'Service' && name !== undefined && !/^(?:on|at|of|with|and|for|that|which|port|type)$/.test(name) ? name : undefined }); // prettier-ignore
  addPassage(entity, text.slice(start, end));
  return entity;
}
