/** ConfigMaps and Secrets. A secret's value is never written: it is asked for when the workflow runs. */
import { Passage } from '../text.ts';
import { Said } from './attributes.ts';
import type { DraftObject, Entity, K8sObject } from './model.ts';
import { envName } from './names.ts';
import { object } from './render.ts';

const FILE = String.raw`([\w-]+\.(?:conf|json|ya?ml|html?|properties|txt|ini|sh|toml|env|xml|sql|cfg|cnf))`;

/** "a=1,2 and b=3" as lines; where every border would leave something without a value, a comma belongs to the value. */
function linesOf(text: string): string[] {
  const all = text.split(/\s*(?:,\s*and|,|\band\b)\s*/);
  return all.every((line) => line.includes('=')) ? all : text.split(/\s*(?:,\s+and|,\s|\band\b)\s*/);
}

/** "game.properties (enemies=aliens, lives=3)": what stands in brackets behind a file is what it holds, line by line. */
function withoutFiles(said: Said, data: Record<string, string>): Said {
  return new Said(
    said.passages.map((passage) => {
      const found = [...passage.text.matchAll(new RegExp(String.raw`${FILE}["'\x60]?\s*(?:\(|\b(?:with|containing|holding)\s+(?:the\s+)?(?:lines?|entries|settings|properties|values?)\s+)([^()]*?[\w.-]+\s*=[^()]*?)(?:\)|(?=;|\.?$|\.\s|\sand\s+(?![\w.-]+\s*=)[\w-]+\.\w))`, 'gi'))]; // prettier-ignore
      if (found.length === 0) return passage;
      let text = passage.text;
      for (const m of found) {
        passage.ledger.use(passage.at + m.index, passage.at + m.index + m[0].length);
        data[m[1] ?? ''] = `${linesOf(m[2] ?? '').join('\n')}\n`;
        text = text.slice(0, m.index) + ' '.repeat(m[0].length) + text.slice(m.index + m[0].length);
      }
      return new Passage(text, passage.at, passage.ledger);
    }),
  );
}

/** `app.yaml containing "debug: false"`: what stands in quotes behind a file is its text, whatever it looks like. */
function withoutLiterals(said: Said, data: Record<string, string>): Said {
  const pattern = new RegExp(String.raw`\b${FILE}["'\x60]?\s*(?:containing|with(?: the)? (?:content|text|line)|that (?:says|reads|contains)|saying|holding|:|=)\s*(?:"([^"]*)"|'([^']*)'|\x60([^\x60]*)\x60)`, 'gi'); // prettier-ignore
  return new Said(
    said.passages.map((passage) => {
      const text = passage.text.replace(pattern, (whole: string, file: string, a?: string, b?: string, c?: string) => {
        data[file] = `${(a ?? b ?? c ?? '').replace(/\\n/g, '\n')}\n`;
        return ' '.repeat(whole.length);
      });
      passage.takeAll(pattern);
      return text === passage.text ? passage : new Passage(text, passage.at, passage.ledger);
    }),
  );
}

/** Keys and values of a ConfigMap: `color=blue`, `key color with value blue`, `nginx.conf containing …`. */
export function readData(all: Said): Record<string, string> {
  const data: Record<string, string> = {};
  const said = withoutLiterals(withoutFiles(all, data), data);
  for (const m of said.takeAll(
    /\b(?:key|entry|field)?\s*["'`]?([A-Za-z_][\w.-]*)["'`]?\s*(?:=|:\s|\s(?:set to|with (?:the )?value|having value|equal to|equals)\s)\s*["'`]?((?:https?:\/\/[^\s,;"'`]+)|[^\s,;"'`()]+)["'`]?/g,
  )) {
    const key = m[1] ?? '';
    if (!/^(?:named|called|namespace|labels?|name|data|keys?|values?|with|and|is|files?)$/i.test(key))
      data[key] = (m[2] ?? '').replace(/\.$/, '');
  }
  // `lives "3"`: a name with an underscore or a dot, and its value in quotes.
  for (const m of said.takeAll(/(?<![\w.])([A-Za-z]\w*[_.][\w.]*\w)\s+"([^"]*)"/g)) data[m[1] ?? ''] ??= m[2] ?? '';
  for (const m of said.takeAll(
    /\bkey\s+["'`]?([\w.-]+)["'`]?\s+(?:is|to|containing|holding|with(?: the)? value|=)\s+["'`]?([^\s,;"'`]+)/gi,
  ))
    data[m[1] ?? ''] ??= (m[2] ?? '').replace(/\.$/, '');
  // "MODE is production, LEVEL is warn": said of the keys alone.
  if (Object.keys(data).length === 0)
    for (const m of said.takeAll(
      /(?<=[(:,]\s{0,2}|\band )(?:its |the )?(?!(?:it|this|that|which|there|name|namespace|value|data|one|all)\b)([A-Za-z_][\w.-]*)\s+(?:is|are)\s+["'`]?([\w./:@-]*\w)["'`]?(?=\s*(?:[,;)]|\.(?:\s|$)|$|and\b))/g,
    ))
      data[m[1] ?? ''] = m[2] ?? '';
  for (const m of said.takeAll(
    /\b([\w-]+\.(?:conf|json|ya?ml|html?|properties|txt|ini|sh|toml|env|xml|sql))\b\s*(?:containing|with(?: the)? (?:content|text)|that (?:says|reads|contains)|saying|holding|:|=)\s*(?:"([^"]*)"|'([^']*)'|`([^`]*)`)/gi,
  ))
    data[m[1] ?? ''] = `${m[2] ?? m[3] ?? m[4] ?? ''}\n`;
  return data;
}

/** "with version 2.9.1 and channel stable": keys and values that are only words, where the words are nothing else. */
function plainWords(said: Said): Record<string, string> {
  const pair = String.raw`(?!(?:the|an?|key|keys|data|files?|values?|no|one|two|three|name|labels?|all|some|entries)\b)[a-z][\w.-]*\s+[\w./:-]*\w`;
  const list = said.take(
    new RegExp(String.raw`\bwith\s+(${pair}(?:\s*(?:,\s*and|,|and)\s+${pair})*)\s*\.?\s*$`, 'i'),
  )?.[1];
  return Object.fromEntries(
    (list ?? '')
      .split(/\s*(?:,\s*and|,|\band\b)\s+/)
      .map((p) => p.split(/\s+/))
      .filter((p) => p.length === 2)
      .map(([key = '', value = '']) => [key, value]),
  );
}

/** Files that are named without their text, as a person has to fill them in. */
function namedFiles(said: Said, data: Record<string, string>): string[] {
  const files = said
    .takeAll(
      /\b(?:files?|keys?|entry|hold(?:s|ing)|contain(?:s|ing)|with)\s+(?:an?\s+|the\s+)?(?:files?\s+)?(?:called |named )?["'`]?([\w-]+\.(?:conf|json|ya?ml|html?|properties|txt|ini|sh|toml|env|xml|sql|cfg|cnf))\b/gi,
    )
    .map((m) => m[1] ?? '');
  return files.filter((f) => data[f] === undefined);
}

const placeholder = (file: string): string =>
  file.endsWith('.json')
    ? '{}\n'
    : /\.(?:html?|xml)$/.test(file)
      ? `<!-- ${file} -->\n`
      : file.endsWith('.conf')
        ? NGINX
        : `# ${file}\n`;
const NGINX = 'server {\n  listen 80;\n  location / {\n    root /usr/share/nginx/html;\n  }\n}\n';

export function readConfigMap(
  entity: Entity,
  said: Said,
  namespace: string | undefined,
  fallback: string,
  assume: (text: string) => void,
): K8sObject | undefined {
  const data = readData(said);
  for (const file of namedFiles(said, data)) {
    data[file] = placeholder(file);
    assume(`The text of ${file} is a placeholder: nothing says what is in it.`);
  }
  if (Object.keys(data).length === 0) Object.assign(data, plainWords(said));
  if (Object.keys(data).length === 0) return undefined;
  const immutable = said.take(/\bimmutable\b/i) === undefined ? {} : { immutable: true };
  return object('ConfigMap', entity.name ?? `${fallback}-config`, namespace, { ...immutable, data: { ...data } });
}

export interface SecretResult {
  readonly object: K8sObject;
  /** Secrets that the workflow asks for. */
  readonly variables: readonly string[];
  /** A value stood in the description and was left out. */
  readonly literal: boolean;
}

export function readSecret(entity: Entity, said: Said, namespace: string | undefined, fallback: string): SecretResult {
  const name = entity.name ?? `${fallback}-secret`;
  const given = readData(said);
  const keys = new Set(Object.keys(given));
  for (const m of said.takeAll(/\bkeys?\s+((?:["'`]?[A-Za-z_][\w.-]*["'`]?(?:\s*(?:,|and)\s*)?)+)/g)) {
    for (const key of (m[1] ?? '').matchAll(/[A-Za-z_][\w.-]*/g))
      if (!/^(?:and|with|the|for|in|of|from|to|is|value|values)$/.test(key[0])) keys.add(key[0]);
  }
  if (keys.size === 0)
    for (const m of said.takeAll(/(?<![\w-])(username|password|token|api[-_ ]?key|user)(?![\w-])/gi))
      keys.add((m[1] ?? '').toLowerCase().replace(/\s/g, '-'));
  if (keys.size === 0) keys.add('password');
  const tls = said.take(/\btls\b|\bcertificate\b/i) !== undefined;
  const all = tls ? ['tls.crt', 'tls.key'] : [...keys];
  return {
    ...secretObject(name, namespace, all, tls ? 'kubernetes.io/tls' : 'Opaque'),
    literal: Object.keys(given).length > 0,
  };
}

/** A Secret whose values are placeholders for the workflow's own secrets. */
export function secretObject(
  name: string,
  namespace: string | undefined,
  keys: readonly string[],
  type = 'Opaque',
): { object: K8sObject; variables: string[] } {
  const variables = keys.map((key) => variableFor(name, key));
  const stringData: DraftObject = Object.fromEntries(keys.map((key, i) => [key, `\${${variables[i] ?? ''}}`]));
  return { object: object('Secret', name, namespace, { type, stringData }), variables };
}

const variableFor = (name: string, key: string): string =>
  /^[A-Z][A-Z0-9_]+$/.test(key) ? key : envName(`${name}_${key}`);
