// Makes the VSIX: builds, packs with vsce (under the testbed's own Node, which it needs), and holds the result to its budgets.
//   node scripts/package.mjs [--out FILE] [--no-build]
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
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

/** The files of `dist` that the last build made: those of earlier builds stay there for runs that still need them. */
function built() {
  const list = join(root, 'dist', 'files.json');
  if (!existsSync(list)) throw new Error('There is no build: run "npm run build" first.');
  return [...new Set(Object.values(JSON.parse(readFileSync(list, 'utf8'))).flat()), 'dist/LICENSES.txt'];
}

/**
 * A folder with what goes into the package and nothing else: the packer looks at every file below it, which in a checkout are some
 * hundred thousand. @returns its path
 */
function staged() {
  const folder = mkdtempSync(join(tmpdir(), 'code-package-'));
  const rules = readFileSync(join(root, '.vscodeignore'), 'utf8').split('\n');
  const wanted = rules.filter((rule) => rule.startsWith('!')).map((rule) => rule.slice(1));
  const take = (name) => cpSync(join(root, name), join(folder, name), { recursive: true });
  for (const rule of wanted) {
    if (rule === 'dist/**') built().forEach(take);
    else if (rule.endsWith('/**')) {
      if (existsSync(join(root, rule.slice(0, -3)))) take(rule.slice(0, -3));
    } else for (const name of readdirSync(root)) if (pattern(rule).test(name)) take(name);
  }
  // What the editor shows of the extension is for its users. Without pictures: it shows those only that an address on the net has.
  cpSync(join(root, 'docs', 'extension.md'), join(folder, 'README.md'));
  return folder;
}

const pattern = (rule) => new RegExp(`^${rule.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);

function run(command, commandArgs, cwd = root) {
  const result = spawnSync(command, commandArgs, { cwd, encoding: 'utf8' });
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
  const folder = staged();
  const flags = [
    '--no-dependencies',
    '--allow-missing-repository',
    // Nothing is linked by its place in a repository.
    '--no-rewrite-relative-links',
    '--skip-license',
    '--no-git-tag-version',
  ];
  run(at.node, [at.vsce, 'package', ...flags, '--out', out], folder);
  rmSync(folder, { recursive: true, force: true });
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
