/** Recognises credentials by their shape, for what people write into files by mistake. Rather misses one than cries wolf. */

export interface SecretShape {
  /** For people: `AWS access key`. */
  readonly kind: string;
  /** Where it stands in the text, in UTF-16 code units. */
  readonly start: number;
  readonly length: number;
}

/** The kind of a password inside an address. */
export const CONNECTION_PASSWORD = 'password in a connection string';

interface Shape {
  readonly kind: string;
  /** What every match contains: looking for it first costs a twentieth of the pattern, and most texts have none of it. */
  readonly mark: string;
  /** The group `value`, where there is one, is the secret part. */
  readonly pattern: RegExp;
}

const SHAPES: readonly Shape[] = [
  { kind: 'private key', mark: 'PRIVATE KEY', pattern: /-----BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----/d },
  { kind: 'AWS access key', mark: 'IA', pattern: /(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])/d },
  {
    kind: 'AWS secret key',
    mark: '',
    pattern: /aws.{0,20}secret.{0,20}["']?\s{0,4}[:=]\s{0,4}["']?(?<value>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/di,
  },
  {
    kind: 'GitHub token',
    mark: '_',
    pattern: /(?<![A-Za-z0-9_])(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{50,255})/d,
  },
  {
    kind: 'GitLab token',
    mark: 'gl',
    pattern: /(?<![A-Za-z0-9_-])gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent)-[A-Za-z0-9_-]{20,255}/d,
  },
  { kind: 'Slack token', mark: 'xox', pattern: /(?<![A-Za-z0-9])xox[abeoprs]-[A-Za-z0-9-]{10,255}/d },
  {
    kind: 'Slack webhook',
    mark: 'hooks.slack.com',
    pattern: /hooks\.slack\.com\/services\/(?<value>T[A-Z0-9]{6,}\/B[A-Z0-9]{6,}\/[A-Za-z0-9]{16,})/d,
  },
  {
    kind: 'JSON web token',
    mark: 'eyJ',
    pattern: /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,4096}\.eyJ[A-Za-z0-9_-]{8,8192}\.[A-Za-z0-9_-]{16,1024}/d,
  },
  { kind: 'Anthropic key', mark: 'sk-ant-', pattern: /(?<![A-Za-z0-9])sk-ant-[A-Za-z0-9_-]{20,255}/d },
  { kind: 'OpenAI key', mark: 'sk-', pattern: /(?<![A-Za-z0-9])sk-(?:proj-|svcacct-)?[A-Za-z0-9_]{32,255}/d },
  { kind: 'npm token', mark: 'npm_', pattern: /(?<![A-Za-z0-9])npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])/d },
  { kind: 'Google API key', mark: 'AIza', pattern: /(?<![A-Za-z0-9])AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])/d },
  { kind: 'Stripe key', mark: 'k_live_', pattern: /(?<![A-Za-z0-9])[rs]k_live_[A-Za-z0-9]{16,255}/d },
  { kind: 'Hugging Face token', mark: 'hf_', pattern: /(?<![A-Za-z0-9])hf_[A-Za-z0-9]{34}(?![A-Za-z0-9])/d },
  { kind: 'Vault token', mark: 'hv', pattern: /(?<![A-Za-z0-9])hv[sb]\.[A-Za-z0-9_-]{24,255}/d },
  { kind: 'DigitalOcean token', mark: '_v1_', pattern: /(?<![A-Za-z0-9])do[opr]_v1_[a-f0-9]{64}/d },
  {
    kind: CONNECTION_PASSWORD,
    mark: '://',
    pattern:
      /(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9+.-]{1,30}:\/\/[^\s:@/'"$]{0,128}:(?<value>[^\s@/'"]{1,256})@[^\s'"@/]/dg,
  },
  {
    kind: CONNECTION_PASSWORD,
    mark: ';',
    pattern:
      /(?:server|host|data source|accountname)\s?=[^;\n]{1,256};(?:[^;\n]{1,256};){0,12}\s?(?:password|pwd|accountkey)\s?=\s?(?<value>[^;\s'"]{3,256})/dgi,
  },
];

/** What is put where a secret goes later: `${DB_PASSWORD}`, `{{ .password }}`, `<password>`, `$PASS`, `***`, `%s`. */
const PLACEHOLDER = /^(?:\$.*|\{.*|<.*|%.*|\[.*|\*+|x{3,}|\.{3}|-+)$/i;

/** The first thing in `text` that has the shape of a credential. */
export function looksLikeSecret(text: string): SecretShape | undefined {
  for (const { kind, mark, pattern } of SHAPES) {
    const found = text.includes(mark) ? firstReal(pattern, text) : undefined;
    if (found !== undefined) return { kind, start: found[0], length: found[1] - found[0] };
  }
  return undefined;
}

/** Something long and random beside a telling name, in quotes: a credential that has no shape of its own. */
const NAMED =
  /(?:pass(?:word|wd)?|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential)[A-Za-z0-9_-]{0,24}["']?\s{0,4}(?::|=>?|:=)\s{0,4}(?<quote>["'])(?<value>[A-Za-z0-9+/=_.~!@#$%^&*-]{16,256})\k<quote>/dgi;

/** The least bits a character (Shannon) of what counts as random: words and repeated letters have fewer. */
const RANDOM_BITS = 3.6;

export interface FoundSecret extends SecretShape {
  /** Its shape alone tells; otherwise its name and its randomness do. */
  readonly sure: boolean;
}

/** Everything in one line of a file that has the shape of a credential, in the order of the line; nothing is told twice. */
export function secretsIn(line: string): FoundSecret[] {
  const found: FoundSecret[] = [];
  const add = (one: FoundSecret): void => {
    const end = one.start + one.length;
    if (!found.some((other) => one.start < other.start + other.length && other.start < end)) found.push(one);
  };
  for (const { kind, mark, pattern } of SHAPES) {
    const first = line.includes(mark) ? firstReal(pattern, line) : undefined;
    if (first !== undefined) add({ kind, start: first[0], length: first[1] - first[0], sure: true });
  }
  for (const match of line.matchAll(NAMED)) {
    const place = match.indices?.groups?.['value'];
    const value = match.groups?.['value'] ?? '';
    if (place !== undefined && !PLACEHOLDER.test(value) && isRandom(value)) {
      add({ kind: 'named secret', start: place[0], length: value.length, sure: false });
    }
  }
  return found.sort((a, b) => a.start - b.start);
}

function isRandom(value: string): boolean {
  if (!/\d/.test(value) || !/[A-Za-z]/.test(value)) return false;
  const counts = new Map<string, number>();
  for (const sign of value) counts.set(sign, (counts.get(sign) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length);
  return bits >= RANDOM_BITS;
}

function firstReal(pattern: RegExp, text: string): [number, number] | undefined {
  const matches = pattern.global ? text.matchAll(pattern) : [pattern.exec(text)];
  for (const match of matches) {
    if (match === null) continue;
    const value = match.groups?.['value'];
    if (value !== undefined && PLACEHOLDER.test(value)) continue;
    return match.indices?.groups?.['value'] ?? match.indices?.[0];
  }
  return undefined;
}

/** A password as people say it: `the password hunter2`, `api key is 'abc'`. Without quotes it has a digit, or it would be any word. */
const SPOKEN =
  /\b(?:pass(?:word|phrase|code|wd)|(?:api|access|secret)[- ]key|token)\b(?:\s+(?:is|as|of|to|should be|must be))?(?:\s*[:=]\s*|\s+)(?:"(?<double>[^"\s]{3,})"|'(?<single>[^'\s]{3,})'|`(?<code>[^`\s]{3,})`|(?<bare>(?=\S*\d)(?=\S*[a-z])[^\s,;"'`]{6,}))/dgi;

/** The text with `mask` in the place of each password that it says. */
export function withoutSpokenSecrets(text: string, mask: string): string {
  return text.replaceAll(SPOKEN, (whole: string, ...rest: unknown[]) => {
    const groups = rest.at(-1) as Readonly<Record<string, string | undefined>>;
    const value = Object.values(groups).find((one) => one !== undefined) ?? '';
    return PLACEHOLDER.test(value) ? whole : whole.replace(value, mask);
  });
}

/** The passwords that a text says, for where its words come back in another order. */
export function spokenSecrets(text: string): string[] {
  return [...text.matchAll(SPOKEN)].flatMap((match) => {
    const groups: Readonly<Record<string, string | undefined>> = match.groups ?? {};
    const value = Object.values(groups).find((one) => one !== undefined) ?? '';
    return value === '' || PLACEHOLDER.test(value) ? [] : [value];
  });
}
