/** The pages in another language: no word that a person sees is left in English. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, it } from 'mocha';
import { chromium, type Browser, type Page } from 'playwright-core';
import { locate } from '../../scripts/testbed/workbench.mjs';
import { serveMonitor, type Served } from './monitor/serve.mjs';

/** Units, which stand in every language's place, and the marks of a clock. */
const UNIT = /\b(?:ms|kB|MB|GB|AM|PM)\b/g;

describe('the pages in another language', function () {
  this.timeout(120_000);
  let browser: Browser;
  let served: Served;

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

  /** Everything that is seen or read out, but for logs, which are the tasks' own words. */
  const shown = (page: Page): Promise<string[]> =>
    page.evaluate(`(() => {
      const found = new Set(drawn);
      const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      for (let node = walk.nextNode(); node; node = walk.nextNode())
        if (!node.parentElement.closest('.log-lines, script')) found.add(node.data);
      for (const element of document.querySelectorAll('body *'))
        for (const name of ['aria-label', 'title', 'placeholder', 'alt', 'aria-roledescription', 'aria-valuetext'])
          if (element.hasAttribute(name)) found.add(element.getAttribute(name));
      return [...found];
    })()`);

  /** Texts that came in messages: names, reasons, files; they are whose they are. */
  async function data(page: Page): Promise<string[]> {
    const found = new Set<string>();
    const look = (value: unknown): void => {
      if (typeof value === 'string') found.add(value).add(value.split('/').at(-1) ?? '');
      else if (typeof value === 'object' && value !== null) Object.values(value).forEach(look);
    };
    look(await page.evaluate('told'));
    return [...found].filter((text) => text !== '').sort((a, b) => b.length - a.length);
  }

  /** What is left of a text without translated words and without data. */
  function bare(text: string, known: readonly string[]): string {
    let rest = text;
    for (let before = ''; before !== rest;) {
      before = rest;
      rest = rest.replace(/⟦[^⟦⟧]*⟧/g, '');
    }
    for (const each of known) rest = rest.replaceAll(each, '');
    return rest.replace(UNIT, '');
  }

  async function leftInEnglish(page: Page): Promise<string[]> {
    const known = await data(page);
    // A canvas cuts what has no room: its mark at the end, or a name's, is gone with the rest.
    const isCut = (text: string): boolean => text.endsWith('…');
    return (await shown(page)).filter((text) => !isCut(text) && /[A-Za-z]{2,}/.test(bare(text, known)));
  }

  async function open(page: string, query: string): Promise<Page> {
    const opened = await browser.newPage({ viewport: { width: 1500, height: 900 } });
    await opened.goto(served.url(page, `pseudo&${query}`));
    return opened;
  }

  for (const [what, query] of [
    ['a run', 'tasks=40&stages=4&until=30000&pool=8&task=scan_web_3'],
    ['a run that ended', 'tasks=40&stages=4'],
    ['a preview', 'tasks=20&stages=4&preview'],
  ] as const) {
    it(`are whole: the monitor of ${what}`, async () => {
      const page = await open('dark', query);
      await page.locator('.row.task').first().waitFor();
      for (const [view, key] of [
        ['timeline', '1'],
        ['graph', '2'],
        ['table', '3'],
      ] as const) {
        await page.keyboard.press(key);
        await page.locator(`#tab-${view}[aria-selected="true"]`, { hasText: '⟦' }).waitFor();
        assert.deepEqual(await leftInEnglish(page), [], view);
      }
      await page.close();
    });
  }

  for (const query of ['', 'questions']) {
    it(`are whole: the review of a plan${query === '' ? '' : ' that asks'}`, async () => {
      const page = await open('light/review', query);
      await page.locator('h2', { hasText: '⟦' }).first().waitFor();
      assert.deepEqual(await leftInEnglish(page), []);
      await page.close();
    });
  }
});
