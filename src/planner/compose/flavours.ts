/** Which tag of a component's image the words ask for: a version with its suffix, a flavour such as "alpine" or "apache". */
import type { App } from '../catalogue/index.ts';
import { findApps } from '../catalogue/index.ts';
import type { Said } from '../kubernetes/attributes.ts';
import { versionSaid } from '../kubernetes/images.ts';

const SYSTEM = String.raw`(?:alpine|slim|fpm|bookworm|bullseye|buster|trixie|jammy|noble|focal|debian|ubuntu|ubi\d*|management)`;
const FLAVOUR = String.raw`(?:${SYSTEM}|apache|rootless|oss|jdk|jre|temurin|cli)`;
const KIND = String.raw`(?:flavou?r|variant|edition|tag)`;
const SEVERAL = String.raw`${FLAVOUR}(?:(?:\s*,\s*(?:and\s+)?|\s+and\s+|-)${FLAVOUR}){0,3}`;
const VERSION = String.raw`(?:(?:\s+version)?\s+v?\d[\d.]*)?`;

/** "(alpine)", "(apache flavour)", "in the slim variant", "alpine-based". */
const IN_BRACKETS = new RegExp(String.raw`\(\s*(?:the\s+)?(${SEVERAL})(?:[- ](?:${KIND}|based|image))?\s*\)`, 'gi');
const SPOKEN = new RegExp(String.raw`\b(${SEVERAL})[- ](?:${KIND}|based)\b`, 'gi');
/** "tag alpine". */
const TAGGED = new RegExp(String.raw`\btag\s*[:=]?\s*["'\x60]?(${SEVERAL})(?![\w.-])`, 'gi');

/** Stretches that say which flavour of an image is meant, and name no component of their own. */
export function flavourSpans(text: string): (readonly [from: number, to: number])[] {
  const apps = findApps(text);
  const behindName = (at: number): boolean =>
    apps.some((a) => a.end <= at && new RegExp(`^${VERSION}\\s*$`, 'i').test(text.slice(a.end, at)));
  return [
    ...[...text.matchAll(IN_BRACKETS)].filter((m) => behindName(m.index)),
    ...text.matchAll(SPOKEN),
    ...text.matchAll(TAGGED),
  ].map((m) => [m.index, m.index + m[0].length] as const);
}

/** The words of a flavour in the order in which tags have them: what it holds before what it stands on. */
function suffixOf(words: string, usual: string): string {
  const said = words.toLowerCase().match(new RegExp(FLAVOUR, 'gi')) ?? [];
  const inside = ['management', 'fpm', 'apache'];
  // What is inside stays as it is usual, unless the words give another.
  const kept = said.some((s) => inside.includes(s)) ? [] : inside.filter((i) => usual.includes(i));
  const all = [...new Set([...kept, ...said])];
  return [...all.filter((s) => inside.includes(s)), ...all.filter((s) => !inside.includes(s))].join('-');
}

/** @returns the tag that the words ask for, else nothing */
export function tagSaid(said: Said, app: App): string | undefined {
  const exact = said.take(new RegExp(`(?:${app.names})\\s+v?(\\d{1,4}(?:\\.\\d+)*-${SYSTEM}[\\w.-]*\\w|\\d{1,4}(?:\\.\\d+)*-${SYSTEM})(?![\\w.-]*[/:])`, 'i'))?.slice(1).find((t) => /^\d/.test(t)); // prettier-ignore
  if (exact !== undefined) return exact;
  const version = versionSaid(said, app) ?? said.take(/(?<=,\s*)version\s+(\d{1,4}(?:\.\d+)*)(?=\s*[,;.]|\s*$)/i)?.[1];
  const flavour =
    said.take(new RegExp(`(?<=(?:${app.names})${VERSION}\\s*)${IN_BRACKETS.source}`, 'i')) ??
    said.take(new RegExp(SPOKEN.source, 'i')) ??
    said.take(new RegExp(TAGGED.source, 'i'));
  if (flavour?.[1] === undefined) return version;
  const base = /^v?\d+(?:\.\d+)*/.exec(version ?? app.tag)?.[0];
  const suffix = suffixOf(flavour[1], app.tag);
  return base === undefined ? suffix : `${base}-${suffix}`;
}
