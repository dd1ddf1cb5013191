/** Time zones by the cities and abbreviations that people name them by. */

/** Cities that have no zone of their own, and names that differ from the database's. */
const OTHERS: Readonly<Record<string, string>> = {
  munich: 'Europe/Berlin', frankfurt: 'Europe/Berlin', hamburg: 'Europe/Berlin', cologne: 'Europe/Berlin', german: 'Europe/Berlin', geneva: 'Europe/Zurich', milan: 'Europe/Rome',
  barcelona: 'Europe/Madrid', kyiv: 'Europe/Kyiv', kolkata: 'Asia/Kolkata', mumbai: 'Asia/Kolkata', delhi: 'Asia/Kolkata', 'new delhi': 'Asia/Kolkata', bangalore: 'Asia/Kolkata',
  beijing: 'Asia/Shanghai', 'ho chi minh city': 'Asia/Ho_Chi_Minh', washington: 'America/New_York', boston: 'America/New_York', miami: 'America/New_York', atlanta: 'America/New_York', 'san francisco': 'America/Los_Angeles',
  seattle: 'America/Los_Angeles', 'san diego': 'America/Los_Angeles', houston: 'America/Chicago', dallas: 'America/Chicago', montreal: 'America/Toronto',
  'buenos aires': 'America/Argentina/Buenos_Aires', 'rio de janeiro': 'America/Sao_Paulo', 'cape town': 'Africa/Johannesburg', canberra: 'Australia/Sydney', wellington: 'Pacific/Auckland',
  eastern: 'America/New_York', pacific: 'America/Los_Angeles', mountain: 'America/Denver', 'central european': 'Europe/Berlin', utc: 'Etc/UTC', gmt: 'Etc/UTC', cet: 'Europe/Berlin', cest: 'Europe/Berlin', est: 'America/New_York', edt: 'America/New_York',
  pst: 'America/Los_Angeles', pdt: 'America/Los_Angeles', ist: 'Asia/Kolkata', jst: 'Asia/Tokyo', bst: 'Europe/London',
}; // prettier-ignore

let cities: ReadonlyMap<string, string> | undefined;

/** Every city of the time zone database in small letters, with its zone. */
function zones(): ReadonlyMap<string, string> {
  cities ??= new Map([
    ...Intl.supportedValuesOf('timeZone')
      .filter((zone) => /^(?:Africa|America|Asia|Atlantic|Australia|Europe|Indian|Pacific)\//.test(zone))
      .map((zone): [string, string] => [(zone.split('/').at(-1) ?? '').replaceAll('_', ' ').toLowerCase(), zone]),
    ...Object.entries(OTHERS),
  ]);
  return cities;
}

/** @returns the zone of a city or an abbreviation; nothing where none is called so */
export const zoneOf = (name: string): string | undefined => zones().get(name.toLowerCase());

const WORDS = String.raw`([A-Z][a-z]+(?: [A-Z][a-z]+){0,2}|[A-Z]{3,4})`;
const SAID: readonly RegExp[] = [
  // "Berlin time", "in New York local time", "the time zone of Helsinki", "Tokyo's time zone"
  new RegExp(
    String.raw`\b(?:in\s+|by\s+|of\s+)?(?:the\s+)?${WORDS}(?:'s)?[ ](?:local[ ]|standard[ ]|summer[ ])?time(?:[ -]?zone)?\b`,
    'g',
  ),
  new RegExp(String.raw`\btime ?zone\s*(?:is|of|=|:|for|in)?\s*${WORDS}(?![\w/])`, 'g'),
  new RegExp(String.raw`\b(?:local time|clocks?) (?:as )?(?:of|in)\s+${WORDS}(?![\w/])`, 'g'),
  // behind a time of day: "6 am (New York)", "at 18:00 in Madrid", "7:30 CET"
  new RegExp(String.raw`(?<=\d\s?(?:am|pm|:\d\d|o'clock),?\s?)\s*(?:in\s+|\()?${WORDS}\)?(?![\w/-])`, 'g'),
];

/** "Berlin time" as `time zone Europe/Berlin`; what is no known city stays as it is. */
export const inZones = (text: string): string =>
  SAID.reduce(
    (plain, pattern) =>
      plain.replace(pattern, (whole, name: string) => {
        const zone = zoneOf(name);
        return zone === undefined ? whole : ` time zone ${zone}`;
      }),
    text,
  );
