/** Secrets that a sentence gives to one or several services: "the root password lives in db/pw.txt and reaches both as a secret called db-pw". */
import { sentences, type Passage } from '../text.ts';
import { aboutAt, servicesIn } from './cast.ts';
import type { Project, Service } from './project.ts';
import type { Scene } from './scene.ts';

const FILE = /(?<![\w/.])((?:\.{1,2}\/)?(?:[\w-]+\/)*[\w.-]+\.(?:txt|secret|pass|pw|key|pem|token)|(?:\.{1,2}\/)?secrets?\/[\w./-]*\w)(?![\w/])/i; // prettier-ignore
const NAMED = /\bsecrets?\s+(?:is\s+)?(?:called|named)\s+["'`]?([a-z][a-z0-9]*(?:[_.-][a-z0-9]+)*)["'`]?|\bsecret\s+["`]([a-z][a-z0-9_.-]*)["`]|\bsecret\s+([a-z][a-z0-9]*(?:[_-][a-z0-9]+)+)(?![\w/.])/i; // prettier-ignore
const PASSWORD = /\b(?:pass(?:words?|wd|phrase)?|pw|credentials?|tokens?|keys?)\b/i;

export function readSecrets(project: Project, scene: Scene, text: Passage): void {
  for (const sentence of sentences(text)) {
    getsToo(project, scene, text, sentence);
    if (!sentence.has(/\bsecrets?\b/i) || !sentence.has(PASSWORD)) continue;
    const file = FILE.exec(sentence.text);
    const named = NAMED.exec(sentence.text)
      ?.slice(1)
      .find((n: string | undefined) => n !== undefined);
    const source = file?.[1] === undefined ? undefined : /^[./]/.test(file[1]) ? file[1] : `./${file[1]}`;
    if (source === undefined && named === undefined) continue;
    handOn(project, scene, text, sentence, named);
    // What another grammar has read already.
    if (named === undefined ? [...project.secretFiles.values()].includes(source ?? '') : project.secrets.has(named) && (source === undefined || project.secretFiles.get(named) === source)) continue; // prettier-ignore
    const from = sentence.at - text.at;
    const said = servicesIn(project, scene, from, from + sentence.text.length);
    const about = said.length > 0 ? said : aboutAt(project, scene, from + (file?.index ?? 0));
    const root = sentence.has(/\broot\b/i);
    if (give(project, about, named, source, root)) {
      sentence.take(FILE);
      sentence.take(NAMED);
      sentence.takeAll(
        /\b(?:as|via|through|by|in)?\s*(?:an?\s+|the\s+)?(?:compose |docker |file )*secrets?(?: file)?\b/gi,
      );
      sentence.takeAll(PASSWORD);
    }
  }
}

/** "backend also gets the secret": the only one that has a file. */
function getsToo(project: Project, scene: Scene, text: Passage, sentence: Passage): void {
  const match = /\b(?:gets?|has|have|receives?|sees?|shares?|reads?|needs?)\s+(?:the|that|this) (?:same )?(?:compose )?secret\b(?!\s+["'`]?[a-z]+[_-])/i.exec(sentence.text); // prettier-ignore
  const [name, more] = [...project.secretFiles.keys()];
  if (match === null || name === undefined || more !== undefined) return;
  const store = project.services.find((s) => s.app?.role === 'database' && Object.values(s.environment).includes(`/run/secrets/${name}`)); // prettier-ignore
  const from = sentence.at - text.at;
  const named = servicesIn(project, scene, from, from + match.index);
  const about = named.length > 0 ? named : aboutAt(project, scene, from + match.index);
  if (store === undefined || about.includes(store)) return;
  const root = Object.entries(store.environment).some(([n, v]) => v === `/run/secrets/${name}` && /ROOT/.test(n) && !/^MONGO/.test(n)); // prettier-ignore
  for (const other of about) if (!other.secrets.includes(name) && other.app?.role !== 'proxy') logInWith(other, store, name, root); // prettier-ignore
  if (root && about.length > 0) onlyRoot(project, store, name);
  sentence.take(/\b(?:the|that|this) (?:same )?(?:compose )?secret\b/i);
}

/** "…the secret db-pw from db/pw.txt, given to both db and api": whoever is named has what is known by that name already. */
function handOn(project: Project, scene: Scene, text: Passage, sentence: Passage, named: string | undefined): void {
  const given = /\b(?:given|handed|passed|shared|available|mounted|goes|reaches)\s+(?:(?:to|by|with|between|for|into|in)\s+)?(?:both|all|each)\b/i.exec(sentence.text); // prettier-ignore
  const store = project.services.find((s) => named !== undefined && s.app?.role === 'database' && Object.values(s.environment).includes(`/run/secrets/${named}`)); // prettier-ignore
  if (given === null || store === undefined || named === undefined) return;
  const from = sentence.at - text.at;
  const root = sentence.has(/\broot\b/i);
  for (const other of servicesIn(project, scene, from + given.index, from + sentence.text.length))
    if (other !== store && !other.secrets.includes(named) && other.app?.role !== 'proxy') logInWith(other, store, named, root); // prettier-ignore
  if (root) onlyRoot(project, store, named);
  sentence.take(/\b(?:given|handed|passed|shared|available|mounted|goes|reaches)\s+(?:to|by|with|between|for|into|in)\b/i); // prettier-ignore
}

/** @returns whether there is a service that has such a secret */
function give(
  project: Project,
  about: readonly Service[],
  named: string | undefined,
  source: string | undefined,
  root: boolean,
): boolean {
  // prettier-ignore
  const store = about.find((s) => keyOf(s, root) !== undefined) ?? project.services.find((s) => s.app?.role === 'database' && keyOf(s, root) !== undefined); // prettier-ignore
  const key = store === undefined ? undefined : keyOf(store, root);
  if (store === undefined || key === undefined) return false;
  const name = named ?? key;
  if (source !== undefined) project.secretFiles.set(name, source);
  for (const s of project.services) replace(s, key, name);
  project.secrets.add(name);
  if (name !== key) project.secrets.delete(key);
  for (const other of about) {
    if (other === store || other.secrets.includes(name) || other.app?.role === 'proxy') continue;
    logInWith(other, store, name, root);
  }
  if (root && about.some((s) => s !== store)) onlyRoot(project, store, name);
  return true;
}

const keyOf = (s: Service, root: boolean): string | undefined => {
  const own = (s.app?.secrets ?? []).map((k) => k.toLowerCase()).filter((k) => s.secrets.includes(k));
  return own.find((k) => /root/.test(k) === root && /pass|token|key|secret/.test(k)) ?? (root ? undefined : own[0]);
};

function replace(s: Service, key: string, name: string): void {
  if (!s.secrets.includes(key)) return;
  s.secrets = [...new Set(s.secrets.map((x) => (x === key ? name : x)))];
  for (const [variable, value] of Object.entries(s.environment))
    if (value === `/run/secrets/${key}`) s.environment[variable] = `/run/secrets/${name}`;
}

/** An application that is given the same secret logs in with it. */
function logInWith(service: Service, store: Service, name: string, root: boolean): void {
  const shared = service.secrets.find((k) => store.secrets.includes(k));
  if (shared !== undefined) replace(service, shared, name);
  else service.secrets.push(name);
  if (root && shared !== undefined)
    for (const [variable, value] of Object.entries(service.environment))
      if (/USER(?:NAME)?$/.test(variable) && value === store.environment['MYSQL_USER']) service.environment[variable] = 'root'; // prettier-ignore
}

/** One secret was given and everybody logs in with it: the user's own is not needed. */
function onlyRoot(project: Project, store: Service, name: string): void {
  for (const other of store.secrets.filter((k) => k !== name && /password/.test(k))) {
    if (project.services.some((s) => s !== store && s.secrets.includes(other))) continue;
    store.secrets = store.secrets.filter((k) => k !== other);
    project.secrets.delete(other);
    store.environment = Object.fromEntries(
      Object.entries(store.environment).filter(([n, v]) => v !== `/run/secrets/${other}` && n !== 'MYSQL_USER'),
    );
  }
}
