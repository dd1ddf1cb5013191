// Libraries that tasks run scripts with, each in a folder of its own outside the checkout:
//
//   node scripts/testbed/libraries.mjs up [NAME…]   installs what is missing; prints {"libraries", "skipped"}
//   node scripts/testbed/libraries.mjs status       the same without installing anything
//
// From npm: LangChain's core and Transformers (with its ONNX runtime). From PyPI: LangChain's core; and, only when named, since it brings
// PyTorch of Debian: Transformers for Python. Exit code 0 where all are there, 3 where one is not.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folder, say, store } from './shared/store.mjs';

const libraries = {
  node: { npm: ['@langchain/core@1.4.0', '@huggingface/transformers@4.3.1'] },
  'langchain-python': { pypi: ['langchain-core==1.8.1'], python: 'python3', flags: [] },
  'transformers-python': {
    pypi: ['transformers==4.44.2'],
    // The system's own Python sees the system's PyTorch.
    debian: ['python3-torch', 'python3-venv'],
    python: '/usr/bin/python3',
    flags: ['--system-site-packages'],
    long: true,
  },
};

const [action, ...only] = process.argv.slice(2);
if ((action !== 'up' && action !== 'status') || only.some((name) => !(name in libraries))) {
  console.error(`usage: libraries.mjs up|status [${Object.keys(libraries).join('|')}]…`);
  process.exit(2);
}
const names = only.length === 0 ? Object.keys(libraries) : only;
const reasons = {};
if (action === 'up') for (const name of names) bring(name, libraries[name]);
const found = Object.fromEntries(names.map((name) => [name, at(name)]).filter(([, path]) => existsSync(path)));
const skipped = names
  .filter((name) => !(name in found))
  .map((name) => ({ name, reason: reasons[name] ?? 'not installed' }));
for (const { name, reason } of skipped) say(`skipped: ${name}: ${reason}`);
console.log(JSON.stringify({ libraries: found, skipped }));
process.exit(skipped.length === 0 ? 0 : 3);

/** The versions are in the name: other versions are another folder. */
function home(name) {
  const { npm, pypi } = libraries[name];
  const versions = (npm ?? pypi).map((spec) => spec.replace(/^.*?[@=]+(?=\d)/, '')).join('-');
  return join(store, 'libraries', `${name}-${versions}`);
}

function at(name) {
  return join(home(name), libraries[name].npm ? 'node_modules' : 'bin');
}

function bring(name, library) {
  if (existsSync(at(name))) return;
  if (library.long && only.length === 0) {
    reasons[name] = `a large one, made only on demand: node scripts/testbed/libraries.mjs up ${name}`;
    return;
  }
  say(`installing ${(library.npm ?? library.pypi).join(', ')}`);
  const partial = join(folder('libraries'), `.${name}.${process.pid}`);
  const why = library.npm ? fromNpm(library, partial) : fromPypi(library, home(name));
  if (why === undefined) {
    if (library.npm) renameSync(partial, home(name));
    return;
  }
  reasons[name] = why;
  for (const left of [partial, ...(library.npm ? [] : [home(name)])]) rmSync(left, { recursive: true, force: true });
}

function run(program, args, options = {}) {
  const done = spawnSync(program, args, { encoding: 'utf8', ...options });
  return done.status === 0
    ? undefined
    : String(done.error ?? done.stderr)
        .trim()
        .split('\n')
        .at(-1);
}

/** Without scripts: that of the ONNX runtime fetches what is only for graphics cards; the library for the processor is in the package. */
function fromNpm({ npm }, at) {
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, 'package.json'), '{"private":true}\n');
  const why = run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--silent', ...npm], { cwd: at });
  if (why !== undefined) return why;
  const runtimes = join(at, 'node_modules/onnxruntime-node/bin');
  for (const version of existsSync(runtimes) ? readdirSync(runtimes) : []) {
    for (const system of readdirSync(join(runtimes, version)))
      if (system !== process.platform) rmSync(join(runtimes, version, system), { recursive: true });
  }
  return undefined;
}

/** An environment knows where it lies, so it is made in its place. */
function fromPypi({ pypi, debian, python, flags }, at) {
  if (debian !== undefined) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const why = run(
      'apt-get',
      ['-o', 'DPkg::Lock::Timeout=300', 'install', '-y', '-qq', '--no-install-recommends', ...debian],
      { env },
    );
    if (why !== undefined) return why;
  }
  return (
    run(python, ['-m', 'venv', ...flags, at]) ??
    run(join(at, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', ...pypi])
  );
}
