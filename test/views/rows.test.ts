import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { RunEvent } from '../../src/run/events.ts';
import type { RunSummary } from '../../src/run/protocol.ts';
import { reduceAll } from '../../src/run/reduce.ts';
import type { TaskState } from '../../src/run/state.ts';
import { matches, parseFilter, toggleWord } from '../../src/views/filter.ts';
import { readKept, readToExtension, readToMonitor } from '../../src/views/messages.ts';
import { groupedRows, tableRows } from '../../src/views/rows.ts';
import { concurrency, ticks } from '../../src/views/scale.ts';
import { announcement, figures, reasons } from '../../src/views/summary.ts';
import { forecast } from '../../src/views/forecast.ts';
import { ago, runRow, stageRow, taskRow, type TreeRow } from '../../src/views/tree.ts';
import { durationOf, taskNote } from '../../src/views/words.ts';
import { makeRun } from './fixture.ts';

const START = Date.UTC(2026, 0, 1);
const NOW = START + 20_000;
const state = reduceAll(makeRun({ tasks: 60, stages: 4, untilMs: 20_000, start: START }));
const summary: RunSummary = {
  runId: state.runId,
  workflow: 'shop',
  file: '/work/shop/deploy.code.yaml',
  status: 'running',
  startedAt: new Date(START).toISOString(),
};
const all = parseFilter('');
const stageRows = (of = state): TreeRow[] => of.stages.map((stage) => stageRow(of, stage, NOW));

describe('the tree of a run', () => {
  it('says of a run how it stands and how long it goes already', () => {
    const row = runRow(summary, state, NOW);
    assert.match(row.description, /^running · stage \d of 5 · 20\.0 s$/);
    assert.equal(row.context, 'run.running');
  });
  it('knows a run from its summary alone', () => {
    const row = runRow({ ...summary, status: 'failed', durationMs: 61_000 }, undefined, NOW + 3_600_000);
    assert.equal(row.description, 'failed · 1 m 01 s · 1 h ago');
    assert.equal(row.icon, 'error');
  });
  it('shows every task from the first second, pending ones with what they wait for', () => {
    const rows = state.stages
      .flatMap(({ tasks }) => tasks)
      .flatMap((name) => state.tasks.get(name) ?? [])
      .map((task) => taskRow(state, task, NOW));
    assert.equal(rows.length, 61);
    assert.ok(rows.some((row) => row.description.startsWith('waits for stage_')));
  });
  it('gives rows ids that stay the same', () => {
    const ids = (): string[] => stageRows().map((row) => row.id);
    assert.deepEqual(ids(), ids());
    assert.equal(new Set(ids()).size, 5);
  });
  it('opens the stages that a person must look into, and no others', () => {
    const ended = reduceAll(makeRun({ tasks: 80, stages: 5, seed: 8, start: START }));
    const rows = stageRows(ended);
    const broken = ended.stages.findIndex((stage) => stage.broken);
    assert.ok(broken >= 0 && broken < 3, `stage ${broken}`);
    assert.deepEqual([rows[broken]?.expands, rows[broken]?.icon], ['open', 'error']);
    for (const row of rows.slice(broken + 1, -1))
      assert.deepEqual([row.expands, row.icon], ['closed', 'debug-step-over']);
  });
  it('does not call a stage failed whose tasks were cancelled', () => {
    const events = makeRun({ tasks: 4, stages: 1, calm: true, start: START });
    const begun = events.slice(0, 2);
    const tasks = begun[0]?.type === 'run.started' ? begun[0].plan.tasks : [];
    const ends = tasks.slice(0, 4).map(({ task }, i): RunEvent => ({
      v: 1,
      seq: 3 + i,
      time: new Date(START + 1000).toISOString(),
      runId: state.runId,
      type: 'task.finished',
      task,
      attempt: 1,
      status: 'cancelled',
      durationMs: 1000,
      outputs: {},
    }));
    assert.equal(stageRows(reduceAll([...begun, ...ends]))[0]?.icon, 'circle-slash');
  });
  it('says how long ago in a few words', () => {
    assert.deepEqual([10, 300_000, 7_300_000, 400_000_000].map(ago), ['just now', '5 min ago', '2 h ago', '4 d ago']);
  });
});

describe('the filter line', () => {
  it('holds alternatives of a key together and demands all the rest', () => {
    assert.deepEqual(parseFilter('status:failed status:run type:helm "two words" x'), {
      status: ['failed', 'run'],
      type: ['helm'],
      stage: [],
      texts: ['two words', 'x'],
    });
  });
  it('finds tasks by status, type, stage and text', () => {
    const count = (line: string): number =>
      [...state.tasks.values()].filter((task) => matches(parseFilter(line), task)).length;
    assert.equal(count('status:succeeded'), state.counts.succeeded);
    assert.equal(count('stage:stage_1'), 15);
    assert.ok(count('type:helm') > 0 && count('type:helm') < 61);
    assert.equal(count('notify'), 1);
  });
  it('switches a word on and off', () => {
    assert.equal(toggleWord('a status:failed', 'status:failed'), 'a');
    assert.equal(toggleWord('a', 'status:failed'), 'a status:failed');
  });
});

describe('rows', () => {
  it('list stages with their tasks, and only the stage where it is closed', () => {
    assert.equal(groupedRows(state, all, new Set()).length, 66);
    assert.equal(groupedRows(state, all, new Set(['stage_1'])).length, 51);
  });
  it('leave out stages without a match', () => {
    assert.deepEqual(groupedRows(state, parseFilter('notify'), new Set()), [
      { kind: 'stage', stage: 'finally', closed: false, shown: 1 },
      { kind: 'task', task: 'notify' },
    ]);
  });
  it('of the table sort by what is chosen, unknown values last', () => {
    const names = tableRows(state, all, { column: 'duration', descending: false }, NOW);
    const durations = names.map((name) => durationOf(state.tasks.get(name) as TaskState, NOW));
    const known = durations.filter((each) => each !== undefined);
    assert.ok(known.length > 5);
    assert.deepEqual(
      durations.slice(0, known.length),
      [...known].sort((x, y) => x - y),
    );
    assert.equal(tableRows(state, all, undefined, NOW)[0], state.plan?.tasks[0]?.task);
  });
});

describe('the words of a run', () => {
  it('say what was saved against one by one', () => {
    const found = figures(state, forecast(state, NOW), NOW);
    assert.deepEqual(
      found.map((figure) => figure.label),
      ['elapsed', 'left, by the critical path', 'against one by one'],
    );
  });
  it('tell a screen reader in one sentence', () => {
    assert.match(announcement(state), /^shop: running · stage \d of 5\. \d+ succeeded.* of 61\.$/);
  });
  it('give reasons with the tasks that one can go to', () => {
    const task = [...state.tasks.values()].find((each) => each.summary.dependsOn.length > 0);
    assert.ok(task);
    const facts = reasons(state, task, forecast(state, NOW), NOW);
    assert.deepEqual(facts.find((fact) => fact.term === 'needs')?.tasks, task.summary.dependsOn);
  });
  it('note tries, and failures that were allowed', () => {
    const ended = reduceAll(makeRun({ tasks: 300, stages: 3, start: START }));
    const notes = [...ended.tasks.values()].map((task) => taskNote(ended, task, NOW));
    assert.ok(
      notes.some((note) => note.includes('try 2')) &&
        notes.some((note) => note.endsWith('allowed')) &&
        notes.includes('cached'),
    );
  });
});

describe('the time axis', () => {
  it('takes round steps that fit', () => {
    assert.deepEqual(
      ticks(0, 60_000, 7).map((tick) => tick.label),
      ['0', '10 s', '20 s', '30 s', '40 s', '50 s', '1 m'],
    );
    assert.deepEqual(
      ticks(0, 5_400_000, 4).map((tick) => tick.label),
      ['0', '30 m', '1 h', '1 h 30 m'],
    );
  });
  it('counts how many tasks ran at once', () => {
    assert.deepEqual([...concurrency(Float64Array.of(0, 5, 8), Float64Array.of(10, 10, 9), 0, 10, 5)], [1, 1, 2, 2, 3]);
  });
});

describe('messages between monitor and extension', () => {
  it('pass where they fit', () => {
    assert.ok(
      readToExtension({ type: 'read', id: 1, task: 'a', attempt: 1, stream: 'stderr', offset: 0, length: 10 }).ok,
    );
    assert.ok(readToMonitor({ type: 'live', runId: 'r', now: 1 }).ok);
  });
  for (const message of [
    undefined,
    null,
    7,
    {},
    { type: 'nope' },
    { type: 'read', id: -1 },
    { type: 'read', id: 1, task: 'a', attempt: 1, stream: 'both', offset: 0, length: 1 },
    { type: 'command', name: 'rm' },
    { type: 'copy', text: 7 },
  ]) {
    it(`are refused: ${JSON.stringify(message)}`, () => assert.equal(readToExtension(message).ok, false));
  }
  it('say what is wrong', () => {
    const read = readToMonitor({
      type: 'events',
      runId: 'r',
      now: 1,
      events: [{ v: 9, seq: 1, time: '', runId: 'r', type: 'x' }],
    });
    assert.ok(!read.ok && /events\[0\]\.v: a journal of version 9/.test(read.failure));
  });
  it('keep an event of a kind that is not known yet', () => {
    assert.ok(
      readToMonitor({
        type: 'events',
        runId: 'r',
        now: 1,
        events: [{ v: 1, seq: 1, time: '', runId: 'r', type: 'task.sang' }],
      }).ok,
    );
  });
  it('give a state back that was kept, and none that makes no sense', () => {
    const kept = { runId: 'r', view: 'graph', filter: '', closed: [] };
    assert.deepEqual(readKept(kept), kept);
    assert.equal(readKept({ ...kept, view: 'pie' }), undefined);
  });
});
