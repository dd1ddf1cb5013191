/** The proxy that the environment names, as curl and most tools read it: http_proxy, https_proxy, all_proxy, no_proxy. */
import { request as plainRequest } from 'node:http';
import type { Socket } from 'node:net';

type Environment = Readonly<Record<string, string | undefined>>;

/** @returns the proxy for an address; undefined where it is to be reached directly */
export function proxyFor(url: URL, env: Environment): URL | undefined {
  if (isExcepted(url, read(env, 'no_proxy') ?? '')) return undefined;
  // Upper-case HTTP_PROXY is left out by curl, since CGI programs get it from a request's header; a task is no CGI program.
  const named = read(env, url.protocol === 'https:' ? 'https_proxy' : 'http_proxy') ?? read(env, 'all_proxy');
  if (named === undefined || named === '') return undefined;
  const address = named.includes('://') ? named : `http://${named}`;
  const proxy = URL.canParse(address) ? new URL(address) : undefined;
  return proxy?.protocol === 'http:' ? proxy : undefined;
}

const read = (env: Environment, name: string): string | undefined => env[name] ?? env[name.toUpperCase()];

/** `no_proxy`: hosts and domains, with or without a leading dot and a port; `*` for all. This machine is never asked for by a proxy. */
function isExcepted(url: URL, list: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (host === 'localhost' || host === '::1' || /^127\./.test(host)) return true;
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      const [, name = '', port] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(entry) ?? [];
      if (entry === '*') return true;
      return (port === undefined || port === url.port) && (host === name || host.endsWith(`.${name}`));
    });
}

/** The header that signs in at the proxy, where its address holds a user. */
export function proxyHeaders(proxy: URL): Record<string, string> {
  if (proxy.username === '') return {};
  const user = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(user).toString('base64')}` };
}

/** A connection through the proxy to a TLS server, over which TLS is then spoken end to end. */
export function tunnel(proxy: URL, target: URL, signal: AbortSignal): Promise<Socket> {
  const authority = `${target.hostname}:${target.port || '443'}`;
  return new Promise((resolve, reject) => {
    const asked = plainRequest({
      host: proxy.hostname,
      port: proxy.port || 80,
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, ...proxyHeaders(proxy) },
      signal,
      agent: false,
    });
    asked.once('connect', (response, socket: Socket) => {
      if (response.statusCode === 200) {
        resolve(socket);
        return;
      }
      socket.destroy();
      reject(
        new Error(
          `the proxy ${proxy.host} refused: ${response.statusCode ?? 0} ${response.statusMessage ?? ''}`.trim(),
        ),
      );
    });
    asked.once('error', reject);
    asked.end();
  });
}
