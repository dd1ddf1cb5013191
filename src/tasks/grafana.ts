import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { sha256 } from '../core/hash.ts';
import { canonical, parseJson } from '../core/json.ts';
import { ok, type Result } from '../core/result.ts';
import { defineTask, path, secret, text, type StepContext, type TaskResult } from '../core/task-type.ts';
import {
  readDashboard,
  readDatasources,
  uidFrom,
  type DashboardFile,
  type DatasourceFile,
} from './shared/grafana/files.ts';
import { writeText } from './shared/files.ts';
import * as objects from './shared/grafana/objects.ts';
import { apiOf, credentials, type Api } from './shared/json-api.ts';
import { refuse } from './shared/tool.ts';

const parameters = z.strictObject({
  url: text('Address of Grafana.').default('http://localhost:3000'),
  ...credentials,
  org: z
    .int()
    .min(1)
    .meta({ description: 'Number of the organisation. Default: the one of the credentials.' })
    .optional(),
  dashboards: z
    .array(path('file', 'A dashboard as JSON.'))
    .meta({ description: 'Dashboards to make or update. Default: the JSON files under `grafana/`.' })
    .default([]),
  datasources: z
    .array(path('file', 'A file of data sources.'))
    .meta({
      description:
        'Data sources to make or update, in Grafana’s provisioning format. Default: the YAML files under `grafana/`.',
    })
    .default([]),
  secrets: z
    .record(z.string(), z.record(z.string(), secret('A value.')))
    .meta({ description: 'Secret settings of data sources, by their names: `Shop: { basicAuthPassword: … }`.' })
    .default({}),
  inputs: z
    .record(z.string(), z.string())
    .meta({
      description: 'Values for what a dashboard that was exported for sharing leaves open: `DS_PROMETHEUS: its uid`.',
    })
    .default({}),
  folder: text('Title of the folder for the dashboards; made when it is not there. Default: none.').optional(),
  overwrite: z
    .boolean()
    .meta({ description: 'Save a dashboard also where somebody changed it in Grafana.' })
    .default(true),
  annotate: text('Text of an annotation: `shop 1.4.2 is live`. Default: none.').optional(),
  tags: z.array(text('A tag.')).meta({ description: 'Tags of the annotation.' }).default(['deployment']),
});
type Parameters = z.output<typeof parameters>;

const outputs = z.strictObject({
  urls: z.array(z.string()).meta({ description: 'Addresses of the dashboards.' }),
  changed: z
    .array(z.string())
    .meta({ description: 'What was made or changed: `dashboard shop`, `datasource Prometheus`.' }),
  annotation: z.int().nullable().meta({ description: 'Number of the annotation; `null` without one.' }),
});

/** Grafana: dashboards and data sources as files, and a mark in every graph where a deployment was. */
export const grafana = defineTask({
  type: 'grafana',
  category: 'observability',
  systems: ['Grafana'],
  summary: 'Make or update folders, data sources and dashboards, and annotate a deployment.',
  docs: 'https://grafana.com/docs/grafana/latest/developers/http_api/',
  licence: 'AGPL-3.0-only',
  class: 'io',
  parameters,
  outputs,
  conventions: [
    { parameter: 'dashboards', from: 'files', globs: ['grafana/**/*.json'], take: 'file', many: true },
    { parameter: 'datasources', from: 'files', globs: ['grafana/**/*.{yaml,yml}'], take: 'file', many: true },
  ],
  examples: [
    { title: 'Bring what lies under grafana/', with: { bearer: '${{ secrets.GRAFANA_TOKEN }}' } },
    {
      title: 'Mark a deployment in every graph',
      with: { bearer: '${{ secrets.GRAFANA_TOKEN }}', dashboards: [], datasources: [], annotate: 'shop 1.4.2 is live' },
    },
  ],
  execution: { kind: 'steps', run: upsert },
  async preview(p, context) {
    const wanted = await readAll(p, context);
    if (!wanted.ok) return wanted;
    const plan = await compare(apiFor(p, context), p, wanted.value);
    if (!plan.ok) return plan;
    const lines = plan.value.map(({ what, op }) => `${op.padEnd(7)} ${what}`);
    const create = plan.value.filter((one) => one.op === 'create').length;
    const update = plan.value.filter((one) => one.op === 'update').length;
    return ok({
      summary: `${create} to make, ${update} to update, ${lines.length - create - update} as they are`,
      changes: { create, update, replace: 0, destroy: 0 },
      text: lines.join('\n'),
      digest: `sha256:${sha256(canonical([lines, wanted.value]))}`,
    });
  },
  async rollback(p, _outputs, context) {
    const api = apiFor(p, context);
    // What was made last goes first: a folder is removed when it is empty.
    for (const before of (await recorded(context)).toReversed()) {
      const back = await objects.restore(api, before);
      if (!back.ok) return back;
      context.log(
        `${before.kind} ${before.kind === 'annotation' ? before.id : before.uid}: ${before.was === null ? 'removed' : 'as it was'}`,
      );
    }
    return ok(undefined);
  },
  async probe(p, context) {
    const wanted = await readAll(p, context);
    if (!wanted.ok) return 'unknown';
    const plan = await compare(apiFor(p, context), p, wanted.value);
    if (!plan.ok) return 'unknown';
    return plan.value.every((one) => one.op === 'keep') ? 'done' : 'not-done';
  },
});

const apiFor = (p: Parameters, context: StepContext): Api =>
  apiOf('Grafana', p, context, p.org === undefined ? {} : { 'x-grafana-org-id': String(p.org) });

interface Wanted {
  readonly dashboards: readonly DashboardFile[];
  readonly datasources: readonly DatasourceFile[];
}

async function readAll(p: Parameters, context: StepContext): Promise<TaskResult<Wanted>> {
  if (p.dashboards.length + p.datasources.length === 0 && p.annotate === undefined) {
    return refuse('missing', 'There is nothing to bring to Grafana: no dashboard, no data source, no annotation.', {
      next: 'Put dashboards (JSON) and data sources (YAML) under grafana/, or give `annotate`.',
    });
  }
  const dashboards: DashboardFile[] = [];
  for (const file of p.dashboards) {
    const read = await readDashboard(file, context.cwd, p.inputs);
    if (!read.ok) return read;
    const twin = dashboards.find((one) => one.uid === read.value.uid);
    if (twin !== undefined) return refuse('invalid', `${twin.file} and ${file} have the same uid ${twin.uid}.`);
    dashboards.push(read.value);
  }
  const datasources: DatasourceFile[] = [];
  for (const file of p.datasources) {
    const read = await readDatasources(file, context.cwd);
    if (!read.ok) return read;
    datasources.push(...read.value);
  }
  const unknown = Object.keys(p.secrets).find((name) => !datasources.some((one) => one.name === name));
  if (unknown !== undefined) return refuse('invalid', `secrets: there is no data source ${unknown} in the files.`);
  return ok({ dashboards, datasources });
}

interface Change {
  readonly what: string;
  readonly op: 'create' | 'update' | 'keep';
}

/** What would be made or changed, object by object. */
async function compare(api: Api, p: Parameters, wanted: Wanted): Promise<Result<Change[]>> {
  const changes: Change[] = [];
  for (const one of wanted.datasources) {
    const there = await objects.currentDatasource(api, one.uid);
    if (!there.ok) return there;
    const same =
      there.value !== undefined && p.secrets[one.name] === undefined && objects.sameDatasource(one, there.value);
    changes.push({
      what: `datasource ${one.name}`,
      op: there.value === undefined ? 'create' : same ? 'keep' : 'update',
    });
  }
  const folder = p.folder === undefined ? ok('') : await objects.findFolder(api, p.folder);
  if (!folder.ok) return folder;
  if (p.folder !== undefined)
    changes.push({ what: `folder ${p.folder}`, op: folder.value === undefined ? 'create' : 'keep' });
  for (const one of wanted.dashboards) {
    const there = await objects.currentDashboard(api, one.uid);
    if (!there.ok) return there;
    const same =
      there.value !== undefined && objects.sameDashboard(one, there.value, folder.value ?? uidFrom(p.folder ?? ''));
    changes.push({
      what: `dashboard ${one.title}`,
      op: there.value === undefined ? 'create' : same ? 'keep' : 'update',
    });
  }
  if (p.annotate !== undefined) changes.push({ what: `annotation ${p.annotate}`, op: 'create' });
  return ok(changes);
}

async function upsert(p: Parameters, context: StepContext): Promise<TaskResult<z.output<typeof outputs>>> {
  const wanted = await readAll(p, context);
  if (!wanted.ok) return wanted;
  const api = apiFor(p, context);
  const version = await objects.versionOf(api);
  if (!version.ok) return version;
  context.log(`Grafana ${version.value} at ${p.url}`);
  const changed: string[] = [];
  for (const one of wanted.value.datasources) {
    const done = await bringDatasource(api, p, one, context);
    if (!done.ok) return done;
    if (done.value) changed.push(`datasource ${one.name}`);
  }
  const folder = await bringFolder(api, p, context);
  if (!folder.ok) return folder;
  const urls: string[] = [];
  for (const one of wanted.value.dashboards) {
    const done = await bringDashboard(api, p, one, folder.value, context);
    if (!done.ok) return done;
    if (done.value.changed) changed.push(`dashboard ${one.title}`);
    urls.push(`${api.url}${done.value.url}`);
  }
  for (const what of changed) context.log(what);
  const annotation = await mark(api, p, context);
  return annotation.ok ? ok({ urls, changed, annotation: annotation.value ?? null }) : annotation;
}

async function bringDatasource(
  api: Api,
  p: Parameters,
  one: DatasourceFile,
  context: StepContext,
): Promise<TaskResult<boolean>> {
  const there = await objects.currentDatasource(api, one.uid);
  if (!there.ok) return there;
  const secrets = p.secrets[one.name];
  if (there.value !== undefined && secrets === undefined && objects.sameDatasource(one, there.value)) return ok(false);
  const kept = await record({ kind: 'datasource', uid: one.uid, was: there.value ?? null }, context);
  if (!kept.ok) return kept;
  const saved = await objects.saveDatasource(api, one, secrets, there.value !== undefined);
  return saved.ok ? ok(true) : saved;
}

async function bringFolder(api: Api, p: Parameters, context: StepContext): Promise<TaskResult<string>> {
  if (p.folder === undefined) return ok('');
  const there = await objects.findFolder(api, p.folder);
  if (!there.ok) return there;
  if (there.value !== undefined) return ok(there.value);
  const uid = uidFrom(p.folder);
  const kept = await record({ kind: 'folder', uid, was: null }, context);
  return kept.ok ? objects.makeFolder(api, uid, p.folder) : kept;
}

async function bringDashboard(
  api: Api,
  p: Parameters,
  one: DashboardFile,
  folder: string,
  context: StepContext,
): Promise<TaskResult<{ url: string; changed: boolean }>> {
  const there = await objects.currentDashboard(api, one.uid);
  if (!there.ok) return there;
  if (there.value !== undefined && objects.sameDashboard(one, there.value, folder))
    return ok({ url: there.value.url, changed: false });
  const was = there.value?.model ?? null;
  const kept = await record({ kind: 'dashboard', uid: one.uid, was, folder: there.value?.folder ?? '' }, context);
  if (!kept.ok) return kept;
  const message = `workflow ${context.workflow}, run ${context.runId}`;
  const saved = await objects.saveDashboard(api, one.model, folder, message, p.overwrite);
  return saved.ok ? ok({ url: saved.value, changed: true }) : saved;
}

/** One annotation a run and task, however many attempts it takes: the tag of the run finds the one of an attempt before. */
async function mark(api: Api, p: Parameters, context: StepContext): Promise<TaskResult<number | undefined>> {
  if (p.annotate === undefined) return ok(undefined);
  const tag = `run:${context.runId}/${context.task}`;
  const there = await objects.findAnnotation(api, tag);
  if (!there.ok || there.value !== undefined) return there;
  const made = await objects.annotate(api, { text: p.annotate, tags: [...p.tags, tag], time: Date.now() });
  if (!made.ok) return made;
  const kept = await record({ kind: 'annotation', id: made.value, was: null }, context);
  return kept.ok ? made : kept;
}

const recordFile = (context: StepContext): string => join(context.stateDir, 'before.json');

async function recorded(context: StepContext): Promise<objects.Before[]> {
  const read = parseJson(await readFile(recordFile(context), 'utf8').catch(() => '[]'));
  return Array.isArray(read) ? (read as objects.Before[]) : []; // written by `record` alone
}

/** Written down before the change, so that a crash in between loses nothing; what the first attempt saw counts. */
async function record(before: objects.Before, context: StepContext): Promise<TaskResult<void>> {
  const all = await recorded(context);
  const key = (one: objects.Before): string => `${one.kind} ${one.kind === 'annotation' ? one.id : one.uid}`;
  if (all.some((one) => key(one) === key(before))) return ok(undefined);
  return writeText(recordFile(context), JSON.stringify([...all, before]), 'what was there before', 0o600);
}
