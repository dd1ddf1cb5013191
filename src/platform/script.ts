/** How a shell text is started in a fresh shell: which program, and how the text reaches it without showing in an argument list. */
import { host } from './host.ts';
import { findBash } from './shell-pool.ts';

export interface ScriptLaunch {
  readonly program: string;
  readonly args: readonly string[];
  /** The text goes to descriptor 3 (`script`) or to standard input. */
  readonly via: 'script' | 'stdin';
}

const POSIX_SHELLS = new Set(['sh', 'bash', 'dash', 'zsh', 'ksh', 'ash']);

/** Reads the whole text first, so that the script's own standard input stays free, then runs it; it ends at the first failure. */
const READ_AND_RUN = 'code_script=$(cat <&3); exec 3<&-; set -e; eval "$code_script"';

/** @param shell what the workflow asked for; without it bash where there is one, else sh (PowerShell on Windows) */
export function scriptLaunch(shell: string | undefined): ScriptLaunch {
  const program = shell ?? defaultShell();
  const name = (program.split(/[\\/]/).at(-1) ?? program).replace(/\.exe$/i, '');
  if (POSIX_SHELLS.has(name)) {
    const bare = name === 'bash' ? ['--noprofile', '--norc'] : [];
    return { program, args: [...bare, '-c', READ_AND_RUN], via: 'script' };
  }
  if (name === 'pwsh' || name === 'powershell') {
    return { program, args: ['-NoProfile', '-NonInteractive', '-Command', '-'], via: 'stdin' };
  }
  if (name === 'cmd') return { program, args: ['/d', '/q'], via: 'stdin' };
  return { program, args: ['-'], via: 'stdin' }; // python, node, perl, ruby … read a program from standard input
}

function defaultShell(): string {
  return host().os === 'windows' ? 'powershell.exe' : (findBash() ?? 'sh');
}
