import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { istio } from '../../src/tasks/istio.ts';
import { perform, workbench, type Workbench } from '../tasks/context.ts';
import { need, toolPath } from './tools.ts';

const SERVICE = `apiVersion: v1
kind: Service
metadata: { name: shop, namespace: shop, labels: { app: shop } }
spec: { selector: { app: shop }, ports: [{ name: http, port: 80 }] }
`;
const route = (gateway: string): string => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: shop, namespace: shop }
spec:
  hosts: [shop]
  gateways: [${gateway}]
  http:
    - route:
        - { destination: { host: shop } }
`;

async function workspace(files: Record<string, string>): Promise<Workbench> {
  const context = await workbench({ env: { PATH: toolPath } });
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(context.root, name)), { recursive: true });
    await writeFile(join(context.root, name), text);
  }
  return context;
}

describe('istio with the real istioctl', function () {
  this.timeout(120_000);
  before(function () {
    need(this, 'istioctl');
  });

  it('finds a route to a gateway that is not there, at its file', async () => {
    const context = await workspace({ 'istio/service.yaml': SERVICE, 'istio/route.yaml': route('missing') });
    const result = await perform(istio, { manifests: 'istio' }, context);
    assert.ok(!result.ok && result.failure.kind === 'invalid', JSON.stringify(result));
    assert.match(result.failure.message, /^IST0101 .*istio\/route\.yaml.*: Referenced gateway not found: "missing"/);
  });

  it('is content with a route through what is there, and says its version', async () => {
    const context = await workspace({ 'istio/service.yaml': SERVICE, 'istio/route.yaml': route('mesh') });
    const result = await perform(istio, { manifests: 'istio' }, context);
    assert.ok(result.ok, JSON.stringify(result));
    assert.match(String(result.value.version), /^\d+\.\d+/);
  });

  it('fails where a file cannot be read, which istioctl itself only mentions', async () => {
    const broken = 'apiVersion: v1\nkind: Service\nmetadata: { name: a\n';
    const context = await workspace({ 'istio/service.yaml': SERVICE, 'istio/broken.yaml': `${SERVICE}---\n${broken}` });
    const result = await perform(istio, { manifests: 'istio' }, context);
    assert.ok(!result.ok && result.failure.kind === 'invalid', JSON.stringify(result));
    assert.match(result.failure.message, /^istioctl cannot read istio\/broken\.yaml \(document 2\): .*yaml: line 3/);
    const wrong = await workspace({ 'istio/a.yaml': route('mesh').replace('hosts: [shop]', 'hosts: 3') });
    const refused = await perform(istio, { manifests: 'istio' }, wrong);
    assert.match(refused.ok ? '' : refused.failure.message, /istio\/a\.yaml \(document 1\): .*cannot unmarshal number/);
  });
});
