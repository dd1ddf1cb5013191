/** One call of the command line on this side, for what the relay cannot be asked: it may work in a distribution. */
import { execFile } from 'node:child_process';
import { failure } from '../../core/failure.ts';
import { parseJson } from '../../core/json.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { Program } from './cli.ts';
import { engineEnvironment } from './launch.ts';

/** @returns the one JSON object that the command printed; its own words where it printed none */
export function askCli(
  { node, script, cwd }: Program,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<Result<unknown>> {
  return new Promise((resolve) => {
    const options = { cwd, env: engineEnvironment(process.env), windowsHide: true, ...(signal && { signal }) };
    execFile(node, [script, ...args], options, (error, stdout, stderr) => {
      const value = parseJson(stdout);
      if (signal?.aborted === true) resolve(err(failure('cancelled', 'Given up.')));
      else if (value !== undefined) resolve(ok(value));
      else {
        // The last line of our own says what happened (those before it say what goes on), the next one what to do.
        const lines = stderr.trim().split('\n');
        const at = lines.findLastIndex((line) => line.startsWith('code-engine: '));
        const [said = error?.message ?? '', next] = lines.slice(Math.max(at, 0));
        resolve(
          err(failure('tool', said.replace(/^code-engine: /, ''), next === undefined ? {} : { next: next.trim() })),
        );
      }
    });
  });
}
