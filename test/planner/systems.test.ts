import assert from 'node:assert/strict';
import type { PlanResult } from '../../src/planner/plan.ts';
import { objects, plan, value } from './support.ts';

interface Made {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: Record<string, unknown>;
}

const plans = new Map<string, PlanResult>();

/** One plan for each description, however much is asked of it. */
function planOf(description: string): PlanResult {
  const known = plans.get(description) ?? plan(description);
  plans.set(description, known);
  return known;
}

const named = (description: string, kind: string, name: string): Made => {
  const found = (objects(planOf(description), kind) as Made[]).find((o) => o.metadata.name === name);
  assert.ok(found !== undefined, `there is no ${kind} ${name}`);
  return found;
};

const names = (description: string, kind: string): string[] =>
  (objects(planOf(description), kind) as Made[]).map((o) => o.metadata.name).sort();

const json = (made: unknown): string => JSON.stringify(made);

/** Who may come in, by the policy of a service. */
const clientsOf = (description: string, name: string): string[] =>
  [...json(named(description, 'NetworkPolicy', `${name}-clients`).spec['ingress']).matchAll(/"app":"([\w-]+)"/g)].map(
    (m) => m[1] ?? '',
  );

const CLINIC = `Clinic booking on k8s, namespace clinic. The pieces:
- portal: registry.acme.dev/clinic/portal:1.8, port 3000, 2 replicas
- scheduler: registry.acme.dev/clinic/scheduler:1.8, port 9090, 3 replicas
- reminders: registry.acme.dev/clinic/reminders:0.4, one replica, no port
- MariaDB 11, 15Gi
- Redis
https://clinic.acme.dev goes to portal only. scheduler uses MariaDB and Redis, reminders uses Redis. Only scheduler may reach MariaDB.`;

describe('systems of several services', () => {
  it('gives every bullet its own image, port and count, and asks nothing about different counts', () => {
    assert.deepEqual(planOf(CLINIC).draft.questions, []);
    assert.deepEqual(names(CLINIC, 'Deployment'), ['portal', 'redis', 'reminders', 'scheduler']);
    const scheduler = named(CLINIC, 'Deployment', 'scheduler');
    assert.equal(scheduler.spec['replicas'], 3);
    assert.match(json(scheduler), /clinic\/scheduler:1\.8/);
    assert.match(json(scheduler), /"containerPort":9090/);
    assert.doesNotMatch(json(named(CLINIC, 'Deployment', 'reminders')), /containerPort/);
  });

  it('tells only those who use a store where it is, and lets only those in', () => {
    assert.match(json(named(CLINIC, 'Deployment', 'scheduler')), /"DB_HOST"/);
    assert.doesNotMatch(json(named(CLINIC, 'Deployment', 'portal')), /DB_HOST|REDIS_HOST/);
    assert.deepEqual(clientsOf(CLINIC, 'mariadb'), ['scheduler']);
    assert.deepEqual(clientsOf(CLINIC, 'redis'), ['scheduler', 'reminders']);
  });

  it('sends an address to the service that is named, with its certificate', () => {
    const spec = json(named(CLINIC, 'Ingress', 'portal').spec);
    assert.match(spec, /"hosts":\["clinic\.acme\.dev"\]/);
    assert.doesNotMatch(spec, /scheduler|reminders/);
  });

  it('reads tiers by what stands in brackets, paths to each, and a count for both', () => {
    const text =
      'Two tiers: Vue front end (ghcr.io/acme/tracker-ui:3.1, port 80), Go back end (ghcr.io/acme/tracker-api:3.1, port 8081), plus Postgres 15 with 12Gi. Ingress tracker.acme.io: / to the front end, /v1 to the back end. 3 replicas each of front and back. Nothing but the back end may talk to Postgres.';
    assert.equal(named(text, 'Deployment', 'frontend').spec['replicas'], 3);
    assert.equal(named(text, 'Deployment', 'backend').spec['replicas'], 3);
    assert.deepEqual(clientsOf(text, 'postgres'), ['backend']);
    assert.match(json(objects(planOf(text), 'Ingress')), /"\/v1".{0,80}"backend","port":\{"number":8081\}/);
  });

  it('runs one image in several roles, with their commands and the settings that are there', () => {
    const text =
      'FastAPI service from registry.corp.net/ml/score:0.9 (uvicorn on 8000, three copies). The same image also runs as rq worker (command: rq worker default), 5 copies. Redis 7 is the queue. Configuration comes from the existing secret score-env.';
    const worker = named(text, 'Deployment', 'rq-worker');
    assert.equal(worker.spec['replicas'], 5);
    assert.match(json(worker), /"command":\["rq","worker","default"\]/);
    assert.match(json(worker), /"secretRef":\{"name":"score-env"\}/);
    assert.match(json(worker), /ml\/score:0\.9/);
    assert.equal(objects(planOf(text), 'Secret').length, 0);
  });

  it('never runs two of what must be alone', () => {
    const text =
      'Laravel site ghcr.io/acme/site:9 on port 8080 with two copies, a queue worker of the same image (php artisan queue:work), a scheduler of the same image (php artisan schedule:work; only ever one), MySQL 8.4 with 20Gi and Redis.';
    assert.deepEqual(names(text, 'Deployment'), ['laravel-site', 'queue-worker', 'redis', 'scheduler']);
    assert.deepEqual(named(text, 'Deployment', 'scheduler').spec['strategy'], { type: 'Recreate' });
  });

  it('gives both sides of a connection the password from the secret that is there', () => {
    const text =
      'Joomla (joomla:5-apache) with MariaDB (mariadb:11.4), 8Gi each. DB password: key db-pass of existing secret joomla-db. Joomla is exposed by a LoadBalancer on port 80, the database stays internal.';
    assert.match(
      json(named(text, 'Deployment', 'joomla')),
      /"JOOMLA_DB_PASSWORD","valueFrom":\{"secretKeyRef":\{"name":"joomla-db","key":"db-pass"/,
    );
    assert.match(json(named(text, 'StatefulSet', 'mariadb')), /"secretKeyRef":\{"name":"joomla-db","key":"db-pass"/);
    assert.equal(named(text, 'Service', 'joomla').spec['type'], 'LoadBalancer');
    assert.equal(named(text, 'Service', 'mariadb').spec['type'], 'ClusterIP');
  });

  it('sets up a dashboard with the source beside it, and keeps data as long as it is told', () => {
    const text =
      'Prometheus (prom/prometheus:v2.53.0, 9090, 30 days retention, 50Gi disk) and Grafana (grafana/grafana:11.1.0, 3000), Prometheus preset as data source in Grafana. Namespace obs.';
    assert.match(json(objects(planOf(text), 'ConfigMap')), /url: http:\/\/prometheus:9090/);
    assert.match(json(named(text, 'StatefulSet', 'prometheus')), /retention\.time=30d/);
    assert.doesNotMatch(json(named(text, 'StatefulSet', 'prometheus')), /"containerPort":30\b/);
  });

  it('makes programs of one image that all run, each by its role', () => {
    const text =
      'Flink-like setup: image registry.acme.dev/stream/engine:4.2 for everything. One coordinator (6123 rpc, 8081 web ui) behind a service engine-coordinator, and four executors that connect to engine-coordinator:6123. Each container asks for 250m CPU and 512Mi memory. Namespace streaming.';
    assert.equal(named(text, 'Deployment', 'executor').spec['replicas'], 4);
    assert.match(json(named(text, 'Deployment', 'executor')), /"cpu":"250m"/);
    assert.match(json(named(text, 'Service', 'engine-coordinator').spec), /6123.*8081/);
  });

  it('gives each service the store that is its own', () => {
    const text =
      'micro: billing (acme/billing:1, port 8001) and stock (acme/stock:1, port 8002). billing and stock each have their own Postgres with 5Gi.';
    assert.deepEqual(names(text, 'StatefulSet'), ['billing-postgres', 'stock-postgres']);
    assert.match(json(named(text, 'Deployment', 'stock')), /"DB_HOST","value":"stock-postgres"/);
    assert.deepEqual(clientsOf(text, 'stock-postgres'), ['stock', 'stock-postgres']);
  });
});

describe('systems in loose words', () => {
  it('runs one image under every name of a list, each with the command in its brackets', () => {
    const text =
      'api + worker + scheduler from registry.acme.io/core:8 on k8s: api on 8080 with 3 copies, worker ("./core worker") 5 copies, scheduler ("./core schedule") only one. all three read their config from the existing secret core-config';
    assert.deepEqual(names(text, 'Deployment'), ['api', 'scheduler', 'worker']);
    assert.match(json(named(text, 'Deployment', 'worker')), /"command":\["\.\/core","worker"\]/);
    assert.equal(named(text, 'Deployment', 'worker').spec['replicas'], 5);
    assert.match(json(named(text, 'Deployment', 'api')), /"secretRef":\{"name":"core-config"\}/);
  });

  it('follows what a sentence goes on about, and makes no namespace of an address', () => {
    const text =
      'The "ingestor" (acme/ingest:3, 8090) receives webhooks at https://hooks.acme.dev. It pushes jobs to NATS. Three "processors" (acme/process:3) take them from NATS and write results to ClickHouse (80Gi). The "dashboard" (acme/dash:3, port 3000) queries ClickHouse.';
    assert.deepEqual(clientsOf(text, 'clickhouse'), ['processors', 'dashboard']);
    assert.doesNotMatch(json(named(text, 'Deployment', 'dashboard')), /NATS_URL/);
    assert.match(json(named(text, 'Deployment', 'processors')), /NATS_URL/);
    assert.deepEqual(objects(planOf(text), 'Namespace'), []);
  });

  it('knows an address by the name that it begins with', () => {
    const text =
      'Jenkins with 50Gi and SonarQube with its Postgres, namespace ci, jenkins.acme.io and sonar.acme.io, both https';
    assert.match(json(named(text, 'Ingress', 'jenkins')), /jenkins\.acme\.io/);
    assert.match(json(named(text, 'Ingress', 'sonarqube')), /sonar\.acme\.io/);
  });

  it('closes a store to all but those that are named around it', () => {
    const text =
      'Kafka and Kafka UI in namespace events; Kafka 30Gi; the UI at https://kafka.acme.io; nobody but the UI and the service "consumer" (acme/consumer:1, 2 replicas) may reach Kafka';
    assert.deepEqual(clientsOf(text, 'kafka').sort(), ['consumer', 'kafka-ui']);
  });

  it('takes a count behind a comma for the program, not for the store before it', () => {
    const text = 'our spring boot service with kafka, at least 3 copies';
    assert.equal(named(text, 'Deployment', 'spring-boot-service').spec['replicas'], 3);
    assert.equal(named(text, 'StatefulSet', 'kafka').spec['replicas'], 1);
  });
});

describe('systems of services that hang together', () => {
  const APP =
    'deploy superapp: ui (acme/ui:1 80), bff (acme/bff:1 4000), core (acme/core:1 5000). ui->bff->core, core->postgres. only ui is exposed on superapp.acme.dev. everything 2 replicas except core with 4';

  it('reads arrows as who uses whom, and a count for all but one', () => {
    assert.match(json(named(APP, 'Deployment', 'ui')), /"BFF_URL","value":"http:\/\/bff:4000"/);
    assert.deepEqual(clientsOf(APP, 'postgres'), ['core']);
    assert.equal(named(APP, 'Deployment', 'bff').spec['replicas'], 2);
    assert.equal(named(APP, 'Deployment', 'core').spec['replicas'], 4);
  });

  it('makes no store that is there already, and tells the programs its address', () => {
    const text =
      'A queue worker acme/qw:1 (10 copies) and a dashboard acme/qd:1 (port 8088) both use the existing Redis at redis.shared.svc:6379.';
    assert.deepEqual(names(text, 'Deployment'), ['dashboard', 'worker']);
    assert.match(json(named(text, 'Deployment', 'worker')), /"REDIS_HOST","value":"redis\.shared\.svc"/);
  });

  it('runs what has a time by the clock, and migrations once', () => {
    const text =
      'our monolith: image acme/mono:12, port 8080, 3 pods, needs postgres (30Gi); migrations (acme/mono:12 with "bin/migrate") before start; nightly cleanup at 01:00 with "bin/cleanup" of the same image';
    assert.equal(named(text, 'CronJob', 'cleanup').spec['schedule'], '0 1 * * *');
    assert.match(json(named(text, 'CronJob', 'cleanup')), /"command":\["bin\/cleanup"\]/);
    assert.deepEqual(names(text, 'Job'), ['migrations']);
    assert.deepEqual(names(text, 'Deployment'), ['monolith']);
  });

  it('lets each tier call only the next', () => {
    const text =
      'web tier nginx:1.27 with 3 replicas, app tier acme/app:2 port 9000 with 2 replicas, data tier mariadb:11 with 15Gi. Only the web tier may call the app tier, only the app tier may call the data tier. Web tier is exposed through a NodePort 30080.';
    assert.deepEqual(clientsOf(text, 'app'), ['web']);
    assert.deepEqual(clientsOf(text, 'data'), ['app']);
    assert.equal(named(text, 'Service', 'web').spec['type'], 'NodePort');
  });
});

describe('wishes in few words', () => {
  it('adds the database that an application cannot run without, and says so', () => {
    const made = plan('we want wordpress');
    assert.match(json(objects(made, 'StatefulSet')), /mariadb/);
    assert.ok(made.draft.assumptions.some((a) => /cannot run without a database/.test(a)));
  });

  it('protects a cache that is to have a password', () => {
    const made = plan('a redis with password and our worker acme/worker:4 that uses it, namespace jobs');
    assert.match(json(objects(made, 'Deployment')), /"--requirepass","\$\(REDIS_PASSWORD\)"/);
    assert.match(json(objects(made, 'Secret')), /\$\{REDIS_PASSWORD\}/);
    assert.match(
      json((objects(made, 'Deployment') as Made[]).find((d) => d.metadata.name === 'worker')),
      /"REDIS_PASSWORD","valueFrom"/,
    );
  });

  it('starts a script of the folder by the clock', () => {
    const made = plan('every night at 3 run tidy.py from this repo on the cluster', ['tidy.py', 'requirements.txt']);
    assert.equal(value(made, 'CronJob', 'spec.schedule'), '0 3 * * *');
    assert.match(
      made.draft.files.find((f) => f.path === 'Dockerfile')?.text ?? '',
      /FROM python:.*\n(?:.*\n)*RUN pip install/,
    );
    assert.deepEqual(
      made.draft.stages.map((s) => s.stage),
      ['build', 'push', 'deploy'],
    );
  });

  it('scales by itself where that is said without the word for it', () => {
    const made = plan('put my flask api on kubernetes so that it grows when there is load');
    assert.equal(value(made, 'HorizontalPodAutoscaler', 'spec.scaleTargetRef.name'), 'api');
  });

  it('adds what a framework runs beside the web process', () => {
    const text = 'rails app with good_job and postgres on k8s';
    assert.match(json(named(text, 'Deployment', 'good-job')), /"bundle","exec","good_job"/);
    assert.match(json(named(text, 'Deployment', 'good-job')), /"DB_HOST"/);
  });

  it('spreads what must survive a node', () => {
    const made = plan(
      "We'd like our Next.js site at https://shop.acme.org on the cluster, it should survive one node dying.",
    );
    assert.equal(value(made, 'PodDisruptionBudget', 'spec.minAvailable'), 1);
    assert.match(json(objects(made, 'Deployment')), /topologySpreadConstraints/);
    assert.match(json(objects(made, 'Ingress')), /shop\.acme\.org/);
  });
});

describe('words about borders and backups', () => {
  it('takes what is denied for no wish for it', () => {
    const made = plan(
      'The payroll service (registry.acme.io/payroll:2.1, port 8200, namespace hr) must have no external traffic: nobody outside the cluster may call it and it must not reach the internet. DNS keeps working.',
    );
    assert.deepEqual(made.draft.questions, []);
    assert.equal(value(made, 'Deployment', 'metadata.name'), 'payroll');
    assert.match(json(objects(made, 'NetworkPolicy')), /"Egress".*"port":53/);
  });

  it('still asks where one thing is to be public and not', () => {
    assert.notDeepEqual(plan('Deploy nginx publicly on the internet, no external traffic allowed').draft.questions, []);
  });

  it('closes a namespace that nobody may reach from outside', () => {
    const made = plan('Nobody outside the namespace payments may reach any pod in it.');
    assert.equal(value(made, 'NetworkPolicy', 'metadata.namespace'), 'payments');
    assert.deepEqual(value(made, 'NetworkPolicy', 'spec.ingress'), [{ from: [{ podSelector: {} }] }]);
    assert.deepEqual(objects(made, 'Namespace'), []);
  });

  it('backs up a database that is there, and makes none', () => {
    const made = plan(
      'There is a MySQL at service shop-mysql (port 3306, database shop, user backup) in namespace shop; the password is key pw of secret shop-mysql-backup. Dump it every night at 01:15 with mysqldump onto a new 30Gi volume, keep 14 days.',
    );
    assert.equal(value(made, 'CronJob', 'spec.schedule'), '15 1 * * *');
    assert.match(
      json(objects(made, 'CronJob')),
      /mysqldump.*-mtime \+13.*"secretKeyRef":\{"name":"shop-mysql-backup","key":"pw"\}/,
    );
    assert.equal(value(made, 'PersistentVolumeClaim', 'spec.resources.requests.storage'), '30Gi');
    assert.deepEqual([objects(made, 'StatefulSet'), objects(made, 'Secret')], [[], []]);
  });

  it('backs up a database that the same description makes', () => {
    const made = plan('n8n + postgres, 5Gi each, backup of the postgres every night at 2');
    assert.equal(value(made, 'CronJob', 'spec.schedule'), '0 2 * * *');
    assert.match(json(objects(made, 'CronJob')), /"PGHOST","value":"postgres".*"postgres-credentials"/);
  });
});

describe('what people say of several services', () => {
  it('reads counts behind, who is told what in which variable, and who alone may come in', () => {
    const made = `Queue on k8s: nats:2.10-alpine with 3 nodes (4222 clients), intake acme/intake:3 on 8080 x4, sorter acme/sorter:3 x2, search (acme/search:1, port 7000).
All of them get NATS_URL. The intake finds search via SEARCH_ADDR. Nobody but these three may connect to nats, and a disruption budget for nats please so that two always remain.`;
    assert.equal(named(made, 'Deployment', 'intake').spec['replicas'], 4);
    assert.match(json(named(made, 'Deployment', 'sorter')), /"NATS_URL","value":"nats:\/\/nats:4222"/);
    assert.match(json(named(made, 'Deployment', 'intake')), /"SEARCH_ADDR","value":"search:7000"/);
    assert.deepEqual(clientsOf(made, 'nats'), ['intake', 'sorter', 'search']);
    assert.equal(named(made, 'PodDisruptionBudget', 'nats-pdb').spec['minAvailable'], 2);
  });

  it('keeps out who is never to come in, and lets arrows alone lead', () => {
    const barred =
      "front (acme/front:1, port 80), back (acme/back:1, port 9000), MySQL. front can't reach the database.";
    assert.deepEqual(clientsOf(barred, 'mysql'), ['back']);
    assert.doesNotMatch(json(named(barred, 'Deployment', 'front')), /DB_HOST/);
    const arrows =
      'shop (acme/shop:1, port 80), orders (acme/orders:1, port 8080), Postgres 16. shop -> orders only; orders -> postgres only.';
    assert.deepEqual([clientsOf(arrows, 'orders'), clientsOf(arrows, 'postgres')], [['shop'], ['orders']]);
  });

  it('takes work that is handed on for no Job, and an image behind a time for one that runs then', () => {
    const made =
      'web (acme/web:1, port 5000) puts a job into Redis; resizer (acme/resizer:1, 3 replicas) picks the jobs up; every Monday at 5 a.m. acme/gc:1 tidies up.';
    assert.deepEqual([names(made, 'Job'), names(made, 'CronJob')], [[], ['gc']]);
    assert.equal(named(made, 'CronJob', 'gc').spec['schedule'], '0 5 * * 1');
    assert.deepEqual(clientsOf(made, 'redis'), ['web', 'resizer']);
  });

  it('writes the site of a proxy, and gives each its own labels, by which rules choose it', () => {
    const made = `Front end 'shop', two replicas of acme/shop:3 on port 3000, which gets 'sleep 5' before it stops. Back end 'stock' with one replica of acme/stock:3, container port 9000.
nginx proxies everything to shop. Only shop may call stock. Labels: app=mall plus tier=shop or tier=stock.`;
    assert.match(json(objects(planOf(made), 'ConfigMap')), /proxy_pass http:\/\/shop:3000/);
    const policy = named(made, 'NetworkPolicy', 'stock-clients');
    assert.deepEqual(policy.spec['podSelector'], { matchLabels: { app: 'mall', tier: 'stock' } });
    assert.match(json(policy.spec['ingress']), /"app":"mall","tier":"shop"/);
    assert.match(json(named(made, 'Deployment', 'shop')), /"preStop".*"sleep","5"/);
  });

  it('opens what people from outside are to join, and nothing that nobody may', () => {
    const type = (words: string): unknown => value(plan(words), 'Service', 'spec.type');
    assert.equal(type('A Minecraft server on k8s, friends from outside can connect.'), 'LoadBalancer');
    assert.equal(type('A Minecraft server on k8s, no people from outside may join.'), 'ClusterIP');
  });

  it('has an operator that is there scrape and alert', () => {
    const made =
      'acme/quotes:1 on Kubernetes, port 8080, 2 replicas. The Prometheus operator is installed: scrape /metrics every 15 seconds and alert when fewer than two pods are available for 10 minutes.';
    assert.match(json(named(made, 'ServiceMonitor', 'quotes').spec), /"path":"\/metrics","interval":"15s"/);
    assert.match(json(objects(planOf(made), 'PrometheusRule')), /deployment=\\"quotes\\"} < 2","for":"10m"/);
    assert.deepEqual(names(made, 'StatefulSet'), []);
  });
});

describe('what is reported as wrong', () => {
  const MANIFEST = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec:
      nodeSelector: {disk: fast-gpu}
      containers:
        - name: web
          image: nginx:latest
          readinessProbe: {httpGet: {path: /ready, port: 80}}`;

  it('is changed to what stands beside it as right, in a manifest', () => {
    const made = `It uses nginx:latest, a typo for nginx:1.27. The pods stay pending: they need nodes with disk=fast-gpu but there are only nodes with disk=hdd.
The readiness probe asks a page that does not exist, only /ok answers.
${MANIFEST}`;
    const shop = json(named(made, 'Deployment', 'shop'));
    assert.match(shop, /"nodeSelector":\{"disk":"hdd"\}.*"image":"nginx:1\.27".*"path":"\/ok"/);
    assert.doesNotMatch(shop, /nvidia/);
  });

  it('is planned as it is to be where only words tell it', () => {
    const role = plan(
      'The role viewer in namespace ops only allows get on secrets: wrong resource, it should be configmaps. Do not give away anything cluster-wide.',
    );
    assert.deepEqual(value(role, 'Role', 'rules.0'), { apiGroups: [''], resources: ['configmaps'], verbs: ['get'] });
    assert.deepEqual(objects(role, 'ClusterRole'), []);
    const moved = plan(
      'Switch all traffic of service web (namespace prod, port 8080) to the pods of web-v2. Its selector is app=web, track=stable; the new pods have track=next.',
    );
    assert.deepEqual(value(moved, 'Service', 'spec.selector'), { app: 'web', track: 'next' });
    assert.deepEqual(objects(moved, 'Deployment'), []);
  });
});
