// Crossplane's core, and one composition function beside it. Packages cannot be had here: the function is a process that Crossplane is told
// of by a FunctionRevision whose reconciliation (which would fetch a package) is paused.
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { authority, certificate } from '../shared/certificates.mjs';
import { apply, kubectl, makeNamespace } from '../shared/cluster.mjs';
import { moduleFolder } from '../shared/go-build.mjs';
import { freePort } from '../shared/processes.mjs';
import { folder } from '../shared/store.mjs';

const MODULE = 'github.com/crossplane/crossplane/v2';
const NAMESPACE = 'crossplane-system';
const FUNCTION = 'testbed-function';
/** Where the function listens; known once the processes are. */
let address;

export const crossplane = {
  family: 'crossplane',
  packages: [`${MODULE}/cmd/crossplane`, 'code.invalid/testbed/crossplane/function'],
  install() {
    const kinds = join(moduleFolder('crossplane', MODULE), 'cluster', 'crds');
    apply(readdirSync(kinds).map((file) => join(kinds, file)));
    makeNamespace(NAMESPACE);
  },
  async processes(dir, home) {
    const certificates = writeCertificates(home);
    address = `127.0.0.1:${await freePort()}`;
    const [metrics, health, webhook] = [await freePort(), await freePort(), await freePort()];
    const flags = {
      'tls-client-certs-dir': certificates,
      'xpkg-cache-dir': folder('run', 'crossplane', 'packages'),
      'webhook-enabled': false,
      namespace: NAMESPACE,
      'metrics-port': metrics,
      'health-probe-port': health,
      'webhook-port': webhook,
    };
    return [
      {
        name: 'function',
        program: join(dir, 'function'),
        args: ['-address', address, '-certificates', certificates],
        env: {},
      },
      {
        name: 'crossplane',
        program: join(dir, 'crossplane'),
        args: ['core', 'start', ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`)],
        env: { HOME: home },
        ready: `http://127.0.0.1:${health}/readyz`,
      },
    ];
  },
  afterwards() {
    const name = `${FUNCTION}-1`;
    const metadata = {
      name,
      labels: { 'pkg.crossplane.io/package': FUNCTION },
      annotations: { 'crossplane.io/paused': 'true' },
    };
    const spec = { desiredState: 'Active', image: 'testbed.invalid/function:1', revision: 1 };
    const kind = { apiVersion: 'pkg.crossplane.io/v1', kind: 'FunctionRevision' };
    apply(['-'], JSON.stringify({ ...kind, metadata, spec }));
    // What the reconciliation would have found in the package.
    const found = { endpoint: `dns:///${address}`, capabilities: ['composition'] };
    const patch = ['patch', 'functionrevisions.pkg.crossplane.io', name, '--subresource=status', '--type=merge'];
    kubectl([...patch, '-p', JSON.stringify({ status: found })]);
  },
};

/** @returns a folder in which both sides find their certificate, their key, and who signs the other's */
function writeCertificates(home) {
  const dir = join(home, 'certificates');
  mkdirSync(dir, { recursive: true });
  const ca = authority(dir, 'ca');
  certificate(dir, 'tls', { ca, subject: { CN: 'crossplane' }, names: ['127.0.0.1', 'localhost'] });
  return dir;
}
