/** A workflow as a diagram: data, Mermaid (https://mermaid.js.org) and Graphviz (https://graphviz.org). */
import type { Catalogue } from '../core/catalogue.ts';
import type { TaskNode, Workflow } from '../language/workflow.ts';

export interface DiagramTask {
  readonly task: string;
  /** `finally` for tasks of that block. */
  readonly stage: string;
  /** The canonical type, or what is written where there is no such type. */
  readonly type: string;
  readonly dependsOn: readonly string[];
}

export interface Diagram {
  readonly name: string;
  readonly schedule: Workflow['schedule'];
  readonly tasks: readonly DiagramTask[];
  readonly stages: readonly string[];
}

export function diagramOf(workflow: Workflow, catalogue: Catalogue): Diagram {
  const toTask =
    (stage: string) =>
    (node: TaskNode): DiagramTask => ({
      task: node.name.value,
      stage,
      type: catalogue.find(node.type.value)?.type ?? node.type.value,
      dependsOn: node.dependsOn.map(({ value }) => value),
    });
  return {
    name: workflow.name,
    schedule: workflow.schedule,
    stages: workflow.stages.map(({ name }) => name.value),
    tasks: [
      ...workflow.stages.flatMap(({ name, tasks }) => tasks.map(toTask(name.value))),
      ...workflow.finally.map(toTask('finally')),
    ],
  };
}

interface Group {
  readonly stage: string;
  readonly id: string;
  readonly tasks: readonly (DiagramTask & { readonly id: string })[];
}

/** Stages with tasks, in order, `finally` last; ids are numbers, since names may be words of the diagram languages. */
function groupsOf(diagram: Diagram): { groups: Group[]; edges: (readonly [string, string])[] } {
  const ids = new Map<string, string>();
  diagram.tasks.forEach(({ task }, i) => {
    if (!ids.has(task)) ids.set(task, `t${i}`);
  });
  const stages = [...diagram.stages, ...(diagram.tasks.some(({ stage }) => stage === 'finally') ? ['finally'] : [])];
  const groups = [...new Set(stages)]
    .map((stage, i) => ({
      stage,
      id: `s${i}`,
      tasks: diagram.tasks
        .filter((task) => task.stage === stage)
        .map((task) => ({ ...task, id: ids.get(task.task) ?? '' })),
    }))
    .filter(({ tasks }) => tasks.length > 0);
  const edges = diagram.tasks.flatMap((task) =>
    task.dependsOn.flatMap((name) => {
      const from = ids.get(name);
      const to = ids.get(task.task);
      return from === undefined || to === undefined ? [] : [[from, to] as const];
    }),
  );
  return { groups, edges };
}

export function mermaidOf(diagram: Diagram): string {
  const { groups, edges } = groupsOf(diagram);
  const label = (text: string): string =>
    `"${text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')}"`;
  const lines = ['flowchart LR'];
  for (const { stage, id, tasks } of groups) {
    lines.push(`  subgraph ${id}[${label(stage)}]`);
    for (const task of tasks) lines.push(`    ${task.id}[${label(`${task.task} (${task.type})`)}]`);
    lines.push('  end');
  }
  for (const [from, to] of edges) lines.push(`  ${from} --> ${to}`);
  for (let i = 1; i < groups.length; i++) lines.push(`  ${groups[i - 1]?.id ?? ''} -.-> ${groups[i]?.id ?? ''}`);
  return `${lines.join('\n')}\n`;
}

export function dotOf(diagram: Diagram): string {
  const { groups, edges } = groupsOf(diagram);
  const quote = (text: string): string =>
    `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
  const lines = [`digraph ${quote(diagram.name)} {`, '  rankdir=LR; compound=true; node [shape=box, style=rounded];'];
  for (const { stage, id, tasks } of groups) {
    lines.push(`  subgraph cluster_${id} {`, `    label=${quote(stage)};`);
    for (const task of tasks) lines.push(`    ${task.id} [label=${quote(`${task.task}\n${task.type}`)}];`);
    lines.push('  }');
  }
  for (const [from, to] of edges) lines.push(`  ${from} -> ${to};`);
  for (let i = 1; i < groups.length; i++) {
    const [before, after] = [groups[i - 1], groups[i]];
    lines.push(
      `  ${before?.tasks[0]?.id ?? ''} -> ${after?.tasks[0]?.id ?? ''} [style=dashed, ltail=cluster_${before?.id ?? ''}, lhead=cluster_${after?.id ?? ''}];`,
    );
  }
  return `${lines.join('\n')}\n}\n`;
}
