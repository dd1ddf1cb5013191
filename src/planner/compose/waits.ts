/** Who waits for whom, and for what: "x depends on y", "starts once y is healthy", "y must have finished before x starts". */
import { sentences, type Passage } from '../text.ts';
import { aboutAt, servicesIn } from './cast.ts';
import { healthcheck, isBackend, type Project, type Service } from './project.ts';
import type { Scene } from './scene.ts';

const WAITS =
  /\bdepend(?:s|ing|ent)? (?:up)?on\b|\bwait(?:s|ing)?\s+(?:for|until|till|on)\b|\b(?:(?:must|should|may|can|shall|will|do|does)(?:n't| not)|cannot|never|not to)\s+(?:be\s+)?(?:start\w*|run|come up|boot|launch\w*|go)\s+(?:up\s+)?(?:before|until|unless)\b|\b(?:start(?:s|ed|ing)?|com(?:es?|ing)|boots?|launch(?:es|ed)?|runs?|goes|begins?)(?: up)?\s+(?:only\s+)?(?:after|once|when)\b|\bonly (?:after|once|when)\b|\buntil\b|\bneeds? (?=[^.;,]{0,24}\b(?:first|healthy|ready|up)\b|(?:the )?[a-z][\w-]*\s*(?:[,.;]|$))|\bafter\b(?=\s+(?:the |its )?[\w`"-]+(?:\s+(?:is|are|has|have|reports?|exits?|finish\w*|complet\w*|starts?)\b|\s*$|\s*[,;)]|\s+and\b))|\brequires? (?=[^.;,]{0,24}\b(?:healthy|ready|running)\b)|(?<=\bdepends? on [^.;]{1,60},\s*(?:and\s+)?(?:the\s+)?["'`]?[\w-]+["'`]?\s)on\b(?= (?:the )?[a-z])/gi;

const BEFORE =
  /\b(?:complet\w*|finish\w*|succeed\w*|exit\w*|done|(?:is|are|be|been|become\w*)\s+(?:\w+\s+)?(?:healthy|ready|up|started|running)|healthy|ready|starts?|started|runs?|comes? up|go(?:es)?)(?: (?:successfully|once|first|cleanly|with (?:code )?0))*\s+before\b/gi;
const NOT = /\b(?:not|never|cannot|n't)\s+(?:be\s+)?$/i;

const HOW =
  /\b(?:is|are|has|have|was|be|been|reports?|being|become\w*)\s+(?:been\s+)?(?:healthy|ready|finished|completed|done|started|up|exited|running|available)(?:\s+(?:successfully|cleanly|with success))?\b|\b(?:finish(?:ed|es)|complet(?:ed|es)|exit(?:ed|s)|succeed(?:ed|s)) ?(?:successfully|cleanly|with (?:code |status )?0)?|\bsuccessful(?:ly)?\b|\bhealthy\b/gi;

/** "x depends on y", "waits until y is healthy", "after y has finished successfully". */
export function readDependencies(project: Project, scene: Scene, text: Passage): void {
  for (const sentence of sentences(text)) {
    const plain = sentence.text;
    const verbs = [...plain.matchAll(WAITS)].filter((v, i, all) => i === 0 || v.index > (all[i - 1]?.index ?? 0) + 2);
    let subjects: Service[] = [];
    let objects: Service[] = [];
    for (const [i, verb] of verbs.entries()) {
      const at = sentence.at - text.at + verb.index;
      const end = sentence.at - text.at + (verbs[i + 1]?.index ?? sentence.text.length);
      const about = aboutAt(project, scene, Math.max(sentence.at - text.at, at - 1));
      // "waits until db is healthy and until migrate is done": the same one waits.
      const again = subjects.length > 0 && (/^until|^after/i.test(verb[0]) || about.every((s) => objects.includes(s)));
      const leading = plain.slice(0, verb.index).trim() === '' || /[,;:(]\s*$/.test(plain.slice(0, verb.index)) && about.length === 0; // prettier-ignore
      if (!again) subjects = about;
      objects = objectsOf(project, scene, text, at + verb[0].length, end);
      if (objects.length === 0 && /\b(?:it|that|they|them|this)\b/i.test(text.text.slice(at, end)))
        objects = lastNamed(project, scene, at, subjects);
      if (leading && objects.length > 0) {
        const later = servicesIn(project, scene, at + verb[0].length, end).filter((s) => !objects.includes(s));
        if (later.length > 0) subjects = later;
      }
      if (objects.length > 0 && /^\s+(?:only|just|solely)\b/i.test(plain.slice(verb.index + verb[0].length)))
        onlyOn(subjects, objects);
      const tied = tie(subjects, objects, (o) => statusOf(project, scene, text, at, end, o));
      if (tied) {
        sentence.slice(verb.index, verb.index + verb[0].length).take(/^.*$/s);
        sentence.slice(verb.index).takeAll(HOW);
      }
    }
  }
}

/** "worker depends only on cache": on nothing that is usual. */
function onlyOn(subjects: readonly Service[], objects: readonly Service[]): void {
  for (const one of subjects)
    one.dependsOn = Object.fromEntries(
      Object.entries(one.dependsOn).filter(([n]) => objects.some((o) => o.name === n)),
    );
}

/** What is said of one of those that are waited for: behind its name, else behind the last. */
function statusOf(project: Project, scene: Scene, text: Passage, from: number, to: number, one: Service): string {
  const named = scene.mentions.filter((m) => m.start >= from && m.start < to);
  const i = named.findIndex((m) => servicesOf(project, m.entities).includes(one));
  const mention = named[i];
  const own = mention === undefined ? '' : text.text.slice(mention.end, named[i + 1]?.start ?? to);
  const status = /\b(?:finish\w*|complet\w*|done|exit\w*|success\w*|succeed\w*|healthy|ready|started|running)\b/i;
  return status.test(own) ? own : text.text.slice(from, to);
}

function tie(subjects: readonly Service[], objects: readonly Service[], words: (peer: Service) => string): boolean {
  let tied = false;
  for (const one of subjects)
    for (const peer of objects) {
      if (peer === one) continue;
      one.dependsOn[peer.name] = { condition: conditionOf(words(peer), peer) };
      if (peer.dependsOn[one.name] !== undefined)
        peer.dependsOn = Object.fromEntries(Object.entries(peer.dependsOn).filter(([name]) => name !== one.name));
      tied = true;
    }
  return tied;
}

/** "healthcheck for the database; the app waits until it is healthy": what was named last beside who waits. */
function lastNamed(project: Project, scene: Scene, at: number, subjects: readonly Service[]): Service[] {
  for (const m of [...scene.mentions].reverse()) {
    if (m.end > at || m.group) continue;
    const found = servicesOf(project, m.entities).filter((s) => !subjects.includes(s));
    if (found.length > 0) return found;
  }
  return [];
}

/** What is waited for: what is named behind the verb, up to where something else is spoken of. */
function objectsOf(project: Project, scene: Scene, text: Passage, from: number, to: number): Service[] {
  const found: Service[] = [];
  let last = from;
  for (const m of scene.mentions) {
    if (m.start < from || m.start >= to) continue;
    const gap = text.text.slice(last, m.start);
    const first = last === from;
    const list = /^[\s"'`)]*(?:\([^)]*\)\s*)?(?:v?\d[\w.]*\s*)?(?:(?:service|container|job|task)\s+)?(?:(?:is|are|has|have|reports?)\s+(?:been )?(?:healthy|ready|finished|done|up|started|completed|exited|run)(?: successfully| once)?\s*)?(?:,|and|&|\+|,\s*and|or|as well as)\s+(?:(?:for|until|on|the|a|an|its|our|also|both|once)\s+)*["'`]?$/i; // prettier-ignore
    if (first ? /[;:]|,\s/.test(gap) : !list.test(gap)) break;
    // "db and cache, worker depends on cache": who follows waits itself.
    if (!first && /^["'`]?\s*(?:\([^)]*\)\s*)?(?:depends?|waits?|starts?|needs?)\b/i.test(text.text.slice(m.end)))
      break;
    found.push(...servicesOf(project, m.entities));
    last = m.end;
  }
  return found;
}

const servicesOf = (project: Project, entities: readonly unknown[]): Service[] =>
  project.services.filter((s) => s.entity !== undefined && entities.includes(s.entity));

/** "migrate must complete successfully before api starts": the other way round. */
export function readPrecedence(project: Project, scene: Scene, text: Passage): void {
  for (const sentence of sentences(text))
    for (const match of sentence.text.matchAll(BEFORE)) {
      if (NOT.test(sentence.text.slice(0, match.index))) continue;
      const at = sentence.at - text.at + match.index;
      const about = aboutAt(project, scene, at);
      const first = servicesIn(project, scene, sentence.at - text.at, at).at(-1) ?? about[0];
      const rest = sentence.text.slice(match.index + match[0].length);
      const to = at + match[0].length + (/[,;(]/.exec(rest)?.index ?? rest.length);
      const named = servicesIn(project, scene, at + match[0].length, to);
      const everyone = /^\s+(?:any(?:one|thing|body)|every(?:one|thing)|the (?:others?|rest)|others|all)\b/i.test(rest);
      const bracket = about.length === 1 && sentence.text.slice(0, match.index).lastIndexOf('(') > sentence.text.slice(0, match.index).lastIndexOf(')'); // prettier-ignore
      const one = bracket ? about[0] : first;
      const later = everyone && named.length === 0 ? project.services.filter((s) => s !== one && !isBackend(s) && s.app?.role !== 'proxy') : named; // prettier-ignore
      for (const s of later)
        if (one !== undefined && s !== one && one.dependsOn[s.name] === undefined) {
          s.dependsOn[one.name] = { condition: conditionOf(match[0], one) };
          sentence.slice(match.index).take(/^[^,;]*?\bbefore\b(?:[^,;]*?\b(?:starts?|uses? it|boots?|runs?)\b)?/i);
        }
    }
}

export function conditionOf(clause: string, peer: Service): string {
  if (/\b(?:finish\w*|complet\w*|done|exit\w*|success\w*|succeed\w*)\b/i.test(clause)) {
    peer.extra['restart'] = 'no';
    return 'service_completed_successfully';
  }
  if (/\b(?:started|running)\b/i.test(clause) && !/\bhealthy\b/i.test(clause)) return 'service_started';
  if (peer.extra['restart'] === 'no' && peer.app === undefined && /\bmigrat|\bseed|\binit|\bsetup|\bonce\b/i.test(`${peer.name} ${peer.words.said.text}`)) return 'service_completed_successfully'; // prettier-ignore
  // Who waits until it is healthy wants it to be asked, in the component's own way.
  if (/\b(?:healthy|ready|pass(?:es|ed)?)\b/i.test(clause) && peer.app !== undefined && peer.app.probe !== 'none') peer.extra['healthcheck'] ??= {}; // prettier-ignore
  const asked = peer.extra['healthcheck'] !== undefined && peer.extra['healthcheck'] !== false;
  return healthcheck(peer) === undefined && !asked ? 'service_started' : 'service_healthy';
}
