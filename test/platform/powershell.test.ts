import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { before, describe, it } from 'mocha';
import { Language, Parser, type Node } from 'web-tree-sitter';
import { READ_AND_RUN_POWERSHELL, scriptLaunch } from '../../src/platform/script.ts';

const text = readFileSync(join(import.meta.dirname, '..', '..', 'scripts', 'setup-windows.ps1'), 'utf8');
let root: Node;

const all = (type: string, node: Node = root): Node[] => [
  ...(node.type === type ? [node] : []),
  ...node.children.flatMap((child) => all(type, child)),
];

/** As PowerShell would. */
async function parse(script: string): Promise<Node> {
  await Parser.init();
  const folder = dirname(createRequire(import.meta.url).resolve('tree-sitter-powershell/package.json'));
  const parser = new Parser();
  parser.setLanguage(await Language.load(join(folder, 'tree-sitter-powershell.wasm')));
  const tree = parser.parse(script);
  assert.ok(tree);
  return tree.rootNode;
}

describe('a text for PowerShell', () => {
  it('is read and run by a text that is PowerShell, with no quotes that a command line would have to escape', async () => {
    const { hasError } = await parse(READ_AND_RUN_POWERSHELL);
    assert.ok(!hasError);
    assert.doesNotMatch(READ_AND_RUN_POWERSHELL, /"/);
    assert.deepEqual(scriptLaunch('pwsh'), {
      program: 'pwsh',
      args: ['-NoProfile', '-NonInteractive', '-Command', READ_AND_RUN_POWERSHELL],
      via: 'stdin',
    });
  });
});

/** Parsed by tree-sitter's grammar, and held against the rules of PSScriptAnalyzer that can be told from the tree. */
describe('scripts/setup-windows.ps1', () => {
  before(async () => void (root = await parse(text)));

  it('is PowerShell', () => {
    assert.deepEqual(
      all('ERROR').map((node) => [node.startPosition.row + 1, node.text.slice(0, 60)]),
      [],
    );
    assert.ok(!root.hasError);
  });

  it('defines functions with approved verbs and singular nouns, none of which changes state without asking', () => {
    const names = all('function_name').map((node) => node.text);
    assert.ok(names.length > 10);
    for (const name of names) assert.match(name, /^(?:Get|Test|Write|Invoke)-[A-Z][A-Za-z]*[^s]$/, name);
  });

  it('calls whole commands: no aliases, no Write-Host, nothing that runs a text', () => {
    const called = all('command_name').map((node) => node.text);
    assert.ok(called.length > 30);
    for (const name of called) assert.match(name, /^[A-Z][A-Za-z]+-[A-Za-z]+$|^\$/, name);
    for (const bad of ['Write-Host', 'Invoke-Expression', 'Start-Process']) assert.ok(!called.includes(bad), bad);
  });

  it('calls only functions that it defines or that Windows PowerShell 5.1 has', () => {
    const own = new Set(all('function_name').map((node) => node.text));
    const known = new Set(
      'Set-StrictMode Join-Path Write-Output ForEach-Object Where-Object Select-Object New-Object Test-Path Get-CimInstance Get-Content Split-Path New-Item Copy-Item Set-Content Remove-Item Get-Item Get-Command'.split(
        ' ',
      ),
    );
    const called = all('command_name').map((node) => node.text);
    assert.deepEqual(
      called.filter((name) => name.includes('-') && !own.has(name) && !known.has(name)),
      [],
    );
  });

  it('has ASCII only and no blanks at line ends, so that any Windows reads it the same', () => {
    assert.doesNotMatch(text, /[^\n -~]/);
    assert.doesNotMatch(text, / +$/m);
  });
});
