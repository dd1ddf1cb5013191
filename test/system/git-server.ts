/** A repository of Git on the loopback interface, over HTTP as servers of Git speak it: Git's own backend behind a few lines of Node. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface GitServer {
  /** Address of the repository, whose branch is `main`. */
  readonly url: string;
  /** Replaces all files by these, and pushes. @returns the commit */
  commit(files: Readonly<Record<string, string>>): Promise<string>;
  stop(): void;
}

export async function startGit(): Promise<GitServer> {
  const root = mkdtempSync(join(tmpdir(), 'code-git-'));
  const work = join(root, 'work');
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', work, '-c', 'user.name=test', '-c', 'user.email=test@example.org', ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  await mkdir(work);
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', join(root, 'shop.git')]);
  git('init', '--quiet', '--initial-branch=main');
  git('remote', 'add', 'origin', join(root, 'shop.git'));
  const backend = join(execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim(), 'git-http-backend');
  const server = createServer((request, response) => void answer(backend, root, request, response));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/shop.git`,
    async commit(files) {
      const before = git('ls-files').split('\n').filter(Boolean);
      for (const name of before) await rm(join(work, name));
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(work, name)), { recursive: true });
        await writeFile(join(work, name), text);
      }
      git('add', '--all');
      git('commit', '--quiet', '--allow-empty', '--message', 'change');
      git('push', '--quiet', 'origin', 'main');
      return git('rev-parse', 'HEAD');
    },
    stop() {
      server.close();
      server.closeAllConnections();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** By the Common Gateway Interface: the request in the environment and on standard input, the answer's head before its body. */
async function answer(
  backend: string,
  root: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
  const {
    'content-type': type = '',
    'content-encoding': encoding = '',
    'git-protocol': protocol = '',
  } = request.headers;
  const child = spawn(backend, [], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      ...process.env,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: type,
      HTTP_CONTENT_ENCODING: encoding,
      GIT_PROTOCOL: String(protocol),
    },
  });
  child.stdin.on('error', () => undefined);
  request.pipe(child.stdin);
  const said: Buffer[] = [];
  for await (const piece of child.stdout) said.push(piece as Buffer);
  const whole = Buffer.concat(said);
  const split = whole.indexOf('\r\n\r\n');
  const head = whole.subarray(0, Math.max(split, 0)).toString('latin1').split('\r\n');
  for (const line of head) {
    const [name = '', value = ''] = line.split(/:\s*/, 2);
    if (name.toLowerCase() === 'status') response.statusCode = Number.parseInt(value, 10);
    else if (name !== '') response.setHeader(name, value);
  }
  response.end(whole.subarray(split + 4));
}
