/**
 * The two tools that change something. Both are marked as needing a person, and neither relies on it: files are written only after the
 * client asked a person, and a run begins with a question that only a person answers, in the terminal or the editor.
 */
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import * as z from 'zod';
import path from 'node:path';
import { failure, FailureError, must } from '../../core/failure.ts';
import type { Json } from '../../core/json.ts';
import { launchRun } from '../../engine/client.ts';
import { gatedPlan } from '../../graph/gate.ts';
import type { Plan } from '../../graph/plan.ts';
import { currentText, isSafePath, writePlanned } from '../../planner/files.ts';
import type { PlannedFile } from '../../planner/plan.ts';
import { allFiles, WORKFLOW_FILE } from '../commands/deploy.ts';
import type { Io } from '../io.ts';
import { planForWindow } from '../relay/plan.ts';
import { findWorkspace } from '../workspace.ts';
import { answering } from './answer.ts';
import { digestOf } from './digest.ts';
import { workflowAt } from './places.ts';
import { inputs, plannedHere } from './reading.ts';

const ACTS = { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true } as const;

/** Claude Code asks a person in every mode, also where it asks for nothing else. https://code.claude.com/docs/en/mcp */
const PERSON = { 'anthropic/requiresUserInteraction': true };

export function addActing(server: McpServer, io: Io): void {
  server.registerTool(
    'run',
    {
      title: 'Ask for a run',
      description:
        'Asks a person to let a workflow run. The run is made and waits: nothing of it starts before they approve it in the terminal or the editor. You cannot approve it.',
      inputSchema: {
        file: z.string().describe('Workflow file, relative to the workspace.'),
        inputs,
        only: z.array(z.string()).max(50).optional().describe('These tasks alone.'),
      },
      annotations: ACTS,
      _meta: PERSON,
    },
    ({ file, inputs: values = {}, only = [] }) =>
      answering(() => askForRun(workflowAt(file, io).file, { inputs: values, only }, server, io)),
  );
  server.registerTool(
    'apply',
    {
      title: 'Ask to write a plan and run it',
      description:
        'Asks a person to accept the files of a plan, writes them when they do, and asks for a run of its workflow, which waits for their approval. Give the description and the digest that `plan` answered.',
      inputSchema: {
        description: z.string().min(1).max(20_000).describe('The same words that were planned.'),
        digest: z.string().describe('Of the plan that was shown.'),
      },
      annotations: ACTS,
      _meta: PERSON,
    },
    ({ description, digest }) => answering(() => apply(description, digest, server, io)),
  );
}

async function apply(description: string, digest: string, server: McpServer, io: Io): Promise<object> {
  const { result, error } = await plannedHere(description, io);
  const files = allFiles(result);
  if (error !== undefined || files.length === 0)
    throw new FailureError(failure('invalid', error ?? `There is no plan: ${result.draft.questions.join(' ')}`));
  if (digestOf(files) !== digest)
    throw new FailureError(
      failure('conflict', 'The plan is another one than was shown.', {
        next: 'Plan again, show it, then apply that digest.',
      }),
    );
  const unsafe = files.find((f) => !isSafePath(f.path));
  if (unsafe !== undefined) throw new FailureError(failure('denied', `The plan wants to write ${unsafe.path}.`));
  const root = findWorkspace(io.cwd);
  const news = files.filter((f) => currentText(root, f.path) !== f.text);
  await acceptedByPerson(news, root, server);
  for (const file of news) must(writePlanned(root, file.path, file.text));
  const asked = await askForRun(path.join(root, WORKFLOW_FILE), { inputs: {}, only: [] }, server, io);
  return { written: news.map((f) => f.path), ...asked };
}

/** The client's own form, which a model cannot fill in. Without one nothing is written. */
async function acceptedByPerson(files: readonly PlannedFile[], root: string, server: McpServer): Promise<void> {
  if (files.length === 0) return;
  if (server.server.getClientCapabilities()?.elicitation === undefined)
    throw new FailureError(
      failure('denied', 'Nothing was written: this client cannot ask a person about files.', {
        next: 'Let the person accept them: code-engine deploy "DESCRIPTION" in a terminal, or CODE: Deploy in the editor.',
      }),
    );
  const list = files.map((f) => `${currentText(root, f.path) === undefined ? 'new' : 'changed'}: ${f.path}`).join('\n');
  const answer = await server.server.elicitInput({
    message: `Write these ${files.length} files into ${root}? The run after it waits for a separate approval.\n${list}`,
    requestedSchema: {
      type: 'object',
      properties: { accept: { type: 'boolean', title: 'Write the files' } },
      required: ['accept'],
    },
  });
  if (answer.action !== 'accept' || answer.content?.['accept'] !== true)
    throw new FailureError(failure('denied', 'The person did not accept the files. Nothing was written.'));
}

interface Asked {
  readonly inputs: Readonly<Record<string, Json>>;
  readonly only: readonly string[];
}

async function askForRun(file: string, { inputs: values, only }: Asked, server: McpServer, io: Io): Promise<object> {
  const plan = await planForWindow(file, io, { inputs: values, only });
  const who = server.server.getClientVersion()?.name ?? 'A model';
  const gated = gatedPlan(plan, { message: `${who} asks to run ${plan.workflow}. May it?`, details: detailsOf(plan) });
  const workspace = findWorkspace(io.cwd, file);
  const run = must(await launchRun({ plan: gated.plan, workspace, options: {}, env: io.env }));
  const { runId } = run;
  run.detach();
  return {
    runId,
    status: 'waiting for a person',
    tell: `The person approves it with: code-engine runs approve ${runId} ${gated.gate} (or refuses with --refuse), or in the editor's Runs view.`,
  };
}

/** What a person reads before they decide. */
function detailsOf(plan: Plan): string {
  const stages = plan.stages.map((stage, index) => {
    const tasks = plan.tasks.filter((t) => t.stage === index).map((t) => `${t.id} (${t.type})`);
    return `${stage}: ${tasks.join(', ')}`;
  });
  const after = plan.tasks.filter((t) => t.stage < 0).map((t) => `${t.id} (${t.type})`);
  const given = Object.entries(plan.inputs).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  return [
    `File: ${plan.file}`,
    ...stages,
    ...(after.length === 0 ? [] : [`finally: ${after.join(', ')}`]),
    ...(given.length === 0 ? [] : [`Inputs: ${given.join(', ')}`]),
  ].join('\n');
}
