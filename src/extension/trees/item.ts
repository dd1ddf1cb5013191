/** A row of a view as the window wants it. */
import type * as vscodeApi from 'vscode';
import type { TreeRow } from '../../views/tree.ts';
import type { VsCode } from '../host.ts';

export function treeItem(vscode: VsCode, row: Omit<TreeRow, 'target'>): vscodeApi.TreeItem {
  const item = new vscode.TreeItem(row.label, collapsible(vscode, row.expands));
  item.id = row.id;
  item.description = row.description;
  item.tooltip = row.tooltip;
  item.contextValue = row.context;
  item.iconPath = new vscode.ThemeIcon(
    row.icon,
    row.color === undefined ? undefined : new vscode.ThemeColor(row.color),
  );
  item.accessibilityInformation = { label: `${row.label}, ${row.description}` };
  return item;
}

function collapsible(vscode: VsCode, expands: TreeRow['expands']): vscodeApi.TreeItemCollapsibleState {
  const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
  return expands === 'no' ? None : expands === 'closed' ? Collapsed : Expanded;
}
