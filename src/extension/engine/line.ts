/** What talking to the engine takes: a bundle of its own, loaded when something is first asked. */
export {
  CancellationTokenSource,
  createMessageConnection,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
export { paced } from './paced.ts';
export { PROTOCOL_VERSION, REFUSED, readFailure, readNotification, readResult } from '../../run/protocol.ts';
export { MODEL_ASK, readModelQuestion } from '../../run/window-requests.ts';
