/** Derives files from the one definition of each task type. A new derived file is one entry of `outputs`. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { infoOf } from '../src/core/task-type.ts';
import { codesPage } from '../src/language/codes.ts';
import { workflowJsonSchema } from '../src/language/json-schema.ts';
import { loaders } from '../src/tasks/index.ts';
import { dashboard } from './dashboard.ts';
import { bundle } from './l10n.ts';
import { snippets } from './snippets.ts';
import { systemsPage } from './systems.ts';

const types = await Promise.all(Object.values(loaders).map((load) => load()));
const infos = types.map(infoOf);
const json = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`;

const outputs: Readonly<Record<string, () => string>> = {
  'src/tasks/generated/catalogue.json': () => json(infos),
  'media/workflow.schema.json': () => json(workflowJsonSchema(infos)),
  'docs/diagnostics.md': codesPage,
  'docs/systems.md': () => systemsPage(infos),
  'media/grafana/code-runs.json': dashboard,
  'l10n/bundle.l10n.json': bundle,
  'snippets/code-workflow.json': () => snippets(infos),
};

const check = process.argv.includes('--check');
let stale = 0;
for (const [file, make] of Object.entries(outputs)) {
  const text = make();
  const before = read(file);
  if (before === text) continue;
  if (check) {
    stale++;
    console.error(`${file} is stale: run npm run generate`);
    continue;
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  console.log(`wrote ${file}`);
}
if (stale > 0) process.exit(1);

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
