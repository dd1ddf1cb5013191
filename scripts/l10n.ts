/** The words of the extension for translators: every text that goes through `l10n.t`, and those that should and do not. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const SOURCES = 'src/extension';
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
]);
const SHOWN = /^(?:show(?:Information|Warning|Error)Message|setStatusBarMessage)$/;

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

function look(): Found {
  const found: Found = { messages: new Set(), untranslated: [] };
  const names = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  for (const name of names) {
    const file = join(SOURCES, name);
    const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
    const visit = (node: ts.Node): void => {
      read(node, source, found);
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return found;
}

function read(node: ts.Node, source: ts.SourceFile, found: Found): void {
  const miss = (text: string): void => {
    const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
    found.untranslated.push(`${source.fileName}:${line}: ${text}`);
  };
  if (ts.isCallExpression(node)) {
    const [first] = node.arguments;
    const name = ts.isPropertyAccessExpression(node.expression) ? node.expression.name.text : '';
    if (name === 't' && /l10n$/.test(node.expression.getText(source).replace(/\.t$/, ''))) {
      if (first && ts.isStringLiteralLike(first)) found.messages.add(first.text);
      else miss('l10n.t of something that is no text');
    } else if (SHOWN.test(name) && first && isSentence(first)) miss(first.getText(source));
  } else if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name) && READ.has(node.name.text)) {
    if (isSentence(node.initializer)) miss(node.initializer.getText(source));
  }
}

/** A text of more than one word: names of products and of things in files stay as they are. */
function isSentence(node: ts.Node): boolean {
  const text = ts.isStringLiteralLike(node)
    ? node.text
    : ts.isTemplateExpression(node)
      ? [node.head.text, ...node.templateSpans.map((span) => span.literal.text)].join('')
      : '';
  return /[A-Za-z]{2,} [A-Za-z]{2,}/.test(text.replace(/\$\([\w~-]+\)/g, ''));
}
