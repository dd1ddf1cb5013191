/** Files that a model names: inside the workspace, never through a link out of it, never denied ones. */
import { realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { failure, failureFrom, FailureError } from '../../core/failure.ts';
import { isDenied } from '../../planner/context/deny.ts';
import type { Io } from '../io.ts';
import { findWorkspace, isWithin } from '../workspace.ts';

export interface WorkspaceFile {
  /** Absolute. */
  readonly file: string;
  readonly workspace: string;
}

const MOST_BYTES = 4 * 1_048_576;

/** @throws FailureError for what lies outside, is denied, is no file or cannot be read */
export function workflowAt(name: string, io: Io): WorkspaceFile {
  const workspace = realpathSync(findWorkspace(io.cwd));
  const named = path.resolve(io.cwd, name);
  let file: string;
  try {
    file = realpathSync(named);
    if (!isWithin(workspace, file) || isDenied(path.relative(workspace, file)) || !/\.ya?ml$/.test(file))
      throw new FailureError(
        failure('denied', `${name} is no workflow of this workspace.`, { next: 'Name a *.code.yaml file in it.' }),
      );
    if (statSync(file).size > MOST_BYTES) throw new FailureError(failure('invalid', `${name} is too large.`));
    return { file, workspace };
  } catch (error) {
    if (error instanceof FailureError) throw error;
    throw new FailureError(failureFrom(error, `read the workflow ${name}`));
  }
}
