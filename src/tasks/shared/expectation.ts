/** What a response must be like, and the sentence that says where it is not. */
import * as z from 'zod';
import { canonical, isObject, parseJson } from '../../core/json.ts';
import type { HttpResponse } from './request.ts';

const status = z.union([z.int().min(100).max(599), z.string().regex(/^[1-5]xx$/)]);

export const expectation = z.strictObject({
  status: z
    .union([status, z.array(status).min(1)])
    .meta({ description: 'Status or list of them: `200`, `2xx`, `[200, 404]`.' })
    .default('2xx'),
  body: z
    .string()
    .meta({ description: 'Text that the body must contain, or a pattern between slashes: `/ready: \\d+/i`.' })
    .optional(),
  header: z
    .record(z.string(), z.string())
    .meta({ description: 'Headers that must be there, each with a text it must contain or a pattern between slashes.' })
    .optional(),
  json: z
    .record(z.string(), z.unknown())
    .meta({ description: 'Places in the JSON body and their values: `status: ok`, `items.0.name: web`.' })
    .optional(),
});

export type Expectation = z.output<typeof expectation>;

/** @returns what is not as expected, as one clause; `undefined` where all is */
export function unmet(expected: Expectation, response: HttpResponse): string | undefined {
  const wanted = [expected.status].flat();
  if (!wanted.some((one) => hasStatus(one, response.status))) {
    return `status ${response.status} instead of ${wanted.join(' or ')}`;
  }
  for (const [name, value] of Object.entries(expected.header ?? {})) {
    const actual = response.headers[name.toLowerCase()];
    if (actual === undefined) return `there is no header ${name}`;
    if (!holds(value, actual)) return `header ${name} is not ${value}`;
  }
  if (expected.body !== undefined && !holds(expected.body, response.body))
    return `the body does not contain ${expected.body}`;
  if (expected.json === undefined) return undefined;
  const json = parseJson(response.body);
  if (json === undefined) return 'the body is not JSON';
  for (const [place, value] of Object.entries(expected.json)) {
    const actual = at(json, place);
    if (canonical(actual) !== canonical(value))
      return `${place} is ${canonical(actual).slice(0, 120)} instead of ${canonical(value)}`;
  }
  return undefined;
}

const hasStatus = (wanted: number | string, actual: number): boolean =>
  typeof wanted === 'number' ? wanted === actual : Math.floor(actual / 100) === Number(wanted[0]);

function holds(wanted: string, actual: string): boolean {
  const pattern = /^\/(.+)\/([imsu]*)$/s.exec(wanted);
  return pattern === null ? actual.includes(wanted) : new RegExp(pattern[1] ?? '', pattern[2]).test(actual);
}

/** `items.0.name`; a key that has dots in it is found too where it stands at the top. */
function at(json: unknown, place: string): unknown {
  if (isObject(json) && place in json) return json[place];
  let value: unknown = json;
  for (const key of place.split('.')) {
    if (Array.isArray(value)) value = (value as unknown[])[Number(key)];
    else value = isObject(value) ? value[key] : undefined;
  }
  return value;
}
