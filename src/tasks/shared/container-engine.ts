/** Docker, Podman and Buildah, as far as building and pushing needs them. */
import * as z from 'zod';
import type { ToolRequirement } from '../../core/catalogue.ts';
import { isObject, parseJson } from '../../core/json.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { run, type CommandSpec, type ExecResult, type StepContext, type TaskFailure } from '../../core/task-type.ts';
import { refuse, toolFailure } from './tool.ts';

export const ENGINES = ['docker', 'podman', 'buildah'] as const;
export type EngineName = (typeof ENGINES)[number];

export const engineParameter = z
  .enum(ENGINES)
  .meta({ description: 'Program to use. Default: the first of docker, podman and buildah that works here.' });

export const engineRequirement: ToolRequirement = {
  anyOf: ENGINES,
  // Those with secrets for a build (`--secret`).
  versions: { docker: '>=20.10.0', podman: '>=3.3.0', buildah: '>=1.22.0' },
  probe: ['--version'],
  licence: 'Apache-2.0',
  install: {
    debian: 'apt-get install podman',
    macos: 'brew install podman',
    windows: 'winget install RedHat.Podman',
    any: 'https://podman.io/docs/installation',
  },
};

export interface Engine {
  readonly name: EngineName;
  readonly program: string;
}

/** The first engine that is there and answers: a Docker client without its daemon is passed over when there is another. */
export async function findEngine(
  context: StepContext,
  wanted: EngineName | undefined,
): Promise<Result<Engine, TaskFailure>> {
  const found = await findEngines(context, wanted);
  const [first] = found.usable;
  if (first !== undefined) return ok(first);
  if (found.silent !== undefined) return err(found.silent);
  const names = wanted ?? ENGINES.join(', ');
  return refuse('missing', `No container engine is on the PATH (looked for ${names}).`, {
    next: 'Install Podman, Buildah or Docker.',
  });
}

/** All engines that could be used, best first. */
export async function findEngines(
  context: StepContext,
  wanted: EngineName | undefined,
): Promise<{ usable: readonly Engine[]; silent?: TaskFailure }> {
  const usable: Engine[] = [];
  let silent: TaskFailure | undefined;
  for (const name of wanted === undefined ? ENGINES : [wanted]) {
    const program = await context.which(name);
    if (program === undefined) continue;
    const answer = name === 'docker' ? await dockerAnswers(context, program) : ok(undefined);
    if (answer.ok) usable.push({ name, program });
    else silent = answer.failure;
  }
  return silent === undefined ? { usable } : { usable, silent };
}

async function dockerAnswers(context: StepContext, program: string): Promise<Result<void, TaskFailure>> {
  const asked = await context.exec(run(program, ['version', '--format', '{{json .Server}}']), { capture: true });
  if (asked.exitCode === 0 && isObject(parseJson(asked.stdout))) return ok(undefined);
  return toolFailure(asked, 'Docker is installed, but its daemon does not answer', {
    kind: 'unreachable',
    next: 'Start Docker (or Docker Desktop), or use Podman or Buildah: `engine: podman`.',
  });
}

/** What is known of an image that lies on this machine. */
export interface LocalImage {
  /** Digest of the image's configuration: `sha256:…`. */
  readonly id: string;
  /** Digest of the manifest where the engine knows one, else the id. A registry may store it compressed, under another digest. */
  readonly digest: string;
  /** Bytes, unpacked. */
  readonly size: number;
  /** `repository@digest` for each registry that it came from or went to. */
  readonly repoDigests: readonly string[];
}

const inspected = z.tuple(
  [
    z.looseObject({
      Id: z.string(),
      Digest: z.string().optional(),
      Size: z.int().default(0),
      RepoDigests: z.array(z.string()).nullish(),
    }),
  ],
  z.unknown(),
);
const buildahInspected = z.looseObject({ FromImageID: z.string(), FromImageDigest: z.string(), Manifest: z.string() });
const manifest = z.looseObject({ layers: z.array(z.looseObject({ size: z.int() })) });

const withAlgorithm = (digest: string): string => (digest.includes(':') ? digest : `sha256:${digest}`);

/** @returns undefined where the engine does not have it */
export async function inspectImage(
  context: StepContext,
  engine: Engine,
  image: string,
): Promise<LocalImage | undefined> {
  const result = await context.exec(inspectCommand(engine, image), { capture: true });
  return result.exitCode === 0 ? readInspection(engine.name, result) : undefined;
}

const inspectCommand = (engine: Engine, image: string): CommandSpec =>
  engine.name === 'buildah'
    ? run(engine.program, ['inspect', '--type', 'image', image])
    : run(engine.program, ['image', 'inspect', image]);

export function readInspection(name: EngineName, result: Pick<ExecResult, 'stdout'>): LocalImage | undefined {
  const json = parseJson(result.stdout);
  if (name === 'buildah') {
    const image = buildahInspected.safeParse(json);
    if (!image.success) return undefined;
    const layers = manifest.safeParse(parseJson(image.data.Manifest));
    const size = layers.success ? layers.data.layers.reduce((sum, layer) => sum + layer.size, 0) : 0;
    return { id: withAlgorithm(image.data.FromImageID), digest: image.data.FromImageDigest, size, repoDigests: [] };
  }
  const images = inspected.safeParse(json);
  if (!images.success) return undefined;
  const [image] = images.data;
  const id = withAlgorithm(image.Id);
  const digest = image.Digest ?? image.RepoDigests?.[0]?.split('@')[1];
  return {
    id,
    digest: digest === undefined || digest === '' ? id : digest,
    size: image.Size,
    repoDigests: image.RepoDigests ?? [],
  };
}

/** Gives each name the image that it had before (`ids`; empty where the name was new), or takes the name away. */
export async function restoreNames(
  context: StepContext,
  engine: Engine,
  ids: Readonly<Record<string, string>>,
): Promise<Result<void, TaskFailure>> {
  for (const [name, id] of Object.entries(ids)) {
    const args = id === '' ? ['rmi', name] : ['tag', id.replace(/^sha256:/, ''), name];
    const result = await context.exec(run(engine.program, args));
    if (result.exitCode !== 0) return toolFailure(result, `${engine.name} could not bring ${name} back`);
  }
  return ok(undefined);
}
