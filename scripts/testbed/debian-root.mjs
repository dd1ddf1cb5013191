// A small Debian (debootstrap, about 206 MB, 20 to 60 s), kept outside the checkout. Tests copy it and set the copy up as if it were
// a WSL distribution.
//
//   node scripts/testbed/debian-root.mjs up       makes it where it is not there; prints {"root"}
//   node scripts/testbed/debian-root.mjs status   prints it, or exits with 3
import { spawnSync } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { folder, say } from './shared/store.mjs';

const root = join(folder('debian'), 'root');
const [action] = process.argv.slice(2);
if (action !== 'up' && action !== 'status') {
  console.error('usage: debian-root.mjs up|status');
  process.exit(2);
}
if (action === 'up' && !existsSync(root)) make();
if (!existsSync(root)) process.exit(3);
console.log(JSON.stringify({ root }));

function make() {
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).status !== 0) {
    say('skipped: debian-root: Debian’s package manager and root are needed');
    return;
  }
  if (spawnSync('debootstrap', ['--version']).status !== 0) {
    const apt = (...args) => spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=300', '-qq', ...args]);
    if (apt('install', '-y', 'debootstrap').status !== 0) apt('update');
    apt('install', '-y', 'debootstrap');
  }
  const fresh = `${root}.new`;
  rmSync(fresh, { recursive: true, force: true });
  say('making a small Debian (about a minute)');
  const made = spawnSync('debootstrap', ['--variant=minbase', 'bookworm', fresh], { encoding: 'utf8' });
  if (made.status === 0) renameSync(fresh, root);
  else say(`skipped: debian-root: ${made.error?.message ?? made.stdout.trim().split('\n').at(-1)}`);
}
