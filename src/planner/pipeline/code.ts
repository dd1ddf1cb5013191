/** The code's own parts: dependencies, checks, tests and builds in the workspace's languages. */
import type { TaskDraft } from '../plan.ts';
import { shell, slug, type PartContext } from './parts.ts';

/** Versions of a runtime that tests are to run on: "node 18, 20 and 22". */
function matrixOf({ text, facts }: PartContext): { language: string; versions: string[] } | undefined {
  const match = text.take(
    /\b(node(?:\.?js)?|python|go|java|php|ruby)(?: versions?)?\s*:?\s*((?:v?\d+(?:\.\d+)?)(?:\s*(?:,|\/)\s*v?\d+(?:\.\d+)?)*\s*(?:,?\s*(?:and|&)\s*)v?\d+(?:\.\d+)?)/i,
  );
  if (match?.[1] === undefined) {
    // "this Python package on 3.10, 3.11 and 3.12": the language is what the workspace is written in.
    const bare = text.take(/\b(?:on|with|against|under|for|across)\s+(?:versions?\s+)?(v?\d+(?:\.\d+)?(?:\s*(?:,|\/)\s*v?\d+(?:\.\d+)?)*\s*,?\s*(?:and|&)\s*v?\d+(?:\.\d+)?)(?!\s*(?:%|replicas|times|minutes|seconds|nodes|instances))/i)?.[1]; // prettier-ignore
    const language = ['python', 'node', 'go'].find((l) => facts.languages.includes(l));
    return bare === undefined || language === undefined
      ? undefined
      : { language, versions: bare.match(/\d+(?:\.\d+)?/g) ?? [] };
  }
  return {
    language: match[1].toLowerCase().replace(/\.?js$/, ''),
    versions: (match[2] ?? '').match(/\d+(?:\.\d+)?/g) ?? [],
  };
}

const ON_VERSION: Readonly<
  Record<string, (command: readonly string[]) => { command: string[]; env?: Record<string, string> }>
> = {
  node: (c) => ({ command: ['npx', '--yes', '--package', 'node@${{ matrix.version }}', '--', ...c] }),
  python: (c) => ({ command: ['uv', 'run', '--python', '${{ matrix.version }}', ...c] }),
  go: (c) => ({ command: [...c], env: { GOTOOLCHAIN: 'go${{ matrix.version }}' } }),
};

/** Folders that have a manifest of their own for a language; the root where it has one. */
function homes({ facts, text }: PartContext, manifest: RegExp): string[] {
  const found = [
    ...new Set(
      facts.files.filter((f) => manifest.test(f)).map((f) => (f.includes('/') ? f.slice(0, f.lastIndexOf('/')) : '.')),
    ),
  ];
  const named = found.filter((f) => f !== '.' && text.text.includes(f));
  return named.length > 0 ? named : found.includes('.') || found.length === 0 ? ['.'] : found;
}

interface Tool {
  readonly language: string;
  readonly manifest: RegExp;
  readonly test: readonly string[];
  readonly lint?: readonly string[];
  readonly build?: readonly string[];
}

const TOOLS: readonly Tool[] = [
  { language: 'node', manifest: /(?:^|\/)package\.json$/, test: ['npm', 'test'], lint: ['npm', 'run', 'lint'], build: ['npm', 'run', 'build'] },
  { language: 'python', manifest: /(?:^|\/)(?:requirements\.txt|pyproject\.toml|setup\.py)$/, test: ['python3', '-m', 'pytest'], lint: ['python3', '-m', 'ruff', 'check', '.'], build: ['python3', '-m', 'build'] },
  { language: 'go', manifest: /(?:^|\/)go\.mod$/, test: ['go', 'test', './...'], lint: ['go', 'vet', './...'], build: ['go', 'build', './...'] },
  { language: 'rust', manifest: /(?:^|\/)Cargo\.toml$/, test: ['cargo', 'test'], lint: ['cargo', 'clippy', '--', '-D', 'warnings'], build: ['cargo', 'build', '--release'] },
  { language: 'java', manifest: /(?:^|\/)pom\.xml$/, test: ['mvn', '--batch-mode', 'verify'], build: ['mvn', '--batch-mode', 'package'] },
  { language: 'java', manifest: /(?:^|\/)build\.gradle(?:\.kts)?$/, test: ['gradle', 'check'], build: ['gradle', 'build'] },
  { language: 'dotnet', manifest: /\.(?:cs|fs)proj$|\.sln$/, test: ['dotnet', 'test'], lint: ['dotnet', 'format', '--verify-no-changes'], build: ['dotnet', 'build', '--configuration', 'Release'] },
  { language: 'php', manifest: /(?:^|\/)composer\.json$/, test: ['vendor/bin/phpunit'] },
  { language: 'ruby', manifest: /(?:^|\/)Gemfile$/, test: ['bundle', 'exec', 'rspec'], lint: ['bundle', 'exec', 'rubocop'] },
]; // prettier-ignore

function each(context: PartContext, what: 'test' | 'lint' | 'build', description: string): TaskDraft[] {
  const tasks: TaskDraft[] = [];
  for (const tool of TOOLS) {
    const command = tool[what];
    if (command === undefined || !context.facts.files.some((f) => tool.manifest.test(f))) continue;
    for (const home of homes(context, tool.manifest)) {
      const name =
        home === '.'
          ? tasks.length === 0
            ? what
            : `${what}_${tool.language}`
          : `${what}_${slug(home.split('/').at(-1) ?? home)}`;
      if (!tasks.some((t) => t.task === name))
        tasks.push(shell(name, `${description} (${command.join(' ')})`, command, home === '.' ? {} : { cwd: home }));
    }
  }
  return tasks;
}

export function testTasks(context: PartContext): TaskDraft[] {
  const tasks = each(context, 'test', 'Run the tests.');
  if (tasks.length === 0) {
    tasks.push(shell('test', 'Run the tests.', ['make', 'test']));
    context.assume('Tests are run by make test: nothing in the workspace says how.');
  }
  return onVersions(context, tasks);
}

/** One run of each task for every version that the words list. */
export function onVersions(context: PartContext, tasks: readonly TaskDraft[]): TaskDraft[] {
  const matrix = matrixOf(context);
  const on = matrix === undefined ? undefined : ON_VERSION[matrix.language];
  if (matrix === undefined || on === undefined) return [...tasks];
  return tasks.map((t) => {
    if (t.type !== 'shell' || t.matrix !== undefined) return t;
    const { command, env } = on(t.with['command'] as string[]);
    return { ...t, matrix: { version: matrix.versions }, ...(env === undefined ? {} : { env }), with: { command } };
  });
}

export function lintTasks(context: PartContext): TaskDraft[] {
  const charts = context.facts.charts.map((chart): TaskDraft => ({
    task: `lint_${slug(chart)}`,
    type: 'helm',
    description: 'Lint the chart.',
    timeout: '2m',
    with: { chart, action: 'lint' },
  }));
  const tasks = [...charts, ...each(context, 'lint', 'Lint the code.')];
  if (tasks.length === 0) {
    tasks.push(shell('lint', 'Lint the code.', ['make', 'lint']));
    context.assume('Linting is done by make lint: nothing in the workspace says how.');
  }
  return tasks;
}

export const codeBuildTasks = (context: PartContext): TaskDraft[] =>
  each(context, 'build', 'Build the code.').map((t) => ({ ...t, task: `compile${t.task.slice(5)}` }));

const INSTALLS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/(?:^|\/)package(?:-lock)?\.json$/, ['npm', 'ci']],
  [/(?:^|\/)requirements\.txt$/, ['python3', '-m', 'pip', 'install', '--requirement', 'requirements.txt']],
  [/(?:^|\/)go\.mod$/, ['go', 'mod', 'download']],
  [/\.(?:cs|fs)proj$|\.sln$/, ['dotnet', 'restore']],
  [/(?:^|\/)composer\.json$/, ['composer', 'install', '--no-interaction']],
];

export const installTasks = ({ facts }: PartContext): TaskDraft[] => {
  const command = INSTALLS.find(([p]) => facts.files.some((f) => p.test(f)))?.[1];
  return command === undefined ? [] : [shell('install', 'Fetch the dependencies.', command)];
};

/** Database changes, by what the workspace is written in. */
export function migrateTasks(context: PartContext): TaskDraft[] {
  const { facts } = context;
  const command = facts.files.some((f) => f.endsWith('manage.py'))
    ? ['python3', 'manage.py', 'migrate']
    : facts.languages.includes('node')
      ? ['npm', 'run', 'migrate']
      : facts.languages.includes('ruby')
        ? ['bundle', 'exec', 'rails', 'db:migrate']
        : ['make', 'migrate'];
  if (command[0] === 'make')
    context.assume('The database is migrated by make migrate: nothing in the workspace says how.');
  return [shell('migrate', 'Bring the database to the new version.', command)];
}

export function backupTasks(context: PartContext): TaskDraft[] {
  context.secrets.add('DATABASE_PASSWORD');
  context.assume('The backup is made with pg_dump from the database that PGHOST and PGDATABASE name.');
  return [
    shell('backup', 'Save the database.', ['pg_dump', '--format=custom', '--file=backup.dump'], {
      env: { PGPASSWORD: '${{ secrets.DATABASE_PASSWORD }}' },
    }),
  ];
}

export const e2eTasks = (): TaskDraft[] => [shell('e2e', 'Test it as a user would.', ['npm', 'run', 'e2e'])];
