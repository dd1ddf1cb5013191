import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { wsl } from '../../src/cli/commands/wsl.ts';
import { host } from '../../src/platform/host.ts';
import { findWslExe } from '../../src/platform/wsl-here.ts';
import { memoryIo } from './memory-io.ts';

let folder = '';
const file = (content: string | Buffer): string => {
  const path = join(folder, 'list');
  writeFileSync(path, content);
  return path;
};

const list =
  '  NAME              STATE           VERSION\r\n* docker-desktop    Running         2\r\n  Ubuntu            Stopped         1\r\n';

describe('code-engine wsl list', () => {
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'wsl-list-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('reads recorded bytes in either encoding and hides what container products made', async () => {
    for (const encoding of ['utf16le', 'utf8'] as const) {
      const io = memoryIo();
      assert.equal(await wsl(['list', '--json', '--from', file(Buffer.from(list, encoding))], io), 0);
      assert.deepEqual(JSON.parse(io.printed.out), {
        distros: [{ name: 'Ubuntu', state: 'Stopped', version: 1, default: false }],
      });
    }
  });

  it('shows all with --all, for a person as a table', async () => {
    const io = memoryIo();
    assert.equal(await wsl(['list', '--all', '--from', file(list)], io), 0);
    assert.equal(io.printed.out, '  Ubuntu          Stopped       WSL 1\n* docker-desktop  Running       WSL 2\n');
  });

  it('says what bytes that are no list mean', async () => {
    const io = memoryIo();
    const text = 'Keine installierten Distributionen.\r\nFehlercode: Wsl/WSL_E_DEFAULT_DISTRO_NOT_FOUND\r\n';
    assert.equal(await wsl(['list', '--json', '--from', file(Buffer.from(text, 'utf16le'))], io), 0);
    const { distros, problem } = JSON.parse(io.printed.out) as { distros: unknown[]; problem: { kind: string } };
    assert.deepEqual([distros, problem.kind], [[], 'no-distro']);
    assert.equal(await wsl(['list', '--from', file(text)], io), 3);
    assert.match(io.printed.err, /WSL has no distribution yet/);
  });

  it('refuses a file that is not there, by its name', async () => {
    const io = memoryIo();
    assert.equal(await wsl(['list', '--from', join(folder, 'none')], io), 2);
    assert.match(io.printed.err, /none: no such file/);
  });

  it('says that there is no WSL where there is none', async function () {
    if (host().wsl !== undefined || findWslExe().ok) {
      console.log('      skipped: there is a WSL here');
      return this.skip();
    }
    const io = memoryIo();
    assert.equal(await wsl(['list'], io), 3);
    assert.match(io.printed.err, /no WSL here/);
    assert.equal(await wsl(['list', '--json'], io), 3);
    assert.match(io.printed.out, /"distros":\[\],"problem":\{"kind":"no-wsl"/);
    assert.equal(await wsl(['status'], io), 0);
    assert.match(io.printed.out, host().os === 'windows' ? /wsl --install/ : /everything runs right here/);
  });
});
