/** Migrations that a sentence tells of, not a service: they run once, in the application's own image, before it starts. */
import { argv } from '../kubernetes/program.ts';
import { Ledger, Passage, sentences } from '../text.ts';
import { readServiceWords } from './words.ts';
import type { Project, Service } from './project.ts';

/** What people run for it, by its own name; in quotes anything that migrates. */
const COMMAND = new RegExp(
  String.raw`[\x60"]([^\x60"&|;]*(?:migrat|db:|upgrade head|db upgrade)[^\x60"&|;]*)[\x60"]|((?:(?:python3?|uv run|poetry run|bundle exec|npx|dotnet|bin\/)\s*)*(?:(?:\.\/)?manage\.py migrate|php artisan migrate|alembic upgrade \w+|prisma migrate deploy|(?:bin\/)?(?:rails|rake) db:migrate|flask db upgrade|knex migrate:latest|sequelize db:migrate|typeorm migration:run|(?:npm|pnpm|yarn) run [\w:-]*migrat[\w:-]*|ef database update|mix ecto\.migrate|diesel migration run)(?:\s+--[\w-]+(?:=\S+)?)*)`,
);
/** It is a service of its own that somebody has named. */
const NAMED = /\bmigrat(?:e|or|ion)\b["'`]?\s*(?:\(|[:=]|from|is\b|uses|runs\b|service|container|job|task)|\b(?:service|container|called|named)\s+["'`]?[\w-]*migrat/i; // prettier-ignore
const FIRST = /\bbefore\b|\bfirst\b|\bone-?off\b|\bonce\b|\bthrough\b|\bfinish|\bprior to\b|\bhas to (?:be done|run)|\bto its end\b/i; // prettier-ignore
const LAID_OUT = /\b(?:command|cmd|entrypoint)\s*[:=]?\s*$/i;

export interface Migration {
  readonly command: readonly string[];
  /** The sentence that tells of it. */
  readonly told: string;
}

/** @returns the migration that the words tell of, and the text without them */
export function takeMigration(text: Passage): { readonly text: Passage; readonly migration: Migration | undefined } {
  if (NAMED.test(text.text)) return { text, migration: undefined };
  for (const sentence of sentences(text)) {
    const match = COMMAND.exec(sentence.text);
    const line = (match?.[1] ?? match?.[2])?.trim();
    if (match === null || line === undefined || !FIRST.test(sentence.text.replace(match[0], ' '))) continue;
    if (LAID_OUT.test(sentence.text.slice(0, match.index))) continue;
    const from = sentence.at - text.at;
    const rest = `${text.text.slice(0, from)}${withoutIt(sentence.text, match.index)}${text.text.slice(from + sentence.text.length)}`;
    const plain = rest.replace(/\b(?:the )?migrations?\s+(?:(?:must|should|have to)\s+)?wait\w*\b[^.;,\n]*/gi, (m) => ' '.repeat(m.length)); // prettier-ignore
    return { text: new Passage(plain, 0, new Ledger(plain)), migration: { command: argv(line), told: sentence.text } };
  }
  return { text, migration: undefined };
}

/** The clauses left blank that speak of the migration, or of waiting for it. */
function withoutIt(sentence: string, at: number): string {
  const borders = [...sentence.matchAll(/,\s*(?:and\s+)?(?:then\s+)?|;\s*|\s+and\s+(?=(?:the|then|only)\b)|$/g)];
  let from = 0;
  let text = '';
  for (const border of borders) {
    const to = border.index + border[0].length;
    const clause = sentence.slice(from, border.index);
    const about = (from <= at && at < to) || /\bmigrat|\bbefore\b|\bwaits?\b[^.;]{0,20}\b(?:it|them|that|this)\b/i.test(clause); // prettier-ignore
    text += about ? sentence.slice(from, to).replace(/[^\n.]/g, ' ') : sentence.slice(from, to);
    from = to;
  }
  return text;
}

/** A service that ends once the migrations are through; the application waits for it. */
export function addMigration(project: Project, migration: Migration | undefined): void {
  if (migration === undefined) return;
  const own = project.services.filter((s) => s.app === undefined && s.extra['restart'] !== 'no');
  const waits = (s: Service): boolean =>
    Object.keys(s.dependsOn).some((d) => project.services.find((p) => p.name === d)?.app?.role === 'database');
  const said = (s: Service): boolean => new RegExp(`(?<![\\w./-])${s.name}(?![\\w-])`, 'i').test(migration.told);
  const one = own.find((s) => said(s) && waits(s)) ?? own.find(waits) ?? own[0];
  if (one === undefined) return;
  const name = project.services.some((s) => s.name === 'migrate') ? `${one.name}-migrate` : 'migrate';
  project.services.push({
    ...one,
    name,
    entity: undefined,
    words: { ...readServiceWords([]), build: one.words.build },
    ports: [],
    environment: { ...one.environment },
    volumes: [],
    dependsOn: { ...one.dependsOn },
    secrets: [...one.secrets],
    networks: [...one.networks],
    addresses: {},
    labels: [],
    extra: { command: [...migration.command], restart: 'no' },
  });
  for (const s of own.filter((o) => o === one || (o.build !== undefined && o.build === one.build)))
    s.dependsOn[name] = { condition: 'service_completed_successfully' };
}
