import assert from 'node:assert/strict';
import fc from 'fast-check';
import { asksOf } from '../../src/costs/asks.ts';
import { asksOfCompose } from '../../src/costs/compose.ts';
import { costsOf } from '../../src/costs/costs.ts';
import { DEFAULT_PRICES, HOURS_A_MONTH, pricesFrom } from '../../src/costs/prices.ts';
import { byteValue, quantity } from '../../src/costs/quantity.ts';

const container = (requests: object, more: object = {}): object => ({ name: 'c', resources: { requests }, ...more });
const workload = (
  kind: string,
  spec: object,
  containers: readonly object[],
  pod: object = {},
): Record<string, unknown> => ({
  kind,
  metadata: { name: 'x', namespace: 'shop' },
  spec: { ...spec, template: { spec: { containers, ...pod } } },
});

describe('quantities', () => {
  it('are what Kubernetes takes them for', () => {
    const cases: [unknown, number | undefined][] = [
      ['500m', 0.5],
      ['0.1', 0.1],
      ['1e3', 1000],
      ['2Gi', 2 ** 31],
      ['128M', 128e6],
      ['100n', 1e-7],
      [2, 2],
      ['', undefined],
      ['-1', undefined],
      ['1 Gi', undefined],
      ['1gi', undefined],
      [{}, undefined],
    ];
    for (const [given, expected] of cases) {
      const found = quantity(given);
      if (expected === undefined) assert.equal(found, undefined, JSON.stringify(given));
      else
        assert.ok(
          Math.abs((found ?? NaN) - expected) <= expected * 1e-12,
          `${JSON.stringify(given)}: ${String(found)}`,
        );
    }
  });

  it('grow with their number and never make sense of nonsense', () => {
    const unit = fc.constantFrom('n', 'u', 'm', '', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'Ti');
    fc.assert(
      fc.property(fc.nat(1e6), fc.nat(1e6), unit, (a, b, suffix) => {
        const [one = NaN, other = NaN] = [quantity(`${a}${suffix}`), quantity(`${b}${suffix}`)];
        assert.equal(Math.sign(one - other), Math.sign(a - b));
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => (quantity(text) ?? 0) >= 0));
  });

  it('of Compose are powers of two', () => {
    assert.deepEqual(['512m', '1gb', '2048k', '100b', 7, '1.5g', 'x'].map(byteValue), [
      2 ** 29,
      2 ** 30,
      2 ** 21,
      100,
      7,
      1.5 * 2 ** 30,
      undefined,
    ]);
  });
});

describe('what objects ask for', () => {
  const half = container({ cpu: '500m', memory: '1Gi' });

  it('is each pod times how many there are', () => {
    const [ask] = asksOf([workload('Deployment', { replicas: 3 }, [half, half])], 1);
    assert.deepEqual(
      [ask?.what, ask?.replicas, ask?.amounts.cpu, ask?.amounts.memoryGib],
      ['Deployment shop/x', 3, 3, 6],
    );
    assert.equal(asksOf([workload('DaemonSet', {}, [half])], 5)[0]?.amounts.cpu, 2.5);
    assert.equal(asksOf([workload('Deployment', { replicas: 0 }, [half])], 1)[0]?.amounts.cpu, 0);
  });

  it('is what its autoscaler makes at least, and at most', () => {
    const scaler = {
      kind: 'HorizontalPodAutoscaler',
      metadata: { namespace: 'shop' },
      spec: { minReplicas: 2, maxReplicas: 8, scaleTargetRef: { kind: 'Deployment', name: 'x' } },
    };
    const [ask] = asksOf([workload('Deployment', { replicas: 5 }, [half]), scaler], 1);
    assert.deepEqual([ask?.replicas, ask?.amounts.cpu, ask?.most?.cpu], [2, 1, 4]);
  });

  it('counts init containers as the scheduler does, and sidecars as containers', () => {
    const big = container({ cpu: '4', memory: '512Mi' });
    const sidecar = container({ cpu: '250m', memory: '1Gi' }, { restartPolicy: 'Always' });
    const [ask] = asksOf([workload('Deployment', {}, [half], { initContainers: [big, sidecar] })], 1);
    assert.deepEqual([ask?.amounts.cpu, ask?.amounts.memoryGib], [4, 2]);
  });

  it('takes a limit for the request that is not there, counts GPUs, and names containers that ask for nothing', () => {
    const limited = { name: 'model', resources: { limits: { cpu: '2', memory: '4Gi', 'nvidia.com/gpu': 2 } } };
    const [ask] = asksOf([workload('Deployment', { replicas: 2 }, [limited, { name: 'log' }])], 1);
    assert.deepEqual([ask?.amounts.cpu, ask?.amounts.gpu, ask?.silent], [4, 4, ['log']]);
  });

  it('has volumes, claims of each replica, and load balancers', () => {
    const claim = { metadata: { name: 'd' }, spec: { resources: { requests: { storage: '10Gi' } } } };
    const list = {
      kind: 'List',
      items: [
        workload('StatefulSet', { replicas: 3, volumeClaimTemplates: [claim] }, [half]),
        { kind: 'PersistentVolumeClaim', ...claim },
        { kind: 'Service', metadata: { name: 's' }, spec: { type: 'LoadBalancer' } },
        { kind: 'Service', metadata: { name: 't' }, spec: { type: 'ClusterIP' } },
      ],
    };
    const asks = asksOf([list], 1);
    assert.deepEqual(
      asks.map(({ amounts }) => [amounts.storageGib, amounts.loadBalancers]),
      [
        [30, 0],
        [10, 0],
        [0, 1],
      ],
    );
  });

  it('of Compose is what services reserve, else their limits', () => {
    const asks = asksOfCompose({
      services: {
        api: {
          deploy: { replicas: 2, resources: { limits: { cpus: '1', memory: '1g' }, reservations: { cpus: '0.5' } } },
        },
        db: { mem_limit: '512m', cpus: 0.25 },
        page: { image: 'nginx' },
      },
    });
    assert.deepEqual(
      asks.map(({ amounts: { cpu, memoryGib }, silent }) => [cpu, memoryGib, silent.length]),
      [
        [1, 2, 0],
        [0.25, 0.5, 0],
        [0, 0, 1],
      ],
    );
  });
});

describe('costs', () => {
  it('are what is asked for times its price, and jobs are told instead of counted', () => {
    const asks = asksOf(
      [
        workload('Deployment', { replicas: 2 }, [container({ cpu: '1', memory: '2Gi' })]),
        workload('Job', {}, [container({ cpu: '8', memory: '1Gi' })]),
      ],
      1,
    );
    const costs = costsOf([{ source: 'web', from: 'manifests', asks }], DEFAULT_PRICES, []);
    const hourly = 2 * 0.031611 + 4 * 0.004237;
    assert.ok(Math.abs(costs.hourly.total - hourly) < 1e-12);
    assert.ok(Math.abs(costs.monthly - hourly * HOURS_A_MONTH) < 1e-9);
    assert.equal(costs.mostMonthly, costs.monthly);
    assert.match(costs.notes.join(), /run to an end: Job shop\/x/);
  });

  it('go by the prices of the workspace, the rest by the published ones', () => {
    const read = pricesFrom('currency: EUR\ncpu: 0.05 # ours\nnodes: 4\n', '.code/prices.yaml');
    assert.ok(read.ok);
    assert.deepEqual(
      [read.value.currency, read.value.cpu, read.value.memory, read.value.nodes],
      ['EUR', 0.05, 0.004237, 4],
    );
    assert.match(read.value.source, /^\.code\/prices\.yaml, the rest OpenCost/);
    const whole = pricesFrom('cpu: 1\nmemory: 1\nstorage: 1\ngpu: 1\nload_balancer: 1\n', 'p.yaml');
    assert.ok(whole.ok && whole.value.source === 'p.yaml');
    assert.ok(pricesFrom('', 'p.yaml').ok);
  });

  it('are refused with the name of what is wrong in a price table', () => {
    for (const [text, why] of [
      ['cpu: cheap\n', /p\.yaml cannot be read: cpu: .*number/],
      ['gold: 1\n', /gold/],
      ['cpu: [\n', /p\.yaml cannot be read/],
      ['cpu: -1\n', /cpu: /],
    ] as const) {
      const read = pricesFrom(text, 'p.yaml');
      assert.ok(!read.ok);
      assert.match(read.failure.message, why);
      assert.match(read.failure.next ?? '', /load_balancer/);
    }
  });
});
