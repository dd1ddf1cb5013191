import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { catalogPlan } from '../../src/planner/catalog-result.ts';
import { factsFrom } from '../../src/planner/context/facts.ts';
import { checkCompose } from '../../src/planner/evaluate/compose-spec.ts';

type Tree = Readonly<Record<string, unknown>>;

interface Stack {
  readonly services: Readonly<Record<string, Tree>>;
  readonly [key: string]: unknown;
}

/** The planned Compose file, which the specification must know. */
function stack(prompt: string, ...workspace: string[]): Stack {
  const made = catalogPlan(prompt, { facts: factsFrom('app', workspace) });
  const text = made.draft.files.find((f) => f.path === 'compose.yaml')?.text;
  assert.ok(text !== undefined, JSON.stringify(made.draft.questions));
  const file = parse(text, { version: '1.1' }) as Stack;
  assert.deepEqual(checkCompose(file), []);
  return file;
}

const service = ({ services }: Stack, name: string): Tree => {
  const found = services[name];
  assert.ok(found !== undefined, `there is no ${name} in ${Object.keys(services).join(', ')}`);
  return found;
};

describe('whom the words of a Compose wish are about', () => {
  it('what is only referred to takes none of the words', () => {
    const made = stack(
      'compose: redis:7, and notifier (image acme/notifier:2) starts after redis, port 8125, user 1000:1000',
    );
    assert.deepEqual(service(made, 'notifier')['ports'], ['8125:8125']);
    assert.equal(service(made, 'notifier')['user'], '1000:1000');
    assert.equal(service(made, 'redis')['user'], undefined);
  });

  it('both, all three and the latter are those that were named', () => {
    const made = stack(
      'compose with acme/mail:1 and acme/pdf:2. Both restart always. The latter gets 256 MB of memory and listens on 7000.',
    );
    assert.equal(service(made, 'mail')['restart'], 'always');
    assert.equal(service(made, 'pdf')['restart'], 'always');
    assert.equal(service(made, 'mail')['deploy'], undefined);
    assert.deepEqual(service(made, 'pdf')['deploy'], { resources: { limits: { memory: '256M' } } });
  });

  it('a name that comes later is that of what the text began with', () => {
    const made = stack('A Rust API with MySQL in compose. db: mysql:8.4, database ledger, volume ledger_db.');
    assert.deepEqual(Object.keys(made.services).sort(), ['api', 'db']);
    assert.equal((service(made, 'db')['environment'] as Tree)['MYSQL_DATABASE'], 'ledger');
    assert.deepEqual(service(made, 'db')['volumes'], ['ledger_db:/var/lib/mysql']);
  });

  it('names of a list are one kind each, with a port each', () => {
    const made = stack(
      'compose: two Go services east and west, both built from ./node, ports 9001:8080 and 9002:8080',
      'node/Dockerfile',
    );
    assert.deepEqual(service(made, 'east')['ports'], ['9001:8080']);
    assert.deepEqual(service(made, 'west')['ports'], ['9002:8080']);
    assert.equal(service(made, 'west')['build'], './node');
  });

  it('two of one component are two where their names or versions differ', () => {
    const made = stack('compose: postgres 15 as "old-db" on 5433 and postgres 17 as "new-db" on 5434');
    assert.equal(service(made, 'old-db')['image'], 'postgres:15');
    assert.deepEqual(service(made, 'new-db')['ports'], ['5434:5432']);
  });

  it('what is kept is kept by the store, wherever it is said', () => {
    const made = stack(
      'A Rails app (Dockerfile in ./site) with Postgres 16 under compose. The site is on 3000 and the data should live in a volume called site_pg.',
      'site/Dockerfile',
    );
    assert.deepEqual(service(made, 'db')['volumes'], ['site_pg:/var/lib/postgresql/data']);
  });
});

describe('ports of a Compose wish', () => {
  for (const [words, ports] of [
    ['on host port 8081 (80 inside)', ['8081:80']],
    ['listens on 3000, published on 8085', ['8085:3000']],
    ['container port 3000 on 8085 only on localhost', ['127.0.0.1:8085:3000']],
    ['UDP 4000 to 4009 and TCP 4000', ['4000-4009:4000-4009/udp', '4000:4000']],
    ['host port from the variable WEB_PORT with default 8080 to container port 80', ['${WEB_PORT:-8080}:80']],
    ['5432 published on 15432', ['15432:5432']],
  ] as const)
    it(words, () => {
      const made = stack(`docker compose: service gate from image acme/gate:1, ${words}`);
      assert.deepEqual(service(made, 'gate')['ports'], ports);
    });

  it('an address in a command, a variable or a check publishes nothing', () => {
    const made = stack(
      'docker compose: service gate from image acme/gate:1, command serve --bind 0.0.0.0:9000, UPSTREAM=10.0.0.7:7070, health check on http://localhost:9000/up, no ports',
    );
    assert.equal(service(made, 'gate')['ports'], undefined);
    assert.match(JSON.stringify(service(made, 'gate')['healthcheck']), /localhost:9000\/up/);
  });
});

describe('long Compose wishes', () => {
  for (const [words, part] of [
    ['ports without end', 'nginx on 8080, 9090 and 7070, '],
    ['flags without end', 'mysql runs with --a=b --c=d '],
    ['users without end', 'the user name and password of the user name '],
  ] as const)
    it(`are read to their end: ${words}`, () => {
      const made = stack(`docker compose: nginx and mysql. ${part.repeat(400)}`);
      assert.ok(Object.keys(made.services).length >= 2);
    });

  it('are read to their end: one command of thousands of words', () => {
    const made = stack(`docker compose: nginx, and mysql runs with ${'--foo bar '.repeat(1900)}`);
    assert.ok(Object.keys(made.services).length >= 2);
  });
});

describe('what several services of a Compose wish share', () => {
  it('credentials come from variables in turn, for whoever logs in with them', () => {
    const made = stack(
      'compose: n8n 1.80 with postgres 16. User and password of postgres come from N8N_DB_USER and N8N_DB_PW.',
    );
    const [store, app] = [service(made, 'db')['environment'], service(made, 'n8n')['environment']] as [Tree, Tree];
    assert.match(String(store['POSTGRES_PASSWORD']), /^\$\{N8N_DB_PW/);
    assert.match(String(store['POSTGRES_USER']), /^\$\{N8N_DB_USER/);
    assert.match(String(app['DB_POSTGRESDB_PASSWORD']), /^\$\{N8N_DB_PW/);
  });

  it('one secret reaches store and application under one name', () => {
    const made = stack(
      'compose: acme/ledger:4 and mysql:8.4. The MySQL root password lives in db/root.txt and reaches both MySQL and the ledger as a secret called db-root.',
    );
    assert.deepEqual(made['secrets'], { 'db-root': { file: './db/root.txt' } });
    assert.deepEqual(service(made, 'ledger')['secrets'], ['db-root']);
  });

  it('one waits for a healthy store, another for a task that has ended', () => {
    const made = stack(
      'compose: db (postgres:17), seed (image acme/seed:1, command ./seed --all, runs once) and api (image acme/api:1). seed must not start before db is healthy; api starts when seed has completed successfully and db is healthy.',
    );
    assert.equal(service(made, 'seed')['restart'], 'no');
    assert.deepEqual(service(made, 'seed')['depends_on'], { db: { condition: 'service_healthy' } });
    assert.deepEqual(service(made, 'api')['depends_on'], {
      db: { condition: 'service_healthy' },
      seed: { condition: 'service_completed_successfully' },
    });
  });

  it('networks are told by name, by turn and in brackets', () => {
    for (const words of [
      'Networks outer (edge, core) and inner (core, store).',
      'Networks outer and inner: edge is on the first one, core on both, store on the second one.',
    ]) {
      const made = stack(`compose: edge (nginx:1.28), core (acme/core:3) and store (redis:7). ${words}`);
      assert.deepEqual(service(made, 'edge')['networks'], ['outer'], words);
      assert.deepEqual([...(service(made, 'core')['networks'] as string[])].sort(), ['inner', 'outer'], words);
      assert.deepEqual(service(made, 'store')['networks'], ['inner'], words);
    }
  });

  it('names told in a list go to what was described', () => {
    const made = stack(
      'compose: a Vue front end (./client, target dev, port 5173), a Go back end (./core) and mysql 8.0.36-debian. Networks: front end and back end share outer, back end and mysql share inner. Service names client, core, mysql.',
      'client/Dockerfile',
      'core/Dockerfile',
    );
    assert.deepEqual(Object.keys(made.services), ['client', 'core', 'mysql']);
    assert.deepEqual(service(made, 'client')['build'], { context: './client', target: 'dev' });
    assert.deepEqual(service(made, 'client')['networks'], ['outer']);
    assert.deepEqual(service(made, 'core')['networks'], ['outer', 'inner']);
    assert.equal(service(made, 'mysql')['image'], 'mysql:8.0.36-debian');
  });

  it('a flavour is a tag, a value of a variable no service and a place may be known to a variable only', () => {
    const made = stack(
      'compose: redis (alpine flavour), and acme/shelf:3 on 9000 with REDIS_ADDR=redis:6379; the books come from BOOKS_DIR and land in /books read-only.',
    );
    assert.deepEqual(Object.keys(made.services).sort(), ['redis', 'shelf']);
    assert.match(String(service(made, 'redis')['image']), /^redis:[\d.]+-alpine$/);
    assert.deepEqual(service(made, 'shelf')['environment'], { REDIS_ADDR: 'redis:6379' });
    assert.deepEqual(service(made, 'shelf')['volumes'], ['${BOOKS_DIR}:/books:ro']);
  });

  it('migrations that a sentence tells of run once, in the image of what waits for them', () => {
    const made = stack(
      'docker compose: a Rails app (./shop, port 3000) and postgres 16. `bin/rails db:migrate` must be through before the app starts.',
      'shop/Dockerfile',
    );
    const migrate = service(made, 'migrate');
    assert.deepEqual(migrate['command'], ['bin/rails', 'db:migrate']);
    assert.equal(migrate['build'], './shop');
    assert.equal(migrate['restart'], 'no');
    assert.deepEqual(migrate['depends_on'], { db: { condition: 'service_healthy' } });
    const app = Object.entries(made.services).find(([name]) => name !== 'migrate' && name !== 'db')?.[1];
    assert.deepEqual(app?.['depends_on'], {
      db: { condition: 'service_healthy' },
      migrate: { condition: 'service_completed_successfully' },
    });
  });

  it('values told in turn are one for each', () => {
    const made = stack(
      'compose: services north and south from acme/echo:2, published on 8101 and 8102 respectively, inside 80.',
    );
    assert.deepEqual(service(made, 'north')['ports'], ['8101:80']);
    assert.deepEqual(service(made, 'south')['ports'], ['8102:80']);
  });
});
