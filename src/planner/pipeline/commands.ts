/** Programs that a description names outright (`npm run lint`, `cargo clippy`, `pg_dump`) and what each is for. */
import { DURATION, secondsOf } from '../grammar/quantities.ts';
import type { WorkspaceFacts } from '../context/facts.ts';
import type { TaskDraft } from '../plan.ts';
import type { Passage } from '../text.ts';

/** What a program does in a delivery, in the usual order. */
export type Purpose = 'install' | 'lint' | 'test' | 'build' | 'backup' | 'migrate' | 'e2e' | 'run';

export interface FoundCommand {
  readonly purpose: Purpose;
  readonly at: number;
  readonly task: TaskDraft;
}

const LITERAL =
  /(?<![\w./-])(?:npm (?:ci|install|test|run [\w:-]+)|(?:yarn|pnpm)(?: run)? (?:install|build|test|lint|e2e|[\w]+:[\w:-]+)|npx [\w@/-]+(?: (?!(?:and|then|in|on|with)\b)[\w./:-]+)*|go (?:test|vet|build|fmt|generate)(?: \.\/\.\.\.)?|cargo (?:fmt|clippy|test|build|audit|bench|doc)(?: (?:check|--[\w-]+))*|mvn(?: --?[\w-]+)* [a-z]+(?:[ ,]+(?:clean|verify|package|install|test)\b)*|(?:\.\/)?gradlew? [a-z]+(?: [a-z]+)?|(?:python3? -m )?pytest(?: (?:-[\w]+|tests?\/?[\w/]*))*|ruff(?: (?:check|format))?|mypy|black|flake8|pylint|eslint|tsc|golangci-lint(?: run)?|hadolint|shellcheck|dotnet (?:restore|build|test|publish|format)|make [a-z][\w-]*|bundle exec [\w]+|rspec|phpunit|composer install|pg_dump(?:all)?|psql|pg_restore|mysqldump|mongodump|alembic upgrade head|flyway migrate|liquibase update|prisma migrate deploy|(?:python3? )?manage\.py (?:migrate|test|collectstatic)|(?:rails|rake) db:migrate|tox|kubectl rollout (?:undo|restart|status) [\w/-]+(?: [\w-]+)?(?: -n [\w-]+)?|(?:bash |sh )?\.?(?:\/)?(?:[\w-]+\/)*[\w-]+\.sh|playwright test|cypress run|k6 run [\w./-]+|semgrep|gitleaks|npm audit)(?![\w-])/gi;

/** Bare words behind a tool's name: "cargo fmt check, clippy and tests". */
const SHORT: Readonly<Record<string, readonly string[]>> = {
  clippy: ['cargo', 'clippy', '--all-targets', '--', '-D', 'warnings'],
  rustfmt: ['cargo', 'fmt', '--check'],
};

const ARGV: Readonly<Record<string, readonly string[]>> = {
  ruff: ['ruff', 'check', '.'],
  'ruff check': ['ruff', 'check', '.'],
  mypy: ['mypy', '.'],
  black: ['black', '--check', '.'],
  flake8: ['flake8', '.'],
  pytest: ['python3', '-m', 'pytest'],
  eslint: ['npx', 'eslint', '.'],
  tsc: ['npx', 'tsc', '--noEmit'],
  'golangci-lint': ['golangci-lint', 'run'],
  'go test': ['go', 'test', './...'],
  'go vet': ['go', 'vet', './...'],
  'go build': ['go', 'build', './...'],
  'cargo fmt': ['cargo', 'fmt', '--check'],
  'cargo fmt check': ['cargo', 'fmt', '--check'],
  'cargo clippy': ['cargo', 'clippy', '--all-targets', '--', '-D', 'warnings'],
  pg_dump: ['pg_dump', '--format=custom', '--file=backup.dump'],
  psql: ['psql', '--set', 'ON_ERROR_STOP=1', '--file', 'backup.sql'],
  pg_restore: ['pg_restore', '--clean', '--if-exists', '--dbname', 'app', 'backup.dump'],
  pg_dumpall: ['pg_dumpall', '--file=backup.sql'],
  mysqldump: ['mysqldump', '--all-databases', '--result-file=backup.sql'],
  mongodump: ['mongodump', '--archive=backup.archive'],
  gitleaks: ['gitleaks', 'detect', '--no-banner'],
  semgrep: ['semgrep', 'scan', '--error'],
};

const PURPOSES: readonly (readonly [RegExp, Purpose])[] = [
  [/\b(?:ci|install|restore)$/i, 'install'],
  [/e2e|playwright|cypress|k6|smoke/i, 'e2e'],
  [/migrat|db:migrate|flyway|liquibase|alembic/i, 'migrate'],
  [/dump/i, 'backup'],
  [/psql|pg_restore/i, 'run'],
  [/lint|fmt|format|vet|clippy|ruff|mypy|black|flake8|eslint|tsc|hadolint|shellcheck|semgrep|gitleaks|audit|type-?check/i, 'lint'],
  [/test|tox|rspec|phpunit|verify|check/i, 'test'],
  [/build|package|publish|compile/i, 'build'],
]; // prettier-ignore

const slug = (text: string): string => text.toLowerCase().replace(/--?\S+/g, ' ').replace(/[^a-z0-9]+/g, '_').replace(/^_+|_+$/g, '').slice(0, 40) || 'run'; // prettier-ignore

/** Every program that the text names, in its order; each is taken once. */
export function findCommands(text: Passage, facts: WorkspaceFacts): FoundCommand[] {
  const found: FoundCommand[] = [];
  const add = (said: string, at: number, end: number, argv: readonly string[]): void => {
    const purpose = PURPOSES.find(([p]) => p.test(said))?.[1] ?? 'run';
    text.ledger.use(text.at + at, text.at + end);
    const name = nameFor(said, purpose, found);
    const limit = new RegExp(`^[^.;,]{0,12}\\b(?:at most|max(?:imum)?|within|time ?out(?: of)?|no longer than)\\s+${DURATION}`, 'i').exec(text.text.slice(end)); // prettier-ignore
    if (limit !== null) text.ledger.use(text.at + end, text.at + end + limit[0].length);
    const needs =
      purpose === 'backup' || purpose === 'migrate' || /^p(?:sql|g_)/.test(argv[0] ?? '')
        ? { env: databaseEnv(argv) }
        : {};
    found.push({
      purpose,
      at,
      task: {
        task: name,
        type: 'shell',
        description: `Run ${argv.join(' ')}.`,
        timeout: limit?.[1] === undefined ? '15m' : `${secondsOf(limit[1], limit[2] ?? 'm')}s`,
        ...needs,
        with: { command: [...argv] },
      },
    });
  };
  for (const m of text.text.matchAll(LITERAL)) {
    const said = m[0].trim();
    if (/^(?:make (?:sure|it|them|the|an?|my|this)\b)/i.test(said)) continue;
    add(said, m.index, m.index + m[0].length, withFile(ARGV[said.toLowerCase()] ?? said.split(/[\s,]+/), text.text, m.index)); // prettier-ignore
  }
  if (facts.languages.includes('rust'))
    for (const m of text.text.matchAll(/(?<![\w-])(clippy|rustfmt)(?![\w-])/gi))
      if (!found.some((f) => m.index >= f.at && m.index < f.at + 14)) add(m[0], m.index, m.index + m[0].length, SHORT[m[0].toLowerCase()] ?? []); // prettier-ignore
  return found.sort((a, b) => a.at - b.at);
}

/** "pg_dump to backup.sql … restore the backup with psql": the file that both speak of. */
function withFile(argv: readonly string[], text: string, at: number): readonly string[] {
  if (!/^(?:pg_dump|psql|pg_restore|mysqldump)/.test(argv[0] ?? '')) return argv;
  const near = /^\S+[^.;,]{0,24}?\b(?:to|into|from|in)\s+(?:the\s+)?(?:file\s+)?([\w./-]+\.(?:sql|dump|gz|bak))\b/i;
  const file = near.exec(text.slice(at))?.[1] ?? /(?<![\w/])([\w./-]+\.(?:sql|dump|bak))\b/i.exec(text)?.[1];
  if (file === undefined) return argv;
  if (argv[0] === 'pg_dump')
    return ['pg_dump', ...(file.endsWith('.sql') ? [] : ['--format=custom']), `--file=${file}`];
  if (argv[0] === 'mysqldump') return ['mysqldump', '--all-databases', `--result-file=${file}`];
  return argv.map((a, i) => (i === argv.length - 1 ? file : a));
}

/** Short names for what there is one of; else what is run. */
function nameFor(said: string, purpose: Purpose, found: readonly FoundCommand[]): string {
  const plain = /^(?:npm (?:run )?|yarn |pnpm |cargo |go |mvn |make |dotnet )?(lint|test|build|e2e|fmt|clippy|vet|verify|ci|restore)$/i.exec(said)?.[1]; // prettier-ignore
  const base = purpose === 'backup' ? 'backup' : purpose === 'migrate' ? 'migrate' : (plain?.toLowerCase() ?? (purpose === 'run' ? slug(said) : `${purpose}_${slug(said)}`)); // prettier-ignore
  const name = base === 'ci' ? 'install' : base;
  return found.some((f) => f.task.task === name) ? `${name}_${found.length + 1}` : name;
}

const databaseEnv = (argv: readonly string[]): Record<string, string> =>
  /^(?:pg_|psql)/.test(argv[0] ?? '') ? { PGPASSWORD: '${{ secrets.DATABASE_PASSWORD }}' } : {};
