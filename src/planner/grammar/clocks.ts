/** Times of day and days as people say them: "quarter past six in the morning", "half past two", "Monday to Friday", "Berlin time". */

const HOURS = 'one two three four five six seven eight nine ten eleven twelve'.split(' ');
const HOUR = `(?:${HOURS.join('|')}|1[0-2]|[1-9])`;
const MINUTES: Readonly<Record<string, number>> = {
  five: 5,
  ten: 10,
  quarter: 15,
  fifteen: 15,
  twenty: 20,
  'twenty-five': 25,
  half: 30,
};
const MINUTE = String.raw`(?:(?:an?\s+)?quarter|half|twenty[\s-]five|twenty|ten|five|\d{1,2}(?:\s+minutes)?|(?:five|ten|twenty) minutes)`;
const PART = String.raw`(?:,?\s+(?:(?:in|of|at)\s+(?:the\s+)?|each\s+|every\s+)(morning|afternoon|evening|night)\b)`;
/** What is counted, not told by a clock. */
const COUNTED = String.raw`(?!\s*(?:[-:/.]?\d|%|pods?\b|replicas?\b|nodes?\b|times\b|seconds?\b|minutes?\b|hours?\b|days?\b|[KMG]i?B?\b))`;

const hourOf = (word: string): number =>
  /^m/i.test(word)
    ? 24
    : /^noo/i.test(word)
      ? 12
      : /^\d/.test(word)
        ? Number(word)
        : HOURS.indexOf(word.toLowerCase()) + 1;
const minuteOf = (word: string): number => {
  const plain = word.toLowerCase().replace(/^an?\s+|\s+minutes$/g, '').replace(/\s/g, '-'); // prettier-ignore
  return MINUTES[plain] ?? Number(plain);
};

/** `6:15`, in 24 hours by the part of the day. */
function clock(hour: number, minute: number, part: string | undefined): string {
  const minutes = hour * 60 + minute;
  let h = Math.floor(minutes / 60);
  const day = part?.toLowerCase();
  if ((day === 'afternoon' || day === 'evening') && h < 12) h += 12;
  if (day === 'night' && h >= 8 && h < 12) h += 12;
  if (day === 'night' && h === 12) h = 0;
  if (day === 'morning' && h === 12) h = 0;
  return `${h % 24}:${String(((minutes % 60) + 60) % 60).padStart(2, '0')}`;
}

/** "at 3 o'clock every night": that it comes again is kept. */
const again = (whole: string): string => (/\b(?:each|every)\b/i.test(whole) ? ' every day' : '');

/** "half past two", "twenty to five in the afternoon" */
const PAST = new RegExp(String.raw`\b(at\s+)?(?<![\w-])(${MINUTE})\s+(past|after|to|before)\s+(${HOUR}|midnight|noon)(?![\w-])(?:\s*o'clock)?(?:\s?(am|pm|a\.m\.|p\.m\.)(?!\w)|${PART})?${COUNTED}`, 'gi'); // prettier-ignore
/** "seven o'clock", "at 8 in the evening" */
const FULL = new RegExp(String.raw`\b(at\s+)?(?<![\w:.-])(${HOUR})(?:\s*o'clock${PART}?|${PART})${COUNTED}`, 'gi');
/** "every evening at 8", "each morning at half past six": the day, and the part of it behind the time. */
const EACH = new RegExp(String.raw`\b(every|each)\s+(morning|afternoon|evening)(?:,?\s+at\s+((?:${MINUTE}\s+(?:past|to)\s+)?${HOUR}(?:\s*o'clock)?)(?![\w:.])(?!\s?(?:am|pm)\b))?`, 'gi'); // prettier-ignore
const EACH_AFTER = new RegExp(String.raw`\bat\s+((?:${MINUTE}\s+(?:past|to)\s+)?${HOUR}(?:\s*o'clock)?)\s+(?:each|every)\s+(morning|afternoon|evening)\b`, 'gi'); // prettier-ignore

/** "every weekday evening at 7" */
const DAY_PART = new RegExp(String.raw`\b((?:week|work|working |mon|tues|wednes|thurs|fri|satur|sun)days?)\s+(morning|afternoon|evening)s?,?\s+at\s+((?:${MINUTE}\s+(?:past|to)\s+)?${HOUR}(?:\s*o'clock)?)(?![\w:.])(?!\s?(?:am|pm)\b)`, 'gi'); // prettier-ignore

function past(
  whole: string,
  at: string | undefined,
  minute: string,
  way: string,
  hour: string,
  half: string | undefined,
  part: string | undefined,
  offset: number,
  text: string,
): string {
  // prettier-ignore
  const minutes = minuteOf(minute);
  // "ten to twelve replicas", "five after two retries": a time of day only where something says so.
  const sure = /quarter|half/i.test(minute) && !/after|before/i.test(way);
  if (!sure && at === undefined && half === undefined && part === undefined && !/o'clock/i.test(whole)) return whole;
  if (!Number.isFinite(minutes) || minutes > 59 || (/half/i.test(minute) && /to|before/i.test(way))) return whole;
  const night = part ?? (/\b(?:night|nights|nightly)\b[^.;,\d]{0,6}$/i.test(text.slice(Math.max(0, offset - 24), offset)) ? 'night' : half === undefined ? undefined : /^p/i.test(half) ? 'afternoon' : 'morning'); // prettier-ignore
  const sign = /to|before/i.test(way) ? -1 : 1;
  return `at ${clock(hourOf(hour), sign * minutes, night)}${again(whole)}`;
}

const DAYS = 'sunday monday tuesday wednesday thursday friday saturday'.split(' ');
const NAME = String.raw`(?:sun(?:day)?|mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs?(?:day)?)?|fri(?:day)?|sat(?:urday)?)s?`;

/** 0 for Sunday. */
const dayOf = (name: string): number => DAYS.findIndex((day) => day.startsWith(name.toLowerCase().slice(0, 3)));

const RANGE = new RegExp(String.raw`\b(${NAME})\s*(?:to|through|till|until|thru|-)\s*(${NAME})(?![\w-])`, 'i');
const LIST = new RegExp(
  String.raw`\b(${NAME}(?:\s*(?:,\s*(?:and\s+)?|\/|\s(?:and|or)\s)\s*(?:on\s+)?${NAME})+)(?![\w-])`,
  'i',
);

/** The patterns of several days, for a schedule: each has the whole as its first group or both ends as two. */
export const SEVERAL_DAYS: readonly RegExp[] = [RANGE, LIST];

/** The field of a cron expression that several days stand for: `1-5`, `1,3,5`. */
export function daysField(match: RegExpExecArray): string {
  if (match[2] !== undefined) {
    const [from, to] = [dayOf(match[1] ?? ''), dayOf(match[2])];
    if (from <= to) return `${from}-${to}`;
    // A day is at most 6 in a cluster's schedule: what goes beyond Saturday begins again.
    return to === from - 1 ? '*' : [to === 0 ? '0' : `0-${to}`, from === 6 ? '6' : `${from}-6`].join(',');
  }
  const days = [...(match[1] ?? '').matchAll(new RegExp(NAME, 'gi'))].map((m) => dayOf(m[0]));
  return [...new Set(days)].sort((a, b) => a - b).join(',');
}

/** @returns the text with its times of day in figures */
export function clocks(text: string): string {
  return text
    .replace(/\b(weekdays|week days|working days|workdays)\s*\((?:mon(?:day)?s?)\s*(?:to|through|till|until|-)\s*fri(?:day)?s?\)/gi, 'weekdays')
    .replace(/\b(?:every|each) (?:half|half an|half-) ?hour\b|\b(?:twice|two times) (?:an|every|each|per) hour\b/gi, 'every 30 minutes')
    .replace(/\b(?:every|each) (?:a )?quarter(?: of an)?[ -]hour\b/gi, 'every 15 minutes')
    .replace(/\b(?:every|each) (other|second|third|fourth) (minute|hour|day)\b(?! of)/gi, (_m, nth: string, unit: string) => `every ${{ other: 2, second: 2, third: 3, fourth: 4 }[nth.toLowerCase()] ?? 2} ${unit}s`)
    .replace(/\b(twice|two times|three times|four times|six times|eight times) (?:a|per|each|every) day\b/gi, (_m, often: string) => `every ${24 / ({ twice: 2, two: 2, three: 3, four: 4, six: 6, eight: 8 }[often.toLowerCase().split(' ')[0] ?? ''] ?? 2)} hours`)
    .replace(/\b(?:at )?(\d{1,2}|five|ten|fifteen|twenty|thirty|half|(?:a )?quarter)(?: minutes?)? past (?:the|each|every) hour(?:,? (?:every|each) hour)?\b|\b(?:every|each) hour,? at (\d{1,2}|five|ten|fifteen|twenty|thirty|half|(?:a )?quarter)(?: minutes?)? past\b|\b(?:every|each) hour,? (?:at|on) minute (\d{1,2})\b|\bhourly,? (?:at|on) minute (\d{1,2})\b/gi, (_m, a?: string, b?: string, c?: string, d?: string) => `schedule (${minuteOf(a ?? b ?? c ?? d ?? '0')} * * * *)`)
    .replace(DAY_PART, '$1 at $3 in the $2')
    .replace(EACH_AFTER, 'every day at $1 in the $2')
    .replace(EACH, (_m, _each: string, part: string, time?: string) => (time === undefined ? `every day at ${{ morning: '6:00', afternoon: '14:00', evening: '18:00' }[part.toLowerCase()] ?? '6:00'}` : `every day at ${time} in the ${part}`))
    .replace(PAST, past)
    .replace(FULL, (m, _at: string | undefined, hour: string, a?: string, b?: string) => `at ${clock(hourOf(hour), 0, a ?? b)}${again(m)}`);
} // prettier-ignore
