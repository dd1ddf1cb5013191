import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chance, mutated } from './mutate.ts';
import { targets } from './targets.ts';

/** One short pass that is the same on every machine; `npm run fuzz` goes on from here for as long as one likes. */
describe('fuzzing', function () {
  this.timeout(60_000);
  for (const target of targets) {
    it(`finds nothing in ${target.name} over the seeds, all that failed once, and a few hundred inputs made from them`, () => {
      const folder = join(import.meta.dirname, 'regressions', target.name);
      const failedOnce = existsSync(folder) ? readdirSync(folder).map((name) => readFileSync(join(folder, name))) : [];
      const pool = [...target.seeds(), ...failedOnce];
      for (const input of pool) target.run(input);
      const random = chance(1);
      for (let i = 0; i < 300; i++) {
        target.run(mutated(pool[Math.floor(random() * pool.length)] ?? Buffer.alloc(0), pool, target.words, random));
      }
    });
  }
});
