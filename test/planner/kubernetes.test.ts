import assert from 'node:assert/strict';
import { objects, plan, value } from './support.ts';

const container = 'spec.template.spec.containers.0';

describe('descriptions of Kubernetes objects', () => {
  it('puts requests and limits where they belong', () => {
    const made = plan(
      'In namespace limits create pod p with container c from nginx:latest; requests 60m CPU and 62Mi memory, limits 100m CPU and 100Mi memory.',
    );
    assert.deepEqual(value(made, 'Pod', 'spec.containers.0.resources'), {
      requests: { cpu: '60m', memory: '62Mi' },
      limits: { cpu: '100m', memory: '100Mi' },
    });
    assert.equal(value(made, 'Pod', 'spec.containers.0.name'), 'c');
    assert.equal(value(made, 'Pod', 'metadata.namespace'), 'limits');
  });

  it('reads every fact of a Deployment in one sentence', () => {
    const made = plan(
      'Create a Deployment named web in namespace prod with 3 replicas of nginx:1.25 exposing port 80, labels app=web tier=frontend, readiness probe on / port 80, CPU limit 200m, memory limit 256Mi.',
    );
    assert.equal(value(made, 'Deployment', 'spec.replicas'), 3);
    assert.deepEqual(value(made, 'Deployment', 'spec.selector.matchLabels'), { app: 'web', tier: 'frontend' });
    assert.equal(value(made, 'Deployment', `${container}.image`), 'nginx:1.25');
    assert.deepEqual(value(made, 'Deployment', `${container}.resources.limits`), { cpu: '200m', memory: '256Mi' });
    assert.deepEqual(value(made, 'Deployment', `${container}.readinessProbe.httpGet`), { path: '/', port: 80 });
  });

  it('reads schedules, history and concurrency of a CronJob', () => {
    const made = plan(
      'CronJob backup in namespace tasks runs every day at 02:30: busybox:1.36 prints the date, never overlapping, keep 2 successful and 1 failed.',
    );
    assert.equal(value(made, 'CronJob', 'spec.schedule'), '30 2 * * *');
    assert.equal(value(made, 'CronJob', 'spec.concurrencyPolicy'), 'Forbid');
    assert.equal(value(made, 'CronJob', 'spec.successfulJobsHistoryLimit'), 2);
    assert.deepEqual(value(made, 'CronJob', 'spec.jobTemplate.spec.template.spec.containers.0.command'), ['date']);
  });

  it('keeps the words of an init container apart from those of the main one', () => {
    const made = plan(
      'Deployment api with image ghcr.io/acme/api:2.1, init container wait-db using busybox:1.36 that runs "until nc -z postgres 5432; do sleep 2; done", env DB_HOST=postgres, run as user 1000.',
    );
    assert.deepEqual(value(made, 'Deployment', 'spec.template.spec.initContainers.0.command'), [
      '/bin/sh',
      '-c',
      'until nc -z postgres 5432; do sleep 2; done',
    ]);
    assert.equal(value(made, 'Deployment', `${container}.image`), 'ghcr.io/acme/api:2.1');
    assert.equal(value(made, 'Deployment', `${container}.command`), undefined);
    assert.equal(value(made, 'Deployment', 'spec.template.spec.securityContext.runAsUser'), 1000);
  });

  it('connects a pod to the ConfigMaps that the sentence names, each at its own place', () => {
    const made = plan(
      'Pod pod1 runs nginx:alpine. Env COLOR comes from config map color-settings key color, and config map size-settings (size=medium) is mounted at /etc/sizes. color-settings has color=blue.',
    );
    assert.deepEqual(value(made, 'Pod', 'spec.containers.0.env.0.valueFrom.configMapKeyRef'), {
      name: 'color-settings',
      key: 'color',
    });
    assert.deepEqual(value(made, 'Pod', 'spec.volumes.0'), {
      name: 'size-settings',
      configMap: { name: 'size-settings' },
    });
    assert.deepEqual(objects(made, 'ConfigMap').length, 2);
  });

  it('gives only the verbs and resources that were named', () => {
    const made = plan(
      'Role pod-manager in namespace dev lets service account ci-bot get, list, create and delete pods; bind it with role binding pod-manager-binding.',
    );
    assert.deepEqual(value(made, 'Role', 'rules.0'), {
      apiGroups: [''],
      resources: ['pods'],
      verbs: ['get', 'list', 'create', 'delete'],
    });
    assert.equal(value(made, 'RoleBinding', 'metadata.name'), 'pod-manager-binding');
    assert.deepEqual(objects(made, 'ClusterRoleBinding'), []);
    assert.equal(made.draft.destructive, false);
  });

  it('splits "deny all but" into a default denial and what is allowed', () => {
    const made = plan(
      'Deny all ingress traffic in namespace secure by default, but allow pods labelled app=frontend to reach pods labelled app=backend on port 8080.',
    );
    assert.deepEqual(
      objects(made, 'NetworkPolicy').map((p) => (p as { spec: unknown }).spec),
      [
        { podSelector: {}, policyTypes: ['Ingress'] },
        {
          podSelector: { matchLabels: { app: 'backend' } },
          policyTypes: ['Ingress'],
          ingress: [
            { from: [{ podSelector: { matchLabels: { app: 'frontend' } } }], ports: [{ protocol: 'TCP', port: 8080 }] },
          ],
        },
      ],
    );
  });

  it('refers to what exists instead of writing it again', () => {
    const made = plan('Autoscale deployment web-app in namespace hpa-test between 1 and 3 replicas at 50 % CPU.');
    assert.deepEqual(objects(made, 'Deployment'), []);
    assert.deepEqual(value(made, 'HorizontalPodAutoscaler', 'spec.scaleTargetRef'), {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      name: 'web-app',
    });
  });

  it('changes what runs with fixed programs, never with shell texts', () => {
    const made = plan('Scale deployment web-app in scale-test to 2 replicas.');
    const task = made.draft.stages.flatMap((s) => s.tasks)[0];
    assert.deepEqual(task?.with, {
      command: ['kubectl', 'scale', 'deployment/web-app', '--namespace', 'scale-test', '--replicas=2'],
    });
  });

  it('never writes a value for a secret, not even one that stood in the description', () => {
    const made = plan(
      'Deployment db with image postgres:17 and env POSTGRES_PASSWORD=hunter2hunter2 in namespace data.',
    );
    assert.ok(!made.draft.files.some((f) => f.text.includes('hunter2')));
    assert.ok(!made.workflow.includes('hunter2'));
    assert.deepEqual(made.draft.secrets, ['POSTGRES_PASSWORD']);
    assert.match(made.workflow, /POSTGRES_PASSWORD: \$\{\{ secrets\.POSTGRES_PASSWORD \}\}/);
  });

  it('asks which image where a new object has none', () => {
    assert.match(plan('Create a deployment called web with 3 replicas.').draft.questions[0] ?? '', /image/);
  });

  it('knows what people call an application of theirs', () => {
    for (const text of [
      'a web shop with postgres and redis on kubernetes at shop.example.com, with monitoring',
      'a shop with postgres on kubernetes',
      'a booking site with redis on kubernetes',
      'our portal with mysql on kubernetes, two replicas',
    ]) {
      const { unplaced, components } = plan(text).draft;
      assert.deepEqual(unplaced, [], text);
      assert.ok(components.includes('application'), text);
    }
  });

  it('says what it could not place', () => {
    assert.ok(
      plan('Deployment web with nginx:1.25 and quantum entanglement.').draft.unplaced.some((u) =>
        u.includes('quantum'),
      ),
    );
  });

  it('lays what the words change over a manifest that the description holds, and leaves the rest of it alone', () => {
    const made = plan(
      [
        'Please give this deployment 3 replicas and a readiness probe on /healthz.',
        '```yaml',
        'apiVersion: apps/v1',
        'kind: Deployment',
        'metadata: { name: front, labels: { run: front } }',
        'spec:',
        '  minReadySeconds: 7',
        '  selector: { matchLabels: { run: front } }',
        '  template:',
        '    metadata: { labels: { run: front } }',
        '    spec: { containers: [{ name: site, image: "acme/front:1", ports: [{ containerPort: 3000 }] }] }',
        '```',
      ].join('\n'),
    );
    assert.equal(value(made, 'Deployment', 'spec.replicas'), 3);
    assert.equal(value(made, 'Deployment', 'spec.minReadySeconds'), 7);
    assert.deepEqual(value(made, 'Deployment', 'spec.selector.matchLabels'), { run: 'front' });
    assert.deepEqual(value(made, 'Deployment', `${container}.readinessProbe.httpGet`), {
      path: '/healthz',
      port: 3000,
    });
    assert.equal(value(made, 'Deployment', `${container}.resources`), undefined);
  });

  it('gives each source of traffic its own ports', () => {
    const made = plan(
      'NetworkPolicy db in namespace data for pods labelled app=db: allow ingress on TCP 5432 from pods labelled app=api, and on TCP 9187 from pods labelled app=prometheus in the namespace monitoring.',
    );
    assert.deepEqual(value(made, 'NetworkPolicy', 'spec.ingress'), [
      { from: [{ podSelector: { matchLabels: { app: 'api' } } }], ports: [{ protocol: 'TCP', port: 5432 }] },
      {
        from: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } },
            podSelector: { matchLabels: { app: 'prometheus' } },
          },
        ],
        ports: [{ protocol: 'TCP', port: 9187 }],
      },
    ]);
  });

  it('sends paths to services with weights', () => {
    const made = plan(
      'HTTPRoute shop on gateway edge for shop.acme.io: /checkout is split 80 to pay-v1 and 20 to pay-v2 (both port 8080), everything else goes to web on port 80.',
    );
    assert.deepEqual(value(made, 'HTTPRoute', 'spec.rules'), [
      {
        matches: [{ path: { type: 'PathPrefix', value: '/checkout' } }],
        backendRefs: [
          { name: 'pay-v1', port: 8080, weight: 80 },
          { name: 'pay-v2', port: 8080, weight: 20 },
        ],
      },
      { matches: [{ path: { type: 'PathPrefix', value: '/' } }], backendRefs: [{ name: 'web', port: 80 }] },
    ]);
  });

  it('makes one folder of several sources', () => {
    const made = plan(
      'Pod p (busybox:1.36, sleep 1d) with a projected volume all mounted at /all: secret keys-a, config map settings and a service account token for audience vault that expires after 7200 seconds.',
    );
    assert.deepEqual(value(made, 'Pod', 'spec.volumes.0.projected.sources'), [
      { secret: { name: 'keys-a' } },
      { configMap: { name: 'settings' } },
      { serviceAccountToken: { path: 'token', audience: 'vault', expirationSeconds: 7200 } },
    ]);
  });

  it('spells out namespaces that are said by a pattern', () => {
    const made = plan('For each environment dev and prod create a namespace shop-<env> labelled env=<env>.');
    assert.deepEqual(
      objects(made, 'Namespace').map((n) => {
        const { name, labels } = (n as { metadata: { name: string; labels: Record<string, string> } }).metadata;
        return [name, labels['env']];
      }),
      [
        ['shop-prod', 'prod'],
        ['shop-dev', 'dev'],
      ],
    );
  });

  it('deletes first and makes again what is to be recreated', () => {
    const made = plan('Delete the job load-1 in namespace batch and recreate it with the image acme/load:5.');
    assert.equal(made.draft.destructive, true);
    assert.deepEqual(
      made.draft.stages.map((s) => s.stage),
      ['confirm', 'delete', 'deploy'],
    );
    assert.equal(value(made, 'Job', `${container}.image`), 'acme/load:5');
  });
});
