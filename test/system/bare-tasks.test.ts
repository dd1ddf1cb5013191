/** The seed's own shape, bare tasks and all, by the built command line with real tools: OpenTofu or Terraform, Buildah or Podman, a registry. */
import assert from 'node:assert/strict';
import { Workspace, type Line } from '../cli/built.ts';
import { startRegistry, type RegistryServer } from './registry-server.ts';
import { need, toolAt, toolPath } from './tools.ts';

const FILES = {
  'infra/main.tf':
    'resource "terraform_data" "network" { input = "10.0.0.0/16" }\noutput "cidr" { value = terraform_data.network.output }\n',
  Dockerfile: 'FROM scratch\nCOPY page.html /page.html\n',
  'page.html': `built ${process.hrtime.bigint()}`,
  'policy/main.rego':
    'package main\n\nimport rego.v1\n\ndeny contains "the image has no version" if {\n\tsome c in input.spec.containers\n\tendswith(c.image, ":latest")\n}\n',
  'k8s/pod.yaml':
    'apiVersion: v1\nkind: Pod\nmetadata: { name: web }\nspec: { containers: [{ name: web, image: "web:latest" }] }\n',
  'seed.code.yaml': `name: shop
env: { REGISTRY: 'ADDRESS' }
parallel_deployment:
  stage_1:
    - task: provision_network
      type: terraform
      timeout: 300s
    - task: build_containers
      type: docker
      timeout: 600s
  stage_2:
    - task: push_containers
      type: registry
      depends_on: [build_containers]
      with: { tls_verify: false }
    - task: smoke
      type: http
      depends_on: [push_containers]
      with: { url: 'http://\${{ env.REGISTRY }}/v2/_catalog', expect: { json: { 'repositories.0': shop } } }
    - task: tell
      type: shell
      depends_on: [push_containers]
      with: { run: 'echo "\${{ tasks.provision_network.outputs.cidr }} \${{ tasks.push_containers.outputs.reference }}"' }
`,
  'policy.code.yaml':
    'parallel_deployment:\n  check:\n    - { task: policies, type: opa }\n  deploy:\n    - { task: never, type: shell, depends_on: [policies], with: { run: "touch deployed" } }\n',
};

describe('bare tasks of a workflow, by the command line and with real tools', function () {
  this.timeout(360_000);
  let server: RegistryServer;
  let workspace: Workspace;
  before(async function () {
    need(this, 'buildah', 'docker-registry');
    if (toolAt('tofu') === undefined) need(this, 'terraform');
    server = await startRegistry(toolAt('docker-registry') ?? '');
    workspace = new Workspace();
    for (const [name, text] of Object.entries(FILES)) workspace.file(name, text.replace('ADDRESS', server.address));
  });
  after(async () => {
    (workspace as Workspace | undefined)?.[Symbol.dispose]();
    await (server as RegistryServer | undefined)?.stop();
  });

  const run = (file: string) =>
    workspace.run(['run', file, '--json'], {
      PATH: toolPath,
      BUILDAH_ISOLATION: 'chroot',
      DOCKER_HOST: 'unix:///nowhere/docker.sock',
    });
  const finished = (out: string, task: string): Line | undefined =>
    out
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line)
      .find((line) => line.type === 'task.finished' && line.task === task);

  it('find their folders and each other’s outputs', async () => {
    const { code, out, err } = run(workspace.path('seed.code.yaml'));
    assert.equal(code, 0, `${err}\n${out.slice(-3000)}`);
    const digest = await server.digest('shop', 'latest');
    assert.ok(digest !== undefined);
    const told = finished(out, 'tell') as { outputs?: { stdout?: string } } | undefined;
    assert.equal(told?.outputs?.stdout, `10.0.0.0/16 ${server.address}/shop@${digest}`);
  });

  it('stop the run at a gate', function () {
    if (toolAt('conftest') === undefined) need(this, 'opa');
    const { code, out } = run(workspace.path('policy.code.yaml'));
    assert.equal(code, 1);
    assert.equal(finished(out, 'policies')?.status, 'failed');
    assert.equal(finished(out, 'never')?.status, 'skipped');
    assert.match(out, /k8s\/pod\.yaml the image has no version/);
  });
});
