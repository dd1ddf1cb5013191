/** Starts the scanners of a folder as a run of the engine like any other: from a workflow that is written for it, by the same door as a person's. */
import path from 'node:path';
import { stringify } from 'yaml';
import { failure, FailureError, must } from '../../core/failure.ts';
import { launchRun, type RunHandle } from '../../engine/client.ts';
import { makePlan } from '../../graph/lower.ts';
import type { Plan } from '../../graph/plan.ts';
import { readWorkflow } from '../../language/read.ts';
import { makeStateFolder } from '../../engine/place.ts';
import { writeAtomically } from '../../platform/files.ts';
import { workspaceFiles } from '../../platform/workspace-files.ts';
import type { FindingSeverity } from '../../run/findings.ts';
import { catalogue } from '../../tasks/catalogue.ts';
import type { Io } from '../io.ts';
import { findWorkspace } from '../workspace.ts';
import { chooseScanners, type ChosenScanner } from './scanners.ts';

export type Threshold = FindingSeverity | 'never';

export interface SecureRequest {
  /** Absolute. */
  readonly folder: string;
  readonly workspace?: string;
  readonly threshold: Threshold;
  readonly without?: readonly string[];
}

export interface StartedScan {
  readonly handle: RunHandle;
  readonly workspace: string;
  readonly scanners: readonly ChosenScanner[];
}

/** @throws FailureError where the folder is none, or no scanner is left */
export async function startSecure(request: SecureRequest, env: Io['env']): Promise<StartedScan> {
  const { folder, threshold } = request;
  const files = workspaceFiles(folder);
  if (workspaceFiles(path.dirname(folder)).kind(path.basename(folder)) !== 'folder')
    throw new FailureError(failure('usage', `${folder} is no folder.`));
  const workspace = request.workspace ?? findWorkspace(folder);
  const scanners = await chooseScanners(files, env, request.without ?? []);
  const ready = scanners.filter(({ status }) => status === 'ready');
  if (ready.length === 0)
    throw new FailureError(
      failure('missing', 'No scanner is left to run.', { next: 'Leave out fewer with --without.' }),
    );
  const plan = await planFor(workspace, folder, workflowText(folder, ready, threshold));
  const handle = must(await launchRun({ plan, workspace, options: {}, env }));
  return { handle, workspace, scanners };
}

function workflowText(folder: string, scanners: readonly ChosenScanner[], threshold: Threshold): string {
  const workflow = {
    name: 'secure',
    description: `Every scanner that fits ${path.basename(folder)}, side by side`,
    parallel_deployment: {
      scan: scanners.map((one) => ({
        task: one.scanner,
        type: one.type,
        timeout: '30m',
        with: { ...one.with, fail_on: threshold === 'note' ? 'any' : threshold },
      })),
    },
  };
  return `# Written by code-engine secure, anew each time; its paths start from ${folder}\n${stringify(workflow)}`;
}

async function planFor(workspace: string, folder: string, text: string): Promise<Plan> {
  const file = path.join(must(makeStateFolder(workspace)), 'secure.code.yaml');
  must(writeAtomically(file, text));
  const files = workspaceFiles(folder);
  const { workflow } = await readWorkflow(text, { path: file, catalogue, files, root: folder });
  const planned =
    workflow === undefined ? undefined : makePlan(workflow, { catalogue, files, file, root: folder, inputs: {} });
  // It is written above from the same definitions that it is read by.
  if (planned?.ok !== true) throw new Error(`the workflow of secure is not valid: ${JSON.stringify(planned?.failure)}`);
  return planned.value;
}
