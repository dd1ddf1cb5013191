import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { locate } from '../../scripts/testbed/workbench.mjs';
import { engine, finished, parseLines, Workspace } from '../cli/built.ts';

/** The tests run on the Node that is here; a person may have a later one. The test bed's editor brings one along. */
describe('a later version of Node', function () {
  this.timeout(120_000);

  const { node } = locate(); // before other tests give themselves another home

  it('runs the bundled example, its own tests among it, and complains of nothing', function () {
    if (!existsSync(node)) {
      console.log('      skipped: no later Node here (node scripts/testbed/workbench.mjs)');
      return this.skip();
    }
    using place = new Workspace();
    cpSync('examples/shop', place.path('shop'), { recursive: true, filter: (from) => path.basename(from) !== '.shop' });
    symlinkSync(path.resolve('node_modules'), place.path('node_modules'));
    const PATH = `${path.dirname(node)}${path.delimiter}${process.env['PATH'] ?? ''}`;
    const ran = spawnSync(node, [engine, 'run', 'shop/deploy.code.yaml', '--json'], {
      cwd: place.folder,
      encoding: 'utf8',
      env: place.environment({ PATH }),
    });
    const { kept, ...others } = finished(parseLines(ran.stdout));
    assert.equal(ran.status, 0, ran.stderr + JSON.stringify(others));
    assert.equal(kept, 'skipped');
    assert.ok(Object.values(others).every((status) => status === 'succeeded'));
    assert.doesNotMatch(ran.stderr, /warning|deprecat|unrecognized/i);
  });
});
