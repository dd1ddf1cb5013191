/** Who follows a run: the tree, and a monitor that wants all of it while the run goes on. */
import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { describe, it } from 'mocha';
import { ok } from '../../src/core/result.ts';
import type { EngineClient } from '../../src/extension/engine/client.ts';
import type { App } from '../../src/extension/host.ts';
import { MonitorPanel } from '../../src/extension/monitor/panel.ts';
import { Runs } from '../../src/extension/runs.ts';
import type { RunEvent } from '../../src/run/events.ts';
import type { Notifications } from '../../src/run/protocol.ts';
import { makeRun } from '../views/fixture.ts';
import { fakeVsCode } from './fake-vscode.ts';

const events = makeRun({ tasks: 6, stages: 2, calm: true });
const runId = events[0]?.runId ?? '';
const workspace = '/work/shop';
const summary = {
  runId,
  workflow: 'shop',
  file: '/work/shop/deploy.code.yaml',
  status: 'running' as const,
  startedAt: events[0]?.time ?? '',
};

/** A relay whose answers come when the test says so, and which sends what the test says. */
function relay() {
  const asked: { readonly from: number; readonly answer: () => void }[] = [];
  const listeners = new Set<(batch: Notifications['runs/events']) => void>();
  const engine = {
    on: (name: string, listener: never) => {
      if (name === 'runs/events') listeners.add(listener);
      return { dispose: () => undefined };
    },
    onConnection: () => ({ dispose: () => undefined }),
    request: (_method: string, { fromSeq }: { readonly fromSeq: number }) =>
      new Promise((answer) => asked.push({ from: fromSeq, answer: () => answer(ok({ seq: events.length })) })),
  } as unknown as EngineClient;
  const send = async (from: number, to: number): Promise<void> => {
    for (const listener of listeners) listener({ runId, events: events.slice(from - 1, to) });
    for (let turn = 0; turn < 10; turn++) await new Promise((next) => setImmediate(next));
  };
  return { engine, asked, send };
}

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await new Promise((next) => setImmediate(next));
};

describe('a run that is followed', () => {
  it('is told to a monitor from its first event, whatever comes before it asked', async () => {
    const { engine, asked, send } = relay();
    const fake = fakeVsCode(workspace, resolve('.'));
    const runs = new Runs(engine, () => [workspace]);
    runs.add(workspace, summary);
    await turns();
    asked[0]?.answer();
    await send(1, 4);
    const app = { vscode: fake.vscode, context: fake.context, engine, runs, log: { warn: () => undefined } };
    const panel = fake.vscode.window.createWebviewPanel('code.monitor', '', fake.vscode.ViewColumn.Active);
    new MonitorPanel(app as unknown as App, panel, runId);
    fake.panels[0]?.say({ type: 'ready', seq: 0 });
    await turns();
    assert.deepEqual(
      asked.map(({ from }) => from),
      [1, 1],
    );
    // The tree's own events go on while the monitor's question is on its way.
    await send(5, 6);
    asked[1]?.answer();
    await send(1, events.length);
    const told = (fake.panels[0]?.sent ?? [])
      .filter((message) => message.type === 'events')
      .flatMap((message) => message['events'] as RunEvent[]);
    assert.deepEqual(
      told.map(({ seq }) => seq),
      events.map(({ seq }) => seq),
    );
    assert.ok(fake.panels[0]?.sent.some(({ type }) => type === 'live'));
  });

  it('is not cut short for a monitor by who needs the newest events only', async () => {
    const { engine, asked, send } = relay();
    const runs = new Runs(engine, () => [workspace]);
    runs.add(workspace, summary);
    await turns();
    asked[0]?.answer();
    await send(1, 9);
    void runs.follow(runId, 1);
    void runs.follow(runId);
    await turns();
    // One after the other; the second one begins where the first one's events have come to.
    assert.equal(asked.length, 2);
    asked[1]?.answer();
    await turns();
    assert.deepEqual(
      asked.map(({ from }) => from),
      [1, 1, 1],
    );
    asked[2]?.answer();
    await send(1, 12);
    void runs.follow(runId);
    await turns();
    assert.equal(asked.at(-1)?.from, 13);
  });
});
