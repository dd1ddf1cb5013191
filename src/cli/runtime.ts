/** What the engine is given by this composition root: the task types, and how to start this program again. */
import type { AnyTaskType } from '../core/task-type.ts';
import { ownCommand } from '../engine/client.ts';
import type { TaskRuntime } from '../engine/task-runtime.ts';
import { catalogue } from '../tasks/catalogue.ts';
import { loaders } from '../tasks/index.ts';
import { version } from './version.ts';

export function taskRuntime(): TaskRuntime {
  const load = (type: string): Promise<AnyTaskType | undefined> => loaders[type]?.() ?? Promise.resolve(undefined);
  return {
    kindOf: (type) => catalogue.find(type)?.execution,
    can: (type, ability) => catalogue.find(type)?.[ability] ?? false,
    load,
    toolOf: async (type) => {
      const tools = catalogue.find(type)?.tools ?? [];
      if (tools.length === 0) return '';
      const { findTools } = await import('../platform/tools.ts');
      const found = await findTools(tools, { env: process.env });
      return found
        .map((tool) => ('program' in tool ? `${tool.program} ${'version' in tool ? (tool.version ?? '') : ''}` : ''))
        .join(', ');
    },
    engine: { ...ownCommand(), version },
  };
}
