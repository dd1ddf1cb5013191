/** Moving images into and between registries. Credentials stay in a file of the task's own, so the user's logins are untouched. */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { failure } from '../../core/failure.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { run, type ExecResult, type StepContext, type TaskFailure } from '../../core/task-type.ts';
import type { RegistryParameters } from '../registry.ts';
import { findEngines, inspectImage, type Engine } from './container-engine.ts';
import { formatReference, parseReference } from './reference.ts';
import { refuse, toolFailure } from './tool.ts';

/** One image on its way. */
export interface Transfer {
  readonly from: string;
  readonly to: string;
  /** `to` without its tag. */
  readonly repository: string;
  readonly registry: string;
}

/** What is to be brought where; every image needs a registry from its own name or from `to`. */
export function transfersOf(
  p: RegistryParameters,
  env: Readonly<Record<string, string>>,
): Result<Transfer[], TaskFailure> {
  const transfers: Transfer[] = [];
  const isLocal = (registry: string | undefined): boolean => registry === undefined || registry === 'localhost';
  for (const image of p.images) {
    const source = parseReference(image);
    if (source === undefined) return refuse('invalid', `${image} is not the name of an image.`);
    const to = p.to ?? (isLocal(source.registry) ? env.REGISTRY : undefined);
    const base = to === undefined || p.action === 'tag' ? source : placed(to, source.repository);
    if (base?.registry === undefined || (to === undefined && isLocal(base.registry))) {
      return refuse('invalid', `${image} names no registry to ${p.action} to.`, {
        next: 'Give it in `with.to`: registry.example.com/team, or as REGISTRY in the environment.',
      });
    }
    const own = p.action === 'tag' ? [] : [source.tag ?? 'latest'];
    const tags = [...new Set([...own, ...p.tags])];
    if (tags.length === 0)
      return refuse('invalid', 'There is no tag to give.', { next: 'List the tags in `with.tags`.' });
    const { registry, repository } = base;
    for (const tag of tags) {
      transfers.push({
        from: image,
        to: formatReference({ registry, repository, tag }),
        repository: formatReference({ registry, repository }),
        registry,
      });
    }
  }
  return ok(transfers);
}

/** Under the namespace of `to`, an image keeps the last part of its name. */
function placed(to: string, repository: string): { registry: string | undefined; repository: string } | undefined {
  const name = repository.split('/').at(-1) ?? repository;
  const reference = parseReference(`${to.replace(/^(https?|docker|oci):\/\//, '').replace(/\/+$/, '')}/${name}`);
  return reference === undefined ? undefined : { registry: reference.registry, repository: reference.repository };
}

export interface Access {
  readonly engines: readonly Engine[];
  readonly skopeo: string | undefined;
  /** For skopeo's commands with one place, and for pushes of podman and buildah. */
  readonly flags: readonly string[];
  /** For skopeo's `copy`, source and destination. */
  readonly copyFlags: readonly string[];
  readonly dockerEnv: Readonly<Record<string, string>>;
}

/** Finds the tools and logs in where a user is given. */
export async function login(
  p: RegistryParameters,
  context: StepContext,
  transfers: readonly Transfer[],
): Promise<Result<Access, TaskFailure>> {
  const [found, skopeo] = await Promise.all([findEngines(context, p.engine), context.which('skopeo')]);
  if (found.usable.length === 0 && skopeo === undefined) {
    if (found.silent !== undefined) return err(found.silent);
    return refuse('missing', 'Neither a container engine nor skopeo is on the PATH.', {
      next: 'Install Podman, Buildah, Docker or Skopeo.',
    });
  }
  await mkdir(context.stateDir, { recursive: true, mode: 0o700 });
  const authFile = join(context.stateDir, 'config.json');
  const tls = p.tls_verify ? [] : ['--tls-verify=false'];
  const certificates = p.cert_dir === undefined ? [] : [`--cert-dir=${resolve(context.cwd, p.cert_dir)}`];
  const auth = p.username === undefined ? [] : [`--authfile=${authFile}`];
  const copyFlags = ['src', 'dest'].flatMap((side) => [
    ...(p.tls_verify ? [] : [`--${side}-tls-verify=false`]),
    ...(p.cert_dir === undefined ? [] : [`--${side}-cert-dir=${resolve(context.cwd, p.cert_dir)}`]),
  ]);
  const access: Access = {
    engines: found.usable,
    skopeo,
    flags: [...tls, ...certificates, ...auth],
    copyFlags: [...copyFlags, ...auth],
    dockerEnv: p.username === undefined ? {} : { DOCKER_CONFIG: context.stateDir },
  };
  if (p.username === undefined) return ok(access);
  for (const registry of new Set(transfers.map((t) => t.registry))) {
    const done = await loginTo(registry, p.username, p.password ?? '', access, context);
    if (!done.ok) return done;
  }
  return ok(access);
}

async function loginTo(
  registry: string,
  user: string,
  password: string,
  access: Access,
  context: StepContext,
): Promise<Result<void, TaskFailure>> {
  const program = access.skopeo ?? access.engines[0]?.program ?? '';
  const isDocker = access.skopeo === undefined && access.engines[0]?.name === 'docker';
  const args = ['login', ...(isDocker ? [] : access.flags), '--username', user, '--password-stdin', registry];
  const result = await context.exec(run(program, args, { stdin: password, env: access.dockerEnv }));
  if (result.exitCode === 0) return ok(undefined);
  return registryFailure(result, `Logging in to ${registry} as ${user} failed`, registry);
}

/** Digest that a tag points to; undefined where there is none, or where nothing here can tell. */
export async function remoteDigest(context: StepContext, access: Access, image: string): Promise<string | undefined> {
  if (access.skopeo === undefined) return undefined;
  const result = await context.exec(
    run(access.skopeo, ['inspect', '--no-tags', '--format', '{{.Digest}}', ...access.flags, `docker://${image}`]),
    { capture: true },
  );
  return result.exitCode === 0 ? result.stdout.trim() : undefined;
}

/** Which content would be brought: the id of the image here, the digest of one in a registry. */
export async function contentOf(
  context: StepContext,
  access: Access,
  action: RegistryParameters['action'],
  transfer: Transfer,
): Promise<string | undefined> {
  if (action !== 'push') return remoteDigest(context, access, transfer.from);
  for (const engine of access.engines) {
    const image = await inspectImage(context, engine, transfer.from);
    if (image !== undefined) return image.id;
  }
  return undefined;
}

/** Pushes with the engine that has the image. @returns its digest in the registry */
export async function push(
  context: StepContext,
  access: Access,
  transfer: Transfer,
): Promise<Result<string, TaskFailure>> {
  for (const engine of access.engines) {
    if ((await inspectImage(context, engine, transfer.from)) === undefined) continue;
    return engine.name === 'docker'
      ? pushWithDocker(context, access, engine, transfer)
      : pushWithDigestFile(context, access, engine, transfer);
  }
  const asked = access.engines.map((engine) => engine.name).join(', ') || 'no engine';
  return refuse('missing', `The image ${transfer.from} is not on this machine (asked ${asked}).`, {
    next: 'Build it in a task upstream, or use action: copy.',
  });
}

async function pushWithDigestFile(
  context: StepContext,
  access: Access,
  engine: Engine,
  transfer: Transfer,
): Promise<Result<string, TaskFailure>> {
  return withDigestFile(context, async (file) => {
    const result = await context.exec(
      run(engine.program, ['push', ...access.flags, '--digestfile', file, transfer.from, `docker://${transfer.to}`]),
    );
    return result.exitCode === 0
      ? ok(undefined)
      : registryFailure(result, `${transfer.to} could not be pushed`, transfer.registry);
  });
}

async function pushWithDocker(
  context: StepContext,
  access: Access,
  engine: Engine,
  transfer: Transfer,
): Promise<Result<string, TaskFailure>> {
  for (const args of [
    ['tag', transfer.from, transfer.to],
    ['push', transfer.to],
  ]) {
    const result = await context.exec(run(engine.program, args, { env: access.dockerEnv }));
    if (result.exitCode !== 0) return registryFailure(result, `${transfer.to} could not be pushed`, transfer.registry);
  }
  // The registry itself knows best; Docker's own record is the second source, for machines without skopeo.
  const told = await remoteDigest(context, access, transfer.to);
  const kept = (await inspectImage(context, engine, transfer.to))?.repoDigests ?? [];
  const digest = told ?? kept.find((one) => one.startsWith(`${transfer.repository}@`))?.split('@')[1];
  return digest === undefined
    ? err(failure('tool', `Docker pushed ${transfer.to} and does not know its digest.`))
    : ok(digest);
}

/** Between registries, all platforms of it, without passing through this machine's store. */
export async function copy(
  context: StepContext,
  access: Access,
  transfer: Transfer,
): Promise<Result<string, TaskFailure>> {
  const { skopeo } = access;
  if (skopeo === undefined)
    return refuse('missing', 'Copying between registries needs skopeo.', { next: 'apt-get install skopeo' });
  return withDigestFile(context, async (file) => {
    const result = await context.exec(
      run(skopeo, [
        'copy',
        '--all',
        '--digestfile',
        file,
        ...access.copyFlags,
        `docker://${transfer.from}`,
        `docker://${transfer.to}`,
      ]),
    );
    return result.exitCode === 0
      ? ok(undefined)
      : registryFailure(result, `${transfer.from} could not be copied to ${transfer.to}`, transfer.registry);
  });
}

/** Takes a tag away. Not every registry lets that be done: then its own words say so. */
export async function remove(
  context: StepContext,
  access: Access,
  transfer: Transfer,
): Promise<Result<void, TaskFailure>> {
  const { skopeo } = access;
  if (skopeo === undefined)
    return refuse('missing', 'Taking a tag away needs skopeo.', { next: 'apt-get install skopeo' });
  const result = await context.exec(run(skopeo, ['delete', ...access.flags, `docker://${transfer.to}`]));
  if (result.exitCode === 0) return ok(undefined);
  return toolFailure(result, `${transfer.to} could not be deleted`, {
    next: 'Allow deletion in the registry, or remove the tag there.',
  });
}

async function withDigestFile(
  context: StepContext,
  work: (file: string) => Promise<Result<void, TaskFailure>>,
): Promise<Result<string, TaskFailure>> {
  const file = join(context.stateDir, 'pushed.digest');
  await rm(file, { force: true });
  const done = await work(file);
  return done.ok ? ok((await readFile(file, 'utf8')).trim()) : done;
}

/** The registry's refusal in our words, told by its own. */
function registryFailure(result: ExecResult, what: string, registry: string): Result<never, TaskFailure> {
  const words = result.stderr;
  if (/unauthorized|authentication required|denied|forbidden|invalid username/i.test(words)) {
    return toolFailure(result, what, {
      kind: 'denied',
      retriable: false,
      next: 'Check `username` and `password`, and the rights of that user.',
    });
  }
  if (/server gave HTTP response to HTTPS client/i.test(words)) {
    return toolFailure(result, what, {
      kind: 'invalid',
      retriable: false,
      next: 'The registry speaks plain HTTP. For one on this machine: tls_verify: false.',
    });
  }
  if (/connection refused|no such host|i\/o timeout|no route to host/i.test(words)) {
    return toolFailure(result, what, {
      kind: 'unreachable',
      next: `Check that ${registry} is up and can be reached from here.`,
    });
  }
  return toolFailure(result, what);
}
