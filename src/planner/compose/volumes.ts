/** Volumes that the words name: which are called what, where they are seen, which have no name. */
import type { Said } from '../kubernetes/attributes.ts';
import type { Passage } from '../text.ts';
import type { Project, Service } from './project.ts';

export interface VolumeWord {
  /** Nothing: the engine names it. */
  readonly name: string | undefined;
  /** Nothing: where the component keeps its data. */
  readonly target: string | undefined;
  readonly readOnly: boolean;
}

const NAME = String.raw`["'\x60]?([a-z][a-z0-9]*(?:[_.-][a-z0-9]+)*)["'\x60]?(?![\w/])`;
/** A name that nobody takes for an ordinary word. */
const MARKED = String.raw`["'\x60]?([a-z][a-z0-9]*(?:[_-][a-z0-9]+)+)["'\x60]?(?![\w/.:])`;
const PATH = String.raw`["'\x60]?(\/[\w.-]+(?:\/[\w.-]+)*)["'\x60]?`;
const AT = String.raw`(?:\s*,?\s*(?:(?:is|gets|should be|to be)\s+)?(?:mounted\s+|placed\s+|seen\s+)?(?:at|on|under|to|in|into|for|as|->|=>|:|\()\s*(?:the path\s+)?${PATH}\)?)?`;
const NOT_NAMES =
  /^(?:so|that|and|which|with|for|is|are|in|on|at|to|as|of|the|a|an|its|their|each|both|called|named|only|mounted|mount|kept|survives?|or|but|by|from|driver|data|please|too|instead|needed|where|shared|it|them|this|should|must|named|anonymous|volume|volumes|between|across|per|under|into|has|have|no|named?|use|using|plus|mapped|persist\w*|declared|outlives?|needs?|goes|go|over|also|then|will|holds?)$/i;

/** The volume that another service has as well. */
export const SAME = '<same>';

const PLAIN = String.raw`["'\x60]?[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*["'\x60]?`;
const TOGETHER = new RegExp(String.raw`\bvolumes\s*(?::|called|named|are|should be)?\s*(${PLAIN}(?:\s*,\s*(?!and\b)${PLAIN})*\s*,?\s*and\s+${PLAIN})(?=\s*(?:[.;,)]|$))`, 'i'); // prettier-ignore

/** "volumes gitea and pgdata": names that are told together, for whoever keeps something under a usual name. */
export function namedTogether(project: Project, text: Passage): void {
  const list = text.take(TOGETHER)?.[1] ?? '';
  for (const said of list.split(/\s*,\s*(?:and\s+)?|\s+and\s+/)) {
    const name = said.replace(/["'`]/g, '');
    if (name === '' || NOT_NAMES.test(name) || project.volumes.has(name)) continue;
    const usual = (s: Service): string | undefined => s.volumes.find((v) => v.startsWith(`${s.name}-data:`));
    const alike = (s: Service): boolean =>
      [s.name, s.app?.id, s.app?.engine === 'postgres' ? 'pg' : s.app?.engine, s.app?.role === 'database' ? 'db' : undefined].some((n) => n !== undefined && name.includes(n)); // prettier-ignore
    const free = project.services.filter((s) => usual(s) !== undefined);
    const owner = free.find(alike) ?? (free.length === 1 ? free[0] : undefined);
    if (owner === undefined) continue;
    owner.volumes = owner.volumes.map((v) => v.replace(new RegExp(`^${owner.name}-data:`), `${name}:`));
    project.volumes.delete(`${owner.name}-data`);
    project.volumes.add(name);
  }
}

/** "volumes a, b and c for /x, /y and /z": one each. */
function inTurn(said: Said, add: (name: string, target: string, all: string) => void): void {
  for (const m of said.takeAll(
    /\bvolumes?\s+((?:[a-z][\w-]*(?:\s*,\s*(?:and\s+)?|\s+and\s+))+[a-z][\w-]*)\s+(?:mounted\s+)?(?:for|at|on|under|to|in|as)\s+((?:\/[\w./-]*\w(?:\s*,\s*(?:and\s+)?|\s+and\s+))+\/[\w./-]*\w)/gi,
  )) {
    // prettier-ignore
    const names = (m[1] ?? '').split(/\s*,\s*(?:and\s+)?|\s+and\s+/);
    const paths = (m[2] ?? '').split(/\s*,\s*(?:and\s+)?|\s+and\s+/);
    if (names.length === paths.length) for (const [i, name] of names.entries()) add(name, paths[i] ?? '', m[0]);
  }
}

export function readVolumes(said: Said): VolumeWord[] {
  const found: VolumeWord[] = [];
  const add = (name: string | undefined, target: string | undefined, all: string): void => {
    if (
      name !== undefined &&
      (/^[A-Z][A-Z0-9]*_[A-Z0-9_]+$/.test(name) ||
        NOT_NAMES.test(name) ||
        /^(?:read-only|bind-mounted|re-?mounted|in-memory|host-\w+|self-\w+)$/i.test(name))
    )
      return;
    if (found.some((v) => v.name === name && name !== undefined) || found.some((v) => v.target === target && target !== undefined)) return; // prettier-ignore
    found.push({ name, target: target?.replace(/\.$/, ''), readOnly: /read[- ]?only/i.test(all) });
  };
  inTurn(said, add);
  for (const m of said.takeAll(
    new RegExp(
      String.raw`\b(?:anonymous|unnamed|nameless)\s+volumes?\s*(?:(?:is\s+|mounted\s+)*(?:at|on|for|over|under|in|to|:|\()?)\s*(?:the path\s+)?${PATH}((?:\s*(?:,|and)\s*\/[\w./-]*\w)*)`,
      'gi',
    ),
  ))
    // prettier-ignore
    for (const path of [m[1] ?? '', ...((m[2] ?? '').match(/\/[\w./-]*\w/g) ?? [])]) add(undefined, path, m[0]);
  for (const m of said.takeAll(new RegExp(String.raw`\b(?:keep(?:s|ing)?|except(?: for)?|apart from|but not|not (?:over(?:write|riding|ride|written)|hid(?:e|ing)|touch(?:ing)?)|without (?:overwriting|hiding))\s+(?:(?:the|its|own|container's|image's|their|existing|from)\s+)*${PATH}(?:\s+of the (?:container|image))?`, 'gi'))) add(undefined, m[1], m[0]); // prettier-ignore
  for (const m of said.takeAll(new RegExp(String.raw`\b(?:the |that )?same volume,?\s+(?:\(?(?:mounted\s+)?read[- ]?only\)?,?\s+)?(?:mounted\s+)?(?:under|at|on|in|to|as|->|:)\s*${PATH}`, 'gi'))) add(SAME, m[1], m[0]); // prettier-ignore
  const before = said.takeAll(new RegExp(String.raw`(?<![\w./-])${MARKED}\s+(?:is\s+|gets\s+)?(?:mounted\s+)?(?:at|on|for|as|->|=>|:|\()\s*${PATH}`, 'gi')); // prettier-ignore
  for (const m of before) if (/\bvolumes?\b/i.test(said.text)) add(m[1], m[2], m[0]);
  for (const m of said.takeAll(
    new RegExp(
      String.raw`\bvolumes?(?:\s*:\s*|\s+)(?:(?:called|named|name)\s+)?(?!${'(?:called|named)'}\b)${NAME}${AT}((?:\s*(?:,\s*(?:and\s+)?|\s+and\s+)${MARKED.replace('(', '(?:')}${AT.replace(PATH, PATH.replace('(', '(?:'))})*)`,
      'gi',
    ),
  )) {
    // prettier-ignore
    add(m[1], m[2], m[0]);
    if (m[1] !== undefined && NOT_NAMES.test(m[1])) continue;
    for (const n of (m[3] ?? '').matchAll(new RegExp(`${MARKED}${AT}`, 'gi'))) add(n[1], n[2], n[0]);
  }
  for (const m of said.takeAll(new RegExp(String.raw`\b(?:data(?:base)?|that|files?|uploads?|content|state|config\w*|cache|library|models?|db|records|repositories|logs|stor(?:es?|ed|ing)|kept|keeps?|lives?|sits?|persist\w*|sav(?:es?|ed))\b[^.;,\n]{0,30}?\b(?:in|to|on|into|by)\s+(?:(?:an?|the|its|own)\s+)*(?:(?:named|docker|persistent|separate)\s+)*(?:volumes?\s+(?:called |named )?)?${MARKED}${AT}`, 'gi'))) // prettier-ignore
    if (!/^(?:read-only|non-|host-|re-|pre-|on-|in-memory|up-to|user-defined|docker-\w+|well-known)/.test(m[1] ?? '')) add(m[1], m[2], m[0]); // prettier-ignore
  for (const m of said.takeAll(new RegExp(String.raw`\b(?:in|to|on|into|using|with)\s+(?:(?:an?|the|its)\s+)?(?:(?:named|docker|persistent)\s+)*volume\s+(?:called |named )?${NAME}${AT}`, 'gi'))) add(m[1], m[2], m[0]); // prettier-ignore
  return found;
}
