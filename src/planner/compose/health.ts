/** How it is asked whether a service is well. */
import { DURATION, NUMBER, numberOf } from '../grammar/quantities.ts';
import type { Said } from '../kubernetes/attributes.ts';
import { argv } from '../kubernetes/program.ts';
import type { Passage } from '../text.ts';

type Keys = Record<string, unknown>;

/** `30 seconds` as Compose writes it. */
export const spell = (amount: string, unit: string): string => {
  const u = unit.toLowerCase();
  const n = String(numberOf(amount));
  return `${n}${u.startsWith('ms') || u.startsWith('mil') ? 'ms' : u.startsWith('h') ? 'h' : u.startsWith('m') ? 'm' : u.startsWith('d') ? 'd' : 's'}`;
};

const MARK = /\bhealth[- ]?check(?:s|ed|ing)?\b|\bhealth (?:probe|test)s?\b|\bliveness check\b|\bchecked for health\b|\bhealthy (?:when|if|once|as long as)\b|\bprobe[ds]?\b|\bchecked (?:with|by|using|through|via)\b|\b(?:pg_isready|mysqladmin ping|redis-cli ping|mongosh --eval|curl -\w*f\w*|wget -q\w*)/i; // prettier-ignore
const NONE = /\b(?:no|without(?: an?)?|disable(?:s|d)?(?: the)?|skip(?: the)?|turn off(?: the)?) health ?-?checks?\b|\bhealth ?-?checks? (?:is |are )?(?:off|disabled)\b/i; // prettier-ignore
const PROGRAMS = String.raw`(?:curl|wget|pg_isready|redis-cli|valkey-cli|mysqladmin|mariadb-admin|healthcheck\.sh|mongosh|mongo|rabbitmq-diagnostics|nc|cat|test|node|python3?|php|kafka-topics\.sh|rabbitmqctl|stat|pgrep|\/[\w/.-]+\.sh|\/[\w/.-]+)`;
const LINE = new RegExp(String.raw`\b(?:is |with |by |using |runs? |via |command |: ?)?((?<![\w./-])${PROGRAMS}\b(?! (?:health|check|request|probe|call|against|on the|every|answers))[^,;]*?)(?=\s+(?:every|each|and (?:\d|with|retr|time)|with (?:\d|a |an |time|retr|inter))\b|[,;]|\)\s*(?:$|[,.;])|\.(?:\s|$)|$)`, 'i'); // prettier-ignore

/** The text of all that is said of checks: where the word stands, and what goes on in the same words. */
function parts(said: Said): Passage[] {
  return said.passages.flatMap((p) => {
    const at = MARK.exec(p.text);
    if (at === null) return [];
    const before = p.text.slice(0, at.index);
    // "a curl health check every 10s": the clause from its beginning.
    const from = Math.max(before.lastIndexOf(','), before.lastIndexOf(';'), before.search(/\b(?:with|gets?|has|have|add|and)\s+(?:an?\s+)?(?:\S+\s+){0,3}$/i)); // prettier-ignore
    return [p.slice(Math.max(0, from))];
  });
}

export function health(said: Said, port: number | undefined): Keys {
  if (said.take(NONE)) return { healthcheck: { disable: true } };
  const marked = parts(said);
  if (marked.length === 0) return {};
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    for (const part of marked) {
      const match = part.take(pattern);
      if (match !== undefined) return match;
    }
    return undefined;
  };
  take(MARK);
  const test = testOf(said, take, port);
  const time = (lead: string): string | undefined => {
    const m =
      take(new RegExp(`${lead}\\s*(?:of|is|=|:)?\\s*${DURATION}`, 'i')) ??
      take(new RegExp(`${DURATION}\\s+(?:of\\s+)?${lead}`, 'i'));
    return m?.[1] === undefined ? undefined : spell(m[1], m[2] ?? 's');
  };
  const interval = time('(?:every|each|intervals?(?: of)?)');
  const timeout = time('time-? ?out');
  const start = time(
    '(?:start(?:ing)?[ _-]?(?:period|grace)(?: period)?|grace(?: period)?(?: (?:at|on|before|for) (?:the )?start(?:up)?)?|starting after|initial delay|warm-? ?up)',
  );
  const tries = take(new RegExp(`(${NUMBER}) (?:retries|tries|attempts|times|failures)|\\bretr(?:ies|y)\\s*(?:of|=|:|is)?\\s*(${NUMBER})`, 'i')); // prettier-ignore
  const retries = tries === undefined ? undefined : numberOf(tries[1] ?? tries[2] ?? '5');
  const said_ = {
    ...(interval === undefined ? {} : { interval }),
    ...(timeout === undefined ? {} : { timeout }),
    ...(retries === undefined ? {} : { retries }),
    ...(start === undefined ? {} : { start_period: start }),
  };
  return { healthcheck: test === undefined ? said_ : { test, interval: '10s', timeout: '5s', retries: 5, ...said_ } };
}

function testOf(
  said: Said,
  take: (p: RegExp) => RegExpExecArray | undefined,
  port: number | undefined,
): string[] | undefined {
  // prettier-ignore
  const quoted = take(new RegExp(String.raw`(?:\x60|"|')(?:CMD(?:-SHELL)?\s+)?(${PROGRAMS}\b[^\x60"]*?)(?:\x60|"|'(?=[\s,;.)]|$))`))?.[1];
  const asked = quoted ?? take(LINE)?.[1];
  const line = asked?.trim();
  if (line !== undefined && / |\.sh$|^\//.test(line)) return command(line);
  const url = said.take(/\b(?:https?:\/\/)?(?:localhost|127\.0\.0\.1)(?::(\d+))?(\/[\w./?=&-]*[\w/])/i);
  if (url !== undefined) return http(url[1] === undefined ? port : Number(url[1]), url[2] ?? '/');
  const path = take(/(?:\bon|\bat|\bGET|\bpath|\bto|\bof|\bagainst|\bwhen|\bif|\s|:)\s*["'`]?(\/[a-z_][\w./-]*)(?:["'`]?\s+(?:on|at)\s+(?:port\s+)?(\d{2,5}))?/i); // prettier-ignore
  return path === undefined ? undefined : http(path[2] === undefined ? port : Number(path[2]), path[1] ?? '/');
}

const http = (port: number | undefined, path: string): string[] => {
  const url = `http://localhost:${port ?? 80}${path}`;
  return ['CMD-SHELL', `curl -fsS ${url} || wget -q -O /dev/null ${url} || exit 1`];
};

const command = (line: string): string[] =>
  /[|&;$]/.test(line) ? ['CMD-SHELL', line.replace(/\$(?!\$)/g, '$$$$')] : ['CMD', ...argv(line)];
