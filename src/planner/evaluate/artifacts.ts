/** What a plan's files are: manifests, Compose files, HCL, charts, values and the workflow, each parsed. */
import { parseAllDocuments } from 'yaml';
import type { Catalogue } from '../../core/catalogue.ts';
import { hasErrors, readWorkflow } from '../../language/read.ts';
import type { TaskNode, Workflow } from '../../language/workflow.ts';
import { checkCompose } from './compose-spec.ts';
import { hclParser } from './hcl-parser.ts';
import { undeclared } from './hcl-references.ts';
import { checkManifest, isRecord } from './strict.ts';

export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

export interface Manifest {
  readonly file: string;
  readonly object: Record<string, unknown>;
}

export interface Artifacts {
  readonly files: readonly SourceFile[];
  readonly manifests: readonly Manifest[];
  readonly compose: readonly Record<string, unknown>[];
  /** Parsed HCL of all `*.tf` files, merged by block type. */
  readonly resources: readonly {
    readonly type: string;
    readonly name: string;
    readonly body: Record<string, unknown>;
  }[];
  readonly charts: readonly Record<string, unknown>[];
  readonly values: readonly { readonly file: string; readonly value: unknown }[];
  readonly workflow: Workflow | undefined;
  readonly tasks: readonly { readonly node: TaskNode; readonly stage: number }[];
  /** What is wrong with the plan as such: the checks that hold for every plan. */
  readonly faults: readonly string[];
  /** Manifests are whole and known to the API. */
  readonly strict: boolean;
  readonly schemaValid: boolean;
}

/**
 * Sorts and parses the files of a plan.
 * @param files with the workflow's text under `deploy.code.yaml`
 * @param allowed task types that a plan may use
 */
export async function readArtifacts(
  files: readonly SourceFile[],
  catalogue: Catalogue,
  allowed: readonly string[],
): Promise<Artifacts> {
  const faults: string[] = [];
  const manifests: Manifest[] = [];
  const compose: Record<string, unknown>[] = [];
  const charts: Record<string, unknown>[] = [];
  const values: { file: string; value: unknown }[] = [];
  let strict = true;
  for (const file of files.filter(
    (f) => /\.ya?ml$/.test(f.path) && !f.path.endsWith('.code.yaml') && !/(?:^|\/)templates\//.test(f.path),
  )) {
    for (const document of parseAllDocuments(file.text, { version: '1.1', logLevel: 'silent' })) {
      if ('empty' in document) continue;
      if (document.errors.length > 0) {
        faults.push(`${file.path}: ${document.errors[0]?.message ?? 'is no YAML'}`);
        continue;
      }
      const value: unknown = document.toJS();
      if (!isRecord(value)) continue;
      if (/(?:^|\/)Chart\.yaml$/.test(file.path)) charts.push(value);
      else if (/(?:^|\/)(?:docker-)?compose[\w.-]*\.ya?ml$/.test(file.path)) {
        compose.push(value);
        faults.push(...checkCompose(value).map((f) => `${file.path}: ${f}`));
      } else if (typeof value['apiVersion'] === 'string' && typeof value['kind'] === 'string') {
        manifests.push({ file: file.path, object: value });
        for (const fault of checkManifest(value)) {
          strict = false;
          faults.push(`${file.path}: ${value['kind']} ${fault.path}: ${fault.message}`);
        }
      } else values.push({ file: file.path, value });
    }
  }
  const resources = await readResources(files, faults);
  const workflowText = files.find((f) => f.path === 'deploy.code.yaml')?.text ?? '';
  const read =
    workflowText === '' ? undefined : await readWorkflow(workflowText, { path: 'deploy.code.yaml', catalogue });
  const schemaValid = read !== undefined && !hasErrors(read.diagnostics);
  if (workflowText === '') faults.push('there is no workflow');
  else
    for (const d of read?.diagnostics ?? [])
      if (d.severity === 'error') faults.push(`deploy.code.yaml:${d.range.start.line + 1}: ${d.message}`);
  const workflow = read?.workflow;
  const tasks =
    workflow === undefined
      ? []
      : [
          ...workflow.stages.flatMap((s, stage) => s.tasks.map((node) => ({ node, stage }))),
          ...workflow.finally.map((node) => ({ node, stage: workflow.stages.length })),
        ];
  for (const { node } of tasks) {
    const type = catalogue.find(node.type.value)?.type ?? node.type.value;
    if (!allowed.includes(type)) faults.push(`task ${node.name.value}: the type ${type} is not on the allow-list`);
  }
  return { files, manifests, compose, resources, charts, values, workflow, tasks, faults, strict, schemaValid };
}

async function readResources(
  files: readonly SourceFile[],
  faults: string[],
): Promise<{ type: string; name: string; body: Record<string, unknown> }[]> {
  const hcl = files.filter((f) => f.path.endsWith('.tf'));
  if (hcl.length === 0) return [];
  const parse = await hclParser();
  faults.push(...undeclared(hcl.map((f) => f.text).join('\n')));
  const found: { type: string; name: string; body: Record<string, unknown> }[] = [];
  for (const file of hcl) {
    try {
      const parsed = await parse(file.path, file.text);
      for (const [type, named] of Object.entries(isRecord(parsed['resource']) ? parsed['resource'] : {})) {
        for (const [name, bodies] of Object.entries(isRecord(named) ? named : {}))
          for (const body of Array.isArray(bodies) ? (bodies as unknown[]) : [])
            if (isRecord(body)) found.push({ type, name, body });
      }
    } catch (error) {
      faults.push(`${file.path}: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'is no HCL'}`);
    }
  }
  return found;
}
