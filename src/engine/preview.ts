/**
 * What a run would change, before there is one: every task whose type can say is asked, side by side, in a folder of its own that is
 * gone afterwards. Nothing is changed. A task that reads outputs of others can only be asked once these have run, and says so.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { JsonObject } from '../core/json.ts';
import { makeRedactor } from '../core/redact.ts';
import { ok, type Result } from '../core/result.ts';
import type { Preview } from '../core/task-type.ts';
import type { Plan, PlannedTask } from '../graph/plan.ts';
import { host } from '../platform/host.ts';
import { stateFolder, type RunLayout } from '../run/layout.ts';
import { layoutOf } from './place.ts';
import { makePrivateFolder } from '../platform/files.ts';
import { previewTask } from './attempt.ts';
import type { AttemptRequest } from './attempt-request.ts';
import { AttemptServices } from './attempt-services.ts';
import type { TaskRuntime } from './task-runtime.ts';
import { RunValues } from './values.ts';

export type TaskPreview =
  | { readonly task: string; readonly kind: 'preview'; readonly preview: Preview }
  /** The type has no way to say. */
  | { readonly task: string; readonly kind: 'cannot' }
  /** It reads what only an earlier task will know. */
  | { readonly task: string; readonly kind: 'later'; readonly reason: string }
  | { readonly task: string; readonly kind: 'failed'; readonly reason: string; readonly next?: string };

export interface PreviewRequest {
  readonly plan: Plan;
  readonly tasks: TaskRuntime;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly onPreview?: (preview: TaskPreview) => void;
}

const RUN_ID = '00000000-000000-000000';

/** In the order of the plan. */
export async function previewPlan(request: PreviewRequest): Promise<Result<readonly TaskPreview[]>> {
  const { plan } = request;
  const folder = mkdtempSync(join(tmpdir(), 'code-preview-'));
  const layout = layoutOf(folder, RUN_ID);
  for (const path of [layout.logs, layout.state]) {
    const made = makePrivateFolder(path);
    if (!made.ok) return made;
  }
  const { os, wsl } = host();
  const values = new RunValues(plan, {
    secrets: request.secrets,
    run: { id: RUN_ID, attempt: 1 },
    target: { os, wsl: wsl !== undefined, distro: wsl?.distro ?? '' },
  });
  const services = servicesFor(request, layout);
  try {
    const prepared = await values.prepare();
    if (!prepared.ok) return prepared;
    const previews = new Array<TaskPreview>(plan.tasks.length);
    let next = 0;
    const work = async (): Promise<void> => {
      for (let i = next++; i < plan.tasks.length; i = next++) {
        const task = plan.tasks[i];
        if (task === undefined) continue;
        const preview = await previewOne(request, services, values, task, i, layout);
        previews[i] = preview;
        request.onPreview?.(preview);
      }
    };
    await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, work));
    return ok(previews);
  } finally {
    services.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function servicesFor({ plan, tasks, env, secrets }: PreviewRequest, layout: RunLayout): AttemptServices {
  const pairs = Object.entries(secrets).map(([name, value]) => ({ name, value }));
  return new AttemptServices({
    plan,
    runId: RUN_ID,
    layout,
    graceMs: 2000,
    tasks,
    baseEnv: definedOnly(env),
    redactor: pairs.length === 0 ? undefined : makeRedactor(pairs),
    onOutput: () => undefined,
    onProcess: () => undefined,
    onLogFailure: () => undefined,
    onLogLimit: () => undefined,
    approve: () => Promise.resolve({ approved: false, by: 'a preview' }),
  });
}

async function previewOne(
  request: PreviewRequest,
  services: AttemptServices,
  values: RunValues,
  task: PlannedTask,
  index: number,
  layout: RunLayout,
): Promise<TaskPreview> {
  const { id } = task;
  if (!request.tasks.can(task.type, 'preview')) return { task: id, kind: 'cannot' };
  const reads = readsOthers(task.with) || readsOthers(task.env);
  if (reads) return { task: id, kind: 'later', reason: 'it reads outputs of tasks that have not run yet' };
  const rendered = values.render(task, index, 'success');
  if (!rendered.ok) return { task: id, kind: 'failed', reason: rendered.failure.message };
  const ownEnv = { ...values.env, ...rendered.value.env };
  const attempt: AttemptRequest = {
    task,
    attempt: 0,
    parameters: rendered.value.parameters,
    ownEnv,
    env: { ...definedOnly(request.env), ...ownEnv },
    cwd: resolve(request.plan.root, rendered.value.cwd ?? '.'),
    stateDir: stateFolder(layout, id),
    cancel: request.signal,
    force: request.signal,
  };
  const preview = await previewTask(services, attempt);
  if (preview.ok) {
    return preview.value === undefined
      ? { task: id, kind: 'cannot' }
      : { task: id, kind: 'preview', preview: preview.value };
  }
  const { reason = 'it ended without an answer', next } = preview.failure;
  return { task: id, kind: 'failed', reason, ...(next === undefined ? {} : { next }) };
}

/** Does a text of the value read `tasks.…` in an expression? */
function readsOthers(value: JsonObject): boolean {
  return /\$\{\{[^}]*\btasks\b/.test(JSON.stringify(value));
}

function definedOnly(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
