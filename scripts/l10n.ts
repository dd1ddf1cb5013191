/**
 * The words of the extension and of its pages for translators: every text that goes through `l10n.t` or `t` (core/words.ts), and those
 * that should and do not.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** The pages and what they share with the extension speak through `t`; the extension has the editor's own `l10n.t`. */
const SOURCES = ['src/extension', 'src/views', 'src/webview'] as const;
/** Properties that a person reads. */
const READ = new Set([
  'title',
  'placeHolder',
  'placeholder',
  'prompt',
  'detail',
  'tooltip',
  'label',
  'description',
  'justification',
  'term',
  'aria-label',
]);
const SHOWN = /^(?:show(?:Information|Warning|Error)Message|setStatusBarMessage)$/;
/** What puts words on a page, and which of its arguments are words. */
const ON_A_PAGE: Readonly<Record<string, (args: readonly ts.Expression[]) => readonly ts.Expression[]>> = {
  el: (args) => args.slice(2),
  button: (args) => args.slice(0, 1),
  setText: (args) => args.slice(1),
  say: (args) => args,
};

interface Found {
  readonly messages: Set<string>;
  /** `file:line: text`. */
  readonly untranslated: string[];
}

/** The bundle of the texts as they are written, which is what the editor falls back to and translators start from. */
export function bundle(): string {
  const messages = [...look().messages].sort((a, b) => a.localeCompare(b));
  return `${JSON.stringify(Object.fromEntries(messages.map((message) => [message, message])), null, 2)}\n`;
}

/** Texts that are shown as they stand in the source. */
export const untranslated = (): readonly string[] => look().untranslated;

/** The same of one text. @param file says by its folder what is looked at */
export function untranslatedIn(file: string, text: string): readonly string[] {
  const found: Found = { messages: new Set(), untranslated: [] };
  lookAt(file, text, found);
  return found.untranslated;
}

function look(): Found {
  const found: Found = { messages: new Set(), untranslated: [] };
  for (const folder of SOURCES) {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    for (const name of names) lookAt(join(folder, name), readFileSync(join(folder, name), 'utf8'), found);
  }
  return found;
}

function lookAt(file: string, text: string, found: Found): void {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): void => {
    read(node, source, found);
    ts.forEachChild(node, visit);
  };
  visit(source);
}

function read(node: ts.Node, source: ts.SourceFile, found: Found): void {
  const miss = (text: string, at: ts.Node = node): void => {
    const line = source.getLineAndCharacterOfPosition(at.getStart(source)).line + 1;
    found.untranslated.push(`${source.fileName}:${line}: ${text}`);
  };
  const onPage = !source.fileName.startsWith('src/extension');
  if (ts.isCallExpression(node)) {
    const [first] = node.arguments;
    const callee = node.expression;
    const name = ts.isPropertyAccessExpression(callee) ? callee.name.text : ts.isIdentifier(callee) ? callee.text : '';
    const translates = name === 't' && (ts.isIdentifier(callee) || /l10n\.t$/.test(callee.getText(source)));
    if (translates) {
      if (first && ts.isStringLiteralLike(first)) found.messages.add(first.text);
      else miss('a translation of something that is no text');
      if (ts.isIdentifier(callee) && !isDeferred(node)) miss('asked for before the words are there');
    } else if (SHOWN.test(name) && first && isSentence(first)) miss(first.getText(source));
    else if (onPage)
      for (const argument of ON_A_PAGE[name]?.(node.arguments) ?? [])
        for (const literal of literals(argument)) if (isWord(literal)) miss(literal.getText(source), literal);
  } else if (ts.isPropertyAssignment(node) && READ.has(nameOf(node.name))) {
    if (onPage ? literals(node.initializer).some(isWord) : isSentence(node.initializer))
      miss(node.initializer.getText(source));
  }
}

const nameOf = (name: ts.PropertyName): string =>
  ts.isIdentifier(name) || ts.isStringLiteralLike(name) ? name.text : '';

/** Within a function or a class's field: it runs after the page or the extension was given its words. */
const isDeferred = (node: ts.Node): boolean =>
  ts.findAncestor(
    node,
    (each) =>
      ts.isFunctionLike(each) ||
      (ts.isPropertyDeclaration(each) && !each.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword)),
  ) !== undefined;

/** The texts that an expression may be, as they stand there; what is called or named elsewhere is looked at there. */
function literals(node: ts.Expression): ts.Expression[] {
  if (ts.isStringLiteralLike(node)) return [node];
  if (ts.isTemplateExpression(node)) return [node, ...node.templateSpans.flatMap((span) => literals(span.expression))];
  if (ts.isConditionalExpression(node)) return [...literals(node.whenTrue), ...literals(node.whenFalse)];
  if (ts.isBinaryExpression(node)) return [...literals(node.left), ...literals(node.right)];
  if (ts.isParenthesizedExpression(node) || ts.isSpreadElement(node)) return literals(node.expression);
  if (ts.isArrayLiteralExpression(node)) return node.elements.flatMap(literals);
  return [];
}

/** What stands in a text or between the holes of a template. */
const plainOf = (node: ts.Node): string =>
  ts.isStringLiteralLike(node)
    ? node.text
    : ts.isTemplateExpression(node)
      ? [node.head.text, ...node.templateSpans.map((span) => span.literal.text)].join('')
      : '';

/** What stands in a workflow, such as `schedule: graph`, is nobody's language. */
const isWord = (node: ts.Node): boolean =>
  /[A-Za-z]{2,}/.test(plainOf(node)) && !/^[a-z]+: [a-z]+$/.test(plainOf(node));

/** A text of more than one word: names of products and of things in files stay as they are. */
const isSentence = (node: ts.Node): boolean =>
  /[A-Za-z]{2,} [A-Za-z]{2,}/.test(plainOf(node).replace(/\$\([\w~-]+\)/g, ''));
