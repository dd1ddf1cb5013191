import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { finished, parseLines, Workspace } from '../cli/built.ts';
import { cutOff, journalOf } from '../cli/cut-off.ts';
import { deployment } from './cluster.ts';
import { ControlPlane, needsControlPlane } from './control-plane.ts';
import { helms } from './helms.ts';
import { need, toolAt, toolPath } from './tools.ts';

/** Waits until the condition holds; the test's own time limit ends the wait. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(50);
}

interface Seen {
  readonly status: string | undefined;
  readonly attempts: number;
}

/** Runs and resumes by the command line, of a workflow whose one task is `it`. */
class Flow {
  readonly place = new Workspace();
  runId = '';

  constructor(private readonly env: Readonly<Record<string, string>>) {}

  begin(task: string): void {
    this.place.file('w.code.yaml', `parallel_deployment:\n  all:\n    - ${task}\n`);
    const { out, err } = this.place.run(['run', 'w.code.yaml', '--detach'], this.env);
    this.runId = out.trim();
    assert.match(this.runId, /^\d{8}-/, err);
  }

  cutOff(): Promise<void> {
    return cutOff(this.place, this.runId, 'it');
  }

  resume(...more: string[]): Seen & { readonly out: string } {
    const { out, err } = this.place.run(['runs', 'resume', this.runId, '--json', ...more], this.env);
    return { ...this.seen(finished(parseLines(out)).it), out: out + err };
  }

  seen(status: string | undefined): Seen {
    const started = journalOf(this.place, this.runId).filter(({ type }) => type === 'task.started');
    return { status, attempts: started.length };
  }
}

describe('supervisor and task killed in mid-attempt, with the real tools', function () {
  this.timeout(240_000);
  let flow: Flow | undefined;
  afterEach(() => {
    flow?.place.close();
    flow = undefined;
  });

  describe('opentofu', () => {
    before(function () {
      need(this, 'tofu');
    });

    /** Killed while a resource is being made, which waits for a file. */
    async function crashed(): Promise<Flow> {
      const made = new Flow({ PATH: toolPath });
      flow = made;
      const script = 'echo made >> made; until test -f go; do sleep 0.05; done';
      made.place.file(
        'infra/main.tf',
        `resource "terraform_data" "node" {\n  provisioner "local-exec" { command = "${script}" }\n}\n`,
      );
      made.begin('{ task: it, type: opentofu, with: { dir: infra, engine: tofu } }');
      await until(() => existsSync(made.place.path('infra/made')));
      await made.cutOff();
      made.place.file('infra/go', '');
      return made;
    }

    it('what is not in the state is done again', async () => {
      const made = await crashed();
      const { out, ...seen } = made.resume('--on-unknown', 'probe');
      assert.deepEqual(seen, { status: 'succeeded', attempts: 2 }, out);
    });

    it('what a person has applied meanwhile is found, and not done again', async () => {
      const made = await crashed();
      const apply = ['-chdir=infra', 'apply', '-auto-approve', '-input=false', '-lock=false'];
      execFileSync(toolAt('tofu') ?? 'tofu', apply, { cwd: made.place.folder, stdio: 'ignore' });
      const { out, ...seen } = made.resume('--on-unknown', 'probe');
      assert.deepEqual(seen, { status: 'succeeded', attempts: 1 }, out);
    });

    it('`fail` touches nothing, and `rerun` after it does it again', async () => {
      const made = await crashed();
      const { out, ...left } = made.resume('--on-unknown', 'fail');
      assert.deepEqual(left, { status: 'interrupted', attempts: 1 }, out);
      assert.equal(readFileSync(made.place.path('infra/made'), 'utf8'), 'made\n');
      const again = made.resume('--on-unknown', 'rerun');
      assert.deepEqual([again.status, again.attempts], ['succeeded', 2], again.out);
    });
  });

  describe('on a real API server', () => {
    let up: ControlPlane | undefined;
    let plane: ControlPlane;
    const [helm] = helms();
    before(async function () {
      needsControlPlane.call(this);
      plane = up = await ControlPlane.up();
    });
    after(() => up?.down());

    const begun = (namespace: string): boolean =>
      plane.kubectl('--namespace', namespace, 'get', 'pods', '--output', 'name').includes('pod/');
    const environment = (): Record<string, string> => ({
      KUBECONFIG: plane.kubeconfig,
      PATH: [helm === undefined ? '' : dirname(helm.program), process.env.PATH ?? ''].join(delimiter),
    });

    /** Killed while it waits for a deployment to become ready. */
    async function crashed(namespace: string): Promise<Flow> {
      const made = new Flow(environment());
      flow = made;
      made.place.file('k8s/web.yaml', deployment('web'));
      made.begin(`{ task: it, type: kubernetes, with: { manifests: k8s, namespace: ${namespace} } }`);
      await until(() => begun(namespace));
      await made.cutOff();
      return made;
    }

    it('kubernetes: what has become ready meanwhile is taken as done', async () => {
      const made = await crashed('ready');
      plane.makeReady('ready');
      const available = ['get', 'deployment', 'web', '--output', 'jsonpath={.status.availableReplicas}'];
      await until(() => plane.kubectl('--namespace', 'ready', ...available) === '1');
      const { out, ...seen } = made.resume('--on-unknown', 'probe');
      assert.deepEqual(seen, { status: 'succeeded', attempts: 1 }, out);
    });

    it('kubernetes: what is not ready is applied again and waited for', async () => {
      const made = await crashed('waiting');
      const resumed = made.place.start(['runs', 'resume', made.runId, '--on-unknown', 'probe'], environment());
      await resumed.until((out) => out.includes('it started (attempt 2)'));
      plane.makeReady('waiting');
      const { code, out } = await resumed.ended;
      assert.equal(code, 0, out);
      assert.equal(made.seen(undefined).attempts, 2);
    });

    it('helm: a release that stays pending tells neither: the run ends; uninstalled by hand, it is installed again', async function () {
      if (helm === undefined) {
        console.log('      skipped: no Helm (node scripts/testbed/helm.mjs up)');
        return this.skip();
      }
      const made = new Flow(environment());
      flow = made;
      made.place.file('chart/Chart.yaml', 'apiVersion: v2\nname: shop\nversion: 1.2.3\n');
      made.place.file('chart/templates/web.yaml', deployment('web'));
      made.begin('{ task: it, type: helm, with: { release: shop, namespace: shop } }');
      await until(() => begun('shop'));
      await made.cutOff();
      const { out, ...left } = made.resume('--on-unknown', 'probe');
      assert.deepEqual(left, { status: 'interrupted', attempts: 1 }, out);
      execFileSync(helm.program, ['uninstall', 'shop', '--namespace', 'shop', '--wait'], {
        env: { ...process.env, ...environment() },
        stdio: 'ignore',
      });
      await until(() => !begun('shop'));
      const resumed = made.place.start(['runs', 'resume', made.runId, '--on-unknown', 'probe'], environment());
      await resumed.until((text) => text.includes('it started (attempt 2)'));
      await until(() => begun('shop'));
      plane.makeReady('shop');
      const ended = await resumed.ended;
      assert.equal(ended.code, 0, ended.out);
    });
  });
});
