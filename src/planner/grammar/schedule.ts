/** When something recurs, as a cron expression. */
import type { Passage } from '../text.ts';
import { daysField, SEVERAL_DAYS } from './clocks.ts';
import { NUMBER, numberOf } from './quantities.ts';

const DAYS: Readonly<Record<string, number>> = {
  sunday: 0,
  monday: 1,
  tuesday: 2,
  wednesday: 3,
  thursday: 4,
  friday: 5,
  saturday: 6,
};
const DAY = '(sunday|monday|tuesday|wednesday|thursday|friday|saturday|weekday|weekend|working day|workday)s?';
const CRON =
  /(?:^|[\s"'`(])((?:[\d*][\d*/,-]*\s+){2}(?:[\d*?L][\d*/,\-LW]*)\s+(?:[\d*]|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)[\w*/,-]*\s+(?:[\d*?]|SUN|MON|TUE|WED|THU|FRI|SAT)[\w*/,#-]*)(?=$|[\s"'`).,;])/i;

/** "on the 15th" */
const DATE = /\bon the (\d{1,2})(?:st|nd|rd|th)\b/i;

interface Clock {
  readonly hour: number;
  readonly minute: number;
}

/** Reads `at 2:30 am`, `at 14:00`, `at midnight`, `at 3am UTC`, `02:00`. */
function clock(passage: Passage): Clock | undefined {
  if (passage.take(/\b(?:at )?midnight\b/i)) return { hour: 0, minute: 0 };
  if (passage.take(/\b(?:at )?noon\b/i)) return { hour: 12, minute: 0 };
  const match =
    passage.take(/\b(?:at )?(\d{1,2})(?::(\d{2}))?\s?(am|pm|a\.m\.|p\.m\.)/i) ??
    passage.take(
      /\b(?:at )?(\d{1,2}):(\d{2})(?:\s?(?:h|hours|UTC|o'clock))?(?:\s+in the (?:morning|night|(?:evening|afternoon)))?\b/i,
    ) ??
    passage.take(
      /\bat (\d{1,2})(?: ?o'clock|h\b| UTC| in the (?:morning|night|evening|afternoon)|(?=[\s,.;]*$)|(?=[,.;])|(?=\s+(?:run|start|execute|do|call|launch|back|dump|please|we|the|it|a|an|our|my|onto|to|into|with|in|on|from|for)\b))()/i,
    );
  if (match === undefined) return undefined;
  let hour = Number(match[1]);
  const half = (match[3] ?? '').toLowerCase();
  if ((half.startsWith('p') || /evening|afternoon/i.test(match[0])) && hour < 12) hour += 12;
  if (half.startsWith('a') && hour === 12) hour = 0;
  return { hour: hour % 24, minute: Number(match[2] === undefined || match[2] === '' ? 0 : match[2]) % 60 };
}

/**
 * The cron expression (five fields) that a phrase means: a written one, or `every 5 minutes`, `hourly`, `daily at 02:30`,
 * `nightly`, `every Monday at 9am`, `weekdays at 18:00`, `monthly on the 1st`.
 */
export function readSchedule(passage: Passage): string | undefined {
  const written = passage.take(CRON);
  if (written?.[1] !== undefined) return written[1].trim().replace(/\s+/g, ' ');
  const every = passage.take(
    new RegExp(
      String.raw`\b(?:every|each)\s+(?:(${NUMBER})[\s-]+)?(minute|min|hour|hr|second|day|week|month|night|quarter|year)s?\b`,
      'i',
    ),
  );
  const often = /^(?:min|h)/i.test(every?.[2] ?? '')
    ? fromEvery(passage, numberOf(every?.[1] ?? '1'), (every?.[2] ?? '').toLowerCase())
    : undefined;
  const several = SEVERAL_DAYS.map((pattern) => passage.take(pattern)).find((match) => match !== undefined);
  if (several !== undefined) {
    const time = clock(passage) ?? { hour: 0, minute: 0 };
    return often === undefined
      ? `${time.minute} ${time.hour} * * ${daysField(several)}`
      : within(passage, often, daysField(several));
  }
  const day = passage.take(new RegExp(String.raw`\b(?:(?:every|each|on)\s+)?${DAY}\b`, 'i'));
  if (often !== undefined && day === undefined) return within(passage, often, '*');
  if (every?.[2] !== undefined && day === undefined)
    return fromEvery(passage, numberOf(every[1] ?? '1'), every[2].toLowerCase());
  const named = passage.take(
    /\b(hourly|daily|nightly|weekly|monthly|yearly|annually|once an? (?:minute|hour|day|week|month|year))\b(?!-)/i,
  );
  if (named?.[1] !== undefined && day === undefined) return fromName(passage, named[1].toLowerCase());
  if (day?.[1] === undefined) {
    // A cron job that is told a time of day and nothing else runs daily.
    const alone = passage.has(/\bcron ?-?jobs?\b/i) ? clock(passage) : undefined;
    return alone === undefined ? undefined : `${alone.minute} ${alone.hour} * * *`;
  }
  const name = day[1].toLowerCase();
  const field = /weekend/.test(name) ? '0,6' : (DAYS[name]?.toString() ?? '1-5');
  if (often !== undefined) return within(passage, often, field);
  const time = clock(passage) ?? { hour: 0, minute: 0 };
  return `${time.minute} ${time.hour} * * ${field}`;
}

const HOURS =
  /\b(?:between|from)\s+(\d{1,2})(?::00)?(?:\s?(am|pm))?\s+(?:and|to|until|till)\s+(\d{1,2})(?::00)?(?:\s?(am|pm))?(?:\s?o'clock|\s?h)?(?![\w:])(?!\s*(?:pods?|replicas?|instances?|minutes?|seconds?|%))/i;

/** "every 5 minutes between 8 and 17 on weekdays": what recurs within a day, on some days and in some hours of them only. */
function within(passage: Passage, often: string, days: string): string {
  const hours = passage.take(HOURS);
  const hour = (n: string | undefined, half: string | undefined): number => (Number(n) % 24) + (/pm/i.test(half ?? '') && Number(n) < 12 ? 12 : 0); // prettier-ignore
  const [minute = '0', each = '*'] = often.split(' ');
  if (hours === undefined) return `${minute} ${each} * * ${days}`;
  const span = `${hour(hours[1], hours[2])}-${hour(hours[3], hours[4])}`;
  return `${minute} ${each === '*' ? span : each.replace('*', span)} * * ${days}`;
}

function fromEvery(passage: Passage, n: number, unit: string): string {
  if (unit === 'second') return '* * * * *';
  if (unit.startsWith('min')) return n === 1 ? '* * * * *' : `*/${n} * * * *`;
  if (unit.startsWith('h')) return n === 1 ? '0 * * * *' : `0 */${n} * * *`;
  const time = clock(passage);
  const at = `${time?.minute ?? 0} ${time?.hour ?? (unit === 'night' ? 2 : 0)}`;
  switch (unit) {
    case 'week':
      return `${at} * * 0`;
    case 'month':
      return `${at} ${passage.take(DATE)?.[1] ?? '1'} ${n === 1 ? '*' : `*/${n}`} *`;
    case 'quarter':
      return `${at} 1 */3 *`;
    case 'year':
      return `${at} 1 1 *`;
    default:
      return n === 1 ? `${at} * * *` : `${at} */${n} * *`;
  }
}

function fromName(passage: Passage, name: string): string {
  if (/minute/.test(name)) return '* * * * *';
  if (/hour/.test(name)) return '0 * * * *';
  const time = clock(passage);
  const at = `${time?.minute ?? 0} ${time?.hour ?? (name === 'nightly' ? 2 : 0)}`;
  if (/week/.test(name)) return `${at} * * 0`;
  if (/month/.test(name)) {
    const date = passage.take(DATE);
    return `${at} ${date?.[1] ?? '1'} * *`;
  }
  if (/year|annual/.test(name)) return `${at} 1 1 *`;
  return `${at} * * *`;
}
