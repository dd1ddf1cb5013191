/** What the editor remembers over all windows (`ExtensionContext.globalState`). */
export interface Memory {
  get(key: string, otherwise?: unknown): unknown;
  update(key: string, value: unknown): Promise<void>;
}

export function memory(): Memory {
  const kept = new Map<string, unknown>();
  return {
    get: (key, otherwise) => kept.get(key) ?? otherwise,
    update: (key, value) => Promise.resolve(void kept.set(key, value)),
  };
}
