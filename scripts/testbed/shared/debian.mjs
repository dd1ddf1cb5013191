// Debian's packages, where this machine has them and we are root.
import { spawnSync } from 'node:child_process';
import { say } from './store.mjs';

/** @returns why they could not be installed; undefined where they are there */
export function installDebian(packages) {
  const wanted = [...new Set(packages)];
  if (wanted.length === 0) return undefined;
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).status !== 0)
    return 'Debian’s package manager and root are needed';
  say(`installing ${wanted.join(', ')}`);
  const apt = (...args) =>
    spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=300', '-qq', ...args], {
      encoding: 'utf8',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  // The list of a fresh machine may be empty: ask again with a new one.
  const install = () => apt('install', '-y', '--no-install-recommends', ...wanted);
  if (install().status === 0) return undefined;
  apt('update');
  const second = install();
  return second.status === 0 ? undefined : second.stderr.trim().split('\n').at(-1);
}
