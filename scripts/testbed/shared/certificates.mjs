// Certificates for servers on the loopback interface, made with openssl: an authority of the test bed's own, and what it signs.
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const openssl = (args) => execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });

/** An authority as `NAME.crt` and `NAME.key` in `dir`; taken again where it is there. */
export function authority(dir, name) {
  const pair = { crt: join(dir, `${name}.crt`), key: join(dir, `${name}.key`) };
  if (existsSync(pair.crt)) return pair;
  key(pair.key);
  openssl([
    'req',
    '-x509',
    '-new',
    '-key',
    pair.key,
    '-subj',
    `/CN=code-testbed-${name}`,
    '-days',
    '3650',
    '-out',
    pair.crt,
  ]);
  return pair;
}

/**
 * A certificate for `subject` (`{ CN, O }`), signed by `ca`.
 * @param names DNS names and addresses that a server is reached by
 */
export function certificate(dir, name, { ca, subject, names = [], days = 3650 }) {
  const pair = { crt: join(dir, `${name}.crt`), key: join(dir, `${name}.key`) };
  if (existsSync(pair.crt)) return pair;
  key(pair.key);
  const request = join(dir, `${name}.csr`);
  const extensions = join(dir, `${name}.ext`);
  const alternatives = names.map((n) => (/^[\d.]+$/.test(n) ? `IP:${n}` : `DNS:${n}`)).join(',');
  writeFileSync(
    extensions,
    [
      'basicConstraints=CA:FALSE',
      'keyUsage=digitalSignature,keyEncipherment',
      'extendedKeyUsage=serverAuth,clientAuth',
      ...(names.length === 0 ? [] : [`subjectAltName=${alternatives}`]),
    ].join('\n'),
  );
  const organization = subject.O === undefined ? '' : `/O=${subject.O}`;
  openssl(['req', '-new', '-key', pair.key, '-subj', `${organization}/CN=${subject.CN}`, '-out', request]);
  const sign = ['-CA', ca.crt, '-CAkey', ca.key, '-CAcreateserial', '-extfile', extensions, '-days', String(days)];
  openssl(['x509', '-req', '-in', request, ...sign, '-out', pair.crt]);
  return pair;
}

function key(path) {
  openssl(['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', path]);
}
