import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A copy of the built command line, so that a build meanwhile disturbs nobody. @param to a new folder @returns its path */
export function copyEngine(engine: string, to: string): string {
  if (!existsSync(engine)) throw new Error(`${engine} is not built: npm run build`);
  mkdirSync(to);
  writeFileSync(join(to, 'package.json'), '{"type":"module"}');
  cpSync(engine, join(to, 'cli.js'));
  cpSync(join(dirname(engine), 'chunks'), join(to, 'chunks'), { recursive: true });
  return join(to, 'cli.js');
}
