/** A plan for a person: what was understood, what was assumed, what it would write. */
import { createTwoFilesPatch } from 'diff';
import type { PlanResult } from '../../planner/plan.ts';
import { paint, plain, row, type Page, type Style } from './style.ts';

/** The account of a plan, without its files. */
export function planText(result: PlanResult, style: Page): string {
  const { draft } = result;
  const lines: string[] = [];
  const section = (title: string, items: readonly string[]): void => {
    if (items.length === 0) return;
    lines.push(paint(style, 'bold', title), ...items.map((item) => row(style, '  ', plain(style, item))), '');
  };
  lines.push(`Planned by ${result.provider}${result.reason === undefined ? '' : ` (${result.reason})`}.`, '');
  if (draft.destructive)
    lines.push(
      paint(style, 'bad', 'This deletes or replaces something. It runs only after a person approves it by name.'),
      '',
    );
  section('Understood', draft.components.length === 0 ? [] : [draft.components.join(', ')]);
  section('Assumed', draft.assumptions);
  section('Could not be placed', draft.unplaced);
  section('Needs an answer', draft.questions);
  section('Asked for when it runs', draft.secrets);
  section(
    'Runs',
    draft.stages.map((s) => `${s.stage}: ${s.tasks.map((t) => `${t.task} (${t.type})`).join(', ')}`),
  );
  if (result.usage !== undefined)
    lines.push(
      `${result.usage.inputTokens} tokens in, ${result.usage.outputTokens} out${result.costUsd === undefined ? '' : `, about $${result.costUsd.toFixed(4)}`}.`,
      '',
    );
  return `${lines.join('\n')}\n`;
}

/** What writing a file would change, as a diff; the whole text for a new one. */
export function fileDiff(path: string, before: string | undefined, after: string, style: Style): string {
  if (before === after) return `${path}: unchanged\n`;
  const patch = createTwoFilesPatch(before === undefined ? '/dev/null' : path, path, before ?? '', after, '', '', {
    context: 3,
  });
  return patch
    .split('\n')
    .filter((line) => !/^(?:=+$|Index: )/.test(line))
    .map((line) =>
      /^(?:---|\+\+\+)/.test(line)
        ? paint(style, 'bold', line)
        : line.startsWith('+')
          ? paint(style, 'good', line)
          : line.startsWith('-')
            ? paint(style, 'bad', line)
            : line.startsWith('@@')
              ? paint(style, 'dim', line)
              : line,
    )
    .join('\n');
}
