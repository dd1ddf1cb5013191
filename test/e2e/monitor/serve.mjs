// Serves the built monitor on a page of its own, under the policy that it has in the editor. `node test/e2e/monitor/serve.mjs` to look.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';
import { css, THEMES } from './themes.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, '..', '..', '..', 'dist', 'webview');
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; worker-src blob:; connect-src 'self'";

const html = (theme, page, around) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>CODE</title>
<link rel="stylesheet" href="/theme-${theme}.css"><link rel="stylesheet" href="/${page}.css"></head>
<body class="${THEMES[theme].kind}" data-layout="/layout.js"><script src="/${around}.js"></script><script src="/${page}.js"></script></body></html>`;

/** @returns `{ url, close }`; `url(theme, query)` is an address to look at; a theme such as `dark/review` is the review's page */
export async function serveMonitor() {
  const built = await esbuild.build({
    entryPoints: [join(here, 'page.ts'), join(here, 'review-page.ts')],
    outdir: 'out',
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
  });
  const files = {
    '/page.js': ['text/javascript', built.outputFiles[0].text],
    '/review-page.js': ['text/javascript', built.outputFiles[1].text],
    '/review.js': ['text/javascript', readFileSync(join(dist, 'review.js'), 'utf8')],
    '/review.css': ['text/css', readFileSync(join(dist, 'review.css'), 'utf8')],
    '/monitor.js': ['text/javascript', readFileSync(join(dist, 'monitor.js'), 'utf8')],
    '/layout.js': ['text/javascript', readFileSync(join(dist, 'layout.js'), 'utf8')],
    '/monitor.css': ['text/css', readFileSync(join(dist, 'monitor.css'), 'utf8')],
  };
  for (const name of Object.keys(THEMES)) {
    files[`/theme-${name}.css`] = ['text/css', css(name)];
    files[`/${name}`] = ['text/html', html(name, 'monitor', 'page')];
    files[`/${name}/review`] = ['text/html', html(name, 'review', 'review-page')];
  }
  const server = createServer((request, response) => {
    const file = files[new URL(request.url, 'http://localhost').pathname];
    response.writeHead(file ? 200 : 404, {
      'content-type': file?.[0] ?? 'text/plain',
      'content-security-policy': POLICY,
    });
    response.end(file?.[1] ?? 'not here');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  return {
    url: (theme, query) => `http://127.0.0.1:${port}/${theme}?${query}`,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { url } = await serveMonitor();
  for (const name of Object.keys(THEMES)) console.log(url(name, 'tasks=300&stages=6&until=60000&speed=1'));
}
