/** Whether a task has surely ended when another starts: what may read its outputs. */
import type { PlacedTask } from './assembly.ts';
import type { Links } from './links.ts';

export class Upstream {
  readonly #links: Links;
  readonly #seen: Int32Array;
  #round = 0;

  constructor(links: Links) {
    this.#links = links;
    this.#seen = new Int32Array(links.assembly.tasks.length);
  }

  has(task: PlacedTask, other: PlacedTask): boolean {
    if (task.stage < 0) return other.stage >= 0 || this.#reaches(task.index, other.index);
    if (other.stage < 0 || other.stage > task.stage) return false;
    const barred = !this.#links.graph || task.item.dependsOn.length === 0;
    if (barred && other.stage < task.stage) return true;
    return this.#reaches(task.index, other.index);
  }

  /** By dependencies, and with `schedule: graph` by the barriers of the tasks on the way. */
  #reaches(from: number, to: number): boolean {
    const { needs, graph, assembly } = this.#links;
    const target = assembly.tasks[to];
    const round = ++this.#round;
    const stack = needs.of(from);
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      if (at === to) return true;
      if (this.#seen[at] === round) continue;
      this.#seen[at] = round;
      const via = assembly.tasks[at];
      if (via === undefined || target === undefined) continue;
      if (target.stage >= 0 && via.stage > target.stage && (!graph || via.item.dependsOn.length === 0)) return true;
      for (let e = needs.from(at); e < needs.end(at); e++) stack.push(needs.at(e));
    }
    return false;
  }
}
