import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { failure } from '../core/failure.ts';
import { parseJson } from '../core/json.ts';
import { err } from '../core/result.ts';
import { defineTask, path, run, text } from '../core/task-type.ts';
import { concluded, OWN_FOLDERS, scanOutputs, scanParameters } from './shared/scan.ts';
import { findTool, toolFailure } from './shared/tool.ts';

const parameters = z.strictObject({
  path: path('folder', 'Folder to scan.').default('.'),
  frameworks: z
    .array(text('A framework.'))
    .meta({ description: 'Only these: `terraform`, `kubernetes`, `dockerfile`, `helm`, `secrets`, … Default: all.' })
    .default([]),
  checks: z.array(text('A check.')).meta({ description: 'Only these checks: `CKV_AWS_20`, `CKV_K8S_*`.' }).default([]),
  skip_checks: z.array(text('A check.')).meta({ description: 'Without these checks.' }).default([]),
  skip_paths: z
    .array(text('A pattern.'))
    .meta({ description: 'Without files whose path matches one of these regular expressions.' })
    .default([]),
  external_checks: path('folder', 'Folder with checks of your own.').optional(),
  ...scanParameters,
});

/** Checkov: misconfigured infrastructure as code, found before it is applied. Without an account it knows no severities: all count as high. */
export const checkov = defineTask({
  type: 'checkov',
  category: 'security',
  systems: ['Checkov'],
  summary: 'Scan infrastructure as code for misconfigurations and secrets.',
  docs: 'https://www.checkov.io/2.Basics/CLI%20Command%20Reference.html',
  licence: 'Apache-2.0',
  class: 'cpu',
  requires: [
    {
      anyOf: ['checkov'],
      version: '>=2.3.0',
      probe: ['--version'],
      slow: true,
      versionFile: {
        in: ['../lib/python3*/site-packages', '../lib/python3*/dist-packages', '../Lib/site-packages'],
        name: 'checkov-(.+)\\.dist-info',
      },
      licence: 'Apache-2.0',
      install: { debian: 'pipx install checkov', macos: 'brew install checkov', any: 'pip install checkov' },
    },
  ],
  parameters,
  outputs: z.strictObject(scanOutputs),
  examples: [
    { title: 'Scan the whole workspace', with: {} },
    {
      title: 'Only Terraform, with an exception',
      with: { path: 'infra', frameworks: ['terraform'], skip_checks: ['CKV_AWS_144'] },
    },
  ],
  execution: {
    kind: 'steps',
    async run(p, context) {
      const program = await findTool(context, ['checkov'], 'pip install checkov');
      if (!program.ok) return program;
      const folder = join(context.stateDir, 'report');
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      const list = (flag: string, values: readonly string[]): string[] =>
        values.length === 0 ? [] : [flag, values.join(',')];
      const scan = run(
        program.value,
        [
          ...['--directory', p.path, '--output', 'sarif', '--output-file-path', folder],
          // The threshold is ours; without --soft-fail findings and a crash look the same.
          ...['--soft-fail', '--quiet', '--compact', '--skip-download'],
          ...list('--framework', p.frameworks),
          ...list('--check', p.checks),
          ...list('--skip-check', p.skip_checks),
          ...[`\\.code/(${OWN_FOLDERS.join('|')})`, ...p.skip_paths].flatMap((pattern) => ['--skip-path', pattern]),
          ...(p.external_checks === undefined ? [] : ['--external-checks-dir', p.external_checks]),
        ],
        { env: { LOG_LEVEL: 'ERROR', ANSI_COLORS_DISABLED: '1' } },
      );
      // What it prints beside the report is a banner and each finding once more, in prose.
      const result = await context.exec(scan, { capture: true });
      if (result.exitCode !== 0) return toolFailure(result, 'checkov could not scan');
      const report = parseJson(await readFile(join(folder, 'results_sarif.sarif'), 'utf8').catch(() => ''));
      if (report === undefined)
        return err(
          failure('tool', 'checkov wrote no report.', {
            next: 'Check that its version is 2.3 or newer: checkov --version',
          }),
        );
      return concluded(report, p, 'checkov', context);
    },
  },
});
