// Makes the VSIX: builds, packs with vsce (under the testbed's own Node, which it needs), and holds the result to its budgets.
//   node scripts/package.mjs [--out FILE] [--no-build]
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
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

/**
 * The files of `dist` that are reached from its entry points: chunks of earlier builds stay there for runs that still need them, and
 * are no part of the package.
 */
function reached() {
  const dist = join(root, 'dist');
  const found = new Set();
  const names = readdirSync(dist, { recursive: true, encoding: 'utf8' }).map((name) => name.replaceAll('\\', '/'));
  const chunks = new Set(names.filter((name) => /^chunks\/./.test(name)));
  const visit = (name) => {
    if (found.has(name)) return;
    found.add(name);
    if (!/\.[cm]?js$/.test(name)) return;
    const text = readFileSync(join(dist, name), 'utf8');
    for (const [, file] of text.matchAll(/["'`](?:\.{0,2}\/)*(?:chunks\/)?([\w.~-]+\.(?:js|wasm|json))["'`]/g)) {
      if (chunks.has(`chunks/${file}`)) visit(`chunks/${file}`);
    }
  };
  for (const name of names) if (!name.startsWith('chunks') && statSync(join(dist, name)).isFile()) visit(name);
  return [...found].sort();
}

function ignoreFile() {
  const file = join(mkdtempSync(join(tmpdir(), 'code-package-')), 'ignore');
  const rules = readFileSync(join(root, '.vscodeignore'), 'utf8').replace(
    '!dist/**',
    reached()
      .map((name) => `!dist/${name}`)
      .join('\n'),
  );
  writeFileSync(file, rules);
  return file;
}

function run(command, commandArgs) {
  const result = spawnSync(command, commandArgs, { cwd: root, encoding: 'utf8' });
  if (result.status === 0) return;
  console.error(`${result.stdout}${result.stderr}`.trim());
  process.exit(1);
}

try {
  const at = workbench();
  if (!args.includes('--no-build')) {
    run(process.execPath, ['esbuild.mjs']);
  }
  mkdirSync(dirname(out), { recursive: true });
  run(at.node, [
    at.vsce,
    'package',
    '--no-dependencies',
    '--allow-missing-repository',
    // The pictures of the README come with the repository, wherever it lies.
    '--no-rewrite-relative-links',
    '--ignoreFile',
    ignoreFile(),
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
