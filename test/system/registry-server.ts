/** A real registry (Debian's docker-registry) on the loopback interface, for the time of a test. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './server.ts';

/** User `ci`, password `open-sesame`, as bcrypt. */
const HTPASSWD = 'ci:$2b$05$QyU3MyQe.C6AL.g0Zi/0nej2mB989LjUhyyuD1oEAKAP5AGcPZ0iO\n';

export interface RegistryServer {
  /** `127.0.0.1:PORT` */
  readonly address: string;
  /** The digest that the registry itself gives for a tag, over its HTTP API; undefined where there is no such tag. */
  digest(repository: string, tag: string): Promise<string | undefined>;
  stop(): Promise<void>;
}

export async function startRegistry(program: string, { password = false } = {}): Promise<RegistryServer> {
  const folder = await mkdtemp(join(tmpdir(), 'code-registry-'));
  const address = `127.0.0.1:${await freePort()}`;
  await writeFile(join(folder, 'htpasswd'), HTPASSWD);
  const config = {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } },
    http: { addr: address },
    ...(password ? { auth: { htpasswd: { realm: 'test', path: join(folder, 'htpasswd') } } } : {}),
  };
  await writeFile(join(folder, 'config.yml'), JSON.stringify(config));
  const child = spawn(program, ['serve', join(folder, 'config.yml')], { stdio: 'ignore' });
  const headers: Record<string, string> = password
    ? { authorization: `Basic ${Buffer.from('ci:open-sesame').toString('base64')}` }
    : {};
  const get = (path: string): Promise<Response> =>
    fetch(`http://${address}${path}`, {
      headers: {
        ...headers,
        accept: 'application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json',
      },
    });
  for (
    let asked = 0;
    !(await get('/v2/').then(
      (r) => r.ok,
      () => false,
    ));
    asked++
  ) {
    if (asked > 200 || child.exitCode !== null) throw new Error('docker-registry did not start');
    await new Promise((again) => setTimeout(again, 50));
  }
  return {
    address,
    async digest(repository, tag) {
      const response = await get(`/v2/${repository}/manifests/${tag}`);
      return response.ok ? (response.headers.get('docker-content-digest') ?? undefined) : undefined;
    },
    async stop() {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}
