/** The requests that the server answers, each by one function of the language. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { CodeActionKind, type Connection, type ServerCapabilities } from 'vscode-languageserver';
import { actionsAt } from '../../language/editor/actions.ts';
import { complete, type ListFolder } from '../../language/editor/complete.ts';
import type { Surroundings } from './around.ts';
import type { Documents } from './documents.ts';
import { toCodeAction, toCompletionItem } from './to-lsp.ts';

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
