/** How a window on Windows shows that its WSL cannot work: what happened and what to do next, in the Environment view. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import { EngineClient } from '../../src/extension/engine/client.ts';
import { launchRelay } from '../../src/extension/engine/launch.ts';
import type { App } from '../../src/extension/host.ts';
import { EnvironmentTree } from '../../src/extension/trees/environment.ts';
import { cli, needsBuilt } from '../cli/wsl-window.ts';
import { inside, LIMIT_MS, needsStandIn, standIn, WSL } from '../platform/stand-in.ts';
import { fakeVsCode } from './fake-vscode.ts';

const distro = (name: string, state = 'Running'): object => ({ name, state, version: 2, default: true });

describe('the Environment view of a window whose WSL is in trouble', function () {
  this.timeout(LIMIT_MS);
  let folder = '';
  let engine: EngineClient;
  const environment = { ...process.env };
  before(function () {
    needsBuilt(this);
    needsStandIn(this);
  });
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'states-'))));
  afterEach(() => {
    engine.dispose();
    process.env = { ...environment };
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  /** The labels of the view's top. */
  async function shown(config: object, on = 'wsl'): Promise<string> {
    const limit = 'mode' in config && config.mode === 'hang' ? { CODE_ENGINE_WSL_LIMIT: '1' } : {};
    const settings = standIn({ home: inside(folder), ...config });
    Object.assign(process.env, { CODE_ENGINE_WSL_EXE: WSL, ...settings, ...limit });
    engine = new EngineClient({
      launch: () => launchRelay({ node: process.execPath, script: cli, cwd: undefined, on }),
      log: () => undefined,
      client: 'test',
    });
    const { vscode } = fakeVsCode(folder, folder);
    const log = vscode.window.createOutputChannel('CODE', { log: true });
    const tree = new EnvironmentTree({ vscode, engine, log } as unknown as App);
    const nodes = await tree.getChildren();
    return nodes.map((node) => JSON.stringify(tree.getTreeItem(node).label)).join('\n');
  }

  for (const [name, config, on, says] of [
    ['the installer’s stub', { mode: 'stub' }, 'wsl', /not installed yet.*wsl --install/],
    ['no distribution', { distros: [] }, 'wsl', /no distribution yet.*wsl --install -d Ubuntu/],
    [
      'those of container products only',
      { distros: [distro('docker-desktop')] },
      'wsl',
      /container products \(docker-desktop\).*wsl --install -d Ubuntu/,
    ],
    ['one that is being converted', { distros: [distro('Ubuntu', 'Converting')] }, 'wsl', /busy.*Wait until/],
    ['another than the one that is set', {}, 'wsl:Arch', /no distribution Arch.*There is Ubuntu/],
    ['one whose name cannot be given to wsl.exe', { distros: [distro('My Größe')] }, 'wsl', /My Größe.*wsl --export/],
    ['a wsl.exe that hangs', { mode: 'hang' }, 'wsl', /did not answer for 1 s.*wsl --shutdown/],
  ] as const) {
    it(`says what to do where there is ${name}`, async () => assert.match(await shown(config, on), says));
  }
});
