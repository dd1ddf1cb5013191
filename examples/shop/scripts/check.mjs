// Parses every source file, and nothing more.   node scripts/check.mjs FOLDER…
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { transform } from 'esbuild';
import { orFail, root } from './places.mjs';

const LOADERS = { '.mjs': 'js', '.js': 'js', '.css': 'css' };

await orFail(async () => {
  const files = process.argv
    .slice(2)
    .flatMap((folder) => readdirSync(path.join(root, folder)).map((name) => path.join(folder, name)))
    .filter((file) => path.extname(file) in LOADERS);
  const broken = [];
  await Promise.all(
    files.map((file) =>
      transform(readFileSync(path.join(root, file), 'utf8'), {
        loader: LOADERS[path.extname(file)],
        sourcefile: file,
        logLevel: 'silent',
      }).catch((error) => broken.push(error.message)),
    ),
  );
  if (broken.length > 0) throw new Error(broken.join('\n'));
  console.log(`${files.length} files parse`);
});
