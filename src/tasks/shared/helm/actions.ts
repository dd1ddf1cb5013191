/** The actions of the `helm` type. */
import { failure } from '../../../core/failure.ts';
import { parseJson } from '../../../core/json.ts';
import { err, ok } from '../../../core/result.ts';
import type { ExecResult, StepContext, TaskResult } from '../../../core/task-type.ts';
import { plain, refuse } from '../tool.ts';
import {
  atomicFlag,
  chartArgs,
  explain,
  isLocal,
  openHelm,
  releaseFrom,
  removeSetFile,
  statusOf,
  timeoutArgs,
  type Helm,
  type Release,
} from './client.ts';
import { withoutSecrets } from './manifest.ts';
import type { HelmOutputs, HelmParameters } from './parameters.ts';
import { recordRevision } from '../revision-record.ts';
import { watched } from './watchdog.ts';

export async function runHelm(p: HelmParameters, context: StepContext): Promise<TaskResult<HelmOutputs>> {
  const opened = await openHelm(p, context);
  if (!opened.ok) return opened;
  const helm = opened.value;
  const timeout = timeoutArgs(p);
  if (!timeout.ok) return timeout;
  try {
    if (p.action === 'lint') return await lintOnly(p, helm, context);
    const before = await statusOf(helm, context);
    if (!before.ok) return before;
    switch (p.action) {
      case 'upgrade':
        return await upgrade(p, helm, before.value, timeout.value, context);
      case 'test':
        return await testOnly(p, helm, before.value, timeout.value, context);
      case 'rollback':
        return await goBack(p, helm, before.value, timeout.value, context);
      case 'uninstall':
        return await uninstall(p, helm, before.value, timeout.value, context);
    }
  } finally {
    await removeSetFile(context);
  }
}

async function lintOnly(p: HelmParameters, helm: Helm, context: StepContext): Promise<TaskResult<HelmOutputs>> {
  const chart = await chartArgs(p, context);
  if (!chart.ok) return chart;
  const checked = await lint(p, helm, chart.value, context);
  if (!checked.ok) return checked;
  return ok({ ...outputsOf(helm, undefined, p), status: 'linted' });
}

/** Helm tells on standard output what is wrong with the chart, a line each. */
async function lint(
  p: HelmParameters,
  helm: Helm,
  chart: readonly string[],
  context: StepContext,
): Promise<TaskResult<void>> {
  const [folder = '', ...rest] = chart;
  const strict = p.strict ? ['--strict'] : [];
  // The check knows no address of a repository and no version.
  const values = rest.filter((_, index) => rest[index] === '--values' || rest[index - 1] === '--values');
  const result = await helm.run(['lint', folder, ...values, ...strict], { capture: true });
  const lines = plain(result.stdout)
    .split('\n')
    .filter((line) => line.trim() !== '');
  for (const line of lines) context.log(line);
  if (result.exitCode === 0) return ok(undefined);
  const wrong = lines.filter((line) => line.startsWith('[ERROR]') || (p.strict && line.startsWith('[WARNING]')));
  const [first = 'helm lint failed'] = wrong.map((line) => line.replace(/^\[\w+\]\s*/, ''));
  const more = wrong.length > 1 ? ` (and ${wrong.length - 1} more)` : '';
  return refuse('invalid', `The chart is not right: ${first}${more}`, {
    next: 'Mend the chart; the whole list is in the log.',
    detail: wrong.join('\n'),
  });
}

async function upgrade(
  p: HelmParameters,
  helm: Helm,
  before: Release | undefined,
  timeout: readonly string[],
  context: StepContext,
): Promise<TaskResult<HelmOutputs>> {
  const busy = inProgress(helm, before);
  if (busy !== undefined) return busy;
  const chart = await chartArgs(p, context);
  if (!chart.ok) return chart;
  const [source = ''] = chart.value;
  if (p.dependency_update && isLocal(source, context.cwd)) {
    const fetched = await helm.run(['dependency', 'update', source]);
    if (fetched.exitCode !== 0)
      return err(explain(fetched, 'The charts that the chart depends on cannot be fetched', context));
  }
  if (p.lint && isLocal(source, context.cwd)) {
    const checked = await lint(p, helm, chart.value, context);
    if (!checked.ok) return checked;
  }
  const recorded = await recordRevision(context.stateDir, helm.release, before?.revision ?? 0);
  if (!recorded.ok) return recorded;
  const args = ['upgrade', helm.release, ...upgradeArgs(p, helm, chart.value), ...timeout, '--output', 'json'];
  const upgraded = await must(p, helm, args, `helm upgrade of ${helm.release}`, context, true);
  if (!upgraded.ok) return upgraded;
  const release = releaseFrom(parseJson(upgraded.value.stdout));
  if (p.test) {
    const tested = await test(p, helm, timeout, context);
    if (!tested.ok) return tested;
  }
  if (release !== undefined)
    context.log(`${helm.release}: revision ${release.revision} (${release.chart}) is ${release.status}`);
  return ok(outputsOf(helm, release, p));
}

/** Runs Helm under the watchdog. @param what begins the message where it fails */
async function must(
  p: HelmParameters,
  helm: Helm,
  args: readonly string[],
  what: string,
  context: StepContext,
  capture = false,
): Promise<TaskResult<ExecResult>> {
  const { result, stuck, lost } = await watched(p, helm.release, context, (signal) =>
    helm.run(args, { capture, signal }),
  );
  if (result.exitCode === 0) return ok(result);
  if (stuck === undefined) {
    const why = explain(result, `${what} failed`, context);
    if (!lost) return err(why);
    const status = ['helm', 'status', helm.release, ...helm.place].join(' ');
    const next = `Is the cluster running? What was done until then shows when it answers again: ${status}`;
    return err({
      ...why,
      message: `${why.message.replace(/\.?$/, '.')} The API server did not answer at the end.`,
      next,
    });
  }
  const next = 'Mend it; without `fail_early` Helm waits until its timeout.';
  return err(failure('tool', `${what} ended early: ${stuck}`, { next }));
}

/** What an upgrade and its dry run have in common. */
export const upgradeArgs = (p: HelmParameters, helm: Helm, chart: readonly string[]): string[] => [
  ...chart,
  '--install',
  '--create-namespace',
  ...helm.place,
  ...(p.wait ? ['--wait'] : []),
  ...(p.wait && p.wait_for_jobs ? ['--wait-for-jobs'] : []),
  ...(p.atomic ? [atomicFlag(helm)] : []),
  ...(p.skip_crds ? ['--skip-crds'] : []),
];

/** A release that somebody works on, or that a killed Helm left so: no other command would do anything but fail. */
function inProgress(helm: Helm, before: Release | undefined): TaskResult<never> | undefined {
  if (before?.status.startsWith('pending') !== true) return undefined;
  const namespace = before.namespace === '' ? '' : ` --namespace ${before.namespace}`;
  const mend =
    before.revision > 1 ? `helm rollback ${helm.release}${namespace}` : `helm uninstall ${helm.release}${namespace}`;
  const next = `Wait until it is done. If no Helm runs any more, it was killed: ${mend}`;
  const message = `The release ${helm.release} is ${before.status} (revision ${before.revision}): another Helm works on it, or was killed.`;
  return refuse('conflict', message, { next });
}

async function test(
  p: HelmParameters,
  helm: Helm,
  timeout: readonly string[],
  context: StepContext,
): Promise<TaskResult<void>> {
  const args = ['test', helm.release, ...helm.place, ...timeout, '--logs'];
  const tested = await must(p, helm, args, `The tests of the release ${helm.release}`, context);
  return tested.ok ? ok(undefined) : tested;
}

async function testOnly(
  p: HelmParameters,
  helm: Helm,
  before: Release | undefined,
  timeout: readonly string[],
  context: StepContext,
): Promise<TaskResult<HelmOutputs>> {
  if (before === undefined) return noRelease(helm);
  const tested = await test(p, helm, timeout, context);
  return tested.ok ? ok(outputsOf(helm, before, p)) : tested;
}

async function goBack(
  p: HelmParameters,
  helm: Helm,
  before: Release | undefined,
  timeout: readonly string[],
  context: StepContext,
): Promise<TaskResult<HelmOutputs>> {
  if (before === undefined) return noRelease(helm);
  const recorded = await recordRevision(context.stateDir, helm.release, before.revision);
  if (!recorded.ok) return recorded;
  const undone = await rollbackTo(p, helm, p.revision, timeout, context);
  if (!undone.ok) return undone;
  const now = await statusOf(helm, context);
  return now.ok ? ok(outputsOf(helm, now.value, p)) : now;
}

/** @param revision the one before where it is not given */
export async function rollbackTo(
  p: HelmParameters,
  helm: Helm,
  revision: number | undefined,
  timeout: readonly string[],
  context: StepContext,
): Promise<TaskResult<void>> {
  const args = [
    'rollback',
    helm.release,
    ...(revision === undefined ? [] : [String(revision)]),
    ...helm.place,
    ...(p.wait ? ['--wait'] : []),
    ...timeout,
  ];
  const undone = await must(p, helm, args, `helm rollback of ${helm.release}`, context);
  return undone.ok ? ok(undefined) : undone;
}

async function uninstall(
  p: HelmParameters,
  helm: Helm,
  before: Release | undefined,
  timeout: readonly string[],
  context: StepContext,
): Promise<TaskResult<HelmOutputs>> {
  const gone = { ...outputsOf(helm, before, p), revision: 0, status: 'uninstalled', manifest: '', notes: '' };
  if (before === undefined || before.status === 'uninstalled') {
    context.log(`There is no release ${helm.release}: nothing to uninstall.`);
    return ok(gone);
  }
  const recorded = await recordRevision(context.stateDir, helm.release, before.revision);
  if (!recorded.ok) return recorded;
  const removed = await remove(p, helm, timeout, context);
  return removed.ok ? ok(gone) : removed;
}

export async function remove(
  p: HelmParameters,
  helm: Helm,
  timeout: readonly string[],
  context: StepContext,
): Promise<TaskResult<void>> {
  const keep = p.action === 'uninstall' && p.keep_history ? ['--keep-history'] : [];
  const args = ['uninstall', helm.release, ...helm.place, ...(p.wait ? ['--wait'] : []), ...timeout, ...keep];
  const result = await helm.run(args);
  return result.exitCode === 0
    ? ok(undefined)
    : err(explain(result, `helm uninstall of ${helm.release} failed`, context));
}

const noRelease = (helm: Helm): TaskResult<never> =>
  refuse('missing', `There is no release ${helm.release}.`, {
    next: 'Check `release`, `namespace` and `context`; `helm list --all-namespaces` shows what is there.',
  });

function outputsOf(helm: Helm, release: Release | undefined, p: HelmParameters): HelmOutputs {
  return {
    release: helm.release,
    namespace: release?.namespace ?? p.namespace ?? '',
    revision: release?.revision ?? 0,
    status: release?.status ?? 'unknown',
    chart: release?.chart ?? '',
    app_version: release?.appVersion ?? '',
    notes: release?.notes ?? '',
    manifest: withoutSecrets(release?.manifest ?? ''),
  };
}
