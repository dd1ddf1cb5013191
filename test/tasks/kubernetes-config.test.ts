import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { loadConfig } from '../../src/tasks/shared/kubernetes/config.ts';
import { workbench, type Workbench } from './context.ts';

const config = (name: string, more: Record<string, unknown> = {}): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: `https://${name}.example` } }],
    users: [{ name, user: { token: 't' } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: `${name}-ns` } }],
    'current-context': name,
    ...more,
  });

describe('the kubeconfig', () => {
  let bench: Workbench;
  beforeEach(async () => {
    bench = await workbench();
    for (const name of ['one', 'two']) await writeFile(join(bench.root, name), config(name));
    Object.assign(bench.env, { HOME: bench.root, KUBECONFIG: '' });
  });

  it('is the parameter before the variable, and the variable before the home folder', async () => {
    await mkdir(join(bench.root, '.kube'));
    await writeFile(join(bench.root, '.kube/config'), config('home'));
    const server = async (kubeconfig?: string): Promise<string> => {
      const loaded = await loadConfig({ kubeconfig }, bench);
      return loaded.ok ? loaded.value.server : loaded.failure.message;
    };
    assert.equal(await server(), 'https://home.example');
    Object.assign(bench.env, { KUBECONFIG: join(bench.root, 'one') });
    assert.equal(await server(), 'https://one.example');
    assert.equal(await server('two'), 'https://two.example');
  });

  it('may be several files: the first says which context, all of them know theirs', async () => {
    Object.assign(bench.env, {
      KUBECONFIG: ['missing', 'two', 'one'].map((file) => join(bench.root, file)).join(delimiter),
    });
    const first = await loadConfig({}, bench);
    const other = await loadConfig({ context: 'one' }, bench);
    assert.ok(first.ok && other.ok);
    assert.deepEqual([first.value.context, first.value.namespace], ['two', 'two-ns']);
    assert.equal(other.value.server, 'https://one.example');
  });

  it('that is not there, is broken, or has no such context is told with what was looked for', async () => {
    const message = async (choice: Parameters<typeof loadConfig>[0]): Promise<string> => {
      const loaded = await loadConfig(choice, bench);
      assert.ok(!loaded.ok);
      return `${loaded.failure.kind}: ${loaded.failure.message} ${loaded.failure.next ?? ''}`;
    };
    assert.ok(
      (await message({})).startsWith(
        `missing: There is no kubeconfig: looked for ${join(bench.root, '.kube', 'config')}.`,
      ),
    );
    await writeFile(join(bench.root, 'broken'), '{{{');
    assert.match(await message({ kubeconfig: 'broken' }), /^invalid: The kubeconfig .*broken cannot be read/);
    assert.match(
      await message({ kubeconfig: 'one', context: 'prod' }),
      /^missing: There is no context "prod" in .*one\. It has one\./,
    );
    await writeFile(join(bench.root, 'none'), config('none', { 'current-context': '' }));
    assert.match(await message({ kubeconfig: 'none' }), /^missing: No context is chosen/);
    await writeFile(join(bench.root, 'dangling'), config('dangling', { clusters: [] }));
    assert.match(await message({ kubeconfig: 'dangling' }), /names the cluster "dangling", which is not in/);
  });

  it('gives credentials plugins the environment of the task', async () => {
    const users = [
      {
        name: 'one',
        user: {
          exec: {
            apiVersion: 'client.authentication.k8s.io/v1',
            command: './login.sh',
            env: [{ name: 'A', value: 'mine' }],
          },
        },
      },
    ];
    await writeFile(join(bench.root, 'one'), config('one', { users }));
    Object.assign(bench.env, { REGION: 'eu' });
    const loaded = await loadConfig({ kubeconfig: 'one' }, bench);
    assert.ok(loaded.ok);
    const plugin = loaded.value.config.getCurrentUser()?.exec as {
      command: string;
      env: { name: string; value: string }[];
    };
    assert.equal(plugin.command, join(bench.root, 'login.sh'));
    assert.ok(plugin.env.some(({ name, value }) => name === 'REGION' && value === 'eu'));
    assert.deepEqual(plugin.env.at(-1), { name: 'A', value: 'mine' });
  });
});
