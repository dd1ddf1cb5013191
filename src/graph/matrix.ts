/** A matrix: one instance of a task for each combination of its values. */
import type { Json } from '../core/json.ts';

/** Every combination, the last key turning fastest, keys in the order of the file. */
export function combinations(matrix: Readonly<Record<string, readonly Json[]>>): Record<string, Json>[] {
  let all: Record<string, Json>[] = [{}];
  for (const [key, values] of Object.entries(matrix))
    all = all.flatMap((one) => values.map((value) => ({ ...one, [key]: value })));
  return all;
}

/** `name[key=value,key2=value2]`. */
export function instanceId(name: string, values: Readonly<Record<string, Json>>): string {
  const parts = Object.entries(values).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return `${name}[${parts.join(',')}]`;
}
