/** Trees of settings. */
export type Tree = Record<string, unknown>;

export const isTree = (v: unknown): v is Tree => typeof v === 'object' && v !== null && !Array.isArray(v);

/** Puts `from` over `into`, key by key at every depth; lists are replaced. */
export function deepMerge(into: Tree, from: Tree): Tree {
  for (const [key, value] of Object.entries(from)) {
    const present = into[key];
    into[key] = isTree(present) && isTree(value) ? deepMerge({ ...present }, value) : value;
  }
  return into;
}
