/** What code, not a model, knows about a workspace: its files by name, and what they say about languages, images, charts and modules. */

/** An image that can be built. */
export interface BuildFact {
  /** `Dockerfile` or `Containerfile`, relative to the root. */
  readonly file: string;
  /** Its folder; `.` for the root. */
  readonly dir: string;
  /** The first port that it exposes. */
  readonly port?: number;
}

export interface WorkspaceFacts {
  /** Name of the folder. */
  readonly name: string;
  /** Relative paths with `/`, sorted; a selection where there are very many. */
  readonly files: readonly string[];
  readonly languages: readonly string[];
  readonly builds: readonly BuildFact[];
  /** Folders with a `Chart.yaml`. */
  readonly charts: readonly string[];
  /** Folders with `*.tf` files. */
  readonly modules: readonly string[];
  /** Folders with manifests. */
  readonly manifests: readonly string[];
  readonly composeFiles: readonly string[];
  /** Folders of policies for OPA. */
  readonly policies: readonly string[];
  /** Package scripts: `test`, `lint`, `build`. */
  readonly scripts: readonly string[];
}

const folder = (path: string): string => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.');
const unique = (values: readonly string[]): string[] => [...new Set(values)];

const LANGUAGES: readonly (readonly [RegExp, string])[] = [
  [/(?:^|\/)package\.json$|\.[cm]?[jt]sx?$/, 'node'],
  [/(?:^|\/)(?:requirements\.txt|pyproject\.toml|setup\.py|Pipfile)$|\.py$/, 'python'],
  [/(?:^|\/)go\.mod$|\.go$/, 'go'],
  [/(?:^|\/)(?:pom\.xml|build\.gradle(?:\.kts)?)$|\.(?:java|kt)$/, 'java'],
  [/(?:^|\/)Cargo\.toml$|\.rs$/, 'rust'],
  [/(?:^|\/)composer\.json$|\.php$/, 'php'],
  [/(?:^|\/)Gemfile$|\.rb$/, 'ruby'],
  [/\.(?:cs|csproj|fs|fsproj)$/, 'dotnet'],
];

/**
 * Facts from file names alone; contents are looked at only where `read` gives them.
 * @param read the text of a small file, or nothing where it must not or cannot be read
 */
export function factsFrom(
  name: string,
  files: readonly string[],
  read: (path: string) => string | undefined = () => undefined,
): WorkspaceFacts {
  const sorted = [...files].sort();
  const builds = sorted
    .filter((f) => /(?:^|\/)(?:Dockerfile|Containerfile)(?:\.[\w-]+)?$/.test(f))
    .map((file): BuildFact => {
      const port = /^\s*EXPOSE\s+(\d+)/im.exec(read(file) ?? '')?.[1];
      return { file, dir: folder(file), ...(port === undefined ? {} : { port: Number(port) }) };
    });
  const charts = sorted.filter((f) => /(?:^|\/)Chart\.yaml$/.test(f)).map(folder);
  const inChart = (f: string): boolean => charts.some((c) => f.startsWith(c === '.' ? '' : `${c}/`));
  const yaml = sorted.filter((f) => /\.ya?ml$/.test(f) && !inChart(f) && !/(?:^|\/)\./.test(f));
  return {
    name,
    files: sorted.slice(0, 2000),
    languages: LANGUAGES.filter(([pattern]) => sorted.some((f) => pattern.test(f))).map(([, language]) => language),
    builds,
    charts: unique(charts),
    modules: unique(sorted.filter((f) => f.endsWith('.tf')).map(folder)),
    manifests: topMost(
      unique(
        yaml
          .filter((f) => /(?:^|\/)(?:k8s|kubernetes|manifests?|deploy(?:ment)?s?|kustomize|overlays|base)\//.test(f))
          .map(folder),
      ),
    ),
    composeFiles: sorted.filter((f) => /(?:^|\/)(?:docker-)?compose[\w.-]*\.ya?ml$/.test(f)),
    policies: unique(sorted.filter((f) => f.endsWith('.rego')).map(folder)),
    scripts: scriptsOf(read('package.json')),
  };
}

/** Of nested folders only the outermost. */
const topMost = (folders: readonly string[]): string[] =>
  folders.filter((f) => !folders.some((other) => other !== f && f.startsWith(`${other}/`)));

function scriptsOf(text: string | undefined): string[] {
  if (text === undefined) return [];
  try {
    const parsed = JSON.parse(text) as { scripts?: Record<string, unknown> } | null;
    return Object.keys(parsed?.scripts ?? {});
  } catch {
    return [];
  }
}
