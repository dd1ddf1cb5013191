/** What activation costs, counted: the files that are loaded for it, and their size. */
import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { basename, resolve } from 'node:path';
import { fakeVsCode } from './fake-vscode.ts';

const bundle = resolve('dist/extension.cjs');
/** Bytes; a kilobyte costs about a twentieth of a millisecond, and the goal for all of it is ten. */
const MOST = 70_000;

interface Built {
  activate(context: unknown): void;
}
type Load = (request: string, ...rest: unknown[]) => unknown;

describe('the built extension', () => {
  it('loads one file of bounded size when it is activated; clients and readers come when they are used', function () {
    if (!existsSync(bundle)) {
      console.log('    skipped: no built extension (npm run build)');
      this.skip();
    }
    const fake = fakeVsCode('/nowhere', resolve('.'));
    const require = createRequire(import.meta.url);
    const loader = Module as unknown as { _load: Load };
    const load = loader._load;
    loader._load = (request, ...rest) => (request === 'vscode' ? fake.vscode : load.call(Module, request, ...rest));
    try {
      (require(bundle) as Built).activate(fake.context);
      const loaded = Object.keys(require.cache).filter((file) => file.startsWith(resolve('dist')));
      assert.deepEqual(
        loaded.map((file) => basename(file)),
        ['extension.cjs'],
      );
      assert.ok(statSync(bundle).size <= MOST, `${statSync(bundle).size} bytes`);
    } finally {
      loader._load = load;
      for (const each of fake.context.subscriptions) each.dispose();
    }
  });
});
