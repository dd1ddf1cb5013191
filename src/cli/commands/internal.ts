/** What this program starts of itself (a run's supervisor, a task's host), and what a shell asks at the Tab key. Not for people. */
import { parseJson } from '../../core/json.ts';
import { loaders } from '../../tasks/index.ts';
import { taskRuntime } from '../runtime.ts';
import type { StartMessage } from '../../engine/supervisor.ts';
import { EXIT } from '../io.ts';

export async function internal(args: readonly string[]): Promise<number> {
  const [what] = args;
  switch (what) {
    case '__supervise': {
      const { supervise } = await import('../../engine/supervisor.ts');
      const start = parseJson(await readInput()) as StartMessage | undefined; // from the process that started us
      if (start === undefined) return exit(EXIT.held); // it had nothing to run after all
      const code = await supervise(taskRuntime(), start);
      return exit(code); // a daemon that still holds a pipe of ours must not keep the supervisor alive
    }
    case '__task-host': {
      const { runTaskHost } = await import('../../engine/host.ts');
      const code = await runTaskHost((type) => loaders[type]?.() ?? Promise.resolve(undefined));
      return exit(code); // a library's open sockets must not keep a task running that has answered
    }
    case '__complete': {
      const { completeForShell } = await import('../main.ts');
      return completeForShell(args.slice(2));
    }
    default:
      return EXIT.usage;
  }
}

const exit = (code: number): never => process.exit(code);

async function readInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
