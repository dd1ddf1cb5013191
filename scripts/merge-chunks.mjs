// Fewer files to load. esbuild's splitting makes one chunk for each set of entry points that share code, and with some eighty entry
// points (each command, each task type) a single command loads dozens of them, each with its own search, read and wait. Here the
// chunks that the same hot processes load become one file; nothing is loaded or run by a process that it did not load before.
import { createHash } from 'node:crypto';
import { dirname, posix } from 'node:path';
import * as esbuild from 'esbuild';

const COMMAND = ['src/cli/entry.ts', 'src/cli/main.ts'];
const INTERNAL = ['src/cli/entry.ts', 'src/cli/commands/internal.ts'];

/** What starts often or is waited for, each with the modules that it loads one after the other. */
const HOT = {
  help: COMMAND,
  validate: [...COMMAND, 'src/cli/commands/validate.ts', 'src/cli/render/checked.ts'],
  graph: [...COMMAND, 'src/cli/commands/graph.ts'],
  types: [...COMMAND, 'src/cli/commands/types.ts'],
  run: [...COMMAND, 'src/cli/commands/run.ts', 'src/cli/local-path.ts', 'src/cli/start-run.ts'],
  runs: [...COMMAND, 'src/cli/commands/runs.ts', 'src/cli/commands/runs-list.ts'],
  relay: [...COMMAND, 'src/cli/commands/serve.ts'],
  language: [...COMMAND, 'src/cli/commands/lsp.ts', 'src/cli/lsp/server.ts'],
  supervisor: [...INTERNAL, 'src/engine/supervisor.ts', 'src/tasks/shell.ts'],
  host: [...INTERNAL, 'src/engine/host.ts'],
};

/**
 * @param built an esbuild result with splitting, `metafile` and `write: false`
 * @param folder where it is to lie; chunks lie in `chunks` below it
 * @returns {Promise<Map<string, Uint8Array>>} paths, relative to the working directory, with what they hold
 */
export async function mergeChunks(built, folder) {
  const chunks = readChunks(built, folder);
  const groups = groupsOf(chunks);
  const names = newNames(chunks, groups);
  const result = await esbuild.build({
    entryPoints: [
      ...[...groups].map(([group, members]) => ({ in: `group:${group}`, out: without(names.get(members[0])) })),
      ...[...chunks.keys()]
        .filter((name) => !isGrouped(chunks, name))
        .map((name) => ({ in: `chunk:${name}`, out: without(names.get(name)) })),
    ],
    outdir: folder,
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    legalComments: 'none',
    logLevel: 'error',
    plugins: [joined(chunks, groups, names)],
  });
  return new Map(result.outputFiles.map(({ path, contents }) => [posix.relative(process.cwd(), path), contents]));
}

/** Each output by its path below the folder: its text, what it exports, imports, and the hot processes that load it. */
function readChunks({ metafile, outputFiles }, folder) {
  const texts = new Map(outputFiles.map(({ path, text }) => [posix.relative(process.cwd(), path), text]));
  const chunks = new Map();
  const entries = new Map();
  for (const [path, { exports, imports, entryPoint }] of Object.entries(metafile.outputs)) {
    const name = posix.relative(folder, path);
    const needs = imports
      .filter(({ kind, external }) => kind === 'import-statement' && !external)
      .map((one) => posix.relative(folder, one.path));
    chunks.set(name, { text: texts.get(path), exports, needs, isEntry: entryPoint !== undefined, loadedBy: '' });
    if (entryPoint !== undefined) entries.set(entryPoint, name);
  }
  for (const [process_, modules] of Object.entries(HOT)) {
    const seen = new Set();
    const visit = (name) => {
      if (seen.has(name)) return;
      seen.add(name);
      for (const need of chunks.get(name).needs) visit(need);
    };
    for (const module of modules) {
      const entry = entries.get(module);
      if (entry === undefined)
        throw new Error(`${module} is no entry point any more: see HOT in scripts/merge-chunks.mjs`);
      visit(entry);
    }
    for (const name of seen) chunks.get(name).loadedBy += `${process_} `;
  }
  return chunks;
}

/** An entry is asked for by its own name, so it stays a file of its own. */
const isGrouped = (chunks, name) => chunks.get(name).loadedBy !== '' && !chunks.get(name).isEntry;

function groupsOf(chunks) {
  const groups = new Map();
  for (const name of [...chunks.keys()].sort()) {
    if (!isGrouped(chunks, name)) continue;
    const { loadedBy } = chunks.get(name);
    groups.set(loadedBy, [...(groups.get(loadedBy) ?? []), name]);
  }
  return groups;
}

/**
 * A chunk's name tells its content. What a chunk holds now depends on the groups too, so they are a part of every name; a run that was
 * started by an earlier build then goes on with that build's files.
 */
function newNames(chunks, groups) {
  const all = createHash('sha256')
    .update(JSON.stringify([...groups]))
    .digest('hex');
  const hashed = (text) => createHash('sha256').update(all).update(text).digest('hex').slice(0, 8).toUpperCase();
  const names = new Map();
  for (const name of chunks.keys()) {
    names.set(name, name.includes('/') ? name.replace(/-[A-Z0-9]{8}\.js$/, `-${hashed(name)}.js`) : name);
  }
  for (const [group, members] of groups) for (const name of members) names.set(name, `chunks/core-${hashed(group)}.js`);
  return names;
}

const without = (name) => name.replace(/\.js$/, '');
const nickname = (chunks, name, exported) => `c${[...chunks.keys()].indexOf(name)}_${exported}`;

/** Members of a group become one module; who imports from one of them imports from the group. */
function joined(chunks, groups, names) {
  const from = (importer, name) => {
    const path = posix.relative(dirname(importer), names.get(name));
    return path.startsWith('.') ? path : `./${path}`;
  };
  return {
    name: 'merge chunks',
    setup(build) {
      build.onResolve({ filter: /^(group|chunk):/ }, ({ path, kind, importer, namespace }) => {
        const [, space, name] = /^(\w+):(.*)$/s.exec(path);
        return kind === 'entry-point' || namespace === 'group' ? { path: name, namespace: space } : { path: importer };
      });
      build.onResolve({ filter: /^\./ }, ({ path, kind, importer }) => {
        const name = posix.join(dirname(importer), path);
        if (!chunks.has(name)) return { path, external: true };
        const outer = from(importer, name);
        if (kind === 'dynamic-import' || !isGrouped(chunks, name)) return { path: outer, external: true };
        if (names.get(importer) === names.get(name)) return { path: name, namespace: 'chunk' };
        return { path: `${outer} ${name}`, namespace: 'stand-in' };
      });
      build.onResolve({ filter: /^outer:/ }, ({ path }) => ({ path: path.slice(6), external: true }));
      build.onResolve({ filter: /^[^./]/ }, ({ path }) => ({ path, external: true }));
      build.onLoad({ filter: /.*/, namespace: 'chunk' }, ({ path }) => ({
        contents: chunks.get(path).text,
        loader: 'js',
      }));
      build.onLoad({ filter: /.*/, namespace: 'group' }, ({ path }) => ({
        contents: groups
          .get(path)
          .map((name) =>
            exportsFrom(`chunk:${name}`, name, (exported) => `${exported} as ${nickname(chunks, name, exported)}`),
          )
          .join('\n'),
        loader: 'js',
      }));
      build.onLoad({ filter: /.*/, namespace: 'stand-in' }, ({ path }) => {
        const [outer, name] = path.split(' ');
        return {
          contents: exportsFrom(
            `outer:${outer}`,
            name,
            (exported) => `${nickname(chunks, name, exported)} as ${exported}`,
          ),
          loader: 'js',
        };
      });
    },
  };

  function exportsFrom(path, name, each) {
    const { exports } = chunks.get(name);
    if (exports.length === 0) return `import ${JSON.stringify(path)};`;
    return `export { ${exports.map(each).join(', ')} } from ${JSON.stringify(path)};`;
  }
}
