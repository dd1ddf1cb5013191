/** What code can say about a workspace by looking: languages, frameworks, services, entry points, commands, how it is deployed. */
import { factsFrom, type WorkspaceFacts } from '../planner/context/facts.ts';
import { conventionsOf, type Convention } from './conventions.ts';
import { deploymentOf, type Deployment } from './deployment.ts';
import { recognised, type Role } from './known.ts';
import { languagesOf, type LanguageShare } from './languages.ts';
import { readManifests, type Manifest } from './manifests.ts';

/** A part of a monorepo, or the only part there is. */
export interface Part {
  /** Its folder; `.` for the root. */
  readonly dir: string;
  readonly name: string;
  readonly ecosystem: string;
  readonly description?: string;
  readonly frameworks: readonly string[];
}

export interface EntryPoint {
  readonly path: string;
  readonly what: string;
}

/** A command of this workspace, found in a file. */
export interface WorkspaceCommand {
  /** `build`, `test`, `lint`, `start`, … */
  readonly name: string;
  readonly run: string;
  readonly from: string;
}

export interface Analysis {
  readonly name: string;
  readonly description?: string;
  readonly languages: readonly LanguageShare[];
  readonly frameworks: readonly string[];
  readonly tools: readonly string[];
  readonly stores: readonly string[];
  readonly parts: readonly Part[];
  /** A file says so, or several parts lie side by side in a folder for parts. */
  readonly monorepo: boolean;
  readonly entryPoints: readonly EntryPoint[];
  readonly commands: readonly WorkspaceCommand[];
  readonly deployment: Deployment;
  readonly conventions: readonly Convention[];
  readonly manifests: readonly Manifest[];
  /** Top folders with their number of files, the fullest first. */
  readonly folders: readonly { readonly dir: string; readonly files: number }[];
  readonly platforms: readonly ('linux' | 'wsl' | 'windows' | 'macos')[];
  /** Only so many files were looked at; there are more. */
  readonly truncated: boolean;
}

export type Read = (file: string) => string | undefined;

/**
 * @param name of the folder
 * @param files relative paths with `/`; what must not be looked at is not among them
 * @param read the text of a file, or nothing where it must not or cannot be read
 */
export function analyse(name: string, files: readonly string[], read: Read, truncated = false): Analysis {
  const manifests = readManifests(files, read, runnerOf(files));
  const facts = factsFrom(name, files, read);
  const main = manifests.find((m) => m.dir === '.');
  const description = main?.description ?? readmeSummary(read('README.md'));
  return {
    name: main?.name ?? name,
    ...(description === undefined ? {} : { description }),
    languages: languagesOf(files),
    frameworks: all(manifests, 'framework'),
    tools: all(manifests, 'tool'),
    stores: all(manifests, 'store'),
    parts: partsOf(manifests),
    monorepo: isMonorepo(files, manifests),
    entryPoints: entryPointsOf(files, manifests, facts, read),
    commands: commandsOf(files, manifests, read),
    deployment: deploymentOf(files, facts, read),
    conventions: conventionsOf(files, read),
    manifests,
    folders: foldersOf(files),
    platforms: platformsOf(files),
    truncated,
  };
}

/** Whose lock file lies at the root runs the scripts. */
function runnerOf(files: readonly string[]): string {
  if (files.includes('pnpm-lock.yaml')) return 'pnpm';
  if (files.includes('yarn.lock')) return 'yarn';
  if (files.includes('bun.lockb') || files.includes('bun.lock')) return 'bun';
  return 'npm';
}

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];

const all = (manifests: readonly Manifest[], role: Role): string[] =>
  unique(manifests.flatMap((m) => recognised(m.ecosystem, m.dependencies, role)));

/** Folders with a dependency list of their own; several lists of one folder are one part. */
function partsOf(manifests: readonly Manifest[]): Part[] {
  const parts = new Map<string, Part>();
  for (const m of manifests) {
    if (/(?:^|\/)(?:tests?|fixtures?|examples?|testdata)(?:\/|$)/.test(m.dir)) continue;
    const before = parts.get(m.dir);
    const description = before?.description ?? m.description;
    parts.set(m.dir, {
      dir: m.dir,
      name: before?.name ?? m.name ?? m.dir.split('/').at(-1) ?? m.dir,
      ecosystem: before?.ecosystem ?? m.ecosystem,
      ...(description === undefined ? {} : { description }),
      frameworks: unique([...(before?.frameworks ?? []), ...recognised(m.ecosystem, m.dependencies, 'framework')]),
    });
  }
  return [...parts.values()].slice(0, 60);
}

function isMonorepo(files: readonly string[], manifests: readonly Manifest[]): boolean {
  if (manifests.some((m) => m.members.length > 0)) return true;
  if (files.some((f) => /^(?:pnpm-workspace\.yaml|lerna\.json|nx\.json|turbo\.json|rush\.json|go\.work)$/.test(f)))
    return true;
  const beside = manifests.filter((m) => /^(?:packages|apps|services|libs|modules|components)\/[^/]+$/.test(m.dir));
  return new Set(beside.map((m) => m.dir)).size > 1;
}

/** Files by whose name a program begins, with what that name means. */
const STARTS: readonly (readonly [RegExp, string])[] = [
  [/(?:^|\/)manage\.py$/, 'Django’s own command'],
  [/(?:^|\/)(?:main|app|wsgi|asgi|__main__)\.py$/, 'Python program'],
  [/(?:^|\/)cmd\/[^/]+\/main\.go$/, 'Go command'],
  [/^main\.go$/, 'Go command'],
  [/(?:^|\/)src\/main\.rs$/, 'Rust program'],
  [/(?:^|\/)src\/bin\/[^/]+\.rs$/, 'Rust program'],
  [/(?:^|\/)\w*Application\.(?:java|kt)$/, 'Java application'],
  [/(?:^|\/)Program\.cs$/, '.NET program'],
  [/^(?:(?:[\w-]+\/)?[\w-]+\/)?(?:src\/)?(?:server|index|main)\.(?:js|mjs|cjs|ts)$/, 'Node module by its name'],
  [/^(?:src\/)?(?:index|main)\.html$/, 'page of a web application'],
];

function entryPointsOf(
  files: readonly string[],
  manifests: readonly Manifest[],
  facts: WorkspaceFacts,
  read: Read,
): EntryPoint[] {
  const found: EntryPoint[] = manifests.flatMap((m) =>
    m.entryPoints.map((entry) => ({
      path: m.dir === '.' || entry.includes(':') ? entry : `${m.dir}/${entry}`,
      what: `named in ${m.file}`,
    })),
  );
  for (const build of facts.builds) {
    const text = read(build.file) ?? '';
    const starts = [...text.matchAll(/^\s*(?:CMD|ENTRYPOINT)\s+(.+)$/gim)].at(-1)?.[1]?.trim();
    if (starts !== undefined)
      found.push({
        path: build.file,
        what: `image that starts ${starts}${build.port === undefined ? '' : `, port ${build.port}`}`,
      });
  }
  const byName = files
    .filter((file) => !/(?:^|\/)(?:tests?|__tests__|spec|fixtures?|examples?|node_modules|docs?)\//.test(file))
    .flatMap((path): EntryPoint[] => {
      const what = STARTS.find(([pattern]) => pattern.test(path))?.[1];
      return what === undefined ? [] : [{ path, what }];
    })
    .sort((a, b) => a.path.split('/').length - b.path.split('/').length || a.path.localeCompare(b.path));
  const seen = new Set<string>();
  return [...found, ...byName].filter(({ path }) => !seen.has(path) && seen.add(path)).slice(0, 25);
}

const COMMANDS =
  /^(?:build|test|tests|lint|format|fmt|check|types?|typecheck|start|dev|serve|run|up|deploy|e2e|migrate|clean|install|generate)(?:[:_-]\w+)?$/;

function commandsOf(files: readonly string[], manifests: readonly Manifest[], read: Read): WorkspaceCommand[] {
  const found: WorkspaceCommand[] = [];
  const add = (name: string, run: string, from: string): void => {
    if (COMMANDS.test(name) && !found.some((c) => c.name === name && c.run === run)) found.push({ name, run, from });
  };
  for (const m of manifests.filter((one) => one.dir === '.'))
    for (const [name, run] of Object.entries(m.commands)) add(name, run, m.file);
  for (const file of files.filter((f) => /^(?:GNUmakefile|[Mm]akefile)$/.test(f)))
    for (const [, target = ''] of (read(file) ?? '').matchAll(/^([a-z][\w-]*)\s*:(?!=)/gm))
      add(target, `make ${target}`, file);
  for (const file of files.filter((f) => /^Taskfile\.ya?ml$/.test(f))) {
    const tasks = /^tasks:\s*$([\s\S]*?)(?=^\S|(?![\s\S]))/m.exec(read(file) ?? '')?.[1] ?? '';
    for (const [, task = ''] of tasks.matchAll(/^ {2}([a-z][\w:-]*):/gm)) add(task, `task ${task}`, file);
  }
  for (const file of files.filter((f) => /^\.?justfile$/i.test(f)))
    for (const [, recipe = ''] of (read(file) ?? '').matchAll(/^([a-z][\w-]*)[^:=\n]*:(?!=)/gm))
      add(recipe, `just ${recipe}`, file);
  const has = (ecosystem: string): string | undefined =>
    manifests.find((m) => m.dir === '.' && m.ecosystem === ecosystem)?.file;
  const usual: readonly (readonly [string | undefined, readonly (readonly [string, string])[]])[] = [
    [has('go'), [['build', 'go build ./...'], ['test', 'go test ./...']]],
    [has('rust'), [['build', 'cargo build'], ['test', 'cargo test']]],
    [files.find((f) => f === 'pom.xml'), [['build', 'mvn package'], ['test', 'mvn test']]],
    [files.find((f) => /^build\.gradle/.test(f)), [['build', './gradlew build'], ['test', './gradlew test']]],
    [manifests.some((m) => m.dependencies.includes('pytest')) ? has('python') : undefined, [['test', 'pytest']]],
  ]; // prettier-ignore
  for (const [from, commands] of usual) {
    if (from === undefined) continue;
    for (const [name, run] of commands) if (!found.some((c) => c.name === name)) add(name, run, from);
  }
  return found.slice(0, 30);
}

function foldersOf(files: readonly string[]): { dir: string; files: number }[] {
  const counts = new Map<string, number>();
  for (const file of files) {
    const [top] = file.split('/');
    if (top !== undefined && file.includes('/') && !top.startsWith('.')) counts.set(top, (counts.get(top) ?? 0) + 1);
  }
  return [...counts]
    .map(([dir, count]) => ({ dir, files: count }))
    .sort((a, b) => b.files - a.files || a.dir.localeCompare(b.dir))
    .slice(0, 20);
}

function platformsOf(files: readonly string[]): Analysis['platforms'] {
  const windows = files.some((f) => /\.(?:ps1|bat|cmd|sln|csproj)$/.test(f));
  const wsl = files.some((f) => /wsl/i.test(f.split('/').at(-1) ?? ''));
  const mac = files.some((f) => /\.(?:xcodeproj|plist|podspec)$|(?:^|\/)(?:Brewfile|Podfile)$/.test(f));
  return ['linux', ...(windows || wsl ? (['wsl', 'windows'] as const) : []), ...(mac ? (['macos'] as const) : [])];
}

/** The first sentence-like paragraph of a README. */
function readmeSummary(text: string | undefined): string | undefined {
  const paragraph = text
    ?.split(/\n\s*\n/)
    .map((p) => p.replace(/\s+/g, ' ').trim())
    .find((p) => /^[A-Za-z*_`"]/.test(p) && p.length > 20 && !/^(?:\[!|!\[|<)/.test(p));
  if (paragraph === undefined) return undefined;
  return paragraph.length > 240 ? `${paragraph.slice(0, 237)}...` : paragraph;
}
