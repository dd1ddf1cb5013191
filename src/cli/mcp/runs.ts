/** Tools over what ran: list, one run, its logs, why it failed. They read files and nothing else. */
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import * as z from 'zod';
import { must } from '../../core/failure.ts';
import { listRuns, readRun } from '../../engine/client.ts';
import { layoutOf } from '../../engine/place.ts';
import { interrupted, reduceAll } from '../../run/reduce.ts';
import { plainState } from '../commands/runs-list.ts';
import { explainRun } from '../explain.ts';
import type { Io } from '../io.ts';
import { LogFiles } from '../logs.ts';
import { printable } from '../render/style.ts';
import { runMeant } from '../run-id.ts';
import { findWorkspace } from '../workspace.ts';
import { answering } from './answer.ts';
import { READS } from './reading.ts';

const run = z.string().optional().describe('The beginning of a run id, or last. Default: last.');

export function addRuns(server: McpServer, io: Io): void {
  server.registerTool(
    'runs_list',
    {
      title: 'List runs',
      description: 'The runs of this workspace, newest first.',
      inputSchema: { limit: z.int().min(1).max(200).default(20) },
      annotations: READS,
    },
    ({ limit }) => answering(() => ({ runs: listRuns(findWorkspace(io.cwd)).slice(0, limit) })),
  );
  server.registerTool(
    'runs_show',
    {
      title: 'Show a run',
      description: 'How a run stands or ended, task by task: status, reason, outputs, what it waits for.',
      inputSchema: { run },
      annotations: READS,
    },
    ({ run: text }) =>
      answering(() => {
        const { workspace, runId } = runMeant(io, text);
        const read = must(readRun(workspace, runId));
        const folded = reduceAll(read.events);
        return plainState(read.alive ? folded : interrupted(folded), workspace);
      }),
  );
  server.registerTool(
    'runs_logs',
    {
      title: 'Read a log',
      description:
        'The last lines that a task of a run printed, without control codes and without what looks like a credential.',
      inputSchema: {
        run,
        task: z.string().describe('The task.'),
        attempt: z.int().min(1).optional().describe('Default: the last one.'),
        lines: z.int().min(1).max(2000).default(200),
      },
      annotations: READS,
    },
    ({ run: text, task, attempt, lines }) => answering(() => logOf(io, text, task, attempt, lines)),
  );
  server.registerTool(
    'explain',
    {
      title: 'Explain a failed run',
      description:
        'Why tasks of a run failed: what happened, the likely cause, what to do next, by rules over known failures.',
      inputSchema: { run, task: z.string().optional().describe('This task only.') },
      annotations: READS,
    },
    ({ run: text, task }) =>
      answering(() => {
        const { workspace, runId } = runMeant(io, text);
        return { runId, explanations: explainRun(workspace, runId, task) };
      }),
  );
}

function logOf(io: Io, text: string | undefined, task: string, attempt: number | undefined, lines: number): object {
  const { workspace, runId } = runMeant(io, text);
  const read = must(readRun(workspace, runId));
  const last = reduceAll(read.events).tasks.get(task)?.attempt ?? 1;
  const logs = new LogFiles(layoutOf(workspace, runId));
  try {
    const tail = (stream: 'stdout' | 'stderr'): string =>
      logs
        .tail({ task, attempt: attempt ?? last, stream }, lines)
        .map(printable)
        .join('\n');
    return { runId, task, attempt: attempt ?? last, stdout: tail('stdout'), stderr: tail('stderr') };
  } finally {
    logs.close();
  }
}
