/** What the container of a service runs: its command, its entrypoint, flags for the program in its image. */
import type { Said } from '../kubernetes/attributes.ts';
import { argv, readCommand } from '../kubernetes/program.ts';
import { ARGUMENT, PROGRAM } from './spans.ts';

const LINE = String.raw`(?:"[^"]+"|\x60[^\x60]+\x60|'[^']+'|\[[^\]]+\]|(?:"[^"]*"|'[^']*'|[^,;()\n"'\x60]|\([^()]*\))+?)`;
const STOP = String.raw`(?=\s*(?:[,;)\n]|\.(?:\s|$)|$)|\s+(?:and (?!\w+=)|with (?!-)|in (?:the |a |profile|/)|on (?:port |\d)|which |that |as user|instead|before |after |once |until |plus |has |is |must |should |restart|waits?|depends|keeps?|stores?|mount))`;

const bare = (line: string): string => line.trim().replace(/^(["'`])([\s\S]*)\1$/, '$2');

/** A line as it is written, or a list of words in brackets. */
function words(line: string): string[] {
  const list = /^\[([\s\S]*)\]$/.exec(line.trim())?.[1];
  return list === undefined
    ? argv(bare(line))
    : [...list.matchAll(/"([^"]*)"|'([^']*)'|([^,\s][^,]*)/g)].map((m) => (m[1] ?? m[2] ?? m[3] ?? '').trim());
}

export function composeCommand(said: Said): string[] | undefined {
  const told = said.take(new RegExp(String.raw`\b(?:command|cmd)(?:\s+(?:line|override))?(?:\s+(?:is|of|to|should be|overridden (?:to|with|by)))?\s*[:=]?\s+(?!(?:is|of|to|should|overridden|line)\b)(${LINE})${STOP}`, 'i'))?.[1]; // prettier-ignore
  if (told !== undefined && told.trim() !== '' && !/^(?:line|for|and|with|that|the|from|by)\b/i.test(told.trim())) return words(told); // prettier-ignore
  const absolute = said.take(/\b(?:runs?|running|executes?|starts?|calls?)\s+(\/(?:[\w.-]+\/)+[\w.-]+(?:\s+(?!and\b|with\b|once\b|which\b|then\b|on\b|in\b|before\b|after\b)[^\s,;()]+)*)/i)?.[1]; // prettier-ignore
  if (absolute !== undefined && /\s|\.sh$|\/bin\//.test(absolute)) return argv(absolute);
  return readCommand(said) ?? bracketed(said) ?? program(said);
}

export function entrypoint(said: Said): string[] | undefined {
  const told = said.take(new RegExp(String.raw`\bentry ?point(?:\s+(?:is|of|to|should be|overridden (?:to|with|by)))?\s*[:=]?\s+(${LINE})${STOP}`, 'i'))?.[1]; // prettier-ignore
  return told === undefined ? undefined : words(told);
}

/** "runs with --binlog-format=ROW --skip-name-resolve": for the program that the image starts. */
export function flags(said: Said): string[] {
  const told = said.take(
    /\b(?:(?:runs?|running|start(?:s|ed)?|launched|called|with|pass(?:ed|es)?|gets?|takes?)\s+(?:it\s+)?(?:with\s+)?(?:the\s+|these\s+|extra\s+)?(?:flags?|options?|arguments?|args?|switches|parameters?)?|flags?|options?|arguments?|args|switches|command)\s*:?\s*((?:["'`]?--?[a-zA-Z][\w.-]*(?:=(?:"[^"]*"|'[^']*'|[^\s,;"'`]+)|\s+(?!and\b|--?[a-zA-Z]|on\b|in\b)[\w./:@%+-]*\w(?=[\s,;.)]|$))?["'`]?(?:\s*,\s*(?:and\s+)?|\s+and\s+|\s+|(?=[.;)]|$)))+)/i,
  )?.[1];
  if (told === undefined) return [];
  return told
    .replace(/["'`]/g, '')
    .split(/\s*,\s*(?:and\s+)?|\s+and\s+|\s+/)
    .map((f) => f.replace(/[.;]$/, ''))
    .filter((f) => f !== '' && f !== 'and');
}

/** "worker (celery -A proj worker)": a program in brackets. */
function bracketed(said: Said): string[] | undefined {
  const line = said.take(
    new RegExp(String.raw`\((?:[^()]*,\s*)?(${PROGRAM}\s+${ARGUMENT}[^(),]*?)\s*(?:,[^()]*)?\)`),
  )?.[1];
  return line === undefined ? undefined : argv(line);
}

/** "run npm run dev": a program that is told without quotes. */
function program(said: Said): string[] | undefined {
  const line = said.take(
    new RegExp(
      String.raw`\b(?:runs?|running|starts?|starting|started|launch(?:es)?|executes?|exec|does)\s+(?:it\s+with\s+|with\s+|by\s+)?(${PROGRAM}\s+${ARGUMENT}[^(),;]*?)(?=\s*(?:[,;)]|\.(?:\s|$)|$)|\s+(?:and|with|on|in|at|inside|for|so|when|which|once|then)\s)`,
      'i',
    ),
  )?.[1];
  return line === undefined ? undefined : argv(line);
}
