import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { EventBody } from '../../src/run/events.ts';
import { decodeJournal, encodeLine } from '../../src/run/journal-format.ts';
import { interrupted, isOutcome, reduceAll, type RunState } from '../../src/run/reduce.ts';
import { anyJournal, begin, end, journal, plans, start } from './events.ts';

/** What of a state does not hang on the moment of an event. */
const outline = ({ tasks, counts, status, stages }: RunState): unknown => ({
  status,
  counts,
  left: stages.map(({ left, open, broken }) => ({ left, open, broken })),
  tasks: [...tasks.values()].map((task) => ({
    name: task.summary.task,
    status: task.status,
    attempts: task.attempts.map(({ attempt, status }) => ({ attempt, status })),
  })),
});

describe('a journal that was cut at any byte', () => {
  it('holds exactly the events whose lines are whole, and is told as interrupted unless its end is among them', () => {
    fc.assert(
      fc.property(anyJournal, ({ events }) => {
        const lines = events.map((event) => Buffer.from(encodeLine(event)));
        const whole = Buffer.concat(lines);
        let known = 0;
        let upTo = 0;
        for (let cut = 0; cut <= whole.length; cut++) {
          const next = lines[known];
          if (next !== undefined && upTo + next.length <= cut) {
            known++;
            upTo += next.length;
          } else if (cut > upTo + 20 && cut < upTo + (next?.length ?? 0) - 2) continue; // the inside of a line is alike
          const { events: read, goodBytes, tornBytes, damaged } = decodeJournal(whole.subarray(0, cut));
          assert.equal(read.length, known, `cut at ${cut}`);
          assert.deepEqual([goodBytes, tornBytes, damaged], [upTo, cut - upTo, []]);
          const state = interrupted(reduceAll(read));
          assert.deepEqual(outline(state), outline(interrupted(reduceAll(events.slice(0, known)))));
          assert.notEqual(state.status, 'running');
          for (const { status } of state.tasks.values()) {
            if (state.status === 'interrupted') assert(status !== 'running' && status !== 'awaiting_approval');
          }
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe('the events of tasks that run side by side', () => {
  it('may be mixed in any way: every task ends as its own events say', () => {
    fc.assert(
      fc.property(
        plans,
        fc.array(fc.nat(), { minLength: 80, maxLength: 80 }),
        fc.infiniteStream(fc.nat()),
        (plan, dice, luck) => {
          const own = plan.tasks.map(({ task }, i): EventBody[] => {
            const tries = ((dice[i] ?? 0) % 3) + 1;
            const events: EventBody[] = [];
            for (let attempt = 1; attempt <= tries; attempt++) {
              events.push(start(task, attempt));
              if (attempt === tries) break;
              events.push({ type: 'task.retrying', task, attempt, status: 'failed', durationMs: 1, delayMs: 1 });
            }
            events.push(end(task, (dice[i + 20] ?? 0) % 4 === 0 ? 'failed' : 'succeeded', { attempt: tries }));
            return events;
          });
          const inOrder = reduceAll(journal([begin(plan), ...own.flat()]));
          const queues = own.map((events) => [...events]);
          const mixed: EventBody[] = [begin(plan)];
          for (;;) {
            const open = queues.filter((queue) => queue.length > 0);
            const next = open[Number(luck.next().value) % Math.max(1, open.length)]?.shift();
            if (next === undefined) break;
            mixed.push(next);
          }
          const state = reduceAll(journal(mixed));
          assert.equal(state.ignored, 0);
          assert.deepEqual(outline(state), outline(inOrder));
          for (const task of state.tasks.values()) assert(isOutcome(task.status));
        },
      ),
      { numRuns: 300 },
    );
  });
});
