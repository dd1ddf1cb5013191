/** Backups of a database by the clock: what is there, or what the same description makes, dumped onto a volume. */
import { findApps, type App } from '../catalogue/index.ts';
import { passwordOf } from '../catalogue/wiring.ts';
import { DURATION, NUMBER, numberOf, SIZE, secondsOf, sizeOf } from '../grammar/quantities.ts';
import { readSchedule } from '../grammar/schedule.ts';
import { Ledger, Passage, sentences } from '../text.ts';
import { Said } from './attributes.ts';
import type { ClusterBuilder } from './builder.ts';
import { readCronSpec } from './jobs.ts';
import { findKinds } from './kinds.ts';
import type { Draft, DraftObject } from './model.ts';
import { object } from './render.ts';

interface Dump {
  readonly app: string;
  readonly tool: RegExp;
  readonly port: number;
  readonly user: string;
  /** The variable that the tool reads its password from. */
  readonly variable: string;
  /** A shell command that writes to `$FILE`. */
  readonly command: string;
  readonly suffix: string;
}

const DUMPS: readonly Dump[] = [
  { app: 'postgres', tool: /\bpg_dump(?:all)?\b/i, port: 5432, user: 'app', variable: 'PGPASSWORD', command: 'pg_dump --format=custom --file="$FILE"', suffix: 'dump' },
  { app: 'mysql', tool: /\bmysqldump\b/i, port: 3306, user: 'app', variable: 'MYSQL_PWD', command: 'mysqldump --host="$DB_HOST" --port="$DB_PORT" --user="$DB_USER" --single-transaction --result-file="$FILE" "$DB_NAME"', suffix: 'sql' },
  { app: 'mariadb', tool: /\bmariadb-dump\b/i, port: 3306, user: 'app', variable: 'MYSQL_PWD', command: 'mariadb-dump --host="$DB_HOST" --port="$DB_PORT" --user="$DB_USER" --single-transaction --result-file="$FILE" "$DB_NAME"', suffix: 'sql' },
  { app: 'mongo', tool: /\bmongodump\b/i, port: 27017, user: 'root', variable: 'MONGO_PASSWORD', command: 'mongodump --host="$DB_HOST" --port="$DB_PORT" --username="$DB_USER" --password="$MONGO_PASSWORD" --authenticationDatabase=admin --db="$DB_NAME" --gzip --archive="$FILE"', suffix: 'archive.gz' },
]; // prettier-ignore

const WISH =
  /\bback(?:ed|ing|s)?[ -]?(?:it |them |this |the \w+ )?ups?\b|\bbackups?\b|\bdump(?:s|ed|ing)?\b|\b(?:pg_dump(?:all)?|mysqldump|mariadb-dump|mongodump)\b/i;
const THERE =
  /\bthere(?:'s| is)\b|\b(?:existing|already|runs?|running|lives?|sits)\b[^.;]{0,30}\b(?:at|on|as|behind|in|named|called|under)\b|\bexisting\b|\balready\b|\bat\s+(?:service\s+)?[a-z0-9-]+(?:\.[a-z0-9-]+)+|\b(?:our|the|my)\s+(?:\w+\s+)?(?:database|db|postgres\w*|mysql|mariadb|mongo\w*)\b[^.;]{0,16}\b(?:at|on|service|host)\b/i;
const NAME = String.raw`["'\x60]?([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)["'\x60]?`;
const SECRETS: readonly { readonly pattern: RegExp; readonly key: number; readonly name: number }[] = [
  { pattern: new RegExp(String.raw`\b(?:passwords?|pass|pw|credentials?|uri|url|connection string)\b[^.;]{0,40}?\bkey\s*[:=]?\s*["'\x60]?([\w.-]*\w)["'\x60]?\s*,?\s+(?:of|in|from)\s+(?:the\s+)?(?:existing\s+)?secret\s+(?:called |named )?${NAME}`, 'i'), key: 1, name: 2 },
  { pattern: new RegExp(String.raw`\bsecret\s+(?:called |named )?${NAME}[,\s(]+(?:under\s+|with\s+|and\s+|the\s+|in\s+|its\s+)*key\s*[:=]?\s*["'\x60]?([\w.-]*\w)`, 'i'), key: 2, name: 1 },
  { pattern: new RegExp(String.raw`\bsecret\s+(?:called |named )?${NAME}`, 'i'), key: -1, name: 1 },
]; // prettier-ignore

interface Wish {
  readonly dump: Dump;
  readonly schedule: string;
  readonly said: Said;
}

/** The sentences about a backup, where one is wished for by the clock. */
function wishIn(text: Passage, named: readonly App[]): Wish | undefined {
  const about = sentences(text).filter((s) => WISH.test(s.text));
  if (about.length === 0 || findKinds(about.map((s) => s.text).join(' ')).some((k) => /Job$/.test(k.info.kind)))
    return undefined;
  const schedule = about
    .map((s) => readSchedule(new Passage(s.text, 0, new Ledger(s.text))))
    .find((s) => s !== undefined);
  const dump = DUMPS.find((d) => d.tool.test(text.text)) ?? DUMPS.find((d) => named.some((a) => a.id === d.app || (a.engine === d.app && a.id !== 'mariadb'))); // prettier-ignore
  if (schedule === undefined || dump === undefined) return undefined;
  return { dump, schedule, said: new Said(about) };
}

/** A database that is said to be there, and nothing else that is to run: the whole plan is its backup. */
export function backsUpOnly(builder: ClusterBuilder): boolean {
  const { text } = builder;
  const wish = wishIn(
    text,
    findApps(text.text).map((m) => m.app),
  );
  if (wish === undefined || !THERE.test(text.text)) return false;
  const stores = (app: App): boolean => app.role === 'database';
  if (findApps(text.text).some((m) => !stores(m.app))) return false;
  const take = (pattern: RegExp): string | undefined =>
    text
      .take(pattern)
      ?.slice(1)
      .find((group) => (group as string | undefined) !== undefined);
  const host = take(new RegExp(String.raw`\b(?:at|on|as|behind|under|is|of)\s+(?:the\s+)?(?:existing\s+)?(?:service|host|address)?\s*(?:called |named )?(?!(?:service|host|port|the|namespace|a|an|night|midnight)\b|\d)${NAME}(?=\s*[(,.;:]|\s+(?:in|port|on|with)\b)|\b(?:service|host)\s+(?:called |named |is )?${NAME}`, 'i')); // prettier-ignore
  const { dump } = wish;
  const source: Source = {
    host: host?.replace(/:\d+$/, '') ?? dump.app,
    port: Number(take(/\bport\s*(?:is|=|:)?\s*(\d{2,5})/i) ?? dump.port),
    database:
      take(
        new RegExp(
          String.raw`\b(?:database|db|schema)\s*(?:name\s*)?(?:is|=|:|called|named)?\s+(?!(?:is|at|on|in|runs?|every|user|and|with|backup|dump|postgres\w*|mysql|mariadb|mongo\w*)\b)${NAME}`,
          'i',
        ),
      ) ?? 'app',
    user: take(new RegExp(String.raw`\buser(?:name)?\s*(?:is|=|:|called|named)?\s*${NAME}`, 'i')) ?? dump.user,
    image: imageFor(dump, text.text),
    password: secretIn(builder, text),
  };
  text.takeAll(/\b(?:there(?:'s| is)|its|runs?)\b/gi);
  // Every sentence is about the backup.
  write(builder, { ...wish, said: new Said([text]) }, source, builder.namespaceOf(text));
  return true;
}

/** "postgres … with a nightly backup": of a database that the same description makes. */
export function backUp(builder: ClusterBuilder): void {
  const wish = wishIn(
    builder.text,
    [...builder.workloads.values()].flatMap((w) => w.app ?? []),
  );
  if (wish === undefined || builder.objects.some((o) => o.kind === 'CronJob')) return;
  const store = [...builder.workloads.values()].find((w) => w.app !== undefined && (w.app.id === wish.dump.app || w.app.engine === wish.dump.app)); // prettier-ignore
  const container = store?.containers[0];
  if (store === undefined || container === undefined) return;
  const env = (container.fields['env'] ?? []) as DraftObject[];
  const valueOf = (pattern: RegExp): string | undefined =>
    env.find((e) => typeof e['name'] === 'string' && pattern.test(e['name']) && typeof e['value'] === 'string')?.['value'] as string | undefined; // prettier-ignore
  const key = store.app?.engine === undefined ? undefined : passwordOf[store.app.engine];
  const held = env.find((e) => e['name'] === key)?.['valueFrom'];
  write(
    builder,
    wish,
    {
      host: store.name,
      port: container.ports[0]?.port ?? wish.dump.port,
      database: valueOf(/(?:_DB|_DATABASE)$/) ?? 'app',
      user: valueOf(/_USER(?:NAME)?$/) ?? wish.dump.user,
      image: container.image,
      password: held as DraftObject | undefined,
    },
    store.namespace,
  );
}

interface Source {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly image: string;
  readonly password: DraftObject | undefined;
}

function imageFor(dump: Dump, text: string): string {
  const mention = findApps(text).find((m) => m.app.role === 'database');
  const app = mention?.app;
  const version =
    mention === undefined
      ? undefined
      : /^\s*v?(\d+(?:\.\d+)*)\b(?!\s*(?:Gi|GB|replicas))/.exec(text.slice(mention.end))?.[1];
  const image = app?.image ?? dump.app;
  return `${image}:${version ?? app?.tag ?? 'latest'}`;
}

/** The secret that holds the password; a key that holds an address is no password. */
function secretIn(builder: ClusterBuilder, text: Passage): DraftObject | undefined {
  for (const { pattern, key, name } of SECRETS) {
    const match = text.take(pattern);
    const secret = match?.[name];
    if (match === undefined || secret === undefined || /^(?:with|key|for|in)$/.test(secret)) continue;
    builder.refs.secrets.add(secret);
    return { secretKeyRef: { name: secret, key: key < 0 ? 'password' : (match[key] ?? 'password') } };
  }
  return undefined;
}

/** Days or copies that are kept, as the clause that removes older ones. */
function keeping(said: Said): string {
  const time = said.take(
    new RegExp(
      String.raw`\b(?:keep(?:s|ing)?|kept|retain\w*)\b[^.;\d]{0,24}?${DURATION}|${DURATION}\s+(?:of\s+)?retention`,
      'i',
    ),
  );
  const [n, unit] = [time?.[1] ?? time?.[3], time?.[2] ?? time?.[4]];
  if (n !== undefined && unit !== undefined)
    return ` && find /backup -name '*.*' -type f -mtime +${Math.max(1, Math.round(secondsOf(n, unit) / 86_400)) - 1} -delete`;
  const copies = said.take(
    new RegExp(String.raw`\bkeep(?:s|ing)?\b[^.;\d]{0,16}?(${NUMBER})\s+(?:backups?|dumps?|copies|files)`, 'i'),
  )?.[1];
  return copies === undefined ? '' : ` && ls -1t /backup/* | tail -n +${numberOf(copies) + 1} | xargs -r rm --`;
}

function write(
  builder: ClusterBuilder,
  { dump, schedule, said }: Wish,
  source: Source,
  namespace: string | undefined,
): void {
  for (const passage of said.passages) readSchedule(passage);
  said.takeAll(new RegExp(WISH.source, 'gi'));
  said.takeAll(/\b(?:set up|nightly|every night|new|onto|runs?|volume|to an?)\b/gi);
  const size = said.take(new RegExp(SIZE));
  const name = `${source.host.split('.')[0] ?? dump.app}-backup`;
  const amount = size?.[1] === undefined ? '10Gi' : sizeOf(size[1], size[2] ?? 'Gi');
  if (size?.[1] === undefined) builder.assume(`The backups are kept on ${amount} of storage.`);
  const uri = source.password !== undefined && /"key":"(?:\w*(?:uri|url))"/i.test(JSON.stringify(source.password));
  const connect: Draft[] = [
    ...Object.entries(dump.app === 'postgres' ? { PGHOST: source.host, PGPORT: String(source.port), PGDATABASE: source.database, PGUSER: source.user } : { DB_HOST: source.host, DB_PORT: String(source.port), DB_NAME: source.database, DB_USER: source.user }).map(([k, value]): Draft => ({ name: k, value })),
    ...(source.password === undefined ? [] : [{ name: dump.variable, valueFrom: { ...source.password } }]),
  ]; // prettier-ignore
  const env: Draft[] = uri ? [{ name: 'DB_URI', valueFrom: { ...source.password } }] : connect;
  if (source.password === undefined) builder.assume(`Nothing says where the password of ${source.host} is: the backup connects without one.`); // prettier-ignore
  const command = uri ? byAddress(dump) : dump.command;
  const script = `set -eu; FILE=/backup/${source.database}-$(date +%Y%m%d-%H%M%S).${dump.suffix}; ${command}${keeping(said)}`;
  builder.objects.push(
    object('PersistentVolumeClaim', name, namespace, { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: amount } } } }),
    cronJob({ name, namespace, schedule, script, image: source.image, env, cron: readCronSpec(new Said([builder.text])) }),
  ); // prettier-ignore
  builder.components.push('backup');
}

const byAddress = ({ app }: Dump): string =>
  app === 'mongo'
    ? 'mongodump --uri="$DB_URI" --gzip --archive="$FILE"'
    : app === 'postgres'
      ? 'pg_dump "$DB_URI" --format=custom --file="$FILE"'
      : 'mysqldump "$DB_URI" --result-file="$FILE"';

interface Cron {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly schedule: string;
  readonly script: string;
  readonly image: string;
  readonly env: Draft[];
  readonly cron: DraftObject;
}

const cronJob = ({ name, namespace, schedule, script, image, env, cron }: Cron): ReturnType<typeof object> =>
  object('CronJob', name, namespace, {
    spec: {
      schedule,
      ...cron,
      concurrencyPolicy: 'Forbid',
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 3,
      jobTemplate: {
        spec: {
          backoffLimit: 2,
          template: {
            metadata: { labels: { app: name } },
            spec: {
              restartPolicy: 'OnFailure',
              automountServiceAccountToken: false,
              securityContext: { runAsNonRoot: true, runAsUser: 999, runAsGroup: 999, fsGroup: 999, seccompProfile: { type: 'RuntimeDefault' } }, // prettier-ignore
              containers: [
                {
                  name: 'backup',
                  image,
                  command: ['/bin/sh', '-c', script],
                  env,
                  resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '512Mi' } },
                  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
                  volumeMounts: [{ name: 'backup', mountPath: '/backup' }],
                },
              ],
              volumes: [{ name: 'backup', persistentVolumeClaim: { claimName: name } }],
            },
          },
        },
      },
    },
  });
