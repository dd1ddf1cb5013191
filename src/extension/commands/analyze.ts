/** Analyze: where the time of a run goes, as a page to read; with the line of each task. */
import type * as vscodeApi from 'vscode';
import { formatDuration } from '../../core/duration.ts';
import type { WorkflowAnalysis } from '../../run/answers.ts';
import type { Costs } from '../../run/costs.ts';
import { folderOf, showFailure, type App } from '../host.ts';
import { plain } from '../reports.ts';
import { lineOf } from '../task-lines.ts';
import { askInputs } from './inputs.ts';
import { pickWorkflow } from './target.ts';

/** Tasks in the table: the rest has slack, and matters less the more of it. */
const MOST_ROWS = 100;

export async function analyze(app: App, argument: unknown): Promise<void> {
  const { vscode } = app;
  const uri = await pickWorkflow(app, argument);
  if (!uri) return;
  const document = await vscode.workspace.openTextDocument(uri);
  const inputs = await askInputs(app, uri, vscode.l10n.t('Analyze with the defaults'));
  if (!inputs) return;
  const answer = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Analyzing…') },
    () =>
      app.engine.request('workflow/analyze', {
        file: uri.fsPath,
        text: document.getText(),
        workspace: folderOf(vscode, uri.fsPath),
        inputs,
      }),
  );
  if (!answer.ok) return showFailure(app, answer.failure);
  const title = vscode.l10n.t('Analysis of {0}', answer.value.workflow);
  await app.reports.showMarkdown(title, page(app, answer.value, document));
}

function page({ vscode: { l10n } }: App, found: WorkflowAnalysis, document: vscodeApi.TextDocument): string {
  const { criticalPath, criticalPathMs, serialMs, graphMs, barriers, openSource, tasks, timedTasks } = found;
  // The page cannot lead to a file; the line says where to look.
  const lineOfTask = (task: string): number => lineOf(document, task.replace(/\[.*$/, ''), 0) + 1;
  const saved = serialMs === 0 ? 0 : Math.round((1 - criticalPathMs / serialMs) * 100);
  const share = openSource.all === 0 ? 100 : Math.round((openSource.open / openSource.all) * 100);
  const basis =
    timedTasks === tasks.length
      ? l10n.t('By what earlier runs took.')
      : timedTasks === 0
        ? l10n.t('No task has run yet: every task is taken for equally long.')
        : l10n.t('{0} of {1} tasks by earlier runs; the others count as their median.', timedTasks, tasks.length);
  const others = openSource.others.length === 0 ? '' : ` (${openSource.others.map(plain).join(', ')})`;
  const lines = [
    `# ${plain(found.workflow)}`,
    basis,
    '',
    `| | |\n|---|---|`,
    `| ${l10n.t('Critical path')} | **${formatDuration(criticalPathMs)}** |`,
    `| ${l10n.t('One by one')} | ${formatDuration(serialMs)} (${l10n.t('side by side saves {0} %', saved)}) |`,
    `| ${l10n.t('With `schedule: graph`')} | ${formatDuration(graphMs)} |`,
    `| ${l10n.t('Open-source tools only')} | ${share} % ${l10n.t('of {0} tasks', openSource.all)}${others} |`,
    '',
    `## ${l10n.t('Critical path')}`,
    criticalPath.map(plain).join(' → '),
  ];
  const held = barriers.filter(({ waitMs }) => waitMs > 0);
  if (held.length > 0) {
    lines.push(
      '',
      `## ${l10n.t('What the barriers cost')}`,
      `| ${l10n.t('Stage')} | ${l10n.t('waits for')} | ${l10n.t('up to')} | ${l10n.t('held by')} |`,
      '|---|---|--:|---|',
    );
    for (const { stage, after, waitMs, heldBy } of held)
      lines.push(`| ${plain(stage)} | ${plain(after)} | ${formatDuration(waitMs)} | ${plain(heldBy)} |`);
  }
  lines.push(
    '',
    `## ${l10n.t('Tasks')}`,
    `| ${l10n.t('Task')} | ${l10n.t('line')} | ${l10n.t('begins at')} | ${l10n.t('takes')} | ${l10n.t('slack')} |`,
    '|---|--:|--:|--:|--:|',
  );
  const sorted = [...tasks].sort((a, b) => a.slackMs - b.slackMs || b.expectedMs - a.expectedMs);
  for (const { task, startMs, expectedMs, slackMs } of sorted.slice(0, MOST_ROWS))
    lines.push(
      `| ${plain(task)} | ${lineOfTask(task)} | ${formatDuration(startMs)} | ${formatDuration(expectedMs)} | ${formatDuration(slackMs)} |`,
    );
  if (sorted.length > MOST_ROWS)
    lines.push('', l10n.t('and {0} more, which have more slack.', sorted.length - MOST_ROWS));
  if (found.costs !== undefined) lines.push('', ...costLines(found.costs, l10n));
  return lines.join('\n');
}

/** Money is shown as the command line shows it: whole above ten. */
function costLines(costs: Costs, l10n: typeof vscodeApi.l10n): string[] {
  const money = (amount: number): string => `${amount.toFixed(amount < 10 ? 2 : 0)} ${plain(costs.currency)}`;
  const objects = costs.sources.flatMap(({ source, objects: own }) => own.map((one) => ({ source, ...one })));
  return [
    `## ${l10n.t('Costs of what it asks for')}`,
    l10n.t('{0} a month ({1} an hour), by {2}.', money(costs.monthly), money(costs.hourly.total), plain(costs.prices)),
    '',
    `| ${l10n.t('Task')} | ${l10n.t('object')} | ${l10n.t('pods')} | ${l10n.t('a month')} |`,
    '|---|---|--:|--:|',
    ...objects
      .sort((a, b) => b.monthly - a.monthly)
      .slice(0, MOST_ROWS)
      .map((one) => `| ${plain(one.source)} | ${plain(one.what)} | ${one.replicas} | ${money(one.monthly)} |`),
    ...(costs.silent.length === 0
      ? []
      : [
          '',
          l10n.t('{0} containers do not ask for CPU and memory, so the true figure is higher.', costs.silent.length),
        ]),
    ...costs.notes.flatMap((note) => ['', plain(note)]),
  ];
}
