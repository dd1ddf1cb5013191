/** Jobs and CronJobs: how often, how many, how long, and when. */
import { DURATION, NUMBER, numberOf, secondsOf } from '../grammar/quantities.ts';
import { zoneOf } from '../grammar/zones.ts';
import type { Said } from './attributes.ts';
import type { DraftObject } from './model.ts';

/** Fields of a JobSpec. */
export function readJobSpec(said: Said): DraftObject {
  const spec: DraftObject = {};
  const set = (field: string, pattern: RegExp): void => {
    const match = said.take(pattern);
    const value = match?.slice(1).find((v: string | undefined) => v !== undefined);
    if (value !== undefined) spec[field] = numberOf(value);
  };
  set(
    'completions',
    new RegExp(
      `\\b(?:completions?\\s*(?:of|=|:)?\\s*(${NUMBER})|(${NUMBER}) (?:successful )?(?:completions?|times in total|runs)|(?:must |has to |should )?succeed(?:s|ed)? (?:exactly )?(${NUMBER}) times|(${NUMBER})\\s+(?:[a-z-]+\\s+)?(?:items|frames|pieces|parts|chunks|shards|slices|partitions|batches|segments|tasks|files))\\b(?! (?:at|in parallel))`,
      'i',
    ),
  );
  set(
    'parallelism',
    new RegExp(
      `\\b(?:parallelism\\s*(?:of|=|:)?\\s*(${NUMBER})|(?<!(?:never|not|no)[^.;,]{0,14})(${NUMBER})\\s+(?:pods |of them |workers )?(?:at (?:a|the same) time|in parallel|at once|concurrently|parallel))`,
      'i',
    ),
  );
  set(
    'backoffLimit',
    new RegExp(
      `\\b(?:back-?off ?limit\\s*(?:of|is|to|=|:)?\\s*(\\d+)|(?:at most |up to |no more than )?(${NUMBER}) (?:retries|retry|attempts|tries)|retr(?:y|ies)(?: it)?(?: at most| up to| no more than| only)?\\s+(${NUMBER})(?: times?)?)`,
      'i',
    ),
  );
  if (
    spec['backoffLimit'] === undefined &&
    said.take(
      /\b(?:don't|do not|never|no|not|without|zero)(?: any| be)? retr(?:y|ies|ied)\b|\bretr(?:y|ies) (?:never|off)\b/i,
    )
  )
    spec['backoffLimit'] = 0;
  const perIndex = said.take(
    new RegExp(`\\b(?:each|every|per|one) index\\b[^.;,]{0,30}?\\b(${NUMBER})\\s+(?:times?|retries|failures|attempts)|\\b(${NUMBER})\\s+(?:retries|failures|attempts|tries) (?:per|for each) index|\\bback-?off ?limit per index\\s*(?:of|=|:)?\\s*(\\d+)`, 'i'), // prettier-ignore
  );
  const failed = said.take(new RegExp(`\\b(?:(?:at most|up to|no more than)\\s+)?(${NUMBER})\\s+(?:failed|failing|lost) ind(?:exes|ices)\\b|\\bmax ?failed ?indexes\\s*(?:of|=|:)?\\s*(\\d+)`, 'i')); // prettier-ignore
  if (failed !== undefined) spec['maxFailedIndexes'] = numberOf(failed[1] ?? failed[2] ?? '1');
  if (perIndex !== undefined) {
    spec['backoffLimitPerIndex'] = numberOf(perIndex[1] ?? perIndex[2] ?? perIndex[3] ?? '1');
    if (!/\bback-?off ?limit\b(?! ?per)/i.test(said.text)) delete spec['backoffLimit'];
  }
  Object.assign(spec, jobTimes(said));
  if (
    said.take(
      /\bindexed\b|\b(?:every|each) (?:pod|one|worker|of them|copy)\b[^.;,]{0,30}\b(?:index|number|ordinal)\b(?!s? of (?:retries|cpus))[^.;,]{0,16}/i,
    )
  )
    spec['completionMode'] = 'Indexed';
  const codes = exitCodes(said);
  if (codes.length > 0) spec['podFailurePolicy'] = { rules: codes };
  return spec;
}

/** "if a pod exits with code 42 fail the whole job", "ignore exit codes 3 and 4" */
const exitCodes = (said: Said): DraftObject[] =>
  [
    ...said.takeAll(
      /\bexit\w*(?: \w+){0,3}?\s+(?:codes?|status(?:es)?)?\s*(\d{1,3}(?:\s*(?:,|or|and)\s*\d{1,3})*)\b([^.;]{0,80})/gi,
    ),
  ].flatMap(([whole, list = '', rest = '']): DraftObject[] => {
    const action = /\bfail\w*\b[^.;]{0,24}\b(?:job|at once|immediately|whole)\b|FailJob|\bnot? (?:be )?retr/i.test(rest)
      ? 'FailJob'
      : /\bignor\w+|\bnot count/i.test(`${rest} ${whole}`)
        ? 'Ignore'
        : undefined;
    return action === undefined
      ? []
      : [{ action, onExitCodes: { operator: 'In', values: (list.match(/\d+/g) ?? []).map(Number) } }];
  });

/** How long a job may take, and how long it is kept. */
function jobTimes(said: Said): DraftObject {
  const spec: DraftObject = {};
  const deadline =
    said.take(
      new RegExp(
        `\\b(?:active ?deadline(?: ?seconds)?(?: of|=|:)?|deadline(?: of)?|(?:kill(?:ed)?|stop(?:s|ped)?|terminate[sd]?|cancel(?:s|led)?|abort(?:s|ed)?|ends?|fails?|(?:finish|complete|done|end|over|ready)\\w* (?:with)?in|timeout|time ?out|(?:hard |time )+limit|give up|gives up|(?:tak|last|runn?|need)\\w* (?:for )?(?:more|longer) than|no longer than|longer than|at most|max(?:imum)?(?: run ?time)?)(?: (?:it|them|the \\w+|this))?(?: (?:after|of|in|is))?)\\s*${DURATION}`,
        'i',
      ),
    ) ?? said.take(/\bactive ?deadline ?seconds\s*(?:of|=|:)?\s*(\d+)()/i);
  if (deadline?.[1] !== undefined)
    spec['activeDeadlineSeconds'] = secondsOf(
      deadline[1],
      deadline[2] === undefined || deadline[2] === '' ? 's' : deadline[2],
    );
  const ttl =
    said.take(
      new RegExp(
        `\\b(?:ttl(?: ?seconds ?after ?finished)?(?: of|=|:)?|(?:removed?|cleaned up|deleted?|gone|clean(?:s|ed)? (?:itself )?up|removes itself|deletes itself|kept(?: for)?)(?: automatically)?(?: after)?)\\s*${DURATION}`,
        'i',
      ),
    ) ??
    said.take(
      new RegExp(
        `\\b(?:delet|remov|clean|tid|discard|purg)\\w*(?: (?:it|them|itself|the|finished|completed|done|jobs?|pods?|up|away))*\\s+(?:after\\s+)?${DURATION}(?:\\s+after\\b[^.;,]*)?`,
        'i',
      ),
    ) ??
    said.take(/\bttl ?seconds ?after ?finished\s*(?:of|=|:)?\s*(\d+)()/i);
  if (ttl?.[1] !== undefined)
    spec['ttlSecondsAfterFinished'] = secondsOf(ttl[1], ttl[2] === undefined || ttl[2] === '' ? 's' : ttl[2]);
  return spec;
}

/** Fields of a CronJobSpec other than its schedule and template. */
export function readCronSpec(said: Said): DraftObject {
  const spec: DraftObject = {};
  if (
    said.take(
      /\bforbid(?:s|den)?\b|\b(?:never|not|no|must not|without) (?:two |runs? )*(?:at (?:once|the same time)|in parallel|overlap\w*|concurren\w*|run(?:s|ning)? (?:twice|at the same time|in parallel))|\bskip\w*\b[^.;,]{0,20}\b(?:when|while|if)\b[^.;,]*\b(?:running|previous|last|going|still|before)\b/i,
    )
  )
    spec['concurrencyPolicy'] = 'Forbid';
  else if (
    said.take(
      /\breplac(?:e|es|ing) (?:the |a )?(?:running|previous|old|current)|\breplac(?:e|es|ing) (?:a |any |the )?(?:\w+ )?(?:run|job|one)s? (?:that |which )?(?:is |are )?(?:still )|\bconcurrency(?: ?policy)?(?: of| is| set to|=|:)?\s*["'`]?replace/i,
    )
  )
    spec['concurrencyPolicy'] = 'Replace';
  else if (said.take(/\bconcurrency(?: ?policy)?(?: of|=|:)?\s*allow/i)) spec['concurrencyPolicy'] = 'Allow';
  Object.assign(spec, histories(said));
  const late = said.take(
    new RegExp(
      `\\bstarting ?deadline(?: ?seconds)?\\s*(?:of|is|to|=|:)?\\s*(?:${DURATION}|(\\d+))|\\bstart(?:s|ed)? (?:up to|at most|no more than|no later than|within|not more than|at the latest)\\s+(?:${DURATION})(?: late| after| of)?`,
      'i',
    ),
  );
  if (late !== undefined)
    spec['startingDeadlineSeconds'] =
      late[3] === undefined ? secondsOf(late[1] ?? late[4] ?? '60', late[2] ?? late[5] ?? 's') : Number(late[3]);
  if (
    said.take(
      /\bsuspended\b|\b(?:must|should|shall|is to|are to|may|do(?:es)?) not (?:run|start)\w* (?:yet|for now|at first)\b|\bnot (?:run|start)\w* yet\b/i,
    )
  )
    spec['suspend'] = true;
  const zone = said.take(
    /\b((?:Europe|America|Asia|Africa|Australia|Pacific|Atlantic)\/[A-Z]\w+(?:\/\w+)?)|\b(?:in|time ?zone) (UTC)\b/,
  );
  const city = zone === undefined ? cityZone(said) : undefined;
  if (city !== undefined) spec['timeZone'] = city;
  if (zone !== undefined) spec['timeZone'] = zone[1] === undefined ? 'Etc/UTC' : zone[1];
  return spec;
}

/** How many finished jobs are kept. */
function histories(said: Said): DraftObject {
  const spec: DraftObject = {};
  const good = said.take(
    new RegExp(
      `\\b(?:keep(?:ing|s)?(?: only)?(?: the)?(?: last)?\\s+(${NUMBER})\\s+(?:success\\w*|finished|completed|old|good)(?: runs?| jobs?)?|(${NUMBER})\\s+(?:successful|good)|successful ?jobs ?history ?limit\\s*(?:of|=|:)?\\s*(\\d+))`,
      'i',
    ),
  );
  if (good !== undefined) spec['successfulJobsHistoryLimit'] = numberOf(good[1] ?? good[2] ?? good[3] ?? '3');
  if (
    said.take(
      /\b(?:no|without(?: any)?|zero) (?:history of )?successful(?: runs?| jobs?)?(?: history)?\b|\bno (?:job )?history\b/i,
    )
  )
    spec['successfulJobsHistoryLimit'] = 0;
  if (
    said.take(
      /\b(?:no|without(?: any)?|zero|(?:don't|do not|never) keep(?: any)?) (?:history of )?failed(?: runs?| jobs?| ones?)?(?: history)?\b/i,
    )
  )
    spec['failedJobsHistoryLimit'] = 0;
  if (said.take(/\bkeep\w*(?: only)? the last success\w*(?: run| job)?\b/i)) spec['successfulJobsHistoryLimit'] = 1;
  const bad = said.take(
    new RegExp(`\\b(?:(${NUMBER})\\s+failed|failed ?jobs ?history ?limit\\s*(?:of|=|:)?\\s*(\\d+))`, 'i'),
  );
  if (bad !== undefined) spec['failedJobsHistoryLimit'] = numberOf(bad[1] ?? bad[2] ?? '1');
  const both = said.take(
    /\bhistory ?limits?\s*(?:of|:|=)?\s*(\d+)\s*(?:and|\/|,)\s*(\d+)(?:\s*\(?(?:successful|success)[^)]*\)?)?/i,
  );
  if (both !== undefined)
    Object.assign(spec, { successfulJobsHistoryLimit: Number(both[1]), failedJobsHistoryLimit: Number(both[2]) });
  return spec;
}

/** Those that people write in small letters; in capitals every city of the database is known before. */
const CITIES = 'berlin|london|paris|madrid|rome|vienna|zurich|amsterdam|stockholm|warsaw|new york|chicago|los angeles|toronto|sao paulo|tokyo|singapore|shanghai|kolkata|mumbai|dubai|sydney|utc|gmt|cet|est|pst'; // prettier-ignore

/** "6:30 berlin time", "in the london time zone", "at 3 UTC". */
function cityZone(said: Said): string | undefined {
  const match = said.take(
    new RegExp(
      `\\b(${CITIES})(?:\\s+(?:local\\s+)?time(?: ?zone)?)\\b|\\btime ?zone\\s*(?:of|is|=|:)?\\s*(${CITIES})\\b|\\d\\s*(?:am|pm|o'clock)?\\s+(utc|gmt|cet|est|pst)\\b`,
      'i',
    ),
  );
  return zoneOf(match?.[1] ?? match?.[2] ?? match?.[3] ?? '');
}
