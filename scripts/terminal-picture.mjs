// Makes docs/images/terminal.png: the shop's run as a real terminal shows it. A terminal (tmux) runs the command, what it shows is read
// back with its colours, and a browser draws that. Needs tmux and Chromium: node scripts/terminal-picture.mjs
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import Anser from 'anser';
import { chromium } from 'playwright-core';

const COLUMNS = 100;
const ROWS = 44;
const session = `code-picture-${process.pid}`;
const tmux = (...args) => execFileSync('tmux', ['-L', session, ...args], { encoding: 'utf8' });

execFileSync(process.execPath, ['esbuild.mjs', '--only', 'cli'], { stdio: 'inherit' });
tmux('-f', '/dev/null', 'new-session', '-d', '-x', String(COLUMNS), '-y', String(ROWS), 'sh');
let screen;
try {
  tmux(
    'send-keys',
    'PS1="$ "; clear; TERM=xterm-256color LANG=C.UTF-8 node dist/cli.js run examples/shop/deploy.code.yaml',
    'Enter',
  );
  const deadline = Date.now() + 120_000;
  for (;;) {
    screen = tmux('capture-pane', '-p', '-e');
    if (/one by one it would have taken/.test(screen)) break;
    if (Date.now() > deadline) throw new Error(`the run did not end:\n${screen}`);
    await new Promise((done) => setTimeout(done, 100));
  }
} finally {
  tmux('kill-server');
}

const text = screen
  .split('\n')
  .slice(1)
  .join('\n')
  .trimEnd()
  .replace(/\n\S*\$$/, '');
const html = Anser.ansiToHtml(Anser.escapeForHtml(text));
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
const page = await browser.newPage({ deviceScaleFactor: 2, viewport: { width: 940, height: 900 } });
await page.setContent(`<body style="margin:0;background:#1e1e1e"><pre id="t" style="margin:0;padding:20px 24px;display:inline-block;
  min-width:840px;color:#ccc;font:14px/1.45 'DejaVu Sans Mono',monospace">${html}</pre></body>`);
mkdirSync('docs/images', { recursive: true });
await page.locator('#t').screenshot({ path: 'docs/images/terminal.png' });
await browser.close();
console.log('wrote docs/images/terminal.png');
