/** The engine's own MCP server (`code-engine mcp`) for the editor's models: the same that Claude Code and others start themselves. */
import type * as vscodeApi from 'vscode';
import type { Disposable } from '../emitter.ts';
import { program } from '../engine/cli.ts';
import { folders, mayRun, type App } from '../host.ts';

/** The id in package.json. */
const PROVIDER = 'code.mcp';

export function registerMcp(app: App): Disposable[] {
  const { vscode, context } = app;
  const changed = new vscode.EventEmitter<void>();
  const provider: vscodeApi.McpServerDefinitionProvider = {
    onDidChangeMcpServerDefinitions: changed.event,
    provideMcpServerDefinitions: () => {
      if (!mayRun(vscode)) return [];
      const { node, script } = program(vscode, context);
      const version = (context.extension.packageJSON as { readonly version: string }).version;
      const server = new vscode.McpStdioServerDefinition(
        'CODE',
        node,
        [script, 'mcp'],
        { ELECTRON_RUN_AS_NODE: '1' },
        version,
      );
      const [folder] = folders(vscode);
      if (folder !== undefined) server.cwd = vscode.Uri.file(folder);
      return [server];
    },
  };
  return [
    changed,
    vscode.lm.registerMcpServerDefinitionProvider(PROVIDER, provider),
    vscode.workspace.onDidGrantWorkspaceTrust(() => changed.fire()),
    vscode.workspace.onDidChangeWorkspaceFolders(() => changed.fire()),
  ];
}
