/** Which task reads whose outputs. */
import { expressionsIn } from '../../core/template.ts';
import type { Plan, PlannedTask } from '../../graph/plan.ts';

/** Which outputs are read by anybody: a task of Tekton gives only the results that it declares. */
export interface Reads {
  outputsOf(task: PlannedTask): readonly string[];
  /** The one task of this name; none where a matrix made several. */
  producerOf(name: string): PlannedTask | undefined;
}

export function readsOf(plan: Plan): Reads {
  const wanted = new Map<string, Set<string>>();
  for (const task of plan.tasks) {
    const texts = [
      {
        with: task.with,
        env: task.env,
        cwd: task.cwd ?? '',
        when: task.when === undefined ? '' : `\${{ ${task.when} }}`,
      },
    ];
    for (const { text } of expressionsIn(texts))
      for (const [, name = '', output = ''] of text.matchAll(/\btasks\.(\w[\w-]*)\.outputs\.(\w+)/g))
        (wanted.get(name) ?? wanted.set(name, new Set()).get(name))?.add(output);
  }
  return {
    outputsOf: ({ name }) => [...(wanted.get(name) ?? [])],
    producerOf: (name) => {
      const all = plan.tasks.filter((task) => task.name === name);
      return all.length === 1 ? all[0] : undefined;
    },
  };
}
