/** What the line to the engine is made of; a bundle of its own, loaded when something is first asked. */
export {
  CancellationTokenSource,
  createMessageConnection,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
