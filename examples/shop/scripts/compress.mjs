// Brotli beside every file of the page, made once.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress } from 'node:zlib';
import { orFail, releaseFolder } from './places.mjs';

await orFail(async () => {
  const folder = path.join(releaseFolder, 'public');
  const files = readdirSync(folder).filter((name) => !name.endsWith('.br'));
  await Promise.all(
    files.map(async (name) => {
      const bytes = readFileSync(path.join(folder, name));
      const small = await promisify(brotliCompress)(bytes);
      writeFileSync(path.join(folder, `${name}.br`), small);
      console.log(`${name}: ${bytes.length} -> ${small.length} bytes`);
    }),
  );
});
