import * as z from 'zod';
import { failure } from '../core/failure.ts';
import { err, ok } from '../core/result.ts';
import { defineTask, path, type ChildRun } from '../core/task-type.ts';

/** Another workflow as one task: a run of its own, with its own journal, that this task waits for. */
export const workflow = defineTask({
  type: 'workflow',
  aliases: ['subworkflow'],
  category: 'glue',
  systems: ['Workflow'],
  summary: 'Run another workflow file as one task, with inputs of its own.',
  licence: 'Apache-2.0',
  class: 'io',
  parameters: z.strictObject({
    file: path('file', 'The workflow file, relative to this workflow’s root.'),
    inputs: z.record(z.string(), z.json()).meta({ description: 'Values for the inputs that it declares.' }).default({}),
  }),
  outputs: z.strictObject({
    runId: z.string().meta({ description: 'The id of its run: `code-engine runs show ID`.' }),
    status: z.string().meta({ description: 'How it ended: `succeeded`, or the task has failed.' }),
    tasks: z
      .record(z.string(), z.record(z.string(), z.unknown()))
      .meta({ description: 'Outputs of its tasks: `${{ tasks.THIS.outputs.tasks.migrate.version }}`.' }),
  }),
  examples: [{ title: 'Deploy the database first', with: { file: 'database.code.yaml', inputs: { region: 'eu' } } }],
  execution: {
    kind: 'inline',
    async run(p, context) {
      const child = await context.runWorkflow({ file: p.file, inputs: p.inputs });
      if (!child.ok) return child;
      const { runId, status, outputs } = child.value;
      context.log(`${p.file}: run ${runId} ended ${status}`);
      if (status === 'succeeded') return ok({ runId, status, tasks: withOutputs(outputs) });
      const kind = status === 'cancelled' ? 'cancelled' : 'tool';
      return err(
        failure(kind, `The workflow ${p.file} ended ${status} (run ${runId}).`, {
          next: `Read what failed: code-engine runs show ${runId}`,
        }),
      );
    },
  },
});

/** Most tasks give none; those would only fill the journal. */
const withOutputs = (tasks: ChildRun['outputs']): ChildRun['outputs'] =>
  Object.fromEntries(Object.entries(tasks).filter(([, outputs]) => Object.keys(outputs).length > 0));
