/** What the `tekton` type takes and gives. */
import * as z from 'zod';
import { text } from '../../../core/task-type.ts';
import { drivenParameters } from '../kubernetes/driven.ts';

export const tektonParameters = z.strictObject({
  pipeline: text(
    'Pipeline to run. Default: the run, or else the only Pipeline or Task, among the manifests.',
  ).optional(),
  task: text('Task to run, instead of a Pipeline.').optional(),
  params: z
    .record(z.string(), z.union([z.string(), z.array(z.string()), z.record(z.string(), z.string())]))
    .meta({ description: 'Parameters of the Pipeline or Task.' })
    .default({}),
  workspaces: z
    .array(z.record(z.string(), z.json()))
    .meta({ description: 'Workspaces as a PipelineRun has them: `{name: source, emptyDir: {}}`.' })
    .default([]),
  service_account: text('Service account of its pods.').optional(),
  logs: z.boolean().meta({ description: 'Show the logs of its steps while it runs.' }).default(true),
  ...drivenParameters,
});

export type TektonParameters = z.output<typeof tektonParameters>;

export const tektonOutputs = z.strictObject({
  pipelineRun: z.string().meta({ description: 'Name of the PipelineRun or TaskRun.' }),
  status: z.string().meta({ description: 'The reason of its end: `Succeeded`, `Completed`, `Failed`.' }),
  results: z
    .record(z.string(), z.union([z.string(), z.array(z.string()), z.record(z.string(), z.string())]))
    .meta({ description: 'Results of the Pipeline or Task.' }),
});

export type TektonOutputs = z.output<typeof tektonOutputs>;

export const TEKTON = 'tekton.dev/v1';
/** Runs that we start carry the run and the task that did, so that a probe finds them again. */
export const RUN_LABEL = 'code-engine.dev/run';
