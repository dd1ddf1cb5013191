import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { opa } from '../../src/tasks/opa.ts';
import { perform, workbench, type Workbench } from '../tasks/context.ts';
import { need, toolPath } from './tools.ts';

const POLICY = `package main

import rego.v1

deny contains msg if {
	input.kind == "Pod"
	some c in input.spec.containers
	c.securityContext.privileged
	msg := sprintf("container %s is privileged", [c.name])
}

warn_tag contains {"msg": "latest is not a version"} if {
	some c in input.spec.containers
	endswith(c.image, ":latest")
}
`;
const pod = (name: string, image: string, privileged: boolean) =>
  `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name} }\nspec:\n  containers:\n    - { name: ${name}, image: "${image}", securityContext: { privileged: ${privileged} } }\n`;

async function workspace(policy: string, files: Record<string, string>): Promise<Workbench> {
  const context = await workbench({ env: { PATH: toolPath } });
  await mkdir(join(context.root, 'policy'));
  await mkdir(join(context.root, 'k8s'));
  await writeFile(join(context.root, 'policy/main.rego'), policy);
  for (const [name, text] of Object.entries(files)) await writeFile(join(context.root, 'k8s', name), text);
  return context;
}

for (const engine of ['conftest', 'opa'] as const) {
  describe(`opa with the real ${engine}`, function () {
    this.timeout(120_000);
    before(function () {
      need(this, engine);
    });
    const given = { policy: 'policy', files: ['k8s'], engine };

    it('denies the planted fault, in whichever document of a file it stands', async () => {
      const context = await workspace(POLICY, {
        'a.yaml': `${pod('good', 'a:1', false)}---\n${pod('bad', 'a:latest', true)}`,
        'b.yaml': pod('fine', 'b:2', false),
      });
      const result = await perform(opa, given, context);
      assert.ok(!result.ok && result.failure.kind === 'tool', JSON.stringify(result));
      assert.match(result.failure.message, /k8s\/a\.yaml container bad is privileged/);
      assert.deepEqual(result.failure.outputs?.violations, [
        { file: 'k8s/a.yaml', rule: 'main.deny', message: 'container bad is privileged', level: 'deny' },
        { file: 'k8s/a.yaml', rule: 'main.warn_tag', message: 'latest is not a version', level: 'warn' },
      ]);
    });

    it('lets warnings pass, unless the threshold says otherwise', async () => {
      const context = await workspace(POLICY, { 'a.yaml': pod('a', 'a:latest', false) });
      const result = await perform(opa, given, context);
      assert.ok(result.ok && result.value.total === 1, JSON.stringify(result));
      assert.ok(!(await perform(opa, { ...given, fail_on: 'medium' }, context)).ok);
    });

    it('says where a policy is wrong', async () => {
      const context = await workspace('package main\n\ndeny contains msg if { msg := nowhere }\n', {
        'a.yaml': pod('a', 'a:1', false),
      });
      const result = await perform(opa, given, context);
      assert.ok(!result.ok && result.failure.kind === 'invalid', JSON.stringify(result));
      assert.match(`${result.failure.message} ${result.failure.detail ?? ''}`, /main\.rego/);
    });

    it('says when there is nothing to ask about', async () => {
      const result = await perform(opa, { ...given, files: ['nowhere/*.yaml'] }, await workspace(POLICY, {}));
      assert.ok(!result.ok && result.failure.kind === 'missing');
    });
  });
}
