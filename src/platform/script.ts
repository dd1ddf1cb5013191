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

/**
 * `-Command -` would take the text line by line as if somebody typed it: a block over several lines needs a blank line after it, and a
 * failure ends nothing. Read whole, it is one script, that ends at the first error; without one its last program's code is the end's.
 */
export const READ_AND_RUN_POWERSHELL = [
  "$ErrorActionPreference = 'Stop'",
  '$utf8 = New-Object System.Text.UTF8Encoding $false',
  'try { [Console]::OutputEncoding = $utf8 } catch { $null = $_ }', // without a console there is nothing to set
  '$code_script = (New-Object System.IO.StreamReader([Console]::OpenStandardInput(), $utf8)).ReadToEnd()',
  '. ([ScriptBlock]::Create($code_script))',
  'if (Test-Path variable:LASTEXITCODE) { exit $LASTEXITCODE }',
].join('; ');

/** @param shell what the workflow asked for; without it bash where there is one, else sh (PowerShell on Windows) */
export function scriptLaunch(shell: string | undefined): ScriptLaunch {
  const program = shell ?? defaultShell();
  const name = (program.split(/[\\/]/).at(-1) ?? program).replace(/\.exe$/i, '');
  if (POSIX_SHELLS.has(name)) {
    const bare = name === 'bash' ? ['--noprofile', '--norc'] : [];
    return { program, args: [...bare, '-c', READ_AND_RUN], via: 'script' };
  }
  if (name === 'pwsh' || name === 'powershell') {
    return { program, args: ['-NoProfile', '-NonInteractive', '-Command', READ_AND_RUN_POWERSHELL], via: 'stdin' };
  }
  if (name === 'cmd') return { program, args: ['/d', '/q'], via: 'stdin' };
  return { program, args: ['-'], via: 'stdin' }; // python, node, perl, ruby … read a program from standard input
}

function defaultShell(): string {
  return host().os === 'windows' ? 'powershell.exe' : (findBash() ?? 'sh');
}
