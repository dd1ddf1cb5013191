/** Requests for what a place means and how a file looks: hover, names, outline, lenses, hints, colours, layout. */
import {
  FoldingRangeKind,
  MarkupKind,
  ResponseError,
  SemanticTokensBuilder,
  SymbolKind,
  type CodeLens,
  type Connection,
  type DocumentSymbol,
} from 'vscode-languageserver';
import { format } from '../../language/editor/format.ts';
import { hoverAt } from '../../language/editor/hover.ts';
import { inlayHints, lenses, type Lens } from '../../language/editor/lens.ts';
import { definitionAt, referencesAt, rename, renameable } from '../../language/editor/navigate.ts';
import { folds, outline, type OutlineItem } from '../../language/editor/symbols.ts';
import { TOKEN_TYPES, tokens, type Token } from '../../language/editor/tokens.ts';
import type { OpenDocument } from './documents.ts';
import type { Served } from './features.ts';

/** The protocol's number for a request that cannot be fulfilled, shown to the person as it is. */
const REQUEST_FAILED = -32803;

export function provideNames(connection: Connection, { documents }: Served): void {
  connection.onHover(({ textDocument, position }) => {
    const opened = documents.get(textDocument.uri);
    const hover = opened === undefined ? undefined : hoverAt(opened.document, position);
    return hover === undefined
      ? null
      : { range: hover.range, contents: { kind: MarkupKind.Markdown, value: hover.text } };
  });
  connection.onDefinition(({ textDocument: { uri }, position }) => {
    const opened = documents.get(uri);
    return opened === undefined ? [] : definitionAt(opened.document, position).map((range) => ({ uri, range }));
  });
  connection.onReferences(({ textDocument: { uri }, position, context }) => {
    const opened = documents.get(uri);
    if (opened === undefined) return [];
    return referencesAt(opened.document, position, context.includeDeclaration).map((range) => ({ uri, range }));
  });
  connection.onDocumentHighlight(({ textDocument: { uri }, position }) => {
    const opened = documents.get(uri);
    return opened === undefined ? [] : referencesAt(opened.document, position, true).map((range) => ({ range }));
  });
  connection.onPrepareRename(({ textDocument: { uri }, position }) => {
    const opened = documents.get(uri);
    if (opened === undefined) return null;
    const allowed = renameable(opened.document, position);
    if (!allowed.ok) return new ResponseError(REQUEST_FAILED, allowed.failure);
    return { range: allowed.value.range, placeholder: allowed.value.name };
  });
  connection.onRenameRequest(({ textDocument: { uri }, position, newName }) => {
    const opened = documents.get(uri);
    if (opened === undefined) return null;
    const renamed = rename(opened.document, position, newName);
    if (!renamed.ok) return new ResponseError(REQUEST_FAILED, renamed.failure);
    const { version } = opened;
    return { documentChanges: [{ textDocument: { uri, version }, edits: renamed.value }] };
  });
}

export function provideLooks(connection: Connection, served: Served): void {
  const { documents } = served;
  connection.onDocumentSymbol(({ textDocument }) => {
    const opened = documents.get(textDocument.uri);
    return opened === undefined ? [] : outline(opened.document).map(toSymbol);
  });
  connection.onFoldingRanges(({ textDocument }) => {
    const opened = documents.get(textDocument.uri);
    if (opened === undefined) return [];
    return folds(opened.document).map(({ startLine, endLine, comment }) => ({
      startLine,
      endLine,
      ...(comment === undefined ? {} : { kind: FoldingRangeKind.Comment }),
    }));
  });
  connection.onDocumentFormatting(({ textDocument, options }) => {
    const opened = documents.get(textDocument.uri);
    return opened === undefined ? [] : format(opened.document, { tabSize: options.tabSize });
  });
  connection.languages.semanticTokens.on(({ textDocument }) => {
    const opened = documents.get(textDocument.uri);
    return encoded(opened === undefined ? [] : tokens(opened.document));
  });
  connection.languages.semanticTokens.onRange(({ textDocument, range }) => {
    const opened = documents.get(textDocument.uri);
    return encoded(opened === undefined ? [] : tokens(opened.document, range));
  });
  connection.languages.inlayHint.on(({ textDocument, range }) => {
    const opened = documents.get(textDocument.uri);
    if (opened === undefined) return [];
    return inlayHints(opened.document, range).map(({ position, text, tooltip }) => ({
      position,
      label: text,
      paddingLeft: true,
      tooltip: { kind: MarkupKind.Markdown, value: tooltip },
    }));
  });
  connection.onCodeLens(({ textDocument }) => {
    const opened = documents.get(textDocument.uri);
    return opened === undefined ? [] : lensesOf(opened, served);
  });
}

function lensesOf(opened: OpenDocument, { around, client }: Served): CodeLens[] {
  return lenses(opened.document, around.lastRun(opened.path))
    .filter(({ command }) => command === undefined || client.commands.has(command))
    .map((lens) => toLens(lens, opened.uri));
}

const toLens = ({ range, title, command, task }: Lens, uri: string): CodeLens => ({
  range,
  command: {
    title,
    command: command ?? '',
    ...(command === undefined ? {} : { arguments: [{ uri, ...(task === undefined ? {} : { task }) }] }),
  },
});

const SYMBOL: Readonly<Record<OutlineItem['kind'], SymbolKind>> = {
  section: SymbolKind.Module,
  stage: SymbolKind.Namespace,
  task: SymbolKind.Function,
  name: SymbolKind.Property,
};

const toSymbol = (item: OutlineItem): DocumentSymbol => ({
  name: item.name,
  kind: SYMBOL[item.kind],
  range: item.range,
  selectionRange: item.selection,
  children: item.children.map(toSymbol),
  ...(item.detail === undefined ? {} : { detail: item.detail }),
});

function encoded(found: readonly Token[]): { data: number[] } {
  const builder = new SemanticTokensBuilder();
  for (const { line, character, length, type } of found)
    builder.push(line, character, length, TOKEN_TYPES.indexOf(type), 0);
  return builder.build();
}
