import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { docker } from '../../src/tasks/docker.ts';
import { registry } from '../../src/tasks/registry.ts';
import { inspectImage } from '../../src/tasks/shared/container-engine.ts';
import { perform, workbench, type Workbench } from '../tasks/context.ts';
import { startRegistry, type RegistryServer } from './registry-server.ts';
import { need, toolAt, toolPath } from './tools.ts';

const DOCKERFILE = `FROM scratch AS base
ARG VERSION=none
LABEL version=$VERSION
COPY page.html /page.html
FROM base AS extra
COPY more.html /more.html
`;

async function workspace(env: Record<string, string> = {}, text = DOCKERFILE): Promise<Workbench> {
  const context = await workbench({ env: { PATH: toolPath, ...env } });
  await writeFile(join(context.root, 'Dockerfile'), text);
  // Each run builds something of its own, so that no cache of an earlier one can stand in.
  await writeFile(join(context.root, 'page.html'), `${context.root} ${process.hrtime.bigint()}`);
  await writeFile(join(context.root, 'more.html'), 'x'.repeat(10_000));
  return context;
}

type Labels = Record<string, string>;

for (const engine of ['buildah', 'podman', 'docker'] as const) {
  describe(`docker and registry with the real ${engine}`, function () {
    this.timeout(300_000);
    let env: Record<string, string> = {};
    let service: ChildProcess | undefined;
    let server: RegistryServer;
    const ids = new Set<string>();

    before(async function () {
      need(this, engine, 'docker-registry', 'skopeo', ...(engine === 'docker' ? ['podman'] : []));
      server = await startRegistry(toolAt('docker-registry') ?? '');
      if (engine !== 'docker') return;
      // Docker's own client against Podman's service, which speaks Docker's API.
      const socket = join(await mkdtemp(join(tmpdir(), 'code-podman-')), 'podman.sock');
      const conf = join(await mkdtemp(join(tmpdir(), 'code-podman-')), 'registries.conf');
      await writeFile(conf, `[[registry]]\nlocation = "${server.address}"\ninsecure = true\n`);
      service = spawn(toolAt('podman') ?? '', ['system', 'service', '--time=0', `unix://${socket}`], {
        stdio: 'ignore',
        env: { ...process.env, BUILDAH_ISOLATION: 'chroot', CONTAINERS_REGISTRIES_CONF: conf },
      });
      env = { DOCKER_HOST: `unix://${socket}`, DOCKER_BUILDKIT: '0' };
      for (
        let looked = 0;
        !(await access(socket).then(
          () => true,
          () => false,
        ));
        looked++
      ) {
        if (looked > 200) throw new Error('podman system service did not start');
        await new Promise((again) => setTimeout(again, 50));
      }
    });

    after(async () => {
      const podman = toolAt('podman');
      if (podman !== undefined && ids.size > 0)
        spawnSync(podman, ['rmi', '--force', ...[...ids].map((id) => id.replace('sha256:', ''))]);
      if (service !== undefined) {
        const ended = once(service, 'exit');
        service.kill();
        await ended;
      }
      await (server as RegistryServer | undefined)?.stop();
    });

    const build = async (context: Workbench, more: object = {}) => {
      const result = await perform(
        docker,
        {
          context: '.',
          image: `test-${engine}`,
          engine,
          ...(engine === 'docker' ? {} : { isolation: 'chroot' }),
          ...more,
        },
        context,
      );
      assert.ok(result.ok, JSON.stringify(result));
      ids.add(String(result.value.id));
      return result.value;
    };
    const bring = (context: Workbench, given: object) =>
      perform(registry, { engine, tls_verify: false, ...given }, context);

    it('builds, and gives the image’s name, digest and size', async () => {
      const context = await workspace(env);
      const built = await build(context, {
        tags: ['1.0', 'latest'],
        args: { VERSION: '7.5' },
        labels: { team: 'web' },
        target: 'base',
      });
      assert.equal(built.image, `test-${engine}:1.0`);
      assert.deepEqual(built.images, [`test-${engine}:1.0`, `test-${engine}:latest`]);
      assert.match(String(built.digest), /^sha256:[0-9a-f]{64}$/);
      assert.match(String(built.id), /^sha256:[0-9a-f]{64}$/);
      assert.ok((built.size as number) > 50);
      const other = await build(context, { target: 'extra' });
      assert.ok((other.size as number) > (built.size as number) + 9_000);
      const shown = await context.exec(
        {
          kind: 'argv',
          program: 'skopeo',
          args: [
            'inspect',
            '--config',
            `containers-storage:${engine === 'docker' ? 'docker.io/library' : 'localhost'}/test-${engine}:1.0`,
          ],
        },
        { capture: true },
      );
      const labels = (JSON.parse(shown.stdout) as { config: { Labels: Labels } }).config.Labels;
      assert.equal(labels.version, '7.5');
      assert.equal(labels.team, 'web');
    });

    it('gives the names back to what they stood for', async () => {
      const context = await workspace(env);
      const first = await build(context, { image: `undo-${engine}`, tags: ['kept'] });
      await writeFile(join(context.root, 'page.html'), 'another page');
      const second = await build(context, { image: `undo-${engine}`, tags: ['kept', 'new'] });
      assert.notEqual(second.id, first.id);
      const parameters = docker.parameters.parse({ context: '.', image: `undo-${engine}`, engine });
      const undone = await docker.rollback!(parameters, second, context);
      assert.ok(undone.ok, JSON.stringify(undone));
      const found = toolAt(engine) ?? '';
      const now = (tag: string) => inspectImage(context, { name: engine, program: found }, `undo-${engine}:${tag}`);
      assert.equal((await now('kept'))?.id, first.id);
      assert.equal(await now('new'), undefined);
    });

    it('pushes, and the registry has exactly the digest that is reported', async () => {
      const context = await workspace(env);
      const built = await build(context, { tags: ['2.0'] });
      const pushed = await bring(context, { images: [built.images], to: `${server.address}/team`, tags: ['stable'] });
      assert.ok(pushed.ok, JSON.stringify(pushed));
      const digest = await server.digest(`team/test-${engine}`, '2.0');
      assert.ok(digest !== undefined);
      assert.equal(pushed.value.digest, digest);
      assert.equal(await server.digest(`team/test-${engine}`, 'stable'), digest);
      assert.equal(pushed.value.reference, `${server.address}/team/test-${engine}@${digest}`);
      assert.deepEqual(pushed.value.images, [
        `${server.address}/team/test-${engine}:2.0`,
        `${server.address}/team/test-${engine}:stable`,
      ]);
    });

    it('fails a build with the tool’s own words', async () => {
      const context = await workspace(env, 'FROM scratch\nCOPY nowhere.txt /\n');
      const result = await perform(docker, { context: '.', image: 'broken', engine }, context);
      assert.ok(!result.ok && result.failure.kind === 'tool');
      assert.match(`${result.failure.message} ${result.failure.detail ?? ''}`, /nowhere\.txt/);
    });

    if (engine === 'docker') return;

    it('gives secrets to a build by a private file that is gone afterwards', async function () {
      // busybox is the one static program that the test bed has; RUN needs a shell in the image.
      const busybox = toolAt('busybox');
      if (busybox === undefined) this.skip();
      const text =
        'FROM scratch\nCOPY busybox /bin/sh\nCOPY busybox /bin/cat\nRUN --mount=type=secret,id=token cat /run/secrets/token > /copied\n';
      const context = await workspace({ ...env, TOKEN: 'hush-hush' }, text);
      await writeFile(join(context.root, 'busybox'), await readFile(busybox), { mode: 0o755 });
      await build(context, { image: `secret-${engine}`, secrets: { token: { env: 'TOKEN' } } });
      assert.deepEqual(
        (await readdir(context.stateDir)).filter((name) => name.startsWith('secret')),
        [],
      );
      assert.doesNotMatch(context.lines.join('\n'), /hush-hush/);
      const missing = await perform(
        docker,
        { context: '.', image: 'x', engine, secrets: { token: { env: 'NOT_SET' } } },
        context,
      );
      assert.ok(!missing.ok && missing.failure.kind === 'missing');
    });

    it('copies, tags, shows beforehand and undoes it', async () => {
      const context = await workspace(env);
      const first = await build(context, { tags: ['a'] });
      const pushed = await bring(context, { images: first.images, to: `${server.address}/x` });
      assert.ok(pushed.ok, JSON.stringify(pushed));
      const source = `${server.address}/x/test-${engine}:a`;
      const copied = await bring(context, { action: 'copy', images: [source], to: `${server.address}/y` });
      assert.ok(copied.ok, JSON.stringify(copied));
      assert.equal(await server.digest(`y/test-${engine}`, 'a'), pushed.value.digest);

      const tag = { action: 'tag', images: [source], tags: ['live'] };
      const parameters = registry.parameters.parse({ engine, tls_verify: false, ...tag });
      const shown = await registry.preview!(parameters, context);
      assert.ok(shown.ok && shown.value.changes.create === 1, JSON.stringify(shown));
      const tagged = await bring(context, tag);
      assert.ok(tagged.ok);
      assert.equal(await server.digest(`x/test-${engine}`, 'live'), pushed.value.digest);

      await writeFile(join(context.root, 'page.html'), 'another page');
      const second = await build(context, { tags: ['a'] });
      const moved = await bring(context, { images: second.images, to: `${server.address}/x`, tags: ['live'] });
      assert.ok(moved.ok);
      assert.notEqual(moved.value.digest, pushed.value.digest);
      const undone = await registry.rollback!(
        registry.parameters.parse({
          engine,
          tls_verify: false,
          images: second.images,
          to: `${server.address}/x`,
          tags: ['live'],
        }),
        moved.value,
        context,
      );
      assert.ok(undone.ok, JSON.stringify(undone));
      assert.equal(await server.digest(`x/test-${engine}`, 'live'), pushed.value.digest);
    });

    it('logs in by standard input, and says when the registry refuses', async () => {
      const closed = await startRegistry(toolAt('docker-registry') ?? '', { password: true });
      try {
        const context = await workspace(env);
        const built = await build(context, { tags: ['z'] });
        const to = { images: built.images, to: `${closed.address}/p` };
        const anonymous = await bring(context, to);
        assert.ok(!anonymous.ok && anonymous.failure.kind === 'denied', JSON.stringify(anonymous));
        const wrong = await bring(context, { ...to, username: 'ci', password: 'guess' });
        assert.ok(
          !wrong.ok && wrong.failure.kind === 'denied' && wrong.failure.retriable === false,
          JSON.stringify(wrong),
        );
        const right = await bring(context, { ...to, username: 'ci', password: 'open-sesame' });
        assert.ok(right.ok, JSON.stringify(right));
        assert.equal(await closed.digest(`p/test-${engine}`, 'z'), right.value.digest);
        assert.doesNotMatch(context.lines.join('\n'), /open-sesame/);
      } finally {
        await closed.stop();
      }
    });

    it('says when the image is not here, and when the registry is not there', async () => {
      const context = await workspace(env);
      const none = await bring(context, { images: ['localhost/never-built:1'], to: `${server.address}/q` });
      assert.ok(!none.ok && none.failure.kind === 'missing', JSON.stringify(none));
      const built = await build(context, { tags: ['q'] });
      const nowhere = await bring(context, { images: built.images, to: '127.0.0.1:1/q' });
      assert.ok(!nowhere.ok && nowhere.failure.kind === 'unreachable', JSON.stringify(nowhere));
    });
  });
}

describe('docker', () => {
  it('passes over a Docker client without its daemon where there is another engine', async function () {
    this.timeout(240_000);
    need(this, 'docker', 'podman');
    const context = await workspace({ DOCKER_HOST: 'unix:///nowhere/docker.sock' });
    const result = await perform(docker, { context: '.', image: 'fallback', isolation: 'chroot' }, context);
    assert.ok(result.ok && result.value.engine === 'podman', JSON.stringify(result));
    const only = await perform(docker, { context: '.', image: 'fallback', engine: 'docker' }, context);
    assert.ok(!only.ok && only.failure.kind === 'unreachable', JSON.stringify(only));
  });
});
