/** Variables of the caller's whose own names say what they hold: "credentials come from DB_ROOT_PW and DB_USER_PW". */
import { sentences, type Passage } from '../text.ts';
import { aboutAt } from './cast.ts';
import { ownVariables, take } from './credentials.ts';
import { isBackend, type Project, type Service } from './project.ts';
import type { Scene } from './scene.ts';

const VARIABLE = /(?<![\w=$:/.-])\$?\{?([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\}?(?![\w=(/-])/g;
const SECRET = /\b(?:pass(?:words?|wd|phrase)?|pw|secrets?|credentials?|logins?|log(?:s|ged)? in|users?|e-?mails?|keys?|tokens?)\b/i; // prettier-ignore
const SOURCE =
  /\b(?:from|in|by|via|through|out of|as|under|with|called|named|using|is|are)\s+(?:(?:the|its|their|an?|my|our|host(?:'s)?|env(?:ironment)?|shell|\.env(?: file)?|(?:as|under|called|named)) )*(?:variables? )?(?:called |named )?["'`]?(?:\$?\{?[A-Z][A-Z0-9_]+\}?["'`]?(?: \([^)]*\))?(?:, (?:and )?| and | \/ |\/)["'`]?)*$/;

/** What a variable holds by its own name, with the end of the name of the container's. */
const PARTS: readonly (readonly [caller: RegExp, own: RegExp])[] = [
  [/ROOT_?(?:PASS\w*|PWD?|SECRET)$/, /ROOT_PASSWORD$/],
  [/E?MAIL$/, /EMAIL$/],
  [/(?:PASS\w*|PWD?|SECRET)$/, /(?<!ROOT_)PASS(?:WORD|WD)?$|password$/],
  [/(?:USER|LOGIN|ADMIN|USER_?NAME)$/, /USER(?:NAME)?$/],
  [/(?:DB|DATABASE|NAME|SCHEMA)$/, /(?:_DB|DATABASE|DB_?NAME)$/],
  [/(?:KEY|TOKEN)$/, /(?:KEY|TOKEN)$/],
];

/** What no other grammar has given to anybody. */
export function callersVariables(project: Project, scene: Scene, text: Passage): void {
  for (const sentence of sentences(text)) {
    if (!sentence.has(SECRET)) continue;
    const inFile = sentence.has(/(?<![\w/])\.env\b/);
    for (const m of sentence.text.matchAll(VARIABLE)) {
      const variable = m[1] ?? '';
      if (isTaken(project, variable) || !SOURCE.test(sentence.text.slice(Math.max(0, m.index - 300), m.index))) continue; // prettier-ignore
      if (!give(project, aboutAt(project, scene, sentence.at - text.at + m.index), variable)) continue;
      sentence.slice(m.index, m.index + m[0].length).take(/^.*$/s);
      sentence.takeAll(SECRET);
      // Compose itself reads this file for what stands in `${…}`.
      if (inFile) for (const s of project.services) if (String(s.extra['env_file']) === '.env') delete s.extra['env_file']; // prettier-ignore
    }
  }
}

const isTaken = (project: Project, variable: string): boolean =>
  project.services.some((s) => s.words.environment[variable] !== undefined || Object.values(s.environment).some((v) => v.includes(`\${${variable}`))); // prettier-ignore

/** Of what bears the name, else of the store where that is meant, else of what is spoken of. */
function ownersOf(project: Project, about: readonly Service[], variable: string): Service[] {
  const parts = variable.toLowerCase().split('_');
  const bears = (s: Service): boolean =>
    [s.name, s.app?.id, s.app?.engine].some((n) => n !== undefined && parts.includes(n.replace(/^postgres$/, parts.includes('pg') ? 'pg' : n))); // prettier-ignore
  const stores = project.services.filter((s) => s.app?.role === 'database');
  const store = /(?:^|_)(?:DB|DATABASE|SQL|SA)_/.test(variable);
  return [...(store ? stores : []), ...project.services.filter(bears), ...about, ...project.services.filter((s) => !isBackend(s)), ...stores]; // prettier-ignore
}

function give(project: Project, about: readonly Service[], variable: string): boolean {
  const own = PARTS.find(([caller]) => caller.test(variable))?.[1];
  if (own === undefined) return false;
  for (const service of ownersOf(project, about, variable)) {
    const free = (n: string): boolean => own.test(n) && service.environment[n]?.startsWith('${') !== true;
    const name = ownVariables(service).map((n) => n.replace(/__?FILE$/, '')).find(free) ?? ownVariables(service).find((n) => own.test(n) && service.environment[n] === `\${${n}:?set ${n}}`) ?? ownVariables(service).find((n) => /ROOT_PASSWORD$/.test(n) && /PASS/.test(own.source) && free(n.replace('ROOT_', ''))); // prettier-ignore
    if (name === undefined) continue;
    service.environment = Object.fromEntries(Object.entries(service.environment).filter(([n]) => n !== variable || n === name)); // prettier-ignore
    take(project, service, name, variable);
    return true;
  }
  return false;
}
