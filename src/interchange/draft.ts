/** A workflow while it is put together from another tool's file, and its text. What comes out is read by the language like any other. */
import { isMap, isSeq, Document, type Node } from 'yaml';
import type { Json, JsonObject } from '../core/json.ts';
import type { InputDefinition } from '../core/input.ts';

export interface TaskDraft {
  readonly task: string;
  readonly type: string;
  readonly description?: string;
  readonly dependsOn: readonly string[];
  readonly with: JsonObject;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** An expression without its braces. */
  readonly when?: string;
  readonly timeout?: string;
  readonly retry?: JsonObject;
  readonly allowFailure?: boolean;
  readonly matrix?: Readonly<Record<string, readonly Json[]>>;
  readonly lock?: string;
  readonly approval?: JsonObject;
  readonly cache?: { readonly inputs: readonly string[]; readonly outputs: readonly string[] };
  readonly outputs?: Readonly<Record<string, string>>;
}

export interface WorkflowDraft {
  readonly name: string;
  readonly description?: string;
  readonly inputs: Readonly<Record<string, InputDefinition>>;
  readonly env: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  readonly stages: readonly { readonly name: string; readonly tasks: readonly TaskDraft[] }[];
  readonly finally: readonly TaskDraft[];
}

/** @param comment the first lines of the file, without `#` */
export function draftYaml(draft: WorkflowDraft, comment: string): string {
  const stages = draft.stages.filter(({ tasks }) => tasks.length > 0);
  const ordered = stages.some(({ tasks }, i) => i > 0 && tasks.some(({ dependsOn }) => dependsOn.length > 0));
  const document = new Document({
    name: draft.name,
    ...some('description', draft.description),
    ...filled('inputs', draft.inputs),
    ...filled('env', draft.env),
    ...(draft.secrets.length === 0 ? {} : { secrets: [...draft.secrets] }),
    // The other tools start a thing as soon as what it needs is done, not stage by stage.
    ...(ordered ? { schedule: 'graph' } : {}),
    parallel_deployment: Object.fromEntries(stages.map(({ name, tasks }) => [name, tasks.map(taskYaml)])),
    ...(draft.finally.length === 0 ? {} : { finally: draft.finally.map(taskYaml) }),
  });
  document.commentBefore = comment.replaceAll(/^/gm, ' ').trimEnd();
  inLine(document.contents);
  return document.toString({ lineWidth: 120, flowCollectionPadding: false, blockQuote: 'literal' });
}

function taskYaml(task: TaskDraft): object {
  return {
    task: task.task,
    type: task.type,
    ...some('description', task.description),
    ...(task.dependsOn.length === 0 ? {} : { depends_on: [...task.dependsOn] }),
    ...some('when', task.when === undefined ? undefined : `\${{ ${task.when} }}`),
    ...filled('matrix', task.matrix ?? {}),
    ...some('timeout', task.timeout),
    ...some('retry', task.retry),
    ...some('allow_failure', task.allowFailure === true ? true : undefined),
    ...some('approval', task.approval),
    ...some('cwd', task.cwd),
    ...filled('env', task.env ?? {}),
    ...(task.lock === undefined ? {} : { resources: { lock: task.lock } }),
    ...some('cache', task.cache),
    ...filled('outputs', task.outputs ?? {}),
    ...filled('with', task.with),
  };
}

const some = (key: string, value: unknown): object => (value === undefined ? {} : { [key]: value });
const filled = (key: string, value: object): object => (Object.keys(value).length === 0 ? {} : { [key]: value });

/** Lists of words on one line, as people write them. */
function inLine(node: Node | null): void {
  if (isSeq(node)) {
    const flat = node.items.every((item) => !isMap(item) && !isSeq(item));
    if (flat && node.toString().length < 90 && !node.toString().includes('\n  ')) node.flow = true;
    else for (const item of node.items) inLine(item as Node);
  } else if (isMap(node)) for (const { value } of node.items) inLine(value as Node | null);
}

/** Names that are unique in a workflow, made from whatever the other tool allowed. */
export class Names {
  readonly #taken = new Set<string>();

  /** `[A-Za-z_][A-Za-z0-9_]*`, at most 63 characters: without minus, which expressions would read as one. */
  take(text: string): string {
    const slug = identifier(text);
    let name = slug;
    for (let n = 2; this.#taken.has(name); n++) name = `${slug.slice(0, 63 - String(n).length - 1)}_${n}`;
    this.#taken.add(name);
    return name;
  }
}

export function identifier(text: string): string {
  const slug = text
    .replaceAll(/\$\{\{.*?\}\}|\{\{.*?\}\}/g, ' ')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .replace(/^(?=\d)/, '_')
    .slice(0, 63)
    .replace(/_+$/, '');
  return slug === '' ? 'task' : slug;
}

/** Groups in the order of what they need: the first layer needs nothing. A circle goes where it is first met. */
export function layersOf<T>(
  keys: readonly string[],
  needs: (key: string) => readonly string[],
  item: (key: string) => T,
): T[][] {
  const depth = new Map<string, number>();
  const visit = (key: string, above: ReadonlySet<string>): number => {
    const known = depth.get(key);
    if (known !== undefined) return known;
    const inner = new Set(above).add(key);
    const found = needs(key)
      .filter((need) => keys.includes(need) && !inner.has(need))
      .reduce((most, need) => Math.max(most, visit(need, inner) + 1), 0);
    depth.set(key, found);
    return found;
  };
  const layers: T[][] = [];
  for (const key of keys) {
    const at = visit(key, new Set());
    while (layers.length <= at) layers.push([]);
    layers[at]?.push(item(key));
  }
  return layers;
}
