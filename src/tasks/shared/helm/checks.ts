/** What is asked around a run of Helm: a cluster, what would change, whether it happened, and back again. */
import { parseJson } from '../../../core/json.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import type { Preview, StepContext, TaskResult } from '../../../core/task-type.ts';
import { reachable } from '../kubernetes/checks.ts';
import { refuse } from '../tool.ts';
import { remove, rollbackTo, upgradeArgs } from './actions.ts';
import {
  chartArgs,
  dryRunFlag,
  explain,
  openHelm,
  releaseFrom,
  removeSetFile,
  statusOf,
  timeoutArgs,
  type Helm,
} from './client.ts';
import { previewBetween, previewRemoval } from './manifest.ts';
import type { HelmOutputs, HelmParameters } from './parameters.ts';
import { recordedRevision } from '../revision-record.ts';

const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

export async function preflight(p: HelmParameters, context: StepContext): Promise<Result<void>> {
  const opened = await openHelm(p, context);
  if (!opened.ok) return opened;
  const { release } = opened.value;
  if (!NAME.test(release) || release.length > 53) {
    const next = 'Lower case letters, digits, - and ., at most 53 of them.';
    return refuse('invalid', `"${release}" is no name for a release.`, { next });
  }
  if (p.action === 'lint') return ok(undefined);
  const there = await reachable({ kubeconfig: p.kubeconfig, context: p.context }, context);
  return there.ok ? ok(undefined) : there;
}

export async function preview(p: HelmParameters, context: StepContext): Promise<TaskResult<Preview>> {
  const opened = await openHelm(p, context);
  if (!opened.ok) return opened;
  const helm = opened.value;
  if (p.action === 'lint' || p.action === 'test') {
    const changes = { create: 0, update: 0, replace: 0, destroy: 0 };
    return ok({ summary: 'Nothing is changed.', changes, text: 'Nothing is changed.', digest: `helm-${p.action}` });
  }
  try {
    const before = await statusOf(helm, context);
    if (!before.ok) return before;
    const namespace = before.value?.namespace ?? p.namespace ?? 'default';
    const current = before.value?.status === 'uninstalled' ? '' : (before.value?.manifest ?? '');
    if (p.action === 'uninstall') return ok(previewRemoval(current, namespace));
    if (p.action === 'rollback') return await previewRollback(p, helm, current, namespace, context);
    const chart = await chartArgs(p, context);
    if (!chart.ok) return chart;
    const wanted = upgradeArgs({ ...p, wait: false, atomic: false }, helm, chart.value);
    const result = await helm.run(['upgrade', helm.release, ...wanted, dryRunFlag(helm), '--output', 'json'], {
      capture: true,
    });
    if (result.exitCode !== 0) return err(explain(result, `The chart cannot be rendered for ${helm.release}`, context));
    const rendered = releaseFrom(parseJson(result.stdout));
    return ok(previewBetween(current, rendered?.manifest ?? '', namespace, rendered?.chart ?? ''));
  } finally {
    await removeSetFile(context);
  }
}

async function previewRollback(
  p: HelmParameters,
  helm: Helm,
  current: string,
  namespace: string,
  context: StepContext,
): Promise<TaskResult<Preview>> {
  const revision = p.revision ?? (await previousRevision(helm));
  if (revision === undefined) return refuse('missing', `The release ${helm.release} has no revision to go back to.`);
  const result = await helm.run(['get', 'manifest', helm.release, '--revision', String(revision), ...helm.place], {
    capture: true,
  });
  if (result.exitCode !== 0)
    return err(explain(result, `Revision ${revision} of ${helm.release} cannot be read`, context));
  return ok(previewBetween(current, result.stdout, namespace, `revision ${revision}`));
}

async function previousRevision(helm: Helm): Promise<number | undefined> {
  const result = await helm.run(['history', helm.release, ...helm.place, '--output', 'json'], { capture: true });
  const rows = parseJson(result.stdout);
  const revisions = Array.isArray(rows) ? rows.map((row: unknown) => (row as { revision?: unknown }).revision) : [];
  return revisions.filter((one): one is number => typeof one === 'number').at(-2);
}

export async function rollback(
  p: HelmParameters,
  _outputs: Partial<HelmOutputs>,
  context: StepContext,
): Promise<TaskResult<void>> {
  const opened = await openHelm(p, context);
  if (!opened.ok) return opened;
  const helm = opened.value;
  const timeout = timeoutArgs(p);
  if (!timeout.ok) return timeout;
  const revision = await recordedRevision(context.stateDir, helm.release);
  if (revision === undefined) {
    context.log('Nothing to undo: this task had changed nothing yet.');
    return ok(undefined);
  }
  const now = await statusOf(helm, context);
  if (!now.ok) return now;
  if (revision === 0) return now.value === undefined ? ok(undefined) : remove(p, helm, timeout.value, context);
  if (now.value === undefined) {
    const next = 'Set `keep_history: true` for an uninstall that is to be undone; now install the chart again.';
    return refuse('missing', `The history of ${helm.release} is gone with its uninstall: it cannot be brought back.`, {
      next,
    });
  }
  if (now.value.revision === revision && now.value.status === 'deployed') return ok(undefined);
  return rollbackTo(p, helm, revision, timeout.value, context);
}

/** Did the attempt whose end nobody saw take effect? A release that is pending tells neither. */
export async function probe(p: HelmParameters, context: StepContext): Promise<'done' | 'not-done' | 'unknown'> {
  const opened = await openHelm(p, context);
  if (!opened.ok) return 'unknown';
  const helm = opened.value;
  const now = await statusOf(helm, context);
  if (!now.ok) return 'unknown';
  const there = now.value !== undefined && now.value.status !== 'uninstalled';
  switch (p.action) {
    case 'lint':
    case 'test':
      return 'not-done';
    case 'uninstall':
      return there ? 'not-done' : 'done';
    case 'upgrade':
    case 'rollback': {
      if (now.value?.status.startsWith('pending') === true) return 'unknown';
      const before = await recordedRevision(context.stateDir, helm.release);
      if (now.value?.status !== 'deployed' || before === undefined) return 'not-done';
      return now.value.revision > before ? 'done' : 'not-done';
    }
  }
}
