import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import type { RunEvent } from '../../src/run/events.ts';

const repository = join(import.meta.dirname, '..', '..');
const cli = join(repository, 'dist', 'cli.js');

/** A window on Windows: it sees `C:\`, which the stand-in's distribution has mounted where the test's folder is. */
export class Window {
  readonly child: ChildProcess;
  readonly connection: MessageConnection;
  readonly ended: Promise<unknown>;
  readonly events: RunEvent[] = [];
  #look: (() => void)[] = [];

  /**
   * @param folder of the test: `log`, `home` and `mountinfo` of the stand-in lie there
   * @param variables also inside, by WSLENV
   */
  constructor(folder: string, config: object = {}, variables: Readonly<Record<string, string>> = {}) {
    const settings = {
      log: join(folder, 'log'),
      home: join(folder, 'home'),
      mountinfo: join(folder, 'mountinfo'),
      ...config,
    };
    const env = {
      PATH: process.env['PATH'],
      CODE_ENGINE_WSL_EXE: join(repository, 'test', 'platform', 'fake-wsl.mjs'),
      FAKE_WSL: JSON.stringify(settings),
      ...variables,
      WSLENV: Object.keys(variables)
        .map((name) => `${name}/u`)
        .join(':'),
    };
    const on = 'on' in config ? String(config.on) : 'wsl';
    const child = spawn(process.execPath, [cli, 'serve', '--stdio', '--on', on], {
      cwd: folder,
      env,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.child = child;
    this.ended = new Promise((resolve) => child.once('close', resolve));
    this.connection = createMessageConnection(
      new StreamMessageReader(child.stdout),
      new StreamMessageWriter(child.stdin),
    );
    this.connection.onNotification('runs/events', (params: { events: RunEvent[] }) => {
      this.events.push(...params.events);
      for (const look of this.#look) look();
    });
    this.connection.onError(() => undefined);
    this.connection.listen();
  }

  ask<T>(method: string, params: object): Promise<T> {
    return this.connection.sendRequest<T>(method, params);
  }

  /** The process of the relay in the distribution: the one below the stand-in below ours. */
  relayInside(): number {
    const below = (pid: number): number =>
      Number(
        spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
          .stdout.trim()
          .split('\n')[0],
      );
    return below(below(this.child.pid ?? 0));
  }

  saw(type: RunEvent['type']): Promise<RunEvent> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = this.events.find((event) => event.type === type);
        if (found !== undefined) resolve(found);
      };
      this.#look.push(look);
      look();
    });
  }
}
