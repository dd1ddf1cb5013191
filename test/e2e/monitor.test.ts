/** The monitor in a browser of its own, under the policy that it has in the editor: looks, keys, screen readers, speed. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'mocha';
import { chromium, type Browser, type Page } from 'playwright-core';
import { locate } from '../../scripts/testbed/workbench.mjs';
import type { ToExtension } from '../../src/views/messages.ts';
import type { FromReview } from '../../src/views/review.ts';
import { serveMonitor, type Served } from './monitor/serve.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SMALL = 'tasks=40&stages=4&until=30000&pool=8&task=scan_web_3';

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly target: unknown; readonly failureSummary?: string }[];
}

describe('the run monitor', function () {
  this.timeout(120_000);
  let browser: Browser;
  let served: Served;
  const troubles: string[] = [];

  before(async function () {
    const { chromium: program } = locate();
    if (program === undefined || !existsSync('dist/webview/monitor.js')) {
      console.log(`    skipped: ${program === undefined ? 'no Chromium' : 'no dist/webview (npm run build)'}`);
      this.skip();
    }
    served = await serveMonitor();
    browser = await chromium.launch({ executablePath: program, args: ['--no-sandbox'] });
  });
  after(async () => {
    await (browser as Browser | undefined)?.close();
    await (served as Served | undefined)?.close();
  });

  async function open(theme: string, query: string): Promise<Page> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.on('pageerror', (error) => troubles.push(error.message));
    page.on('console', (message) => message.type() === 'error' && troubles.push(message.text()));
    await page.goto(served.url(theme, query));
    await page.locator('.row.task').first().waitFor();
    return page;
  }
  async function review(theme: string, query: string): Promise<Page> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.on('pageerror', (error) => troubles.push(error.message));
    page.on('console', (message) => message.type() === 'error' && troubles.push(message.text()));
    await page.goto(served.url(`${theme}/review`, query));
    await page.locator('.about section').first().waitFor();
    return page;
  }
  async function violations(page: Page): Promise<unknown[]> {
    await page.evaluate(axe);
    const found: Violation[] = await page.evaluate(
      'axe.run({ resultTypes: ["violations"] }).then((r) => r.violations)',
    );
    return found.map(({ id, nodes }) => [id, nodes.map((node) => [node.target, node.failureSummary])]);
  }
  const said = (page: Page): Promise<ToExtension[]> => page.evaluate('said');

  for (const theme of ['dark', 'light', 'hc']) {
    for (const [view, key] of [
      ['timeline', '1'],
      ['graph', '2'],
      ['table', '3'],
    ] as const) {
      it(`has nothing that axe objects to: ${view}, ${theme}`, async () => {
        const page = await open(theme, SMALL);
        await page.keyboard.press(key);
        await page.locator(`#tab-${view}[aria-selected="true"]`).waitFor();
        await page.locator('.line').first().waitFor();
        assert.deepEqual(await violations(page), []);
        await page.close();
      });
    }
  }

  for (const theme of ['dark', 'light', 'hc']) {
    for (const query of ['', 'questions']) {
      it(`has nothing that axe objects to: the review of a plan, ${theme}${query === '' ? '' : `, ${query}`}`, async () => {
        const page = await review(theme, query);
        assert.deepEqual(await violations(page), []);
        await page.close();
      });
    }
  }

  it('shows a plan component by component while it is made', async () => {
    const page = await review('dark', 'choosing');
    await page.locator('.pill', { hasText: 'Choosing components' }).waitFor();
    await page.locator('.tag', { hasText: 'prometheus' }).waitFor();
    assert.deepEqual(await page.locator('.about .tag').allInnerTexts(), [
      'application',
      'postgres',
      'redis',
      'prometheus',
    ]);
    assert.equal(await page.locator('button', { hasText: 'Write' }).first().isVisible(), false);
    assert.deepEqual(await violations(page), []);
    await page.close();
  });

  it('reviews a plan by keyboard alone: changes an assumption, unticks a file, asks again, writes', async () => {
    const page = await review('dark', '');
    const focused = (): Promise<string> =>
      page.evaluate(
        'document.activeElement === document.body ? "" : (document.activeElement.ariaLabel ?? document.activeElement.textContent)',
      );
    const tabTo = async (what: RegExp): Promise<void> => {
      for (let n = 0; n < 60 && !what.test(await focused()); n++) await page.keyboard.press('Tab');
      assert.match(await focused(), what);
    };
    await tabTo(/10Gi/);
    await page.keyboard.press('End');
    await page.keyboard.type(' It is encrypted');
    await page.locator('button', { hasText: 'Ask again with 1 change' }).waitFor();
    await tabTo(/Write scripts\/smoke\.sh/);
    await page.keyboard.press('Space');
    await page.locator('button', { hasText: 'Write 4 Files' }).waitFor();
    await page.locator('.sentence').focus();
    await tabTo(/^Write 4 Files$/);
    await page.keyboard.press('Enter');
    await page.locator('.sentence').focus();
    await page.keyboard.press('Enter');
    const told: FromReview[] = await page.evaluate('said');
    const written = told.find((message) => message.type === 'accept');
    assert.ok(written?.type === 'accept' && written.paths.length === 4 && !written.paths.includes('scripts/smoke.sh'));
    const asked = told.find((message) => message.type === 'ask');
    assert.ok(asked?.type === 'ask' && asked.description.includes('It is encrypted'));
    await page.close();
  });

  it('breaks no rule of its own policy and throws nothing', () => assert.deepEqual(troubles, []));

  it('goes from task to task by keyboard, and every part follows', async () => {
    const page = await open('dark', SMALL);
    await page.keyboard.press('t');
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    await page.locator('.row.selected .name', { hasText: 'configure_api_0' }).waitFor();
    await page.locator('.log-title', { hasText: 'configure_api_0' }).waitFor();
    await page.locator('.side dd', { hasText: 'succeeded' }).waitFor();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await page.locator('.row.stage.selected[aria-expanded="false"]').waitFor();
    await page.keyboard.press('ArrowRight');
    await page.locator('.row.stage.selected[aria-expanded="true"]').waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    assert.deepEqual(
      (await said(page)).filter((message) => message.type === 'reveal'),
      [{ type: 'reveal', task: 'configure_api_0' }],
    );
    await page.close();
  });

  it('walks the graph along its edges', async () => {
    const page = await open('dark', SMALL.replace('scan_web_3', 'configure_api_0'));
    await page.keyboard.press('2');
    await page.keyboard.press('t');
    const current = page.locator('#graph-current');
    // The layout is made when the graph is first asked for; there is nothing to walk along before.
    await current.filter({ hasText: 'configure_api_0' }).waitFor({ state: 'attached' });
    await page.keyboard.press('ArrowRight');
    await current.filter({ hasText: /configure_network_1|deploy_web_2/ }).waitFor({ state: 'attached' });
    await page.keyboard.press('ArrowLeft');
    await current.filter({ hasText: 'configure_api_0' }).waitFor({ state: 'attached' });
    await page.close();
  });

  it('filters by status, type and text, and keeps the filter with its state', async () => {
    const page = await open('dark', SMALL);
    await page.keyboard.press('/');
    await page.keyboard.type('status:succeeded');
    const rows = page.locator('.row.task:visible');
    await page.waitForFunction(
      '[...document.querySelectorAll(".row.task:not([hidden]) .glyph")].every((g) => g.textContent === "✓")',
    );
    assert.ok((await rows.count()) > 0);
    await page.keyboard.press('Escape');
    await page.locator('.count', { hasText: 'succeeded' }).click();
    await page.waitForFunction('document.querySelector(".filter").value === ""');
    await page.close();
  });

  it('sorts the table and says so', async () => {
    const page = await open('dark', SMALL);
    await page.keyboard.press('3');
    await page.locator('.sort', { hasText: 'Took' }).click();
    await page.locator('[aria-sort="ascending"]', { hasText: 'Took' }).waitFor();
    await page.locator('.sort', { hasText: 'Took' }).click();
    await page.locator('[aria-sort="descending"]', { hasText: 'Took' }).waitFor();
    await page.close();
  });

  it('reads a log of a gigabyte from its end, goes to the start, and finds the first error', async () => {
    const page = await open('dark', `${SMALL}&log=1000000000`);
    await page.locator('.log-note', { hasText: '1.0 GB' }).waitFor();
    await page.locator('.line', { hasText: 'step' }).first().waitFor();
    const reads = (await said(page)).filter((message) => message.type === 'read');
    assert.ok(
      reads.every((read) => read.offset > 990_000_000),
      'only the end is read at first',
    );
    await page.keyboard.press('l');
    await page.keyboard.press('Home');
    await page.locator('.line .number', { hasText: /^1$/ }).waitFor();
    await page.keyboard.press('e');
    await page.locator('.line.current', { hasText: 'connection refused' }).waitFor();
    assert.equal(await page.locator('.line.current .number').innerText(), '778');
    await page.close();
  });

  it('folds a run of like lines, and opens it by a click', async () => {
    const page = await open('dark', `${SMALL}&log=1000000`);
    await page.keyboard.press('l');
    await page.keyboard.press('Home');
    await page.locator('.line .number', { hasText: /^1$/ }).waitFor();
    const fold = page.locator('.line.foldable', { hasText: 'more lines like it' }).first();
    await page.evaluate('document.querySelector(".log-lines").scrollTo(0, 90 * 18)');
    // Before the lines of that place are drawn, the first fold is another one.
    await page.locator('.line .number', { hasText: /^9\d$/ }).first().waitFor();
    await fold.click();
    await page.locator('.line', { hasText: 'pulling image 101' }).waitFor();
    await page.close();
  });

  it('finds text in the log, and copies what is loaded', async () => {
    const page = await open('dark', SMALL);
    await page.keyboard.press('l');
    await page.keyboard.press('/');
    await page.keyboard.type('step 34');
    await page.keyboard.press('Enter');
    await page.locator('.line.current mark', { hasText: 'step 34' }).waitFor();
    await page.locator('.log-bar button', { hasText: 'Copy' }).click();
    const copied = (await said(page)).at(-1);
    assert.ok(copied?.type === 'copy' && copied.text.includes('step 34'));
    await page.close();
  });

  it('is as wide as its panel when a file is opened beside it, with all that it says of a task', async () => {
    const page = await open('dark', SMALL);
    await page.locator('.line').first().waitFor();
    await page.setViewportSize({ width: 540, height: 800 });
    for (const part of ['h1', '.side dl', '.log-bar', '.ruler-canvas', '.side-acts']) {
      await page.waitForFunction(
        `(() => { const box = document.querySelector('${part}').getBoundingClientRect(); return box.width > 30 && box.height > 10 && box.right <= 540; })()`,
      );
    }
    assert.deepEqual(await violations(page), []);
    await page.close();
  });

  it('runs a failed task again, explains it and goes to its line, once the run is over', async () => {
    const page = await open('dark', 'tasks=40&stages=4&pool=8&seed=1');
    await page.locator('.count', { hasText: 'failed' }).click();
    await page.locator('.row.task').first().click();
    for (const [button, type] of [
      ['Retry Task', 'retry'],
      ['Explain Failure', 'explain'],
      ['Go to Task', 'reveal'],
    ] as const) {
      await page.locator('.side-acts button', { hasText: button }).click();
      const last = (await said(page)).at(-1);
      assert.equal(last?.type === 'command' ? last.name : last?.type, type);
    }
    await page.locator('.run-acts button', { hasText: 'Run Again' }).click();
    const last = (await said(page)).at(-1);
    assert.ok(last?.type === 'command' && last.name === 'run');
    await page.close();
  });

  it('says in the graph what lies under the pointer', async () => {
    const page = await open('dark', SMALL);
    await page.keyboard.press('2');
    await page.locator('.graph[data-scale]').waitFor();
    await page.waitForFunction(`(() => {
      const graph = document.querySelector('.graph');
      for (let x = 10; x < 400; x += 12) for (let y = 40; y < 400; y += 6) {
        graph.dispatchEvent(new PointerEvent('pointermove', { clientX: x, clientY: y + graph.getBoundingClientRect().top }));
        if (/_\\d+\\n/.test(graph.title)) return true;
      }
      return false;
    })()`);
    await page.close();
  });

  it('says how the run goes to a screen reader, and keeps what was chosen', async () => {
    const page = await open('dark', SMALL);
    await page.locator('[aria-live="polite"]', { hasText: /^shop: running/ }).waitFor({ state: 'attached' });
    await page.close();
  });

  it('goes on drawing while ten thousand tasks change, and tells how many frames a second', async function () {
    const page = await open('dark', 'tasks=10000&stages=10&pool=200&until=60000&speed=5');
    await page.mouse.move(600, 300);
    const frames: Promise<number[]> = page.evaluate(`new Promise((resolve) => {
      const found = []; let last = performance.now();
      const tick = (now) => { found.push(now - last); last = now; found.length < 180 ? requestAnimationFrame(tick) : resolve(found); };
      requestAnimationFrame(tick);
    })`);
    for (let i = 0; i < 30; i++) await page.mouse.wheel(0, 500);
    const sorted = (await frames).slice(2).sort((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)] ?? Infinity;
    console.log(
      `    median frame ${median.toFixed(1)} ms, 95 % within ${(sorted[Math.floor(sorted.length * 0.95)] ?? 0).toFixed(1)} ms`,
    );
    assert.ok(median < 250, `the median frame took ${median.toFixed(1)} ms`);
    assert.ok((await page.locator('.virtual-row').count()) < 400, 'only rows in sight exist');
    await page.close();
  });
});
