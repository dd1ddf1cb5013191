import assert from 'node:assert/strict';
import { kind } from '../../src/tasks/kind.ts';
import { perform, workbench, type Workbench } from '../tasks/context.ts';
import { freshName, previewOf, writeFiles } from './cluster.ts';
import { need, toolPath } from './tools.ts';

/** Its nodes are containers of an image that no registry of packages has: what it says without one is as far as this goes. */
describe('kind with its real command and podman', function () {
  this.timeout(180_000);
  let bench: Workbench;

  before(function () {
    need(this, 'kind', 'podman');
  });
  beforeEach(async () => {
    // Kind by itself takes Docker, whose client is there on some machines, and its daemon here on none.
    bench = await workbench({ env: { PATH: toolPath, DOCKER_HOST: 'unix:///nowhere/docker.sock' } });
  });

  it('knows which clusters are there, and says beforehand what it would do', async () => {
    const name = freshName('kind');
    const create = await previewOf(kind, { name, images: ['shop:1'] }, bench);
    assert.ok(create.ok, create.ok ? '' : create.failure.message);
    assert.equal(create.value.text, `+ cluster ${name}\n~ load shop:1`);
    const gone = await perform(kind, { name, action: 'delete' }, bench);
    assert.ok(gone.ok, gone.ok ? '' : gone.failure.message);
    assert.ok(bench.lines.some((line) => line.includes(`There is no cluster ${name}: nothing to delete.`)));
    const load = await perform(kind, { name, action: 'load', images: ['shop:1'] }, bench);
    assert.match(load.ok ? '' : load.failure.message, new RegExp(`There is no cluster ${name} to load images into`));
  });

  it('says in its own words why a cluster cannot be made, and leaves nothing behind', async () => {
    const name = freshName('kind');
    const apiVersion = 'kind.x-k8s.io/v1alpha4';
    await writeFiles(bench.root, {
      'kind.yaml': `kind: Cluster\napiVersion: ${apiVersion}\nnodes: [{ role: queen }]\n`,
    });
    const made = await perform(kind, { name, config: 'kind.yaml' }, bench);
    assert.ok(!made.ok, 'there is no such role');
    assert.match(made.failure.message, new RegExp(`The cluster ${name} cannot be created .*"queen" is not a valid`));
    const after = await previewOf(kind, { name }, bench);
    assert.equal(after.ok && after.value.changes.create, 1);
  });

  it('says that its nodes need a container engine, where there is none', async () => {
    Object.assign(bench.env, { KIND_EXPERIMENTAL_PROVIDER: 'docker' });
    const made = await perform(kind, { name: freshName('kind') }, bench);
    assert.ok(!made.ok, 'no daemon answers');
    assert.equal(made.failure.kind, 'missing');
    assert.match(made.failure.next ?? '', /Start Docker, or install Podman/);
  });
});
