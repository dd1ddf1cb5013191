// Makes the VSIX: builds, packs with vsce (under the testbed's own Node, which it needs), and holds the result to its budgets.
//   node scripts/package.mjs [--out FILE] [--no-build]
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { workbench } from './testbed/workbench.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const args = process.argv.slice(2);
const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const out = resolve(
  args.includes('--out') ? args[args.indexOf('--out') + 1] : join(root, 'out', `${name}-${version}.vsix`),
);

/** In bytes. */
const BUDGETS = { vsix: 3_000_000, 'dist/extension.cjs': 600_000 };

function run(command, commandArgs) {
  const result = spawnSync(command, commandArgs, { cwd: root, encoding: 'utf8' });
  if (result.status === 0) return;
  console.error(`${result.stdout}${result.stderr}`.trim());
  process.exit(1);
}

try {
  const at = workbench();
  if (!args.includes('--no-build')) {
    rmSync(join(root, 'dist'), { recursive: true, force: true });
    run(process.execPath, ['esbuild.mjs']);
  }
  mkdirSync(dirname(out), { recursive: true });
  run(at.node, [
    at.vsce,
    'package',
    '--no-dependencies',
    '--allow-missing-repository',
    '--skip-license',
    '--no-git-tag-version',
    '--out',
    out,
  ]);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

let over = 0;
for (const [what, most] of Object.entries(BUDGETS)) {
  const size = statSync(what === 'vsix' ? out : join(root, what)).size;
  if (size > most) over++;
  if (size > most) console.error(`${what} has ${size} bytes, ${most} are allowed`);
}
console.log(out);
process.exit(over > 0 ? 1 : 0);
