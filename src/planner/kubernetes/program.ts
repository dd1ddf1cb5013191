/** What a container runs: a command, its arguments, a text for a shell. */
import { DURATION, secondsOf } from '../grammar/quantities.ts';
import type { Said } from './attributes.ts';

/** "prints 'hello' and sleeps an hour" */
const PRINTS_AND_SLEEPS = new RegExp(
  String.raw`\b(?:prints?|echo(?:es)?|logs?|says?|writes?)\s+("[^"]+"|'[^']+'|\x60[^\x60]+\x60)\s*,?\s*(?:and|then|and then)\s+sleeps?\s+(?:for\s+)?(?:an?\s+hour|${DURATION}|(forever|for ever|infinitely))`,
  'i',
);
const quote = (text: string): string => `'${text.replace(/'/g, "'\\''")}'`;

/** What the container runs, as argv; a text with shell signs runs through `sh -c`. */
export function readCommand(said: Said): string[] | undefined {
  const shown = said.take(PRINTS_AND_SLEEPS);
  if (shown !== undefined) {
    const seconds = shown[2] === undefined ? '3600' : String(secondsOf(shown[2], shown[3] ?? 's'));
    return [
      '/bin/sh',
      '-c',
      `echo ${quote((shown[1] ?? '').slice(1, -1))} && sleep ${shown[4] === undefined ? seconds : 'infinity'}`,
    ];
  }
  const quoted = said.take(
    /\b(?:command|runs?|running|executes?|executing|calls?|calling|invok(?:es?|ing)|entrypoint|cmd|does|doing|with|sleeping|that|prints?)\s*(?:is\s+|of\s+|:\s*|=\s*)?("[^"]{2,}"|`[^`]{2,}`|'[^']{2,}')/i,
  );
  if (quoted?.[1] !== undefined && /\s|\/|^.(?:env|date|hostname|ls|pwd)/.test(quoted[1]))
    return argv(quoted[1].slice(1, -1));
  const list = said.take(
    /\b(?:command|entrypoint|cmd|runs?|executes?|running|executing)\s*(?:is|:|=)?\s*(\[[^\]]+\])/i,
  );
  if (list?.[1] !== undefined) return listed(list[1]);
  const shell = said.take(/\b(?:\/bin\/)?((?:ba|a)?sh)\s+-c\s+(?:"([^"]+)"|'([^']+)'|`([^`]+)`)/i);
  if (shell !== undefined) return [`/bin/${shell[1] ?? 'sh'}`, '-c', shell[2] ?? shell[3] ?? shell[4] ?? ''];
  const plain = said.take(
    /\b(?:(?:that |which |and |it |to )?(?:runs?|running|executes?|executing|calls?|calling|invok(?:es?|ing)|launch(?:es|ing)?)|(?:with (?:the )?)?command(?: is)?:?)\s+((?:\/?(?:bin\/)?(?:ba|a)?sh|echo|tail|sleep|date|curl|wget|python3?|node|perl|cat|ls|env|printenv|touch|nslookup|nc|ping|hostname|whoami|uname|pg_dump|mysqldump|redis-cli|psql|mongodump|true|false|seq|dd|stress|rm|cp|tar|find|kubectl|aws|\.\/(?![\w./-]*\.(?:sql|ya?ml|conf)\b)[\w./-]*\w)\b.*?)(?=;|$|\.(?:\s|$)|,\s+(?:with|and|then|restart|every|in|on|named|using|keep|at|retry|backoff|limit|request|never|both|the|env|password|mount|args|image|restart|\w+ from (?:the |key )?|\d)|\s+(?:every|each|once|in namespace|in the|at \d|with (?:a |\d|resources?|limits?|restart)|on (?:every|each|a schedule|schedule|all|nodes?)|before|until the|before (?:it|that|the)|and (?:mount|keep|share|the|is|has|keeps|retr|use|shar|writes?|expos))\b)/i,
  );
  const text = plain?.[1]?.trim();
  if (text !== undefined && text !== '') return argv(text);
  const any =
    said.take(
      /\b(?:command|entrypoint|cmd)(?: is| of)?\s*[:=]?\s+((?:\.{0,2}\/)?[a-z][\w./-]*(?:\s+(?!(?:and|with|in|on|every|once|which|that|to|for)\b)[^\s,;]+)*?)(?=\s*(?:[,;)]|\.(?:\s|$)|$|\s(?:and|with|in|on|every|once|which|that|to|for)\b))/i,
    ) ?? said.take(/:\s+((?:perl|python3?|node|ruby|java|npm|\.\/[\w./-]+)\s+[^;]*?)(?=\.(?:\s|$)|;|$)/);
  if (any?.[1] !== undefined && !/^(?:line|to|for|is|and|with|that|the|liveness|readiness)\b/i.test(any[1]))
    return argv(any[1].trim());
  // "perl:5.34 (perl -e 'print 1')": what an image runs stands in brackets behind it.
  const bracketed = said.take(
    /:[\w.-]+["'`]?\s+\(((?:perl|python3?|node|ruby|java|php|go|npm|bash|sh|curl|wget|psql|echo)\s(?:'[^']*'|"[^"]*"|[^()'"])*)\)/i,
  )?.[1];
  if (bracketed !== undefined) return argv(bracketed);
  const filed = toFile(said);
  if (filed !== undefined) return filed;
  const date = said.take(
    /\b(?:prints?|echo(?:es)?|logs?|writes?|outputs?)\s+(?:out\s+)?(?:the\s+)?(?:current\s+)?(?:date|time)(?: and (?:the )?(?:date|time))?\b/i,
  );
  if (date !== undefined) return ['date'];
  const hello = said.take(
    /\b(?:prints?|echo(?:es)?|logs?|outputs?|says?)\s+(hello(?:[, ]+(?:world|from [\w\s]+?|kubernetes))?)(?=[,.;]|$| every| once| and)/i,
  )?.[1];
  if (hello !== undefined) return ['echo', hello];
  const sleep = said.take(/\bsleep(?:s|ing)?(?: for)?\s+(\d+|infinity|forever)\b/i);
  return sleep?.[1] === undefined ? undefined : ['sleep', sleep[1] === 'forever' ? 'infinity' : sleep[1]];
}

/** "appends the word x to /a/b once a second", "tails /a/b", "echoes $NAME": what a small shell does. */
function toFile(said: Said): string[] | undefined {
  const written = said.take(
    /\b(?:writ(?:es?|ing)|puts?|stores?|saves?|append(?:s|ing)?|logs?)\s+(?:an?\s+|the\s+)?(?:(?:word|text|line|string|message|value|content)\s+)?(?!to\b|its\b|the\b)(?:"([^"]+)"|'([^']+)'|`([^`]+)`|([\w.-]+))\s+(?:in)?to\s+(?:the\s+)?(?:file\s+)?["'`]?(\/[\w./-]*\w)["'`]?(?:\s+(once (?:a|every|per)|every|each)\s+(?:(\d+|one|two|five|ten|thirty)\s+)?(second|minute)s?)?/i,
  );
  if (written?.[5] !== undefined) {
    const text = written[1] ?? written[2] ?? written[3] ?? written[4] ?? '';
    const adds = written[6] !== undefined || /^append|^log/i.test(written[0]);
    const once = `echo ${/^[\w.-]+$/.test(text) ? text : quote(text)} ${adds ? '>>' : '>'} ${written[5]}`;
    if (written[6] === undefined) return ['sh', '-c', once];
    return ['sh', '-c', `while true; do ${once}; sleep ${secondsOf(written[7] ?? '1', written[8] ?? 's')}; done`];
  }
  const copied = said.take(
    /\b(?:cop(?:y|ies|ying)|mov(?:es?|ing))\s+(?:the (?:files?|folder|contents? of)\s+)?["'`]?(\/[\w./*-]*\w)["'`]?\s+(?:in)?to\s+(?:the\s+)?(?:folder\s+)?["'`]?(\/[\w./-]*\w)/i,
  );
  if (copied !== undefined) return ['sh', '-c', `${/^m/i.test(copied[0]) ? 'mv' : 'cp -r'} ${copied[1] ?? ''} ${copied[2] ?? ''}`]; // prettier-ignore
  const touched = said.take(
    /\b(?:creat(?:es?|ing)|mak(?:es?|ing)|touch(?:es|ing)?)\s+(?:an?\s+|the\s+)?(?:empty\s+)?(?:file\s+)?["'`]?(\/(?:[\w.-]+\/)*[\w.-]*\w)/i,
  )?.[1];
  if (touched !== undefined) return ['sh', '-c', `${/\.\w+$/.test(touched) ? 'touch' : 'mkdir -p'} ${touched}`];
  const followed = said.take(
    /\b(?:tail(?:s|ing)?|follow(?:s|ing)?)\s+(?:-[fF]\s+)?(?:the\s+)?(?:log\s+)?(?:file\s+)?["'`]?(\/[\w./*-]*\w)/i,
  )?.[1];
  if (followed !== undefined) return ['sh', '-c', `tail -n+1 -F ${followed}`];
  const variable = said.take(
    /\b(?:echo(?:e?s)?|prints?|outputs?|logs?|shows?)\s+(?:just\s+)?(?:its\s+(?:own\s+)?|the\s+(?:value of\s+|variable\s+)?)?["'`]?(\$\{?[A-Z][A-Z0-9_]*\}?)/,
  )?.[1];
  if (variable !== undefined) return ['sh', '-c', `echo ${variable}`];
  return undefined;
}

/** The words of `["a", "b c"]`; a comma inside quotes is no border. */
const listed = (list: string): string[] =>
  [...list.slice(1, -1).matchAll(/"([^"]*)"|'([^']*)'|`([^`]*)`|([^,\s][^,]*)/g)]
    .map((m) => (m[1] ?? m[2] ?? m[3] ?? m[4] ?? '').trim())
    .filter(Boolean);

/** What is said to be its arguments: `args ["a", "b"]`, `the argument --port=80`, `arguments: --a --b`. */
export function readArgs(said: Said): string[] | undefined {
  const list = said.take(/\barg(?:ument)?s?\s*(?:is|are|:|=)?\s*(\[[^\]]+\])/i)?.[1];
  if (list !== undefined) return listed(list);
  const quoted = said.take(
    /\barg(?:ument)?s?\s*(?:is|are|:|=)?\s*((?:(?:"[^"]+"|`[^`]+`|'[^']+')(?:\s*(?:,\s*and|,|and)?\s*(?=["'`]))?)+)/i,
  )?.[1];
  if (quoted !== undefined) {
    const all = [...quoted.matchAll(/"([^"]+)"|`([^`]+)`|'([^']+)'/g)].map((m) => m[1] ?? m[2] ?? m[3] ?? '');
    return all.length === 1 ? argv(all[0] ?? '') : all;
  }
  const flags = said.take(
    /\barg(?:ument)?s?\s*(?:is|are|:|=)?\s*((?:-{1,2}\w[^\s,;]*(?:\s*(?:,\s*and|,|and)?\s*(?=-{1,2}\w))?)+)/i,
  )?.[1];
  if (flags !== undefined && /,|\band\b/.test(flags))
    return flags.split(/\s*(?:,\s*and|,|\band\b)\s*/).map((f) => f.replace(/\.$/, ''));
  const plain = said.take(
    /\bargs?(?:uments?)?\s*(?:is|are|:|=|(?=-{1,2}\w)|(?<=\bargs )(?=[a-z./]))\s*(?!\[)([^\s"'`][^;]*?)(?=;|\.(?:\s|$)|$|\)|,\s+(?!-)|\s+and\s+(?:listens?|expos\w+|mounts?|uses?|must|has|runs?|the|an?)\b)/i,
  )?.[1];
  if (plain !== undefined) return argv(plain.replace(/,$/, ''));
  const flagged = said.take(
    /\b(?:started|start(?:s|ing)?|launched|runs?|running|called|invoked)\s+with\s+(?:the (?:flags?|options?|arguments?)\s+)?(--?[a-z][^;]*?)(?=,\s+(?!--)|;|\.(?:\s|$)|$|\s+and\s+(?!--))/i,
  )?.[1];
  if (flagged !== undefined) return flagged.split(/\s*,?\s+and\s+(?=-)|\s*,\s*|\s+/).filter((w) => w !== '');
  const word = said.take(
    /\bwith (?:the |an? |only |single )*arguments?\s+(?!(?:of|to|that|for|named|called|and|is|are|from|in)\b)([\w./:=-]*\w)(?=[\s,;)]|\.(?:\s|$)|$)/i,
  )?.[1];
  return word === undefined ? undefined : [word];
}

/** A command line as argv; a text with shell signs runs through `sh -c`. */
export function argv(said: string): string[] {
  // A bracket that closes more than the command ends it.
  const close =
    said.search(/^[^(]*\)/) === 0 && !said.slice(0, said.indexOf(')')).includes('(') ? said.indexOf(')') : -1;
  const text = close < 0 ? said : said.slice(0, close);
  const shell = /^(?:\/bin\/)?(?:ba|a)?sh\s+-c\s+(.+)$/is.exec(text);
  if (shell?.[1] !== undefined) return ['/bin/sh', '-c', shell[1].replace(/^["']|["']$/g, '')];
  if (/[|&;<>$`*]|\bwhile\b|\bfor\b/.test(text)) return ['/bin/sh', '-c', text];
  return [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((m) => m[1] ?? m[2] ?? m[3] ?? '');
}
