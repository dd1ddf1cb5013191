import assert from 'node:assert/strict';
import type { WorkflowAnalysis } from '../../src/run/answers.ts';
import { Workspace } from './built.ts';

const WORKFLOW = `
parallel_deployment:
  deploy:
    - { task: web, type: kubernetes }
    - { task: base, type: shell, with: { run: 'true' } }
`;
const WEB = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: web, resources: { requests: { cpu: 500m, memory: 1Gi } } }] }
`;

describe('code-engine analyze, costs', function () {
  this.timeout(60_000);
  let place: Workspace;
  beforeEach(() => {
    place = new Workspace();
    place.file('shop.code.yaml', WORKFLOW);
    place.file('k8s/web.yaml', WEB);
  });
  afterEach(() => place.close());

  const analysis = (...more: string[]): WorkflowAnalysis => {
    const { code, out, err } = place.run(['analyze', 'shop.code.yaml', '--json', ...more]);
    assert.equal(code, 0, err);
    return JSON.parse(out) as WorkflowAnalysis;
  };

  it('prices what the manifests ask for by OpenCost’s published defaults', () => {
    const { costs } = analysis();
    assert.ok(costs);
    assert.ok(Math.abs(costs.hourly.total - (0.031611 + 2 * 0.004237)) < 1e-9);
    assert.match(costs.prices, /OpenCost/);
    const { out } = place.run(['analyze', 'shop.code.yaml']);
    assert.match(out, /costs of what it asks for, by OpenCost’s default prices/);
    assert.match(out, /29 USD a month, 0\.0401 USD an hour\n/);
    assert.match(out, /29 USD +Deployment shop\/web, 2 pods/);
  });

  it('goes by the workspace’s own table, or by the one that is named', () => {
    place.file('.code/prices.yaml', 'currency: EUR\ncpu: 1\nmemory: 0\n');
    assert.deepEqual([analysis().costs?.currency, analysis().costs?.hourly.total], ['EUR', 1]);
    place.file('other.yaml', 'cpu: 3\nmemory: 0\n');
    assert.equal(analysis('--prices', 'other.yaml').costs?.hourly.total, 3);
    place.file('.code/prices.yaml', 'cpu: dear\n');
    const { code, err } = place.run(['analyze', 'shop.code.yaml']);
    assert.equal(code, 2);
    assert.match(err, /The prices in \.code\/prices\.yaml cannot be read: cpu: /);
  });

  it('says nothing of costs where nothing has a price', () => {
    place.file('shop.code.yaml', WORKFLOW.replace(/.*kubernetes.*\n/, ''));
    assert.equal(analysis().costs, undefined);
    assert.doesNotMatch(place.run(['analyze', 'shop.code.yaml']).out, /costs/);
  });
});
