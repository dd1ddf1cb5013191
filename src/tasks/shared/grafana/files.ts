/** What a workspace says about Grafana: dashboards as JSON models, data sources in the format of Grafana's own provisioning. */
import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import * as z from 'zod';
import { failure, failureFrom } from '../../../core/failure.ts';
import { sha256 } from '../../../core/hash.ts';
import { isObject, parseJson, type JsonObject } from '../../../core/json.ts';
import { err, ok, type Result } from '../../../core/result.ts';

export interface DashboardFile {
  readonly file: string;
  readonly uid: string;
  readonly title: string;
  /** Without the number and version that another server gave it. */
  readonly model: JsonObject;
}

export interface DatasourceFile {
  readonly file: string;
  readonly uid: string;
  readonly name: string;
  /** As the API takes it, without secrets. */
  readonly body: JsonObject;
}

const MAX_UID = 40;

/** A uid from words: Grafana takes letters, digits, `-` and `_`, at most 40 of them. */
export function uidFrom(words: string): string {
  const plain = words
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^-+|-+$/g, '');
  if (plain !== '' && plain.length <= MAX_UID) return plain;
  return `${plain.slice(0, MAX_UID - 9)}-${sha256(words).slice(0, 8)}`.replace(/^-/, '');
}

/**
 * Reads a dashboard: the bare model, or the model under `dashboard` as the API gives it.
 * @param inputs values for what an export "for sharing externally" left open (`__inputs`), by name
 */
export async function readDashboard(
  file: string,
  cwd: string,
  inputs: Readonly<Record<string, string>>,
): Promise<Result<DashboardFile>> {
  const text = await readText(file, cwd);
  if (!text.ok) return text;
  const parsed = parseJson(text.value);
  const model = isObject(parsed) && isObject(parsed.dashboard) ? parsed.dashboard : parsed;
  if (!isObject(model) || typeof model.title !== 'string' || model.title === '') {
    return err(
      failure('invalid', `${file} is no dashboard: ${parsed === undefined ? 'it is not JSON' : 'it has no title'}.`, {
        next: 'Export the dashboard as JSON from Grafana, and keep the file under grafana/.',
      }),
    );
  }
  const open = (Array.isArray(model.__inputs) ? model.__inputs : []).flatMap((one: unknown) =>
    isObject(one) && typeof one.name === 'string' ? [one.name] : [],
  );
  const missing = open.filter((name) => inputs[name] === undefined);
  if (missing.length > 0) {
    return err(
      failure('invalid', `${file} leaves open: ${missing.join(', ')}.`, {
        next: `Give values under \`inputs\`, for a data source its uid: inputs: { ${missing[0] ?? ''}: … }`,
      }),
    );
  }
  const { id: _id, version: _version, __inputs, __requires, __elements, ...rest } = filled(model, inputs);
  const uid = typeof model.uid === 'string' && model.uid !== '' ? model.uid : uidFrom(basename(file, '.json'));
  return ok({ file, uid, title: model.title, model: { ...rest, uid } });
}

/** `${NAME}` of each input, wherever it stands as a part of a text. */
function filled(model: Record<string, unknown>, inputs: Readonly<Record<string, string>>): Record<string, unknown> {
  const replace = (value: unknown): unknown => {
    if (typeof value === 'string')
      return value.replace(/\$\{(\w+)\}/g, (whole, name: string) =>
        Array.isArray(model.__inputs) ? (inputs[name] ?? whole) : whole,
      );
    if (Array.isArray(value)) return value.map(replace);
    if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, replace(one)]));
    return value;
  };
  return replace(model) as Record<string, unknown>;
}

const provisioned = z.looseObject({
  datasources: z.array(z.looseObject({ name: z.string().min(1), type: z.string().min(1), uid: z.string().optional() })),
});

/** Reads data sources: `apiVersion: 1, datasources: […]`, in YAML or JSON. https://grafana.com/docs/grafana/latest/administration/provisioning/#data-sources */
export async function readDatasources(file: string, cwd: string): Promise<Result<DatasourceFile[]>> {
  const text = await readText(file, cwd);
  if (!text.ok) return text;
  const found: DatasourceFile[] = [];
  for (const document of parseAllDocuments(text.value)) {
    if (!('contents' in document) || document.contents === null) continue;
    const problem = document.errors[0]?.message;
    const parsed = provisioned.safeParse(problem === undefined ? document.toJS() : undefined);
    if (!parsed.success) {
      const why =
        problem ?? `${parsed.error.issues[0]?.path.join('.') ?? ''}: ${parsed.error.issues[0]?.message ?? ''}`;
      return err(
        failure('invalid', `${file} has no data sources: ${why.split('\n')[0] ?? ''}.`, {
          next: 'Write them as Grafana’s provisioning has them: `datasources:` with `name`, `type` and `url` each.',
        }),
      );
    }
    for (const { orgId: _org, version: _version, editable: _editable, ...one } of parsed.data.datasources) {
      if (isObject(one.secureJsonData) && Object.keys(one.secureJsonData).length > 0) {
        return err(
          failure('invalid', `${file}: ${one.name} has \`secureJsonData\`: passwords do not belong into the file.`, {
            next: 'Give them under `secrets`, from ${{ secrets.NAME }}.',
          }),
        );
      }
      const uid = one.uid ?? uidFrom(one.name);
      found.push({ file, uid, name: one.name, body: { access: 'proxy', ...one, uid } });
    }
  }
  return ok(found);
}

async function readText(file: string, cwd: string): Promise<Result<string>> {
  try {
    return ok(await readFile(resolve(cwd, file), 'utf8'));
  } catch (error) {
    return err(failureFrom(error, `read ${file}`));
  }
}
