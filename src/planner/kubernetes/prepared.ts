/**
 * What is put in place before a container starts, and the volume that it is handed over on: "before httpd starts, /a/b must hold x",
 * "an init container copies /a to /b, then web serves it from /c; they share an emptyDir".
 */
import type { Said } from './attributes.ts';
import type { ContainerFacts, DraftObject, Workload } from './model.ts';
import { addMounts } from './fill.ts';
import { wordOf } from './mend/shape.ts';

const PATH = String.raw`["'\x60]?(/(?:[\w.-]+/)*[\w.-]*\w)["'\x60]?`;
const STARTS = String.raw`(?:(?:is |gets )?(?:start(?:s|ed)|launched|comes up|begins|runs))`;
const HOLDS = String.raw`(?:(?:must|has to|have to|should|shall|needs? to|is to)\s+)?(?:contain|hold|say|read|have)s?\s+(?:the\s+)?(?:(?:text|words?|line|contents?|string|value)\s+)?(\uE000\d+\uE001|"[^"\n]+"|'[^'\n]+'|[\w.-]*\w)`;
const FIRST = new RegExp(
  String.raw`\bbefore\s+(?:the\s+)?(?:[a-z][\w-]*\s+){1,3}?${STARTS},?\s+(?:the\s+|a\s+)?(?:file\s+)?${PATH}\s+${HOLDS}`,
  'gi',
);
const LAST = new RegExp(
  String.raw`\b(?:the\s+|a\s+)?file\s+${PATH}\s+${HOLDS}\s+before\s+(?:the\s+)?(?:[a-z][\w-]*\s+){1,3}?${STARTS}`,
  'gi',
);

/** What must be there first, as an init container that makes it. */
export const preparedFirst = (text: string): string =>
  text
    .replace(/\bemp?ty[ -]?dir(?:ector(?:y|ies))?(?=\s+volume)|\bemp?ty[ -]?dir\b/gi, 'emptyDir')
    .replace(
      /\b(an?|the|one) (?:init(?:iali[sz](?:ation|ing))?|preparation|set-?up) (?:step|phase|part)\b/gi,
      '$1 init container',
    )
    .replace(FIRST, (_whole, path: string, words: string) => `an init container writes ${words} to ${path}`)
    .replace(LAST, (_whole, path: string, words: string) => `an init container writes ${words} to ${path}`);

/** The folder that a container's own command writes to. */
function writesTo(container: ContainerFacts): string | undefined {
  const command = container.fields['command'];
  const text = Array.isArray(command) ? command.map(wordOf).join(' ') : '';
  const file = /(?:>>?|\btouch) (\/[\w./-]*\w)/.exec(text)?.[1];
  if (file !== undefined) return file.slice(0, file.lastIndexOf('/')) || undefined;
  return /\b(?:cp -r|mv) \S+ (\/[\w./-]*\w)/.exec(text)?.[1] ?? /\bmkdir -p (\/[\w./-]*\w)/.exec(text)?.[1];
}

const WORKS =
  /\b(?:serv|deliver|read|show|publish|us|find|see|expect|load|host)\w*\b[^.;\n]{0,40}?\b(?:from|in|at|under|below|of|out of)\s+["'`]?(\/[\w./-]*\w)/i;
const SHARED =
  /\b(?:emptyDir|(?:shared|common|scratch|temporary)(?: (?:volume|folder|directory)))(?:\s+volume)?(?:\s+(?:called|named))?(?:\s+["'`]?([a-z][a-z0-9-]*)["'`]?)?/i;
const NO_NAME =
  /^(?:at|in|on|that|which|with|and|for|from|to|is|are|mounted|named|called|volume|under|of|the|between|so|as)$/;

/** A volume that lives as long as the pod, where an init container leaves something for the others and no volume holds it yet. */
export function handOver(workload: Workload, said: Said): void {
  const all = [...workload.initContainers, ...workload.containers];
  const held = (folder: string): boolean =>
    [...workload.claims.map((c) => c.path), ...all.flatMap((c) => mountsOf(c))].some((path) => folder === path || folder.startsWith(`${path}/`)); // prettier-ignore
  const writers = workload.initContainers.filter((c) => {
    const folder = writesTo(c);
    return folder !== undefined && !held(folder);
  });
  if (writers.length === 0) return;
  const shared = said.take(SHARED)?.[1];
  const name = shared === undefined || NO_NAME.test(shared) ? 'shared' : shared;
  const folder = writers.map(writesTo)[0] ?? '/work';
  const works = said.take(WORKS)?.[1];
  if (!workload.volumes.some((v) => v['name'] === name)) workload.volumes.push({ name, emptyDir: {} });
  for (const writer of writers) addMounts(writer, [{ name, mountPath: writesTo(writer) ?? folder }]);
  for (const container of workload.containers)
    if (!mountsOf(container).includes(works ?? folder)) addMounts(container, [{ name, mountPath: works ?? folder }]);
}

const mountsOf = (container: ContainerFacts): string[] =>
  ((container.fields['volumeMounts'] ?? []) as DraftObject[]).map((m) => wordOf(m['mountPath']));
