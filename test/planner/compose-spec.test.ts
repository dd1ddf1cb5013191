import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { catalogPlan } from '../../src/planner/catalog-result.ts';
import { factsFrom } from '../../src/planner/context/facts.ts';
import { checkCompose } from '../../src/planner/evaluate/compose-spec.ts';

const read = (text: string): Record<string, unknown> => parse(text) as Record<string, unknown>;

describe('the check of Compose files', () => {
  it('takes what the specification knows, in its short and long forms', () => {
    const file = read(`
services:
  web:
    build: { context: ., args: { A: b } }
    ports: ['127.0.0.1:8080:80/tcp', '3000-3001:80', { target: 443, published: '8443' }]
    depends_on: { db: { condition: service_healthy } }
    configs: [{ source: site, target: /etc/site.yaml }]
    healthcheck: { test: [CMD, 'true'], interval: 1m30s, retries: 3 }
    networks: [front]
  db:
    image: postgres:17
    restart: on-failure:3
    secrets: [password]
    volumes: ['data:/data', './init.sql:/init.sql:ro']
networks: { front: {} }
volumes: { data: {} }
secrets: { password: { environment: PASSWORD } }
configs: { site: { file: ./site.yaml } }
`);
    assert.deepEqual(checkCompose(file), []);
  });

  it('says where a key is unknown, a value has the wrong type or a name is nowhere', () => {
    const file = read(`
services:
  web:
    image: nginx
    port: ['80:80']
    ports: ['http']
    init: 'yes'
    restart: sometimes
    depends_on: [db]
    networks: [back]
    volumes: ['data:/data']
    healthcheck: { test: 'true', interval: 10 seconds }
  nothing: {}
secrets: { lost: {} }
`);
    assert.deepEqual(
      checkCompose(file).map((f) => f.split(': ')[0]),
      [
        'services.web.port',
        'services.web.init',
        'services.web.ports',
        'services.web.restart',
        'services.web.healthcheck.interval',
        'services.web.depends_on',
        'services.web.networks',
        'services.web.volumes',
        'services.nothing.image',
        'secrets.lost',
      ],
    );
  });

  it('finds nothing in what the planner writes for a stack with everything', () => {
    const words =
      'docker compose: traefik on 80 and 443 with the docker socket, api (build ./api, port 8080) on networks front and back with the secret jwt_key from ./jwt.key, postgres 16 with database shop only on back, redis with appendonly, adminer only with profile debug';
    const { draft } = catalogPlan(words, { facts: factsFrom('app', ['api/Dockerfile']) });
    const file = draft.files.find((f) => f.path === 'compose.yaml');
    assert.ok(file);
    assert.deepEqual(checkCompose(read(file.text)), []);
  });
});
