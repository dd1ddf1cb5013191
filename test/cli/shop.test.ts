import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { finished, parseLines, textOf, Workspace, type Line } from './built.ts';

const outputOf = (events: readonly Line[], task: string, name: string): string => {
  const end = events.find((event) => event.type === 'task.finished' && event.task === task);
  return end?.type === 'task.finished' ? (end.outputs[name] as string) : '';
};

describe('the bundled example', function () {
  this.timeout(120_000);
  let place: Workspace;

  beforeEach(() => {
    place = new Workspace();
    cpSync('examples/shop', place.path('shop'), { recursive: true, filter: (from) => path.basename(from) !== '.shop' });
    symlinkSync(path.resolve('node_modules'), place.path('node_modules'));
  });
  afterEach(() => place.close());

  it('deploys, sells, and takes itself down; two side by side do not meet; the third finds the state as it should be', async () => {
    const both = [
      place.start(['run', 'shop/deploy.code.yaml', '--json']),
      place.start(['run', 'shop/deploy.code.yaml', '--json']),
    ];
    const urls = new Set<string>();
    for (const run of both) {
      const { code, out, err } = await run.ended;
      const events = parseLines(out);
      assert.equal(code, 0, err + JSON.stringify(finished(events)));
      const { kept, ...others } = finished(events);
      assert.equal(kept, 'skipped');
      assert.ok(Object.keys(others).length >= 10 && Object.values(others).every((status) => status === 'succeeded'));
      assert.match(outputOf(events, 'read_order', 'body'), /"total":"29.40 EUR"/);
      const url = `http://127.0.0.1:${outputOf(events, 'provision', 'web_port')}/`;
      urls.add(url);
      await assert.rejects(fetch(url), 'it is down again');
    }
    assert.equal(urls.size, 2);
    const third = place.events(['run', 'shop/deploy.code.yaml']);
    assert.equal(third.code, 0);
    assert.match(textOf(third.events, 'provision'), /= no-op {3}catalogue of 4 products/);
    const state = JSON.parse(readFileSync(place.path('shop/.shop/state.json'), 'utf8')) as { releases: object };
    assert.deepEqual(state.releases, {}, 'every port was given back');
  });

  it('stays with --keep, starts its API again after a crash, and is stopped by hand', async () => {
    const { code, events } = place.events(['run', 'shop/deploy.code.yaml', '--keep', '--input', 'currency=GBP']);
    assert.equal(code, 0);
    const url = outputOf(events, 'kept', 'url');
    const release = place.path(`shop/.shop/releases/${events[0]?.runId ?? ''}`);
    const service = (...args: readonly string[]): string =>
      spawnSync(process.execPath, [place.path('shop/scripts/service.mjs'), ...args], {
        encoding: 'utf8',
        env: { ...process.env, SHOP_RELEASE: path.basename(release) },
      }).stdout;
    try {
      assert.match(await (await fetch(url)).text(), /The small shop/);
      assert.match(await (await fetch(new URL('api/products', url))).text(), /10\.50 GBP/);
      const keeper = readFileSync(path.join(release, 'api.pid'), 'utf8');
      const [child] = spawnSync('pgrep', ['-P', keeper], { encoding: 'utf8' }).stdout.split('\n');
      process.kill(Number(child), 'SIGKILL');
      let orders: unknown;
      while (orders === undefined) {
        const answer = await fetch(new URL('api/health', url));
        if (answer.ok) orders = ((await answer.json()) as { orders: number }).orders;
      }
      assert.equal(orders, 1, 'the order survived the crash');
    } finally {
      assert.match(service('stop', '--all'), /api stopped|web stopped/);
    }
    assert.ok(!existsSync(path.join(release, 'api.pid')));
    await assert.rejects(fetch(url));
  });
});
