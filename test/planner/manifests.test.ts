import assert from 'node:assert/strict';
import { objects, plan, value } from './support.ts';

const container = 'spec.template.spec.containers.0';

const deployment = (containers: string): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: relay
  namespace: post
spec:
  replicas: 2
  selector:
    matchLabels:
      app: relay
  template:
    metadata:
      labels:
        app: relay
    spec:
      containers:
${containers}`;

const one = deployment(`        - name: relay
          image: acme/relay:1.4
          env:
            - name: DEBUG
              value: "1"
            - name: MODE
              value: slow
          ports:
            - containerPort: 8080
          livenessProbe:
            httpGet:
              path: /live
              port: 8080
            initialDelaySeconds: 5`);

const two = deployment(`        - name: main
          image: acme/main:1
        - name: proxy
          image: envoyproxy/envoy:v1.29.0`);

describe('manifests that a description changes', () => {
  it('keep a probe but for the time that the words change', () => {
    const made = plan(
      `The pods are killed too early. Raise the initial delay of the liveness probe to 45 seconds.\n\n${one}`,
    );
    assert.deepEqual(value(made, 'Deployment', `${container}.livenessProbe`), {
      httpGet: { path: '/live', port: 8080 },
      initialDelaySeconds: 45,
    });
    assert.equal(value(made, 'Deployment', 'spec.replicas'), 2);
  });

  it('lose the variable that is taken out, and no other', () => {
    const made = plan(`Remove the environment variable DEBUG and set MODE to fast.\n\n${one}`);
    assert.deepEqual(value(made, 'Deployment', `${container}.env`), [{ name: 'MODE', value: 'fast' }]);
  });

  it('change the container that is named, not its neighbour', () => {
    const made = plan(
      `Set the memory limit of the container proxy to 96Mi and update its image to envoyproxy/envoy:v1.31.2.\n\n${two}`,
    );
    assert.equal(value(made, 'Deployment', 'spec.template.spec.containers.1.resources.limits.memory'), '96Mi');
    assert.equal(value(made, 'Deployment', 'spec.template.spec.containers.1.image'), 'envoyproxy/envoy:v1.31.2');
    assert.deepEqual(value(made, 'Deployment', container), { name: 'main', image: 'acme/main:1' });
  });

  it('give both containers what is said of both', () => {
    const made = plan(
      `Add limits of 400m CPU and 512Mi memory to both containers and set the requests to half of that.\n\n${two}`,
    );
    for (const at of [0, 1])
      assert.deepEqual(value(made, 'Deployment', `spec.template.spec.containers.${at}.resources`), {
        limits: { cpu: '400m', memory: '512Mi' },
        requests: { cpu: '200m', memory: '256Mi' },
      });
  });

  it('get a new container beside the old ones', () => {
    const made = plan(`Add a sidecar container named tap (busybox:1.36) that runs "tail -f /dev/null".\n\n${two}`);
    assert.deepEqual(value(made, 'Deployment', 'spec.template.spec.containers.2.command'), ['tail', '-f', '/dev/null']);
  });

  it('lose fields by the API’s own words', () => {
    const made = plan(`Drop the host network and the privileged flag from this pod.

apiVersion: v1
kind: Pod
metadata:
  name: probe
spec:
  hostNetwork: true
  nodeSelector:
    disk: ssd
  containers:
    - name: probe
      image: acme/probe:2
      securityContext:
        privileged: true`);
    assert.equal(value(made, 'Pod', 'spec.hostNetwork'), undefined);
    assert.equal(value(made, 'Pod', 'spec.containers.0.securityContext'), undefined);
    assert.deepEqual(value(made, 'Pod', 'spec.nodeSelector'), { disk: 'ssd' });
  });

  it('stay as they are where the words change nothing, which is told', () => {
    const made = plan(`Please make it sing.\n\n${two}`);
    assert.deepEqual(made.draft.unplaced, ['Please make it sing']);
  });
});

describe('manifests that do not work', () => {
  it('are written for the present API', () => {
    const made = plan(`This is refused, please repair it.

apiVersion: networking.k8s.io/v1beta1
kind: Ingress
metadata:
  name: door
spec:
  rules:
    - host: door.example.com
      http:
        paths:
          - path: /
            backend:
              serviceName: door
              servicePort: 8080`);
    assert.equal(value(made, 'Ingress', 'apiVersion'), 'networking.k8s.io/v1');
    assert.deepEqual(value(made, 'Ingress', 'spec.rules.0.http.paths.0'), {
      path: '/',
      pathType: 'Prefix',
      backend: { service: { name: 'door', port: { number: 8080 } } },
    });
  });

  it('get misspelt, misplaced and mistyped fields put right', () => {
    const made = plan(`Something is wrong with this file.

apiVersion: apps/v1
kind: deployment
metadata:
  name: Mixed_Up
spec:
  replica: "3"
  template:
    spec:
      image: nginx:1.27
      containers:
        - name: web
          env:
            PORT: 8080
          resources:
            limits:
              memory: 512mb`);
    assert.equal(value(made, 'Deployment', 'metadata.name'), 'mixed-up');
    assert.equal(value(made, 'Deployment', 'spec.replicas'), 3);
    assert.equal(value(made, 'Deployment', `${container}.image`), 'nginx:1.27');
    assert.deepEqual(value(made, 'Deployment', `${container}.env`), [{ name: 'PORT', value: '8080' }]);
    assert.equal(value(made, 'Deployment', `${container}.resources.limits.memory`), '512Mi');
    assert.deepEqual(value(made, 'Deployment', 'spec.selector.matchLabels'), { app: 'mixed-up' });
  });

  it('are joined again where a Service selects nothing', () => {
    const made = plan(`The service has no endpoints, fix that.

apiVersion: v1
kind: Service
metadata:
  name: relay
  namespace: post
spec:
  selector:
    app: relais
  ports:
    - port: 80
      targetPort: 80
---
${one}`);
    assert.deepEqual(value(made, 'Service', 'spec.selector'), { app: 'relay' });
    assert.equal(value(made, 'Service', 'spec.ports.0.targetPort'), 8080);
    assert.ok(made.draft.assumptions.some((a) => a.includes('selects the pods of relay')));
  });

  it('are read though a line is indented too far', () => {
    const made = plan(`kubectl cannot parse this, please correct it.

apiVersion: v1
kind: Pod
metadata:
  name: slip
spec:
  containers:
  - name: slip
    image: nginx:1.27
     ports:
    - containerPort: 80`);
    assert.equal(value(made, 'Pod', 'spec.containers.0.ports.0.containerPort'), 80);
  });

  it('are left alone where nothing is wrong with them', () => {
    const made = plan(`Given this deployment, write a Service for it on port 80.\n\n${one}`);
    assert.deepEqual(objects(made, 'Deployment'), []);
    assert.deepEqual(value(made, 'Service', 'spec.selector'), { app: 'relay' });
  });
});
