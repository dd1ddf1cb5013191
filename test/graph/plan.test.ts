import assert from 'node:assert/strict';
import { Catalogue, type TaskTypeInfo, type WorkspaceFiles } from '../../src/core/catalogue.ts';
import type { Json } from '../../src/core/json.ts';
import { analyze } from '../../src/graph/analysis.ts';
import { makePlan } from '../../src/graph/lower.ts';
import type { Plan } from '../../src/graph/plan.ts';
import { restrictPlan } from '../../src/graph/restrict.ts';
import { readWorkflow } from '../../src/language/read.ts';

/** A type as the catalogue holds it, in which only what a test is about differs. */
const type = (
  name: string,
  more: Partial<Pick<TaskTypeInfo, 'aliases' | 'class' | 'conventions'>> = {},
): TaskTypeInfo => ({
  type: name,
  aliases: [],
  category: 'glue',
  systems: [name],
  summary: name,
  licence: 'Apache-2.0',
  class: 'io',
  tools: [],
  parameters: { type: 'object' },
  outputs: { type: 'object' },
  conventions: [],
  examples: [],
  preview: false,
  rollback: false,
  probe: false,
  execution: 'command',
  ...more,
});

const catalogue = new Catalogue([
  type('shell', { aliases: ['sh'] }),
  type('tofu', {
    class: 'mixed',
    conventions: [
      { parameter: 'dir', from: 'files', globs: ['infra/', 'tofu/*.tf', '*.tf'], take: 'folder', required: true },
    ],
  }),
  type('helm', {
    conventions: [
      { parameter: 'release', from: 'workflow' },
      { parameter: 'chart', from: 'files', globs: ['charts/*/Chart.yaml'], take: 'folder' },
      { parameter: 'values', from: 'files', globs: ['values*.yaml'], take: 'file', many: true },
    ],
  }),
  type('image', { class: 'cpu' }),
  type('push', {
    conventions: [
      { parameter: 'images', from: 'upstream', types: ['image'], output: 'image', many: true, required: true },
    ],
  }),
]);

const files = (...paths: string[]): WorkspaceFiles => ({
  kind: (path) =>
    paths.includes(path) ? 'file' : paths.some((file) => file.startsWith(`${path}/`)) ? 'folder' : undefined,
  glob: (pattern) =>
    paths
      .filter((path) => new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`).test(path))
      .sort(),
});

async function plan(text: string, more: { inputs?: Record<string, Json>; files?: WorkspaceFiles } = {}): Promise<Plan> {
  const made = await attempt(text, more);
  if (!made.ok) assert.fail(made.failure.map(({ message }) => message).join('; '));
  return made.value;
}

async function attempt(
  text: string,
  more: { inputs?: Record<string, Json>; files?: WorkspaceFiles } = {},
): Promise<ReturnType<typeof makePlan>> {
  const { workflow } = await readWorkflow(text, { path: 'shop.code.yaml', catalogue });
  assert.ok(workflow !== undefined);
  return makePlan(workflow, { catalogue, file: '/w/shop.code.yaml', root: '/w', ...more });
}

const find = (made: Plan, id: string): Plan['tasks'][number] =>
  made.tasks.find((task) => task.id === id) ?? assert.fail(`no ${id}`);

describe('a plan', () => {
  it('has canonical types, the defaults of the workflow, and the class of the type', async () => {
    const made = await plan(
      'defaults: { timeout: 5m, retry: { attempts: 3 } }\nparallel_deployment:\n  a:\n    - { task: x, type: sh }\n    - { task: y, type: image, timeout: 1s, retry: { attempts: 1, delay: 2s } }\n',
    );
    const { x, y } = { x: find(made, 'x'), y: find(made, 'y') };
    assert.deepEqual([x.type, x.timeoutMs, x.retry.attempts, x.class], ['shell', 300_000, 3, 'io']);
    assert.deepEqual(
      [y.timeoutMs, y.retry, y.class],
      [1000, { attempts: 1, delayMs: 2000, backoff: 2, maxDelayMs: 60_000 }, 'cpu'],
    );
    assert.equal(made.workflow, 'shop');
  });

  it('has no timeout where none is given', async () => {
    assert.equal(
      find(await plan('parallel_deployment:\n  a:\n    - { task: x, type: sh }\n'), 'x').timeoutMs,
      undefined,
    );
  });

  it('has one instance for each combination of a matrix, and dependencies on all of them', async () => {
    const made = await plan(
      'parallel_deployment:\n  a:\n    - { task: x, type: sh, matrix: { region: [eu, us], n: [1, 2] } }\n    - { task: y, type: sh, depends_on: x }\n',
    );
    assert.deepEqual(
      made.tasks.map(({ id }) => id),
      ['x[region=eu,n=1]', 'x[region=eu,n=2]', 'x[region=us,n=1]', 'x[region=us,n=2]', 'y'],
    );
    assert.deepEqual(
      find(made, 'y').needs,
      made.tasks.slice(0, 4).map(({ id }) => id),
    );
    assert.deepEqual(find(made, 'x[region=us,n=1]').matrix, { region: 'us', n: 1 });
    assert.equal(new Set(made.tasks.map(({ hash }) => hash)).size, 5);
  });

  it('says with schedule: graph which tasks wait for no barrier', async () => {
    const made = await plan(
      'schedule: graph\nparallel_deployment:\n  a:\n    - { task: x, type: sh }\n  b:\n    - { task: y, type: sh, depends_on: x }\n    - { task: z, type: sh }\nfinally:\n  - { task: f, type: sh }\n',
    );
    assert.deepEqual(
      made.tasks.map(({ ignoresBarrier }) => ignoresBarrier),
      [false, true, false, false],
    );
    assert.deepEqual(
      made.tasks.map(({ stage }) => stage),
      [0, 1, 1, -1],
    );
  });

  it('has one hash for one meaning: comments and order of keys do not matter, a value does', async () => {
    const one = await plan('parallel_deployment:\n  a:\n    - { task: x, type: sh, with: { a: 1, b: 2 } }\n');
    const same = await plan(
      'parallel_deployment:\n  a:\n    - { task: x, type: shell, with: { b: 2, a: 1 } } # note\n',
    );
    const other = await plan('parallel_deployment:\n  a:\n    - { task: x, type: sh, with: { a: 1, b: 3 } }\n');
    assert.equal(one.hash, same.hash);
    assert.notEqual(one.hash, other.hash);
    assert.match(one.hash, /^[0-9a-f]{64}$/);
  });
});

describe('conventions', () => {
  const bare = (task: string): string => `parallel_deployment:\n  a:\n    - { task: x, ${task} }\n`;

  it('find the first folder that is there', async () => {
    assert.deepEqual(find(await plan(bare('type: tofu'), { files: files('infra/main.tf', 'tofu/a.tf') }), 'x').with, {
      dir: 'infra',
    });
    assert.deepEqual(find(await plan(bare('type: tofu'), { files: files('tofu/a.tf') }), 'x').with, { dir: 'tofu' });
    assert.deepEqual(find(await plan(bare('type: tofu'), { files: files('a.tf') }), 'x').with, { dir: '.' });
  });

  it('look in the task’s own working directory', async () => {
    assert.deepEqual(
      find(await plan(bare('type: tofu, cwd: sub'), { files: files('infra/main.tf', 'sub/infra/main.tf') }), 'x').with,
      { dir: 'infra' },
    );
  });

  it('say what they looked for where there is nothing', async () => {
    const made = await attempt(bare('type: tofu'), { files: files('README.md') });
    assert.ok(!made.ok);
    assert.match(made.failure[0]?.message ?? '', /nothing to work on.*infra\/, tofu\/\*\.tf, \*\.tf/);
  });

  it('take the workflow’s name, one match or all of them, and never what is given', async () => {
    const around = files('charts/web/Chart.yaml', 'values-eu.yaml', 'values.yaml');
    assert.deepEqual(find(await plan(bare('type: helm'), { files: around }), 'x').with, {
      release: 'shop',
      chart: 'charts/web',
      values: ['values-eu.yaml', 'values.yaml'],
    });
    assert.deepEqual(
      find(await plan(bare('type: helm, with: { chart: mine, values: [] }'), { files: around }), 'x').with,
      { chart: 'mine', values: [], release: 'shop' },
    );
  });

  it('read outputs of what the task depends on, else of the stages before', async () => {
    const text = (depends: string): string =>
      `parallel_deployment:\n  a:\n    - { task: one, type: image }\n    - { task: two-b, type: image }\n  b:\n    - { task: x, type: push${depends} }\n`;
    assert.deepEqual(find(await plan(text(''), { files: files() }), 'x').with, {
      images: ['${{ tasks.one.outputs.image }}', '${{ tasks["two-b"].outputs.image }}'],
    });
    assert.deepEqual(find(await plan(text(', depends_on: [one]'), { files: files() }), 'x').with, {
      images: ['${{ tasks.one.outputs.image }}'],
    });
  });

  it('join the lists that a matrix gives', async () => {
    const made = await plan(
      'parallel_deployment:\n  a:\n    - { task: one, type: image, matrix: { k: [a, b] } }\n    - { task: two, type: image }\n  b:\n    - { task: x, type: push }\n',
      { files: files() },
    );
    assert.deepEqual(find(made, 'x').with, { images: '${{ tasks.one.outputs.image + [tasks.two.outputs.image] }}' });
  });
});

describe('inputs', () => {
  const text =
    'inputs:\n  n: { type: number }\n  on: { type: boolean, default: false }\n  name: { default: shop, options: [shop, blog] }\nparallel_deployment:\n  a:\n    - { task: x, type: sh }\n';

  it('become values of their type', async () => {
    assert.deepEqual((await plan(text, { inputs: { n: '3', on: 'true' } })).inputs, { n: 3, on: true, name: 'shop' });
  });

  for (const [inputs, expected] of [
    [{}, /n is not given.*--input n=VALUE/],
    [{ n: 'many' }, /n must be a number, but it is "many"/],
    [{ n: 1, on: 'yes' }, /on must be true or false/],
    [{ n: 1, name: 'x' }, /name must be one of shop, blog/],
    [{ n: 1, m: 2 }, /no input m; the workflow has n, on and name/],
  ] as const) {
    it(`are refused: ${JSON.stringify(inputs)}`, async () => {
      const made = await attempt(text, { inputs });
      assert.ok(!made.ok);
      assert.match(made.failure.map(({ message }) => message).join('; '), expected);
    });
  }
});

describe('the secrets of a plan', () => {
  const needed = async (when: string, inputs: Record<string, Json> = {}, more = ''): Promise<readonly string[]> =>
    (
      await plan(
        `inputs: { url: { type: string, default: '' } }
secrets: [TOKEN, OTHER]
parallel_deployment:
  one:
    - { task: a, type: shell, when: "${when}", with: { run: 'true', token: "\${{ secrets.TOKEN }}" } }
    - { task: b, type: shell, with: { run: 'true' } }
${more}`,
        { inputs },
      )
    ).secrets;

  it('are all that are declared, without those of a task that the inputs leave out', async () => {
    const when = "${{ inputs.url != '' }}";
    assert.deepEqual(await needed(when), ['OTHER']);
    assert.deepEqual(await needed(when, { url: 'http://x' }), ['TOKEN', 'OTHER']);
    assert.deepEqual(await needed(when, {}, '    - { task: c, type: shell, env: { T: "${{ secrets.TOKEN }}" } }'), [
      'TOKEN',
      'OTHER',
    ]);
  });

  it('are kept where only the run can decide, or where the name is computed', async () => {
    for (const when of ["${{ tasks.b.status == 'x' }}", '${{ failure() }}', '${{ failure() || false }}'])
      assert.deepEqual(await needed(when), ['TOKEN', 'OTHER'], when);
    const computed = '    - { task: c, type: shell, env: { T: "${{ secrets[inputs.url] }}" } }';
    assert.deepEqual(await needed('false', {}, computed), ['TOKEN', 'OTHER']);
    assert.deepEqual(await needed('false', {}), ['OTHER']);
  });
});

describe('a part of a plan', () => {
  const text =
    'parallel_deployment:\n  a:\n    - { task: x, type: sh }\n    - { task: y, type: sh, depends_on: x }\n    - { task: z, type: sh, matrix: { k: [1, 2] } }\n  b:\n    - { task: w, type: sh }\nfinally:\n  - { task: f, type: sh }\n';
  const ids = async (restriction: Parameters<typeof restrictPlan>[1]): Promise<string[]> => {
    const part = restrictPlan(await plan(text), restriction);
    return part.ok ? part.value.tasks.map(({ id }) => id) : [part.failure.message];
  };

  it('is the named tasks and no others', async () =>
    assert.deepEqual(await ids({ only: ['y', 'z[k=2]'] }), ['y', 'z[k=2]']));
  it('is a task, what depends on it and all stages after', async () =>
    assert.deepEqual(await ids({ from: 'x' }), ['x', 'y', 'w', 'f']));
  it('needs a name that there is', async () => assert.match((await ids({ only: ['q'] }))[0] ?? '', /no task q/));
  it('has a hash of its own', async () => {
    const whole = await plan(text);
    const part = restrictPlan(whole, { only: ['x'] });
    assert.ok(part.ok && part.value.hash !== whole.hash);
  });
});

describe('the analysis of a plan', () => {
  const seed =
    'parallel_deployment:\n  one:\n    - { task: net, type: sh }\n    - { task: build, type: sh }\n    - { task: conf, type: sh }\n  two:\n    - { task: infra, type: sh, depends_on: [net] }\n    - { task: push, type: sh, depends_on: [build] }\n  three:\n    - { task: up, type: sh, depends_on: [infra, push] }\n';
  const durations = [300, 600, 120, 400, 100, 50];

  it('finds the critical path through barriers, and what they cost', async () => {
    const found = analyze(await plan(seed), durations);
    assert.deepEqual(found.criticalPath, ['build', 'infra', 'up']);
    assert.deepEqual([found.criticalPathMs, found.serialMs, found.graphMs], [1050, 1570, 750]);
    assert.deepEqual([...found.remainingMs], [750, 1050, 570, 450, 150, 50]);
    assert.deepEqual([...found.slackMs], [300, 0, 480, 0, 300, 0]);
    assert.deepEqual(found.barriers, [
      { stage: 'two', after: 'one', waitMs: 300, heldBy: 'build' },
      { stage: 'three', after: 'two', waitMs: 300, heldBy: 'infra' },
    ]);
  });

  it('finds no cost where the graph is the schedule', async () => {
    const found = analyze(await plan(`schedule: graph\n${seed}`), durations);
    assert.deepEqual([found.criticalPathMs, found.graphMs, found.barriers], [750, 750, []]);
    assert.deepEqual(found.criticalPath, ['net', 'infra', 'up']);
  });

  it('counts barriers, never their edges: two stages of five thousand are done at once', async () => {
    const stage = (name: string): string =>
      `  ${name}:\n${Array.from({ length: 5000 }, (_, i) => `    - { task: ${name}${i}, type: sh }\n`).join('')}`;
    const made = await plan(`parallel_deployment:\n${stage('a')}${stage('b')}`);
    const before = process.cpuUsage();
    const found = analyze(made, new Float64Array(10_000).fill(1));
    const { user } = process.cpuUsage(before);
    assert.equal(found.criticalPathMs, 2);
    assert.ok(user / 1000 < 10_000, `took ${user / 1000} ms`);
  });
});
