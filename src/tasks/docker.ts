import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import * as z from 'zod';
import { failure } from '../core/failure.ts';
import { err, ok, type Result } from '../core/result.ts';
import {
  defineTask,
  path,
  run,
  text,
  type CommandSpec,
  type StepContext,
  type TaskFailure,
} from '../core/task-type.ts';
import {
  ENGINES,
  engineParameter,
  engineRequirement,
  findEngine,
  inspectImage,
  restoreNames,
  type Engine,
} from './shared/container-engine.ts';
import { formatReference, imageName, parseReference } from './shared/reference.ts';
import { refuse, toolFailure } from './shared/tool.ts';

const parameters = z.strictObject({
  context: path('folder', 'Folder that is sent to the build. Default: where the Dockerfile or Containerfile is.'),
  file: path(
    'file',
    'Dockerfile or Containerfile, relative to the workflow’s root. Default: the one in `context`.',
  ).optional(),
  image: text(
    'Name of the image, with the registry when it is to be pushed: `registry.example.com/team/shop`. Default: the workflow’s name.',
  ),
  tags: z.array(text('A tag.')).min(1).meta({ description: 'Tags.' }).default(['latest']),
  target: text('Stage of the file to build. Default: the last.').optional(),
  args: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .meta({ description: 'Build arguments. They stay readable in the image: secrets belong under `secrets`.' })
    .default({}),
  secrets: z
    .record(
      z.string(),
      z.union([
        z.strictObject({ env: text('Variable of the task’s environment that holds it.') }),
        z.strictObject({ file: path('file', 'File that holds it.') }),
      ]),
    )
    .meta({
      description:
        'Secrets for `RUN --mount=type=secret,id=NAME`, from the environment or a file. They are not in the image.',
    })
    .default({}),
  labels: z.record(z.string(), z.string()).meta({ description: 'Labels of the image.' }).default({}),
  platform: text('Platform to build for: `linux/arm64`. Default: this machine’s.').optional(),
  pull: z.boolean().meta({ description: 'Look for newer base images even where they are here.' }).default(false),
  cache: z.boolean().meta({ description: 'Take layers of earlier builds again.' }).default(true),
  cache_from: z.array(z.string()).meta({ description: 'Images whose layers may be taken again.' }).default([]),
  network: z.enum(['default', 'host', 'none']).meta({ description: 'Network for `RUN`.' }).default('default'),
  isolation: z
    .enum(['oci', 'rootless', 'chroot'])
    .meta({
      description:
        'How `RUN` is kept apart, for Podman and Buildah; `chroot` works where containers may not be started.',
    })
    .optional(),
  engine: engineParameter.optional(),
});

type Parameters = z.output<typeof parameters>;

/** Builds an image with Docker, Podman or Buildah; nothing leaves the machine: `registry` pushes it. */
export const docker = defineTask({
  type: 'docker',
  aliases: ['podman', 'buildah', 'container', 'image'],
  category: 'images',
  systems: ['Docker', 'Podman', 'Buildah'],
  summary: 'Build a container image with Docker, Podman or Buildah, whichever is there.',
  docs: 'https://docs.podman.io/en/latest/markdown/podman-build.1.html',
  licence: 'Apache-2.0',
  class: 'mixed',
  requires: [engineRequirement],
  parameters,
  outputs: z.strictObject({
    image: z.string().meta({ description: 'Name with the first tag.' }),
    images: z.array(z.string()).meta({ description: 'Name with each of the tags.' }),
    digest: z.string().meta({
      description:
        'Digest of the manifest as it is stored here. A registry may store it compressed, under a digest of its own: see `registry`.',
    }),
    id: z.string().meta({ description: 'Digest of the image’s configuration.' }),
    size: z.int().meta({ description: 'Bytes, unpacked.' }),
    engine: z.string().meta({ description: 'The program that built it.' }),
    previous: z.record(z.string(), z.string()).meta({
      description: 'The image that each name stood for before; empty where it is new. Rolling back needs it.',
    }),
  }),
  conventions: [
    {
      parameter: 'context',
      from: 'files',
      globs: ['Dockerfile', 'Containerfile', 'docker/Dockerfile', 'docker/Containerfile'],
      take: 'folder',
      required: true,
    },
    { parameter: 'image', from: 'workflow' },
  ],
  examples: [
    { title: 'Build the image of this repository', with: {} },
    {
      title: 'One of several, for a registry, with a secret',
      with: {
        context: 'api',
        image: 'registry.example.com/team/api',
        tags: ['1.4.0', 'latest'],
        secrets: { npm: { env: 'NPM_TOKEN' } },
      },
    },
  ],
  execution: {
    kind: 'steps',
    async run(p, context) {
      const names = namesOf(p);
      if (!names.ok) return names;
      const file = await fileOf(p, context);
      if (!file.ok) return file;
      const engine = await findEngine(context, p.engine);
      if (!engine.ok) return engine;
      const { name } = engine.value;
      context.log(`building ${names.value.join(', ')} with ${name}`);
      const previous: Record<string, string> = {};
      for (const one of names.value) previous[one] = (await inspectImage(context, engine.value, one))?.id ?? '';
      const id = await build(p, context, engine.value, file.value, names.value);
      if (!id.ok) return id;
      const built = await inspectImage(context, engine.value, id.value);
      if (built === undefined) return err(failure('tool', `${name} built the image, but does not find it again.`));
      return ok({
        image: names.value[0] ?? '',
        images: names.value,
        digest: built.digest,
        id: built.id,
        size: built.size,
        engine: name,
        previous,
      });
    },
  },
  /** The names stand again for what they stood for; layers that nothing names any more are the engine's to clean up. */
  async rollback(p, before, context) {
    const engine = await findEngine(context, ENGINES.find((name) => name === before.engine) ?? p.engine);
    return engine.ok ? restoreNames(context, engine.value, before.previous ?? {}) : engine;
  },
  /** An engine that does not answer is known before anything of the run has started. */
  async preflight(p, context) {
    const engine = await findEngine(context, p.engine);
    return engine.ok ? ok(undefined) : engine;
  },
});

/** The image with each tag; a tag in the name itself counts as the first. */
function namesOf(p: Parameters): Result<string[], TaskFailure> {
  const reference = parseReference(imageName(p.image));
  if (reference === undefined || reference.digest !== undefined) {
    return refuse('invalid', `${p.image} cannot be the name of an image.`, {
      next: 'Lower-case letters, digits and . _ - between slashes: registry.example.com/team/shop.',
    });
  }
  const { registry, repository, tag } = reference;
  const tags = tag === undefined ? p.tags : [tag, ...p.tags.filter((other) => other !== tag && other !== 'latest')];
  return ok(tags.map((one) => formatReference({ registry, repository, tag: one })));
}

async function fileOf(p: Parameters, context: StepContext): Promise<Result<string, TaskFailure>> {
  const folder = resolve(context.cwd, p.context);
  const candidates =
    p.file === undefined ? [join(folder, 'Dockerfile'), join(folder, 'Containerfile')] : [resolve(context.cwd, p.file)];
  for (const candidate of candidates)
    if (
      await stat(candidate).then(
        (s) => s.isFile(),
        () => false,
      )
    )
      return ok(candidate);
  return refuse(
    'missing',
    `There is no ${p.file ?? 'Dockerfile or Containerfile'}${p.file === undefined ? ` in ${p.context}` : ''}.`,
    { next: 'Name it in `with.file`.' },
  );
}

/** @returns the image's id */
async function build(
  p: Parameters,
  context: StepContext,
  engine: Engine,
  file: string,
  names: readonly string[],
): Promise<Result<string, TaskFailure>> {
  await mkdir(context.stateDir, { recursive: true });
  const idFile = join(context.stateDir, 'image.id');
  await rm(idFile, { force: true });
  const secrets = await secretFiles(p, context);
  if (!secrets.ok) return secrets;
  try {
    const result = await context.exec(
      buildCommand(p, engine, {
        file,
        names,
        idFile,
        secrets: secrets.value,
        context: resolve(context.cwd, p.context),
      }),
    );
    if (result.exitCode !== 0) {
      return toolFailure(result, `${engine.name} could not build ${names[0] ?? 'the image'}`, {
        next: 'The log above has the step that failed; mend it in the file.',
      });
    }
    const id = (await readFile(idFile, 'utf8').catch(() => '')).trim();
    if (id !== '') return ok(id);
    return err(
      failure('tool', `${engine.name} ended as if it had built ${names[0] ?? 'the image'}, but wrote no image id.`, {
        next: `See the log; check that ${engine.program} is the real ${engine.name}, and that ${idFile} can be written.`,
      }),
    );
  } finally {
    await Promise.all(secrets.value.filter((s) => s.ours).map((s) => rm(s.file, { force: true })));
  }
}

interface SecretFile {
  readonly id: string;
  readonly file: string;
  /** Written by us, to be removed after the build. */
  readonly ours: boolean;
}

/** All three engines take secrets from files; only newer ones take them from the environment. */
async function secretFiles(p: Parameters, context: StepContext): Promise<Result<SecretFile[], TaskFailure>> {
  const files: SecretFile[] = [];
  for (const [id, from] of Object.entries(p.secrets)) {
    if ('file' in from) {
      files.push({ id, file: isAbsolute(from.file) ? from.file : resolve(context.cwd, from.file), ours: false });
      continue;
    }
    const value = context.env[from.env];
    if (value === undefined) {
      await Promise.all(files.filter((s) => s.ours).map((s) => rm(s.file, { force: true })));
      return refuse('missing', `The build’s secret ${id} is to come from ${from.env}, which is not set.`, {
        next: `Set it in the task’s env: ${from.env}: \${{ secrets.${from.env} }}`,
      });
    }
    const file = join(context.stateDir, `secret-${files.length}`);
    await rm(file, { force: true });
    await writeFile(file, value, { mode: 0o600 });
    files.push({ id, file, ours: true });
  }
  return ok(files);
}

/** Variables that the engine itself reads: such build arguments are given in full instead of through the environment. */
const RESERVED = /^(PATH|HOME|USER|TMPDIR|LANG|LC_.*|XDG_.*|DOCKER_.*|BUILDAH_.*|CONTAINER.*|LD_.*|.*_proxy|.*_PROXY)$/;

interface BuildPlace {
  readonly file: string;
  readonly context: string;
  readonly names: readonly string[];
  readonly idFile: string;
  readonly secrets: readonly SecretFile[];
}

/** The command line; values of build arguments travel by the environment, those of secrets by files. */
export function buildCommand(p: Parameters, engine: Engine, place: BuildPlace): CommandSpec {
  const each = (flag: string, values: readonly string[]): string[] => values.flatMap((value) => [flag, value]);
  const args = Object.entries(p.args).map(([name, value]) => [name, String(value)] as const);
  const ours =
    engine.name === 'docker'
      ? []
      : [...(p.isolation === undefined ? [] : ['--isolation', p.isolation]), ...(p.cache ? ['--layers'] : [])];
  const flags = [
    ...each('--tag', place.names),
    ...each(
      '--build-arg',
      args.map(([name, value]) => (RESERVED.test(name) ? `${name}=${value}` : name)),
    ),
    ...each(
      '--secret',
      place.secrets.map((s) => `id=${s.id},src=${s.file}`),
    ),
    ...each(
      '--label',
      Object.entries(p.labels).map(([name, value]) => `${name}=${value}`),
    ),
    ...each('--cache-from', p.cache_from),
    ...(p.target === undefined ? [] : ['--target', p.target]),
    ...(p.platform === undefined ? [] : ['--platform', p.platform]),
    ...(p.network === 'default' ? [] : ['--network', p.network]),
    ...(p.pull ? [engine.name === 'docker' ? '--pull' : '--pull=always'] : []),
    ...(p.cache ? [] : ['--no-cache']),
    ...ours,
  ];
  const env = {
    ...Object.fromEntries(args.filter(([name]) => !RESERVED.test(name))),
    ...(engine.name === 'docker' && place.secrets.length > 0 ? { DOCKER_BUILDKIT: '1' } : {}),
  };
  const verb = engine.name === 'buildah' ? 'bud' : 'build';
  return run(engine.program, [verb, '--iidfile', place.idFile, '--file', place.file, ...flags, place.context], { env });
}
