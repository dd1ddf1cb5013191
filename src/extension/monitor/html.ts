/** The pages of the extension: external script and styles only, nothing inline, no network. */
import type * as vscodeApi from 'vscode';
import type { App, VsCode } from '../host.ts';

export interface Page {
  readonly title: string;
  /** The bundle in `dist/webview`, without its extension. */
  readonly script: 'monitor' | 'review';
}

/** Gives a panel its page, its icon, and what the page may read: its own bundles. */
export function showPage({ vscode, context }: App, panel: vscodeApi.WebviewPanel, page: Page): void {
  const { extensionUri } = context;
  panel.webview.options = {
    enableScripts: true,
    localResourceRoots: [vscode.Uri.joinPath(extensionUri, 'dist', 'webview')],
  };
  const icon = (name: string): vscodeApi.Uri => vscode.Uri.joinPath(extensionUri, 'media', name);
  panel.iconPath = { light: icon('monitor-light.svg'), dark: icon('monitor-dark.svg') };
  panel.webview.html = pageHtml(vscode, panel.webview, extensionUri, page);
}

function pageHtml(vscode: VsCode, webview: vscodeApi.Webview, extension: vscodeApi.Uri, page: Page): string {
  const uri = (file: string): string =>
    webview.asWebviewUri(vscode.Uri.joinPath(extension, 'dist', 'webview', file)).toString();
  const policy = [
    "default-src 'none'",
    `script-src ${webview.cspSource}`,
    `style-src ${webview.cspSource}`,
    // The layout of the graph runs in a worker, which a page of the editor may start only from a blob; it fetches its script for that.
    'worker-src blob:',
    `connect-src ${webview.cspSource}`,
  ].join('; ');
  return `<!doctype html>
<html lang="${escaped(vscode.env.language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escaped(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(page.title)}</title>
<link rel="stylesheet" href="${escaped(uri(`${page.script}.css`))}">
</head>
<body data-layout="${escaped(uri('layout.js'))}" data-words="${escaped(JSON.stringify(vscode.l10n.bundle ?? {}))}">
<script src="${escaped(uri(`${page.script}.js`))}"></script>
</body>
</html>`;
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
