/** What a bare task takes for itself, as a person is shown it before any run. */
import type { Convention } from '../../core/catalogue.ts';
import { conventionalFiles, isGiven, isNeedless } from '../../core/convention-files.ts';
import { keyNamed, type PlacedTask } from '../assembly.ts';
import { baseName } from '../build.ts';
import type { WorkflowDocument } from '../document.ts';
import { find, isEmpty, textOf, textUnder, type MapNode } from '../node.ts';
import { isUpstream } from './names.ts';

export interface Resolved {
  readonly parameter: string;
  readonly value: string;
}

/** The parameters that conventions fill in here, in the order of the type. */
export function resolvedDefaults(document: WorkflowDocument, task: PlacedTask): Resolved[] {
  const { info, node } = task.item;
  if (info === undefined || node === undefined) return [];
  const given = parametersOf(node);
  const has = (name: string): boolean => given !== undefined && find(given, name) !== undefined;
  return info.conventions.flatMap((convention): Resolved[] => {
    if (isGiven(convention.parameter, info, has)) return [];
    if (convention.from === 'files' && isNeedless(convention, (name) => textUnder(given, name))) return [];
    const value = resolvedDefault(document, task, convention);
    return value === undefined ? [] : [{ parameter: convention.parameter, value }];
  });
}

const parametersOf = (node: MapNode): MapNode | undefined => {
  const given = find(node, 'with')?.value;
  return given?.kind === 'map' ? given : undefined;
};

/** @returns the value as text, `undefined` where the convention finds none */
export function resolvedDefault(
  document: WorkflowDocument,
  task: PlacedTask,
  convention: Convention,
): string | undefined {
  switch (convention.from) {
    case 'workflow':
      return workflowName(document);
    case 'files': {
      const { files } = document.options;
      const found =
        files === undefined ? undefined : conventionalFiles(convention, textUnder(task.item.node, 'cwd') ?? '', files);
      return typeof found === 'string' || found === undefined ? found : found.join(', ');
    }
    case 'upstream': {
      const source = upstreamOf(document, task, convention.types);
      return source === undefined ? undefined : `tasks.${source}.outputs.${convention.output}`;
    }
  }
}

export function workflowName(document: WorkflowDocument): string {
  const name = keyNamed(document.assembly, 'name')?.item.value;
  return name?.kind === 'scalar' && !isEmpty(name) ? textOf(name) : baseName(document.options.path);
}

/** The task whose output is taken: the last one that is depended on, else the last one before. */
function upstreamOf(document: WorkflowDocument, task: PlacedTask, types: readonly string[]): string | undefined {
  const { assembly, links } = document;
  const fits = (other: PlacedTask): boolean => other.item.info !== undefined && types.includes(other.item.info.type);
  const direct = links.needs.of(task.index).flatMap((i) => assembly.tasks[i] ?? []);
  const near = direct.filter(fits).at(-1);
  if (near !== undefined) return near.item.name?.value;
  for (let i = assembly.tasks.length - 1; i >= 0; i--) {
    const other = assembly.tasks[i];
    if (other !== undefined && other !== task && other.stage >= 0 && fits(other) && isUpstream(document, task, other))
      return other.item.name?.value;
  }
  return undefined;
}
