/**
 * A control plane of a test's own, whose API server may be killed and started again without anybody else noticing: etcd, kube-apiserver
 * and kube-controller-manager, from the test bed's programs, on ports of their own. It has no node: the test says when a pod is ready.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { commands } from '../../scripts/testbed/kubernetes/commands.mjs';
import { writeConfiguration } from '../../scripts/testbed/kubernetes/configuration.mjs';
import { freePort } from './server.ts';
import { toolAt } from './tools.ts';

type Daemon = 'etcd' | 'kube-apiserver' | 'kube-controller-manager';

/** Looked up as the file is loaded: other tests give themselves another home later. */
const bin = join(process.env.CODE_TESTBED ?? join(homedir(), '.cache', 'code-testbed'), 'bin');

/** Where the test bed built the programs; `undefined` where it did not. */
function built(): string | undefined {
  const folders = existsSync(bin) ? readdirSync(bin).filter((name) => name.startsWith('kubernetes-')) : [];
  return folders
    .map((name) => join(bin, name))
    .find((folder) =>
      ['kube-apiserver', 'kube-controller-manager'].every((program) => existsSync(join(folder, program))),
    );
}

/** For `before`: skips the suite, and says why. */
export function needsControlPlane(this: Mocha.Context): void {
  const missing = ['etcd', 'openssl', 'kubectl'].filter((program) => toolAt(program) === undefined);
  if (built() === undefined) missing.push('kube-apiserver');
  if (missing.length === 0) return;
  console.log(`      skipped: ${missing.join(', ')} not found (node scripts/testbed/kubernetes.mjs up)`);
  this.skip();
}

export class ControlPlane {
  readonly kubeconfig: string;
  readonly #home = mkdtempSync(join(tmpdir(), 'code-plane-'));
  readonly #running = new Map<Daemon, ChildProcess>();
  readonly #programs: ReturnType<typeof commands>;
  readonly #leave = (): void => {
    for (const child of this.#running.values()) child.kill('SIGKILL');
  };

  private constructor(ports: Parameters<typeof commands>[0]['ports']) {
    const at = (name: string): string => join(this.#home, name);
    const paths = {
      home: this.#home,
      pki: at('pki'),
      etcd: at('etcd'),
      kubelet: at('kubelet'),
      containerd: at('containerd'),
    };
    mkdirSync(paths.pki);
    writeConfiguration({ paths, ports });
    this.#programs = commands({ paths, ports, bin: built() ?? '', which: toolAt });
    this.kubeconfig = at('admin.kubeconfig');
    process.once('exit', this.#leave);
  }

  static async up(): Promise<ControlPlane> {
    const [etcd, etcdPeer, api] = [await freePort(), await freePort(), await freePort()];
    const plane = new ControlPlane({ etcd, etcdPeer, api, kubelet: 0, health: 0 });
    plane.#start('etcd');
    await plane.startServer();
    await plane.#until(() => plane.kubectl('get', 'serviceaccount', 'default', '--output', 'name'));
    return plane;
  }

  /** Starts the API server, waits until it is ready, and begins the controllers anew: those that are there would ask ever more rarely. */
  async startServer(): Promise<void> {
    this.#start('kube-apiserver');
    await this.#until(() => this.kubectl('get', '--raw', '/readyz', '--request-timeout=2s'));
    await this.#kill('kube-controller-manager');
    this.#start('kube-controller-manager');
  }

  /** `kill -9`, in the middle of whatever it does. */
  async killServer(): Promise<void> {
    await this.#kill('kube-apiserver');
  }

  async down(): Promise<void> {
    for (const name of [...this.#running.keys()].reverse()) await this.#kill(name);
    process.off('exit', this.#leave);
    rmSync(this.#home, { recursive: true, force: true, maxRetries: 5 });
  }

  readonly kubectl = (...args: string[]): string =>
    execFileSync('kubectl', ['--kubeconfig', this.kubeconfig, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 64 * 1_048_576,
    });

  /** Says of each pod of the namespace, as its node would, that it runs and is ready. */
  makeReady(namespace: string): void {
    const status = {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2020-01-01T00:00:00Z' }],
    };
    for (const pod of this.kubectl('--namespace', namespace, 'get', 'pods', '--output', 'name')
      .split(/\s+/)
      .filter(Boolean))
      this.kubectl(
        '--namespace',
        namespace,
        'patch',
        pod,
        '--subresource=status',
        '--patch',
        JSON.stringify({ status }),
      );
  }

  /** How many follow such objects just now, in one namespace each; the controllers follow all. */
  watches(resource: string): number {
    const open =
      /^apiserver_longrunning_requests\{.*resource="(\w+)",scope="(?:namespace|resource)",.*verb="WATCH".*\} (\d+)/gm;
    return [...this.kubectl('get', '--raw', '/metrics').matchAll(open)]
      .filter(([, of]) => of === resource)
      .reduce((sum, [, , count]) => sum + Number(count), 0);
  }

  #start(name: Daemon): void {
    const { program, args } = this.#programs[name];
    const child = spawn(program ?? name, args, { stdio: 'ignore' });
    child.on('error', () => undefined);
    this.#running.set(name, child);
  }

  async #kill(name: Daemon): Promise<void> {
    const child = this.#running.get(name);
    this.#running.delete(name);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** The test's own time limit ends the wait, or a daemon that has ended. */
  async #until(ask: () => unknown): Promise<void> {
    for (;;) {
      try {
        ask();
        return;
      } catch {
        const dead = [...this.#running].find(([, child]) => child.exitCode !== null || child.signalCode !== null);
        if (dead !== undefined) throw new Error(`${dead[0]} ended before the control plane was ready`);
      }
      await pause(200);
    }
  }
}
