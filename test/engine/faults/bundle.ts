/**
 * Bundles the harness and runs it. In the bundle, modules that load later come at once, and the calls that would wait for the real
 * system do not: so the same seed is the same run, event for event.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';

/** Folders cannot be watched here, so locks are polled, in virtual time; and closing a file is done when it returns. */
const FILE_SYSTEM = `
export * from 'node:fs';
import { closeSync } from 'node:fs';
export function watch() { throw new Error('no watches'); }
export function close(file, done) { closeSync(file); done(null); }
`;

const quietFileSystem: Plugin = {
  name: 'quiet file system',
  setup(build) {
    build.onResolve({ filter: /^node:fs$/ }, ({ namespace }) =>
      namespace === 'quiet' ? { path: 'node:fs', external: true } : { path: 'fs', namespace: 'quiet' },
    );
    build.onLoad({ filter: /.*/, namespace: 'quiet' }, () => ({ contents: FILE_SYSTEM, loader: 'js' }));
  },
};

/** A defect that is put into the engine, to see that it is found. */
export interface Sabotage {
  /** Below `src/engine`. */
  readonly file: string;
  readonly instead: string;
  readonly of: string;
}

const sabotaging = ({ file, of, instead }: Sabotage): Plugin => ({
  name: 'sabotage',
  setup(build) {
    build.onLoad({ filter: new RegExp(`src[\\\\/]engine[\\\\/]${file.replace('.', '\\.')}$`) }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      if (!text.includes(of)) throw new Error(`${file} has changed: choose another defect for it than that of "${of}"`);
      return { contents: text.replace(of, () => instead), loader: 'ts' };
    });
  },
});

/** @returns the path of the program */
export async function bundleHarness(outfile: string, sabotage?: Sabotage): Promise<string> {
  await build({
    entryPoints: [join(import.meta.dirname, 'harness.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'silent',
    sourcemap: 'inline',
    plugins: [quietFileSystem, ...(sabotage === undefined ? [] : [sabotaging(sabotage)])],
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  });
  return outfile;
}

export interface Sum {
  seeds: number;
  lives: number;
  faults: number;
  processes: number;
  events: number;
  violated: number;
}

export interface Found {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly smaller?: unknown;
}

/** Plays `count` seeds from `from` on, in a process of its own. @throws where that does not come to its end */
export function playSeeds(
  program: string,
  place: string,
  from: number,
  count: number,
  shrinks = false,
): Promise<{ sum: Sum; found: Found[] }> {
  const args = ['--enable-source-maps', program, String(from), String(count), place, ...(shrinks ? ['shrink'] : [])];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, CODE_ENGINE_HOME: join(place, 'home') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const lines = out.split('\n').filter(Boolean);
      const told = lines.map((line) => JSON.parse(line) as Found | { sum: Sum });
      const last = told.at(-1);
      if (last === undefined || !('sum' in last)) reject(new Error(`The harness ended with ${code ?? signal}: ${out}`));
      else resolve({ sum: last.sum, found: told.filter((one): one is Found => 'seed' in one) });
    });
  });
}
