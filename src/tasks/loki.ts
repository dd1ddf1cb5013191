import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import * as z from 'zod';
import { failureFrom } from '../core/failure.ts';
import { err, ok, type Result } from '../core/result.ts';
import {
  defineTask,
  duration,
  path,
  text,
  type LogPiece,
  type StepContext,
  type TaskResult,
} from '../core/task-type.ts';
import { expectedFigures, gate, gateTimes, holds } from './shared/gate.ts';
import { apiOf, credentials, type Api } from './shared/json-api.ts';
import { ask, linesOf, push, type Entry, type Found, type Labels } from './shared/loki-api.ts';
import { shown } from './shared/request.ts';
import { refuse } from './shared/tool.ts';
import { milliseconds } from './shared/until.ts';

const parameters = z.strictObject({
  url: text('Address of the server.').default('http://localhost:3100'),
  ...credentials,
  tenant: text('Tenant (`X-Scope-OrgID`), where the server has several.').optional(),
  push: z
    .boolean()
    .meta({
      description: 'Push what the tasks of this run have printed so far. Default: yes, unless there is a `query`.',
    })
    .optional(),
  files: z
    .array(path('file', 'A log file.'))
    .meta({ description: 'Files of the workspace whose lines are pushed too.' })
    .default([]),
  labels: z
    .record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/), z.string())
    .meta({ description: 'Labels of what is pushed, besides `job`, `workflow`, `task` and `stream`.' })
    .default({}),
  query: text(
    'LogQL whose answer is the gate: `{app="shop"} |= "panic"`, or a figure such as `sum(rate({app="shop"}[5m]))`.',
  ).optional(),
  since: duration('How far back a query of lines looks.').default('15m'),
  limit: z.int().min(1).max(5000).meta({ description: 'Lines that a query gives at most.' }).default(1000),
  expect: expectedFigures(
    'What the number of lines, or each figure, must be: `none`, `some`, `< 5`. Default: `none` for lines, `some` for figures.',
  ).optional(),
  ...gateTimes,
});
type Parameters = z.output<typeof parameters>;

const outputs = z.strictObject({
  pushed: z.int().meta({ description: 'Number of lines pushed.' }),
  streams: z
    .array(
      z.strictObject({
        labels: z.record(z.string(), z.string()),
        lines: z.int().optional(),
        value: z.number().nullable().optional(),
      }),
    )
    .meta({ description: 'What the query’s last answer has: streams with their number of lines, or figures.' }),
  count: z.int().meta({ description: 'Number of lines, or of figures, in the query’s last answer.' }),
});
type Outputs = z.output<typeof outputs>;

/** Loki: the run's own logs kept beside those of what it deploys, and a query over logs as a gate. */
export const loki = defineTask({
  type: 'loki',
  aliases: ['logql'],
  category: 'observability',
  systems: ['Loki'],
  summary: 'Push the logs of the run, and wait until a query over logs says what it should.',
  docs: 'https://grafana.com/docs/loki/latest/reference/loki-http-api/',
  licence: 'AGPL-3.0-only',
  class: 'io',
  parameters,
  outputs,
  examples: [
    { title: 'Keep the logs of this run', with: {} },
    {
      title: 'Go on only when nothing panics for a minute',
      with: { query: '{app="shop"} |= "panic"', expect: 'none', since: '5m', for: '1m' },
    },
  ],
  execution: { kind: 'steps', run },
  // Pushing again gives the same entries, which Loki takes for one: doing it once more does no harm.
  probe: () => Promise.resolve('not-done'),
});

async function run(p: Parameters, context: StepContext): Promise<TaskResult<Outputs>> {
  const api = apiOf('Loki', p, context, p.tenant === undefined ? {} : { 'x-scope-orgid': p.tenant });
  const wanted = p.push ?? p.query === undefined;
  if (!wanted && p.query === undefined && p.files.length === 0)
    return refuse('invalid', 'There is nothing to do: `push` is off, and there is neither a query nor a file.');
  const files = await readFiles(p.files, context);
  if (!files.ok) return files;
  const base: Labels = { job: 'code-engine', workflow: context.workflow, ...p.labels };
  const pushed = await push(api, entriesOf(base, wanted ? context.runLogs() : nothing(), files.value), context.runId);
  if (!pushed.ok) return pushed;
  if (wanted || p.files.length > 0) context.log(`${pushed.value} lines pushed to ${shown(api.url)}`);
  const found = p.query === undefined ? undefined : await gateOf(p, p.query, api, context);
  if (found?.ok === false) return found;
  return ok({ pushed: pushed.value, ...told(found?.value) });
}

async function* nothing(): AsyncGenerator<LogPiece> {
  // No run's log is wanted.
}

interface Text {
  readonly file: string;
  readonly text: string;
}

async function readFiles(files: readonly string[], context: StepContext): Promise<Result<Text[]>> {
  const read: Text[] = [];
  for (const file of files) {
    try {
      read.push({ file, text: await readFile(resolve(context.cwd, file), 'utf8') });
    } catch (error) {
      return err(failureFrom(error, `read ${file}`));
    }
  }
  return ok(read);
}

async function* entriesOf(base: Labels, run: AsyncIterable<LogPiece>, files: readonly Text[]): AsyncGenerator<Entry> {
  for await (const { time, line, piece } of linesOf(run)) {
    yield { labels: { ...base, task: piece.task, stream: piece.stream }, time, line };
  }
  const now = BigInt(Date.now()) * 1_000_000n;
  for (const { file, text: content } of files) {
    const lines = content.replace(/\n$/, '').split('\n');
    for (const [index, line] of lines.entries())
      yield { labels: { ...base, filename: file }, time: now + BigInt(index), line };
  }
}

async function gateOf(p: Parameters, query: string, api: Api, context: StepContext): Promise<Result<Found>> {
  const since = milliseconds(p.since, 'since');
  if (!since.ok) return since;
  return gate(
    p,
    async () => {
      const found = await ask(api, query, since.value, p.limit);
      if (!found.ok) return found;
      const missed = unmet(found.value, p.expect);
      return ok({ seen: found.value, ...(missed === undefined ? {} : { missed }) });
    },
    `Look at the query in Grafana, or ask ${shown(api.url)} itself.`,
    context,
  );
}

/** @returns what is not as expected */
function unmet(found: Found, expect: string | undefined): string | undefined {
  if (found.kind === 'lines') {
    const wanted = expect ?? 'none';
    const count = countOf(found);
    if (holds(count, wanted)) return undefined;
    const first = found.first === undefined ? '' : `; the latest: ${found.first.slice(0, 300)}`;
    return `the query has ${count} ${count === 1 ? 'line' : 'lines'}, not ${wanted}${first}`;
  }
  const wanted = expect ?? 'some';
  if (wanted === 'some' || wanted === 'none')
    return holds(found.samples.length, wanted)
      ? undefined
      : `the query has ${found.samples.length} figures, not ${wanted}`;
  if (found.samples.length === 0) return 'the query has no figure';
  const bad = found.samples.find(({ value }) => value === null || !holds(value, wanted));
  return bad === undefined ? undefined : `${JSON.stringify(bad.labels)} ${bad.value ?? 'NaN'} is not ${wanted.trim()}`;
}

const countOf = (found: Found): number =>
  found.kind === 'lines' ? found.streams.reduce((sum, one) => sum + one.lines, 0) : found.samples.length;

function told(found: Found | undefined): Pick<Outputs, 'streams' | 'count'> {
  if (found === undefined) return { streams: [], count: 0 };
  const streams = found.kind === 'lines' ? found.streams : found.samples;
  return {
    streams: streams.slice(0, 100).map((one) => ({ ...one, labels: { ...one.labels } })),
    count: countOf(found),
  };
}
