/** Buckets that an object store should have: made once by its own client, as soon as the store answers. */
import type { Passage } from '../text.ts';
import { readServiceWords } from './words.ts';
import type { Project, Service } from './project.ts';

const CLIENT = 'quay.io/minio/mc:RELEASE.2025-04-16T18-13-26Z';
const NAME = String.raw`["'\x60]?[a-z0-9][a-z0-9.-]+[a-z0-9]["'\x60]?`;
const BUCKETS = new RegExp(
  String.raw`\b(?:creat\w*|mak(?:es?|ing)|sets? up|add(?:s|ing)?|with|and)\s+(?:(?:an?|the|two|three|some)\s+)?buckets?\s+(?:called |named |: ?)?(${NAME}(?:(?:\s*,\s*(?:and\s+)?|\s+and\s+)${NAME})*)(?:\s+(?:at|on) (?:the )?start(?:up)?\b|\s+(?:is|are) created\b)?`,
  'i',
);
const NOT_NAMES = /^(?:and|with|for|is|are|at|on|in|by|that|which|policy|named|called)$/i;

/** What the client logs in with: the variable, or what the file of the secret holds. */
const login = (store: Service, variable: string): string =>
  store.environment[`${variable}_FILE`] === undefined
    ? `"$$${variable}"`
    : `"$$(cat ${store.environment[`${variable}_FILE`] ?? ''})"`;

/** "mc creates bucket uploads at start": a service that ends once the buckets are there. */
export function makeBuckets(project: Project, text: Passage): void {
  const store = project.services.find((s) => s.app?.id === 'minio' && s.build === undefined);
  if (store === undefined) return;
  const names = (text.take(BUCKETS)?.[1] ?? '')
    .split(/\s*,\s*(?:and\s+)?|\s+and\s+/)
    .map((n) => n.replace(/["'`]/g, ''))
    .filter((n) => n !== '' && !NOT_NAMES.test(n));
  if (names.length === 0) return;
  text.take(/\bmc\b/);
  const [user, password] = [login(store, 'MINIO_ROOT_USER'), login(store, 'MINIO_ROOT_PASSWORD')];
  const lines = [
    `until mc alias set store http://${store.name}:9000 ${user} ${password}; do sleep 1; done`,
    ...names.map((n) => `mc mb --ignore-existing store/${n}`),
  ];
  project.services.push({
    name: `${store.name}-buckets`,
    app: undefined,
    entity: undefined,
    words: readServiceWords([]),
    build: undefined,
    image: CLIENT,
    ownImage: true,
    ports: [],
    environment: Object.fromEntries(Object.entries(store.environment).filter(([n]) => /^MINIO_ROOT_\w+$/.test(n))),
    volumes: [],
    dependsOn: { [store.name]: { condition: 'service_started' } },
    secrets: store.secrets.filter((s) => s.startsWith('minio_root_')),
    networks: [...store.networks],
    addresses: {},
    labels: [],
    extra: { entrypoint: ['sh', '-c', lines.join(' && ')], restart: 'no' },
  });
}
