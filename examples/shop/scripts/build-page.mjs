// The page: scripts and styles bundled, minified and named by their content, so that browsers may keep them for ever.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { orFail, releaseFolder, root } from './places.mjs';

await orFail(async () => {
  const outdir = path.join(releaseFolder, 'public');
  const page = path.join(root, 'page');
  mkdirSync(outdir, { recursive: true });
  const { metafile } = await build({
    entryPoints: [path.join(page, 'shop.js'), path.join(page, 'shop.css')],
    bundle: true,
    minify: true,
    target: 'es2022',
    format: 'esm',
    outdir,
    entryNames: '[name]-[hash]',
    metafile: true,
    logLevel: 'warning',
  });
  let html = readFileSync(path.join(page, 'index.html'), 'utf8');
  for (const [file, { entryPoint, bytes }] of Object.entries(metafile.outputs)) {
    const name = path.basename(file);
    html = html.replaceAll(path.basename(entryPoint), name);
    console.log(`${name}: ${bytes} bytes`);
  }
  writeFileSync(path.join(outdir, 'index.html'), html);
});
