import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import * as z from 'zod';
import { parseJson } from '../core/json.ts';
import { defineTask, duration, run, secret, text, type StepContext } from '../core/task-type.ts';
import { sarifOf, type Finding, type Severity } from './shared/sarif.ts';
import { concluded, scanOutputs, scanParameters } from './shared/scan.ts';
import { findTool, refuse, toolFailure } from './shared/tool.ts';
import { milliseconds } from './shared/until.ts';

const PROGRAMS = ['zap.sh', 'zap', 'zaproxy'] as const;

const parameters = z.strictObject({
  url: text('Address of the application. Default: what an http task upstream has reached.'),
  scan: z
    .enum(['baseline', 'full', 'api'])
    .meta({
      description:
        '`baseline` looks without attacking; `full` also attacks; `api` follows a description of the API, and attacks.',
    })
    .default('baseline'),
  api: text('OpenAPI description, as an address or a file, for `scan: api`.').optional(),
  exclude: z
    .array(text('A pattern.'))
    .meta({ description: 'Addresses to leave alone; regular expressions.' })
    .default([]),
  spider_time: duration('Longest time for finding pages.').default('1m'),
  scan_time: duration('Longest time for attacking.').default('30m'),
  auth_header: text('Header that signs in each request.').optional(),
  auth_value: secret('Value of that header.').optional(),
  ...scanParameters,
  fail_on: scanParameters.fail_on.default('medium'),
});

type Parameters = z.output<typeof parameters>;

/** OWASP ZAP by its automation framework: pages found, answers examined and, where wanted, attacked. Attack only what is yours. */
export const zap = defineTask({
  type: 'zap',
  aliases: ['owasp-zap', 'dast'],
  category: 'security',
  systems: ['OWASP ZAP'],
  summary: 'Scan a running web application or API for weaknesses.',
  docs: 'https://www.zaproxy.org/docs/automate/automation-framework/',
  licence: 'Apache-2.0',
  class: 'mixed',
  requires: [
    {
      anyOf: PROGRAMS,
      version: '>=2.12.0',
      probe: ['-version'],
      slow: true,
      versionFile: { in: ['.'], name: 'zap-(\\d+\\.\\d+\\.\\d+)\\.jar' },
      versionPattern: '(?:^|\\n)(\\d+\\.\\d+\\.\\d+)\\s*$',
      licence: 'Apache-2.0',
      install: {
        debian: 'snap install zaproxy --classic',
        macos: 'brew install --cask zap',
        windows: 'winget install ZAP.ZAP',
        any: 'https://www.zaproxy.org/download/',
      },
    },
  ],
  parameters,
  outputs: z.strictObject(scanOutputs),
  conventions: [{ parameter: 'url', from: 'upstream', types: ['http'], output: 'url', required: true }],
  examples: [
    { title: 'Look at what was deployed', with: { url: 'http://localhost:8080' } },
    {
      title: 'Attack a staging API by its description',
      with: {
        url: 'https://staging.example.com',
        scan: 'api',
        api: 'openapi.yaml',
        auth_header: 'Authorization',
        auth_value: '${{ secrets.STAGING_TOKEN }}',
        fail_on: 'high',
      },
    },
  ],
  execution: {
    kind: 'steps',
    async run(p, context) {
      if (p.scan === 'api' && p.api === undefined)
        return refuse('invalid', 'scan: api needs the description of the API.', { next: 'Name it in `with.api`.' });
      const program = await findTool(context, PROGRAMS, 'https://www.zaproxy.org/download/');
      if (!program.ok) return program;
      const plan = planOf(p, context);
      if (!plan.ok) return plan;
      const files = {
        plan: join(context.stateDir, 'plan.yaml'),
        report: join(context.stateDir, 'report.json'),
        home: join(context.stateDir, 'home'),
      };
      await mkdir(files.home, { recursive: true });
      await rm(files.report, { force: true });
      await writeFile(files.plan, stringify(plan.value));
      const env =
        p.auth_header === undefined
          ? {}
          : {
              ZAP_AUTH_HEADER: p.auth_header,
              ZAP_AUTH_HEADER_VALUE: p.auth_value ?? '',
              ZAP_AUTH_HEADER_SITE: new URL(p.url).hostname,
            };
      // -silent: no look for updates, no calls home; -dir: a home of its own, so that two scans do not meet.
      const result = await context.exec(
        run(program.value, ['-cmd', '-silent', '-dir', files.home, '-autorun', files.plan], { env }),
      );
      const report = zapReport.safeParse(parseJson(await readFile(files.report, 'utf8').catch(() => '')));
      await rm(files.home, { recursive: true, force: true });
      // 2 is a plan with warnings (a page that did not answer): its report is as good.
      if (result.exitCode !== 0 && result.exitCode !== 2)
        return toolFailure(result, `ZAP could not scan ${p.url}`, {
          next: 'Check that the address answers from here.',
        });
      if (!report.success)
        return refuse('tool', 'ZAP wrote no report.', {
          next: 'The reports add-on is needed: zap.sh -cmd -addoninstall reports',
        });
      return concluded(sarifOf('OWASP ZAP', findingsIn(report.data)), p, 'zap', context);
    },
  },
});

/** The plan of the automation framework; nothing in it is secret. */
export function planOf(p: Parameters, context: Pick<StepContext, 'stateDir' | 'cwd'>) {
  const spider = milliseconds(p.spider_time, 'spider_time');
  if (!spider.ok) return spider;
  const attack = milliseconds(p.scan_time, 'scan_time');
  if (!attack.ok) return attack;
  const minutes = (ms: number): number => Math.max(1, Math.ceil(ms / 60_000));
  const isUrl = p.api !== undefined && /^https?:\/\//.test(p.api);
  const api = p.api === undefined ? {} : isUrl ? { apiUrl: p.api } : { apiFile: resolve(context.cwd, p.api) };
  const jobs = [
    { type: 'passiveScan-config', parameters: { maxAlertsPerRule: 10, scanOnlyInScope: true } },
    p.scan === 'api'
      ? { type: 'openapi', parameters: { ...api, targetUrl: p.url, context: 'target' } }
      : { type: 'spider', parameters: { context: 'target', url: p.url, maxDuration: minutes(spider.value) } },
    { type: 'passiveScan-wait', parameters: { maxDuration: minutes(spider.value) } },
    ...(p.scan === 'baseline'
      ? []
      : [{ type: 'activeScan', parameters: { context: 'target', maxScanDurationInMins: minutes(attack.value) } }]),
    {
      type: 'report',
      parameters: {
        template: 'traditional-json',
        reportDir: context.stateDir,
        reportFile: 'report.json',
        displayReport: false,
      },
    },
  ];
  const value = {
    env: {
      contexts: [{ name: 'target', urls: [p.url], excludePaths: p.exclude }],
      parameters: { failOnError: true, failOnWarning: false, progressToStdout: true },
    },
    jobs,
  };
  return { ok: true as const, value };
}

/** https://www.zaproxy.org/docs/desktop/addons/report-generation/report-traditional-json/ */
export const zapReport = z.looseObject({
  site: z.array(
    z.looseObject({
      '@name': z.string(),
      alerts: z.array(
        z.looseObject({
          pluginid: z.string(),
          alertRef: z.string().optional(),
          name: z.string(),
          riskcode: z.string(),
          confidence: z.string().default('2'),
          instances: z.array(z.looseObject({ uri: z.string(), method: z.string().default('') })).default([]),
        }),
      ),
    }),
  ),
});

const RISKS: Readonly<Record<string, Severity>> = { '3': 'high', '2': 'medium', '1': 'low', '0': 'note' };

/** One finding per alert, at its first address; false positives (confidence 0) are left out. */
export function findingsIn(report: z.output<typeof zapReport>): Finding[] {
  return report.site.flatMap((site) =>
    site.alerts
      .filter((alert) => alert.confidence !== '0')
      .map((alert) => ({
        rule: alert.alertRef ?? alert.pluginid,
        severity: RISKS[alert.riskcode] ?? 'note',
        message: alert.instances.length > 1 ? `${alert.name} (${alert.instances.length} places)` : alert.name,
        file: alert.instances[0]?.uri ?? site['@name'],
        help: `https://www.zaproxy.org/docs/alerts/${alert.pluginid}/`,
      })),
  );
}
