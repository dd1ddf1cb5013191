import assert from 'node:assert/strict';
import { catalogPlan } from '../../src/planner/catalog-result.ts';
import { factsFrom } from '../../src/planner/context/facts.ts';
import { lostFacts } from '../../src/planner/lost.ts';
import { controlledText, selectionSchema } from '../../src/planner/providers/selection.ts';

const component = (more: object): object => ({
  ...{ id: 'redis', name: '', image: '', replicas: 0, port: 0, storage: '', host: '', expose: 'internal' },
  ...more,
});

/** A model's choice goes through the words that the grammars read: what it chose has to arrive, name by name. */
describe('a choice of components in words', () => {
  const CHOICES: readonly (readonly [string, object[], RegExp[]])[] = [
    [
      'stores under names of their own',
      [component({ name: 'cache', replicas: 1, storage: '2Gi' }), component({ id: 'rabbitmq', name: 'orders' })],
      [/kind: StatefulSet\n {2}?metadata:|name: cache/, /name: orders/, /storage: 2Gi/],
    ],
    [
      'two of one kind',
      [
        component({ id: 'postgres', name: 'users-db', storage: '5Gi' }),
        component({ id: 'postgres', name: 'bills-db' }),
      ],
      [/name: users-db/, /name: bills-db/, /storage: 5Gi/],
    ],
    [
      'an image with its port, count and host beside a store',
      [
        component({ id: 'image', image: 'ghcr.io/acme/web:1.4', name: 'web', replicas: 3, port: 3000, host: 'shop.example.com', expose: 'public' }), // prettier-ignore
        component({ id: 'postgres', name: 'db', storage: '20Gi' }),
      ],
      [/image: ghcr\.io\/acme\/web:1\.4/, /name: web\n/, /replicas: 3/, /containerPort: 3000/, /host: shop\.example\.com/, /name: db\n/, /storage: 20Gi/], // prettier-ignore
    ],
    [
      'an image that is reached from outside',
      [component({ id: 'image', image: 'acme/edge:2', name: 'edge', port: 8443, expose: 'public' })],
      [/image: acme\/edge:2/, /name: edge\n/, /type: LoadBalancer/, /8443/],
    ],
  ];

  for (const [what, components, wanted] of CHOICES) {
    it(what, () => {
      const selection = selectionSchema.parse({
        ...{ rationale: 'as asked', target: 'kubernetes', questions: [], namespace: 'shop', components },
      });
      const words = controlledText(selection, false);
      const { draft } = catalogPlan(words, { facts: factsFrom('app', []) });
      const text = draft.files.map((f) => f.text).join('\n');
      for (const pattern of wanted) assert.match(text, pattern);
      assert.deepEqual(lostFacts(words, draft), []);
      assert.deepEqual(draft.questions, []);
    });
  }
});
