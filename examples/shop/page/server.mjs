// Serves the page's files, compressed ones where the browser takes them, and hands /api on to the API.
import { existsSync, readFileSync } from 'node:fs';
import { createServer, request as ask } from 'node:http';
import path from 'node:path';

const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css' };

const config = JSON.parse(readFileSync(process.argv[2], 'utf8'));

function file(request, response) {
  const { pathname } = new URL(request.url, 'http://shop');
  const name = pathname === '/' ? 'index.html' : path.basename(pathname);
  const at = path.join(config.public, name);
  const type = TYPES[path.extname(name)];
  if (type === undefined || !existsSync(at))
    return response.writeHead(404, { 'content-type': 'text/plain' }).end('Not here.\n');
  const small = /\bbr\b/.test(request.headers['accept-encoding'] ?? '') && existsSync(`${at}.br`);
  response.writeHead(200, {
    'content-type': type,
    'cache-control': name === 'index.html' ? 'no-cache' : 'public, max-age=31536000, immutable',
    vary: 'accept-encoding',
    ...(small ? { 'content-encoding': 'br' } : {}),
  });
  return response.end(readFileSync(small ? `${at}.br` : at));
}

function handOn(request, response) {
  const target = new URL(request.url.slice('/api'.length), config.api);
  const onward = ask(
    target,
    { method: request.method, headers: { ...request.headers, host: target.host } },
    (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    },
  );
  onward.on('error', () =>
    response.writeHead(502, { 'content-type': 'application/json' }).end('{"error":"The API does not answer."}'),
  );
  request.pipe(onward);
}

const server = createServer((request, response) => {
  if (request.url.startsWith('/api/')) handOn(request, response);
  else if (request.url === '/health') response.writeHead(200).end('ok');
  else file(request, response);
});

server.listen(config.port, '127.0.0.1', () => console.log(`web listens on ${config.port}`));
process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
});
