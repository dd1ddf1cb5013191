import assert from 'node:assert/strict';
import { changeLines, changesBetween } from '../../src/tasks/shared/kubernetes/diff.ts';
import { refused, unanswered } from '../../src/tasks/shared/kubernetes/errors.ts';
import { ownedPart } from '../../src/tasks/shared/kubernetes/fields.ts';
import type { KubeObject } from '../../src/tasks/shared/kubernetes/objects.ts';

const deployment = (spec: unknown, more: Record<string, unknown> = {}): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'n', ...more },
  spec,
});

describe('owned fields', () => {
  it('are cut out of an object: fields, items by their keys, items of sets', () => {
    const live = deployment({
      replicas: 3,
      paused: false,
      containers: [
        { name: 'a', image: 'a:1', ports: [{ containerPort: 80, protocol: 'TCP' }] },
        { name: 'b', image: 'b:1' },
      ],
      finalizers: ['one', 'two'],
    });
    const fieldsV1 = {
      'f:spec': {
        'f:replicas': {},
        'f:containers': {
          'k:{"name":"a"}': {
            '.': {},
            'f:image': {},
            'f:name': {},
            'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
          },
        },
        'f:finalizers': { 'v:"two"': {} },
      },
    };
    const part = ownedPart(live, { manager: 'm', operation: 'Apply', apiVersion: 'apps/v1', fieldsV1 });
    assert.deepEqual(part, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'n' },
      spec: {
        replicas: 3,
        containers: [{ name: 'a', image: 'a:1', ports: [{ containerPort: 80, protocol: 'TCP' }] }],
        finalizers: ['two'],
      },
    });
  });
});

describe('a diff', () => {
  it('pairs items by name, and leaves out what the server keeps for itself', () => {
    const before = deployment(
      {
        containers: [
          { name: 'a', image: '1' },
          { name: 'b', image: '1' },
        ],
      },
      { resourceVersion: '1', uid: 'u' },
    );
    const after = deployment(
      {
        containers: [
          { name: 'b', image: '2' },
          { name: 'c', image: '1' },
        ],
      },
      { resourceVersion: '2', uid: 'u', annotations: { 'x/y': 'z' } },
    );
    assert.deepEqual(changeLines(changesBetween(before, after)).sort(), [
      '  + metadata.annotations: {"x/y":"z"}',
      '  + spec.containers[c]: {"image":"1","name":"c"}',
      '  - spec.containers[a]: {"image":"1","name":"a"}',
      '  ~ spec.containers[b].image: "1" -> "2"',
    ]);
  });
});

describe('a refusal of the API server', () => {
  const asked = { server: 'https://x', method: 'GET', path: '/', user: 'me', source: 'kubeconfig' };
  const forbidden =
    'secrets is forbidden: User "ci" cannot list resource "secrets" in API group "" in the namespace "shop"';
  const cases: readonly (readonly [string, number, string, string, RegExp, boolean])[] = [
    ['rights', 403, forbidden, 'denied', /The user "ci" may not list secrets in the namespace "shop"\./, false],
    ['a quota', 403, 'pods "x" is forbidden: exceeded quota: q, requested: pods=1', 'tool', /exceeded quota/, false],
    [
      'pod security',
      403,
      'pods "x" is forbidden: violates PodSecurity "restricted": runAsNonRoot',
      'tool',
      /violates PodSecurity/,
      false,
    ],
    ['expired credentials', 401, 'Unauthorized', 'denied', /does not accept the credentials of "me"/, false],
    [
      'a webhook that is not up',
      500,
      'Internal error occurred: failed calling webhook "x": connection refused',
      'tool',
      /webhook/,
      true,
    ],
    ['too many requests', 429, 'slow down', 'unreachable', /not ready/, true],
    [
      'a schema',
      500,
      'failed to create typed patch object (x; v1, Kind=Y): .spec.z: field not declared in schema',
      'invalid',
      /not declared/,
      false,
    ],
  ];
  for (const [what, status, message, kind, told, transient] of cases) {
    it(`about ${what} says what to do`, () => {
      const failure = refused(status, { kind: 'Status', message }, asked);
      assert.equal(failure.kind, kind);
      assert.match(failure.message, told);
      assert.equal(failure.transient, transient);
    });
  }

  it('of the server’s certificate says what of it has to be mended', () => {
    const next = (code: string): string => unanswered(Object.assign(new Error('TLS'), { code }), asked).next ?? '';
    assert.match(next('CERT_HAS_EXPIRED'), /have it renewed/);
    assert.match(next('CERT_NOT_YET_VALID'), /clocks/);
    assert.match(next('ERR_TLS_CERT_ALTNAME_INVALID'), /another name/);
    assert.match(next('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), /certificate-authority-data/);
  });
});
