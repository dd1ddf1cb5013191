// One file that runs anywhere Node runs: the API with all that it imports.
import { statSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { orFail, releaseFolder, root } from './places.mjs';

await orFail(async () => {
  const outfile = path.join(releaseFolder, 'api.mjs');
  const common = { bundle: true, minify: true, platform: 'node', target: 'node20', format: 'esm', logLevel: 'warning' };
  await build({ ...common, entryPoints: [path.join(root, 'api', 'server.mjs')], outfile });
  await build({
    ...common,
    entryPoints: [path.join(root, 'page', 'server.mjs')],
    outfile: path.join(releaseFolder, 'web.mjs'),
  });
  for (const name of ['api.mjs', 'web.mjs'])
    console.log(`${name}: ${statSync(path.join(releaseFolder, name)).size} bytes`);
});
