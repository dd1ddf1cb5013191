/** What reaches beyond a container, by key and value; it may stand in a written file only where the description asks for it. */
import { isRecord } from '../evaluate/strict.ts';

interface Danger {
  readonly is: (key: string, value: unknown) => boolean;
  readonly what: string;
  readonly asked: RegExp;
}

const DANGERS: readonly Danger[] = [
  { what: 'a privileged container', asked: /\bprivileged\b/i, is: (key, value) => key === 'privileged' && value === true },
  { what: 'the network of the host', asked: /\bhost(?:'s)?[- ]?network\b|\bnetwork of (?:the|its) (?:host|node)\b/i, is: (key, value) => (key === 'hostNetwork' && value === true) || (key === 'network_mode' && value === 'host') },
  { what: 'the processes of the host', asked: /\bhost(?:'s)?[- ]?(?:pid|ipc|process)/i, is: (key, value) => (/^host(?:PID|IPC)$/.test(key) && value === true) || (/^(?:pid|ipc)$/.test(key) && value === 'host') },
  { what: 'a folder of the host', asked: /\bhost ?path\b|\b(?:host|node)(?:'s|s)?\b[^.;]{0,30}\b(?:director|folder|path|disk|file|log|mount|socket)|\/var\/run\/docker\.sock|\bdocker socket\b|\bbind[- ]mount|\bevery node\b/i, is: (key, value) => key === 'hostPath' && isRecord(value) },
  { what: 'a role that may do everything', asked: /\bcluster-admin\b|\badmin(?:istrator)?s?\b|\bfull (?:access|rights)\b|\beverything\b/i, is: (key, value) => key === 'roleRef' && isRecord(value) && value['name'] === 'cluster-admin' },
  { what: 'every right on everything', asked: /\bcluster-admin\b|\badmin(?:istrator)?s?\b|\bfull (?:access|rights)\b|\ball (?:verbs|rights|permissions)\b|\beverything\b/i, is: (_key, value) => isRecord(value) && has(value['verbs'], '*') && has(value['resources'], '*') },
]; // prettier-ignore

const has = (value: unknown, one: string): boolean => Array.isArray(value) && value.includes(one);

/** @returns the first thing that reaches further than the description asks, and where */
export function dangerIn(value: unknown, wish: string, at = ''): string | undefined {
  for (const [key, inner] of Object.entries(isRecord(value) || Array.isArray(value) ? value : {})) {
    const place = at === '' ? key : `${at}.${key}`;
    const danger = DANGERS.find((d) => d.is(key, inner) && !d.asked.test(wish));
    if (danger !== undefined) return `${place} asks for ${danger.what}, which the description does not; leave it out`;
    const below = dangerIn(inner, wish, place);
    if (below !== undefined) return below;
  }
  return undefined;
}

const SECRET_NAME = /(?:PASS(?:WORD|WD)?|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIALS?)$/i;

/** A value that is a person's to give: `${NAME}`, with or without what Compose says when it is missing. */
export const PLACEHOLDER = /^\$\{([A-Z][A-Z0-9_]*)(?::?\?[^}]*)?\}$/;

/** Whether a variable by its name holds a secret, and by its value holds it in plain words. */
export const isPlainSecret = (name: string, value: unknown): boolean =>
  SECRET_NAME.test(name) &&
  (typeof value === 'string' || typeof value === 'number') &&
  String(value) !== '' &&
  !/\$[({]/.test(String(value)) &&
  !String(value).startsWith('/run/secrets/');
