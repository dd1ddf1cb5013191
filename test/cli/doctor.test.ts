import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Catalogue } from '../../src/core/catalogue.ts';
import { checksOfWsl, environmentChecks } from '../../src/cli/doctor-environment.ts';
import { doctorChecks } from '../../src/cli/doctor.ts';
import { catalogue } from '../../src/tasks/catalogue.ts';

const nowhere = { PATH: '/nowhere', KUBECONFIG: '/nowhere/config', OLLAMA_HOST: '127.0.0.1:1' };

describe('doctor', function () {
  this.timeout(30_000);

  it('names every tool of the catalogue once, and says how to get what is missing', async () => {
    const checks = await doctorChecks(catalogue, nowhere, '/');
    const ids = checks.map((check) => check.id);
    assert.equal(new Set(ids).size, ids.length);
    for (const info of catalogue.types)
      for (const tool of info.tools) assert.ok(ids.includes(tool.anyOf[0] ?? ''), tool.anyOf.join());
    for (const check of checks)
      if (check.id !== 'node')
        assert.ok(check.status === 'missing' && check.hint !== undefined && check.hint !== '', check.id);
  });

  it('takes for a tool every program that one of its task types takes, in the strictest version', async () => {
    const base = catalogue.find('docker');
    assert.ok(base);
    const tool = (anyOf: string[], version?: string) => ({
      anyOf,
      probe: [],
      licence: 'MIT',
      install: {},
      ...(version === undefined ? {} : { version }),
    });
    const two = new Catalogue([
      { ...base, type: 'x', tools: [tool(['nowhere', 'sh'])] },
      { ...base, type: 'y', tools: [tool(['nowhere'], '>=2')] },
    ]);
    const checks = await doctorChecks(two, { ...nowhere, PATH: process.env.PATH }, '/');
    assert.deepEqual(
      checks.find((check) => check.id === 'nowhere'),
      { id: 'nowhere', status: 'ok', group: 'tool', hint: 'sh stands in for it.' },
    );
  });

  it('asks a model server that is there for its version, and shows no key', async () => {
    const server = createServer((request, response) =>
      response.end(request.url === '/api/version' ? '{"version":"0.9.1"}' : ''),
    ).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const checks = await environmentChecks(
      { ...nowhere, OLLAMA_HOST: `127.0.0.1:${port}`, ANTHROPIC_API_KEY: 'sk-secret' },
      '/',
    );
    server.close();
    assert.deepEqual(checks.find((check) => check.id === 'ollama')?.version, '0.9.1');
    assert.equal(checks.find((check) => check.id === 'claude')?.status, 'ok');
    assert.ok(!JSON.stringify(checks).includes('sk-secret'));
  });

  it('tells about WSL: its version, what is wrong with it, a slow folder', () => {
    const distro = { name: 'Ubuntu', state: 'Running', version: 2, default: true } as const;
    const ready = checksOfWsl({
      state: { kind: 'ready', distros: [distro], hidden: [], default: distro },
      versions: { wsl: '2.5.7' },
      slowFolder: '/mnt/c/shop',
    });
    assert.deepEqual(
      ready.map((check) => [check.id, check.status]),
      [
        ['wsl', 'ok'],
        ['wsl-folder', 'outdated'],
      ],
    );
    const [none] = checksOfWsl({ state: { kind: 'trouble', trouble: { kind: 'no-distro' }, hidden: [] } });
    assert.ok(none !== undefined && none.status !== 'ok' && none.hint !== undefined);
    const alone = checksOfWsl({
      here: { version: 2, distro: 'Ubuntu', interop: false },
      state: { kind: 'trouble', trouble: { kind: 'no-interop' }, hidden: [] },
    });
    assert.deepEqual(
      alone.map((check) => [check.id, check.status]),
      [
        ['wsl', 'ok'],
        ['wsl-interop', 'missing'],
      ],
      'a distribution whose interop is off is one to work in',
    );
    assert.match(alone[1]?.hint ?? '', /\[interop\].*wsl --shutdown/);
  });
});
