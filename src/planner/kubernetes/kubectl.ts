/** What is done once to what is there already: a command, since no manifest says it. */
import type { TaskDraft } from '../plan.ts';

export const kubectl = (task: string, description: string, args: readonly string[]): TaskDraft => ({
  task,
  type: 'shell',
  description,
  with: { command: ['kubectl', ...args] },
  timeout: '10m',
});
