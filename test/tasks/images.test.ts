import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildCommand, docker } from '../../src/tasks/docker.ts';
import { registry } from '../../src/tasks/registry.ts';
import { readInspection } from '../../src/tasks/shared/container-engine.ts';
import { formatReference, imageName, parseReference } from '../../src/tasks/shared/reference.ts';
import { transfersOf } from '../../src/tasks/shared/registry-transfer.ts';
import { perform, workbench } from './context.ts';

describe('names of images', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  for (const [name, registry, repository, tag, at] of [
    ['shop', undefined, 'shop', undefined, undefined],
    ['team/shop:1.2', undefined, 'team/shop', '1.2', undefined],
    ['localhost/shop:x', 'localhost', 'shop', 'x', undefined],
    ['localhost:5000/shop', 'localhost:5000', 'shop', undefined, undefined],
    ['r.example.com/a/b/c:v1', 'r.example.com', 'a/b/c', 'v1', undefined],
    [`r.example.com:443/a@${digest}`, 'r.example.com:443', 'a', undefined, digest],
    [`127.0.0.1:5000/a:v@${digest}`, '127.0.0.1:5000', 'a', 'v', digest],
  ] as const) {
    it(`reads and writes ${name}`, () => {
      const reference = parseReference(name);
      assert.deepEqual(reference, { registry, repository, tag, digest: at });
      assert.equal(formatReference(reference), name);
    });
  }

  it('refuses what no registry takes', () => {
    for (const bad of ['', 'Shop', 'shop:', 'a//b', 'shop:bad tag', '-shop'])
      assert.equal(parseReference(bad), undefined, bad);
  });

  it('come from any name of a workflow', () => {
    assert.deepEqual(['My Shop!', 'parallel_deployment', 'ÄÖ'].map(imageName), [
      'my-shop',
      'parallel_deployment',
      'image',
    ]);
  });
});

describe('docker', () => {
  const place = {
    file: '/w/Dockerfile',
    context: '/w',
    names: ['shop:latest'],
    idFile: '/s/id',
    secrets: [{ id: 'npm', file: '/s/secret-0', ours: true }],
  };
  const parameters = (more: object) => docker.parameters.parse({ context: '.', image: 'shop', ...more });

  it('keeps values of build arguments out of the command line', () => {
    const command = buildCommand(
      parameters({ args: { VERSION: '1.2', PATH: '/x', N: 3 } }),
      { name: 'docker', program: 'docker' },
      place,
    );
    assert.ok(command.kind === 'argv');
    assert.ok(!command.args.join(' ').includes('1.2'));
    assert.ok(command.args.includes('PATH=/x'));
    assert.deepEqual(command.env, { VERSION: '1.2', N: '3', DOCKER_BUILDKIT: '1' });
    assert.ok(command.args.includes('id=npm,src=/s/secret-0'));
  });

  it('says the same to each engine in its own words', () => {
    const p = parameters({ pull: true, target: 'run', platform: 'linux/arm64', isolation: 'chroot', cache: false });
    const args = (name: 'docker' | 'podman' | 'buildah') => {
      const command = buildCommand(p, { name, program: name }, { ...place, secrets: [] });
      return command.kind === 'argv' ? command.args.join(' ') : '';
    };
    assert.equal(
      args('docker'),
      'build --iidfile /s/id --file /w/Dockerfile --tag shop:latest --target run --platform linux/arm64 --pull --no-cache /w',
    );
    assert.equal(
      args('podman'),
      'build --iidfile /s/id --file /w/Dockerfile --tag shop:latest --target run --platform linux/arm64 --pull=always --no-cache --isolation chroot /w',
    );
    assert.match(args('buildah'), /^bud /);
  });

  it('reads the digest from docker, which has none before a push, as the id', () => {
    const image = readInspection('docker', { stdout: JSON.stringify([{ Id: 'sha256:aa', Size: 5, RepoDigests: [] }]) });
    assert.deepEqual(image, { id: 'sha256:aa', digest: 'sha256:aa', size: 5, repoDigests: [] });
    assert.equal(readInspection('docker', { stdout: 'no JSON' }), undefined);
  });

  it('is told as a failure where the engine ends well and has written no image', async () => {
    const bench = await workbench();
    await writeFile(join(bench.root, 'Dockerfile'), 'FROM scratch\n');
    const result = await perform(
      docker,
      { context: '.', image: 'shop', engine: 'podman' },
      {
        ...bench,
        which: (...programs) => Promise.resolve(programs[0]),
        exec: () => Promise.resolve({ exitCode: 0, signal: null, stdout: '', stderr: '' }),
      },
    );
    assert.ok(!result.ok);
    assert.match(result.failure.message, /podman ended as if it had built shop:latest, but wrote no image id/);
  });
});

describe('registry', () => {
  const from = (given: object, env = {}) => {
    const transfers = transfersOf(registry.parameters.parse(given), env);
    return transfers.ok ? transfers.value.map((t) => `${t.from} -> ${t.to}`) : transfers.failure.message;
  };

  it('places images under the registry that is given, with every tag', () => {
    assert.deepEqual(
      from({ images: ['localhost/shop:1.0', 'team/api'], to: 'https://r.example.com/prod/', tags: ['stable'] }),
      [
        'localhost/shop:1.0 -> r.example.com/prod/shop:1.0',
        'localhost/shop:1.0 -> r.example.com/prod/shop:stable',
        'team/api -> r.example.com/prod/api:latest',
        'team/api -> r.example.com/prod/api:stable',
      ],
    );
  });

  it('takes the registry from the image’s own name, else from the environment', () => {
    assert.deepEqual(from({ images: ['r.example.com/a:1'] }, { REGISTRY: 'other.example.com' }), [
      'r.example.com/a:1 -> r.example.com/a:1',
    ]);
    assert.deepEqual(from({ images: [['a:1']] }, { REGISTRY: 'localhost:5000' }), ['a:1 -> localhost:5000/a:1']);
    assert.match(String(from({ images: ['a:1'] })), /names no registry/);
    assert.match(String(from({ images: ['localhost/a:1'] })), /names no registry/);
  });

  it('gives more tags to an image where it lies', () => {
    assert.deepEqual(from({ action: 'tag', images: ['r.example.com/a:rc1'], tags: ['1.0'] }), [
      'r.example.com/a:rc1 -> r.example.com/a:1.0',
    ]);
    assert.match(String(from({ action: 'tag', images: ['r.example.com/a:rc1'] })), /no tag/);
  });
});
