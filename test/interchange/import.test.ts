import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { importWorkflow, type Imported } from '../../src/interchange/import.ts';
import { readWorkflow } from '../../src/language/read.ts';
import { catalogue } from '../../src/tasks/catalogue.ts';

interface Task {
  readonly task: string;
  readonly type: string;
  readonly depends_on?: readonly string[];
  readonly when?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}
interface Written {
  readonly name: string;
  readonly inputs?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly secrets?: readonly string[];
  readonly schedule?: string;
  readonly parallel_deployment: Readonly<Record<string, readonly Task[]>>;
  readonly finally?: readonly Task[];
}

/** Imports, and holds what comes out against the language: a workflow that is invalid is no import. */
async function imported(
  text: string,
): Promise<Imported & { workflow: Written; readonly task: (name: string) => Task }> {
  const result = importWorkflow(text, 'sample', 'sample.yml');
  assert.ok(result.ok, result.ok ? '' : result.failure.message);
  const { diagnostics } = await readWorkflow(result.value.text, { path: '/w/sample.code.yaml', catalogue });
  const errors = diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message);
  assert.deepEqual(errors, [], result.value.text);
  const workflow = parse(result.value.text) as Written;
  const all = [...Object.values(workflow.parallel_deployment).flat(), ...(workflow.finally ?? [])];
  const task = (name: string): Task => {
    const found = all.find((one) => one.task === name);
    assert.ok(found !== undefined, `no task ${name} in\n${result.value.text}`);
    return found;
  };
  return { ...result.value, workflow, task };
}
const kinds = ({ losses }: Imported, what: string): string[] =>
  losses.filter((loss) => loss.what.includes(what)).map(({ kind }) => kind);

describe('an import from GitHub Actions', () => {
  const release = `name: Release
on:
  push: { branches: [main] }
  workflow_dispatch:
    inputs:
      tier: { type: choice, options: [staging, production], default: staging, description: Where to }
env: { REGISTRY: ghcr.io }
jobs:
  build:
    runs-on: ubuntu-latest
    outputs: { version: "\${{ steps.v.outputs.version }}" }
    steps:
      - uses: actions/checkout@v4
      - id: v
        run: echo "version=1.\${{ github.run_number }}" >> "$GITHUB_OUTPUT"
      - name: Test
        run: npm test
        working-directory: web
        timeout-minutes: 5
        continue-on-error: true
        env: { TOKEN: "\${{ secrets.NPM_TOKEN }}" }
  deploy:
    needs: build
    environment: production
    concurrency: { group: "deploy-\${{ inputs.tier }}", cancel-in-progress: true }
    if: github.ref == 'refs/heads/main' && inputs.tier == 'production'
    steps:
      - run: ./deploy.sh \${{ needs.build.outputs.version }}
      - uses: acme/notify@v1
        name: Tell them
      - if: always()
        run: ./clean.sh
`;

  it('makes a task of each step, in their order, and lets a job wait for the jobs that it needs', async () => {
    const { workflow, task } = await imported(release);
    assert.equal(workflow.schedule, 'graph');
    assert.deepEqual(Object.keys(workflow.parallel_deployment), ['build', 'deploy']);
    assert.deepEqual(task('build_test').depends_on, ['build_v']);
    assert.deepEqual(task('deploy_step_1').depends_on, ['build_test']);
    assert.deepEqual(
      workflow.finally?.map((one) => one.task),
      ['deploy_step_3'],
    );
  });
  it('carries over directories, limits, secrets and outputs', async () => {
    const { workflow, task } = await imported(release);
    assert.deepEqual(workflow.secrets, ['NPM_TOKEN']);
    const test = task('build_test');
    assert.deepEqual(
      [test['cwd'], test['timeout'], test['allow_failure'], test.env],
      ['web', '5m', true, { TOKEN: '${{ secrets.NPM_TOKEN }}' }],
    );
    assert.equal(task('build_v').with?.['run'], 'echo "version=1.${{ run.id }}" >> "$CODE_OUTPUT"');
    assert.equal(task('deploy_step_1').with?.['run'], './deploy.sh ${{ tasks.build_v.outputs.version }}');
  });
  it('asks for what only GitHub knows, and keeps the condition', async () => {
    const { workflow, task } = await imported(release);
    assert.deepEqual(workflow.inputs?.['tier'], {
      type: 'string', default: 'staging', description: 'Where to', options: ['staging', 'production'],
    }); // prettier-ignore
    assert.equal(workflow.inputs['github_ref']?.['default'], 'refs/heads/main');
    assert.equal(
      task('deploy_step_1').when,
      '${{ inputs.github_ref == "refs/heads/main" && inputs.tier == "production" }}',
    );
  });
  it('puts a person where there is nothing for an action, and a gate where GitHub may have one', async () => {
    const result = await imported(release);
    assert.equal(result.task('deploy_tell them'.replace(' ', '_')).type, 'approval');
    assert.deepEqual(result.task('deploy_step_1')['approval'], { message: 'Go on with production?' });
    assert.deepEqual(result.task('deploy_step_1')['resources'], { lock: 'deploy-${{ inputs.tier }}' });
    assert.deepEqual(kinds(result, 'jobs.deploy.steps[1].uses'), ['lost']);
    assert.deepEqual(kinds(result, 'jobs.build.steps[0].uses'), ['dropped']);
    assert.equal(result.losses.find(({ what }) => what === 'on')?.line, 2);
  });
  it('turns a matrix and its exceptions into ours', async () => {
    const { task } = await imported(`jobs:
  test:
    strategy: { matrix: { node: [20, 22], os: [linux, mac], exclude: [{ node: 20, os: mac }] } }
    steps: [{ run: "test \${{ matrix.node }}" }]
`);
    assert.deepEqual(task('test')['matrix'], { node: [20, 22], os: ['linux', 'mac'] });
    assert.equal(task('test').when, '${{ !(matrix.node == 20 && matrix.os == "mac") }}');
  });
  it('builds and pushes with our own types, and leaves off what a condition cannot say', async () => {
    const { task, workflow } = await imported(`jobs:
  image:
    steps:
      - uses: docker/build-push-action@v5
        with: { context: web, push: true, tags: "ghcr.io/a/b:1,ghcr.io/a/b:latest", build-args: "A=1" }
      - run: echo done
        if: contains(fromJSON('["a"]').*.name, github.actor)
`);
    const build = task('image_docker');
    assert.deepEqual(build.with, {
      context: 'web',
      image: 'ghcr.io/a/b:1',
      tags: ['ghcr.io/a/b:latest'],
      args: { A: '1' },
    });
    assert.deepEqual(task('image_registry').depends_on, ['image_docker']);
    const [name = ''] = /inputs\.(\w+)/.exec(task('image_step_2').when ?? '')?.slice(1) ?? [];
    assert.deepEqual([workflow.inputs?.[name]?.['type'], workflow.inputs?.[name]?.['default']], ['boolean', false]);
  });
});

describe('an import from a Taskfile', () => {
  const taskfile = `version: '3'
vars:
  BIN: app
  SHA: { sh: git rev-parse HEAD }
tasks:
  default: { deps: [build] }
  build:
    desc: Builds
    deps: [generate]
    dir: src
    sources: ['**/*.go']
    generates: ['{{.BIN}}']
    preconditions: [{ sh: test -f go.mod, msg: no module }]
    cmds:
      - go build -o {{.BIN}} -ldflags {{.SHA}}
      - cmd: strip {{.BIN}}
        ignore_error: true
  generate: go generate
  release:
    prompt: Really?
    cmds:
      - task: build
      - 'gh release create {{.CLI_ARGS}}'
      - for: [a, b]
        cmd: echo {{.ITEM}}
`;

  it('lets an input choose the task, as the command line of task does', async () => {
    const { workflow, task } = await imported(taskfile);
    assert.deepEqual(workflow.inputs?.['task']?.['options'], ['default', 'build', 'generate', 'release']);
    assert.equal(workflow.inputs['task']['default'], 'default');
    assert.equal(task('release').when, '${{ inputs.task == "release" }}');
    assert.equal(task('build').when, '${{ inputs.task in ["default","build","release"] }}');
    assert.deepEqual([task('build').depends_on, task('release').depends_on], [['generate'], ['build']]);
  });
  it('carries over variables, computed ones in the script, and what must hold before', async () => {
    const { task } = await imported(taskfile);
    const build = task('build');
    assert.deepEqual([build['cwd'], build['cache']], ['src', { inputs: ['**/*.go'], outputs: ['app'] }]);
    assert.deepEqual(String(build.with?.['run']).split('\n'), [
      'SHA="$(git rev-parse HEAD)"',
      "if ! { test -f go.mod; }; then echo 'no module' >&2; exit 1; fi",
      'go build -o app -ldflags ${SHA}',
      '{',
      'strip app',
      '} || true',
    ]);
    assert.deepEqual(task('release')['approval'], { message: 'Really?' });
    assert.match(
      String(task('release').with?.['run']),
      /gh release create \$\{\{ inputs\.cli_args \}\}\necho a\necho b/,
    );
  });
  it('tells of includes and of tasks that call themselves', async () => {
    const result = await imported(
      `version: '3'\nincludes: { x: ./x }\ntasks: { a: { cmds: [echo a, task: b] }, b: { cmds: [echo b, task: a] } }\n`,
    );
    assert.deepEqual(kinds(result, 'includes'), ['lost']);
    assert.ok(result.losses.some(({ message }) => message.includes('calls itself')));
  });
});

describe('an import from Tekton', () => {
  const pipeline = `apiVersion: tekton.dev/v1
kind: Task
metadata: { name: greet }
spec:
  params: [{ name: who, default: world }]
  results: [{ name: said }]
  steps:
    - name: say
      image: alpine
      script: |
        #!/bin/sh
        echo -n "hello $(params.who)" > $(results.said.path)
---
apiVersion: tekton.dev/v1
kind: Pipeline
metadata: { name: hello }
spec:
  params: [{ name: name, type: string, default: you }]
  tasks:
    - name: first
      taskRef: { name: greet }
      params: [{ name: who, value: $(params.name) }]
      retries: 2
    - name: second
      params: [{ name: text, value: $(tasks.first.results.said) }]
      when: [{ input: $(params.name), operator: notin, values: [nobody] }]
      taskSpec:
        params: [{ name: text }]
        steps: [{ image: alpine, command: [echo], args: ["$(params.text)"] }]
  finally:
    - name: last
      taskSpec: { steps: [{ image: alpine, script: "echo $(tasks.first.status)" }] }
`;

  it('takes tasks by name, passes results on, and waits for who gives them', async () => {
    const { workflow, task } = await imported(pipeline);
    assert.equal(workflow.name, 'hello');
    assert.deepEqual(task('second').with, { command: ['echo', '${{ tasks.first.outputs.said }}'] });
    assert.deepEqual(task('second').depends_on, ['first']);
    assert.equal(task('second').when, '${{ !(inputs.name in ["nobody"]) }}');
    assert.deepEqual(task('first')['retry'], { attempts: 3 });
    assert.match(String(task('first').with?.['run']), /hello \$\{\{ inputs\.name \}\}" > \$\{RESULTS\}\/said/);
    assert.deepEqual(
      workflow.finally?.map((one) => one.task),
      ['last'],
    );
  });
  it('says that images are not used, and asks a person where a task is not at hand', async () => {
    const result = await imported(`apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: { generateName: run- }
spec:
  pipelineSpec:
    tasks:
      - { name: far, taskRef: { resolver: git, params: [] } }
      - { name: near, runAfter: [far], taskSpec: { steps: [{ image: node:22, script: "node -v" }] } }
`);
    assert.equal(result.task('far').type, 'approval');
    assert.deepEqual(result.task('near').depends_on, ['far']);
    assert.ok(result.losses.some(({ kind, message }) => kind === 'changed' && message.includes('node:22')));
  });
});

describe('any import', () => {
  it('refuses what it does not know, and text that is no YAML, in words', () => {
    const other = importWorkflow('a: 1\n', 'x', 'x.yml');
    const broken = importWorkflow('jobs: [\n', 'x', 'x.yml');
    assert.match(other.ok ? '' : other.failure.message, /no workflow of GitHub Actions/);
    assert.match(broken.ok ? '' : broken.failure.message, /^\S+:\d+ is no YAML/);
  });
  it('gives a valid workflow for files of public projects', async function () {
    const folder = process.env['CODE_TEST_INPUTS'];
    if (folder === undefined) {
      console.log('      skipped: CODE_TEST_INPUTS names no folder with github-actions, taskfiles and tekton');
      this.skip();
    }
    const files = ['github-actions', 'taskfiles', 'tekton'].flatMap((group) =>
      readdirSync(join(folder, group), { recursive: true, encoding: 'utf8' })
        .filter((file) => /\.ya?ml$/.test(file))
        .map((file) => join(folder, group, file)),
    );
    let valid = 0;
    for (const file of files) {
      const result = importWorkflow(readFileSync(file, 'utf8'), 'sample', basename(file));
      if (!result.ok) {
        assert.match(result.failure.message, /nothing in|no workflow of/, file);
        continue;
      }
      const { diagnostics } = await readWorkflow(result.value.text, { path: '/w/x.code.yaml', catalogue });
      assert.deepEqual(diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message), [], file); // prettier-ignore
      valid++;
    }
    assert.ok(valid > files.length * 0.8, `${valid} of ${files.length}`);
  });
});
