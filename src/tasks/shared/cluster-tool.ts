/** Command lines that work on a cluster (istioctl, linkerd, cilium): found, and given the task's cluster. */
import { resolve } from 'node:path';
import { err, ok, type Result } from '../../core/result.ts';
import type { ExecResult, StepContext, TaskResult } from '../../core/task-type.ts';
import { reachable } from './kubernetes/checks.ts';
import { findTool, toolFailure } from './tool.ts';

export interface ClusterChoice {
  readonly context?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly namespace?: string | undefined;
}

export interface ClusterTool {
  /** Runs it with the cluster's flags behind the arguments. */
  run(args: readonly string[], options?: { readonly capture?: boolean; readonly stdin?: string }): Promise<ExecResult>;
}

/** @param flags whether the tool takes `--kubeconfig` and `--context`; where it does not, the environment says it */
export async function openTool(
  program: string,
  install: string,
  p: ClusterChoice,
  context: StepContext,
  flags: 'both' | 'context' = 'both',
): Promise<TaskResult<ClusterTool>> {
  const found = await findTool(context, [program], install);
  if (!found.ok) return found;
  const kubeconfig = p.kubeconfig === undefined ? undefined : resolve(context.cwd, p.kubeconfig);
  const place = [
    ...(p.context === undefined ? [] : ['--context', p.context]),
    ...(kubeconfig === undefined || flags === 'context' ? [] : ['--kubeconfig', kubeconfig]),
  ];
  const env = kubeconfig !== undefined && flags === 'context' ? { env: { KUBECONFIG: kubeconfig } } : {};
  return ok({
    run: (args, { capture = false, stdin } = {}) =>
      context.exec(
        {
          kind: 'argv',
          program: found.value,
          args: [...args, ...place],
          ...env,
          ...(stdin === undefined ? {} : { stdin }),
        },
        { capture },
      ),
  });
}

/** The tool is there, and so is the cluster. */
export async function toolAndCluster(
  program: string,
  install: string,
  p: ClusterChoice,
  context: StepContext,
): Promise<Result<void>> {
  const found = await findTool(context, [program], install);
  if (!found.ok) return found;
  const there = await reachable({ context: p.context, kubeconfig: p.kubeconfig }, context);
  return there.ok ? ok(undefined) : err(there.failure);
}

/** Runs a command whose output is for reading; it goes into the log. */
export async function must(tool: ClusterTool, args: readonly string[], what: string): Promise<TaskResult<void>> {
  const result = await tool.run(args);
  return result.exitCode === 0 ? ok(undefined) : toolFailure(result, what);
}
