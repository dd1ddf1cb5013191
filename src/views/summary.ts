/** The line of truth on top of the monitor, and the panel that says why a task is where it is. */
import { t } from '../core/words.ts';
import { formatDuration } from '../core/duration.ts';
import type { RunState, TaskState } from '../run/state.ts';
import { isOutcome } from '../run/state.ts';
import { whyWaiting } from '../run/waiting.ts';
import type { Barriers, Forecast } from './forecast.ts';
import { lookOf } from './status.ts';
import { durationOf, listed, runDuration, runPhrase, waitingSentence } from './words.ts';

export interface Figure {
  readonly value: string;
  readonly label: string;
}

/** The figures at the right of the head: elapsed, left, saved. */
export function figures(state: RunState, known: Forecast | undefined, now: number): Figure[] {
  const elapsed = runDuration(state, now);
  if (elapsed === undefined) return [];
  const found: Figure[] = [
    { value: formatDuration(elapsed), label: state.status === 'running' ? t('elapsed') : t('took') },
  ];
  if (known && state.status === 'running') {
    const left = known.finish - now;
    found.push({
      // What takes longer than it was thought to has no figure any more.
      value: left < 100 ? '…' : `≈ ${formatDuration(left)}`,
      label: known.guessed ? t('left, partly a guess') : t('left, by the critical path'),
    });
  } else if (state.criticalPathMs !== undefined) {
    found.push({ value: formatDuration(state.criticalPathMs), label: t('critical path') });
  }
  const serial = serialMs(state, now);
  if (serial > elapsed && elapsed > 0)
    found.push({ value: `− ${Math.round((1 - elapsed / serial) * 100)} %`, label: t('against one by one') });
  return found;
}

/** The figures of a run that has not begun: how long it is going to take, and what running side by side saves. */
export function predicted(state: RunState, known: Forecast | undefined): Figure[] {
  if (!known || state.startedAt === undefined) return [];
  const takes = known.finish - state.startedAt;
  const serial = known.end.reduce((sum, end, at) => sum + end - (known.start[at] ?? end), 0);
  const figure = {
    value: `≈ ${formatDuration(takes)}`,
    label: known.guessed ? t('partly a guess') : t('by earlier runs'),
  };
  return serial > takes && takes > 0
    ? [figure, { value: `− ${Math.round((1 - takes / serial) * 100)} %`, label: t('against one by one') }]
    : [figure];
}

/** What the tasks would have taken one after the other, as far as they have come. */
export function serialMs(state: RunState, now: number): number {
  if (state.serialMs !== undefined) return state.serialMs;
  let sum = 0;
  for (const task of state.tasks.values()) sum += durationOf(task, now) ?? 0;
  return sum;
}

/** One sentence for a screen reader when something changed; short, because it interrupts. */
export function announcement(state: RunState): string {
  const { counts } = state;
  const parts = (['succeeded', 'cached', 'running', 'awaiting_approval', 'failed', 'timed_out'] as const)
    .filter((status) => counts[status] > 0)
    .map((status) => `${counts[status]} ${lookOf(status).label}`);
  return t(
    '{0}: {1}. {2} of {3}.',
    state.plan?.workflow ?? t('Run'),
    runPhrase(state),
    parts.join(', '),
    state.tasks.size,
  );
}

export interface Fact {
  readonly term: string;
  readonly text: string;
  /** Tasks that the text names, to go to. */
  readonly tasks?: readonly string[];
}

/** Why a task is where it is. */
export function reasons(state: RunState, task: TaskState, known: Forecast | undefined, now: number): Fact[] {
  const facts: Fact[] = [];
  const { summary } = task;
  const say = (term: string, text: string | undefined, tasks?: readonly string[]): void => {
    if (text !== undefined && text !== '') facts.push({ term, text, ...(tasks && tasks.length > 0 ? { tasks } : {}) });
  };
  say(t('status'), statusSentence(task, now));
  const why = whyWaiting(state, summary.task);
  if (why) say(t('waits on'), waitingSentence(why, now), why.kind === 'dependency' ? why.tasks : undefined);
  say(t('because'), task.reason);
  say(t('next'), task.next);
  say(t('needs'), listed(summary.dependsOn, 6), summary.dependsOn);
  const dependents = dependentsOf(state, known, summary.task);
  say(t('needed by'), listed(dependents, 6), dependents);
  if (summary.expectedMs !== undefined) say(t('usually'), formatDuration(summary.expectedMs));
  if (known && !isOutcome(task.status) && state.status === 'running') {
    const end = known.end[known.order.index.get(summary.task) ?? -1];
    if (end !== undefined && end > now) say(t('ends in'), `≈ ${formatDuration(end - now)}`);
  }
  if (known?.critical[known.order.index.get(summary.task) ?? -1] === 1)
    say(t('critical path'), t('It is on it: what shortens this task shortens the run.'));
  say(t('changes'), changes(task));
  if (task.approval)
    say(
      task.approval.approved ? t('approved') : t('refused'),
      task.approval.comment === undefined
        ? t('by {0}', task.approval.by)
        : t('by {0}: {1}', task.approval.by, task.approval.comment),
    );
  if (task.rolledBack)
    say(
      t('rolled back'),
      task.rolledBack.ok ? formatDuration(task.rolledBack.durationMs) : (task.rolledBack.reason ?? t('it failed')),
    );
  return facts;
}

function statusSentence(task: TaskState, now: number): string {
  const duration = durationOf(task, now);
  const exit = task.exitCode === undefined || task.exitCode === 0 ? '' : ` · ${t('exit {0}', task.exitCode)}`;
  const signal = task.signal === undefined ? '' : ` · ${task.signal}`;
  const tries = task.attempts.length > 1 ? ` · ${t('try {0}', task.attempt)}` : '';
  return `${lookOf(task.status).label}${duration === undefined ? '' : ` · ${formatDuration(duration)}`}${tries}${exit}${signal}`;
}

function changes(task: TaskState): string | undefined {
  if (!task.preview) return undefined;
  const { create, update, replace, destroy } = task.preview.changes;
  const parts = [
    ...(create > 0 ? [t('{0} to create', create)] : []),
    ...(update > 0 ? [t('{0} to change', update)] : []),
    ...(replace > 0 ? [t('{0} to replace', replace)] : []),
    ...(destroy > 0 ? [t('{0} to destroy', destroy)] : []),
  ];
  return parts.length === 0 ? t('no change') : parts.join(', ');
}

function dependentsOf(state: RunState, known: Forecast | undefined, name: string): string[] {
  const at = known?.order.index.get(name);
  if (known === undefined || at === undefined) return [];
  return (known.order.dependents[at] ?? []).map((i) => state.plan?.tasks[i]?.task ?? '').filter((id) => id !== '');
}

/** What the whole run has to say for itself. */
export function runFacts(state: RunState, barriers: Barriers | undefined): Fact[] {
  const facts: Fact[] = [];
  for (const cost of [...(barriers?.costs ?? [])].sort((a, b) => b.costMs - a.costMs).slice(0, 3)) {
    facts.push({
      term: t('barrier cost'),
      text: t('{0} → {1}: up to {2}', cost.before, cost.after, formatDuration(cost.costMs)),
    });
  }
  if (barriers && barriers.graphSavesMs >= 1)
    facts.push({ term: 'schedule: graph', text: t('would save up to {0}', formatDuration(barriers.graphSavesMs)) });
  if (state.reason !== undefined) facts.push({ term: t('ended'), text: state.reason });
  for (const warning of state.warnings.slice(0, 5)) facts.push({ term: t('warning'), text: warning.message });
  if (state.warnings.length > 5)
    facts.push({ term: t('warnings'), text: t('{0} more in the journal', state.warnings.length - 5) });
  return facts;
}
