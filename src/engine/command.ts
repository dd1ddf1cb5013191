import type { CommandSpec } from '../core/task-type.ts';
import { resolve } from 'node:path';
import { scriptLaunch } from '../platform/script.ts';
import { isPlain } from '../platform/shell-pool.ts';
import type { AttemptRequest, Started } from './attempt-request.ts';
import type { AttemptServices } from './attempt-services.ts';

/** Starts one program or shell text: a plain text in a warm shell, everything else as a process of its own. */
export function startCommand(services: AttemptServices, request: AttemptRequest, command: CommandSpec): Started {
  const cwd = command.cwd === undefined ? request.cwd : resolve(request.cwd, command.cwd);
  const marker = services.markerFor(request);
  const warm = warmShellFor(services, request, command);
  if (warm !== undefined && command.kind === 'script') {
    return warm.run({
      script: command.text,
      env: { ...request.ownEnv, ...command.env },
      cwd,
      stdout: services.logPath(request, 'stdout'),
      stderr: services.logPath(request, 'stderr'),
      marker,
      record: services.logPath(request, 'end'),
    });
  }
  const cgroup = services.cgroupFor(request);
  return services.machine.launch({
    ...programOf(command),
    env: { ...request.env, ...command.env },
    cwd,
    output: services.sinkFor(request),
    marker,
    ...(cgroup === undefined ? {} : { cgroup }),
  });
}

function warmShellFor(
  services: AttemptServices,
  request: AttemptRequest,
  command: CommandSpec,
): AttemptServices['pool'] {
  if (command.kind !== 'script' || command.stdin !== undefined) return undefined;
  if (command.shell !== undefined && command.shell !== 'bash') return undefined;
  const { env = {} } = command;
  // What cannot be put into an environment is refused by a start of its own, in words.
  if ([...Object.values(env), ...Object.values(request.ownEnv)].some((value) => value.includes('\0'))) return undefined;
  return isPlain(command.text) ? services.pool : undefined;
}

export function programOf(command: CommandSpec): {
  program: string;
  args: readonly string[];
  script?: string;
  stdin?: string;
} {
  const given = command.stdin === undefined ? {} : { stdin: command.stdin };
  if (command.kind === 'argv') return { program: command.program, args: command.args, ...given };
  const { program, args, via } = scriptLaunch(command.shell);
  return via === 'script' ? { program, args, script: command.text, ...given } : { program, args, stdin: command.text };
}
