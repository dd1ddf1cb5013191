/** What must have run to its end before an application starts: migrations of its database, in an init container with the application's own image. */
import { argv } from './program.ts';
import type { ClusterBuilder } from './builder.ts';
import type { Workload } from './model.ts';

const BEFORE = String.raw`[^.;]{0,60}?\b(?:before|first|finish(?:ed)?|complete[d]?|done)\b[^.;]*`;
const MIGRATIONS = [
  new RegExp(String.raw`\bmigrations?\s*\(\s*["'\x60]?([^()"\x60]+?)["'\x60]?\s*\)${BEFORE}`, 'i'),
  new RegExp(String.raw`\bmigrations?\b[^.;"\x60]{0,30}?["\x60]([^"\x60]+)["\x60]${BEFORE}`, 'i'),
];

/** "database migrations (bundle exec rails db:migrate) must have finished before the web pods roll out" */
export function migrateFirst(builder: ClusterBuilder): void {
  const found = MIGRATIONS.map((pattern) => builder.text.take(pattern)).find((m) => m !== undefined);
  const command = found?.[1]?.trim();
  const application = [...builder.workloads.values()].find(isApplication);
  const main = application?.containers[0];
  if (command === undefined || application === undefined || main === undefined) return;
  const { env, envFrom } = main.fields;
  application.initContainers.push({
    ...main,
    name: 'migrate',
    ports: [],
    secrets: [...main.secrets],
    fields: {
      command: argv(command),
      ...(env === undefined ? {} : { env }),
      ...(envFrom === undefined ? {} : { envFrom }),
    },
  });
}

/** What somebody wrote, not a store or a broker of the catalogue. */
const isApplication = (workload: Workload): boolean =>
  (workload.app === undefined || workload.app.role === 'app') && workload.initContainers.length === 0;
