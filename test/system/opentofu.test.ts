import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Preview, TaskResult } from '../../src/core/task-type.ts';
import { opentofu } from '../../src/tasks/opentofu.ts';
import { perform, workbench, type Workbench } from '../tasks/context.ts';
import { need, toolPath } from './tools.ts';

/** No provider to download: `terraform_data` is built in. */
const MODULE = `
variable "size" { default = 1 }
variable "token" {
  default   = "none"
  sensitive = true
}
resource "terraform_data" "node" {
  count            = var.size
  input            = "node-\${count.index}"
  triggers_replace = []
}
output "names" { value = terraform_data.node[*].output }
output "token" {
  value     = var.token
  sensitive = true
}
`;

for (const engine of ['terraform', 'tofu'] as const) {
  describe(`opentofu with the real ${engine}`, function () {
    this.timeout(240_000);
    before(function () {
      need(this, engine);
    });

    async function module(text = MODULE, options: Parameters<typeof workbench>[0] = {}): Promise<Workbench> {
      const context = await workbench({ ...options, env: { PATH: toolPath, ...options.env } });
      await mkdir(join(context.root, 'infra'), { recursive: true });
      await writeFile(join(context.root, 'infra', 'main.tf'), text);
      return context;
    }
    const apply = (context: Workbench, more: object = {}): Promise<TaskResult<Record<string, unknown>>> =>
      perform(opentofu, { dir: 'infra', engine, ...more }, context);
    async function preview(context: Workbench, more: object = {}): Promise<Preview> {
      const result = await opentofu.preview!(opentofu.parameters.parse({ dir: 'infra', engine, ...more }), context);
      assert.ok(result.ok, JSON.stringify(result));
      return result.value;
    }

    it('applies, gives every open output and keeps the sensitive ones out', async () => {
      const context = await module();
      const result = await apply(context, { variables: { size: 2, token: 'hush-hush' } });
      assert.ok(result.ok, JSON.stringify(result));
      assert.deepEqual(result.value, {
        names: ['node-0', 'node-1'],
        add: 2,
        change: 0,
        destroy: 0,
        sensitive: ['token'],
      });
      assert.doesNotMatch(context.lines.join('\n') + JSON.stringify(result), /hush-hush/);
    });

    it('shows what it would change, and then applies exactly that', async () => {
      const context = await module();
      const shown = await preview(context, { variables: { size: 3 } });
      assert.deepEqual(shown.changes, { create: 3, update: 0, replace: 0, destroy: 0 });
      assert.equal(shown.summary, '3 to add, 0 to change, 0 to replace, 0 to destroy');
      assert.match(shown.text, /terraform_data\.node\[2\] will be created/);
      assert.match(shown.digest, /^sha256:[0-9a-f]{64}$/);
      // What was shown is what is applied, even though the file says otherwise by now.
      await writeFile(join(context.root, 'infra', 'main.tf'), MODULE.replace('default = 1', 'default = 9'));
      const result = await apply(context, { variables: { size: 3 } });
      assert.ok(result.ok, JSON.stringify(result));
      assert.equal(result.value.add, 3);
      assert.deepEqual(
        (await readdir(context.stateDir)).filter((name) => name.includes('plan')),
        [],
      );
    });

    it('gives equal digests for equal changes and others for others', async () => {
      const context = await module();
      const [one, again, other] = [
        await preview(context),
        await preview(context),
        await preview(context, { variables: { size: 2 } }),
      ];
      assert.equal(one.digest, again.digest);
      assert.notEqual(one.digest, other.digest);
    });

    it('refuses a plan that has become stale, and changes nothing', async () => {
      const context = await module();
      await preview(context, { variables: { size: 1 } });
      const elsewhere = await workbench({ root: context.root, env: { PATH: toolPath } });
      assert.ok((await apply(elsewhere, { variables: { size: 5 } })).ok);
      const before = await readFile(join(context.root, 'infra', 'terraform.tfstate'), 'utf8');
      const result = await apply(context, { variables: { size: 1 } });
      assert.ok(
        !result.ok && result.failure.kind === 'conflict' && result.failure.retriable === false,
        JSON.stringify(result),
      );
      assert.match(result.failure.next ?? '', /Preview again/);
      assert.equal(await readFile(join(context.root, 'infra', 'terraform.tfstate'), 'utf8'), before);
    });

    it('counts replacement and destruction, and destroys everything when asked', async () => {
      const context = await module();
      assert.ok((await apply(context, { variables: { size: 3 } })).ok);
      await writeFile(
        join(context.root, 'infra', 'main.tf'),
        MODULE.replace('triggers_replace = []', 'triggers_replace = ["x"]'),
      );
      const shown = await preview(await workbench({ root: context.root, env: { PATH: toolPath } }), {
        variables: { size: 2 },
      });
      assert.deepEqual(shown.changes, { create: 0, update: 0, replace: 2, destroy: 1 });
      const gone = await apply(await workbench({ root: context.root, env: { PATH: toolPath } }), { action: 'destroy' });
      assert.ok(gone.ok, JSON.stringify(gone));
      assert.equal(gone.value.destroy, 3);
    });

    it('names who holds the state when the lock cannot be had', async () => {
      const slow = `resource "terraform_data" "slow" {
        provisioner "local-exec" { command = "touch started; while [ ! -e go ]; do sleep 0.05; done" }
      }`;
      const context = await module(slow);
      const first = apply(context);
      const holder = await workbench({ root: context.root, env: { PATH: toolPath } });
      const held = await holder.exec({
        kind: 'script',
        text: 'for i in $(seq 400); do [ -e infra/started ] && exit 0; sleep 0.05; done; exit 1',
      });
      assert.equal(held.exitCode, 0);
      const second = await apply(await workbench({ root: context.root, env: { PATH: toolPath } }), {
        lock_timeout: '1s',
      });
      await writeFile(join(context.root, 'infra', 'go'), '');
      assert.ok((await first).ok);
      assert.ok(!second.ok && second.failure.kind === 'conflict', JSON.stringify(second));
      assert.match(second.failure.message, /locked by \S+@\S+ \(OperationTypeApply, since 20/);
      assert.match(second.failure.next ?? '', /force-unlock/);
    });

    it('knows after a crash whether the change has taken effect', async () => {
      const context = await module();
      const parameters = opentofu.parameters.parse({ dir: 'infra', engine });
      assert.equal(await opentofu.probe!(parameters, context), 'not-done');
      assert.ok((await apply(context)).ok);
      assert.equal(await opentofu.probe!(parameters, context), 'done');
    });

    it('makes and keeps to a workspace', async () => {
      const context = await module();
      assert.ok((await apply(context, { workspace: 'staging' })).ok);
      assert.ok((await readdir(join(context.root, 'infra', 'terraform.tfstate.d'))).includes('staging'));
    });

    it('hands backend settings over in a file that is gone afterwards', async () => {
      const context = await module(`terraform {\n  backend "local" {}\n}\n${MODULE}`);
      const result = await apply(context, { backend_config: { path: 'kept/${x}.tfstate' } });
      assert.ok(result.ok, JSON.stringify(result));
      assert.deepEqual(await readdir(join(context.root, 'infra', 'kept')), ['${x}.tfstate']);
      assert.deepEqual(
        (await readdir(context.stateDir)).filter((name) => name.includes('backend')),
        [],
      );
    });

    it('places an invalid configuration at its file and line', async () => {
      const result = await apply(await module('output "x" {\n  value = terraform_data.none.id\n}\n'));
      assert.ok(
        !result.ok && result.failure.kind === 'invalid' && result.failure.retriable === false,
        JSON.stringify(result),
      );
      assert.match(result.failure.message, /main\.tf:2: /);
    });

    it('says when the folder is not a module', async () => {
      const context = await workbench({ env: { PATH: toolPath } });
      const result = await perform(opentofu, { dir: 'nowhere', engine }, context);
      assert.ok(!result.ok && result.failure.kind === 'missing');
    });
  });
}

describe('opentofu', () => {
  it('says how to get it where neither program is there', async () => {
    const context = await workbench({ env: { PATH: '/nowhere' } });
    await writeFile(join(context.root, 'main.tf'), '');
    const result = await perform(opentofu, { dir: '.' }, context);
    assert.ok(!result.ok && result.failure.kind === 'missing', JSON.stringify(result));
    assert.match(result.failure.next ?? '', /opentofu\.org/);
  });

  it('prefers OpenTofu where both are there', async function () {
    this.timeout(120_000);
    need(this, 'tofu', 'terraform');
    const context = await workbench({ env: { PATH: toolPath } });
    await writeFile(join(context.root, 'main.tf'), '');
    assert.ok((await perform(opentofu, { dir: '.' }, context)).ok);
    assert.ok(context.lines.some((line) => line.startsWith('tofu: ')));
  });
});
