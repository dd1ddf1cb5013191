/** The Environment view: where runs happen and which tools, clusters and models are there, as the doctor found them. */
import type * as vscodeApi from 'vscode';
import { failureText } from '../../core/failure.ts';
import type { DoctorCheck } from '../../run/protocol.ts';
import { unreachable } from '../../core/result.ts';
import { folders, type App, type VsCode } from '../host.ts';
import { treeItem } from './item.ts';

type EnvironmentNode =
  | { readonly kind: 'group'; readonly group: string; readonly found: number; readonly count: number }
  | { readonly kind: 'check'; readonly check: DoctorCheck }
  | { readonly kind: 'note'; readonly text: string };

const ICONS: Readonly<Record<DoctorCheck['status'], { readonly icon: string; readonly color?: string }>> = {
  ok: { icon: 'pass', color: 'testing.iconPassed' },
  missing: { icon: 'circle-outline' },
  outdated: { icon: 'warning', color: 'charts.yellow' },
  broken: { icon: 'error', color: 'testing.iconFailed' },
};

export class EnvironmentTree implements vscodeApi.TreeDataProvider<EnvironmentNode> {
  readonly #app: App;
  readonly #changed: vscodeApi.EventEmitter<undefined>;
  readonly onDidChangeTreeData: vscodeApi.Event<undefined>;
  #checks: Promise<readonly DoctorCheck[] | string> | undefined;

  constructor(app: App) {
    this.#app = app;
    this.#changed = new app.vscode.EventEmitter();
    this.onDidChangeTreeData = this.#changed.event;
  }

  /** Asks the doctor again. */
  refresh(): void {
    this.#checks = undefined;
    this.#changed.fire(undefined);
  }

  async getChildren(node?: EnvironmentNode): Promise<EnvironmentNode[]> {
    this.#checks ??= this.#ask();
    const checks = await this.#checks;
    if (typeof checks === 'string') return node ? [] : [{ kind: 'note', text: checks }];
    if (node?.kind === 'group')
      return checks
        .filter((check) => groupOf(check) === node.group)
        .sort(byUse)
        .map((check) => ({ kind: 'check', check }));
    if (node) return [];
    return [...new Set(checks.map(groupOf))].map((group) => {
      const own = checks.filter((check) => groupOf(check) === group);
      return { kind: 'group', group, found: own.filter(({ status }) => status === 'ok').length, count: own.length };
    });
  }

  async #ask(): Promise<readonly DoctorCheck[] | string> {
    const [workspace] = folders(this.#app.vscode);
    const answer = await this.#app.engine.request('doctor', workspace === undefined ? {} : { workspace });
    if (answer.ok) {
      const { checks } = answer.value;
      const wsl = checks.filter((check) => check.group === 'wsl');
      // On Windows there is something to choose while no distribution is there; elsewhere it is this machine.
      if (wsl.length === 0 || wsl.some(({ status }) => status === 'ok')) this.#app.steps.done('hasTarget');
      return checks;
    }
    this.#app.log.error(answer.failure.message, answer.failure.detail ?? '');
    return failureText(answer.failure);
  }

  getTreeItem(node: EnvironmentNode): vscodeApi.TreeItem {
    const { vscode } = this.#app;
    if (node.kind === 'note') {
      const item = new vscode.TreeItem(node.text);
      item.iconPath = new vscode.ThemeIcon('info');
      return item;
    }
    if (node.kind === 'group') {
      const title = titleOf(vscode, node.group);
      const item = new vscode.TreeItem(title, vscode.TreeItemCollapsibleState.Expanded);
      item.id = `environment:${node.group}`;
      item.description = vscode.l10n.t('{0} of {1} found', node.found, node.count);
      return item;
    }
    const { check } = node;
    const words = wordOf(vscode, check.status);
    const item = treeItem(vscode, {
      id: `environment:${groupOf(check)}:${check.id}`,
      label: check.id,
      description: [check.version ?? '', check.status === 'ok' ? '' : words].filter((part) => part !== '').join(' · '),
      tooltip: [`${check.id}: ${words}`, check.hint ?? ''].filter((line) => line !== '').join('\n'),
      context: `check.${check.status}`,
      expands: 'no',
      ...ICONS[check.status],
    });
    if (/https?:/.test(check.hint ?? '')) item.tooltip = withLinks(vscode, `${check.id}: ${words}`, check.hint ?? '');
    return item;
  }

  dispose(): void {
    this.#changed.dispose();
  }
}

/** What it takes to get a tool is mostly said by a page: it opens from the tooltip. */
function withLinks({ MarkdownString }: VsCode, title: string, hint: string): vscodeApi.MarkdownString {
  const text = new MarkdownString().appendText(`${title}\n\n`);
  for (const part of hint.split(/(https?:\/\/[^\s)]+)/)) {
    if (/^https?:/.test(part)) text.appendMarkdown(`[${part.replace(/^https?:\/\//, '')}](${part})`);
    else text.appendText(part);
  }
  return text;
}

const groupOf = (check: DoctorCheck): string => check.group ?? 'tool';

/** What people call a part of the environment; the engine's own word where it is a later one's. */
function titleOf({ l10n }: VsCode, group: string): string {
  switch (group) {
    case 'tool':
      return l10n.t('Tools');
    case 'cluster':
      return l10n.t('Clusters');
    case 'model':
      return l10n.t('Models');
    case 'wsl':
      return 'WSL';
    case 'target':
      return l10n.t('Where Runs Happen');
    default:
      return group;
  }
}

function wordOf({ l10n }: VsCode, status: DoctorCheck['status']): string {
  switch (status) {
    case 'ok':
      return l10n.t('found');
    case 'missing':
      return l10n.t('not found');
    case 'outdated':
      return l10n.t('too old');
    case 'broken':
      return l10n.t('does not work');
    default:
      return unreachable(status);
  }
}

/** What is there first. */
const byUse = (a: DoctorCheck, b: DoctorCheck): number =>
  Number(b.status === 'ok') - Number(a.status === 'ok') || a.id.localeCompare(b.id);
