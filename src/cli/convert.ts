/** Workflows from other tools' files and as other systems' objects, for the command line and for a window. */
import path from 'node:path';
import { stringify } from 'yaml';
import { FailureError } from '../core/failure.ts';
import type { Json } from '../core/json.ts';
import { importWorkflow, type Imported } from '../interchange/import.ts';
import { readWorkflow } from '../language/read.ts';
import type { InputDefinition } from '../core/input.ts';
import { catalogue } from '../tasks/catalogue.ts';
import { compileTekton, type TektonPipeline } from '../targets/tekton/compile.ts';
import type { Io } from './io.ts';
import { loadPlan } from './load.ts';
import { readWorkflowText } from './read-file.ts';
import { DEFAULT_APPROVER, DEFAULT_IMAGES } from './tekton-options.ts';
import { rootOf } from './workspace.ts';

/** @param file absolute */
export async function importFrom(file: string, io: Io): Promise<Imported> {
  const read = await readWorkflowText(file, io.cwd);
  if (!read.ok) throw new FailureError(read.failure);
  const imported = importWorkflow(read.value, importedName(file), path.basename(file));
  if (!imported.ok) throw new FailureError({ ...imported.failure, kind: 'usage' });
  return imported.value;
}

/** `.github/workflows/deploy.yml` is called deploy, a Taskfile like its folder. */
export function importedName(file: string): string {
  const base = path.basename(file).replace(/(?:\.dist)?\.ya?ml$/i, '');
  const name = /^taskfile$/i.test(base) ? path.basename(path.dirname(file)) : base;
  return name === '' ? 'workflow' : name;
}

export interface ExportRequest {
  readonly image?: string;
  readonly engineImage?: string;
  readonly git?: string;
  readonly revision?: string;
  readonly gitImage?: string;
  readonly approver?: readonly string[];
  readonly namespace?: string;
  readonly claim?: string;
}

/** What of a workflow is to run at once, and with which inputs. */
export interface RunOf {
  readonly inputs: Readonly<Record<string, Json>>;
  readonly only: readonly string[];
  readonly from?: string;
}

export interface Exported extends TektonPipeline {
  /** The workflow's name. */
  readonly workflow: string;
  /** The objects as YAML. */
  readonly text: string;
}

/**
 * @param file absolute
 * @param run of what is started at once; otherwise the inputs stay open
 * @returns `undefined` after having said what is wrong with the workflow
 */
export async function exportToTekton(
  file: string,
  request: ExportRequest,
  io: Io,
  run?: RunOf,
): Promise<Exported | undefined> {
  const plan = await loadPlan(file, io, run ?? { inputs: await placeholders(file, io), only: [] });
  if (plan === undefined) return undefined;
  const { git, revision, namespace, claim, approver = [] } = request;
  const source = git === undefined ? undefined : { url: git, image: request.gitImage ?? DEFAULT_IMAGES.gitImage };
  const compiled = compileTekton({
    plan,
    image: request.image ?? DEFAULT_IMAGES.image,
    engineImage: request.engineImage ?? DEFAULT_IMAGES.engineImage,
    file: path.relative(rootOf(file), file).split(path.sep).join('/'),
    approvers: approver.length === 0 ? [DEFAULT_APPROVER] : approver,
    ...(source === undefined ? {} : { git: { ...source, ...(revision === undefined ? {} : { revision }) } }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(claim === undefined ? {} : { claim }),
    ...(run === undefined ? {} : { inputs: plan.inputs }),
  });
  const text = compiled.objects.map((one) => stringify(one, { lineWidth: 0, blockQuote: 'literal' })).join('---\n');
  return { ...compiled, workflow: plan.workflow, text };
}

/** Inputs stay open in what is exported; to make a plan, those that have no default need some value of their type. */
async function placeholders(file: string, io: Io): Promise<Record<string, Json>> {
  const text = await readWorkflowText(file, io.cwd);
  if (!text.ok) throw new FailureError(text.failure);
  const { workflow } = await readWorkflow(text.value, { path: file, catalogue });
  const any = ({ type, options }: InputDefinition): Json =>
    options?.[0] ?? (type === 'number' ? 0 : type === 'boolean' ? false : '');
  return Object.fromEntries(
    Object.entries(workflow?.inputs ?? {}).flatMap(([name, input]) =>
      input.default === undefined ? [[name, any(input)]] : [],
    ),
  );
}
