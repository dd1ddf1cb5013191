/** A real server on the loopback interface, for the time of a test. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export interface Server {
  readonly url: string;
  stop(): Promise<void>;
}

interface Start {
  readonly program: string;
  readonly args: readonly string[];
  readonly url: string;
  /** Answers with a 2xx status when the server is ready. */
  readonly ready: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A machine under load takes its time. */
  readonly withinMs?: number;
}

/** Starts it and waits until it is ready; what it said is in the error where it does not come. */
export async function startServer({ program, args, url, ready, env, withinMs = 120_000 }: Start): Promise<Server> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  let said = '';
  const keep = (text: Buffer): void => void (said = (said + text.toString('utf8')).slice(-4000));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  child.on('error', keep);
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill();
    await ended;
  };
  const until = Date.now() + withinMs;
  for (;;) {
    const answers = await fetch(`${url}${ready}`).then(
      (response) => response.ok,
      () => false,
    );
    if (answers) return { url, stop };
    if (Date.now() > until || child.exitCode !== null) {
      await stop();
      throw new Error(`${program} did not start: ${said}`);
    }
    await pause(50);
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
