import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { kubernetes } from '../../src/tasks/kubernetes.ts';
import { perform, workbench, type Workbench } from '../tasks/context.ts';
import { deployment, freshName, isTestbed, kubeconfig, kubectl, limited, needsCluster, writeFiles } from './cluster.ts';

/** A line to the API server that a test can cut and mend. */
class Line {
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;
  silent = false;

  constructor(private readonly target: { host: string; port: number }) {}

  get port(): number {
    return this.#port;
  }

  async open(): Promise<void> {
    const server = createServer((near) => {
      this.#keep(near);
      if (this.silent) return;
      const far = connect(this.target);
      this.#keep(far);
      near.pipe(far).pipe(near);
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
  }

  async cut(): Promise<void> {
    const server = this.#server;
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve())));
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
  }
}

describe('kubernetes and an API server in trouble', function () {
  this.timeout(240_000);
  let line: Line;
  let bench: Workbench;
  let namespace: string;
  const namespaces: string[] = [];

  before(function () {
    // A line of ours is only trusted where the certificate names the loopback address.
    if (!isTestbed) return this.skip();
    needsCluster.call(this);
  });
  beforeEach(async () => {
    const server = new URL(kubectl('config', 'view', '--raw', '-o', 'jsonpath={.clusters[0].cluster.server}'));
    line = new Line({ host: server.hostname, port: Number(server.port || 443) });
    await line.open();
    bench = await workbench();
    const through = join(bench.stateDir, 'kubeconfig');
    const text = await readFile(kubeconfig, 'utf8');
    await writeFile(through, text.replaceAll(server.host, `127.0.0.1:${line.port}`));
    Object.assign(bench.env, { KUBECONFIG: through });
    namespace = freshName('trouble');
    namespaces.push(namespace);
  });
  afterEach(() => line.cut());
  after(() => {
    for (const name of namespaces) kubectl('delete', 'namespace', name, '--ignore-not-found', '--wait=false');
  });

  const given = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
    manifests: 'k8s',
    namespace,
    ...more,
  });
  const saw = (text: string): boolean => bench.lines.some((one) => one.includes(text));
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  /** Not ready before its pod has run for a while: time to cut the line in between. */
  const slow = deployment('web').replace('spec:\n  replicas', 'spec:\n  minReadySeconds: 3\n  replicas');

  it('goes on waiting when the server goes away in the middle, and sees the end when it is back', async () => {
    await writeFiles(bench.root, { 'k8s/web.yaml': slow });
    const running = perform(kubernetes, given({ wait_timeout: '180s' }), bench);
    await until(() => saw('0 of 1 replicas are available'));
    await line.cut();
    await until(() => saw('Still waiting; trying again for up to'));
    await line.open();
    const result = await running;
    assert.ok(result.ok, bench.lines.join('\n'));
    assert.ok(saw('answers again'));
  });

  it('says at the timeout that the server did not answer', async () => {
    await writeFiles(bench.root, { 'k8s/web.yaml': slow });
    const running = perform(kubernetes, given({ wait_timeout: '12s' }), bench);
    await until(() => saw('0 of 1 replicas are available'));
    await line.cut();
    const result = await running;
    assert.ok(!result.ok);
    assert.equal(result.failure.kind, 'timeout');
    assert.match(result.failure.message, /The API server did not answer at the end/);
  });

  it('finds within three seconds that nothing answers, and says what it tried', async () => {
    const parameters = kubernetes.parameters.parse(given());
    assert.deepEqual(await kubernetes.preflight?.(parameters, bench), { ok: true, value: undefined });
    await line.cut();
    line.silent = true;
    await line.open();
    const began = Date.now();
    const silent = await kubernetes.preflight?.(parameters, bench);
    assert.ok(Date.now() - began < 30_000, 'a guard: it asks for three seconds, on a machine that may be busy');
    await line.cut();
    const refused = await kubernetes.preflight?.(parameters, bench);
    for (const result of [silent, refused]) {
      assert.ok(result !== undefined && !result.ok);
      assert.equal(result.failure.kind, 'missing');
      assert.match(result.failure.message, /No cluster answers for the context "testbed" of .*kubeconfig/);
    }
  });

  it('tells that credentials are not accepted, and whose', async () => {
    const parsed = JSON.parse(await readFile(bench.env.KUBECONFIG ?? '', 'utf8')) as { users: { user: unknown }[] };
    for (const entry of parsed.users) entry.user = { token: 'expired-token' };
    await writeFile(bench.env.KUBECONFIG ?? '', JSON.stringify(parsed));
    const result = await kubernetes.preflight?.(kubernetes.parameters.parse(given()), bench);
    assert.ok(result !== undefined && !result.ok);
    assert.equal(result.failure.kind, 'denied');
    assert.match(result.failure.message, /does not accept the credentials of "admin"/);
    assert.ok(!JSON.stringify(result).includes('expired-token'));
  });

  it('logs in anew where credentials are refused in the middle, whatever end they were to have', async () => {
    const credentials = join(bench.stateDir, 'credentials.json');
    const script = join(bench.stateDir, 'login.sh');
    await writeFile(script, `#!/bin/sh\ncat ${credentials}\n`, { mode: 0o755 });
    const apiVersion = 'client.authentication.k8s.io/v1';
    const use = async (token: string): Promise<void> => {
      const status = { token, expirationTimestamp: '2099-01-01T00:00:00Z' };
      await writeFile(credentials, JSON.stringify({ apiVersion, kind: 'ExecCredential', status }));
    };
    const account = (name: string): string => {
      kubectl('-n', namespace, 'create', 'serviceaccount', name);
      const rights = ['--clusterrole=admin', `--serviceaccount=${namespace}:${name}`];
      kubectl('-n', namespace, 'create', 'rolebinding', name, ...rights);
      return kubectl('-n', namespace, 'create', 'token', name).trim();
    };
    const parsed = JSON.parse(await readFile(bench.env.KUBECONFIG ?? '', 'utf8')) as { users: { user: unknown }[] };
    for (const entry of parsed.users) entry.user = { exec: { apiVersion, command: script, interactiveMode: 'Never' } };
    await writeFile(bench.env.KUBECONFIG ?? '', JSON.stringify(parsed));
    kubectl('create', 'namespace', namespace);
    const first = account('first');
    await use(first);
    await writeFiles(bench.root, { 'k8s/web.yaml': deployment('web', { image: 'testbed.local/nothing:1' }) });
    const running = perform(kubernetes, given({ wait_timeout: '180s' }), bench);
    await until(() => saw('0 of 1 replicas are available'));
    await use(account('second'));
    kubectl('-n', namespace, 'delete', 'serviceaccount', 'first');
    await until(() => !accepted(first));
    await line.cut();
    await until(() => saw('Still waiting; trying again for up to'));
    await line.open();
    await until(() => saw('answers again'));
    kubectl('-n', namespace, 'set', 'image', 'deployment/web', 'main=testbed.local/web:1');
    const result = await running;
    assert.ok(result.ok, bench.lines.join('\n'));
  });

  /** The API server remembers for some seconds whom it accepted. */
  function accepted(token: string): boolean {
    try {
      kubectl('get', '--raw', '/version', '--kubeconfig', limited('nobody'), '--token', token);
      return true;
    } catch {
      return false;
    }
  }
});
