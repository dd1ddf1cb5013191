import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { isObject, parseJson } from '../core/json.ts';
import { ok, type Result } from '../core/result.ts';
import { defineTask, path, run, text, type StepContext, type TaskFailure } from '../core/task-type.ts';
import { findEngines, inspectImage } from './shared/container-engine.ts';
import { sarif, type Sarif } from './shared/sarif.ts';
import { concluded, OWN_FOLDERS, scanOutputs, scanParameters } from './shared/scan.ts';
import { findTool, refuse, toolFailure } from './shared/tool.ts';

const parameters = z.strictObject({
  images: z
    .array(z.union([text('An image.'), z.array(text('An image.'))]))
    .transform((images) => images.flat())
    .meta({
      description: 'Images to scan. Default: those that tasks upstream have built; without any, the folder `path`.',
    })
    .default([]),
  path: path('any', 'Folder or file to scan when there are no images.').default('.'),
  scanners: z
    .array(z.enum(['vuln', 'misconfig', 'secret', 'license']))
    .min(1)
    .meta({ description: 'What to look for.' })
    .default(['vuln', 'misconfig', 'secret']),
  ignore_unfixed: z.boolean().meta({ description: 'Leave out vulnerabilities that have no fix yet.' }).default(false),
  ignore_file: path('file', 'File with findings to leave out. Default: `.trivyignore`.').optional(),
  skip: z.array(text('A pattern.')).meta({ description: 'Files and folders to leave out; globs.' }).default([]),
  offline: z
    .boolean()
    .meta({ description: 'Use only the databases that are here, and download nothing.' })
    .default(false),
  server: text('Trivy server to ask instead of a database of one’s own.').optional(),
  ...scanParameters,
});

type Parameters = z.output<typeof parameters>;

/** Trivy: vulnerabilities, misconfigurations and secrets in images and folders. */
export const trivy = defineTask({
  type: 'trivy',
  category: 'security',
  systems: ['Trivy'],
  summary: 'Scan images or folders for vulnerabilities, misconfigurations and secrets.',
  docs: 'https://trivy.dev/latest/docs/',
  licence: 'Apache-2.0',
  class: 'mixed',
  requires: [
    {
      anyOf: ['trivy'],
      version: '>=0.50.0',
      probe: ['--version'],
      licence: 'Apache-2.0',
      install: {
        debian: 'Aqua’s Debian repository: https://trivy.dev/latest/getting-started/installation/',
        macos: 'brew install trivy',
        any: 'https://trivy.dev/latest/getting-started/installation/',
      },
    },
  ],
  parameters,
  outputs: z.strictObject(scanOutputs),
  conventions: [{ parameter: 'images', from: 'upstream', types: ['docker'], output: 'image', many: true }],
  examples: [
    { title: 'Scan what was built, else the workspace', with: {} },
    {
      title: 'Only infrastructure code and secrets, without any download',
      with: { path: 'infra', scanners: ['misconfig', 'secret'], offline: true, fail_on: 'medium' },
    },
  ],
  execution: {
    kind: 'steps',
    async run(p, context) {
      const program = await findTool(context, ['trivy'], 'https://trivy.dev/latest/getting-started/installation/');
      if (!program.ok) return program;
      await mkdir(context.stateDir, { recursive: true });
      const runs: Sarif['runs'] = [];
      for (const target of p.images.length === 0 ? [undefined] : p.images) {
        const report =
          target === undefined
            ? await scan(['fs', ...flags(p), ...WITHOUT_OURS], p.path, program.value, context)
            : await scanImage(target, p, program.value, context);
        if (!report.ok) return report;
        runs.push(...report.value.runs);
      }
      return concluded({ version: '2.1.0', runs }, p, 'trivy', context);
    },
  },
});

/** What runs write beside the files comes and goes while a scan walks the folder, and is nobody's source. */
const WITHOUT_OURS = OWN_FOLDERS.flatMap((name) => ['--skip-dirs', `**/.code/${name}`]);

function flags(p: Parameters): string[] {
  return [
    ...['--scanners', p.scanners.join(',')],
    ...(p.ignore_unfixed ? ['--ignore-unfixed'] : []),
    ...(p.ignore_file === undefined ? [] : ['--ignorefile', p.ignore_file]),
    ...p.skip.flatMap((pattern) => ['--skip-files', pattern, '--skip-dirs', pattern]),
    ...(p.offline ? ['--offline-scan', '--skip-db-update', '--skip-java-db-update', '--skip-check-update'] : []),
    ...(p.server === undefined ? [] : ['--server', p.server]),
  ];
}

/** Images of Podman's and Buildah's store lie where Trivy does not look without a service: they are handed over as an archive. */
async function scanImage(
  image: string,
  p: Parameters,
  program: string,
  context: StepContext,
): Promise<Result<Sarif, TaskFailure>> {
  const { usable } = await findEngines(context, undefined);
  for (const engine of usable) {
    if (engine.name === 'docker' || (await inspectImage(context, engine, image)) === undefined) continue;
    const archive = join(context.stateDir, 'image.tar');
    await rm(archive, { force: true });
    const saved = await context.exec(run(engine.program, ['push', image, `docker-archive:${archive}`]));
    if (saved.exitCode !== 0) return toolFailure(saved, `${engine.name} could not save ${image} for the scan`);
    const report = await scan(['image', ...flags(p)], ['--input', archive], program, context);
    await rm(archive, { force: true });
    return report.ok ? ok(named(report.value, archive, image)) : report;
  }
  return scan(['image', ...flags(p)], image, program, context);
}

/** The archive's path says nothing to a person; the image's name does. */
const named = (report: Sarif, archive: string, image: string): Sarif =>
  sarif.parse(JSON.parse(JSON.stringify(report).replaceAll(archive, image)) as unknown);

async function scan(
  command: readonly string[],
  target: string | readonly string[],
  program: string,
  context: StepContext,
): Promise<Result<Sarif, TaskFailure>> {
  const file = join(context.stateDir, 'trivy.sarif');
  await rm(file, { force: true });
  // Unknown variables are no error for older versions, as flags would be.
  const env = { TRIVY_DISABLE_TELEMETRY: 'true', TRIVY_SKIP_VERSION_CHECK: 'true', TRIVY_NO_PROGRESS: 'true' };
  const result = await context.exec(
    run(program, [...command, '--format', 'sarif', '--output', file, ...[target].flat()], { env }),
  );
  if (result.exitCode !== 0) return trivyFailure(result.stderr, toolFailure(result, 'trivy could not scan'));
  const report = sarif.safeParse(parseJson(await readFile(file, 'utf8').catch(() => '')));
  return report.success && isObject(report.data) ? ok(report.data) : refuse('tool', 'trivy wrote no SARIF report.');
}

function trivyFailure(stderr: string, failed: Result<never, TaskFailure>): Result<never, TaskFailure> {
  if (
    failed.ok ||
    !/failed to download vulnerability DB|cannot be specified on the first run|DB error|database error/i.test(stderr)
  )
    return failed;
  return {
    ok: false,
    failure: {
      ...failed.failure,
      kind: 'unreachable',
      next: 'The vulnerability database could not be had. Allow access to its registry, or look for the rest: scanners: [misconfig, secret]',
    },
  };
}
