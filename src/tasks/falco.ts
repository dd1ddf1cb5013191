import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import * as z from 'zod';
import { failureFrom } from '../core/failure.ts';
import { err, ok } from '../core/result.ts';
import { defineTask, duration, path, run, text, type StepContext, type TaskResult } from '../core/task-type.ts';
import { sarifOf, type Finding, type Severity } from './shared/sarif.ts';
import { concluded, scanOutputs, scanParameters } from './shared/scan.ts';
import { findTool, jsonFrom, jsonLines, refuse, toolFailure } from './shared/tool.ts';
import { milliseconds } from './shared/until.ts';

const parameters = z.strictObject({
  rules: z
    .array(path('file', 'A rules file.'))
    .meta({ description: 'Rules files to validate. Default: those under `falco/`.' })
    .default([]),
  alerts: path(
    'file',
    'File to which Falco writes its alerts as JSON lines (`file_output` with `json_output: true`): the gate.',
  ).optional(),
  since: duration('How far back alerts count.').default('15m'),
  only: z.array(text('The name of a rule.')).meta({ description: 'Only alerts of these rules count.' }).default([]),
  ignore: z.array(text('The name of a rule.')).meta({ description: 'Alerts of these rules do not count.' }).default([]),
  ...scanParameters,
});

type Parameters = z.output<typeof parameters>;

/** Falco: rules validated before they go out, and the alerts of a deployment as a gate. */
export const falco = defineTask({
  type: 'falco',
  category: 'security',
  systems: ['Falco'],
  summary: 'Validate Falco rules, and stop the run when Falco has raised alerts.',
  docs: 'https://falco.org/docs/concepts/rules/',
  licence: 'Apache-2.0',
  class: 'io',
  requires: [
    {
      anyOf: ['falco'],
      version: '>=0.33.0',
      probe: ['--version'],
      licence: 'Apache-2.0',
      optional: true,
      install: {
        debian: 'Falco’s Debian repository: https://falco.org/docs/setup/packages/',
        any: 'https://falco.org/docs/setup/',
      },
    },
  ],
  needs: (p) => (p.rules.length > 0 ? ['falco'] : []),
  parameters,
  outputs: z.strictObject({
    alerts: z
      .array(z.strictObject({ time: z.string(), rule: z.string(), priority: z.string(), output: z.string() }))
      .meta({ description: 'Alerts that count, oldest first; at most 100.' }),
    validated: z.array(z.string()).meta({ description: 'Rules files that are valid.' }),
    ...scanOutputs,
  }),
  conventions: [
    {
      parameter: 'rules',
      from: 'files',
      globs: ['falco/**/*.{yaml,yml}', '*falco*rules*.{yaml,yml}'],
      take: 'file',
      many: true,
    },
  ],
  examples: [
    { title: 'Validate the rules of this repository', with: {} },
    {
      title: 'Stop when Falco saw something critical during the deployment',
      with: { alerts: '/var/log/falco/events.json', since: '10m', fail_on: 'critical' },
    },
  ],
  execution: {
    kind: 'steps',
    async run(p, context) {
      if (p.rules.length === 0 && p.alerts === undefined) {
        return refuse('missing', 'There are neither rules to validate nor alerts to look at.', {
          next: 'Put rules under falco/, or name the file of alerts in `with.alerts`.',
        });
      }
      const faults = p.rules.length === 0 ? ok<Finding[]>([]) : await validate(p, context);
      if (!faults.ok) return faults;
      const alerts = p.alerts === undefined ? ok<Alert[]>([]) : await alertsIn(p.alerts, p, context);
      if (!alerts.ok) return alerts;
      const raised = alerts.value.map((alert): Finding => ({
        rule: alert.rule,
        severity: severityOf(alert.priority),
        message: alert.output,
      }));
      const result = await concluded(sarifOf('Falco', [...faults.value, ...raised]), p, 'falco', context);
      const kept = alerts.value.slice(-100);
      if (result.ok) return ok({ alerts: kept, validated: p.rules, ...result.value });
      return {
        ok: false,
        failure: {
          ...result.failure,
          outputs: { alerts: kept.map((alert) => ({ ...alert })), ...result.failure.outputs },
        },
      };
    },
  },
});

const fault = z.looseObject({
  code: z.string(),
  message: z.string(),
  context: z.looseObject({
    locations: z.array(z.looseObject({ position: z.looseObject({ name: z.string(), line: z.int() }) })).default([]),
  }),
});
const validation = z.looseObject({
  falco_load_results: z.array(
    z.looseObject({
      name: z.string(),
      successful: z.boolean(),
      errors: z.array(fault).default([]),
      warnings: z.array(fault).default([]),
    }),
  ),
});

/** Since 0.33 Falco tells the result of a validation as JSON when its output is JSON. */
async function validate(p: Parameters, context: StepContext): Promise<TaskResult<Finding[]>> {
  const program = await findTool(context, ['falco'], 'https://falco.org/docs/setup/');
  if (!program.ok) return program;
  const args = [...p.rules.flatMap((file) => ['--validate', file]), '-o', 'json_output=true', '-o', 'log_level=error'];
  const result = await context.exec(run(program.value, args), { capture: true });
  const json = jsonFrom(result, 'falco --validate');
  const parsed = validation.safeParse(json.ok ? json.value : undefined);
  if (!parsed.success) return toolFailure(result, 'falco could not validate the rules');
  return ok(
    parsed.data.falco_load_results.flatMap(({ name, errors, warnings }) => [
      ...errors.map((one) => findingOf(one, name, 'high')),
      ...warnings.map((one) => findingOf(one, name, 'low')),
    ]),
  );
}

/** Conditions have positions of their own, whose name is not a file: the last one in the file itself counts. */
function findingOf(one: z.output<typeof fault>, file: string, severity: Severity): Finding {
  const line = one.context.locations.findLast(({ position }) => position.name === file)?.position.line;
  return { rule: one.code, severity, message: one.message, file, ...(line === undefined ? {} : { line: line + 1 }) };
}

interface Alert {
  time: string;
  rule: string;
  priority: string;
  output: string;
}

const alertLine = z.looseObject({ time: z.string(), rule: z.string(), priority: z.string(), output: z.string() });

async function alertsIn(file: string, p: Parameters, context: StepContext): Promise<TaskResult<Alert[]>> {
  const since = milliseconds(p.since, 'since');
  if (!since.ok) return since;
  try {
    const lines = jsonLines(await readFile(resolve(context.cwd, file), 'utf8'));
    const begin = Date.now() - since.value;
    return ok(
      lines
        .map((line) => alertLine.safeParse(line))
        .flatMap((line) => (line.success ? [line.data] : []))
        .filter(
          (alert) =>
            Date.parse(alert.time) >= begin &&
            (p.only.length === 0 || p.only.includes(alert.rule)) &&
            !p.ignore.includes(alert.rule),
        )
        .map(({ time, rule, priority, output }) => ({ time, rule, priority, output })),
    );
  } catch (error) {
    return err(failureFrom(error, `read Falco’s alerts in ${file}`));
  }
}

/** Falco's priorities are those of syslog. */
function severityOf(priority: string): Severity {
  switch (priority.toLowerCase()) {
    case 'emergency':
    case 'alert':
    case 'critical':
      return 'critical';
    case 'error':
      return 'high';
    case 'warning':
      return 'medium';
    case 'notice':
      return 'low';
    default:
      return 'note';
  }
}
