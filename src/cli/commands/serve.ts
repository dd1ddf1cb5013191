/** `code-engine serve --stdio`: the relay that a window talks to. It ends with its window; the runs do not. */
import {
  createMessageConnection,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import { failure, FailureError } from '../../core/failure.ts';
import { command, runAction } from '../command.ts';
import { host } from '../../platform/host.ts';
import { wslHere } from '../../platform/wsl-here.ts';
import type { WslTrouble } from '../../platform/wsl-trouble.ts';
import { EXIT, type CommandFunction, type Io } from '../io.ts';
import type { Open } from '../relay/border.ts';
import { Relay } from '../relay/relay.ts';
import { version } from '../version.ts';
import { REFUSED } from '../../run/protocol.ts';

export const serve: CommandFunction = (args, io) => {
  const made = command('serve', 'The relay between a window and its runs: JSON-RPC over standard input and output.', io)
    .option('--stdio', 'talk over standard input and output (the only way there is)')
    .option(
      '--on <target>',
      'where the engine works: local, wsl[:DISTRO], or auto: in WSL where Windows has one',
      'local',
    );
  return runAction(made, args, io, async (_none, options: { on: string }) => {
    const connection = createMessageConnection(
      new StreamMessageReader(io.stdin),
      new StreamMessageWriter(process.stdout),
    );
    const on = options.on === 'auto' ? await placeHere() : options.on;
    if (on !== 'local') return serveInside(on, connection, io);
    const relay = new Relay(connection, io, version);
    connection.onRequest(async (method, params, token) => {
      const stop = new AbortController();
      token.onCancellationRequested(() => stop.abort());
      const done = await relay.serve(method, params, stop.signal);
      return done.ok ? done.value : new ResponseError(REFUSED, done.failure.message, done.failure);
    });
    const closed = new Promise<void>((resolve) => {
      connection.onClose(resolve);
      io.stdin.once('end', resolve); // a file as standard input ends without being closed
    });
    connection.listen();
    await closed;
    relay.dispose();
    return EXIT.held;
  });
};

/** On Windows the distribution to work in, where there is a usable one; else this very system. */
async function placeHere(): Promise<string> {
  if (host().os !== 'windows') return 'local';
  const client = wslHere();
  const chosen = client.ok ? await client.value.choose() : client;
  return chosen.ok || !NONE.has(chosen.failure.kind) ? 'wsl' : 'local';
}

/** Troubles that mean that there is no distribution to work in. Of any other the window is told, instead of working somewhere else. */
const NONE: ReadonlySet<WslTrouble['kind']> = new Set([
  'no-wsl',
  'not-installed',
  'no-virtual-machine',
  'no-distro',
  'only-utility',
]);

/** The paths of each side are its own: `Border` stands between them. */
async function serveInside(on: string, connection: MessageConnection, io: Io): Promise<number> {
  const { Border } = await import('../relay/border.ts');
  const { engineInside, parseWslTarget } = await import('../run-inside.ts');
  const target = parseWslTarget(on);
  if (target === undefined) throw new FailureError(failure('usage', `--on ${on} is no place to work.`));
  const closed = new Promise<void>((resolve) => {
    connection.onClose(resolve);
    const open: Open = () => engineInside({ ...target, folder: io.cwd, args: ['serve', '--stdio'] });
    const border = new Border(connection, open, () => {
      io.stdin.destroy();
      resolve();
    });
    connection.onRequest((method, params, token) => border.serve(method, params, token));
    connection.onClose(() => void border.dispose());
    connection.listen();
  });
  await closed;
  return EXIT.held;
}
