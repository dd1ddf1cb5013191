import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sample } from '../../scripts/soak/samples.ts';
import { complaints } from '../../scripts/soak/verdict.ts';
import { host } from '../../src/platform/host.ts';

const FLAT: Sample = {
  at: 0,
  runs: 0,
  rssKb: 60_000,
  handles: 21,
  threads: 11,
  supervisors: 0,
  largestSupervisorKb: 50_000,
  taskProcesses: 0,
  journals: 30,
  temporary: 0,
  sockets: 0,
  tickets: 0,
};

describe('the soak', function () {
  this.timeout(300_000);

  it('complains of what rises and of what is left, and not of what goes up and down', () => {
    const over = (change: (minute: number) => Partial<Sample>): Sample[] =>
      Array.from({ length: 60 }, (_, minute) => ({ ...FLAT, at: minute * 60, ...change(minute) }));
    const noisy = over((minute) => ({ rssKb: 60_000 + ((minute * 7919) % 9000), supervisors: minute % 3 }));
    assert.deepEqual(complaints(noisy, FLAT), []);
    assert.match(
      complaints(
        over((minute) => ({ handles: 20 + minute })),
        FLAT,
      ).join(),
      /^handles rises by 47/,
    );
    assert.match(
      complaints(
        over((minute) => ({ rssKb: 60_000 + minute * 500 })),
        FLAT,
      ).join(),
      /^rssKb rises/,
    );
    assert.deepEqual(complaints(noisy, { ...FLAT, sockets: 2 }), ['2 sockets are left at the end']);
  });

  it('runs for a moment: every run ends as it must, and nothing is left', function () {
    if (host().os !== 'linux') this.skip();
    const folder = mkdtempSync(join(tmpdir(), 'code-soak-test-'));
    try {
      const json = join(folder, 'soak.json');
      const args = ['--import', 'tsx', 'scripts/soak.ts', '--minutes', '0.2', '--seed', '4', '--json', json];
      const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      const { problems, end } = JSON.parse(readFileSync(json, 'utf8')) as { problems: string[]; end: Sample };
      // Twelve seconds are too short to say what rises.
      const told = problems.filter((problem) => !problem.includes(' rises '));
      assert.deepEqual(told, [], stdout);
      assert(end.runs > 0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
