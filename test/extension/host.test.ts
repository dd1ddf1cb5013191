import assert from 'node:assert/strict';
import { inTurns } from '../../src/extension/host.ts';

/** What was done in each turn of the event loop, until nothing is left. */
async function turns(done: string[], count: number): Promise<string[][]> {
  const seen: string[][] = [];
  for (let n = 0; n < count; n++) {
    const before = done.length;
    await new Promise(setImmediate);
    seen.push(done.slice(before));
  }
  return seen;
}

describe('things that are done in turns', () => {
  it('are done in order, one a turn, those too that come meanwhile', async () => {
    const done: string[] = [];
    const act = inTurns();
    act(() => {
      done.push('a');
      act(() => done.push('c'));
    });
    act(() => done.push('b'));
    assert.deepEqual(done, []);
    assert.deepEqual(await turns(done, 4), [['a'], ['b'], ['c'], []]);
  });

  it('are done a piece a turn where they have several, and what comes after waits for the last', async () => {
    const done: string[] = [];
    const act = inTurns();
    const pieces = function* (): Generator<undefined, void> {
      done.push('a1');
      yield;
      done.push('a2');
      yield;
      done.push('a3');
    };
    act.pieces(pieces());
    act(() => done.push('b'));
    assert.deepEqual(await turns(done, 5), [['a1'], ['a2'], ['a3'], ['b'], []]);
  });

  it('are forgotten with whoever asked for them', async () => {
    const done: string[] = [];
    const act = inTurns();
    act(() => done.push('a'));
    act(() => done.push('b'));
    await turns(done, 1);
    act.dispose();
    await turns(done, 2);
    assert.deepEqual(done, ['a']);
  });
});
