import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import * as z from 'zod';
import { failureFrom } from '../core/failure.ts';
import { isObject } from '../core/json.ts';
import { err, ok, type Result } from '../core/result.ts';
import { defineTask, path, run, text, type ExecResult, type StepContext, type TaskResult } from '../core/task-type.ts';
import { findTool, plain, refuse, toolFailure } from './shared/tool.ts';

/** Distributions of the collector, the one with most parts first: what is valid in one may be unknown to another. */
const PROGRAMS = ['otelcol-contrib', 'otelcol', 'otelcol-k8s', 'otelcol-otlp'] as const;

const parameters = z.strictObject({
  config: z
    .array(path('file', 'A configuration.'))
    .meta({ description: 'Configurations of collectors. Default: the YAML files under `otel/`.' })
    .default([]),
  together: z
    .boolean()
    .meta({ description: 'Read all files as one configuration, later ones win; else each stands for itself.' })
    .default(false),
  collector: text(
    'The program of the collector. Default: the first of otelcol-contrib, otelcol, otelcol-k8s.',
  ).optional(),
});
type Parameters = z.output<typeof parameters>;

const outputs = z.strictObject({
  traceId: z.string().meta({ description: 'The trace that this run is; empty where the run is not traced.' }),
  validated: z.array(z.string()).meta({ description: 'Configurations that are valid.' }),
  collector: z.string().meta({ description: 'The collector that said so, with its version.' }),
});

/** OpenTelemetry: configurations of collectors checked by a collector itself, before they go out. */
export const opentelemetry = defineTask({
  type: 'opentelemetry',
  aliases: ['otel', 'otelcol'],
  category: 'observability',
  systems: ['OpenTelemetry'],
  summary: 'Validate the configuration of a collector, and give the id of the run’s own trace.',
  docs: 'https://opentelemetry.io/docs/collector/configuration/',
  licence: 'Apache-2.0',
  class: 'io',
  requires: [
    {
      anyOf: PROGRAMS,
      // `validate` came with it.
      version: '>=0.71.0',
      probe: ['--version'],
      licence: 'Apache-2.0',
      optional: true,
      install: {
        any: 'https://opentelemetry.io/docs/collector/installation/',
      },
    },
  ],
  needs: (p) => (p.config.length === 0 ? [] : p.collector === undefined ? PROGRAMS : [p.collector]),
  parameters,
  outputs,
  conventions: [
    {
      parameter: 'config',
      from: 'files',
      globs: ['otel/**/*.{yaml,yml}', '*otel*.{yaml,yml}'],
      take: 'file',
      many: true,
    },
  ],
  examples: [
    { title: 'Check what lies under otel/', with: {} },
    {
      title: 'A base and what one environment changes',
      with: { config: ['otel/base.yaml', 'otel/staging.yaml'], together: true },
    },
  ],
  execution: {
    kind: 'steps',
    async run(p, context) {
      const traceId = traceOf(context.env.TRACEPARENT);
      if (p.config.length === 0) {
        if (traceId !== '') return ok({ traceId, validated: [], collector: '' });
        return refuse('missing', 'There is no configuration of a collector to check, and this run is not traced.', {
          next: 'Put configurations under otel/, or have runs traced: set OTEL_EXPORTER_OTLP_ENDPOINT.',
        });
      }
      const collector = await findCollector(p, context);
      if (!collector.ok) return collector;
      const files = await configurations(p, context);
      if (!files.ok) return files;
      for (const group of p.together ? [files.value] : files.value.map((one) => [one])) {
        const checked = await validate(collector.value.program, group, context);
        if (!checked.ok) return checked;
        context.log(`${group.map((one) => one.name).join(' + ')}: valid`);
      }
      return ok({ traceId, validated: files.value.map((one) => one.name), collector: collector.value.version });
    },
  },
});

/** `00-TRACEID-SPANID-FLAGS`, https://www.w3.org/TR/trace-context/#traceparent-header */
const traceOf = (parent: string | undefined): string => /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(parent ?? '')?.[1] ?? '';

async function findCollector(
  p: Parameters,
  context: StepContext,
): Promise<TaskResult<{ program: string; version: string }>> {
  const found = await findTool(
    context,
    p.collector === undefined ? PROGRAMS : [p.collector],
    'A collector is one program: https://opentelemetry.io/docs/collector/installation/',
  );
  if (!found.ok) return found;
  const said = await context.exec(run(found.value, ['--version']), { capture: true });
  return ok({
    program: found.value,
    version: plain(said.stdout)
      .trim()
      .replace(/ version /, ' '),
  });
}

interface Configuration {
  /** As the user knows it. */
  readonly name: string;
  /** What the collector reads. */
  readonly file: string;
}

/**
 * The configurations in the files. An object of the operator (`kind: OpenTelemetryCollector`) holds one under `spec.config`: as data
 * (v1beta1) or as text (v1alpha1). Any other object of Kubernetes is left out.
 */
async function configurations(p: Parameters, context: StepContext): Promise<Result<Configuration[]>> {
  const found: Configuration[] = [];
  try {
    for (const name of p.config) {
      const documents = parseAllDocuments(await readFile(resolve(context.cwd, name), 'utf8'));
      const objects = documents.map((one): unknown =>
        'toJS' in one && one.errors.length === 0 ? (one.toJS() as unknown) : undefined,
      );
      if (!objects.some((one) => isObject(one) && typeof one.kind === 'string')) {
        found.push({ name, file: name });
        continue;
      }
      for (const [index, object] of objects.entries()) {
        const config =
          isObject(object) && object.kind === 'OpenTelemetryCollector' && isObject(object.spec)
            ? object.spec.config
            : undefined;
        if (config === undefined) continue;
        const file = join(context.stateDir, `${index}-${basename(name)}`);
        await mkdir(context.stateDir, { recursive: true, mode: 0o700 });
        await writeFile(file, typeof config === 'string' ? config : stringify(config), { mode: 0o600 });
        found.push({ name, file });
      }
    }
    if (found.length > 0) return ok(found);
    return refuse('missing', 'None of the files holds the configuration of a collector.', { next: 'Check `config`.' });
  } catch (error) {
    return err(failureFrom(error, 'read the configurations'));
  }
}

async function validate(
  collector: string,
  group: readonly Configuration[],
  context: StepContext,
): Promise<TaskResult<void>> {
  const result = await context.exec(run(collector, ['validate', ...group.map(({ file }) => `--config=file:${file}`)]));
  if (result.exitCode === 0) return ok(undefined);
  const names = group.map((one) => one.name).join(' + ');
  const failed = toolFailure(result, `${names} is not valid`, { kind: 'invalid', retriable: false });
  const fault = faultIn(result);
  if (failed.ok || fault === undefined) return failed;
  const unknown = /unknown type: "([^"]+)"/.exec(fault);
  const next =
    unknown === null
      ? 'Mend the configuration.'
      : `${basename(collector)} has no part called ${unknown[1] ?? ''}: correct the name, or name the collector that has it with \`collector\` (otelcol-contrib has most).`;
  return err({ ...failed.failure, message: `${names} is not valid: ${fault}`, next });
}

/** The collector tells its faults after `Error:`, on one or more lines, and then once more in its log. */
function faultIn(result: ExecResult): string | undefined {
  const told = /Error: ([\s\S]*?)(?=\n\d{4}\/\d\d\/\d\d |$)/.exec(plain(result.stderr))?.[1];
  const fault = (told ?? '')
    .replace(/^failed to get config: /, '')
    .replace(/^cannot (unmarshal|resolve) the configuration: /, '')
    .split('\n')
    .map((line) => line.replace(/decoding failed due to the following error\(s\):\s*$/, '').trim())
    .filter((line) => line !== '')
    .join('; ')
    .replaceAll(':; ', ': ');
  return fault === '' ? undefined : `${fault.slice(0, 600).replace(/\.$/, '')}.`;
}
