/** The requests that the server answers, each by one function of the language. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import {
  CodeActionKind,
  MessageType,
  ShowMessageNotification,
  type Connection,
  type ServerCapabilities,
} from 'vscode-languageserver';
import { actionsAt } from '../../language/editor/actions.ts';
import { complete, type ListFolder } from '../../language/editor/complete.ts';
import { TOKEN_TYPES } from '../../language/editor/tokens.ts';
import type { Surroundings } from './around.ts';
import { installHint } from '../../platform/tools.ts';
import { catalogue } from '../../tasks/catalogue.ts';
import type { Documents } from './documents.ts';
import { gone } from './gone.ts';
import { provideLooks, provideNames } from './requests.ts';
import { toCodeAction, toCompletionItem } from './to-lsp.ts';

/** The command of a fix that shows how to get a program: a message, which every editor can show. */
const SHOW_INSTALL = 'code-engine.showInstall';

/** What the editor said of itself. */
export interface Client {
  readonly commands: Set<string>;
  snippets: boolean;
  /** Knows VS Code's command that asks for suggestions again. */
  suggests: boolean;
}

export interface Served {
  readonly documents: Documents;
  readonly around: Surroundings;
  readonly client: Client;
}

export const CAPABILITIES: ServerCapabilities = {
  hoverProvider: true,
  definitionProvider: true,
  referencesProvider: true,
  documentHighlightProvider: true,
  renameProvider: { prepareProvider: true },
  documentSymbolProvider: true,
  foldingRangeProvider: true,
  documentFormattingProvider: true,
  inlayHintProvider: true,
  codeLensProvider: { resolveProvider: false },
  semanticTokensProvider: { legend: { tokenTypes: [...TOKEN_TYPES], tokenModifiers: [] }, full: true, range: true },
  executeCommandProvider: { commands: [SHOW_INSTALL] },
  completionProvider: { triggerCharacters: ['.', ' ', '/', '[', '"', '-', '{'] },
  codeActionProvider: {
    codeActionKinds: [
      CodeActionKind.QuickFix,
      CodeActionKind.RefactorMove,
      CodeActionKind.RefactorExtract,
      CodeActionKind.SourceFixAll,
    ],
  },
};

export function provideFeatures(connection: Connection, served: Served): void {
  const { documents } = served;
  provideNames(connection, served);
  provideLooks(connection, served);
  connection.onExecuteCommand(({ command, arguments: args }) => {
    if (command !== SHOW_INSTALL) return;
    const [type, program] = (args ?? []) as readonly unknown[];
    const message = installText(String(type), String(program));
    // As a notification: the request of the same purpose waits for an answer that not every editor gives.
    gone(connection.sendNotification(ShowMessageNotification.type, { type: MessageType.Info, message }));
  });
  connection.onCodeAction(({ textDocument, range, context }) => {
    const opened = documents.get(textDocument.uri);
    if (opened === undefined) return [];
    return actionsAt(opened.document, range, context.only).map((action) => toCodeAction(action, opened));
  });
  connection.onCompletion(({ textDocument, position }) => {
    const opened = documents.get(textDocument.uri);
    if (opened === undefined) return null;
    const { root } = opened.document.options;
    const list = root === undefined ? {} : { list: folderOf(root) };
    const { items, incomplete } = complete(opened.document, position, list);
    const { snippets, suggests } = served.client;
    return {
      isIncomplete: incomplete,
      items: items.map((item, i) => toCompletionItem(item, i, { snippets, suggests })),
    };
  });
}

function installText(type: string, program: string): string {
  const tool = catalogue.find(type)?.tools.find(({ anyOf }) => anyOf.includes(program));
  return tool === undefined
    ? `Nothing is known about ${program}.`
    : `${program}: ${installHint({ ...tool, anyOf: [program] })}`;
}

const folderOf =
  (root: string): ListFolder =>
  (folder) => {
    try {
      return readdirSync(path.join(root, folder), { withFileTypes: true }).map((entry) => ({
        name: entry.name,
        kind: entry.isDirectory() ? 'folder' : 'file',
      }));
    } catch {
      return []; // not there yet, while it is typed
    }
  };
