/** Grafana's objects over its HTTP API: what is there, what is wanted, and back again. https://grafana.com/docs/grafana/latest/developers/http_api/ */
import * as z from 'zod';
import { canonical, isObject, type JsonObject } from '../../../core/json.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import { failure } from '../../../core/failure.ts';
import { call, fetched, refused, type Api } from '../json-api.ts';
import { parseJson } from '../../../core/json.ts';
import type { DashboardFile, DatasourceFile } from './files.ts';

/** What was there before: enough to bring it back. */
export type Before =
  | { readonly kind: 'folder'; readonly uid: string; readonly was: null }
  | { readonly kind: 'datasource'; readonly uid: string; readonly was: JsonObject | null }
  | { readonly kind: 'dashboard'; readonly uid: string; readonly was: JsonObject | null; readonly folder: string }
  | { readonly kind: 'annotation'; readonly id: number; readonly was: null };

const json = z.looseObject({});
const folders = z.array(z.looseObject({ uid: z.string(), title: z.string() }));
const saved = z.looseObject({ uid: z.string(), url: z.string() });
const current = z.looseObject({
  dashboard: z.looseObject({}),
  meta: z.looseObject({ folderUid: z.string().default(''), url: z.string().default('') }),
});
const annotated = z.looseObject({ id: z.int() });

/** @returns `undefined` where there is none */
async function lookUp<T>(api: Api, path: string, schema: z.ZodType<T>, what: string): Promise<Result<T | undefined>> {
  const answer = await call(api, { path });
  if (!answer.ok) return answer;
  if (answer.value.status === 404) return ok(undefined);
  if (answer.value.status >= 300) return refused(api, answer.value, what);
  const read = schema.safeParse(parseJson(answer.value.body));
  return read.success
    ? ok(read.data)
    : err(failure('tool', `${what}: the answer is not as Grafana’s.`, { next: 'Check `url`.' }));
}

/** Who answers there. @returns its version */
export async function versionOf(api: Api): Promise<Result<string>> {
  const health = z.looseObject({ database: z.string(), version: z.string().default('unknown') });
  const answer = await fetched(api, { path: '/api/health' }, health, 'Grafana cannot be asked');
  return answer.ok ? ok(answer.value.version) : answer;
}

export async function findFolder(api: Api, title: string): Promise<Result<string | undefined>> {
  const all = await fetched(
    api,
    { path: '/api/folders', query: { limit: 1000 } },
    folders,
    'The folders cannot be read',
  );
  return all.ok ? ok(all.value.find((one) => one.title === title)?.uid) : all;
}

export async function makeFolder(api: Api, uid: string, title: string): Promise<Result<string>> {
  const made = await fetched(
    api,
    { path: '/api/folders', json: { uid, title } },
    z.looseObject({ uid: z.string() }),
    `The folder ${title} cannot be made`,
  );
  return made.ok ? ok(made.value.uid) : made;
}

export interface CurrentDashboard {
  readonly model: JsonObject;
  readonly folder: string;
  readonly url: string;
}

export async function currentDashboard(api: Api, uid: string): Promise<Result<CurrentDashboard | undefined>> {
  const found = await lookUp(
    api,
    `/api/dashboards/uid/${encodeURIComponent(uid)}`,
    current,
    `The dashboard ${uid} cannot be read`,
  );
  if (!found.ok || found.value === undefined) return found.ok ? ok(undefined) : found;
  const { dashboard, meta } = found.value;
  return ok({ model: dashboard as JsonObject, folder: meta.folderUid, url: meta.url });
}

/** @returns the path of the dashboard on the server */
export async function saveDashboard(
  api: Api,
  model: JsonObject,
  folder: string,
  message: string,
  overwrite: boolean,
): Promise<Result<string>> {
  const body = { dashboard: { ...model, id: null }, folderUid: folder, message, overwrite };
  const what = `The dashboard ${typeof model.title === 'string' ? model.title : ''} cannot be saved`;
  const done = await fetched(api, { path: '/api/dashboards/db', json: body }, saved, what);
  if (done.ok) return ok(done.value.url);
  if (done.failure.kind !== 'conflict') return done;
  return err({
    ...done.failure,
    next: 'Somebody changed it in Grafana, or another one has its title: export it again, or set `overwrite: true`.',
  });
}

/** Equal but for what the server itself keeps count of. */
export function sameDashboard(wanted: DashboardFile, there: CurrentDashboard, folder: string): boolean {
  const { id: _id, version: _version, ...rest } = there.model;
  return there.folder === folder && canonical(rest) === canonical(wanted.model);
}

export async function currentDatasource(api: Api, uid: string): Promise<Result<JsonObject | undefined>> {
  const found = await lookUp(
    api,
    `/api/datasources/uid/${encodeURIComponent(uid)}`,
    json,
    `The data source ${uid} cannot be read`,
  );
  return found.ok ? ok(found.value as JsonObject | undefined) : found;
}

export async function saveDatasource(
  api: Api,
  wanted: DatasourceFile,
  secrets: Readonly<Record<string, string>> | undefined,
  isThere: boolean,
): Promise<Result<unknown>> {
  const body = { ...wanted.body, ...(secrets === undefined ? {} : { secureJsonData: secrets }) };
  const path = isThere ? `/api/datasources/uid/${encodeURIComponent(wanted.uid)}` : '/api/datasources';
  const method = isThere ? 'PUT' : 'POST';
  return fetched(api, { path, method, json: body }, json, `The data source ${wanted.name} cannot be saved`);
}

/** Whether each value that the file gives is there already; defaults that the server added do not count. */
export const sameDatasource = (wanted: DatasourceFile, there: JsonObject): boolean => within(wanted.body, there);

function within(part: unknown, whole: unknown): boolean {
  if (!isObject(part)) return canonical(part) === canonical(whole);
  return isObject(whole) && Object.entries(part).every(([key, value]) => within(value, whole[key]));
}

/** @returns the annotation's number */
export async function annotate(api: Api, body: JsonObject): Promise<Result<number>> {
  const made = await fetched(api, { path: '/api/annotations', json: body }, annotated, 'The annotation cannot be made');
  return made.ok ? ok(made.value.id) : made;
}

/** The annotation with this tag, which one of an earlier attempt bears too. */
export async function findAnnotation(api: Api, tag: string): Promise<Result<number | undefined>> {
  const found = await fetched(
    api,
    { path: '/api/annotations', query: { tags: tag, limit: 1 } },
    z.array(annotated),
    'The annotations cannot be read',
  );
  return found.ok ? ok(found.value[0]?.id) : found;
}

/** Brings back what was there before; what is gone already stays gone. */
export async function restore(api: Api, before: Before): Promise<Result<void>> {
  switch (before.kind) {
    case 'dashboard': {
      if (before.was === null) return remove(api, `/api/dashboards/uid/${encodeURIComponent(before.uid)}`);
      const back = await saveDashboard(api, before.was, before.folder, 'rolled back by code-engine', true);
      return back.ok ? ok(undefined) : back;
    }
    case 'datasource': {
      const path = `/api/datasources/uid/${encodeURIComponent(before.uid)}`;
      if (before.was === null) return remove(api, path);
      const { secureJsonFields: _kept, ...body } = before.was;
      const back = await fetched(
        api,
        { path, method: 'PUT', json: body },
        json,
        `The data source ${before.uid} cannot be restored`,
      );
      return back.ok ? ok(undefined) : back;
    }
    case 'folder':
      return remove(api, `/api/folders/${encodeURIComponent(before.uid)}`);
    case 'annotation':
      return remove(api, `/api/annotations/${before.id}`);
  }
}

async function remove(api: Api, path: string): Promise<Result<void>> {
  const answer = await call(api, { path, method: 'DELETE' });
  if (!answer.ok) return answer;
  return answer.value.status < 300 || answer.value.status === 404
    ? ok(undefined)
    : refused(api, answer.value, 'It cannot be removed');
}
