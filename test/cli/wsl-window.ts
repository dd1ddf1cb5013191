import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from 'mocha';
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import type { RunEvent } from '../../src/run/events.ts';
import { inside, onLinux, standIn, WSL } from '../platform/stand-in.ts';

/** The built command line. */
export const cli = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');

/** Skips where it is not built. */
export function needsBuilt(test: Context): void {
  if (existsSync(cli)) return;
  console.log('    skipped: no built engine (npm run build)');
  test.skip();
}

/** A window on Windows: it sees `C:\`, which the stand-in's distribution has mounted where the test's folder is. */
export class Window {
  readonly child: ChildProcess;
  readonly connection: MessageConnection;
  readonly ended: Promise<unknown>;
  readonly events: RunEvent[] = [];
  readonly #folder: string;
  #look: (() => void)[] = [];

  /**
   * @param folder of the test: `log`, `home` and `mountinfo` of the stand-in lie there
   * @param variables also inside, by WSLENV
   */
  constructor(folder: string, config: object = {}, variables: Readonly<Record<string, string>> = {}) {
    this.#folder = folder;
    const settings = {
      log: inside(join(folder, 'log')),
      home: inside(join(folder, 'home')),
      mountinfo: inside(join(folder, 'mountinfo')),
      ...config,
    };
    const env = {
      PATH: process.env['PATH'],
      CODE_ENGINE_WSL_EXE: WSL,
      ...standIn(settings),
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
    // Its end, not that of its pipes: under Wine what it started may still hold them.
    this.ended = new Promise((resolve) => child.once('exit', resolve));
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

  /** The process of the relay in the distribution, whose copy of the engine lies in the test's home. */
  relayInside(): number {
    const { out } = onLinux('pgrep', '-f', `${inside(join(this.#folder, 'home'))}/.*/cli\\.js serve`);
    return Number(out.split('\n')[0]);
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
