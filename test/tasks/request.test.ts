import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { http } from '../../src/tasks/http.ts';
import { proxyFor } from '../../src/tasks/shared/proxy.ts';
import { perform, workbench } from './context.ts';

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

describe('the proxy of the environment', () => {
  const env = { http_proxy: 'http://p:1', HTTPS_PROXY: 's:2', no_proxy: 'internal, .example.com,10.0.0.1:8080' };
  for (const [url, expected] of [
    ['http://shop.test/', 'p:1'],
    ['https://shop.test/', 's:2'],
    ['http://localhost:8080/', undefined],
    ['http://127.0.0.1/', undefined],
    ['http://[::1]/', undefined],
    ['https://internal/', undefined],
    ['https://a.internal/', undefined],
    ['https://notinternal/', 's:2'],
    ['https://www.example.com/', undefined],
    ['http://10.0.0.1:8080/', undefined],
    ['http://10.0.0.1:9090/', 'p:1'],
  ] as const) {
    it(`${expected === undefined ? 'is not asked for' : `is ${expected} for`} ${url}`, () => {
      assert.equal(proxyFor(new URL(url), env)?.host, expected);
    });
  }

  it('is none where everything is excepted', () => {
    assert.equal(proxyFor(new URL('http://shop.test'), { ...env, no_proxy: '*' }), undefined);
    assert.equal(proxyFor(new URL('http://shop.test'), {}), undefined);
  });
});

describe('a request', () => {
  const servers: Server[] = [];
  after(() => servers.forEach((server) => (server.closeAllConnections(), server.close())));
  const folder = mkdtempSync(join(tmpdir(), 'code-tls-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  let secure: Server;
  let proxy: Server;
  const seen: string[] = [];

  before(async function () {
    try {
      const names = 'subjectAltName=DNS:shop.test,IP:127.0.0.1';
      execFileSync(
        'openssl',
        [
          'req',
          '-x509',
          '-newkey',
          'ec',
          '-pkeyopt',
          'ec_paramgen_curve:prime256v1',
          '-nodes',
          '-keyout',
          key,
          '-out',
          cert,
          '-days',
          '2',
          '-subj',
          '/CN=shop.test',
          '-addext',
          names,
        ],
        { stdio: 'ignore' },
      );
    } catch {
      console.log('    skipped: openssl is needed to make a certificate');
      this.skip();
    }
    secure = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) =>
      response.end('secret page'),
    );
    proxy = createServer((asked, response) => {
      seen.push(`${asked.method ?? ''} ${asked.url ?? ''} ${asked.headers['proxy-authorization'] ?? ''}`);
      const target = new URL(asked.url ?? '');
      response.end(`by proxy to ${target.host}`);
    });
    proxy.on('connect', (asked, socket, head) => {
      seen.push(`CONNECT ${asked.url ?? ''}`);
      if (asked.url?.startsWith('forbidden') === true) return socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      const onward = connect(portOf(secure), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        onward.write(head);
        onward.pipe(socket).pipe(onward);
      });
      onward.on('error', () => socket.destroy());
      socket.on('error', () => onward.destroy());
    });
    servers.push(secure, proxy);
    for (const server of servers) await once(server.listen(0, '127.0.0.1'), 'listening');
  });

  it('trusts an authority that is given, and refuses others with the way out', async () => {
    const url = `https://127.0.0.1:${portOf(secure)}/`;
    const good = await perform(http, { url, tls: { ca: cert } }, await workbench());
    assert.ok(good.ok && good.value.body === 'secret page', JSON.stringify(good));
    const bad = await perform(http, { url }, await workbench());
    assert.ok(!bad.ok && bad.failure.kind === 'denied', JSON.stringify(bad));
    assert.match(bad.failure.next ?? '', /tls\.ca/);
    assert.ok((await perform(http, { url, tls: { insecure: true } }, await workbench())).ok);
  });

  it('goes through a proxy, by a tunnel where it is TLS', async () => {
    const env = {
      http_proxy: `http://user:pass@127.0.0.1:${portOf(proxy)}`,
      https_proxy: `http://127.0.0.1:${portOf(proxy)}`,
      no_proxy: '',
    };
    const context = await workbench({ env });
    const tls = await perform(http, { url: 'https://shop.test/', tls: { ca: cert } }, context);
    assert.ok(tls.ok && tls.value.body === 'secret page', JSON.stringify(tls));
    const plain = await perform(http, { url: 'http://shop.test/page' }, context);
    assert.ok(plain.ok && plain.value.body === 'by proxy to shop.test', JSON.stringify(plain));
    assert.deepEqual(seen, [
      'CONNECT shop.test:443',
      `GET http://shop.test/page Basic ${Buffer.from('user:pass').toString('base64')}`,
    ]);
  });

  it('says when the proxy refuses', async () => {
    const env = { https_proxy: `http://127.0.0.1:${portOf(proxy)}`, no_proxy: '' };
    const result = await perform(http, { url: 'https://forbidden.test/' }, await workbench({ env }));
    assert.ok(!result.ok && result.failure.kind === 'unreachable', JSON.stringify(result));
    assert.match(result.failure.message, /refused: 403/);
  });
});
