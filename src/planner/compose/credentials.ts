/** Where users, passwords and names of databases come from: variables of the caller's, env files, files of secrets. */
import { envName } from '../kubernetes/names.ts';
import type { Project, Service } from './project.ts';

/** What people call a variable of a component, with the end of its name. */
const PARTS: readonly (readonly [words: RegExp, variable: RegExp])[] = [
  [/\broot password/i, /ROOT_PASSWORD(?:_FILE)?$/i],
  [/\b(?:e-?mail|mail)(?: address)?\b/i, /EMAIL$/i],
  [/\b(?:pass(?:word|wd)?|pw|passphrase)s?\b/i, /PASS(?:WORD)?(?:__?FILE)?$/i],
  [/\b(?:admin )?(?:user(?: ?name)?|login)s?\b/i, /USER(?:NAME)?$/i],
  [/\b(?:database|db|schema)(?: name)?\b/i, /(?:_DB|DATABASE)$/i],
  [/\b(?:access key|key|token|secret)\b/i, /(?:KEY|TOKEN|SECRET)$/i],
];

const VARIABLE = String.raw`\$?\{?[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\}?`;
const SAID = String.raw`((?:(?:[Tt]he|[Ii]ts|[Tt]heir|an?|my|our|[Aa]dmin|[Rr]oot|[Uu]ser|default|initial|postgres|[Dd]atabase|[Dd][Bb]|[Mm]ail|[Ee]-?mail|address|[Uu]ser ?name|[Ll]ogin|name|[Pp]ass(?:word|wd)?|pw|[Aa]ccess|key|token|secret|schema|of \w+|for \w+)s?(?:'s)?[\s,]*(?:and\s+)?){1,8})`;
const LISTED = new RegExp(
  String.raw`${SAID}(?:(?:both |all |each )?(?:must |should |have to |has to |will )?(?:come|comes|is|are|taken|read|passed|set|given|supplied)\s+)*(?:through\s+)?(?:in\s+)?(?:from|by|via|through|out of|in)\s+(?:the\s+)?(?:(?:host(?:'s)?|environment|env|shell)\s+)*(?:variables?\s+)?(${VARIABLE}(?:(?:\s*,\s*(?:and\s+)?|\s+and\s+|\s*/\s*)${VARIABLE})*)`,
  'g',
);

/** Names of the variables that a service's container knows. */
export const ownVariables = (service: Service): string[] => [
  ...Object.keys(service.environment),
  ...(service.app?.secrets ?? []),
  ...Object.keys(service.app?.env ?? {}),
];

/** "user, password and database name come from A, B and C": each from its own variable, in turn. */
export function credentialsFrom(project: Project, service: Service): boolean {
  return service.words.said
    .takeAll(LISTED)
    .map((match) => credentials(project, service, match))
    .some(Boolean);
}

function credentials(project: Project, service: Service, match: RegExpExecArray): boolean {
  const variables = (match[2] ?? '').match(new RegExp(VARIABLE, 'g'))?.map((v) => v.replace(/[${}]/g, '')) ?? [];
  const parts = (match[1] ?? '').split(/,\s*(?:and\s+)?|\s+and\s+/).filter((p) => p.trim() !== '');
  if (variables.length === 0) return false;
  // "called db, root password from X": what stands nearest.
  const known = parts
    .flatMap((part) => PARTS.filter(([words]) => words.test(part)).slice(0, 1))
    .slice(-variables.length);
  const secrets = service.app?.secrets ?? [];
  const named = variables.flatMap((v) => {
    const same = secrets.includes(v)
      ? v
      : secrets.find((s) => /PASS/.test(s) && /PASS|PW/.test(v) && /ROOT/.test(s) === /ROOT/.test(v));
    return same === undefined ? [] : [[same, v] as const];
  });
  if (known.length !== variables.length) {
    for (const [own_, v] of named) take(project, service, own_, v);
    return named.length > 0;
  }
  for (const [i, [, ends]] of known.entries()) {
    const variable = variables[i] ?? '';
    const name = ownVariables(service).find((n) => ends.test(n) && !/ROOT/.test(ends.source) === !/ROOT_PASS/.test(n)) ?? ownVariables(service).find((n) => ends.test(n)); // prettier-ignore
    if (name === undefined) service.environment[variable] ??= reference(project, variable);
    else take(project, service, name.replace(/__?FILE$/, ''), variable);
  }
  return true;
}

function reference(project: Project, variable: string): string {
  project.variables.add(variable);
  return `\${${variable}:?set ${variable}}`;
}

/** A variable of the container gets the caller's; a secret that it was, and whoever shares that, gets it, too. */
export function take(project: Project, service: Service, name: string, variable: string): void {
  const secret = name.toLowerCase();
  const shared = service.secrets.includes(secret);
  const before = service.environment[name];
  service.environment[name] = reference(project, variable);
  for (const other of project.services) {
    if (shared) withoutSecret(project, other, secret, variable);
    for (const [key, value] of Object.entries(other.environment))
      if (value === `\${${name}:?set ${name}}` && name !== variable)
        other.environment[key] = reference(project, variable);
    // What an application was told to log in with is the same.
    if (other !== service && before !== undefined && other.dependsOn[service.name] !== undefined)
      for (const [key, value] of Object.entries(other.environment))
        if (
          value === before &&
          /(?:USER(?:NAME)?|NAME|_DB|DATABASE)$/i.test(key) &&
          /USER/i.test(name) === /USER/i.test(key)
        )
          other.environment[key] = `\${${variable}}`;
  }
  if (shared) project.secrets.delete(secret);
  if (before === `\${${name}:?set ${name}}` && name !== variable) project.variables.delete(name);
}

function withoutSecret(project: Project, service: Service, secret: string, variable: string): void {
  service.secrets = service.secrets.filter((s) => s !== secret);
  for (const [key, value] of Object.entries(service.environment)) {
    if (value !== `/run/secrets/${secret}`) continue;
    service.environment = Object.fromEntries(Object.entries(service.environment).filter(([k]) => k !== key));
    const plain = key.replace(/__?FILE$/, '');
    service.environment[plain] ??= reference(project, variable);
  }
}

/** "WEBPASSWORD from the variable PIHOLE_PW": a variable of the container from one of the caller's. */
export function variablesFrom(project: Project, service: Service): void {
  const { said } = service.words;
  for (const m of said.takeAll(
    /(?<![\w$={])([A-Z][A-Z0-9_]{2,})\s+(?:(?:is|comes?|taken|read|set|passed)\s+)*(?:from|via)\s+(?:the\s+)?(?:env(?:ironment)?|host|shell|variable\s+([A-Z][A-Z0-9_]+))\b,?\s*\(?(?:with\s+|and\s+)?(?:["'`]?([\w.:/-]+)["'`]?\s+as\s+(?:its|the|a)?\s*default|(?:the\s+)?default(?:s|ing)?(?:\s+(?:to|is|value|of))*\s+["'`]?([\w.:/-]*\w))/g,
  ))
    // prettier-ignore
    service.environment[m[1] ?? ''] = `\${${m[2] ?? m[1] ?? ''}:-${m[3] ?? m[4] ?? ''}}`;
  for (const m of said.takeAll(
    new RegExp(String.raw`(?<![\w$={])([A-Z][A-Z0-9_]{2,})\s+(?:(?:should |must )?(?:be |is |comes? |taken |read |set |passed |given |filled )*(?:through )?)(?:from|via|by|to|with)\s+(?:the\s+)?(?:(?:host(?:'s)?|environment|env|shell)\s+)*(?:variable\s+)?\$?\{?([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)\}?(?![\w/:.-])`, 'g'), // prettier-ignore
  ))
    if ((m[2] ?? '').length > 2) service.environment[m[1] ?? ''] = reference(project, m[2] ?? '');
  for (const m of said.takeAll(
    /\bpass(?:es|ed|ing)?(?: (?:on|through|along))*\s+(?:the\s+)?(?:variables?\s+)?((?:[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?:\s*,\s*(?:and\s+)?|\s+and\s+)?)+)/g,
  ))
    // prettier-ignore
    for (const name of (m[1] ?? '').match(/[A-Z][A-Z0-9_]+/g) ?? []) service.environment[name] ??= reference(project, name);
  for (const m of said.takeAll(
    /(?<![\w$={])([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\s+(?:(?:is|comes?|taken|read|set|passed)\s+)*(?:from|via|in|by)\s+(?:(?:the|my|our|host(?:'s)?)\s+)*(?:env(?:ironment)?(?: variables?)?|shell)\b(?![-_ ]?file)/g,
  ))
    // prettier-ignore
    service.environment[m[1] ?? ''] ??= reference(project, m[1] ?? '');
  for (const m of said.takeAll(
    /(?<![\w$={])([A-Z][A-Z0-9_]{2,})\s+and\s+([A-Z][A-Z0-9_]{2,})\s*(?:=|are|both|of|set to|being)?\s*(?:both\s+)?(\d+)\b/g,
  ))
    // prettier-ignore
    for (const name of [m[1] ?? '', m[2] ?? '']) service.environment[name] ??= m[3] ?? '';
  adminUser(service);
  ownPassword(project, service);
}

/** "admin user kcadmin": whoever may do everything in it. */
function adminUser(service: Service): void {
  const name = service.words.said.take(/\badmin(?:istrator)? user(?:name)?\s+(?:is |called |named |= ?|: ?)?["'`]?([a-z][\w.-]*)["'`]?/i)?.[1]; // prettier-ignore
  if (name === undefined || /^(?:and|with|from|comes?|is|for|password|in|via|on|taken)$/i.test(name)) return;
  const variables = Object.keys(service.environment);
  const variable =
    variables.find((n) => /ADMIN\w*USER|ADMIN_?NAME/.test(n)) ??
    variables.find((n) => /USER(?:NAME)?$/.test(n) && service.app?.env?.[n] !== undefined);
  if (variable !== undefined) service.environment[variable] = name;
}

/** A password that was given under a name of the caller's choice is not asked for under the usual one as well. */
function ownPassword(project: Project, service: Service): void {
  const given = Object.keys(service.environment).find((n) => /PASS(?:WORD)?$/.test(n) && service.app?.secrets?.includes(n) !== true); // prettier-ignore
  const [usual, ...more] = service.app?.secrets ?? [];
  if (given === undefined || usual === undefined || more.length > 0 || !/password/i.test(usual)) return;
  if (service.app?.engine !== undefined || service.secrets.includes(usual.toLowerCase())) return;
  service.environment = Object.fromEntries(Object.entries(service.environment).filter(([n]) => n !== usual));
  project.variables.delete(usual);
}

/** "root password from the env file db.env": what that file holds is not asked for again. */
export function passwordsInFile(project: Project, service: Service): void {
  const { said } = service.words;
  const match = /\b(root |admin )?(pass(?:words?|wd)?|credentials?|secrets?|logins?|user(?:name)? and password)\b[^.;]{0,40}?\b(?:env(?:ironment)?[-_ ]?file|\S*\.env\b)/i.exec(said.text); // prettier-ignore
  if (match === null || service.extra['env_file'] === undefined) return;
  const root = /root/i.test(match[1] ?? '');
  for (const variable of service.app?.secrets ?? []) {
    if (root && !/ROOT/.test(variable)) continue;
    const secret = variable.toLowerCase();
    if (project.services.some((s) => s !== service && s.secrets.includes(secret))) continue;
    service.secrets = service.secrets.filter((s) => s !== secret);
    project.secrets.delete(secret);
    project.variables.delete(envName(variable));
    service.environment = Object.fromEntries(
      Object.entries(service.environment).filter(([n, v]) => v !== `/run/secrets/${secret}` && n !== variable),
    );
  }
}
