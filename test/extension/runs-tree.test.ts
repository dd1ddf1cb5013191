import assert from 'node:assert/strict';
import type { App } from '../../src/extension/host.ts';
import { RunsTree } from '../../src/extension/trees/runs.ts';
import { holdTimers, type HeldTimers } from './held-timers.ts';
import type { RunSummary } from '../../src/run/protocol.ts';

/** Nobody listens: what counts is how often the tree looks. */
class EventEmitter {
  readonly event = (): void => undefined;
  fire(): void {
    // nobody listens
  }
  dispose(): void {
    // nothing to free
  }
}

interface Looked {
  readonly looks: () => number;
  readonly mark: () => void;
  readonly close: () => void;
}

/** A tree over runs that are made up, and how often it looked at their list. */
function tree(status: RunSummary['status']): Looked {
  const summary = { runId: 'r', workflow: 'w', file: '/w.code.yaml', status, startedAt: '2026-01-01T00:00:00Z' };
  let looks = 0;
  let mark: (runId: string) => void = () => undefined;
  const runs = {
    listed: true,
    get all() {
      looks++;
      return [{ workspace: '/', summary, state: undefined }];
    },
    onChanged: (listener: typeof mark) => {
      mark = listener;
      return { dispose: () => undefined };
    },
  };
  const vscode = { EventEmitter };
  const made = new RunsTree({ vscode, runs } as unknown as App);
  made.setVisible(true);
  return { looks: () => looks, mark: () => mark('r'), close: () => made.dispose() };
}

describe('the tree of runs', () => {
  let timers: HeldTimers;
  beforeEach(() => {
    timers = holdTimers();
  });
  afterEach(() => timers.release());

  it('looks at its runs again and again while one goes on', () => {
    const { looks, close } = tree('running');
    assert.equal(looks(), 1);
    assert.equal(timers.pass(3), 3);
    assert.equal(looks(), 4);
    close();
  });

  it('rests while nothing runs and nothing is new', () => {
    const { looks, mark, close } = tree('succeeded');
    assert.equal(timers.pass(), 0);
    mark();
    mark();
    assert.equal(timers.pass(), 1);
    assert.equal(looks(), 2);
    close();
  });
});
