import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimRun } from '../../src/engine/claim.ts';
import { sweepSockets } from '../../src/engine/leftovers.ts';
import { host } from '../../src/platform/host.ts';
import type { RunLayout } from '../../src/run/layout.ts';

const process = (pid: number) => ({ pid, startTime: String(pid), bootId: 'b' });

describe('the claim on a run', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'code-claim-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const layout = (): RunLayout => ({ folder }) as RunLayout; // all that a claim looks at

  it('is refused while its owner lives, and passes on when it is dead', () => {
    assert(claimRun(layout(), process(1), () => false).ok);
    const refused = claimRun(layout(), process(2), ({ pid }) => pid === 1);
    assert(!refused.ok);
    assert.match(refused.failure.message, /at work on this run \(pid 1\)/);
    assert(claimRun(layout(), process(2), () => false).ok);
    assert.deepEqual(readdirSync(folder), ['owner.2']);
  });

  it('goes to one of two that find the owner dead at the same moment', () => {
    assert(claimRun(layout(), process(1), () => false).ok);
    let inner = false;
    const outer = claimRun(layout(), process(2), () => {
      inner = claimRun(layout(), process(3), () => false).ok; // the other one is faster between our look and our claim
      return false;
    });
    assert(inner);
    assert(!outer.ok);
    assert.match(outer.failure.message, /at the same moment/);
  });

  it('takes an owner whose file a power cut left empty for dead', () => {
    writeFileSync(join(folder, 'owner.7'), '');
    assert(claimRun(layout(), process(2), () => true).ok);
    assert.deepEqual(readdirSync(folder), ['owner.8']);
  });

  it('leaves sockets alone that somebody listens on, or does a moment later, and removes the others', async function () {
    if (host().os === 'windows') this.skip();
    const server = createServer();
    const later = createServer();
    await new Promise<void>((resolve) => server.listen(join(folder, 'alive.sock'), resolve));
    for (const name of ['dead.sock', 'later.sock']) writeFileSync(join(folder, name), ''); // nobody listens on a file either
    const swept = sweepSockets(folder);
    rmSync(join(folder, 'later.sock'));
    await new Promise<void>((resolve) => later.listen(join(folder, 'later.sock'), resolve));
    await swept;
    assert.deepEqual(readdirSync(folder).sort(), ['alive.sock', 'later.sock']);
    await new Promise((resolve) => later.close(resolve));
    await new Promise((resolve) => server.close(resolve));
  });
});
