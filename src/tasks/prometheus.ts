import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { failure, failureFrom } from '../core/failure.ts';
import { isObject } from '../core/json.ts';
import { err, ok, type Result } from '../core/result.ts';
import {
  defineTask,
  path,
  run,
  secret,
  text,
  type ExecResult,
  type StepContext,
  type TaskFailure,
  type TaskResult,
} from '../core/task-type.ts';
import { expectedFigures, gateTimes } from './shared/gate.ts';
import { ask, expected, gateOf, reload, type Sample } from './shared/prometheus-api.ts';
import { findTool, plain, refuse, toolFailure } from './shared/tool.ts';

const parameters = z.strictObject({
  rules: z
    .array(path('file', 'A rules file.'))
    .meta({ description: 'Rules files to check. Default: those under `prometheus/`.' })
    .default([]),
  config: path(
    'file',
    'Configuration to check, with all that it names. Default: `prometheus/prometheus.yml`.',
  ).optional(),
  tests: z
    .array(path('file', 'A file of unit tests.'))
    .meta({ description: 'Unit tests of rules to run. Default: `prometheus/*test*.yml`.' })
    .default([]),
  url: text('Address of the server, for `query` and `reload`.').default('http://localhost:9090'),
  bearer: secret('Token for `Authorization: Bearer`.').optional(),
  reload: z
    .boolean()
    .meta({ description: 'Have the server read its configuration again, once the checks are passed.' })
    .default(false),
  query: text('PromQL whose answer is the gate: `sum(rate(http_requests_total{code=~"5.."}[5m]))`.').optional(),
  expect: expectedFigures('What each sample must be: `< 0.01`, `== 1`; or that there are `some`, or `none`.').default(
    'some',
  ),
  ...gateTimes,
});

type Parameters = z.output<typeof parameters>;

/** Prometheus: rules and configuration checked before they go out, and a query as a gate after a deployment. */
export const prometheus = defineTask({
  type: 'prometheus',
  aliases: ['promtool', 'promql'],
  category: 'observability',
  systems: ['Prometheus'],
  summary: 'Check rules and configuration, reload the server, and wait until a query says what it should.',
  docs: 'https://prometheus.io/docs/prometheus/latest/command-line/promtool/',
  licence: 'Apache-2.0',
  class: 'io',
  requires: [
    {
      anyOf: ['promtool'],
      version: '>=2.30.0',
      probe: ['--version'],
      licence: 'Apache-2.0',
      optional: true,
      install: {
        debian: 'apt-get install prometheus',
        macos: 'brew install prometheus',
        any: 'https://prometheus.io/download/',
      },
    },
  ],
  needs: (p) => (p.rules.length + p.tests.length > 0 || p.config !== undefined ? ['promtool'] : []),
  parameters,
  outputs: z.strictObject({
    samples: z
      .array(z.strictObject({ metric: z.record(z.string(), z.string()), value: z.number().nullable() }))
      .meta({ description: 'The query’s last answer; `null` for NaN and infinities.' }),
    rules: z.int().meta({ description: 'Number of rules checked.' }),
    checked: z.array(z.string()).meta({ description: 'Files checked.' }),
  }),
  conventions: [
    {
      parameter: 'rules',
      from: 'files',
      globs: ['prometheus/{rules,alerts}/*.{yml,yaml}', 'prometheus/*{rules,alerts}.{yml,yaml}'],
      take: 'file',
      many: true,
    },
    { parameter: 'config', from: 'files', globs: ['prometheus/prometheus.{yml,yaml}'], take: 'file' },
    {
      parameter: 'tests',
      from: 'files',
      globs: ['prometheus/tests/*.{yml,yaml}', 'prometheus/*{_test,.test}.{yml,yaml}'],
      take: 'file',
      many: true,
    },
  ],
  examples: [
    { title: 'Check what lies under prometheus/', with: {} },
    {
      title: 'Go on only when errors stay below one percent',
      with: {
        query: 'sum(rate(http_requests_total{code=~"5.."}[1m])) / sum(rate(http_requests_total[1m]))',
        expect: '< 0.01',
        within: '2m',
        for: '1m',
      },
    },
  ],
  execution: {
    kind: 'steps',
    async run(p, context) {
      const checks = await checkFiles(p, context);
      if (!checks.ok) return checks;
      if (p.reload) {
        const reloaded = await reload(p, context);
        if (!reloaded.ok) return reloaded;
      }
      const samples = p.query === undefined ? ok<readonly Sample[]>([]) : await gateOf(p, p.query, context);
      if (!samples.ok) return samples;
      if (checks.value.checked.length === 0 && p.query === undefined && !p.reload) {
        return refuse('missing', 'There is nothing to check: no rules, no configuration, no query.', {
          next: 'Put rules under prometheus/, or give `query`.',
        });
      }
      return ok({ samples: [...samples.value], ...checks.value });
    },
  },
  async preflight(p, context) {
    if (p.query === undefined) return ok(undefined);
    const answer = await ask(p, p.query, context.signal);
    return answer.ok || answer.failure.kind !== 'invalid' ? ok(undefined) : answer;
  },
  async probe(p, context) {
    if (p.query === undefined) return 'not-done';
    const answer = await ask(p, p.query, context.signal);
    return answer.ok && expected(p.expect, answer.value) === undefined ? 'unknown' : 'not-done';
  },
});

async function checkFiles(
  p: Parameters,
  context: StepContext,
): Promise<TaskResult<{ rules: number; checked: string[] }>> {
  const checked = [...p.rules, ...(p.config === undefined ? [] : [p.config]), ...p.tests];
  if (checked.length === 0) return ok({ rules: 0, checked });
  const promtool = await findTool(context, ['promtool'], 'It comes with Prometheus: https://prometheus.io/download/');
  if (!promtool.ok) return promtool;
  const steps: { args: string[]; what: string; in?: string }[] = [
    ...(p.rules.length === 0 ? [] : [{ args: ['check', 'rules', ...p.rules], what: 'A rules file is not valid' }]),
    ...(p.config === undefined ? [] : [{ args: ['check', 'config', p.config], what: `${p.config} is not valid` }]),
    ...(p.tests.length === 0 ? [] : [{ args: ['test', 'rules', ...p.tests], what: 'A unit test of the rules failed' }]),
  ];
  for (const step of steps) {
    const result = await context.exec(run(promtool.value, step.args));
    if (result.exitCode !== 0) return promtoolFailure(result, step.what);
  }
  const counts = await Promise.all(p.rules.map((file) => countRules(resolve(context.cwd, file))));
  for (const count of counts) if (!count.ok) return count;
  return ok({ rules: counts.reduce((sum, count) => sum + (count.ok ? count.value : 0), 0), checked });
}

/** promtool has no machine-readable form; the indented lines after FAILED name file, line and fault. */
function promtoolFailure(result: ExecResult, what: string): Result<never, TaskFailure> {
  const faults = plain(result.stderr)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && line !== 'FAILED:');
  const failed = toolFailure(result, what, {
    kind: 'invalid',
    retriable: false,
    next: 'Mend the file that the log names.',
  });
  if (failed.ok || faults[0] === undefined) return failed;
  return err({
    ...failed.failure,
    message: `${what}: ${faults[0].slice(0, 500)}`,
    detail: faults.join('\n').slice(0, 4096),
  });
}

async function countRules(file: string): Promise<Result<number>> {
  try {
    const content: unknown = parse(await readFile(file, 'utf8'));
    const groups: unknown[] = isObject(content) && Array.isArray(content.groups) ? content.groups : [];
    return ok(
      groups.reduce<number>(
        (sum, group) => sum + (isObject(group) && Array.isArray(group.rules) ? group.rules.length : 0),
        0,
      ),
    );
  } catch (error) {
    return err(
      error instanceof Error && error.name.startsWith('YAML')
        ? failure('invalid', `${file}: ${error.message}`)
        : failureFrom(error, `read ${file}`),
    );
  }
}
