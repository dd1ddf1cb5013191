/** Tools that change nothing: check, plan, preview, explain what types there are. */
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import * as z from 'zod';
import { failure, FailureError } from '../../core/failure.ts';
import type { Json } from '../../core/json.ts';
import { nearest } from '../../language/suggest.ts';
import { gatherFacts } from '../../planner/context/workspace.ts';
import { catalogPlan } from '../../planner/catalog-result.ts';
import { catalogue } from '../../tasks/catalogue.ts';
import { allFiles, planJson } from '../commands/deploy.ts';
import type { Io } from '../io.ts';
import { checkedPlan } from '../plan-with.ts';
import { validateForWindow } from '../relay/plan.ts';
import { previewForWindow } from '../relay/workflows.ts';
import { findWorkspace } from '../workspace.ts';
import { answering } from './answer.ts';
import { digestOf } from './digest.ts';
import { workflowAt } from './places.ts';

/** Says to a client that it need not ask a person. */
export const READS = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
} as const;

export const inputs = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
  .optional()
  .describe('Values for inputs of the workflow, by name. Never values of secrets.');

export function addReading(server: McpServer, io: Io): void {
  addValidate(server, io);
  addPlan(server, io);
  server.registerTool(
    'preview',
    {
      title: 'Preview a workflow',
      description:
        'What a run would change, asked of every tool that can say (plans, server-side dry runs). Changes nothing.',
      inputSchema: { file: z.string().describe('Workflow file, relative to the workspace.'), inputs },
      annotations: { ...READS, openWorldHint: true },
    },
    ({ file: name, inputs: values = {} }, { signal }) =>
      answering(async () => {
        const { file, workspace } = workflowAt(name, io);
        const asked = { id: 0, file, workspace, inputs: values as Record<string, Json> };
        return { tasks: await previewForWindow(asked, io, signal, () => undefined) };
      }),
  );
  server.registerTool(
    'types',
    {
      title: 'Task types',
      description: 'The task types that a workflow may use; with a name, its parameters as JSON Schema and examples.',
      inputSchema: { type: z.string().optional().describe('Name or alias of one.') },
      annotations: READS,
    },
    ({ type }) => answering(() => describeTypes(type)),
  );
}

function describeTypes(type: string | undefined): object {
  if (type === undefined)
    return { types: catalogue.types.map(({ type: name, summary, category }) => ({ type: name, summary, category })) };
  const info = catalogue.find(type);
  if (info !== undefined) return info;
  const meant = nearest(type, catalogue.names());
  throw new FailureError(
    failure('usage', `There is no task type ${type}.`, meant === undefined ? {} : { next: `Did you mean ${meant}?` }),
  );
}

function addValidate(server: McpServer, io: Io): void {
  server.registerTool(
    'validate',
    {
      title: 'Check a workflow',
      description:
        'Everything that is wrong with a workflow, with positions (zero-based) and how to mend it. Give its file, or its text.',
      inputSchema: {
        file: z.string().optional().describe('Workflow file, relative to the workspace.'),
        text: z.string().max(1_000_000).optional().describe('The whole text of a workflow that is not saved.'),
      },
      annotations: READS,
    },
    ({ file, text }) =>
      answering(async () => {
        if (file === undefined && text === undefined)
          throw new FailureError(failure('usage', 'Give the file of a workflow, or its text.'));
        const at = file === undefined ? `${findWorkspace(io.cwd)}/unsaved.code.yaml` : workflowAt(file, io).file;
        const diagnostics = await validateForWindow({ file: at, ...(text === undefined ? {} : { text }) });
        return { valid: !diagnostics.some((d) => d.severity === 'error'), diagnostics };
      }),
  );
}

function addPlan(server: McpServer, io: Io): void {
  server.registerTool(
    'plan',
    {
      title: 'Plan a deployment',
      description:
        'From a description to files and a workflow, by rules of CODE and no further model. Writes and runs nothing. Where needsClarification is not empty, ask the person, and plan again with their answer.',
      inputSchema: {
        description: z.string().min(1).max(20_000).describe('What should run and where, in a sentence or several.'),
      },
      annotations: READS,
    },
    ({ description }) =>
      answering(async () => {
        const { result, error } = await plannedHere(description, io);
        const files = allFiles(result);
        return {
          ...planJson(result, error),
          files: files.map(({ path, text, origin }) => ({ path, origin, text })),
          digest: digestOf(files),
        };
      }),
  );
}

/** The built-in planner's plan for this workspace: the same words give the same plan. */
export const plannedHere = (description: string, io: Io): ReturnType<typeof checkedPlan> =>
  checkedPlan(catalogPlan(description, { facts: gatherFacts(findWorkspace(io.cwd)) }), catalogue);
