import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pulumi } from '../../src/tasks/pulumi.ts';
import { perform, workbench, type Workbench } from '../tasks/context.ts';
import { need, toolPath } from './tools.ts';

/** Pulumi's own YAML, whose language host is all that it needs: no provider is to be downloaded. */
const PROGRAM = `name: shop
runtime: yaml
config:
  greeting: { type: string, default: hello }
  token: { type: string, secret: true }
outputs:
  said: \${greeting} world
  token: \${token}
`;

async function project(): Promise<Workbench> {
  const home = await workbench();
  const context = await workbench({
    env: { PATH: toolPath, PULUMI_CONFIG_PASSPHRASE: 'open-sesame', PULUMI_HOME: join(home.root, 'home') },
  });
  await mkdir(join(context.root, 'state'));
  await writeFile(join(context.root, 'Pulumi.yaml'), PROGRAM);
  return context;
}

describe('pulumi, the real one', function () {
  this.timeout(360_000);
  before(function () {
    need(this, 'pulumi', 'pulumi-language-yaml');
  });

  const given = (context: Workbench, more: object = {}) => ({
    dir: '.',
    backend: `file://${join(context.root, 'state')}`,
    config: { greeting: 'good morning' },
    secrets: { token: 'hush-hush' },
    ...more,
  });

  it('makes the stack, gives its open outputs and keeps the secret ones out', async () => {
    const context = await project();
    const result = await perform(pulumi, given(context), context);
    assert.ok(result.ok, JSON.stringify(result));
    assert.deepEqual(result.value, { said: 'good morning world', add: 1, change: 0, destroy: 0, sensitive: ['token'] });
    assert.doesNotMatch(context.lines.join('\n') + JSON.stringify(result), /hush-hush/);
    // Pulumi itself makes the file with a new stack; what it holds is the salt alone.
    const own = await readFile(join(context.root, 'Pulumi.dev.yaml'), 'utf8');
    assert.match(own, /^encryptionsalt: \S+\n$/);
    assert.ok((await perform(pulumi, given(context, { config: { greeting: 'good evening' } }), context)).ok);
    assert.equal(
      await readFile(join(context.root, 'Pulumi.dev.yaml'), 'utf8'),
      own,
      'the user’s own file stays as it is',
    );
  });

  it('shows what it would do, and knows afterwards that it is done', async () => {
    const context = await project();
    const parameters = pulumi.parameters.parse(given(context));
    assert.equal(await pulumi.probe!(parameters, context), 'not-done');
    const shown = await pulumi.preview!(parameters, context);
    assert.ok(shown.ok, JSON.stringify(shown));
    assert.deepEqual(shown.value.changes, { create: 1, update: 0, replace: 0, destroy: 0 });
    assert.match(shown.value.text, /create\s+urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev/);
    const result = await perform(pulumi, given(context), context);
    assert.ok(result.ok, JSON.stringify(result));
    assert.equal(result.value.add, 1);
    assert.equal(await pulumi.probe!(parameters, context), 'done');
  });

  it('destroys the stack', async () => {
    const context = await project();
    assert.ok((await perform(pulumi, given(context), context)).ok);
    const gone = await perform(pulumi, given(context, { action: 'destroy' }), context);
    assert.ok(gone.ok, JSON.stringify(gone));
    assert.equal(gone.value.destroy, 1);
  });

  it('tells a wrong passphrase and a broken program', async () => {
    const context = await project();
    assert.ok((await perform(pulumi, given(context), context)).ok);
    const other = await workbench({ root: context.root, env: { ...context.env, PULUMI_CONFIG_PASSPHRASE: 'guess' } });
    const denied = await perform(pulumi, given(context), other);
    assert.ok(!denied.ok && denied.failure.kind === 'denied', JSON.stringify(denied));
    await writeFile(join(context.root, 'Pulumi.yaml'), `${PROGRAM}  broken: \${nowhere}\n`);
    const broken = await perform(pulumi, given(context), await workbench({ root: context.root, env: context.env }));
    assert.ok(!broken.ok && broken.failure.kind === 'tool', JSON.stringify(broken));
  });
});
