/**
 * Files that a model wrote itself, because nothing in the catalogue fits. They are data that is held against more than what code
 * renders is: where they may lie, what the API or the specification knows, that no credential stands in them, and that nothing reaches
 * for the machine below it unless the description says so. The tasks that use them are code's, always.
 */
import { err, ok, type Result } from '../../core/result.ts';
import { composeStages } from '../compose/plan.ts';
import { scanRequest } from '../context/pack.ts';
import { hclParser } from '../evaluate/hcl-parser.ts';
import { APPROVAL, applyStage } from '../kubernetes/plan.ts';
import type { PlanDraft, PlannedFile, StageDraft, TaskDraft } from '../plan.ts';
import { moduleStages } from '../tofu/plan.ts';
import { readCompose } from './compose.ts';
import { readManifests } from './manifests.ts';
import { readModule } from './module.ts';

export interface WrittenFile {
  /** `k8s/NAME.yaml`, `compose.yaml`, `infra/NAME.tf`, or `config/NAME` for what a Compose service mounts. */
  readonly path: string;
  readonly text: string;
}

/** What the written files of a target come to. */
export interface Written {
  /** Names that stand in them as `${NAME}`: a person supplies the values. */
  readonly secrets: readonly string[];
  /** For the person who reviews them. */
  readonly notes: readonly string[];
  /** Resources of a module. */
  readonly count?: number;
}

export type WrittenTarget = 'kubernetes' | 'compose' | 'opentofu';

const MOST_FILES = 20;
const MOST_BYTES = 64 * 1024;

const PLACES: Readonly<Record<WrittenTarget, RegExp>> = {
  kubernetes: /^k8s\/[a-z0-9][a-z0-9.-]{0,80}\.ya?ml$/,
  compose: /^(?:compose\.yaml|config\/[\w][\w.-]{0,80})$/,
  opentofu: /^infra\/[a-z0-9][\w.-]{0,80}\.tf$/,
};

/**
 * The plan with the written files in it, and with the tasks that use them.
 * @param wish the description: what it asks for in so many words may be in the files, too
 * @returns what is wrong in words that the model can mend it by
 */
export async function withWritten(
  draft: PlanDraft,
  target: WrittenTarget,
  files: readonly WrittenFile[],
  wish: string,
): Promise<Result<PlanDraft, string>> {
  if (files.length === 0) return ok(draft);
  const misplaced = faultOfPlaces(draft, target, files);
  if (misplaced !== undefined) return err(misplaced);
  const read = await readAll(draft, target, files, wish);
  if (!read.ok) return read;
  const { secrets, notes, count = 0 } = read.value;
  const planned: PlannedFile[] = files.map(({ path, text }) => ({ path, text, origin: 'model' }));
  return ok({
    ...draft,
    files: [...draft.files, ...planned].sort((a, b) => a.path.localeCompare(b.path)),
    secrets: [...new Set([...draft.secrets, ...secrets])],
    assumptions: [
      ...draft.assumptions,
      `Written by the model itself, and to be read with care: ${files.map((f) => f.path).join(', ')}.`,
      ...notes,
    ],
    stages: stagesWith(draft.stages, target, secrets, count, /\bprod(?:uction)?\b/i.test(wish)),
  });
}

function faultOfPlaces(draft: PlanDraft, target: WrittenTarget, files: readonly WrittenFile[]): string | undefined {
  if (files.length > MOST_FILES) return `files: at most ${MOST_FILES}`;
  const taken = new Set(draft.files.map((f) => f.path));
  for (const { path, text } of files) {
    if (!PLACES[target].test(path)) return `files: ${path.slice(0, 100)} is no place for a file of ${target}`;
    if (taken.has(path)) return `files: ${path} is there already, from the components; choose another name`;
    if (Buffer.byteLength(text) > MOST_BYTES) return `files: ${path} is longer than ${MOST_BYTES / 1024} KiB`;
    const credential = scanRequest(text);
    if (credential !== undefined) return `files: ${path} holds something like a ${credential}; write \${NAME} instead`;
    taken.add(path);
  }
  return undefined;
}

async function readAll(
  draft: PlanDraft,
  target: WrittenTarget,
  files: readonly WrittenFile[],
  wish: string,
): Promise<Result<Written, string>> {
  switch (target) {
    case 'kubernetes':
      return readManifests(files, draft.files, wish);
    case 'compose':
      return readCompose(files, wish);
    case 'opentofu':
      // The editor's package leaves the parser out, for its size.
      return readModule(files, draft.files, await hclParser().catch(() => undefined));
  }
}

/** The stages of the components take the files along; where there are none, they are made. */
function stagesWith(
  stages: readonly StageDraft[],
  target: WrittenTarget,
  secrets: readonly string[],
  count: number,
  production: boolean,
): readonly StageDraft[] {
  if (target !== 'kubernetes') {
    if (stages.length > 0) return stages;
    return target === 'compose' ? composeStages(secrets) : moduleStages(count, undefined);
  }
  if (!stages.some((stage) => stage.tasks.some(appliesManifests)))
    return [...stages, ...(production ? [APPROVAL] : []), applyStage(secrets)];
  return stages.map((stage) => ({ ...stage, tasks: stage.tasks.map((task) => withVariables(task, secrets)) }));
}

const appliesManifests = (task: TaskDraft): boolean => task.type === 'kubernetes' && task.with['manifests'] === 'k8s';

function withVariables(task: TaskDraft, secrets: readonly string[]): TaskDraft {
  if (!appliesManifests(task) || secrets.length === 0) return task;
  const known = task.with['variables'] as Record<string, string> | undefined;
  const added = Object.fromEntries(secrets.map((name) => [name, `\${{ secrets.${name} }}`]));
  return { ...task, with: { ...task.with, variables: { ...known, ...added } } };
}
