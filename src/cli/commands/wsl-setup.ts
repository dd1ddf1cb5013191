/**
 * `code-engine wsl setup`: runs scripts/setup-wsl.sh where it belongs. On Windows its text goes into the distribution through
 * standard input, so nothing has to be copied there first.
 */
import { spawn, type StdioOptions } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { failure } from '../../core/failure.ts';
import { host } from '../../platform/host.ts';
import { wslHere } from '../../platform/wsl-here.ts';
import { explainTrouble } from '../../platform/wsl-trouble.ts';
import { fail } from '../command.ts';
import { EXIT, type Io } from '../io.ts';

export interface SetupRequest {
  readonly parts: readonly string[];
  readonly apply: boolean;
  readonly undo: boolean;
  readonly distro: string | undefined;
}

export async function setup(request: SetupRequest, io: Io): Promise<number> {
  const script = findScript();
  if (script === undefined) {
    return fail(
      io,
      failure('missing', 'scripts/setup-wsl.sh is not beside the program.', { next: 'Install CODE again.' }),
    );
  }
  const args = [...(request.apply ? ['--apply'] : []), ...(request.undo ? ['--undo'] : []), ...request.parts];
  switch (host().os) {
    case 'linux':
      return run('/bin/sh', [script, ...args], io);
    case 'windows':
      return inDistro(script, args, request.distro, io);
    case 'macos':
      return fail(
        io,
        failure('usage', 'wsl setup is for Windows and Linux.', {
          next: '"code-engine doctor" says what is missing here.',
        }),
      );
  }
}

/** Beside the sources, or beside the folder of the bundle. */
function findScript(): string | undefined {
  let folder = import.meta.dirname;
  for (let depth = 0; depth < 5; depth += 1, folder = dirname(folder)) {
    const candidate = join(folder, 'scripts', 'setup-wsl.sh');
    if (existsSync(candidate)) return candidate;
  }
  return undefined;
}

async function inDistro(script: string, args: readonly string[], name: string | undefined, io: Io): Promise<number> {
  const client = wslHere();
  if (!client.ok) return fail(io, explainTrouble(client.failure));
  const distro = await client.value.choose(name);
  if (!distro.ok) return fail(io, explainTrouble(distro.failure));
  const done = await client.value.run(distro.value.name, ['/bin/sh', '-s', '--', ...args], {
    // Git on Windows may have given the file carriage returns.
    input: readFileSync(script, 'utf8').replaceAll('\r\n', '\n'),
    user: 'root',
    timeoutMs: 30 * 60_000,
  });
  if (!done.ok) return fail(io, explainTrouble(done.failure));
  io.out.write(done.value.stdout);
  io.err.write(done.value.stderr);
  return done.value.exitCode;
}

function run(program: string, args: readonly string[], io: Io): Promise<number> {
  return new Promise((resolve) => {
    const stdio: StdioOptions = ['inherit', 'pipe', 'pipe'];
    const child = spawn(program, [...args], { cwd: io.cwd, stdio });
    child.stdout?.on('data', (chunk: Buffer) => io.out.write(chunk));
    child.stderr?.on('data', (chunk: Buffer) => io.err.write(chunk));
    child.once('error', (error) => {
      resolve(fail(io, failure('io', `Could not run ${program}: ${error.message}`)));
    });
    child.once('close', (code) => resolve(code ?? EXIT.failed));
  });
}
