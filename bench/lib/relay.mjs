// A window's side of the engine: one relay that is started once and then asked, as the editor does.
import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';
import { cli } from './place.mjs';

/**
 * @param on where the engine works, as `serve --on` takes it
 * @returns `run(file)`: starts a workflow and resolves at its end; `close()`
 */
export function openWindow(on, cwd, env) {
  const child = spawn(process.execPath, [cli, 'serve', '--stdio', '--on', on], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  let take = () => undefined;
  connection.onNotification('runs/events', ({ events }) => events.forEach((event) => take(event)));
  connection.listen();
  return {
    hello: () => connection.sendRequest('hello', { protocol: 1, client: 'bench' }),
    async run(file) {
      const ended = new Promise((resolve, reject) => {
        take = ({ type, status }) => {
          if (type !== 'run.finished') return;
          if (status === 'succeeded') resolve();
          else reject(new Error(`the run ended ${status}`));
        };
      });
      const workspace = dirname(file);
      const { runId } = await connection.sendRequest('runs/start', { file, workspace });
      await connection.sendRequest('runs/subscribe', { runId, workspace, fromSeq: 1 });
      await ended;
    },
    close() {
      connection.dispose();
      child.stdin.end();
    },
  };
}
