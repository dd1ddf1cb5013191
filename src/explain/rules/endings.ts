/** What only the way it ended says, where no line of the log is known. */
import type { Rule } from '../rule.ts';

export const ENDINGS: readonly Rule[] = [
  {
    id: 'approval/refused',
    types: ['approval'],
    line: /^(?<who>\S.*?) said no\b/,
    what: '{who} refused it.',
    cause: 'A person decided that the run should not go on.',
    next: ['Resume the run to ask again.'],
  },
  {
    id: 'ending/timeout',
    status: 'timed_out',
    what: 'It was ended because its time was over.',
    cause: 'It hangs (waits for input, for a server), or needs longer than its `timeout`.',
    next: ['The last lines of its log show what it was doing. Raise `timeout` if it was at work.'],
  },
  {
    id: 'ending/interrupted',
    status: 'interrupted',
    what: 'Nobody saw how it ended: the run was interrupted.',
    cause: 'The machine stopped or the engine was killed while it ran.',
    next: ['code-engine runs resume asks the tool what was done, or runs it anew by `on_unknown`.'],
  },
  {
    id: 'ending/killed',
    exitCode: [137],
    what: 'It was killed (exit code 137).',
    cause: 'Most likely by the system for lack of memory; else by somebody with kill -9.',
    next: ['dmesg | grep -i "killed process" (or docker inspect: OOMKilled) says which. Give it more memory, or run fewer tasks at once.'],
  },
  {
    id: 'ending/killed-signal',
    signal: 'SIGKILL',
    what: 'It was killed (SIGKILL).',
    cause: 'Most likely by the system for lack of memory; else by somebody with kill -9.',
    next: ['dmesg | grep -i "killed process" says which. Give it more memory, or run fewer tasks at once.'],
  },
  {
    id: 'ending/crashed',
    exitCode: [139, 134, 132],
    what: 'The program crashed.',
    cause: 'An error in the program itself (a bad memory access, an abort), or a binary for another processor.',
    next: ['Try another version of it; coredumpctl info shows where it crashed.'],
  },
  {
    id: 'ending/terminated',
    exitCode: [143],
    what: 'It was asked to end (exit code 143) and did.',
    cause: 'Somebody or something sent SIGTERM: a cancel, a stopping container, a shutdown.',
    next: ['Resume the run if that was not meant.'],
  },
  {
    id: 'ending/not-found',
    exitCode: [127],
    what: 'A program was not found (exit code 127).',
    cause: 'It is not installed, or not on the PATH that tasks have.',
    next: ['code-engine doctor says how to get tools; a PATH of its own goes under `env`.'],
  },
  {
    id: 'ending/not-executable',
    exitCode: [126],
    what: 'A file could not be executed (exit code 126).',
    cause: 'It lacks the x right, is a folder, or lies on a file system without it (Windows drives in WSL).',
    next: ['chmod +x FILE, and keep scripts on the Linux side in WSL.'],
  },
]; // prettier-ignore
