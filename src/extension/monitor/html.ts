/** The page of the monitor: external script and styles only, nothing inline, no network. */
import type * as vscodeApi from 'vscode';
import type { VsCode } from '../host.ts';

export function monitorHtml(vscode: VsCode, webview: vscodeApi.Webview, extension: vscodeApi.Uri): string {
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
<title>${escaped(vscode.l10n.t('Run Monitor'))}</title>
<link rel="stylesheet" href="${escaped(uri('monitor.css'))}">
</head>
<body data-layout="${escaped(uri('layout.js'))}">
<script src="${escaped(uri('monitor.js'))}"></script>
</body>
</html>`;
}

export const escaped = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
