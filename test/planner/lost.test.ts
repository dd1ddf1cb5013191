import assert from 'node:assert/strict';
import { catalogPlan } from '../../src/planner/catalog-result.ts';
import { factsFrom } from '../../src/planner/context/facts.ts';
import { lostFacts } from '../../src/planner/lost.ts';
import { emptyDraft, type PlanDraft } from '../../src/planner/plan.ts';

const draft = (text: string): PlanDraft =>
  emptyDraft('shop', 'what was said is no place where it stands: shop.example.com', {
    files: [{ path: 'k8s/40-web.yaml', text, origin: 'model' }],
    stages: [{ stage: 'deploy', tasks: [{ task: 'apply', type: 'kubernetes', with: { manifests: 'k8s' } }] }],
  });

describe('what a description names and a plan holds nowhere', () => {
  it('is told in the words of the description: hosts, images, paths, ports, amounts, names of variables', () => {
    assert.deepEqual(
      lostFacts(
        'web (registry.example.com/shop/web:2.4, port 8080) at https://shop.example.com/cart, LOG_LEVEL, /srv/data, 10Gi, namespace team-a',
        draft('image: registry.example.com/shop/web:2.5'),
      ),
      [
        'registry.example.com/shop/web:2.4',
        '8080',
        'https://shop.example.com/cart',
        'LOG_LEVEL',
        '/srv/data',
        '10Gi',
        'team-a',
      ],
    );
  });

  it('is not lost where it stands in other units, as a schedule, in octal, or apart', () => {
    assert.deepEqual(
      lostFacts(
        'nginx:1.27 for 30 minutes nightly at 02:30, files with mode 0440, 50% of 12GB, POST /orders; and/or TCP/UDP, e.g. v1.30',
        draft(
          'repository: nginx\ntag: "1.27"\nactiveDeadlineSeconds: 1800\nschedule: 30 2 * * *\ndefaultMode: 288\nshare: 0.5\nmemory: 12288\npath: orders',
        ),
      ),
      [],
    );
  });

  it('is nothing where there is no plan but a question', () => {
    assert.deepEqual(lostFacts('port 8080', emptyDraft('a', 'b')), []);
  });

  it('is told by the built-in planner once, and a password that is said is not', () => {
    const { unplaced } = catalogPlan(
      'Redis on Kubernetes as https://wiki.example.com/redis says, and the admin password is hunter-two-99',
      { facts: factsFrom('app', []) },
    ).draft;
    assert.equal(unplaced.filter((words) => words.includes('wiki.example.com')).length, 1, JSON.stringify(unplaced));
    assert.doesNotMatch(JSON.stringify(unplaced), /hunter/);
  });
});
