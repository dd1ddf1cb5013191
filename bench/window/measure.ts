/** The extension in a real window: activation, memory and blocked time of the extension host, size, and the first picture of the monitor. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { missing, workbench } from '../../scripts/testbed/workbench.mjs';
import { command, startEditor, webview } from '../../test/e2e/editor.ts';
import { serveMonitor } from '../../test/e2e/monitor/serve.mjs';

interface Memory {
  readonly heldMb: number;
  readonly rssMb: number;
}
interface Activation {
  /** Until the editor counts it as active, other extensions' turns and the way to the window and back included. */
  readonly ms: number;
  /** Its own code: loading, and `activate`. */
  readonly eager: { readonly wallMs: number; readonly cpuMs: number };
}
interface Blocks {
  readonly allMs: number;
  readonly oursMs: number;
  /** Where the longest stretch of ours was spent. */
  readonly where: readonly string[];
}
interface Figures {
  /** Seconds that it took until the host was calm. */
  readonly tries: number;
  readonly empty: Activation;
  readonly ours: Activation;
  readonly before: Memory;
  readonly active: Memory;
  readonly listed: Memory;
  readonly followed: Memory;
  /** The longest that the start of a process (relay, language server) held the thread. */
  readonly spawnMs: number;
  /** By what was done: the list of past runs, opening the large one, a large file with faults and one without, and so on. */
  readonly blocked: Readonly<Record<string, Blocks>>;
}

const VIEWPORT = { width: 1440, height: 860 };
const [runs = '100', tasks = '10000'] = process.argv.slice(2);
const why = missing();
if (why !== undefined) {
  console.log(`skipped: ${why}`);
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), 'code-bench-'));
try {
  console.log(JSON.stringify({ ...(await inWindow()), ...(await pictures()) }));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);

function engine(...args: readonly string[]): string {
  return execFileSync(process.execPath, [resolve('dist/cli.js'), ...args], { cwd: folder, encoding: 'utf8' });
}

/** A workflow of so many tasks in stages of a hundred. @param text a command, or nothing for a fault in every task */
function workflow(name: string, count: number, each: number, text: string): string {
  const task = (s: number, t: number): string =>
    `    - { task: task_${s}_${t}, type: ${text === '' ? 'shel' : 'shell'}, with: { run: '${text || 'true'}' } }`;
  const stages = Array.from(
    { length: count },
    (_s, s) => `  stage_${s}:\n${Array.from({ length: each }, (_t, t) => task(s, t)).join('\n')}`,
  );
  return `name: ${name}\nparallel_deployment:\n${stages.join('\n')}\n`;
}

/** Past runs, the newest of them one of many tasks: the list shows a hundred. @returns the ids of the large ones */
function makeRuns(): { readonly large: string; readonly failed: string } {
  const stages = Number(tasks) / 100;
  writeFileSync(join(folder, 'large.txt'), workflow('large', stages, 100, 'true'));
  writeFileSync(join(folder, 'failed.txt'), workflow('failed', 1, Number(tasks), 'exit 3'));
  writeFileSync(join(folder, 'faulty.txt'), workflow('faulty', stages, 100, ''));
  writeFileSync(join(folder, 'small.txt'), workflow('small', 3, 5, 'true'));
  for (let n = 2; n < Number(runs); n++) engine('run', 'small.txt', '--quiet');
  engine('run', 'large.txt', '--quiet');
  // It fails, as it should.
  spawnSync(process.execPath, [resolve('dist/cli.js'), 'run', 'failed.txt', '--quiet'], { cwd: folder });
  const { runs: found } = JSON.parse(engine('runs', 'list', '--json')) as {
    runs: { runId: string; workflow: string }[];
  };
  const idOf = (name: string): string => {
    const run = found.find(({ workflow: each }) => each === name);
    if (run === undefined) throw new Error(`The run ${name} is not in the list.`);
    return run.runId;
  };
  return { large: idOf('large'), failed: idOf('failed') };
}

async function inWindow(): Promise<Figures & { readonly vsixBytes: number }> {
  const { large, failed } = makeRuns();
  const vsix = join(folder, 'code.vsix');
  execFileSync(process.execPath, ['scripts/package.mjs', '--no-build', '--out', vsix], { stdio: 'pipe' });
  const out = join(folder, 'figures.json');
  const editor = await startEditor({
    vsix,
    extensions: ['bench/window/empty', 'bench/window/probe'],
    settings: { 'code-bench.out': out, 'code-bench.run': large, 'code-bench.failed': failed },
  });
  const opened = await editor.open(folder);
  await command(opened.page, 'Code Bench: Measure');
  // Else nothing was followed, and its figures would be those of nothing.
  await webview(opened.page).locator('.row.task').first().waitFor({ timeout: 180_000 });
  await until(() => existsSync(out) && statSync(out).size > 0);
  const figures = JSON.parse(readFileSync(out, 'utf8')) as Figures;
  await opened.close();
  await editor.stop();
  return { ...figures, vsixBytes: statSync(vsix).size };
}

interface Pictures {
  readonly firstPictureMs: number;
  readonly frames: Frames;
}
interface Frames {
  /** Between two frames; 16.7 is sixty a second. */
  readonly medianMs: number;
  readonly p95Ms: number;
  /** Processor time of the page's thread for each frame: what a busy machine does not change much. */
  readonly cpuMs: number;
}

/** The monitor's page on its own, as the editor shows it. */
async function pictures(): Promise<Pictures> {
  const served = await serveMonitor();
  const browser = await chromium.launch({ executablePath: workbench().chromium, args: ['--no-sandbox'] });
  try {
    const first: number[] = [];
    for (let n = 0; n < 5; n++)
      first.push(await firstPicture(browser, served.url('dark', `tasks=${tasks}&stages=10&pool=200&until=60000`)));
    // A run that goes on ten times as fast as life, and a gigabyte of log under it.
    const moving = `tasks=${tasks}&stages=10&pool=200&until=10000&speed=10&log=1000000000`;
    return { firstPictureMs: middle(first), frames: await frames(browser, served.url('dark', moving)) };
  } finally {
    await browser.close();
    await served.close();
  }
}

function middle(values: readonly number[], part = 0.5): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * part)] ?? Infinity;
}

/** From the first event that the page is given to the first frame with rows, in milliseconds. */
async function firstPicture(browser: Browser, url: string): Promise<number> {
  const page = await browser.newPage({ viewport: VIEWPORT });
  await page.addInitScript(`
    addEventListener('message', () => { window.begun ??= performance.now(); }, true);
    new MutationObserver((_records, observer) => {
      if (!document.querySelector('.row.task')) return;
      observer.disconnect();
      requestAnimationFrame(() => { window.pictured = performance.now() - window.begun; });
    }).observe(document, { childList: true, subtree: true });`);
  await page.goto(url);
  // A function: the page forbids the evaluation of texts.
  const handle = await page.waitForFunction(() => (globalThis as { pictured?: number }).pictured);
  const ms = Number(await handle.jsonValue());
  await page.close();
  return ms;
}

/** Four seconds of a run in progress. */
async function frames(browser: Browser, url: string): Promise<Frames> {
  const page = await browser.newPage({ viewport: VIEWPORT });
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const busySeconds = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0;
  };
  await page.goto(url);
  await page.locator('.row.task').first().waitFor();
  const before = await busySeconds();
  const found = await page.evaluate<number[]>(`new Promise((resolve) => {
    const times = [performance.now()];
    const next = (now) => {
      times.push(now);
      if (now - times[0] < 4000) requestAnimationFrame(next);
      else resolve(times.slice(1).map((time, i) => time - times[i]));
    };
    requestAnimationFrame(next);
  })`);
  const cpuMs = (((await busySeconds()) - before) * 1000) / found.length;
  await page.close();
  return { medianMs: middle(found), p95Ms: middle(found, 0.95), cpuMs };
}

async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 180_000; Date.now() < end;) {
    if (holds()) return;
    await new Promise((again) => setTimeout(again, 200));
  }
  throw new Error('The figures never came.');
}
