import assert from 'node:assert/strict';
import { changeField, fieldsOf } from '../../src/planner/fields.ts';
import type { PlannedFile } from '../../src/planner/plan.ts';
import { plan } from './support.ts';

const file = (path: string, text: string): PlannedFile => ({ path, text, origin: 'catalogue' });

const WEB = `# The web server.
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2 # two, so that one may fail
  template:
    spec:
      containers:
        - name: web
          image: nginx:1.27
---
kind: PersistentVolumeClaim
metadata: { name: data }
spec: { resources: { requests: { storage: 1Gi } } }
`;

describe('what a plan assumed, as fields', () => {
  it('are found by kind and place, with names that people understand', () => {
    assert.deepEqual(
      fieldsOf([file('k8s/web.yaml', WEB)]).map((f) => [f.label, f.value]),
      [
        ['Deployment web: replicas', '2'],
        ['Deployment web: image', 'nginx:1.27'],
        ['PersistentVolumeClaim data: storage', '1Gi'],
      ],
    );
  });

  it('change one value and leave every other character alone', () => {
    const changed = changeField(
      [file('k8s/web.yaml', WEB), file('other.md', 'x')],
      'k8s/web.yaml#0/spec/replicas',
      '5',
    );
    assert.ok(changed.ok);
    assert.equal(changed.value[0]?.text, WEB.replace('replicas: 2 #', 'replicas: 5 #'));
    assert.equal(changed.value[1]?.text, 'x');
  });

  it('refuse what cannot be such a value', () => {
    for (const bad of ['many', '-1', '1; rm -rf /']) {
      const refused = changeField([file('k8s/web.yaml', WEB)], 'k8s/web.yaml#0/spec/replicas', bad);
      assert.ok(!refused.ok && refused.failure.kind === 'usage', bad);
    }
    assert.ok(!changeField([file('k8s/web.yaml', WEB)], 'k8s/web.yaml#0/metadata/name', 'x').ok);
  });

  it('are there for what the built-in planner makes, and stay valid after a change', () => {
    const { draft } = plan('postgres with 5Gi of storage and redis on kubernetes in namespace shop');
    const fields = fieldsOf(draft.files);
    const storage = fields.find((f) => f.value === '5Gi');
    assert.ok(storage !== undefined, JSON.stringify(fields));
    const changed = changeField(draft.files, storage.id, '20Gi');
    assert.ok(changed.ok && changed.value.some((f) => f.text.includes('storage: 20Gi')));
    assert.ok(fieldsOf(changed.value).some((f) => f.id === storage.id && f.value === '20Gi'));
  });

  it('leave files alone that are no YAML, or templates', () => {
    assert.deepEqual(
      fieldsOf([file('a.yaml', 'kind: [\n'), file('chart/templates/x.yaml', WEB), file('main.tf', 'x')]),
      [],
    );
  });
});
