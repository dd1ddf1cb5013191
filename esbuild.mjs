// Bundles the three entry points: the command line (ESM, split into chunks that load when needed), the extension (CommonJS, as
// VS Code wants it) and the webview (browser). `--only cli,extension,webview` narrows, `--watch` rebuilds, `--dev` keeps names and maps.
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import { writeLicences } from './scripts/licences.mjs';
import { mergeChunks } from './scripts/merge-chunks.mjs';

const args = process.argv.slice(2);
const dev = args.includes('--dev');
const only = args.includes('--only')
  ? args[args.indexOf('--only') + 1].split(',')
  : ['cli', 'extension', 'language', 'webview'];

const common = {
  bundle: true,
  minify: !dev,
  keepNames: false,
  sourcemap: dev ? 'linked' : false,
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
  define: { 'process.env.NODE_ENV': '"production"' },
};

/** A package that lies beside the bundle instead of in it. */
const apart = (name, file) => ({
  name: `apart: ${name}`,
  setup: (build) =>
    build.onResolve({ filter: new RegExp(`^${name.replaceAll('.', '\\.')}$`) }, () => ({ path: file, external: true })),
});

/** Large data as a text that is parsed: three times as fast as the same data as a program, which has to be compiled. */
const parsedJson = {
  name: 'parsed json',
  setup: (build) =>
    build.onLoad({ filter: /[\\/]catalogue\.json$/ }, ({ path }) => {
      const text = JSON.stringify(JSON.parse(readFileSync(path, 'utf8')));
      return { loader: 'js', contents: `export default JSON.parse(${JSON.stringify(text)});` };
    }),
};

/** `fdir` looks for a matcher wherever it was installed from, and here none is wanted: `tinyglobby` brings its own along. */
const noSearch = {
  name: 'fdir without a search',
  setup: (build) =>
    build.onLoad({ filter: /[\\/]fdir[\\/]dist[\\/]index\.mjs$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const found = text.split('pm = __require("picomatch");');
      if (found.length !== 2) throw new Error(`${path} does not look for picomatch as it did: see esbuild.mjs`);
      return { loader: 'js', contents: found.join('').replace('__require.resolve("picomatch");', '') };
    }),
};

const targets = {
  cli: {
    ...common,
    entryPoints: { cli: 'src/cli/entry.ts' },
    outdir: 'dist',
    platform: 'node',
    target: 'node20',
    format: 'esm',
    splitting: true,
    // hcl2json asks for a module of this name only where the global of that name is missing, which it never is here.
    external: ['performance'],
    chunkNames: 'chunks/[name]-[hash]',
    plugins: [parsedJson, noSearch],
    // Some bundled packages are CommonJS and call require for Node's own modules. Few chunks do, so it is made when it is first called.
    banner: {
      js: "import{createRequire as __cr}from'node:module';let __rq;const __lr=()=>__rq??=__cr(import.meta.url),require=Object.assign(i=>__lr()(i),{resolve:(...a)=>__lr().resolve(...a)});",
    },
  },
  extension: {
    ...common,
    entryPoints: { extension: 'src/extension/activate.ts' },
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['vscode'],
    plugins: [
      apart('vscode-languageclient/node', './language-client.cjs'),
      apart('./line.ts', './line.cjs'),
      apart('./later.ts', './later.cjs'),
    ],
  },
  // What the extension needs later or never lies beside its bundle, for what is not there need not be read on every start.
  language: {
    ...common,
    entryPoints: {
      'language-client': 'node_modules/vscode-languageclient/lib/node/main.js',
      line: 'src/extension/engine/line.ts',
      later: 'src/extension/later.ts',
    },
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['vscode'],
  },
  webview: {
    ...common,
    entryPoints: {
      monitor: 'src/webview/monitor.ts',
      review: 'src/webview/review.ts',
      layout: 'src/webview/graph/worker.ts',
    },
    outdir: 'dist/webview',
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
  },
};

/**
 * What scoring plans opens (src/planner/evaluate/hcl-parser.ts) lies beside the bundle and is no part of the package: it would be twice as
 * large.
 */
const HCL = { file: 'dist/chunks/hcl.wasm.gz', from: 'node_modules/@cdktn/hcl2json/main.wasm.gz' };
/** Which files each part of the build is made of: what the package holds. */
const LIST = 'dist/files.json';

const metafiles = [];
const lists = existsSync(LIST) ? JSON.parse(readFileSync(LIST, 'utf8')) : {};
for (const name of only) {
  const options = targets[name];
  if (!existsSync(Object.values(options.entryPoints)[0])) continue;
  if (args.includes('--watch')) {
    await (await esbuild.context(options)).watch();
    continue;
  }
  const { metafile, files } = name === 'cli' && !dev ? await buildMerged(options) : await build(options);
  metafiles.push(metafile);
  if (name === 'cli') copyFileSync(HCL.from, HCL.file);
  lists[name] = [...files].sort();
}
if (metafiles.length > 0) writeFileSync(LIST, JSON.stringify(lists, null, 2));
if (!args.includes('--watch')) dropStaleChunks(metafiles);
if (existsSync('dist/cli.js')) chmodSync('dist/cli.js', 0o755);
if (only.length === Object.keys(targets).length && metafiles.length > 0) writeLicences(metafiles, 'dist/LICENSES.txt');

async function build(options) {
  const { metafile } = await esbuild.build(options);
  return { metafile, files: Object.keys(metafile.outputs) };
}

async function buildMerged(options) {
  const built = await esbuild.build({ ...options, write: false });
  const files = await mergeChunks(built, options.outdir);
  mkdirSync(join(options.outdir, 'chunks'), { recursive: true });
  for (const [path, contents] of files) writeFileSync(path, contents);
  for (const path of files.keys()) built.metafile.outputs[path] ??= { inputs: {}, imports: [], exports: [], bytes: 0 };
  return { metafile: built.metafile, files: [...files.keys()] };
}

/**
 * A run that was started from an earlier build still loads its chunks, so they stay for a while; `--clean` (packaging) keeps none.
 * @param metafiles of the builds that were just made
 */
function dropStaleChunks(metafiles) {
  if (!existsSync('dist/chunks')) return;
  const built = new Set([
    ...metafiles.flatMap(({ outputs }) => Object.keys(outputs)),
    ...Object.values(lists).flat(),
    HCL.file,
  ]);
  if (![...built].some((file) => file.startsWith('dist/chunks/'))) return;
  const keptMs = args.includes('--clean') ? 0 : 3_600_000;
  for (const name of readdirSync('dist/chunks')) {
    const file = `dist/chunks/${name}`;
    if (!built.has(file) && Date.now() - statSync(file).mtimeMs >= keptMs) rmSync(file);
  }
}
