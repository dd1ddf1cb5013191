/**
 * Amounts in words as figures: "sixty-two mebibytes", "one million", "half a CPU", "three quarters of an hour", "one to three pods". What
 * stands in quotes stays as it is, and so do names.
 */
import { clocks } from './clocks.ts';

const UNITS = 'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(' '); // prettier-ignore
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const SCALES: Readonly<Record<string, number>> = { hundred: 100, thousand: 1000, million: 1_000_000, billion: 1_000_000_000 }; // prettier-ignore

const UNIT = `(?:${UNITS.slice(0, 9).join('|')})`;
/** Below a hundred. */
const SMALL = `(?:(?:${TENS.join('|')})(?:[\\s-]${UNIT})?|${[...UNITS].reverse().join('|')})`;
const BELOW = `(?:(?:an?|${SMALL})[\\s-]hundred(?:\\s+(?:and\\s+)?${SMALL})?|${SMALL})`;
const START = String.raw`(?<![\w./:@=-])(?<!\b(?:called|named) )`;
const END = String.raw`(?![\w/:=@]|-[a-z0-9]|\.\w)`;
const SPOKEN = new RegExp(
  `${START}(?:(?:(?:an?|\\d+(?:\\.\\d+)?|${BELOW})\\s+(?:thousand|million|billion)(?:,?\\s+(?:and\\s+)?${BELOW}(?=\\s+thousand))?(?:\\s+thousand)?(?:,?\\s+(?:and\\s+)?${BELOW})?)|${BELOW})${END}`,
  'gi',
);

/** Numbers that every grammar reads as a word. */
const KNOWN: ReadonlySet<string> = new Set('one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty fifty'.split(' ')); // prettier-ignore

/** @returns the number that words such as "two hundred and fifty-six" stand for */
function valueOfWords(words: string): number {
  let sum = 0;
  let group = 0;
  for (const word of words.toLowerCase().match(/\d+(?:\.\d+)?|[a-z]+/g) ?? []) {
    const scale = SCALES[word];
    if (word === 'hundred') group = Math.max(group, 1) * 100;
    else if (scale !== undefined) {
      sum += Math.max(group, 1) * scale;
      group = 0;
    } else if (/^\d/.test(word)) group += Number(word);
    else if (word === 'a' || word === 'an') group += 1;
    else if (UNITS.includes(word)) group += UNITS.indexOf(word) + 1;
    else if (TENS.includes(word)) group += (TENS.indexOf(word) + 2) * 10;
  }
  return sum + group;
}

const TIME = '(?:seconds?|minutes?|hours?|days?|weeks?)';
const CPU = String.raw`(?:v?cpus?|cores?)(?![\w-])`;
const SIZE = '(?:(?:kibi|mebi|gibi|tebi|kilo|mega|giga|tera)bytes?|[KMGT]i?B|[KMGT]i|gigs?)(?![\\w-])';
/** "a CPU request" speaks of no amount. */
const IN_FIGURES = String.raw`(?:${SIZE}|(?:${CPU}|milli-?(?:cores?|cpus?)\b|(?:nvidia |amd )?gpus?\b)(?! (?:requests?|limits?|quotas?|targets?|based|utili[sz]ation|usage|load|nodes?|pools?|time|of \d|servers?|machines?)\b)|percent\b|%|iops\b)`;

const PARTS: Readonly<Record<string, number>> = { half: 1 / 2, third: 1 / 3, quarter: 1 / 4, fourth: 1 / 4, fifth: 1 / 5, sixth: 1 / 6, eighth: 1 / 8, tenth: 1 / 10 }; // prettier-ignore
const FRACTION = String.raw`(?:(?:(an?|one|two|three)[\s-])?(half|third|quarter|fourth|fifth|sixth|eighth|tenth)s?)`;
const SECONDS: Readonly<Record<string, number>> = { second: 1, minute: 60, hour: 3600, day: 86_400, week: 604_800 };

const share = (count: string | undefined, part: string): number =>
  (count === undefined ? 1 : valueOfWords(count)) * (PARTS[part.toLowerCase()] ?? 1);

/** Seconds in the largest unit that needs no fraction. */
function time(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole % 86_400 === 0) return `${whole / 86_400} days`;
  if (whole % 3600 === 0) return `${whole / 3600} hours`;
  return whole % 60 === 0 ? `${whole / 60} minutes` : `${whole} seconds`;
}

const secondsPer = (unit: string): number => SECONDS[unit.toLowerCase().replace(/s$/, '')] ?? 1;

/** An amount of a unit that need not be whole: "0.5 GiB" as "512 MiB". */
function amount(value: number, unit: string): string {
  if (new RegExp(`^${TIME}$`, 'i').test(unit)) return time(value * secondsPer(unit));
  if (/^v?c/i.test(unit)) return value >= 1 ? `${Number(value.toFixed(3))} CPU` : `${Math.round(value * 1000)}m CPU`;
  if (Number.isInteger(value * 10) && value >= 1) return `${value} ${unit}`;
  const smaller = { t: 'G', g: 'M', m: 'K' }[unit.charAt(0).toLowerCase()] ?? 'M';
  return `${Math.round(value * 1024)}${smaller}i`;
}

type Rewrite = readonly [RegExp, (...parts: string[]) => string];

const of = String.raw`(?:\s+of)?(?:\s+(?:an?|one))?\s+`;
const REWRITES: readonly Rewrite[] = [
  // "one and a half CPUs", "an hour and a half", "half a gigabyte", "three quarters of an hour"
  [new RegExp(`${START}(\\d+|an?|${SMALL}) and (?:an? |one )?(half|quarter)(?: of)?(?: an?)? (${TIME}|${CPU}|${SIZE})\\b`, 'gi'), (_m, n = '1', part = 'half', unit = '') => amount((/^\d/.test(n) ? Number(n) : valueOfWords(n)) + share(undefined, part), unit)],
  [new RegExp(`${START}(an?|one) (${TIME}|${CPU}|${SIZE}) and (?:a )(half|quarter)\\b`, 'gi'), (_m, _n, unit = '', part = 'half') => amount(1 + share(undefined, part), unit)],
  [new RegExp(`${START}${FRACTION}${of}(${TIME}|${CPU}|${SIZE})${END}`, 'gi'), (whole, n, part = 'half', unit = '') => unit.toLowerCase().startsWith('second') ? whole : amount(share(n, part), unit)],
  // "half of the requested CPU", "three quarters of the pods"
  [new RegExp(`${START}${FRACTION} of (the|its|their|all|our)\\b(?=[\\w\\s-]{0,20}\\b(?:cpus?|memory|pods?|replicas?|members?|requests?|traffic|users?)\\b)`, 'gi'), (_m, n, part = 'half', whose = 'the') => `${Math.round(share(n, part) * 100)} % of ${whose}`],
  [new RegExp(`\\b(cpu|memory|utili[sz]ation)( (?:use|usage|load|utili[sz]ation))? (at|of|above|over|reaches|exceeds) ${FRACTION}(?=\\s*(?:[,.;)]|$))`, 'gi'), (_m, what = '', use = '', at = 'at', n, part = 'half') => `${what}${use} ${at} ${Math.round(share(n, part) * 100)} %`],
  [new RegExp(`${START}${FRACTION} of what (?:they|it|each)(?: of them)? (?:requests?|asks? for)`, 'gi'), (_m, n, part = 'half') => `${Math.round(share(n, part) * 100)} % of the requested cpu`],
  [new RegExp(`${START}(?:a )?(half|quarter)(?: of)? an? (million|thousand|hundred)${END}`, 'gi'), (_m, part = 'half', scale = 'million') => String(share(undefined, part) * (SCALES[scale.toLowerCase()] ?? 1))],
  // Whole numbers.
  [SPOKEN, (whole) => KNOWN.has(whole.toLowerCase()) || /^an?$/i.test(whole) ? whole : String(valueOfWords(whole))],
  [new RegExp(`${START}(an?|single|${UNITS.slice(0, 12).join('|')}|fifteen|twenty|thirty|fifty)(?: (?:single|whole|full|entire))? (?=${IN_FIGURES})`, 'gi'), (_m, n = 'one') => `${/^single$/i.test(n) ? 1 : valueOfWords(n)} `],
  [new RegExp(`${START}(\\d+|${UNITS.slice(0, 12).join('|')}|fifteen|twenty|thirty) (to|and|or) (\\d+|${UNITS.slice(0, 12).join('|')}|fifteen|twenty|thirty|fifty)(?= (?:pods?|replicas?|instances?|copies|nodes?|members?)\\b)`, 'gi'), (_m, from = '1', to = 'to', until = '1') => `${valueOfWords(from)} ${to} ${valueOfWords(until)}`],
  [/\b(no|not) (?:fewer|less) than (?=\d|one\b|two\b|three\b|four\b|five\b|six\b|seven\b|eight\b|nine\b|ten\b)/gi, () => 'at least '],
  [/\b(?:an? |one )?(dozen|pair of|couple of) (?=(?:replicas?|pods?|copies|instances|nodes|members|retries|users)\b)/gi, (_m, word = '') => /^d/i.test(word) ? '12 ' : '2 '],
  [/\bnever (below|above|under|over) (?=(?:\d+|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|thirty|fifty)\b)/gi, (_m, way = '') => /^(?:b|u)/i.test(way) ? 'at least ' : 'at most '],
  [/\bnever (?:fewer|less) than (?=\d|one\b|two\b|three\b|four\b|five\b|six\b|seven\b|eight\b|nine\b|ten\b)/gi, () => 'at least '],
  [/\b(?:never|not) more than (?=(?:\d+|two|three|four|five|six|seven|eight|nine|ten|twelve) (?:pods?|replicas?|instances?|copies)\b)/gi, () => 'at most '],
]; // prettier-ignore

const QUOTED = /"[^"\n]*"|`[^`\n]*`|(?<=[\s([])'[^'\n]*'(?=[\s,.;)\]]|$)/g;

/** @returns the text with its amounts and times of day in figures */
export function inFigures(text: string): string {
  let plain = '';
  let from = 0;
  for (const quoted of text.matchAll(QUOTED)) {
    plain += rewritten(text.slice(from, quoted.index)) + quoted[0];
    from = quoted.index + quoted[0].length;
  }
  return plain + rewritten(text.slice(from));
}

const rewritten = (text: string): string =>
  REWRITES.reduce((plain, [pattern, to]) => plain.replace(pattern, to), clocks(text));
