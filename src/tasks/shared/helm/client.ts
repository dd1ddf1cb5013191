/** Helm's own command line: which version it is, which flags that one has, and what its JSON says. */
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { parseDuration } from '../../../core/duration.ts';
import { failure, failureFrom } from '../../../core/failure.ts';
import { isObject, parseJson, type Json } from '../../../core/json.ts';
import { err, ok } from '../../../core/result.ts';
import type { ExecOptions, ExecResult, StepContext, TaskFailure, TaskResult } from '../../../core/task-type.ts';
import { numberAt, textAt } from '../kubernetes/objects.ts';
import { findTool, plain, refuse, toolFailure } from '../tool.ts';
import type { HelmParameters } from './parameters.ts';

export interface Helm {
  readonly version: { readonly major: number; readonly minor: number; readonly text: string };
  readonly release: string;
  /** Arguments that every command about the release takes. */
  readonly place: readonly string[];
  run(args: readonly string[], options?: ExecOptions): Promise<ExecResult>;
}

const INSTALL = 'Install Helm 3.8 or later: https://helm.sh/docs/intro/install/';

export async function openHelm(p: HelmParameters, context: StepContext): Promise<TaskResult<Helm>> {
  const found = await findTool(context, ['helm'], INSTALL);
  if (!found.ok) return found;
  const run: Helm['run'] = (args, options) => context.exec({ kind: 'argv', program: found.value, args }, options);
  const asked = await run(['version', '--template', '{{.Version}}'], { capture: true });
  const version = /v?(\d+)\.(\d+)\.\S*/.exec(asked.stdout);
  if (asked.exitCode !== 0 || version === null) return toolFailure(asked, 'helm version failed');
  const [text, major, minor] = [version[0], Number(version[1]), Number(version[2])];
  if (major < 3 || (major === 3 && minor < 8)) {
    return refuse('missing', `Helm ${text} is too old: 3.8 or later is needed.`, { next: INSTALL });
  }
  const cluster = [
    ...(p.context === undefined ? [] : ['--kube-context', p.context]),
    ...(p.kubeconfig === undefined ? [] : ['--kubeconfig', resolve(context.cwd, p.kubeconfig)]),
    ...(p.namespace === undefined ? [] : ['--namespace', p.namespace]),
  ];
  return ok({ version: { major, minor, text }, release: releaseName(p, context), place: cluster, run });
}

/** A name that Helm takes, made of the workflow's where none is given. */
export function releaseName(
  { release }: Pick<HelmParameters, 'release'>,
  { workflow }: Pick<StepContext, 'workflow'>,
): string {
  if (release !== undefined) return release;
  const plainName = workflow
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return plainName.slice(0, 53).replace(/-+$/, '') || 'release';
}

/** The flag that undoes a failed upgrade: it has another name since Helm 4. */
export const atomicFlag = ({ version }: Pick<Helm, 'version'>): string =>
  version.major >= 4 ? '--rollback-on-failure' : '--atomic';

/** Rendering with the cluster's help came with 3.13; before that a dry run always asked the cluster. */
export const dryRunFlag = ({ version: { major, minor } }: Pick<Helm, 'version'>): string =>
  major >= 4 || minor >= 13 ? '--dry-run=server' : '--dry-run';

/** `5m` in Helm's own notation; it knows no days. */
export function timeoutArgs({ timeout }: HelmParameters): TaskResult<string[]> {
  const parsed = parseDuration(timeout);
  return parsed.ok
    ? ok(['--timeout', `${Math.max(parsed.value.ms, 1)}ms`])
    : refuse('invalid', `timeout: ${parsed.failure}`);
}

/** The chart and everything that decides what is made of it. */
export async function chartArgs(p: HelmParameters, context: StepContext): Promise<TaskResult<readonly string[]>> {
  const chart = p.chart ?? conventionalChart(context.cwd);
  if (chart === undefined) {
    const next = 'Name the chart with `with.chart`: a folder, an archive, `oci://…` or `repo/name`.';
    return refuse(
      'missing',
      `There is no chart: looked for chart/Chart.yaml and charts/*/Chart.yaml in ${context.cwd}.`,
      { next },
    );
  }
  const values = await valuesArgs(p, context);
  if (!values.ok) return values;
  return ok([
    isLocal(chart, context.cwd) ? resolve(context.cwd, chart) : chart,
    ...(p.repo === undefined ? [] : ['--repo', p.repo]),
    ...(p.version === undefined ? [] : ['--version', p.version]),
    ...values.value,
  ]);
}

function conventionalChart(cwd: string): string | undefined {
  if (existsSync(join(cwd, 'chart/Chart.yaml'))) return 'chart';
  const names = existsSync(join(cwd, 'charts')) ? readdirSync(join(cwd, 'charts')).sort() : [];
  const name = names.find((one) => existsSync(join(cwd, 'charts', one, 'Chart.yaml')));
  return name === undefined ? undefined : `charts/${name}`;
}

/** A chart of the workspace, which can be linted; others come from a registry or a repository. */
export const isLocal = (chart: string, cwd: string): boolean =>
  !chart.includes('://') && existsSync(resolve(cwd, chart));

/** Values files as they are, and the values of the workflow in a file that only its owner may read. */
export async function valuesArgs(p: HelmParameters, context: StepContext): Promise<TaskResult<readonly string[]>> {
  const files = (typeof p.values === 'string' ? [p.values] : p.values).map((file) => resolve(context.cwd, file));
  const missing = files.find((file) => !existsSync(file));
  if (missing !== undefined)
    return refuse('missing', `There is no values file ${missing}.`, { next: 'Mend `with.values`.' });
  if (Object.keys(p.set).length > 0) {
    const nested = nest(p.set);
    if (!nested.ok) return nested;
    const file = setFile(context);
    try {
      await mkdir(context.stateDir, { recursive: true });
      await writeFile(file, stringify(nested.value), { mode: 0o600 });
      await chmod(file, 0o600);
    } catch (error) {
      return err(failureFrom(error, `write the values to ${file}`));
    }
    files.push(file);
  }
  return ok(files.flatMap((file) => ['--values', file]));
}

const setFile = ({ stateDir }: Pick<StepContext, 'stateDir'>): string => join(stateDir, 'helm-values.yaml');

/** The file with the workflow's values is there only while Helm reads it. */
export const removeSetFile = (context: Pick<StepContext, 'stateDir'>): Promise<void> =>
  rm(setFile(context), { force: true });

/** `{ 'image.tag': 'x' }` as `{ image: { tag: 'x' } }`; a dot that belongs to a key is written `\.`. */
export function nest(values: Readonly<Record<string, Json>>): TaskResult<Record<string, unknown>> {
  const root: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(values)) {
    const keys = path.split(/(?<!\\)\./).map((key) => key.replaceAll('\\.', '.'));
    const last = keys.pop() ?? '';
    let here = root;
    for (const key of keys) {
      const next = here[key] ?? {};
      if (!isObject(next)) return refuse('invalid', `set: "${path}" goes through a value that is no map.`);
      here[key] = next;
      here = next;
    }
    const before = here[last];
    here[last] = isObject(before) && isObject(value) ? { ...before, ...value } : value;
  }
  return ok(root);
}

export interface Release {
  readonly revision: number;
  readonly status: string;
  readonly notes: string;
  readonly manifest: string;
  readonly namespace: string;
  readonly chart: string;
  readonly appVersion: string;
  readonly description: string;
}

/** From the JSON that `status`, `upgrade` and their like print. */
export function releaseFrom(json: unknown): Release | undefined {
  const revision = numberAt(json, 'version');
  if (revision === undefined) return undefined;
  const chart = [textAt(json, 'chart', 'metadata', 'name'), textAt(json, 'chart', 'metadata', 'version')];
  return {
    revision,
    status: textAt(json, 'info', 'status') ?? 'unknown',
    notes: textAt(json, 'info', 'notes') ?? '',
    description: textAt(json, 'info', 'description') ?? '',
    manifest: textAt(json, 'manifest') ?? '',
    namespace: textAt(json, 'namespace') ?? '',
    chart: chart.filter((part) => part !== undefined).join('-'),
    appVersion: textAt(json, 'chart', 'metadata', 'appVersion') ?? '',
  };
}

/** The release as it stands; `undefined` where there is none. */
export async function statusOf(helm: Helm, context: StepContext): Promise<TaskResult<Release | undefined>> {
  const answer = await helm.run(['status', helm.release, ...helm.place, '--output', 'json'], { capture: true });
  if (answer.exitCode === 0) return ok(releaseFrom(parseJson(answer.stdout)));
  if (/release: not found/.test(answer.stderr)) return ok(undefined);
  return err(explain(answer, `The release ${helm.release} cannot be looked at`, context));
}

const UNREACHABLE =
  /cluster unreachable|connection refused|no such host|i\/o timeout|context deadline exceeded.*(?:dial|http)/i;

/** A refusal by Helm, with what to do about the kinds that we know. */
export function explain(result: ExecResult, what: string, context: Pick<StepContext, 'workflow'>): TaskFailure {
  const said = plain(result.stderr);
  const refusal = toolFailure(result, what);
  // What follows `Error:` is one message, on one line or on several.
  const words = /^Error: ([\s\S]+)$/m
    .exec(said)?.[1]
    ?.trim()
    .replace(/\s*\n\s*/g, ' ');
  const base: TaskFailure = refusal.ok ? failure('tool', what) : refusal.failure;
  const told = words === undefined ? base : { ...base, message: `${what}: ${words.slice(0, 1000)}` };
  const known: readonly (readonly [RegExp, Partial<TaskFailure>])[] = [
    [
      UNREACHABLE,
      { kind: 'unreachable', next: 'Is the cluster running? Choose it with `with.context` or `with.kubeconfig`.' },
    ],
    [
      /another operation .* is in progress/,
      { kind: 'conflict', next: 'Wait for it; if no Helm runs any more, go back with `helm rollback`.' },
    ],
    [
      /invalid ownership metadata|exists and cannot be imported/,
      {
        kind: 'conflict',
        retriable: false,
        next: 'An object of this name belongs to something else: delete it, or give the release another name.',
      },
    ],
    [
      /is forbidden: User/,
      { kind: 'denied', retriable: false, next: 'Let an administrator grant the right that Helm names above.' },
    ],
    [
      /execution error at|parse error at|executing "|template: |values don't meet the specifications/,
      {
        kind: 'invalid',
        retriable: false,
        next: 'The chart does not render: mend the template or the value that is named. `helm template` shows it.',
      },
    ],
    [
      /missing in charts\/ directory|found in Chart\.yaml, but missing/,
      { kind: 'missing', retriable: false, next: 'Set `dependency_update: true`, or run `helm dependency build`.' },
    ],
    [
      /timed out waiting|context deadline exceeded|client rate limiter Wait/,
      {
        kind: 'timeout',
        next: `What was not ready is told above. Mend it, or give more time with \`timeout\`; in doubt: helm status (workflow ${context.workflow}).`,
      },
    ],
  ];
  const match = known.find(([pattern]) => pattern.test(said));
  return match === undefined ? told : { ...told, ...match[1] };
}
