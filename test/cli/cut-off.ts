/** Supervisor and task die in mid-attempt, so that nobody sees how the attempt ended and nothing leaves word of it. */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { parseLines, type Line, type Workspace } from './built.ts';

/** What stands in the journal so far. */
export function journalOf(place: Workspace, runId: string): Line[] {
  const text = readFileSync(place.path(`.code/runs/${runId}/journal.log`), 'utf8');
  // A line that is just being written has no end yet.
  const whole = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  return parseLines(whole.map((line) => line.slice(9)).join('\n'));
}

/** `kill -9` for the task's processes and the supervisor, which is stopped first and so cannot see the former. */
export async function cutOff(place: Workspace, runId: string, task: string): Promise<void> {
  const group = (): number | undefined =>
    journalOf(place, runId).flatMap((line) =>
      line.type === 'task.process' && line.task === task ? [line.group] : [],
    )[0];
  const known = async (): Promise<number> => {
    for (;;) {
      const found = group();
      if (found !== undefined) return found;
      await pause(20);
    }
  };
  const leader = await known();
  const control = readFileSync(place.path(`.code/runs/${runId}/control.json`), 'utf8');
  const { supervisor } = JSON.parse(control) as { supervisor: { pid: number } };
  process.kill(supervisor.pid, 'SIGSTOP');
  process.kill(-leader, 'SIGKILL');
  process.kill(supervisor.pid, 'SIGKILL');
  const status = (): string | undefined => place.runs().find((run) => run.runId === runId)?.status;
  while (status() !== 'interrupted') await pause(20);
}
