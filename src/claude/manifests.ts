/** Reads dependency lists of all kinds for what they name: packages, scripts, entry points, members of a monorepo. */
import { isObject, parseJson } from '../core/json.ts';
import type { KNOWN } from './known.ts';

export type Ecosystem = keyof typeof KNOWN;

/** A dependency list and what it says. */
export interface Manifest {
  /** Relative path with `/`. */
  readonly file: string;
  /** Its folder; `.` for the root. */
  readonly dir: string;
  readonly ecosystem: Ecosystem;
  readonly name?: string;
  readonly description?: string;
  readonly dependencies: readonly string[];
  /** What one types for a task, by its name: `test` → `npm test`. */
  readonly commands: Readonly<Record<string, string>>;
  readonly entryPoints: readonly string[];
  /** Globs of the members, where it is a monorepo's root. */
  readonly members: readonly string[];
}

type Fields = Omit<Manifest, 'file' | 'dir' | 'ecosystem' | 'dependencies' | 'commands' | 'entryPoints' | 'members'> &
  Partial<Pick<Manifest, 'dependencies' | 'commands' | 'entryPoints' | 'members'>>;

interface Reader {
  readonly pattern: RegExp;
  readonly ecosystem: Ecosystem;
  /** @param runner what starts scripts in this workspace: `npm`, `pnpm`, … */
  readonly read: (text: string, runner: string) => Fields;
}

const READERS: readonly Reader[] = [
  { pattern: /(?:^|\/)package\.json$/, ecosystem: 'node', read: packageJson },
  { pattern: /(?:^|\/)pyproject\.toml$/, ecosystem: 'python', read: pyproject },
  { pattern: /(?:^|\/)requirements(?:[-_.]\w+)?\.txt$/, ecosystem: 'python', read: requirements },
  { pattern: /(?:^|\/)go\.mod$/, ecosystem: 'go', read: goMod },
  { pattern: /(?:^|\/)Cargo\.toml$/, ecosystem: 'rust', read: cargo },
  { pattern: /(?:^|\/)(?:pom\.xml|build\.gradle(?:\.kts)?)$/, ecosystem: 'java', read: java },
  { pattern: /(?:^|\/)composer\.json$/, ecosystem: 'php', read: composer },
  { pattern: /(?:^|\/)Gemfile$/, ecosystem: 'ruby', read: gemfile },
  { pattern: /\.(?:cs|fs)proj$/, ecosystem: 'dotnet', read: dotnet },
];

export const folderOf = (file: string): string => (file.includes('/') ? file.slice(0, file.lastIndexOf('/')) : '.');

/** All manifests among `files`, the root's first. */
export function readManifests(
  files: readonly string[],
  read: (file: string) => string | undefined,
  runner: string,
): Manifest[] {
  return files
    .flatMap((file): Manifest[] => {
      const reader = READERS.find(({ pattern }) => pattern.test(file));
      const text = reader === undefined ? undefined : read(file);
      if (reader === undefined || text === undefined) return [];
      const base = { file, dir: folderOf(file), ecosystem: reader.ecosystem };
      const nothing = { dependencies: [], commands: {}, entryPoints: [], members: [] };
      return [{ ...base, ...nothing, ...reader.read(text, runner) }];
    })
    .sort((a, b) => depth(a.dir) - depth(b.dir) || a.file.localeCompare(b.file));
}

const depth = (dir: string): number => (dir === '.' ? 0 : dir.split('/').length);
const keysOf = (value: unknown): string[] => (isObject(value) ? Object.keys(value) : []);
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
const named = (name: string | undefined, description: string | undefined): Pick<Fields, 'name' | 'description'> => ({
  ...(name === undefined ? {} : { name }),
  ...(description === undefined ? {} : { description }),
});
const matches = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map((m) => m[1] ?? '');

function packageJson(text: string, runner: string): Fields {
  const json = parseJson(text);
  if (!isObject(json)) return {};
  const scripts = isObject(json['scripts']) ? json['scripts'] : {};
  const workspaces = Array.isArray(json['workspaces'])
    ? json['workspaces']
    : isObject(json['workspaces']) && Array.isArray(json['workspaces']['packages'])
      ? json['workspaces']['packages']
      : [];
  const bin = json['bin'];
  const entryPoints = [
    ...(typeof bin === 'string' ? [bin] : isObject(bin) ? Object.values(bin) : []),
    ...(textOf(json['main']) === undefined ? [] : [json['main']]),
  ].filter((entry): entry is string => typeof entry === 'string');
  return {
    ...named(textOf(json['name']), textOf(json['description'])),
    dependencies: [
      ...keysOf(json['dependencies']),
      ...keysOf(json['devDependencies']),
      ...keysOf(json['peerDependencies']),
    ],
    commands: Object.fromEntries(
      Object.keys(scripts).map((script) => [
        script,
        script === 'test' || script === 'start' ? `${runner} ${script}` : `${runner} run ${script}`,
      ]),
    ),
    entryPoints: [...new Set(entryPoints.map((entry) => entry.replace(/^\.\//, '')))],
    members: workspaces.filter((member): member is string => typeof member === 'string'),
  };
}

/** A table of a TOML file as its lines; enough for lists of names, which is all that is wanted. */
const tomlTable = (text: string, name: string): string =>
  new RegExp(`^\\[${name.replaceAll('.', '\\.')}\\]\\s*$([\\s\\S]*?)(?=^\\[|(?![\\s\\S]))`, 'm').exec(text)?.[1] ?? '';

const tomlText = (table: string, key: string): string | undefined =>
  new RegExp(`^${key}\\s*=\\s*["']([^"'\\n]*)["']`, 'm').exec(table)?.[1];

const pythonName = (requirement: string): string =>
  requirement
    .trim()
    .toLowerCase()
    .split(/[\s<>=!~;[@]/)[0] ?? '';

function pyproject(text: string): Fields {
  const project = tomlTable(text, 'project');
  const poetry = tomlTable(text, 'tool.poetry');
  const lists = [
    ...matches(project, /^dependencies\s*=\s*\[([\s\S]*?)\]\s*$/gm),
    tomlTable(text, 'project.optional-dependencies'),
    tomlTable(text, 'dependency-groups'),
    tomlTable(text, 'build-system'),
  ].join('\n');
  const quoted = matches(lists, /["']([A-Za-z][^"'\n]*)["']/g).map(pythonName);
  const keys = [tomlTable(text, 'tool.poetry.dependencies'), tomlTable(text, 'tool.poetry.group.dev.dependencies')]
    .flatMap((table) => matches(table, /^([A-Za-z][\w.-]*)\s*=/gm))
    .map((name) => name.toLowerCase());
  const tools = matches(text, /^\[tool\.(ruff|black|mypy|pytest|isort|pylint)\b/gm);
  return {
    ...named(
      tomlText(project, 'name') ?? tomlText(poetry, 'name'),
      tomlText(project, 'description') ?? tomlText(poetry, 'description'),
    ),
    dependencies: [...new Set([...quoted, ...keys, ...tools])].filter((name) => name !== 'python'),
    entryPoints: [tomlTable(text, 'project.scripts'), tomlTable(text, 'tool.poetry.scripts')].flatMap((table) =>
      matches(table, /^[\w-]+\s*=\s*["']([^"'\n]+)["']/gm),
    ),
    members: matches(tomlTable(text, 'tool.uv.workspace'), /["']([^"'\n]+)["']/g),
  };
}

function requirements(text: string): Fields {
  const lines = text.split('\n').filter((line) => /^\s*[A-Za-z]/.test(line));
  return { dependencies: lines.map(pythonName) };
}

function goMod(text: string): Fields {
  const module = /^module\s+(\S+)/m.exec(text)?.[1];
  return {
    ...named(module, undefined),
    dependencies: text
      .split('\n')
      .filter((line) => !line.includes('// indirect'))
      .flatMap((line) => /^\s*(?:require\s+)?([\w.-]+\.[a-z]+\/\S+)\s+v\d/.exec(line)?.[1] ?? []),
  };
}

function cargo(text: string): Fields {
  const main = tomlTable(text, 'package');
  return {
    ...named(tomlText(main, 'name'), tomlText(main, 'description')),
    dependencies: ['dependencies', 'dev-dependencies', 'workspace.dependencies'].flatMap((table) =>
      matches(tomlTable(text, table), /^([A-Za-z][\w-]*)\s*[=.]/gm),
    ),
    members: matches(
      /members\s*=\s*\[([\s\S]*?)\]/.exec(tomlTable(text, 'workspace'))?.[1] ?? '',
      /["']([^"'\n]+)["']/g,
    ),
  };
}

function java(text: string): Fields {
  const artifact = /<artifactId>([^<]+)<\/artifactId>/.exec(text.replace(/<parent>[\s\S]*?<\/parent>/, ''))?.[1];
  return {
    ...named(artifact, /<description>([^<]+)<\/description>/.exec(text)?.[1]),
    dependencies: [
      ...matches(text, /<artifactId>([^<]+)<\/artifactId>/g),
      ...matches(text, /["'][\w.-]+:([\w.-]+)(?::[^"']*)?["']/g),
      ...matches(text, /id\s*\(?["']([\w.-]+)["']/g),
    ],
    members: matches(text, /<module>([^<]+)<\/module>/g),
  };
}

function composer(text: string): Fields {
  const json = parseJson(text);
  if (!isObject(json)) return {};
  return {
    ...named(textOf(json['name']), textOf(json['description'])),
    dependencies: [...keysOf(json['require']), ...keysOf(json['require-dev'])],
  };
}

function gemfile(text: string): Fields {
  return { dependencies: matches(text, /^\s*gem\s+["']([\w-]+)["']/gm) };
}

function dotnet(text: string): Fields {
  const packages = matches(text, /<PackageReference\s+Include="([^"]+)"/g);
  return { dependencies: [...packages, ...matches(text, /<Project\s+Sdk="([^"]+)"/g)] };
}
