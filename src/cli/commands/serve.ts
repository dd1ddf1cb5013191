/** `code-engine serve --stdio`: the relay that a window talks to. It ends with its window; the runs do not. */
import { createMessageConnection, ResponseError, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';
import { command, runAction } from '../command.ts';
import { EXIT, type CommandFunction } from '../io.ts';
import { Relay } from '../relay/relay.ts';
import { version } from '../version.ts';
import { REFUSED } from '../../run/protocol.ts';

export const serve: CommandFunction = (args, io) => {
  const made = command(
    'serve',
    'The relay between a window and its runs: JSON-RPC over standard input and output.',
    io,
  ).option('--stdio', 'talk over standard input and output (the only way there is)');
  return runAction(made, args, io, async () => {
    const connection = createMessageConnection(
      new StreamMessageReader(io.stdin),
      new StreamMessageWriter(process.stdout),
    );
    const relay = new Relay(connection, io, version);
    connection.onRequest(async (method, params) => {
      const done = await relay.serve(method, params);
      return done.ok ? done.value : new ResponseError(REFUSED, done.failure.message, done.failure);
    });
    const closed = new Promise<void>((resolve) => connection.onClose(resolve));
    connection.listen();
    await closed;
    relay.dispose();
    return EXIT.held;
  });
};
