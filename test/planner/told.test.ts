import assert from 'node:assert/strict';
import { objects, plan, value } from './support.ts';

describe('objects in whole sentences', () => {
  it('know the former from the latter', () => {
    const made = plan(
      'We need two secrets in namespace vault-demo, db-login (keys user, pass) and api-login (keys id, token). A deployment worker-x (acme/worker-x:2) takes DB_USER from the user key of the former and mounts every key of the latter under /run/api.',
    );
    const main = 'spec.template.spec.containers.0';
    assert.deepEqual(value(made, 'Deployment', `${main}.env`), [
      { name: 'DB_USER', valueFrom: { secretKeyRef: { name: 'db-login', key: 'user' } } },
    ]);
    assert.equal(value(made, 'Deployment', `${main}.volumeMounts.0.name`), 'api-login');
    assert.equal(value(made, 'Deployment', `${main}.volumeMounts.0.mountPath`), '/run/api');
  });

  it('give each container its own amounts, however late they are said', () => {
    const made = plan(
      'Pod named twins with containers up (busybox:1.36, sleep 3600) and low (busybox:1.36, sleep 7200). The former gets 50m cpu, the latter 100m cpu, both 64Mi memory limit.',
    );
    assert.equal(value(made, 'Pod', 'spec.containers.0.resources.requests.cpu'), '50m');
    assert.equal(value(made, 'Pod', 'spec.containers.1.resources.requests.cpu'), '100m');
    assert.equal(value(made, 'Pod', 'spec.containers.1.resources.limits.memory'), '64Mi');
  });

  it('give each claim its own size, class and place', () => {
    const made = plan(
      'StatefulSet ledger (acme/ledger:4, 3 replicas, namespace fin) with two volumes per pod: journal 10Gi at /var/journal and snapshots 40Gi at /var/snapshots, both on class ssd.',
    );
    const claims = value(made, 'StatefulSet', 'spec.volumeClaimTemplates') as { metadata: { name: string }; spec: { storageClassName: string; resources: { requests: { storage: string } } } }[]; // prettier-ignore
    assert.deepEqual(
      claims.map((c) => [c.metadata.name, c.spec.resources.requests.storage, c.spec.storageClassName]),
      [
        ['journal', '10Gi', 'ssd'],
        ['snapshots', '40Gi', 'ssd'],
      ],
    );
  });

  it('start a native sidecar before the container that it serves', () => {
    const made = plan(
      'Pod with a native sidecar: name shipper-demo, app container web (nginx:1.27) writing to the volume logs at /var/log/nginx, native sidecar ship (busybox:1.36) that runs "tail -F /logs/access.log" and mounts logs at /logs.',
    );
    assert.equal(value(made, 'Pod', 'spec.initContainers.0.restartPolicy'), 'Always');
    assert.deepEqual(value(made, 'Pod', 'spec.initContainers.0.volumeMounts'), [{ name: 'logs', mountPath: '/logs' }]);
    assert.equal(value(made, 'Pod', 'spec.containers.0.name'), 'web');
  });

  it('say how an autoscaler goes up and down', () => {
    const made = plan(
      'HPA for deployment resizer (namespace img): 3 to 30 pods, 50% cpu. Up: at most 5 pods or 100 percent per 30 seconds. Down: 10 percent per minute, only after 10 minutes of low load.',
    );
    assert.deepEqual(value(made, 'HorizontalPodAutoscaler', 'spec.behavior'), {
      scaleUp: {
        policies: [
          { type: 'Pods', value: 5, periodSeconds: 30 },
          { type: 'Percent', value: 100, periodSeconds: 30 },
        ],
      },
      scaleDown: {
        stabilizationWindowSeconds: 600,
        policies: [{ type: 'Percent', value: 10, periodSeconds: 60 }],
      },
    });
  });

  it('count what a namespace may hold, line by line', () => {
    const made = plan(
      'ResourceQuota sandbox-quota for namespace sandbox:\n* cpu: 4 requested, 8 limit\n* memory: 8Gi requested, 16Gi limit\n* at most 30 pods, no node ports',
    );
    assert.deepEqual(value(made, 'ResourceQuota', 'spec.hard'), {
      'requests.cpu': '4',
      'requests.memory': '8Gi',
      'limits.cpu': '8',
      'limits.memory': '16Gi',
      'services.nodeports': '0',
      pods: '30',
    });
  });

  it('let people do each thing to its own objects', () => {
    const made = plan(
      'Role "pod-debugger" in namespace staging: get, list and watch pods and pods/log, create pods/exec; and delete only the pods web-0 and web-1. Bind it to the group sre.',
    );
    const rules = value(made, 'Role', 'rules') as { verbs: string[]; resourceNames?: string[] }[];
    assert.deepEqual(
      rules.map((r) => r.verbs),
      [['get', 'list', 'watch'], ['create'], ['delete']],
    );
    assert.deepEqual(rules[2]?.resourceNames, ['web-0', 'web-1']);
    assert.equal(made.draft.destructive, false);
  });
});

describe('traffic in whole sentences', () => {
  const policy = (words: string): unknown => value(plan(words), 'NetworkPolicy', 'spec');

  it('reaches only who may reach, on the port where they listen', () => {
    assert.deepEqual(
      policy(
        'The pods labelled app=vault in namespace core listen on 8200. Only pods in the namespace called edge may reach them, and nobody else. Outgoing traffic stays as it is.',
      ),
      {
        podSelector: { matchLabels: { app: 'vault' } },
        policyTypes: ['Ingress'],
        ingress: [
          {
            from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'edge' } } }],
            ports: [{ protocol: 'TCP', port: 8200 }],
          },
        ],
      },
    );
  });

  it('goes out only where it may', () => {
    const spec = policy('NetworkPolicy out in namespace batch: pods with tier=job may talk only to pods with app=queue on TCP 5672, plus DNS. Everything else outgoing is blocked.') as { policyTypes: string[]; egress: unknown[] }; // prettier-ignore
    assert.deepEqual(spec.policyTypes, ['Egress']);
    assert.equal(spec.egress.length, 2);
  });

  it('comes from labels in another namespace and from addresses, each a peer of its own', () => {
    assert.deepEqual(
      policy(
        'The database pods (app=mysql) in namespace data accept connections on 3306 from app=api in namespace shop and from 10.8.0.0/16, from nowhere else.',
      ),
      {
        podSelector: { matchLabels: { app: 'mysql' } },
        policyTypes: ['Ingress'],
        ingress: [
          {
            from: [
              {
                namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } },
                podSelector: { matchLabels: { app: 'api' } },
              },
              { ipBlock: { cidr: '10.8.0.0/16' } },
            ],
            ports: [{ protocol: 'TCP', port: 3306 }],
          },
        ],
      },
    );
  });
});

describe('changes that are told as a story', () => {
  const commands = (words: string): string[] =>
    plan(words).draft.stages.flatMap((s) => s.tasks.map((t) => JSON.stringify(t.with['command'])));

  it('scale by what there is now', () => {
    assert.match(
      commands('Deployment checkout in namespace shop has 6 pods now. Halve that.')[0] ?? '',
      /--replicas=3/,
    );
    assert.match(
      commands('The stateful set queue in namespace mq runs 3 replicas; please double them.')[0] ?? '',
      /statefulset\/queue.*--replicas=6/,
    );
  });

  it('roll from one image to the next by the rules that are given', () => {
    const [update = ''] = commands('frontend in namespace web: registry.acme.io/front:1.4 -> registry.acme.io/front:1.5, never less than 3 of the 3 replicas ready, two extra pods allowed at most.'); // prettier-ignore
    assert.match(update, /front:1\.5/);
    assert.match(update, /\\"maxSurge\\":2,\\"maxUnavailable\\":0/);
  });

  it('grow a claim that is nearly full', () => {
    const made = plan(
      'PVC logs-data in namespace logging (ReadWriteOnce, class gp3-expandable, 20Gi) is running out of space, grow it to 60Gi.',
    );
    assert.equal(value(made, 'PersistentVolumeClaim', 'spec.resources.requests.storage'), '60Gi');
    assert.equal(objects(made, 'PersistentVolumeClaim').length, 1);
  });
});

describe('where pods run, what roles may and whom policies let in', () => {
  it('holds pods to zones and lets them prefer nodes', () => {
    const made = plan(
      'Deployment rates (acme/rates:1), 3 replicas, only in zones eu-west-1a and eu-west-1b, preferably on nodes with disk=ssd.',
    );
    const wanted = value(made, 'Deployment', 'spec.template.spec.affinity.nodeAffinity') as Record<string, unknown>;
    assert.deepEqual(wanted['requiredDuringSchedulingIgnoredDuringExecution'], { nodeSelectorTerms: [{ matchExpressions: [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: ['eu-west-1a', 'eu-west-1b'] }] }] }); // prettier-ignore
    assert.deepEqual(wanted['preferredDuringSchedulingIgnoredDuringExecution'], [{ weight: 100, preference: { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] } }]); // prettier-ignore
  });

  it('knows the subresources that a role names', () => {
    const made = plan('ClusterRole scraper may get, list and watch nodes and read nodes/metrics and nodes/proxy.');
    assert.deepEqual(value(made, 'ClusterRole', 'rules.0.resources'), ['nodes', 'nodes/metrics', 'nodes/proxy']);
  });

  it('takes pods and their namespace for one peer', () => {
    const made = plan(
      'NetworkPolicy ledger-in in namespace books: pods labelled role=ledger accept TCP 5432 only from pods role=teller in namespaces labelled team=bank.',
    );
    assert.deepEqual(value(made, 'NetworkPolicy', 'spec.ingress.0.from'), [
      { namespaceSelector: { matchLabels: { team: 'bank' } }, podSelector: { matchLabels: { role: 'teller' } } },
    ]);
  });

  it('takes a host with its path and backend for no annotation', () => {
    const made = plan(
      'Ingress fan in namespace edge: shop.acme.io/cart to cart:4200, shop.acme.io/pay to pay:8080, and blog.acme.io to blog:80.',
    );
    assert.equal(value(made, 'Ingress', 'metadata.annotations'), undefined);
    assert.equal((value(made, 'Ingress', 'spec.rules') as unknown[]).length, 2);
  });
});
